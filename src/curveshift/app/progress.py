"""How far a question is, for the visitor who waits for it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol


class Check(Protocol):
    """Called between blocks of draws, with the share of the work that is done; what it raises ends the work."""

    def __call__(self, share: float | None = None, /) -> None:
        """Look whether to go on."""


class Shares:
    """Shares of work done, by the name that the visitor's browser gave its question; gone with the answer.

    Examples
    --------
    >>> shares = Shares()
    >>> with shares.of("0123456789abcdef"):
    ...     shares.tell("0123456789abcdef", 0.5)
    ...     shares.read("0123456789abcdef")
    0.5
    >>> shares.read("0123456789abcdef") is None
    True
    """

    def __init__(self) -> None:
        self._shares: dict[str, float | None] = {}

    @contextmanager
    def of(self, name: str) -> Iterator[None]:
        """Keep the share of a question while it is waiting or running."""
        self._shares[name] = None
        try:
            yield
        finally:
            self._shares.pop(name, None)

    def tell(self, name: str, share: float) -> None:
        """Note how much is done, from 0 to 1."""
        self._shares[name] = share

    def read(self, name: str) -> float | None:
        """How much is done; None while it waits, and when nobody asked it."""
        return self._shares.get(name)
