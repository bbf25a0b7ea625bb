"""The one family of errors: what was wrong, where, and what would be right."""

from __future__ import annotations

from collections.abc import Iterable


class CurveshiftError(Exception):
    """Bad input or a broken promise, told to the user in one sentence without a traceback.

    Parameters
    ----------
    what : str
        What was wrong, with the accepted range or the nearest valid names.
    where : str, optional
        ``file:line``, a key path or a table row.

    Examples
    --------
    >>> str(CurveshiftError("unknown chip 'H-20'", where="policy.yaml:3"))
    "policy.yaml:3: unknown chip 'H-20'"
    """

    def __init__(self, what: str, where: str | None = None) -> None:
        self.what = what
        self.where = where
        super().__init__(f"{where}: {what}" if where else what)


def unknown_name(kind: str, name: str, known: Iterable[str], where: str | None = None) -> CurveshiftError:
    """Build the error for a name that is not known, with the nearest ones that are.

    Examples
    --------
    >>> str(unknown_name("chip", "H-20", ["H20", "H100"]))
    "unknown chip 'H-20': did you mean 'H20'?"
    """
    import difflib

    def fold(text: str) -> str:
        return text.casefold().translate({ord(c): None for c in "-_ "})

    names = sorted(set(known))
    folded = {fold(n): n for n in names}
    key = fold(str(name))
    # The same but for case and separators leaves no doubt; otherwise the nearest few.
    near = [folded[k] for k in ([key] if key in folded else difflib.get_close_matches(key, folded, 3, 0.5))]
    if near:
        hint = "did you mean " + " or ".join(repr(n) for n in near) + "?"
    elif len(names) <= 12:
        hint = "known: " + ", ".join(names)
    else:
        hint = f"{len(names)} names are known"
    return CurveshiftError(f"unknown {kind} {name!r}: {hint}", where)
