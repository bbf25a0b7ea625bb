"""How a pretrained model is reinforced, and what that costs in FLOP."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .settings import Shape

if TYPE_CHECKING:
    from .problems import Problems


@dataclass(frozen=True)
class Reinforcement:
    """How a pretrained model is continued.

    Parameters
    ----------
    steps : int
        A multiple of 10.
    questions : int
        A step.
    group : int
        Answers to each question, against whose mean each is judged.
    learning_rate : float
    seed : int
    """

    steps: int = 600
    questions: int = 32
    group: int = 8
    learning_rate: float = 3e-4
    seed: int = 0

    def flop_per_step(self, shape: Shape, problems: Problems) -> float:
        """By formula: each answer is written by forward passes over all that stands there, then learned from once."""
        samples = self.questions * self.group
        return samples * (writing_flop(shape, problems) + learning_flop(shape, problems))


def writing_flop(shape: Shape, problems: Problems) -> float:
    """FLOP by formula of writing one answer: a forward pass over all that stands there for each of its tokens."""
    lengths = range(problems.prompt + 1, problems.length + 1)
    return sum(length * shape.flop_per_token(length) / 3.0 for length in lengths)


def learning_flop(shape: Shape, problems: Problems) -> float:
    """FLOP by formula of one gradient through a question and its answer."""
    return problems.length * shape.flop_per_token(problems.length)


def distillation_flop(shape: Shape, teacher: Shape, examples: int, problems: Problems) -> float:
    """FLOP by formula of answers that a teacher writes and a student of a shape learns from once."""
    return examples * (writing_flop(teacher, problems) + learning_flop(shape, problems))
