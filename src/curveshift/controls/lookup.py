"""From what a user writes, a name or specifications, to a part."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import fields, replace
from functools import cache
from typing import Any

from curveshift.controls.chips import BITS, NUMBERS, ChipSpec, catalogue, memory_stacks
from curveshift.controls.instruments import compiled
from curveshift.errors import CurveshiftError, unknown_name

# Words that a name may carry or leave out.
HOUSES = {"nvidia", "amd", "instinct", "intel", "geforce", "huawei", "google", "aws", "amazon", "tesla"}
HOUSES |= {"microsoft", "meta", "radeon"}
PERFORMANCE = (*BITS, "tpp")
# A sparse rate is twice the dense one; data sheets round.
SPARSE_FACTOR, SPARSE_SLACK = 2.0, 0.02
SCALES = {"": 1.0, "k": 1e3, "m": 1e6}
NUMBER = re.compile(r"([0-9][0-9,]*(?:\.[0-9]+)?|\.[0-9]+)\s*([kKmM]?)")
FLAGS = {"yes": True, "true": True, "no": False, "false": False}


def _fold(name: str) -> str:
    words = re.sub(r"[^\w()/]+", " ", name.casefold().replace("_", " ")).split()
    kept = [w for w in words if w not in HOUSES]
    return "".join(kept or words)


@cache
def _index() -> dict[str, tuple[str, bool | None]]:
    found: dict[str, tuple[str, bool | None]] = {}
    for alias in compiled()["parts"]["aliases"]:
        found[_fold(alias["name"])] = alias["chip"], alias["datacenter"]
    found.update({_fold(name): (name, None) for name in (*memory_stacks(), *catalogue())})
    return found


def part(name: str, where: str = "chip") -> tuple[ChipSpec, str | None]:
    """A part of the chip table or a memory stack, by its name or a usual short one.

    Parameters
    ----------
    name : str
        ``"H20 SXM 96GB"``, ``"H20"``, ``"NVIDIA H20"``, ``"HBM3 stack"``; case and separators do not matter.
    where : str
        What the name stands for, shown in the error.

    Returns
    -------
    ChipSpec
    str or None
        What was read, when the name could mean more than one part.

    Raises
    ------
    CurveshiftError
        For an unknown name, with the nearest ones.

    Examples
    --------
    >>> part("h-20")[0].name
    'H20 SXM 96GB'
    """
    if not isinstance(name, str):
        raise CurveshiftError(f"a chip is called by its name, not by {name!r}", where)
    known = {**memory_stacks(), **catalogue()}
    if name in known:
        return known[name], None
    hit = _index().get(_fold(name))
    if hit is None:
        aliases = [alias["name"] for alias in compiled()["parts"]["aliases"]]
        raise unknown_name("chip", name, [*known, *aliases], where)
    found = known[hit[0]]
    if hit[1] is not None:
        found = replace(found, datacenter=hit[1])
    same = _fold(name) == _fold(found.name)
    return found, None if same else f"{name!r} is read as {found.name}"


def with_specs(base: ChipSpec | None, specs: Mapping[str, Any], where: str = "specs") -> ChipSpec:
    """A part from specifications, on its own or in place of those of a known part.

    Parameters
    ----------
    base : ChipSpec or None
        The known part. When a rate or the TPP is given, its own rates and TPP are left out.
    specs : mapping
        Fields of `ChipSpec`. A number may be an interval, ``"4500 to 5200"`` or ``(4500, 5200)``: 90 % of the
        probability lies inside.
    where : str
        Shown in errors.

    Returns
    -------
    ChipSpec

    Raises
    ------
    CurveshiftError
        For an unknown field, a sparse figure, or what `ChipSpec` refuses.

    Examples
    --------
    >>> with_specs(None, {"fp16_dense_tflops": "300 to 330"}).spread
    (('fp16_dense_tflops', 300.0, 330.0),)
    """
    known = [f.name for f in fields(ChipSpec) if f.name != "spread"]
    values: dict[str, Any] = {}
    spread: list[tuple[str, float, float]] = []
    for key, raw in specs.items():
        if not isinstance(key, str):
            raise CurveshiftError(f"a specification has a name, not {key!r}", where)
        if "sparse" in key.casefold():
            raise CurveshiftError(
                "sparse figures do not count (3A090, technical note 2): give the dense rate, usually half",
                f"{where}.{key}",
            )
        if key not in known:
            raise unknown_name("specification", key, known, where)
        if raw is None or key not in NUMBERS:
            read = _flag if key in ("nonplanar", "datacenter", "memory_only") else _text
            values[key] = read(raw, f"{where}.{key}")
            continue
        low, high = _interval(raw, f"{where}.{key}")
        # The middle of a lognormal whose 90 % interval this is.
        values[key] = low if low == high else math.sqrt(low * high)
        if low != high:
            spread.append((key, low, high))
    if base is None:
        if values.get("die_area_mm2") is not None:
            # The area that counts is by definition that of dies with non-planar transistors.
            values.setdefault("nonplanar", True)
        return ChipSpec(**{"name": "your specifications", **values, "spread": tuple(spread)})
    given = [key for key in PERFORMANCE if key in values]
    _refuse_sparse(base, {k: values[k] for k in given if values[k] is not None}, where)
    dropped = dict.fromkeys(PERFORMANCE) if given else {}
    touched = {*values, *dropped}
    kept = tuple(s for s in base.spread if s[0] not in touched)
    changed = ", ".join(f"{k}={specs[k]}" for k in values if k != "name")
    name = values.pop("name", f"{base.name} with {changed}" if changed else base.name)
    return replace(base, **{**dropped, **values}, name=name, spread=(*kept, *spread))


def _refuse_sparse(base: ChipSpec, given: Mapping[str, float], where: str) -> None:
    for key, value in given.items():
        dense = getattr(base, key)
        if dense and abs(value / dense / SPARSE_FACTOR - 1.0) <= SPARSE_SLACK:
            raise CurveshiftError(
                f"{value:,.0f} is twice the dense figure of {base.name} ({dense:,.0f}): sparse figures do not count",
                f"{where}.{key}",
            )


def _flag(raw: Any, where: str) -> bool | None:
    if raw is None or isinstance(raw, bool):
        return raw
    if isinstance(raw, str) and raw.casefold() in FLAGS:
        return FLAGS[raw.casefold()]
    raise CurveshiftError(f"must be yes or no, found {raw!r}", where)


def _text(raw: Any, where: str) -> str | None:
    if raw is None or isinstance(raw, str):
        return raw
    raise CurveshiftError(f"must be text, found {raw!r}", where)


def _interval(raw: Any, where: str) -> tuple[float, float]:
    if isinstance(raw, str):
        ends = [_number(text, where) for text in raw.split(" to ")]
    elif isinstance(raw, (tuple, list)):
        ends = [_number(value, where) for value in raw]
    else:
        ends = [_number(raw, where)]
    if len(ends) == 1:
        ends *= 2
    if len(ends) != 2 or ends[0] > ends[1] or (ends[0] != ends[1] and ends[0] <= 0):
        raise CurveshiftError(
            f"must be one number or an interval such as '4500 to 5200', found {raw!r}", where
        )
    return ends[0], ends[1]


def _number(raw: Any, where: str) -> float:
    if isinstance(raw, str):
        found = NUMBER.fullmatch(raw.strip())
        if found is None:
            raise CurveshiftError(f"must be a number of at least 0, found {raw!r}", where)
        return float(found[1].replace(",", "")) * SCALES[found[2].lower()]
    if isinstance(raw, bool) or not isinstance(raw, (int, float)):
        raise CurveshiftError(f"must be a number of at least 0, found {raw!r}", where)
    if not (math.isfinite(raw) and raw >= 0):
        raise CurveshiftError(f"must be a number of at least 0, found {raw}", where)
    return float(raw)
