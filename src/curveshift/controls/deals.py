"""The transaction that a ruling is about: where to, for whom, on which day, and in which way."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from curveshift.controls.places import tokens
from curveshift.errors import unknown_name

TRANSACTIONS = {"export": "export", "reexport": "reexport", "in-country transfer": "transfer"}
"""Their names, and what the records call them."""

END_USERS = {
    "civil": "nobody that the lists name",
    "entity-list": "on the Entity List",
    "entity-affiliate": "owned 50 per cent or more by firms on the Entity List",
    "military": "a military end user or end use",
    "supercomputer": "a supercomputer, or parts for one",
    "uae-approved": "approved in the UAE (15 CFR 740 Supplement No. 8)",
}


@dataclass(frozen=True)
class Deal:
    """One transaction; ``places`` and ``owners`` are all names under which rules know its two places."""

    on: date
    to: str
    headquarters: str
    end_user: str
    transaction: str
    places: frozenset[str]
    owners: frozenset[str]


def deal(
    on: date,
    to: str,
    headquarters: str | None = None,
    end_user: str = "civil",
    transaction: str = "export",
) -> Deal:
    """A transaction, from codes of places.

    Without headquarters the buyer is taken to be at home in the destination.

    Raises
    ------
    CurveshiftError
        For an unknown end user or transaction.

    Examples
    --------
    >>> "D:5" in deal(date(2024, 1, 1), "MY", "CN").owners
    True
    """
    kind = " ".join(transaction.casefold().replace("-", " ").split())
    kinds = {name.replace("-", " "): code for name, code in TRANSACTIONS.items()}
    kinds |= {"re export": "reexport", "transfer": "transfer"}
    if kind not in kinds:
        raise unknown_name("transaction", transaction, TRANSACTIONS, "transaction")
    if end_user not in END_USERS:
        raise unknown_name("end user", end_user, END_USERS, "end_user")
    home = headquarters or to
    return Deal(on, to, home, end_user, kinds[kind], tokens(to, on), tokens(home, on))
