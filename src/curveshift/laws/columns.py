"""What a column is called: names of quantities as people write them, with the unit and convention inside the name."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from curveshift.errors import CurveshiftError, unknown_name

_SIZES: Final[Mapping[str, float]] = {
    **dict.fromkeys(("k", "thousand", "thousands"), 1e3),
    **dict.fromkeys(("m", "mn", "million", "millions"), 1e6),
    **dict.fromkeys(("b", "bn", "g", "billion", "billions"), 1e9),
    **dict.fromkeys(("t", "tn", "trillion", "trillions"), 1e12),
}
_DAY: Final = 86_400.0
_LADDER: Final[Mapping[str, tuple[str, float]]] = {
    "t": ("tera", 1e12),
    "p": ("peta", 1e15),
    "e": ("exa", 1e18),
    "z": ("zetta", 1e21),
    "y": ("yotta", 1e24),
}
_FLOP: Final[Mapping[str, float]] = {
    **{
        f"{p}{w}": s for short, (long, s) in _LADDER.items() for p in (short, long) for w in ("flop", "flops")
    },
    **dict.fromkeys(
        ("pf_day", "pf_days", "pfs_days", "petaflop_day", "petaflop_days", "petaflop_s_days", "pflop_days"),
        1e15 * _DAY,
    ),
}
_LOSS: Final[Mapping[str, float]] = {
    **dict.fromkeys(("nat", "nats", "nats_per_token", "nat_per_token", "nat_token", "nats_token"), 1.0),
    **dict.fromkeys(("bits_per_token", "bit_per_token", "bit_token", "bits_token"), math.log(2.0)),
}
UNCLEAR: Final[Mapping[str, str]] = {
    **dict.fromkeys(("bits", "bit"), "bits a token or a byte? give units={'loss': 'bit/token'} for a token"),
    **dict.fromkeys(
        ("bpb", "bits_per_byte", "bit_byte", "bits_byte", "bpc", "bits_per_character", "bits_per_char"),
        "no loss a token follows from bits a byte without the bytes of a token: multiply by ln 2 and by that",
    ),
}
"""Units that leave a question open, and the question."""


@dataclass(frozen=True)
class Family:
    """Quantities that are read alike.

    Attributes
    ----------
    units : mapping of str to float
        Factor of each unit that a name or `units` may state.
    low, high : float
        Values outside are asked about unless their unit is stated.
    ask : str
        What to pass, for a message.
    """

    units: Mapping[str, float]
    low: float
    high: float
    ask: str


PARAMS: Final = Family(
    _SIZES, 1e4, 1e15, "'B' where they are billions, 'M' for millions, '1' for a plain count"
)
# The Penn Treebank, on which language models were compared for years, has 929,000 training tokens.
TOKENS: Final = Family(
    _SIZES, 1e5, 1e17, "'B' where they are billions, 'T' for trillions, '1' for a plain count"
)
COMPUTE: Final = Family(
    {**_SIZES, **_FLOP}, 1e12, 1e32, "'1e18' for units of that size, 'PF-days', or '1' for FLOP"
)
LOSS: Final = Family(_LOSS, 0.0, math.inf, "'nat/token', or 'bit/token' to have them converted")
SHARE: Final = Family(
    {**dict.fromkeys(("percent", "pct", "perc"), 0.01), **dict.fromkeys(("share", "fraction"), 1.0)},
    0.0, 1.0, "'percent', or '1' for shares between 0 and 1",
)  # fmt: skip
PLAIN: Final = Family({}, -math.inf, math.inf, "'1'")

_WRITTEN: Final[Mapping[str, str]] = {
    "params": "params parameters param n_params num_params nparams num_parameters n_parameters parameter_count"
    " param_count params_count model_size model_params model_parameters",
    "tokens": "tokens n_tokens num_tokens ntokens token_count tokens_seen tokens_trained train_tokens training_tokens",
    "training_flop": "flop flops training_flop training_flops train_flop train_flops total_flop total_flops n_flops"
    " compute training_compute train_compute compute_flop compute_flops training_compute_flop training_compute_flops",
    "loss": "loss val_loss valid_loss validation_loss test_loss eval_loss final_loss final_val_loss heldout_loss"
    " held_out_loss cross_entropy ce_loss xent nll",
    "accuracy": "accuracy acc exact_match",
}
NAMES: Final[Mapping[str, frozenset[str]]] = {q: frozenset(names.split()) for q, names in _WRITTEN.items()}
"""Names that leave no doubt; a training loss, a perplexity or a lower-case n are not among them."""
_LETTERS: Final = {"N": "params", "D": "tokens", "C": "training_flop", "L": "loss"}
_COUNTED: Final[Mapping[str, str]] = {
    **dict.fromkeys(
        (
            "non_embedding",
            "non_emb",
            "nonembedding",
            "non_embed",
            "no_embedding",
            "no_emb",
            "without_embedding",
        ),
        "non_embedding",
    ),
    **dict.fromkeys(("total", "with_embedding", "incl_embedding"), "total"),
    "active": "active",
}
_WHOLE_UNITS: Final = frozenset(_FLOP)
"""Units that say by themselves what they measure: a column called "exaflops" holds compute."""

_SHARES: Final = ("accuracy", "coverage", "error", "pass_rate", "reward", "success_rate")


@dataclass(frozen=True)
class Match:
    """A column recognised as a quantity.

    Attributes
    ----------
    column : str
        Its own name.
    unit : str
        As written in the name, else empty.
    counted : str
        How parameters are counted, where the name says so.
    """

    column: str
    unit: str = ""
    counted: str = ""


def family(quantity: str) -> Family:
    """How a quantity of this name is read."""
    if "_per_" in quantity:
        return PLAIN
    for part, found in (("param", PARAMS), ("token", TOKENS), ("flop", COMPUTE), ("loss", LOSS)):
        if part in quantity:
            return found
    return SHARE if quantity in _SHARES else PLAIN


def factor(quantity: str, unit: object, where: str) -> float:
    """What a value in `unit` is multiplied by.

    Raises
    ------
    CurveshiftError
        For an unknown unit, or one that leaves a question open.

    Examples
    --------
    >>> factor("params", "B", "units"), factor("training_flop", "1e18", "units")
    (1000000000.0, 1e+18)
    """
    known = family(quantity).units
    if isinstance(unit, int | float) and not isinstance(unit, bool):
        number = float(unit)
    else:
        plain = _plain(str(unit))
        if plain in known:
            return known[plain]
        if plain in UNCLEAR and family(quantity) is LOSS:
            raise CurveshiftError(UNCLEAR[plain], where)
        try:
            number = float(re.sub(r"^[eE]", "1e", str(unit).strip()) or 1.0)
        except ValueError:
            raise unknown_name("unit", str(unit), [*known, "1"], where) from None
    if not 0.0 < number < math.inf:
        raise CurveshiftError(f"{unit!r} is no unit: give a factor above 0", where)
    return number


def matches(quantity: str, columns: Sequence[str]) -> list[Match]:
    """The columns whose name leaves no doubt that they hold `quantity`."""
    found = (_match(quantity, column) for column in columns)
    return [m for m in found if m is not None]


def _match(quantity: str, column: str) -> Match | None:
    plain = _plain(_spelled(column))
    names = NAMES.get(quantity, frozenset()) | {_plain(quantity)}
    units = family(quantity).units
    if plain in names:
        return Match(column)
    if quantity == "training_flop" and plain in _WHOLE_UNITS:
        return Match(column, plain)
    words = plain.split("_")
    for i in range(len(words) + 1):
        for j in range(i + 1, len(words) + 1):
            if "_".join(words[i:j]) not in names:
                continue
            rest = [*words[:i], *words[j:]]
            counted = ""
            if quantity == "params":
                rest, counted = _without_count(rest)
            unit = "_".join(w for w in rest if w != "in")
            if not unit and counted:
                return Match(column, "", counted)
            if unit in units or (family(quantity) is LOSS and unit in UNCLEAR) or _is_power(unit):
                return Match(column, unit, counted)
    if quantity == "loss" and plain in UNCLEAR and plain not in ("bit", "bits"):
        return Match(column, plain)
    return None


def _without_count(words: Sequence[str]) -> tuple[list[str], str]:
    """The rest of a name without what it says of how parameters are counted."""
    for i in range(len(words)):
        for j in range(len(words), i, -1):
            counted = _COUNTED.get("_".join(words[i:j]))
            if counted:
                return [*words[:i], *words[j:]], counted
    return list(words), ""


def _is_power(unit: str) -> bool:
    return re.fullmatch(r"1?e\d{1,2}", unit) is not None


def _spelled(column: str) -> str:
    """The letters of the field as words: "N (B)" as "params (B)"."""
    letter = re.fullmatch(r"\s*([NDCL])(?![A-Za-z])(.*)", column, re.S)
    return _LETTERS[letter[1]] + letter[2] if letter else column


def _plain(name: str) -> str:
    """A name in lower case with single underscores."""
    apart = re.sub(r"([a-z0-9])([A-Z][a-z])", r"\1_\2", name)
    return re.sub(r"[^a-z0-9]+", "_", apart.lower()).strip("_")
