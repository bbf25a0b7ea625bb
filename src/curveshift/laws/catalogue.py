"""The forms of law by name."""

from __future__ import annotations

from curveshift.errors import unknown_name

from .law import Law


def forms() -> dict[str, type[Law]]:
    """Every form of law that can be fitted, by its name.

    Returns
    -------
    dict of str to type of Law

    Examples
    --------
    >>> forms()["chinchilla"].equation
    'L(N, D) = E + A N^-alpha + B D^-beta'
    """
    from curveshift import laws

    public = [getattr(laws, name) for name in laws.__all__]
    found = [x for x in public if isinstance(x, type) and issubclass(x, Law) and x is not Law]
    return {law.name: law for law in sorted(found, key=lambda law: str(law.name))}


def form(name: str) -> type[Law]:
    """The form of that name.

    Raises
    ------
    CurveshiftError
        For an unknown name, with the nearest.
    """
    known = forms()
    if name not in known:
        raise unknown_name("law", name, known, "law")
    return known[name]
