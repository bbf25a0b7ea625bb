"""Choices read from bytes, and real content changed by them: the same bytes always make the same input.

A fuzzer that follows coverage, and Hypothesis when it shrinks, both work on bytes. Reading choices from them gives
inputs that are nearly right, which reach further into a parser than noise does.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from datetime import date
from typing import Any, TypeVar

T = TypeVar("T")

STRAY = "stray_key"
"""A key that no record knows; what is taken with it was not looked at."""

WORDS = (
    "", " ", "0", "1", "-1", "-0", "1e400", "1e-400", "nan", "NaN", "inf", "-inf", "0x10", "1_000", "1,000", "١٢", "½",
    "10k", "10k to 300k", "300k to 10k", "10k to 10k", "about 140k (10k to 500k)", "30%", "−5", "1e308k", "5 months",
    "yes", "no", "null", "true", "none", "record", "open", "blocked", "2026-07-01", "2026-13-01", "2026-02-30",
    "2026-07", "20260701", "2026-W27-3", "0001-01-01", "9999-12-31", "CN", "China", "any", "H20", "chip", "x/year",
    "share", "1", "log10 flop", "status-quo", "enforcement.effort", "bis-2026-01.case_by_case.tpp_below", "__class__",
    "<img src=x>", "'", '"', "\\", "\x00", "\u2028", "a" * 300, "{}", "[]", "é", "\ufeff", "../../etc/passwd",
)  # fmt: skip
VALUES: tuple[Any, ...] = (
    0, 1, -1, 2, 3, 64, 511, 512, 2**31, 2**63, 10**400, 0.0, -0.0, 0.5, 1.5, 1e-320, 1e-9, 1e18, 1e308, -1e308,
    True, False, None, [], {}, [None], [0, 1], [1, 0], ["a"], {"a": 1}, [[]], {STRAY: 1}, date(2026, 7, 1),
    date(1, 1, 1), date(9999, 12, 31),
    {"distribution": "uniform", "low": 2, "high": 6}, {"distribution": "beta", "a": 1e-300, "b": 5},
    {"distribution": "truncated", "inner": "1 to 2", "low": None, "high": 1.5},
    {"distribution": "mixture", "weights": [0.5, 0.5], "parts": [0, "0.1 to 0.6"]},
    {"distribution": "discrete", "values": [1, 2], "weights": [1, 1]}, {"distribution": "posterior"},
)  # fmt: skip


class Dice:
    """Bytes, read as choices; when they end every choice is the first."""

    def __init__(self, data: bytes) -> None:
        self._data, self._at = data, 0

    def byte(self) -> int:
        """The next byte."""
        self._at += 1
        return self._data[self._at - 1] if self._at <= len(self._data) else 0

    def below(self, most: int) -> int:
        """A whole number from 0 to `most` - 1."""
        if most <= 1:
            return 0
        return (self.byte() if most <= 256 else self.byte() << 16 | self.byte() << 8 | self.byte()) % most

    def pick(self, items: Sequence[T]) -> T:
        """One of several things."""
        return items[self.below(len(items))]

    def chance(self, one_in: int) -> bool:
        """True once in so many times; false when the bytes have ended."""
        return self.below(one_in) == one_in - 1

    def rest(self) -> bytes:
        """All bytes that are left."""
        begin, self._at = self._at, len(self._data)
        return self._data[begin:]

    def text(self, most: int = 12) -> str:
        """A few characters, mostly plain ones."""
        out = []
        for _ in range(self.below(most + 1)):
            code = self.byte()
            out.append(
                chr(code) if code < 128 else self.pick("0123456789.,-+eE%kMBT =:;@/()é−½\u2028\U0001f600")
            )
        return "".join(out)

    def number(self) -> float | int:
        """A number, among them awkward ones."""
        if self.chance(3):
            found = self.pick([v for v in VALUES if isinstance(v, int | float) and not isinstance(v, bool)])
            return found if abs(found) < 1e300 else 1e308
        digits = self.below(1000) + 1
        return float(digits * 10.0 ** (self.below(40) - 12)) * (-1 if self.chance(8) else 1)

    def word(self) -> str:
        """A word that a parser may stumble over."""
        return self.text() if self.chance(2) else self.pick(WORDS)


def changed_text(seed: str, dice: Dice, tokens: Sequence[str] = WORDS) -> str:
    """A text with up to eight places cut, doubled, or written over; often with one or none."""
    text = seed
    for _ in range(dice.below(dice.pick((2, 3, 9)))):
        at = dice.below(len(text) + 1)
        until = min(len(text), at + dice.below(9))
        match dice.below(5):
            case 0:
                text = text[:at] + text[until:]
            case 1:
                text = text[:until] + text[at:]
            case 2:
                text = text[:at] + dice.text(4) + text[until:]
            case 3:
                text = text[:at] + dice.pick(tokens) + text[at:]
            case _:
                text = text[:at] + dice.pick(tokens) + text[until:]
    return text


def changed(tree: Any, dice: Dice) -> tuple[Any, bool]:
    """A copy of plain content with up to four places changed, and whether a stray key was put in."""
    root = {"": copy.deepcopy(tree)}
    stray = False
    for _ in range(dice.below(dice.pick((2, 3, 5)))):
        places = _places(root)
        holder, key = dice.pick(places)
        value = holder[key]
        match dice.below(8):
            case 0:
                holder[key] = copy.deepcopy(dice.pick(VALUES))
            case 1:
                holder[key] = dice.word()
            case 2 if isinstance(value, str):
                holder[key] = changed_text(value, dice)
            case 2 | 3 if isinstance(value, int | float) and not isinstance(value, bool):
                holder[key] = dice.number()
            case 4:
                other, name = dice.pick(places)
                holder[key] = copy.deepcopy(other[name])
            case 5 if isinstance(value, dict) and holder is not root:
                value[STRAY] = copy.deepcopy(dice.pick(VALUES))
                stray = True
            case 5 if isinstance(value, list):
                value.append(copy.deepcopy(dice.pick(value or [None])))
            case 6 if holder is not root:
                if isinstance(holder, list):
                    del holder[key]
                else:
                    holder[dice.word()] = holder.pop(key)
            case _:
                if holder is not root:
                    del holder[key]
    return root[""], stray and _holds(root[""], STRAY)


def _places(root: Any) -> list[tuple[Any, Any]]:
    """Every place of a tree as its holder and its key there."""
    found: list[tuple[Any, Any]] = []
    todo = [root]
    while todo:
        holder = todo.pop()
        keys = list(holder) if isinstance(holder, dict) else range(len(holder))
        for key in keys:
            found.append((holder, key))
            if isinstance(holder[key], dict | list):
                todo.append(holder[key])
    return found


def _holds(tree: Any, key: str) -> bool:
    return any(name == key for holder, name in _places({"": tree}))
