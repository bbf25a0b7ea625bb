"""How a pretrained model is reinforced, and what that costs in FLOP."""

from __future__ import annotations

from dataclasses import dataclass

from .problems import PROBLEM, PROMPT
from .settings import Shape


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

    def flop_per_step(self, shape: Shape) -> float:
        """By formula: each answer is written by forward passes over all that stands there, then learned from once."""
        samples = self.questions * self.group
        return samples * (writing_flop(shape) + PROBLEM * shape.flop_per_token(PROBLEM))


def writing_flop(shape: Shape) -> float:
    """FLOP by formula of writing one answer: a forward pass over all that stands there for each of its tokens."""
    return sum(length * shape.flop_per_token(length) / 3.0 for length in range(PROMPT + 1, PROBLEM + 1))
