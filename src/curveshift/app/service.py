"""The model kept warm: what a visitor asks is run once, and what does not change is kept."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from functools import partial
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

from curveshift.app.asking import Choice, Question
from curveshift.app.progress import Check
from curveshift.app.reduced import compared, driving, one_policy, whole
from curveshift.errors import CurveshiftError, unknown_name
from curveshift.records import canonical_json

if TYPE_CHECKING:
    from curveshift.world import Ensemble, Kept
    from curveshift.world.tally import Tally

T = TypeVar("T")
KEPT_BLOCKS: Final = 2
"""Blocks whose arrays stay in memory: those of 256 draws. More draws are drawn again, which costs less than keeping."""

KEPT_DRAWS_BYTES: Final = 70_000_000
"""For draws with their factual history: those before and after an assumption moved."""

KEPT_RUNS_BYTES: Final = 72_000_000
"""For what policies gave: four of 2,048 draws, which a comparison reads again, or thirteen of 256."""


class Recent(Generic[T]):
    """The values that were asked for last, as many as fit.

    Parameters
    ----------
    most : int
        Sum of the weights that are kept; the newest value is kept whatever it weighs.
    weight : callable, optional
        Weight of a value, such as its bytes; 1 unless given.
    """

    def __init__(self, most: int, weight: Callable[[T], int] = lambda _: 1) -> None:
        self._most, self._weight = most, weight
        self._values: OrderedDict[Hashable, tuple[T, int]] = OrderedDict()
        self.total = 0

    def __contains__(self, key: Hashable) -> bool:
        return key in self._values

    def __len__(self) -> int:
        return len(self._values)

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        """The value of a key, made if it is not there."""
        if key not in self._values:
            value = make()
            self._values[key] = value, self._weight(value)
            self.total += self._values[key][1]
            while self.total > self._most and len(self._values) > 1:
                self.total -= self._values.popitem(last=False)[1][1]
        self._values.move_to_end(key)
        return self._values[key][0]


class Service:
    """One model for all visitors, without any web in it. It runs one question at a time.

    Parameters
    ----------
    threads : int, optional
        Threads that run blocks; all processors unless given.

    Examples
    --------
    >>> from curveshift.app import Choice, Question, Service
    >>> service = Service()
    >>> question = Question(policies=[Choice(base="status-quo")], draws=64)
    >>> service.key(question) == service.key(question.model_copy(update={"draws": 256}))
    False
    """

    def __init__(self, threads: int | None = None) -> None:
        import os

        # Those that this process may run on, so that several processes can share a machine out.
        mine = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
        self._threads = threads or mine or 1
        self._lock = threading.Lock()
        self._kept: Recent[Kept] = Recent(KEPT_DRAWS_BYTES, lambda kept: kept.nbytes)
        self._tallies: Recent[Tally] = Recent(KEPT_RUNS_BYTES, lambda tally: tally.nbytes)
        self._sources: Recent[str] = Recent(48)
        self._parts: Recent[dict[str, Any]] = Recent(48)

    def warm(self) -> None:
        """Compile the program that every question runs, and run the baseline."""
        self.simulate(Question(policies=(Choice(base="status-quo"), Choice(base="b30a-allowed"))))

    def key(self, question: Question) -> str:
        """SHA-256 of everything that decides an answer: what was asked, the version, and the facts."""
        return _key(question, question.scenario().content())

    def simulate(self, question: Question, check: Check = lambda share=None: None) -> dict[str, Any]:
        """Everything that the page draws of some policies.

        Raises
        ------
        CurveshiftError
            For anything unknown, malformed or out of range.
        """
        from curveshift.world import UNITS

        if question.unit not in UNITS:
            raise unknown_name("unit", question.unit, UNITS, "unit")
        with self._lock:
            ensemble, keys, content = self._run(question, check)
            parts = []
            for policy, key in zip(ensemble.scenario.policies, keys, strict=True):
                check()
                found = self._parts.get(
                    (key, question.unit, question.window_months),
                    partial(one_policy, ensemble, policy.name, question.unit, question.window_months),
                )
                parts.append({"name": policy.name, **found})
            # A visitor's own values bring no source, so the shipped policies and the view decide.
            rests_on = (question.view, *(choice.base for choice in question.policies))
            sources = self._sources.get(rests_on, partial(_sources, ensemble, question))
            return {**whole(ensemble, parts, question), "sources": sources, "key": _key(question, content)}

    def compare(self, question: Question, check: Check = lambda share=None: None) -> dict[str, Any]:
        """The first policy beside each other one, draw by draw.

        Raises
        ------
        CurveshiftError
            For fewer than two policies, and as `simulate`.
        """
        if len(question.policies) < 2:
            raise CurveshiftError("a comparison needs two policies", "policies")
        with self._lock:
            ensemble, _, _ = self._run(question, check)
            return compared(ensemble, question.window_months, check)

    def drivers(self, question: Question, check: Check = lambda share=None: None) -> dict[str, Any]:
        """What drives the lag under the first policy.

        Raises
        ------
        CurveshiftError
            As `simulate`.
        """
        with self._lock:
            ensemble, _, _ = self._run(question, check)
            return driving(ensemble)

    def _run(self, question: Question, check: Check) -> tuple[Ensemble, list[str], dict[str, Any]]:
        """The ensemble of a question, for each policy a key of all that decides its outcomes, and the content."""
        from curveshift.scenario.sampling import BLOCK
        from curveshift.world import Kept

        declared = question.scenario()

        feedback = question.help_to_research
        content = declared.content()
        draws_key = _hash({**content, "policies": {}, "feedback": feedback})
        # What a policy does, whatever it is called.
        keys = [
            draws_key + _hash({"policy": content["policies"][policy.name], "kind": policy.kind})
            for policy in declared.policies
        ]
        runs = (draws_key not in self._kept) + sum(key not in self._tallies for key in keys)
        finished = 0.0

        def progress(done: int, blocks: int) -> None:
            nonlocal finished
            finished += 1.0 / blocks
            check(min(finished / runs, 1.0))

        kept = self._kept.get(
            draws_key,
            lambda: Kept(
                declared,
                feedback=feedback,
                threads=self._threads,
                keep_blocks=KEPT_BLOCKS if declared.draws <= KEPT_BLOCKS * BLOCK else 0,
                progress=progress,
            ),
        )
        tallies = [
            self._tallies.get(key, partial(kept.tally, policy, progress))
            for key, policy in zip(keys, declared.policies, strict=True)
        ]
        return kept.ensemble(declared.policies, tallies), keys, content


def _sources(ensemble: Ensemble, question: Question) -> str:
    """What a result rests on, and before it the view that it takes."""
    rest = ensemble.sources()
    own = [] if question.seen is None else [f"- {source}\n" for source in question.seen.sources]
    return "".join(line for line in own if line not in rest) + rest


def _key(question: Question, content: dict[str, Any]) -> str:
    from curveshift import __version__, facts

    return _hash(
        {
            "scenario": content,
            "view": question.view,
            "feedback": question.help_to_research,
            "unit": question.unit,
            "window_months": question.window_months,
            "order": [choice.called for choice in question.policies],
            "facts": facts.digest(),
            "version": __version__,
        }
    )


def _hash(content: Any) -> str:
    return hashlib.sha256(canonical_json(content).encode("utf-8")).hexdigest()
