"""What each fact table holds: columns, types, units, ranges, keys, and what every row must say of itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from curveshift.errors import unknown_name

Kind = Literal["text", "category", "date", "float", "int", "bool"]


@dataclass(frozen=True)
class Column:
    """One column: its type, unit, meaning in one sentence, and the values it may hold (ends included)."""

    name: str
    kind: Kind
    meaning: str
    unit: str = ""
    required: bool = False
    low: float | None = None
    high: float | None = None
    values: tuple[str, ...] = ()


@dataclass(frozen=True)
class Reference:
    """A column whose values must exist in a column of another table, or in a list of other names."""

    column: str
    table: str
    target: str
    also: tuple[str, ...] = ()


@dataclass(frozen=True)
class Table:
    """One fact table.

    ``knowable`` says how the column ``knowable_on`` was set; ``orders`` lists pairs of columns of which the
    first may not exceed the second; ``units_by`` gives, for a column, the units its values allow.
    """

    name: str
    meaning: str
    knowable: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    references: tuple[Reference, ...] = ()
    orders: tuple[tuple[str, str], ...] = ()
    units_by: tuple[str, Mapping[str, tuple[str, ...]]] | None = None

    def column(self, name: str) -> Column:
        """Return one column by name.

        Raises
        ------
        CurveshiftError
            If the table has no such column.

        Examples
        --------
        >>> from curveshift import facts
        >>> facts.schema("chips").column("memory_bandwidth_gb_per_s").unit
        'GB/s'
        """
        for column in self.columns:
            if column.name == name:
                return column
        raise unknown_name("column", name, [c.name for c in self.columns], where=self.name)


def text(name: str, meaning: str, *, required: bool = False) -> Column:
    """Declare free text."""
    return Column(name, "text", meaning, required=required)


def choice(name: str, meaning: str, values: tuple[str, ...], *, required: bool = False) -> Column:
    """Declare a word from a closed list."""
    return Column(name, "category", meaning, required=required, values=values)


def day(name: str, meaning: str, *, required: bool = False) -> Column:
    """Declare an ISO date."""
    return Column(name, "date", meaning, required=required)


def number(
    name: str,
    meaning: str,
    unit: str,
    *,
    low: float | None = 0.0,
    high: float | None = None,
    required: bool = False,
) -> Column:
    """Declare a real number with its unit and accepted range."""
    return Column(name, "float", meaning, unit=unit, low=low, high=high, required=required)


def count(
    name: str, meaning: str, unit: str, *, low: float = 0.0, high: float | None = None, required: bool = False
) -> Column:
    """Declare a whole number with its unit and accepted range."""
    return Column(name, "int", meaning, unit=unit, low=low, high=high, required=required)


def flag(name: str, meaning: str, *, required: bool = False) -> Column:
    """Declare yes or no (empty: not known)."""
    return Column(name, "bool", meaning, required=required)


PRECISIONS = ("day", "month", "quarter", "half_year", "year")
BLOCS = ("us", "china", "other", "world")
PRECISION = "How precisely the date is known; a date known only to a month or longer is its last day."
LEVEL = number(
    "interval_level",
    "Probability that low to high is meant to hold; empty when the source gives a range, not an interval.",
    "share",
    low=0.5,
    high=0.999,
)
INTERVAL_ORDERS = (("low", "central"), ("central", "high"), ("low", "high"))
PERIOD_ORDER = (("period_start", "period_end"),)


def interval(what: str, units: tuple[str, ...], *, low: float | None = 0.0) -> tuple[Column, ...]:
    """Declare low, central, high, interval_level and unit, for rows whose unit differs from row to row."""
    return (
        number("low", f"Low end of {what}.", "", low=low),
        number("central", f"Central or stated value of {what}.", "", low=low),
        number("high", f"High end of {what}.", "", low=low),
        LEVEL,
        Column(
            "unit",
            "category",
            "Unit of low, central and high; event: a dated event without a quantity.",
            required=True,
            values=units,
        ),
    )


BOUND = choice(
    "bound",
    "Set when the source states only a bound: at_least fills low, at_most fills high, central stays empty.",
    ("at_least", "at_most"),
)
PERIOD = (
    day("period_start", "First day of the period the row is about.", required=True),
    day("period_end", "Last day of the period the row is about.", required=True),
)
SOURCE_CLASSES = {
    "primary": "the paper, card or data file that the number comes from",
    "company": "what the company concerned says of itself: filings, calls, announcements",
    "official": "a government, a court or a legislature",
    "dataset": "a collection kept by others with its own sources",
    "expert": "an analyst, a think tank or a researcher with an estimate of their own",
    "market_research": "a firm that sells estimates of markets",
    "press": "a news report that is itself the one who says so",
    "vendor_reported": "a comparison of products by a maker or seller of one of them",
    "community": "volunteers and lists on the web without an editor",
    "derived": "arithmetic on other rows",
    "anecdote": "one person's account",
}
"""What each kind of source is."""
PROVENANCE = (
    day(
        "published",
        "Date of the vintage held; when only a month or year is known its last day, and when the copy "
        "carries no "
        "date at all the day the tables were compiled, 2026-11-23.",
        required=True,
    ),
    day("knowable_on", "Day by which a first version of this fact was public.", required=True),
    choice(
        "knowable_basis",
        "stated: the date of a publication; rule: set by the rule in the table's description.",
        ("stated", "rule"),
        required=True,
    ),
    choice(
        "vintage",
        "original: as first published; revised: a later number from the same source; reconstructed: "
        "estimated "
        "or read off afterwards.",
        ("original", "revised", "reconstructed"),
        required=True,
    ),
    text("source", "Who says so.", required=True),
    text("source_url", "Page where the number was read, which may be a page that quotes the source."),
    choice(
        "source_class",
        "What kind of source it is. "
        + "; ".join(f"{word}: {what}" for word, what in SOURCE_CLASSES.items())
        + ".",
        tuple(SOURCE_CLASSES),
        required=True,
    ),
    choice(
        "evidence",
        "seen_primary: the primary page or file was read; seen_secondary: a page or copy quoting it was "
        "read; "
        "derived: arithmetic on other rows.",
        ("seen_primary", "seen_secondary", "derived"),
        required=True,
    ),
    text("note", "What a reader must know before using the number: disputes, corrections, scope."),
)
PROVENANCE_ORDERS = (("knowable_on", "published"),)


def all_tables() -> dict[str, Table]:
    """Return every table's description by name, in the order in which they are listed.

    Examples
    --------
    >>> from curveshift.facts.schema import all_tables
    >>> list(all_tables())[:2]
    ['chips', 'chip_shipments']
    """
    from curveshift.facts.compute_tables import TABLES as COMPUTE
    from curveshift.facts.model_tables import TABLES as MODELS
    from curveshift.facts.money_tables import TABLES as MONEY

    return {t.name: t for t in (*COMPUTE, *MONEY, *MODELS)}


def find(name: str, where: str | None = None) -> Table:
    """Return one table's description, or an error that names the nearest tables."""
    known = all_tables()
    if name not in known:
        raise unknown_name("table", name, known, where=where)
    return known[name]
