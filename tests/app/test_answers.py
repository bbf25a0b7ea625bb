"""What the interface answers is what the library gives."""

from __future__ import annotations

import json
import math
import re
import shlex
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from curveshift.cli import main

pytest.importorskip("fastapi", reason="needs the extra: pip install 'curveshift[app]'")

from curveshift.app import Choice, Question, catalogue
from curveshift.app.snippets import snippets
from curveshift.scenario import library, load_policy

if TYPE_CHECKING:
    from curveshift.app import Service

    from .conftest import Web

BODY: dict[str, Any] = {
    "policies": [
        {"base": "status-quo"},
        {"base": "b30a-allowed", "stance": "blocked", "levers": {"enforcement.effort": 3}},
        {"base": "b30a-allowed", "thresholds": {"bis-2026-01.case_by_case.dram_below": 3000}, "name": "Tighter (mine)"},
    ],
    "assumptions": {"diversion.chips_2024": "10k to 300k", "beijing.guided_acceptance": 0.25},
    "draws": 64,
    "seed": 4,
    "unit": "rollout",
}  # fmt: skip


def test_the_python_snippet_gives_the_numbers_of_the_answer(web: Web) -> None:
    answer = web.post("/simulate", BODY).json()
    against = web.post("/compare", BODY).json()
    made: dict[str, Any] = {}
    exec(answer["reproduce"]["python"], made)
    result = made["result"]
    assert list(result.policies) == [p["name"] for p in answer["policies"]]
    assert answer["meta"]["scenario_sha256"] == result.scenario.hash(result.record_digest)
    for policy in answer["policies"]:
        for key, band, where in (
            ("lag_months", "lag_months", {"estimator": "level"}),
            ("china_stock", "china_stock", {"unit": "rollout"}),
            ("diverted", "china_stock_by_channel", {"unit": "rollout", "channel": "diverted"}),
            ("us_capability", "capability", {"bloc": "us"}),
        ):
            there = (
                result.bands[band].sel(policy=policy["name"], **where).transpose("quantile", "quarter").values
            )
            assert np.array_equal(np.float32(policy["bands"][key]), np.float32(there)), key
        path = result.paths["lag_months"].sel(policy=policy["name"], estimator="level")
        assert np.array_equal(np.float32(policy["paths"]["lag_months"]), np.float32(path.values))
    differences = made["cs"].compare(result, "status-quo").differences
    told = [d for p in against["policies"] for d in p["differences"]]
    assert [d.quantity for d in differences] == [d["quantity"] for d in told]
    for mine, theirs in zip(told, differences, strict=True):
        for key in ("low", "median", "high"):
            value = getattr(theirs, key).value
            assert mine[key] == (value if math.isfinite(value) else None)
        assert mine["above"][0] == theirs.above.value


def _files(snippet: str, folder: Path) -> list[str]:
    """Write the files of a shell snippet and return the words of its command."""
    for name, text in re.findall(r"cat > (\S+) <<'END'\n(.*?)END\n", snippet, re.DOTALL):
        (folder / name).write_text(text, encoding="utf-8")
    return shlex.split(snippet.splitlines()[-1])


