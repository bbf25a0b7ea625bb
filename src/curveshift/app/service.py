"""The model kept warm: what a visitor asks is run once, and what does not change is kept."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

from curveshift.app.asking import Choice, Question
from curveshift.app.progress import Check
from curveshift.app.reduced import compared, driving, one_policy, whole
from curveshift.errors import CurveshiftError, unknown_name
from curveshift.records import canonical_json

if TYPE_CHECKING:
    from curveshift.scenario import Policy, Scenario
    from curveshift.world import Ensemble, Kept
    from curveshift.world.tally import Tally

T = TypeVar("T")
KEPT_BLOCKS: Final = 2
"""Blocks whose arrays stay in memory: those of 256 draws. More draws are drawn again, which costs less than keeping."""


class Recent(Generic[T]):
    """The values that were asked for last."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._values: OrderedDict[Hashable, T] = OrderedDict()

    def __contains__(self, key: Hashable) -> bool:
        return key in self._values

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        """The value of a key, made if it is not there."""
        if key not in self._values:
            self._values[key] = make()
            if len(self._values) > self._most:
                self._values.popitem(last=False)
        self._values.move_to_end(key)
        return self._values[key]


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

        self._threads = threads or os.cpu_count() or 1
        self._lock = threading.Lock()
        self._kept: Recent[Kept] = Recent(2)
        self._tallies: Recent[Tally] = Recent(10)
        self._sources: Recent[str] = Recent(48)
        self._parts: Recent[dict[str, Any]] = Recent(48)

    def warm(self) -> None:
        """Compile the program that every question runs, and run the baseline."""
        self.simulate(Question(policies=(Choice(base="status-quo"), Choice(base="b30a-allowed"))))

    def key(self, question: Question) -> str:
        """SHA-256 of everything that decides an answer: what was asked, the version, and the facts."""
        from curveshift import __version__, facts

        content = {
            "scenario": question.scenario().content(),
            "view": question.view,
            "feedback": question.help_to_research,
            "unit": question.unit,
            "window_months": question.window_months,
            "order": [choice.called for choice in question.policies],
            "facts": facts.digest(),
            "version": __version__,
        }
        return hashlib.sha256(canonical_json(content).encode("utf-8")).hexdigest()

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
            ensemble, keys = self._run(question, check)
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
            return {**whole(ensemble, parts, question), "sources": sources}

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
            ensemble, _ = self._run(question, check)
            return compared(ensemble, question.window_months, check)

    def drivers(self, question: Question, check: Check = lambda share=None: None) -> dict[str, Any]:
        """What drives the lag under the first policy.

        Raises
        ------
        CurveshiftError
            As `simulate`.
        """
        with self._lock:
            ensemble, _ = self._run(question, check)
            return driving(ensemble)

    def _run(self, question: Question, check: Check) -> tuple[Ensemble, list[str]]:
        """The ensemble of a question, and for each policy a key of everything that decides its outcomes."""
        from curveshift.world import Kept

        declared = question.scenario()

        feedback = question.help_to_research
        draws_key = _draws_key(declared, feedback)
        keys = [draws_key + _policy_key(declared, policy) for policy in declared.policies]
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
                keep_blocks=KEPT_BLOCKS,
                progress=progress,
            ),
        )
        tallies = [
            self._tallies.get(key, partial(kept.tally, policy, progress))
            for key, policy in zip(keys, declared.policies, strict=True)
        ]
        return kept.ensemble(declared.policies, tallies), keys


def _sources(ensemble: Ensemble, question: Question) -> str:
    """What a result rests on, and before it the view that it takes."""
    rest = ensemble.sources()
    own = [] if question.seen is None else [f"- {source}\n" for source in question.seen.sources]
    return "".join(line for line in own if line not in rest) + rest


def _draws_key(declared: Scenario, feedback: str) -> str:
    content = declared.content()
    return _hash({**content, "policies": {}, "feedback": feedback})


def _policy_key(declared: Scenario, policy: Policy) -> str:
    """What a policy does, whatever it is called."""
    alone = replace(declared, policies=(policy,)).content()["policies"][policy.name]
    return _hash({"policy": alone, "kind": policy.kind})


def _hash(content: Any) -> str:
    return hashlib.sha256(canonical_json(content).encode("utf-8")).hexdigest()
