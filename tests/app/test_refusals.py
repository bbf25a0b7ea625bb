"""Bad input and attacks end in one sentence, and in nothing else."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

pytest.importorskip("fastapi", reason="needs the extra: pip install 'curveshift[app]'")

from curveshift.app import create_app, waiting
from curveshift.app.guard import MAX_BODY_BYTES

from .conftest import Web

if TYPE_CHECKING:
    from curveshift.app import Service

JSON = {"content-type": "application/json"}


def one(**more: Any) -> dict[str, Any]:
    return {"policies": [{"base": "status-quo", **more}], "draws": 64}


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({}, "Field required"),
        ({"policies": []}, "at least 1"),
        ({"policies": [{"base": "status-quo"}] * 5}, "at most 4"),
        ({"policies": [{"base": "status-quo"}] * 2}, "given twice"),
        (one() | {"draws": 10**9}, "Input should be 64, 256 or 2048"),
        (one() | {"horizon": 2100}, "Extra inputs are not permitted"),
        (one(path="x"), "Extra inputs are not permitted"),
        (one(base="status-qo"), "did you mean 'status-quo'"),
        (one(base="../../etc/passwd"), "unknown policy"),
        (one(base="own.yaml"), "unknown policy"),
        (one(stance="angry"), "Input should be"),
        (one(levers={"enforcement.effort": 11}), "outside its range 0 to 10"),
        (one(levers={"enforcement.effort": True}), "valid number"),
        (one(levers={"enforcement.effort": "2"}), "valid number"),
        (one(levers={"enforcement.efort": 1}), "did you mean 'enforcement.effort'"),
        (one(levers={"intervention.inflow_multiplier": 1}), "unknown lever"),
        (one(thresholds={"bis-2026-01.case_by_case.tpp_below": -1}), "outside its range"),
        (one(thresholds={"bis-2022-10.a1.tpp_from": 1}), "unknown threshold"),
        (one(name="<script>alert(1)</script>"), "pattern"),
        (one(name="a" * 100), "pattern"),
        (one() | {"assumptions": {"diversion.chips_2024": "2**99"}}, "is not a number"),
        (one() | {"assumptions": {"diversion.chips_2024": "__import__('os').getcwd()"}}, "is not a"),
        (one() | {"assumptions": {"diversion.chips_2024": "300k to 10k"}}, "reversed"),
        (one() | {"assumptions": {"diversion.chips_2024": -5}}, "at or above 0"),
        (
            one() | {"assumptions": {"diversion.chips_2024": {"distribution": "beta", "a": 1, "b": 1}}},
            "valid",
        ),
        (one() | {"assumptions": {"enforcement.effort": 2}}, "unknown assumption"),
        (one() | {"unit": "h100s"}, "unknown unit"),
        (one() | {"seed": -1}, "greater than or equal to 0"),
        (one() | {"window_months": 0}, "greater than or equal to 1"),
        ([], "valid dictionary"),
        ("x", "valid dictionary"),
    ],
)
def test_a_wrong_question_is_told_what_is_wrong(web: Web, body: Any, said: str) -> None:
    answer = web.post("/simulate", body)
    assert answer.status_code == 422, answer.text
    assert said in answer.json()["error"]["what"]


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b'{"policies":[{"base":"status-quo","levers":{"enforcement.effort":NaN}}]}',
        b'{"policies":[{"base":"status-quo","levers":{"enforcement.effort":1e999}}]}',
        b"[" * 60_000,
        b'{"a":' * 10_000,
        b'{"a":' * 1020 + b"1" + b"}" * 1020,
        b'{"policies":[{"base":"status-quo"}],"seed":' + b"9" * 5000 + b"}",
        b'{"policies":[{"base":"\\ud800"}]}',
        b'{"policies":[{"base":"status-quo","name":"\\udfff"}]}',
        '{"policies":[{"base":"status-quo"}]}'.encode("utf-16"),
        b'{"policies":[{"base":"status-quo"}]}\x00',
    ],
)
def test_what_is_not_json_is_refused(web: Web, text: bytes) -> None:
    answer = web.post("/simulate", content=text, headers=JSON)
    assert answer.status_code == 422
    assert answer.json()["error"]["what"]


@pytest.mark.parametrize(
    ("text", "where"),
    [
        (b'{"policies":[{"base":"status-quo"}],"draws":64,"draws":2048}', "draws"),
        (b'{"policies":[{"base":"status-quo","base":"airtight"}],"draws":64}', "base"),
        (b'{"policies":[{"base":"status-quo"}],"assumptions":{"a":1,"a":2}}', "a"),
    ],
)
def test_a_key_that_is_given_twice_is_refused(web: Web, text: bytes, where: str) -> None:
    answer = web.post("/simulate", content=text, headers=JSON)
    assert answer.status_code == 422
    assert answer.json()["error"] == {"what": "a key is given twice", "where": where}


def test_what_is_not_json_is_told_where_it_ends_to_be(web: Web) -> None:
    told = web.post("/simulate", content=b'{"policies": [}', headers=JSON).json()["error"]
    assert told["what"].startswith("the body is not JSON")
    assert told["where"] == "byte 14"


@pytest.mark.parametrize(
    "kind",
    [
        None,
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "text/html",
        "application/xml",
        "?",
    ],
)
def test_only_json_is_read(web: Web, kind: str | None) -> None:
    headers = {} if kind is None else {"content-type": kind}
    answer = web.post("/simulate", content=b'{"policies":[{"base":"status-quo"}]}', headers=headers)
    assert answer.status_code == 422
    assert answer.json()["error"]["what"]


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS", "PUT", "PATCH", "DELETE", "TRACE", "PROPFIND"])
@pytest.mark.parametrize("path", ["/", "/api/v1/simulate", "/api/v1/about", "/static/app.css"])
def test_only_the_methods_that_there_are_do_anything(web: Web, method: str, path: str) -> None:
    answer = web.request(method, path, headers={"origin": "https://example.org"})
    assert answer.status_code == 405
    assert answer.headers["allow"] in ("GET", "POST")
    assert not any(name.startswith("access-control") for name in answer.headers)


def test_names_that_a_proxy_or_a_visitor_adds_change_nothing(web: Web) -> None:
    tricks = {
        "x-forwarded-host": "example.org",
        "forwarded": "host=example.org",
        "x-original-url": "/metrics",
        "x-rewrite-url": "/metrics",
        "x-http-method-override": "DELETE",
    }
    answer = web.get("/api/v1/about", headers=tricks)
    assert answer.json() == web.get("/api/v1/about").json()
    assert "example.org" not in str(answer.headers)
    assert (
        web.get("/health", headers={"x-forwarded-host": "localhost", "host": "example.org"}).status_code
        == 400
    )
    # Nothing sends a visitor on to an address that was made from a request.
    for path in ("/api/v1/about/", "//example.org/", "/health/"):
        assert web.request("GET", f"http://localhost{path}").status_code == 404


def test_a_body_that_does_not_end_is_given_up(service: Service) -> None:
    from curveshift.app.guard import Counts, Guard

    app = create_app(service, warm=False)
    web = Web(Guard(app, frozenset({"localhost"}), Counts(), body_seconds=0.1))  # type: ignore[arg-type]

    async def endless() -> Any:
        yield b'{"policies":'
        await asyncio.sleep(60)

    answer = web.post("/simulate", content=endless(), headers=JSON)
    assert answer.status_code == 408
    assert answer.headers["connection"] == "close"
    assert "within" in answer.json()["error"]["what"]
    web.close()


def test_a_page_elsewhere_cannot_ask_with_a_plain_form(web: Web) -> None:
    plain = web.post(
        "/simulate", content=b'{"policies":[{"base":"status-quo"}]}', headers={"content-type": "text/plain"}
    )
    assert plain.status_code == 422
    asked = web.request(
        "OPTIONS",
        "/api/v1/simulate",
        headers={"origin": "https://example.org", "access-control-request-method": "POST"},
    )
    assert asked.status_code == 405
    assert not any(name.startswith("access-control") for name in asked.headers)


def test_bodies_and_hosts_are_limited(web: Web) -> None:
    big = web.post("/simulate", content=b" " * (MAX_BODY_BYTES + 1), headers=JSON)
    assert big.status_code == 413

    async def pieces() -> Any:
        for _ in range(80):
            yield b" " * 1024

    assert web.post("/simulate", content=pieces(), headers=JSON).status_code == 413
    for host in ("example.org", "localhost.example.org", "", "127.0.0.1@example.org"):
        assert web.get("/health", headers={"host": host}).status_code == 400, host
    for host in ("localhost:8765", "127.0.0.1", "[::1]:8765", "LOCALHOST"):
        assert web.get("/health", headers={"host": host}).status_code == 200, host


@pytest.mark.parametrize(
    "path",
    [
        "/static/../server.py",
        "/static/%2e%2e/server.py",
        "/static/..%2fserver.py",
        "//etc/passwd",
        "/static/",
        "/static//app.css",
        "/static/%00",
        "/static/app.css%00.html",
        "/static/..%5c..%5cserver.py",
        "/static/....//app.css",
        "/api//v1/about",
        "/api/v1/%2e%2e/v1/about",
        "/api/v1/trend/..%2f..%2fabout",
        "/.git/config",
        "/docs",
    ],
)
def test_no_address_becomes_a_path(web: Web, path: str) -> None:
    assert web.request("GET", f"http://localhost{path}").status_code == 404


def test_every_answer_has_the_headers_of_security(web: Web) -> None:
    for answer in (web.get("/"), web.get("/nothing"), web.post("/simulate", {})):
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
    assert web.get("/api/v1/simulate").status_code == 405
    for path, params in (
        ("classify", {"chip": "nothing", "to": "CN"}),
        ("timeline", {"chip": "H20", "to": "Atlantis"}),
    ):
        told = web.get(f"/api/v1/{path}", params=params)
        assert told.status_code == 422
        assert told.json()["error"]["where"]
    assert web.get("/api/v1/classify?chip=H20").json()["error"]["where"] == "to"


def test_the_log_holds_nothing_of_the_visitor(web: Web, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "curveshift.app")
    web.get("/api/v1/classify", params={"chip": "my-secret", "to": "CN"}, headers={"user-agent": "my-secret"})
    web.get("/my-secret")
    assert len(caplog.records) == 2
    assert "my-secret" not in caplog.text
    assert '"route": "/api/v1/classify"' in caplog.text


class Visitor:
    """Stands for a request: it goes away when told."""

    def __init__(self) -> None:
        self.away = False

    async def is_disconnected(self) -> bool:
        return self.away


def _until(check: Any) -> str:
    while True:
        check()


def test_a_visitor_who_goes_away_frees_the_model(web: Web) -> None:
    async def leave() -> int:
        line, visitor = waiting.Line(), Visitor()
        task = asyncio.create_task(line.run(visitor, _until))  # type: ignore[arg-type]
        await asyncio.sleep(0.01)
        visitor.away = True
        with pytest.raises(waiting.GoneError):
            await task
        assert await line.run(Visitor(), lambda check: 7) == 7  # type: ignore[arg-type]
        return line.waiting

    assert web.run(leave()) == 0


def test_what_takes_too_long_is_stopped_and_too_many_are_turned_away(web: Web) -> None:
    async def wait() -> None:
        line, visitor = waiting.Line(most=2, seconds=0.2), Visitor()
        running = [asyncio.create_task(line.run(visitor, _until)) for _ in range(2)]  # type: ignore[arg-type]
        await asyncio.sleep(0.01)
        with pytest.raises(waiting.BusyError):
            await line.run(visitor, _until)  # type: ignore[arg-type]
        for task in running:
            with pytest.raises(waiting.TooLongError):
                await task
        assert line.waiting == 0

    web.run(wait())


@pytest.mark.parametrize(("line", "status"), [(waiting.Line(most=0), 429), (waiting.Line(seconds=-1.0), 503)])
def test_pressure_is_told_to_the_visitor(service: Service, line: waiting.Line, status: int) -> None:
    web = Web(create_app(service, warm=False, line=line))
    answer = web.post("/simulate", one())
    assert answer.status_code == status
    assert answer.json()["error"]["what"]
    assert ("retry-after" in answer.headers) is (status == 429)
    web.close()


def test_a_fault_of_ours_says_so_and_nothing_more(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any) -> None:
        raise RuntimeError("a secret of the house")

    monkeypatch.setattr(service, "simulate", broken)
    web = Web(create_app(service, warm=False))
    answer = web.post("/simulate", {**one(), "seed": 99})
    assert answer.status_code == 500
    assert "secret" not in answer.text
    web.close()


@pytest.mark.parametrize(
    "name",
    [
        "<img src=x onerror=alert(1)>",
        "a\u202eb",
        "a\nb",
        "a\x00b",
        "{{7*7}}",
        "${7*7}",
        "$(id)",
        "`id`",
        "a'b",
        'a"b',
        "😀",
    ],
)
def test_a_name_is_letters_and_plain_signs(web: Web, name: str) -> None:
    assert web.post("/simulate", one(name=name)).status_code == 422


def _json() -> st.SearchStrategy[Any]:
    leaf = (
        st.none()
        | st.booleans()
        | st.integers()
        | st.floats(allow_nan=False, allow_infinity=False)
        | st.text(max_size=20)
    )
    return st.recursive(
        leaf,
        lambda x: st.lists(x, max_size=4) | st.dictionaries(st.text(max_size=12), x, max_size=4),
        max_leaves=8,
    )


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    part=st.sampled_from(["policies", "assumptions", "draws", "feedback", "unit", "window_months", "other"]),
    inside=st.sampled_from([None, "base", "stance", "levers", "thresholds", "name"]),
    value=_json(),
)
def test_no_content_whatever_is_a_fault_of_ours(web: Web, part: str, inside: str | None, value: Any) -> None:
    body = one(**{inside: value}) if inside else {**one(), part: value}
    assert web.post("/simulate", body).status_code in {200, 422}


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(path=st.sampled_from(["classify", "timeline"]), chip=st.text(max_size=90), to=st.text(max_size=90))
def test_no_words_whatever_about_a_chip_are_a_fault_of_ours(web: Web, path: str, chip: str, to: str) -> None:
    assert web.get(f"/api/v1/{path}", params={"chip": chip, "to": to}).status_code in {200, 422}
