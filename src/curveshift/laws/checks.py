"""What is odd about the numbers of a table of runs: each check says which row and what to pass, and guesses nothing."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from curveshift.errors import CurveshiftError

from .columns import COMPUTE, LOSS, PARAMS, SHARE, TOKENS, family
from .library import published

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .law import Quantity
    from .sheets import Sheet

    Floats = NDArray[np.float64]
    Place = Callable[[int], str | None]

SIX_ND: Final = 1.1
"""Training FLOP within 10 % of 6 × params × tokens are counted that way."""
_MOST_SWAPPED: Final = 0.9
_HIGHEST_LOSS: Final = 13.0
"""Nats: above the logarithm of any vocabulary in use (that of 256,000 entries is 12.5)."""
_TYPICAL: Final = "besiroglu2024"
"""A published law: other texts and tokenisers lie within −20 % and +25 % of it, bits a token at +44 %."""
_TYPICAL_RANGE: Final = (0.6, 1.3)
_LEAST_PARAMS: Final = 1e6
_LEAST_TOKENS: Final = 1e8
"""Of models to which it may be held at all."""


def listed(rows: Sequence[int] | NDArray[np.int64], most: int = 3) -> str:
    """Row numbers in words: "rows 3, 9 and 12, and 4 more"."""
    named = [str(row) for row in rows[:most]]
    shown = named[0] if len(named) == 1 else f"{', '.join(named[:-1])} and {named[-1]}"
    more = f", and {len(rows) - most} more" if len(rows) > most else ""
    return f"{'row' if len(rows) == 1 else 'rows'} {shown}{more}"


def numbers(sheet: Sheet, column: str) -> Floats:
    """A column as numbers, empty cells as NaN.

    Raises
    ------
    CurveshiftError
        With the row of the first cell that is neither.
    """
    cells: Any = sheet.columns[column]
    if isinstance(cells, np.ndarray) and cells.dtype.kind in "fiu":
        return cells.astype(np.float64)
    if len(cells) and isinstance(cells[0], str):
        # Clean text in one go; what is not clean is read cell by cell, to name its row.
        try:
            return np.array(cells, dtype=np.str_).astype(np.float64)
        except ValueError:
            pass
    out = np.empty(len(sheet))
    for i, cell in enumerate(cells):
        try:
            out[i] = _number(cell)
        except (TypeError, ValueError):
            raise CurveshiftError(
                f"{column} is {str(cell)[:40]!r}, which is no number: write 7e9, not 7B or 7,000,000,000",
                sheet.where(i),
            ) from None
        except OverflowError:
            out[i] = np.inf
    return out


def _number(cell: Any) -> float:
    if is_empty(cell):
        return float("nan")
    if isinstance(cell, bool | np.bool_):
        raise TypeError
    return float(cell)


def is_empty(cell: Any) -> bool:
    """Whether a cell holds nothing: no text, a word for nothing, or the nothing of a data frame."""
    if isinstance(cell, str):
        return cell.strip().casefold() in {"", "nan", "na", "n/a", "null", "none", "-", "?"}
    if isinstance(cell, float | np.floating):
        return bool(np.isnan(cell))
    return cell is None or type(cell).__name__ in {"NAType", "NaTType"}


def in_range(quantity: Quantity, value: Floats, place: Place) -> None:
    """Refuse what no run can have; empty cells are told apart before."""
    low, high = quantity.low, quantity.high
    wrong = np.flatnonzero(~((value > low) & (value < high)))
    if not len(wrong):
        return
    i = int(wrong[0])
    told = f"{quantity.name} is {value[i]:g}"
    if family(quantity.name) is SHARE and 1.0 <= value[i] <= 100.0 and value.max() > 1.0:
        pass_it = f"pass units={{'{quantity.name}': 'percent'}} (--unit {quantity.name}=percent) if it is"
        raise CurveshiftError(f"{told}, a percentage? {pass_it}; shares lie between 0 and 1", place(i))
    more = f" ({len(wrong)} rows in all)" if len(wrong) > 1 else ""
    # A range a hair wider than 0 to 1 takes its ends in.
    ends = f"{round(low, 9):g} and {round(high, 9):g}"
    bounds = f"be above {low:g}" if high == np.inf else f"lie between {ends}"
    raise CurveshiftError(f"{told}: it must {bounds}{more}", place(i))


def plausible(name: str, column: str, value: Floats, unit: str, place: Place) -> None:
    """Ask for the unit where numbers are too small or too large for a plain count."""
    kind = family(name)
    if kind not in (PARAMS, TOKENS, COMPUTE):
        return
    wrong = np.flatnonzero((value < kind.low) | (value > kind.high))
    if not len(wrong):
        return
    i = int(wrong[0])
    said = f", read as units of {unit!r} as its name says" if unit else ""
    size = "little" if value[i] < kind.low else "much"
    raise CurveshiftError(
        f"{column} gives {value[i]:.4g} {_PLAIN.get(name, name)}{said}, too {size} to be taken on"
        f" trust: pass units={{'{name}': ...}} (--unit {name}=...), {kind.ask}",
        place(i),
    )


_PLAIN: Final = {"params": "parameters", "training_flop": "FLOP"}


def loss_level(values: Mapping[str, Floats]) -> tuple[str, int] | None:
    """What is unlike nats per token in the losses, and in which run; none where nothing is."""
    loss = values["loss"]
    ask = f"pass units={{'loss': ...}} (--unit loss=...), {LOSS.ask}"
    high = np.flatnonzero(loss > _HIGHEST_LOSS)
    if len(high):
        i = int(high[0])
        told = (
            f"loss is {loss[i]:g}, more than a guess among all tokens costs in nats: bits, or a perplexity?"
        )
        return f"{told} {ask}; of a perplexity, take the logarithm", i
    if not {"params", "tokens"} <= values.keys():
        return None
    usual = (values["params"] >= _LEAST_PARAMS) & (values["tokens"] >= _LEAST_TOKENS)
    if not usual.any():
        return None
    law = published(_TYPICAL).law
    assert law is not None  # its parameters are all printed
    ratio = loss / law.predict(params=values["params"], tokens=values["tokens"])
    middle = float(np.median(ratio[usual]))
    if _TYPICAL_RANGE[0] <= middle <= _TYPICAL_RANGE[1]:
        return None
    i = int(np.argsort(np.abs(np.where(usual, ratio, np.inf) - middle), kind="stable")[0])
    guess = (
        "bits per token are 1.44 times nats" if middle > 1.0 else "bits per byte are about a third of them"
    )
    told = f"loss is {loss[i]:.4g}, and losses are {middle:.2f} times what is usual in nats per token for such sizes"
    return f"{told} ({guess}): {ask}", i


def swapped(values: Mapping[str, Floats], place: Place) -> None:
    """Ask whether parameters and tokens have changed places."""
    fewer = values["tokens"] < values["params"]
    if len(fewer) < 3 or fewer.mean() < _MOST_SWAPPED:
        return
    i = int(np.flatnonzero(fewer)[0])
    raise CurveshiftError(
        f"{values['tokens'][i]:.3g} tokens for {values['params'][i]:.3g} parameters, and so in {int(fewer.sum())} of"
        f" {len(fewer)} runs: swapped? Name the columns the other way round, or pass force=True (--force) if they"
        " are right",
        place(i),
    )


def six_nd(values: Mapping[str, Floats], conventions: Mapping[str, str], place: Place) -> tuple[bool, str]:
    """Whether FLOP are 6 × params × tokens, and a note where they are declared to be counted otherwise.

    Raises
    ------
    CurveshiftError
        Where they are not and no convention says why, or where the one declared is contradicted.
    """
    ratio = values["training_flop"] / (6.0 * values["params"] * values["tokens"])
    off = np.flatnonzero(np.abs(np.log(ratio)) > np.log(SIX_ND))
    if not len(off):
        return True, ""
    i = int(off[np.argmax(np.abs(np.log(ratio[off])))])
    told = (
        f"training_flop is {ratio[i]:.3g} × 6 × params × tokens ({len(off)} of {len(ratio)} runs are off by more"
        " than 10 %)"
    )
    declared = conventions.get("flop")
    if declared == "6ND":
        raise CurveshiftError(f"{told}, but conventions say 6ND", place(i))
    if declared or conventions.get("params") in ("non_embedding", "active"):
        low, high = float(ratio.min()), float(ratio.max())
        return False, f"training_flop is {low:.3g} to {high:.3g} × 6 × params × tokens, counted as declared"
    raise CurveshiftError(
        f"{told}: declare how they are counted with conventions={{'flop': 'measured'}} (--convention flop=measured)"
        " or, where embeddings are left out of the parameters, {'params': 'non_embedding'}",
        place(i),
    )


def one_convention(sheet: Sheet, index: NDArray[np.int64]) -> dict[str, str]:
    """What columns of conventions say, refused where they say two things.

    Losses of two tokenisers are in two units, and so are parameters with and without embeddings.
    """
    found = {}
    for column in sheet.columns:
        name = column.strip().lower()
        if name not in _TOLD and not name.endswith("_convention"):
            continue
        cells = sheet.columns[column]
        words = [("" if is_empty(cells[i]) else str(cells[i]).strip()) for i in index.tolist()]
        for i, word in zip(index.tolist(), words, strict=True):
            if word != words[0]:
                raise CurveshiftError(
                    f"{column} is {word!r} here and {words[0]!r} in row {int(index[0]) + 1}: runs of two conventions"
                    " do not follow one law; fit them apart, or pass force=True (--force)",
                    sheet.where(i),
                )
        if words[0]:
            found[_TOLD.get(name, name.removesuffix("_convention"))] = words[0]
    return found


_TOLD: Final = {"convention": "runs", "tokenizer": "tokeniser", "tokeniser": "tokeniser"}


def twins(
    sheet: Sheet, index: NDArray[np.int64], values: Mapping[str, Floats], used: Collection[str], force: bool
) -> list[str]:
    """Notes on runs whose numbers agree to the last digit; rows that agree in every cell are refused."""
    keys = [values[name] for name in used]
    order = np.lexsort(keys[::-1])
    same = np.ones(len(order) - 1, dtype=bool)
    for key in keys:
        same &= np.diff(key[order]) == 0.0
    alike, repeated = 0, []
    cells = [c for name, c in sheet.columns.items() if not name.lower().startswith("unnamed")]
    for k in np.flatnonzero(same).tolist():
        first, second = sorted((int(index[order[k]]), int(index[order[k + 1]])))
        if any(str(c[first]) != str(c[second]) for c in cells):
            alike += 1
            continue
        if not force:
            raise CurveshiftError(
                f"repeats row {first + 1}: remove it, or pass force=True (--force) if both are runs; a column such"
                " as seed tells them apart",
                sheet.where(second),
            )
        repeated.append(second + 1)
    notes = []
    if alike:
        notes.append(f"{alike} runs have the same numbers as another, to the last digit")
    if repeated:
        notes.append(f"{listed(sorted(repeated))} kept, though the same as another")
    return notes


def no_seeds(values: Mapping[str, Floats], inputs: Sequence[str]) -> bool:
    """Whether no two runs share all their inputs."""
    order = np.lexsort([values[name] for name in inputs])
    same = np.ones(len(order) - 1, dtype=bool)
    for name in inputs:
        same &= np.diff(values[name][order]) == 0.0
    return not same.any()
