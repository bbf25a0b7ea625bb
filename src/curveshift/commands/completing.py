"""Names that the shell completes, read from the compiled records themselves: a key press must not load the model."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path
from typing import Any

Complete = Callable[[str], list[str]]

PACKAGE = Path(__file__).parents[1]
# Copies of what modules with NumPy say; a test holds them together.
STANCES = ("open", "guided", "blocked", "responsive")
SUBJECTS = ("efficiency", "reasoning", "lag", "offset", "split", "scales", "first")
WORLDS = ("unipolar-us", "bipolar", "unipolar-china", "not-yet")
SPECIAL = re.compile(r"([^\w@%+=:,./-])")
"""What Bash reads as more than itself. It takes what is completed as typed, where other shells quote by themselves."""


def offered(names: Callable[[], Iterable[str]]) -> Complete:
    """A completion by the start of a name."""

    def complete(incomplete: str) -> list[str]:
        found = [name for name in names() if name.startswith(incomplete)]
        if os.environ.get("_CURVESHIFT_COMPLETE") == "complete_bash":
            return [SPECIAL.sub(r"\\\1", name) for name in found]
        return found

    return complete


@cache
def _payload(path: str) -> dict[str, Any]:
    from curveshift.records import read_compiled

    return read_compiled(PACKAGE / path)


def _scenario(part: str) -> list[str]:
    return sorted(_payload("scenario/data/compiled.json")[part])


def _policies() -> list[str]:
    # Stances come after the plain names, so that a name is not hidden among its variants.
    names = _scenario("policies")
    return [*names, *(f"{name}+{stance}" for name in names for stance in STANCES)]


def _choices() -> list[str]:
    sets = _payload("scenario/data/compiled.json")["policy_sets"]["sets"]
    return [*(one["name"] for one in sets), *_policies()]


def _assumptions() -> list[str]:
    return [*_scenario("assumptions"), *_scenario("levers")]


def _chips() -> list[str]:
    from curveshift import facts

    parts = _payload("controls/data/compiled.json")["parts"]
    aliases = [alias["name"] for alias in parts["aliases"]]
    return list(dict.fromkeys([*aliases, *(row["chip"] for row in facts.rows("chips"))]))


def _models() -> list[str]:
    from curveshift import facts

    return [row["model"] for row in facts.rows("models")]


def _tables() -> list[str]:
    from curveshift import facts

    return facts.tables()


def _claims() -> list[str]:
    return [claim["name"] for claim in _payload("claims/data/claims.json")["claims"]]


def _laws() -> list[str]:
    return [law["id"] for law in _payload("laws/data/compiled.json")["laws"]]


def _rules() -> list[str]:
    return [one["id"] for one in _payload("controls/data/compiled.json")["instruments"]]


policy = offered(_policies)
policy_or_set = offered(_choices)
assumption = offered(_assumptions)
setting = offered(lambda: [f"{name}=" for name in _assumptions()])
view = offered(lambda: _scenario("views"))
chip = offered(_chips)
model = offered(_models)
fact_table = offered(_tables)
claim = offered(_claims)
law = offered(_laws)
rule = offered(_rules)
subject = offered(lambda: SUBJECTS)
world = offered(lambda: WORLDS)