def test_the_files_of_the_shell_snippet_are_the_same_policies(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for base, policy in library().policies.items():
        choice = Choice(
            base=base,
            stance="guided",
            levers={"enforcement.effort": 2.5, "inputs.hbm_controls": 0.5, "legal.cap_factor": 4.0},
            thresholds={"bis-2026-01.case_by_case.dram_below": 4000.0},
        )
        _files(snippets(Question(policies=(choice,)))["cli"], tmp_path)
        read, own = load_policy("policy-1.yaml"), choice.policy()
        for part in ("us", "beijing", "changes"):
            here, there = getattr(read, part), getattr(own, part)
            assert [(s.start, s.value) for s in here] == [(s.start, s.value) for s in there], (base, part)
        assert {k: [(s.start, s.value) for s in v] for k, v in read.levers.items()} == {
            k: [(s.start, s.value) for s in v] for k, v in own.levers.items()
        }
        assert read.kind == policy.kind


def test_the_shell_snippet_gives_the_numbers_of_the_answer(
    web: Web, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    words = _files(web.post("/simulate", BODY).json()["reproduce"]["cli"], tmp_path)
    assert words[0] == "curveshift"
    with pytest.raises(SystemExit) as done:
        main([*words[1:], "--json"])
    assert not done.value.code
    theirs = [d["median"]["value"] for d in json.loads(capsys.readouterr().out)["differences"]]
    mine = [d["median"] for p in web.post("/compare", BODY).json()["policies"] for d in p["differences"]]
    assert mine == theirs


def test_a_name_changes_no_number_and_an_order_only_the_order(web: Web) -> None:
    first = web.post("/simulate", BODY).json()
    turned = {**BODY, "policies": [{**BODY["policies"][1], "name": "Another"}, BODY["policies"][0]]}
    second = web.post("/simulate", turned).json()
    assert [p["name"] for p in second["policies"]] == ["Another", "status-quo"]
    assert second["policies"][0]["bands"] == first["policies"][1]["bands"]
    assert second["policies"][1]["bands"] == first["policies"][0]["bands"]


def test_words_say_the_numbers(web: Web) -> None:
    answer = web.post("/simulate", {**BODY, "window_months": 7}).json()
    assert answer["windows"] == [3, 6, 7, 9, 12, 15, 18, 24, 30, 36]
    at = answer["quarters"].index("2028-12-31")
    lag = answer["policies"][0]["bands"]["lag_months"][answer["quantiles"].index(0.5)][at]
    assert re.search(rf"trail by .*\b{round(lag)} months under ", answer["words"]["headline"])
    row = answer["policies"][1]["worlds"]["thresholds"]["survey"]["shares"][2]
    names = answer["policies"][1]["worlds"]["names"]
    assert names[int(np.argmax(row))] in answer["words"]["worlds"]["survey"]
    assert sum(row) == pytest.approx(1.0)


def test_an_assumption_moves_the_baseline_too(web: Web) -> None:
    moved = {**BODY, "assumptions": {"domestic.huawei_share": 0.9, "diversion.chips_2024": 400000}}
    here, there = (web.post("/simulate", body).json()["policies"][0]["bands"] for body in (BODY, moved))
    assert here["diverted"] != there["diverted"]


def test_lists_are_those_of_the_records(web: Web) -> None:
    given = {a["name"]: a for a in web.get("/api/v1/assumptions").json()["assumptions"]}
    assert set(given) == set(library().assumptions)
    for name, record in library().assumptions.items():
        assert given[name]["meaning"] == record.meaning
        assert given[name]["unit"] == record.unit
        assert given[name]["value"] == record.describe()
        assert len(given[name]["sources"]) == len(set(record.sources))
    levers = web.get("/api/v1/levers").json()
    assert levers["from"] == date(2026, 7, 1).isoformat()
    shown = {x["name"]: (x["default"], x["low"], x["high"]) for x in levers["levers"]}
    assert shown == {
        n: (x.default, x.low, x.high)
        for n, x in library().levers.items()
        if not n.startswith("intervention.")
    }
    policies = web.get("/api/v1/policies").json()
    assert {p["name"] for p in policies["policies"]} == set(library().policies)
    for ready in policies["comparisons"]:
        Question(policies=[{k: p[k] for k in ("base", "stance")} for p in ready["policies"]]).scenario()  # type: ignore[misc]
        assert ready["sources"]
    assert all(x["heading"] for x in levers["levers"])
    assert [c["name"] for c in catalogue.comparisons()] == [c["name"] for c in policies["comparisons"]]


def test_the_other_questions_are_answered_as_in_the_library(web: Web) -> None:
    ruling = web.get("/api/v1/classify", params={"chip": "H20", "to": "CN", "on": "2025-04-20"}).json()[
        "ruling"
    ]
    assert ruling["paragraphs"]
    assert ruling["on"] == "2025-04-20"
    eras = web.get("/api/v1/timeline", params={"chip": "H20", "to": "CN"}).json()["eras"]
    assert len(eras) > 2
    assert web.get("/api/v1/trend/DeepSeek-V3").json()
    assert any(c["name"] == "v3-is-on-trend" for c in web.get("/api/v1/claims").json()["claims"])
    assert web.get("/api/v1/sources").json()["facts"]["chips"]


def test_drivers_are_those_of_the_library(web: Web) -> None:
    body = {**BODY, "policies": BODY["policies"][1:2], "draws": 256}
    told = web.post("/drivers", body).json()
    made: dict[str, Any] = {}
    exec(web.post("/simulate", body).json()["reproduce"]["python"], made)
    found = made["cs"].decide.drivers(made["result"])
    assert [d["name"] for d in told["drivers"]] == [d.name for d in found.drivers[: len(told["drivers"])]]
    assert told["by_chance"] == found.by_chance
    assert told["drivers"][0]["high"] == found.drivers[0].high.value
    said = found.drivers[0].name.replace(".", ": ").replace("_", " ")
    assert said in told["sentence"] or not found.beyond_chance


def test_what_was_answered_is_kept_and_says_when_it_has_not_changed(web: Web, service: Service) -> None:
    first = web.post("/simulate", BODY)
    again = web.post("/simulate", BODY, headers={"if-none-match": first.headers["etag"]})
    assert again.status_code == 304
    assert not again.content
    assert re.search(r"curveshift_kept_answers_total [1-9]", web.get("/metrics").text)
    page = web.get("/")
    assert web.get("/", headers={"if-none-match": page.headers["etag"]}).status_code == 304
    assert web.get("/static/vega.js").headers["content-encoding"] == "gzip"
    assert (
        "content-encoding" not in web.get("/static/vega.js", headers={"accept-encoding": "identity"}).headers
    )
    assert web.get("/health").json()["status"] == "ok"
    other = Question.model_validate({**BODY, "seed": 5})
    assert service.key(other) != service.key(Question.model_validate(BODY))


def test_every_module_of_the_page_is_asked_for_at_once() -> None:
    """A browser learns of an imported module when the one that imports it is there: each step is waited for."""
    from curveshift.app.pages import HERE

    needed, ahead = set(), ["main.js"]
    for file in ahead:
        for found in re.findall(r'from "\./([a-z]+\.js)"', (HERE / file).read_text(encoding="utf-8")):
            if found not in needed:
                needed.add(found)
                ahead.append(found)
    page = (HERE / "index.html").read_text(encoding="utf-8")
    assert set(re.findall(r'rel="modulepreload" href="/static/([a-z]+\.js)"', page)) == needed
