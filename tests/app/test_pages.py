"""The pages beside the simulator: what they say is what the library gives, and they ask nobody else."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

pytest.importorskip("fastapi", reason="needs the extra: pip install 'curveshift[app]'")

from curveshift import __version__, claims, controls, facts, trends
from curveshift.decide.scored import stored_scores
from curveshift.present import ruling_words, source_reading, trend_reading
from curveshift.present.backtest_reading import most_by_chance
from curveshift.present.claim_reading import claims_page
from curveshift.present.wording import NOT_MODELLED
from curveshift.scenario import library

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser, Page

    from .conftest import Web

ROOT = Path(__file__).parents[2]
WAIT = 60_000
RECORD = ["cost-falls-fourfold", "many-can-follow-early", "fleets-are-comparable"]
"""Claims that are judged without a simulation."""


@pytest.fixture(scope="module")
def plain(service: Any) -> Iterator[str]:
    """A server whose model was never run: no page here may need it."""
    from .conftest import served

    with served(service, warm=False) as address:
        yield address


class Reading:
    """A page that was opened, with everything that it did wrong."""

    def __init__(
        self,
        browser: Browser,
        address: str,
        path: str,
        *,
        width: int = 1440,
        before: Callable[[Page], None] = lambda page: None,
    ) -> None:
        self.trouble: list[str] = []
        self.page: Page = browser.new_context(viewport={"width": width, "height": 900}).new_page()
        self.page.on("console", lambda m: self.trouble.append(f"console: {m.text}"))
        self.page.on("pageerror", lambda e: self.trouble.append(f"error: {e}"))
        own = (f"{address}/", "data:", "blob:")
        self.page.on("request", lambda r: None if r.url.startswith(own) else self.trouble.append(r.url))
        before(self.page)
        self.page.goto(address + path)
        self.page.wait_for_selector("html[data-ready]", timeout=WAIT)

    @property
    def finding(self) -> str:
        told = self.page.locator("#finding").inner_text().replace("\u00a0", " ")
        assert self.page.title() == f"{told} · curveshift"
        return told

    def text(self, where: str) -> str:
        return self.page.locator(where).inner_text().replace("\u00a0", " ")

    def fits(self) -> bool:
        self.page.evaluate("document.querySelectorAll('details').forEach((d) => { d.open = true; })")
        return bool(self.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))

    def close(self) -> None:
        assert self.trouble == []
        self.page.context.close()


def test_claims_come_with_their_rules_and_with_verdicts_where_there_are_some(web: Web) -> None:
    told = web.get("/api/v1/claims").json()
    assert [c["name"] for c in told["claims"]] == [c.name for c in claims.statements()]
    for one, claim in zip(told["claims"], claims.statements(), strict=True):
        assert (one["rule"], one["cuts"]) == (claim.rule, dict(claim.cuts))
        assert one["regenerate"] == f"curveshift claims {claim.name}"
    assert {c["part"] for c in told["claims"]} == {p["part"] for p in told["parts"]}
    found = claims.judge(RECORD)
    judged = claims_page(claims.statements(), found)
    assert judged["title"].startswith("Of 3 claims of the argument, 2 are supported and 1 cannot be tested")
    for one in found.items:
        given = judged["verdicts"][one.claim.name]
        assert (given["told"], given["found"], given["flip"]) == (one.told, one.sentence, one.flip)
        for mine, theirs in zip(given["figures"], one.figures, strict=True):
            assert (mine["value"], mine["low"], mine["high"]) == (theirs.value, theirs.low, theirs.high)
            assert mine["shown"] in str(theirs)
            assert mine["interval"] in str(theirs)


@pytest.mark.parametrize("width", [360, 1440])
def test_the_claims_page_shows_verdicts_and_filters_them(browser: Browser, plain: str, width: int) -> None:
    found = claims.judge(RECORD)
    told = json.loads(json.dumps(claims_page(claims.statements(), found)))

    def given(page: Page) -> None:
        page.route("**/api/v1/claims", lambda route: route.fulfill(json=told))

    shown = Reading(browser, plain, "/claims#claim=cost-falls-fourfold", width=width, before=given)
    assert shown.finding == told["title"]
    one = found["cost-falls-fourfold"]
    said = shown.text("#cost-falls-fourfold")
    for part in (one.claim.sentence, one.told, one.sentence, one.claim.rule, f"{one.figures[0].value:.3g}"):
        assert part in said
    assert "curveshift claims cost-falls-fourfold" in said
    assert "✓" in said
    shown.page.focus("button[data-verdict='not testable with these facts']")
    shown.page.keyboard.press("Enter")
    assert shown.page.locator("article:visible").count() == 1
    assert "verdict=not+testable" in shown.page.evaluate("location.hash")
    assert shown.fits()
    shown.close()


def test_the_claims_page_says_when_no_verdicts_are_stored(browser: Browser, plain: str) -> None:
    def given(page: Page) -> None:
        told = claims_page(claims.statements(), None)
        page.route("**/api/v1/claims", lambda route: route.fulfill(json=told))

    shown = Reading(browser, plain, "/claims", before=given)
    count = len(claims.statements())
    assert shown.finding == f"The argument in {count} claims, each with the rule by which it is judged"
    assert "No verdicts are stored" in shown.text("#lead")
    assert shown.page.locator("article:visible").count() == len(claims.statements())
    assert shown.page.locator("nav a").count() == 6
    shown.close()


def test_misses_come_first_and_scores_are_the_stored_ones(web: Web) -> None:
    told = web.get("/api/v1/backtests").json()
    stored = stored_scores()
    for row in told["series"]:
        for policy, given in row["scores"].items():
            score = stored.score(row["name"], policy)
            assert (given["skill"], given["forecasts"]) == (score.skill, score.forecasts)
            assert given["coverage"]["0.9"] == list(score.coverage[0.9])
            assert given["fails_on_coverage"] == (score.coverage[0.9][2] < 0.9)
    missed = [f for f in stored.forecasts if f.status == "scored" and f.inside[0.9] < 0.5]
    assert len(told["misses"]) == len(missed)
    for one in told["misses"]:
        assert not one["low"] <= one["came"] <= one["high"]
    frozen = sum(f.policy == "frozen" for f in missed)
    assert f"{frozen} lay outside" in told["title"]
    assert told["not_modelled"] == list(NOT_MODELLED)
    limits = web.get("/api/v1/limits").json()
    left = [p["width_left"] for p in limits["parameters"]]
    assert left == sorted(left, reverse=True)
    assert sum(limits["kinds"].values()) == len(library().assumptions)


@pytest.mark.parametrize("count", [1, 8, 15, 40])
def test_the_misses_that_would_be_a_failure_are_those_of_the_binomial(count: int) -> None:
    from scipy import stats

    most = most_by_chance(count)
    assert stats.binom.sf(most, count, 0.1) <= 0.05 < stats.binom.sf(most - 1, count, 0.1)


def test_the_page_of_misses_draws_and_lists(browser: Browser, plain: str) -> None:
    shown = Reading(browser, plain, "/backtests", width=360)
    assert re.match(r"Of 111 values forecast from 4 days in the past, \d+ lay outside", shown.finding)
    rows = shown.page.locator("#misses details").first.locator("tbody tr").count()
    assert f"{rows} lay outside" in shown.finding
    for name in ("forecast", "coverage", "skill"):
        assert shown.page.locator(f"#{name} svg path").count() > 5
    before = shown.text("#forecast-title")
    shown.page.select_option("#series", "lag")
    shown.page.wait_for_function(
        "b => document.getElementById('forecast-title').textContent !== b", arg=before
    )
    assert "series=lag" in shown.page.evaluate("location.hash")
    skill = stored_scores().score("lag", "frozen").skill
    assert skill is not None
    assert f"+{skill:.2f}" in shown.text("#scores")
    assert shown.page.locator("#not-modelled li").count() == len(NOT_MODELLED)
    assert shown.page.locator("#weak tbody tr").count() > 5
    assert shown.fits()
    shown.close()


def test_a_model_is_told_as_the_library_tells_it(web: Web) -> None:
    told = web.get(
        "/api/v1/trend/Llama 3.1-405B", params={"against": "own", "definition": "amortised"}
    ).json()
    found = trends.on_trend("Llama 3.1-405B", "amortised", against="own")
    page = told.pop("page")
    assert told == json.loads(json.dumps(found.to_dict(), default=str))
    assert page["title"] == found.verdict
    assert page["command"] == "curveshift trend 'Llama 3.1-405B' --definition amortised --against own"
    assert page["essay"] == []
    assert web.get("/api/v1/trend/Llama").status_code == 422
    assert web.get("/api/v1/trend/DeepSeek-V3?known_by=2020-01-01").status_code == 422
    known = web.get("/api/v1/models").json()
    assert {m["name"] for m in known["models"]} == set(trends.posterior().panel.models)
    days = [m["released"] for m in known["models"]]
    assert days == sorted(days, reverse=True)


def test_the_page_of_the_curve_tells_v3_and_any_other_model(browser: Browser, plain: str) -> None:
    shown = Reading(browser, plain, "/trend")
    found = trends.on_trend("DeepSeek-V3", rivals=trends.essay_rivals())
    assert shown.finding == found.verdict
    steps = shown.text("#steps")
    for step, value in trend_reading.steps(found):
        assert step.strip() in steps
        assert value in steps
    essay = shown.text("#essay-lines")
    for line in trends.essay_arithmetic(found):
        assert line.record in essay
    for name in ("main", "rivals-drawn", "density"):
        assert shown.page.locator(f"#{name} svg path").count() > 3
    shown.page.fill("#search", "qwen2.5-72b")
    shown.page.press("#search", "Enter")
    shown.page.wait_for_selector("html[data-shown='2']", timeout=WAIT)
    assert shown.finding == trends.on_trend("Qwen2.5-72B").verdict
    assert shown.page.locator("#essay").is_hidden()
    link = shown.page.evaluate("location.hash")
    assert "model=Qwen2.5-72B" in link
    shown.close()
    other = Reading(browser, plain, f"/trend{link}&against=own", width=360)
    assert other.finding == trends.on_trend("Qwen2.5-72B", against="own").verdict
    assert other.fits()
    other.close()


def test_an_unknown_model_in_a_link_is_told(browser: Browser, plain: str) -> None:
    shown = Reading(browser, plain, "/trend#model=<img src=x onerror=alert(1)>")
    assert "unknown model" in shown.text("#trouble")
    assert shown.page.locator("img").count() == 0
    # The browser itself notes that the server refused the name.
    shown.trouble = [line for line in shown.trouble if "422" not in line]
    shown.close()


def test_a_ruling_is_told_as_the_library_tells_it(web: Web) -> None:
    asked = {"chip": "H200", "to": "Malaysia", "on": "2026-06-15", "buyer_headquarters": "CN"}
    told = web.get("/api/v1/classify", params=asked).json()["page"]
    found = controls.classify("H200", "Malaysia", "2026-06-15", buyer_headquarters="CN")
    assert told["title"] == f"{found.chip} to Malaysia on 15 June 2026: {ruling_words.status(found)}"
    facts = dict(told["facts"])
    assert facts["paragraph"] == "; ".join(found.paragraphs)
    assert [c["cite"] for c in told["citations"]] == [c.ref for c in found.citations]
    assert [what for what, _ in told["would_change"]] == [c.what for c in found.would_change]
    own = {"chip": "mine", "to": "SA", "spec": ["tpp=4500 to 5200", "datacenter=yes", "die_area_mm2=800"]}
    told = web.get("/api/v1/classify", params=own).json()
    given = {"tpp": "4500 to 5200", "datacenter": "yes", "die_area_mm2": "800"}
    assert told["answer"] == controls.classify(given, "SA").answer
    assert told["page"]["likely"]
    eras = web.get("/api/v1/timeline", params={"chip": "H20", "to": "CN"}).json()["page"]["eras"]
    assert [e["start"] for e in eras] == [str(e.start) for e in controls.timeline("H20", "CN")]


@pytest.mark.parametrize(
    "spec", ["tpp", "tpp=", "tpp=-5", "tpp=2**9", "name=x", "tpp=1;x", "fp16_dense_tflops=1"]
)
def test_numbers_that_are_none_are_refused(web: Web, spec: str) -> None:
    for path in ("classify", "timeline"):
        asked = {"chip": "H20", "to": "CN", "spec": [spec]}
        assert web.get(f"/api/v1/{path}", params=asked).status_code == 422, path
    many = {"chip": "H20", "to": "CN", "spec": ["tpp=1"] * 13}
    assert web.get("/api/v1/classify", params=many).status_code == 422


def test_the_map_shows_what_binds_on_its_day(web: Web) -> None:
    tops = {}
    for day in ("2022-08-01", "2022-09-01", "2023-01-01", "2024-06-01", "2026-02-01"):
        told = web.get("/api/v1/chips/map", params={"to": "CN", "on": day}).json()
        maps = told["maps"]
        tops[day] = [r["top"] or r["bottom"] for m in maps.values() for r in m["regions"]]
        table = controls.classify(list(controls.catalogue()), "CN", day)
        assert sum(told["counts"].values()) == len(table)  # type: ignore[arg-type]
        free = sum(r.status.free for r in table)  # type: ignore[union-attr]
        assert told["title"].startswith(f"{free} of {len(table)} chips may go to China")  # type: ignore[arg-type]
    assert tops["2022-08-01"] == []
    assert tops["2022-09-01"] == ["letters of 2022: with links from 600 GB/s"]
    assert tops["2023-01-01"] == ["October 2022: with links from 600 GB/s"]
    assert tops["2024-06-01"] == [".a.1", ".a.2", ".b.1", ".b.2"]
    assert {"letters of 2025", "2026: case by case"} <= set(tops["2026-02-01"])


def test_the_classifier_answers_by_list_by_click_and_by_link(browser: Browser, plain: str) -> None:
    shown = Reading(browser, plain, "/chips#chip=H20+SXM+96GB&on=2025-04-20")
    found = controls.classify("H20 SXM 96GB", "CN", "2025-04-20")
    assert shown.finding == f"H20 SXM 96GB to China on 20 April 2025: {ruling_words.status(found)}"
    assert "; ".join(found.paragraphs) in shown.text("#answer")
    assert found.citations[0].ref in shown.text("#citations")
    assert shown.page.locator("#eras tbody tr").count() == len(controls.timeline("H20 SXM 96GB", "CN"))
    for name in ("density", "bandwidth", "timeline"):
        assert shown.page.locator(f"#drawn-{name} svg path").count() > 3
    # A mark that no other one covers, found by asking the page what lies in the middle of it.
    clicked = shown.page.evaluate(
        """() => {
          for (const mark of document.querySelectorAll('#drawn-density path[aria-roledescription="point"]')) {
            const box = mark.getBoundingClientRect();
            mark.scrollIntoView({ block: "center" });
            const now = mark.getBoundingClientRect();
            const x = now.x + box.width / 2, y = now.y + box.height / 2;
            if (document.elementFromPoint(x, y) === mark) return { x, y };
          }
          return null;
        }"""
    )
    shown.page.mouse.click(clicked["x"], clicked["y"])
    shown.page.wait_for_selector("html[data-shown='2']", timeout=WAIT)
    chosen = shown.page.locator("#chip").input_value()
    assert shown.finding.startswith(f"{chosen} to China")
    shown.page.select_option("#headquarters", "SG")
    shown.page.wait_for_selector("html[data-shown='3']", timeout=WAIT)
    shown.page.click("#own-numbers > summary")
    shown.page.fill("#own-tpp", "4500 to 5200")
    shown.page.press("#own-tpp", "Enter")
    shown.page.wait_for_selector("html[data-shown='4']", timeout=WAIT)
    assert "4500 to 5200" in shown.finding
    link = shown.page.evaluate("location.hash")
    other = Reading(browser, plain, f"/chips{link}", width=360)
    assert other.finding == shown.finding
    assert other.text("#answer") == shown.text("#answer")
    assert other.fits()
    other.close()
    shown.close()


def test_every_source_of_the_records_is_listed(web: Web) -> None:
    told = web.get("/api/v1/sources").json()
    groups = {g["name"]: {i["name"]: i for i in g["items"]} for g in told["groups"]}
    assert set(groups["facts"]) == set(facts.tables())
    assert len(groups["facts"]["chips"]["sources"]) == len(facts.sources("chips"))
    shelf = library()
    assert set(groups["assumptions"]) == set(shelf.assumptions)
    for name, record in shelf.assumptions.items():
        assert [s["cite"] for s in groups["assumptions"][name]["sources"]] == [
            s.cite for s in dict.fromkeys(record.sources)
        ]
    assert set(groups["levers"]) == set(shelf.levers)
    assert set(groups["rules"]) == {i.id for i in controls.rule_book().instruments}
    assert told["facts_sha256"] == facts.digest()
    stated = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert f'name: "{source_reading.AUTHORS}"' in stated
    assert f"license: {source_reading.LICENCE}" in stated
    assert f"version: {__version__}" in stated
    assert __version__ in told["citation"]["text"]


def test_the_page_of_sources_is_searched(browser: Browser, plain: str) -> None:
    shown = Reading(browser, plain, "/sources", width=360)
    assert re.match(r"\d+ sources stand behind [\d,]+ rows of \d+ tables", shown.finding)
    every = shown.page.locator("#groups details:visible").count()
    shown.page.fill("#search", "efficiency")
    some = shown.page.locator("#groups details:visible").count()
    assert 0 < some < every
    assert shown.text("#found") == f"{some} found"
    link = shown.page.evaluate("location.hash")
    assert link == "#search=efficiency"
    assert shown.fits()
    assert shown.page.locator("#groups a[href^='http']").count() > 100
    assert facts.digest() in shown.text("#lead")
    assert __version__ in shown.text("#cite-text")
    shown.close()


def test_what_was_read_says_when_it_has_not_changed(web: Web) -> None:
    for path in ("/claims", "/backtests", "/trend", "/chips", "/sources"):
        assert web.get(path).headers["content-type"].startswith("text/html")
        assert "inline" not in web.get(path).headers["content-security-policy"]
    for path in (
        "claims",
        "backtests",
        "limits",
        "models",
        "chips",
        "sources",
        "trend/DeepSeek-V3",
        "chips/map?to=CN",
    ):
        first = web.get(f"/api/v1/{path}")
        assert first.status_code == 200, path
        again = web.get(f"/api/v1/{path}", headers={"if-none-match": first.headers["etag"]})
        assert again.status_code == 304, path
