"""Places and the country groups of the rules, by date."""

from __future__ import annotations

from datetime import date
from functools import cache

from curveshift.controls.instruments import compiled
from curveshift.errors import CurveshiftError, unknown_name

ANYWHERE = "anywhere"
HOME = "US"


@cache
def _lookup() -> dict[str, str]:
    found: dict[str, str] = {}
    for code, names in compiled()["places"]["names"].items():
        found.update({_fold(name): code for name in (code, *names)})
    return found


def _fold(text: str) -> str:
    return " ".join(text.casefold().replace(".", " ").replace("-", " ").split())


def place(text: str, where: str = "to") -> str:
    """Two-letter code of a country or territory, from its code or its English name.

    Parameters
    ----------
    text : str
        ``"CN"``, ``"China"``, ``"UAE"``; case does not matter.
    where : str
        What the place stands for, shown in the error.

    Returns
    -------
    str

    Raises
    ------
    CurveshiftError
        For an unknown place, with the nearest names.

    Examples
    --------
    >>> place("Hong Kong"), place("uae")
    ('HK', 'AE')
    """
    if not isinstance(text, str):
        raise CurveshiftError(f"give a place as text, such as 'CN' or 'China', not {text!r}", where)
    code = _lookup().get(_fold(text))
    if code is None:
        names = [found[0] for found in compiled()["places"]["names"].values()]
        raise unknown_name("place", text, names, where)
    return code


def place_name(code: str) -> str:
    """English name of a code.

    Examples
    --------
    >>> place_name("MO")
    'Macau'
    """
    return str(compiled()["places"]["names"][code][0])


@cache
def _membership() -> tuple[dict[str, set[str]], dict[tuple[str, str], tuple[date | None, date | None]]]:
    places = compiled()["places"]
    groups: dict[str, set[str]] = {}
    for group, members in places["groups"].items():
        for code in members:
            groups.setdefault(code, set()).add(group)
    spans: dict[tuple[str, str], tuple[date | None, date | None]] = {}
    for change in places["changes"]:
        ends = tuple(date.fromisoformat(d) if d else None for d in (change["start"], change["until"]))
        spans[change["to"], change["group"]] = ends[0], ends[1]
    return groups, spans


@cache
def _change_days() -> tuple[date, ...]:
    days = {d for span in _membership()[1].values() for d in span if d is not None}
    return tuple(sorted(days))


def group_change_days(code: str) -> list[date]:
    """Days on which a place is known to have changed group."""
    whole = _whole(code)
    return sorted(
        {d for (place, _), span in _membership()[1].items() if place == whole for d in span if d is not None}
    )


def _whole(code: str) -> str:
    return next((p["whole"] for p in compiled()["places"]["part_of"] if p["to"] == code), code)


@cache
def _tokens(code: str, era: int) -> frozenset[str]:
    whole = _whole(code)
    groups, spans = _membership()
    found = {code, whole, *groups.get(whole, set())}
    for (who, group), (start, until) in spans.items():
        if who == whole:
            # The days of change are sorted, so the count of those passed says on which side a day lies.
            begun = start is None or era > _change_days().index(start)
            ended = until is not None and era > _change_days().index(until)
            (found.add if begun and not ended else found.discard)(group)
    return frozenset(found if whole == HOME else {*found, ANYWHERE})


def tokens(code: str, on: date) -> frozenset[str]:
    """Everything that a rule can call a place on a day: its code, that of its state, and its groups.

    Examples
    --------
    >>> sorted(tokens("AE", date(2026, 7, 9)) & {"A:5", "D:4"}), sorted(tokens("AE", date(2026, 7, 10)))
    (['D:4'], ['A:5', 'AE', 'anywhere'])
    """
    return _tokens(code, sum(day <= on for day in _change_days()))


def group_warning(code: str, on: date) -> str | None:
    """What must be said when a ruling rests on groups that were read for another day."""
    places = compiled()["places"]
    for change in places["changes"]:
        if change["beware"] is not None and change["to"] == _whole(code):
            return str(change["beware"])
    # China has been in its groups throughout; a place in none is as uncertain as one in some.
    if _whole(code) in ("CN", "MO", HOME) or on >= date.fromisoformat(places["read_on"]):
        return None
    held = ", ".join(sorted(tokens(code, on) & set(places["groups"]) - {"partners"})) or "no group"
    return (
        f"{place_name(code)} is taken to have been in {held}: country groups were read as of {places['read_on']}, "
        "and earlier changes are known only where they are recorded"
    )


def check_not_home(code: str) -> None:
    """Refuse a destination that is no export."""
    if _whole(code) == HOME:
        part = "" if code == HOME else f"{place_name(code)} is part of it; "
        raise CurveshiftError(
            f"the United States is not an export destination: {part}give another country", where="to"
        )
