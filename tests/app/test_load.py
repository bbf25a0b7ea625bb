"""Many requests and many visitors: nothing but answers and polite refusals, no compilation, and no memory lost."""

from __future__ import annotations

import asyncio
import gzip
import sys
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

pytest.importorskip("fastapi", reason="needs the extra: pip install 'curveshift[app]'")

from curveshift.app import Choice, Question, memory, waiting
from curveshift.app.sending import SMALL_BYTES, Body
from curveshift.app.service import Recent
from curveshift.scenario import library

if TYPE_CHECKING:
    from curveshift.app import Service

    from .conftest import Web

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
MOST_MB = 600
GROWTH_MB = 60


@cache
def bench() -> Any:
    sys.path.insert(0, str(BENCHMARKS))
    try:
        import bench_app
    finally:
        sys.path.remove(str(BENCHMARKS))
    return bench_app


def test_no_question_compiles_once_the_model_is_warm(service: Service) -> None:
    import jax

    service.warm()
    compiled: list[str] = []
    watching = True

    def note(event: str, _: float, **__: Any) -> None:
        if watching and "compile" in event:
            compiled.append(event)

    jax.monitoring.register_event_duration_secs_listener(note)
    every = [Choice(base=name) for name in library().policies]
    own = Choice(
        base="january-2026",
        stance="guided",
        levers={"enforcement.effort": 2.0},
        thresholds={"bis-2026-01.case_by_case.dram_below": 4000.0},
    )
    two = (Choice(base="status-quo"), own)
    questions = [
        *(Question(policies=tuple(every[i : i + 4]), draws=64) for i in range(0, len(every), 4)),
        Question(policies=two, feedback="strong", seed=3, draws=64),
        Question(policies=two, feedback="off", unit="chips", window_months=7, draws=64),
        Question(policies=two, assumptions={"threshold.custom_log10_flop_2024": 31.0}, draws=64),
        Question(policies=two, assumptions={"diversion.chips_2024": "10k to 300k"}),
    ]
    for question in questions:
        service.simulate(question)
    service.compare(questions[-1])
    service.drivers(questions[-1])
    assert compiled == []
    # The listener does see a compilation.
    jax.jit(lambda x: x * 3.5)(2.0)
    watching = False
    assert compiled


def test_what_is_kept_is_bounded_by_its_bytes() -> None:
    kept: Recent[bytes] = Recent(100, len)
    for i in range(50):
        assert kept.get(i, lambda: b"x" * 30) == b"x" * 30
    assert len(kept) == 3
    assert kept.total == 90
    assert kept.get("large", lambda: b"x" * 500)
    assert (len(kept), kept.total) == (1, 500)
    assert kept.get("large", lambda: b"") == b"x" * 500
    assert kept.get("small", lambda: b"x") == b"x"
    assert (len(kept), kept.total) == (1, 1)


def test_the_service_keeps_no_more_than_it_may(service: Service) -> None:
    from curveshift.app import service as module

    for i in range(12):
        moved = {"beijing.guided_acceptance": 0.2 + i / 1000}
        service.simulate(Question(policies=(Choice(base="airtight"),), assumptions=moved, draws=64))
    assert service._kept.total <= module.KEPT_DRAWS_BYTES
    assert service._tallies.total <= module.KEPT_RUNS_BYTES
    whole = next(iter(service._kept._values.values()))[0]
    # About 13 MB a block, as is documented; a weight of nothing would bound nothing.
    assert 12e6 < whole.nbytes < 40e6


def test_free_memory_can_be_given_back_at_any_time() -> None:
    for _ in range(3):
        memory.give_back()


def test_an_answer_is_the_same_packed_and_plain(web: Web) -> None:
    content = b"a" * (SMALL_BYTES + 1)
    body = Body.of(content)
    assert gzip.decompress(body.packed) == content
    for path in ("/api/v1/levers", "/health"):
        packed = web.get(path, headers={"accept-encoding": "gzip"})
        plain = web.get(path, headers={"accept-encoding": "identity"})
        assert packed.content == plain.content
        assert "content-encoding" not in plain.headers


def test_what_became_ready_while_waiting_is_not_worked_for(web: Web) -> None:
    class Visitor:
        async def is_disconnected(self) -> bool:
            return False

    async def wait() -> list[str]:
        line, done = waiting.Line(), []

        def work(_: Any) -> str:
            done.append("worked")
            return "answer"

        asked = [line.run(Visitor(), work, lambda: "answer" if done else None) for _ in range(5)]  # type: ignore[arg-type]
        assert await asyncio.gather(*asked) == ["answer"] * 5
        return done

    assert web.run(wait()) == ["worked"]


@pytest.mark.slow
def test_ten_thousand_requests_leave_the_server_as_small_as_it_was() -> None:
    with bench().served() as server:
        bench().mixed(server, 1000)
        before = server.memory_mb()
        statuses = bench().mixed(server, 10_000)
        assert set(statuses) == {200, 304, 422}
        after = server.memory_mb()
        assert after < before + GROWTH_MB, (before, after)
        assert after < MOST_MB


@pytest.mark.slow
def test_two_hundred_users_for_a_minute_get_answers_or_are_told_to_wait() -> None:
    with bench().served() as server:
        bench().mixed(server, 500)
        before = server.memory_mb()
        statuses = asyncio.run(bench().users(server.port, 60.0))
        assert set(statuses) <= {200, 429}
        assert statuses[200] > statuses[429]
        bench().mixed(server, 100)
        assert server.memory_mb() < before + GROWTH_MB
        _, metrics = server.ask("GET", "/metrics")
        assert b"curveshift_waiting 0" in metrics
