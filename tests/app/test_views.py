"""A world view is one click, is told everywhere, and gives the numbers that the library gives with it."""

from __future__ import annotations

import json
import re
import shlex
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

pytest.importorskip("fastapi", reason="needs the extra: pip install 'curveshift[app]'")

from curveshift.app import Question
from curveshift.cli import main
from curveshift.scenario import views

from .shown import WAIT, Shown

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from curveshift.app import Service

    from .conftest import Web

BODY: dict[str, Any] = {
    "policies": [{"base": "status-quo"}, {"base": "b30a-allowed", "stance": "blocked"}],
    "view": "hawk",
    "assumptions": {"diversion.chips_2024": "10k to 300k"},
    "draws": 64,
    "seed": 4,
}


def test_both_snippets_give_the_numbers_of_an_answer_with_a_view(
    web: Web, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = web.post("/simulate", BODY).json()
    told = [d for p in web.post("/compare", BODY).json()["policies"] for d in p["differences"]]
    made: dict[str, Any] = {}
    exec(answer["reproduce"]["python"], made)
    result = made["result"]
    assert answer["meta"]["scenario_sha256"] == result.scenario.hash(result.record_digest)
    for policy in answer["policies"]:
        there = result.bands["lag_months"].sel(policy=policy["name"], estimator="level")
        mine = np.float32(policy["bands"]["lag_months"])
        assert np.array_equal(mine, np.float32(there.transpose("quantile", "quarter").values))
        lag = result.draws["lag_months"].sel(policy=policy["name"], estimator="level", quarter="2028-12-31")
        assert policy["us_leads"][0] == pytest.approx(float((lag > 0).mean()))
    capsys.readouterr()
    words = shlex.split(answer["reproduce"]["cli"])
    assert words[words.index("--view") + 1] == "hawk"
    with pytest.raises(SystemExit) as done:
        main([*words[1:], "--json"])
    assert not done.value.code
    theirs = json.loads(capsys.readouterr().out)["differences"]
    assert [d["median"] for d in told] == [d["median"]["value"] for d in theirs]


def test_a_view_decides_the_key_and_what_it_leaves_open_can_be_set(web: Web, service: Service) -> None:
    plain, hawk, survey = ({**BODY, "assumptions": {}, "view": name} for name in (None, "hawk", "survey"))
    keys = {service.key(Question.model_validate(body)) for body in (plain, hawk, survey)}
    assert len(keys) == 3
    assert Question.model_validate(hawk).help_to_research == "strong"
    assert Question.model_validate({**hawk, "feedback": "off"}).help_to_research == "off"
    answer = web.post("/simulate", hawk).json()
    assert "the view hawk" in answer["words"]["headline"]
    assert views()["hawk"].sources[0].cite in answer["sources"]
    assert web.post("/simulate", survey).json()["sources"].startswith("- Grace et al.")


@pytest.mark.parametrize("name", ["../essay", "views/essay.yaml", "/etc/passwd.yaml", "hauk", ""])
def test_only_the_name_of_a_shipped_view_is_taken(web: Web, name: str) -> None:
    answer = web.post("/simulate", {**BODY, "view": name})
    assert answer.status_code == 422
    assert "unknown world view" in answer.json()["error"]["what"]


def test_the_list_of_views_is_that_of_the_records(web: Web) -> None:
    given = {v["name"]: v for v in web.get("/api/v1/views").json()["views"]}
    assert list(given) == list(views())
    for name, view in views().items():
        assert given[name]["argument"] == view.argument
        assert (given[name]["feedback"], given[name]["threshold"]) == (view.feedback, view.threshold)
        assert set(given[name]["assumptions"]) == set(view.assumptions)
        assert given[name]["sources"]


def test_a_view_is_one_choice_and_the_link_carries_it(browser: Browser, address: str) -> None:
    shown = Shown(browser, address)
    page = shown.page
    assert page.locator("#view").input_value() == ""
    shown.choose("#view", "sceptic-of-scaling")
    assert "With the assumptions of the view sceptic-of-scaling" in shown.headline
    assert "world view sceptic-of-scaling" in page.locator("#changed").inner_text()
    assert "view='sceptic-of-scaling'" in page.locator("#python").inner_text()
    assert "--view sceptic-of-scaling" in page.locator("#cli").inner_text()
    assert "World view sceptic-of-scaling" in page.locator("#basis").inner_text()
    about = page.locator("#view-about").inner_text()
    assert "electricity" in about
    assert "Knight First Amendment" in about
    view = views()["sceptic-of-scaling"]
    assert re.match(
        rf"{view.threshold} \(as in the view", page.locator("#threshold option").first.inner_text()
    )
    assert re.match(rf"{view.feedback} \(as in the view", page.locator("#feedback option").first.inner_text())
    key, own = next(iter(view.assumptions.items()))
    page.fill("#search", key)
    field = page.locator(f"[id='assumption-{key}']")
    assert field.get_attribute("placeholder") == own.describe()
    before = shown.answered()
    low, high = own.distribution.interval(0.9)
    field.fill(f"{(low + high) / 2:.4g}")
    field.press("Enter")
    shown.moved(before)
    assert f"in the view: {own.describe()}" in page.locator("#changed").inner_text()
    other = Shown(browser, address, fragment=page.evaluate("location.hash"))
    for what in (
        "#headline",
        "#answer",
        "#sentences",
        "#changed",
        "#python",
        "#cli",
        "#basis",
        "#view-about",
    ):
        assert other.page.locator(what).inner_text() == page.locator(what).inner_text(), what
    assert other.page.evaluate("document.documentElement.dataset.key") == page.evaluate(
        "document.documentElement.dataset.key"
    )
    assert other.page.locator("#warning").is_hidden()
    other.close()
    shown.act("#reset-assumptions")
    assert page.locator("#view").input_value() == ""
    assert "view" not in page.evaluate("location.hash")
    page.wait_for_selector("#reset-assumptions:disabled", timeout=WAIT)
    assert shown.trouble == []
    shown.close()
