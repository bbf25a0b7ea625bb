"""What a run is: everything that decides its bytes, in one frozen record with a hash."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Final, Self

from curveshift.errors import CurveshiftError
from curveshift.records import canonical_json

from .language import VOCABULARY, Language
from .problems import of_kind

HEAD: Final = 16
"""Width of an attention head, or half of it where the width is no multiple."""
MLP: Final = 4
"""Hidden width of a block over its width."""
EXPERTS: Final = 8
ACTIVE: Final = 2
"""Experts that a token is sent to."""
CAPACITY: Final = 4.0 / 3.0
"""Places of an expert over its even share of tokens; tokens without a place pass by."""
EXPERT_HIDDEN: Final = 1.5
"""Hidden width of an expert over the width: ACTIVE × CAPACITY × EXPERT_HIDDEN = MLP, the same FLOP as one dense."""
LATENT: Final = 0.25
"""Width of the compressed keys and values over the width."""
ROPE_KEY: Final = 8
"""Width of the shared key that carries the position beside compressed ones."""

SCHEDULES: Final = ("constant", "cosine", "wsd")
OPTIMISERS: Final = ("adam", "muon")
ATTENTIONS: Final = ("full", "latent")


def hashed(settings: dict[str, Any]) -> str:
    """Name of what settings make: 16 digits of their hash."""
    return hashlib.sha256(canonical_json(settings).encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Shape:
    """The size and the kind of a decoder transformer.

    Parameters
    ----------
    width, depth : int
        Width a multiple of 8; blocks.
    experts : int
        1 for a dense block, or 8 of which each token uses 2.
    attention : str
        ``full``, or ``latent``: keys and values from one compressed vector, as in DeepSeek-V2's MLA.
    tied : bool
        Whether the unembedding is the embedding.

    Examples
    --------
    >>> Shape(width=32, depth=2).params
    26272
    """

    width: int = 32
    depth: int = 2
    experts: int = 1
    attention: str = "full"
    tied: bool = False

    def __post_init__(self) -> None:
        if self.width < 1 or self.width % (HEAD // 2):
            raise CurveshiftError(f"{self.width}: give a multiple of {HEAD // 2}", "shape.width")
        if self.depth < 1:
            raise CurveshiftError(f"{self.depth}: give 1 or more", "shape.depth")
        if self.experts not in (1, EXPERTS):
            raise CurveshiftError(f"{self.experts}: give 1 or {EXPERTS}", "shape.experts")
        if self.attention not in ATTENTIONS:
            raise CurveshiftError(
                f"{self.attention!r}: give one of {', '.join(ATTENTIONS)}", "shape.attention"
            )

    @property
    def heads(self) -> int:
        """Attention heads."""
        return self.width // HEAD if self.width % HEAD == 0 else self.width // (HEAD // 2)

    @property
    def latent(self) -> int:
        """Width of the compressed keys and values."""
        return int(self.width * LATENT)

    @property
    def attention_params(self) -> int:
        """Weights of one attention layer."""
        d = self.width
        if self.attention == "full":
            return 4 * d * d
        queries = d * (d + self.heads * ROPE_KEY)
        return queries + d * (self.latent + ROPE_KEY) + 2 * self.latent * d + d * d

    @property
    def params(self) -> int:
        """Weights of all matrices that multiply a token, active ones only; embeddings that are looked up are not.

        The unembedding counts, tied or not, because it multiplies.
        """
        return self._weights(ACTIVE * CAPACITY)

    @property
    def total_params(self) -> int:
        """The same with all experts."""
        return self._weights(float(EXPERTS))

    def _weights(self, experts: float) -> int:
        d = self.width
        mlp = (
            2 * MLP * d * d
            if self.experts == 1
            else int(experts * 2 * EXPERT_HIDDEN * d * d) + d * self.experts
        )
        return self.depth * (self.attention_params + mlp) + d * VOCABULARY

    def flop_per_token(self, length: int) -> float:
        """Training FLOP of one token: 6 for each weight, and 12 length width a block for attention scores and sums.

        The whole square of scores counts, because it is computed whole and then masked.
        """
        d = self.width
        wide = d if self.attention == "full" else d + self.heads * ROPE_KEY // 2
        return 6.0 * self.params + 12.0 * self.depth * length * wide


@dataclass(frozen=True)
class Recipe:
    """How a model is trained.

    Parameters
    ----------
    optimiser : str
        ``adam`` or ``muon``.
    schedule : str
        ``constant``, ``cosine`` or ``wsd`` (constant, then a linear decay over the last fifth); all after a warm-up.
    learning_rate : float
        Of a model of width 32; wider ones train with (32/width)^0.5 of it.
    batch : int
        Documents a step.
    filtered : bool
        Whether noise is filtered out of the corpus before training.
    """

    optimiser: str = "adam"
    schedule: str = "cosine"
    learning_rate: float = 0.01
    batch: int = 16
    filtered: bool = False

    def __post_init__(self) -> None:
        for name, value, known in (
            ("optimiser", self.optimiser, OPTIMISERS),
            ("schedule", self.schedule, SCHEDULES),
        ):
            if value not in known:
                raise CurveshiftError(f"{value!r}: give one of {', '.join(known)}", f"recipe.{name}")
        if not self.learning_rate > 0.0:
            raise CurveshiftError(f"{self.learning_rate:g}: give a number above 0", "recipe.learning_rate")
        if self.batch < 1:
            raise CurveshiftError(f"{self.batch}: give 1 or more documents", "recipe.batch")


@dataclass(frozen=True)
class Corpus:
    """What a model is trained on.

    Parameters
    ----------
    language : Language
    length : int
        Tokens of a document; the model sees all of it.
    noise : float
        Share of documents without structure.
    problems : float
        Share of documents that are solved problems instead of language.
    sloppy : float
        Share of the solutions that are wrong.
    kind : str
        Of the problems: ``sums`` or ``proofs``.
    """

    language: Language = field(default_factory=Language)
    length: int = 64
    noise: float = 0.0
    problems: float = 0.0
    sloppy: float = 0.0
    kind: str = "sums"

    def __post_init__(self) -> None:
        for name in ("noise", "problems", "sloppy"):
            value = getattr(self, name)
            if not 0.0 <= value < 1.0:
                raise CurveshiftError(f"{value:g} is outside its range: 0 to below 1", f"corpus.{name}")
        if self.noise + self.problems >= 1.0:
            raise CurveshiftError(
                "noise and problems leave no language: give shares that sum to below 1", "corpus"
            )
        if self.length < 8:
            raise CurveshiftError(f"{self.length}: give 8 tokens or more", "corpus.length")
        of_kind(self.kind)


@dataclass(frozen=True)
class Run:
    """One training run: all that decides its result.

    Parameters
    ----------
    shape : Shape
    recipe : Recipe
    corpus : Corpus
    steps : int
    seed : int
        Of the first weights and of the documents.
    """

    shape: Shape
    recipe: Recipe
    corpus: Corpus
    steps: int
    seed: int = 0

    def __post_init__(self) -> None:
        if self.steps < 1:
            raise CurveshiftError(f"{self.steps}: give 1 or more", "run.steps")

    @classmethod
    def of_budget(cls, flop: float, shape: Shape, recipe: Recipe, corpus: Corpus, seed: int = 0) -> Self:
        """The run whose FLOP by formula are nearest to a budget."""
        each = recipe.batch * corpus.length * shape.flop_per_token(corpus.length)
        return cls(shape, recipe, corpus, max(1, round(flop / each)), seed)

    @property
    def tokens(self) -> int:
        """Tokens trained on."""
        return self.steps * self.recipe.batch * self.corpus.length

    @property
    def flop(self) -> float:
        """Training FLOP by formula."""
        return self.tokens * self.shape.flop_per_token(self.corpus.length)

    def settings(self) -> dict[str, Any]:
        """Everything as plain data."""
        return asdict(self)

    @property
    def key(self) -> str:
        """Hash of the settings, 16 digits."""
        return hashed(self.settings())

    def with_recipe(self, **changes: Any) -> Self:
        """The same run with another recipe."""
        return replace(self, recipe=replace(self.recipe, **changes))
