"""The page: what is inside it, what it escapes, and that it needs nothing from outside."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from curveshift.decide import flip_table, policy_table
from curveshift.errors import CurveshiftError
from curveshift.present import brief as brief_module
from curveshift.present import headline, page, reading, tables, wording, words, write_brief
from curveshift.present.material import Material

if TYPE_CHECKING:
    from curveshift.present import BriefSummary
    from curveshift.world.ensemble import Ensemble

SECTIONS = (
    "How sure is that?",
    "What decides it?",
    "What would change our mind?",
    "The argument, claim by claim",
    "How good were we before?",
    "Compute and lag",
    "Is DeepSeek-V3 on the cost curve?",
    "What the words mean",
    "Every claim in full",
    "How likely is a long lag?",
    "Outcomes by policy",
    "Worlds as a function of the window",
    "Chips",
    "Systems",
    "What the choice of policy changes",
    "What would turn the verdicts",
    "The model against the record",
    "Measured, fitted, judged",
    "What is not modelled",
    "Limits that bind",
    "Gaps in the record",
    "Sources",
    "How this was made",
)


class _Seen(HTMLParser):
    """Tags, what they refer to, and the text between them."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []
        self._quiet = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._quiet = tag in ("script", "style")

    def handle_endtag(self, tag: str) -> None:
        self._quiet = self._quiet and tag not in ("script", "style")

    def handle_data(self, data: str) -> None:
        if not self._quiet:
            self.text.append(data)


def seen(html: str) -> _Seen:
    parser = _Seen()
    parser.feed(html)
    return parser


def plain(html: str) -> str:
    return " ".join("".join(seen(html).text).replace("\u00a0", " ").split())


@pytest.fixture(scope="session")
def hostile_page(ensemble: Ensemble) -> str:
    cells = policy_table(("airtight",), ("open",), ("off",), draws=64)
    found = headline.read(ensemble)
    flips = flip_table(ensemble)
    made = Material(ensemble, found, cells, 64, flips, settings=("a.b=<i>",))
    return page.page("a <title>", *brief_module.compose(made, made.brief_command(Path("brief.html"))))


def test_commands_that_make_it_again_name_the_view_and_the_settings(ensemble: Ensemble) -> None:
    made = Material(
        ensemble,
        headline.read(ensemble),
        (),
        0,
        flip_table(ensemble),
        settings=("enforcement.effort=2",),
        view="hawk",
    )
    for line in (made.brief_command(Path("brief.html")), made.compare_command):
        assert line.endswith("--view hawk --set enforcement.effort=2")
    assert made.flips_command.endswith(" --flips")
    assert made.claims_command == made.ranges_command == ""


def test_every_section_is_there(brief: tuple[Path, BriefSummary]) -> None:
    html = brief[0].read_text(encoding="utf-8")
    assert tuple(re.findall(r"<h2>(.*?)</h2>", html.split("<script")[0])) == SECTIONS


def test_nothing_refers_to_the_outside(brief: tuple[Path, BriefSummary]) -> None:
    found = seen(brief[0].read_text(encoding="utf-8"))
    for tag, attrs in found.tags:
        assert "src" not in attrs, tag
        assert attrs.get("href", "data:,") == "data:,", tag
        assert not [name for name in attrs if name.startswith("on")], tag


def test_security_policy_allows_exactly_the_two_scripts(brief: tuple[Path, BriefSummary]) -> None:
    html = brief[0].read_text(encoding="utf-8")
    policy = next(
        a["content"] for t, a in seen(html).tags if a.get("http-equiv") == "Content-Security-Policy"
    )
    assert policy is not None
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe-eval" not in policy
    scripts = re.findall(r"<script>(.*?)</script>", html, re.DOTALL)
    hashes = [base64.b64encode(hashlib.sha256(s.encode()).digest()).decode() for s in scripts]
    assert re.findall(r"'sha256-(.*?)'", policy) == hashes
    assert len(hashes) == 2


def test_size_is_bounded(brief: tuple[Path, BriefSummary]) -> None:
    assert brief[0].stat().st_size < 3e6


def test_hostile_names_stay_text(hostile_page: str, ensemble: Ensemble) -> None:
    found = seen(hostile_page)
    assert not [t for t, _ in found.tags if t in ("img", "b", "i")]
    assert hostile_page.count("</script>") == 3
    assert ensemble.policies[-1] in "".join(found.text)
    assert "<title>a &lt;title&gt;</title>" in hostile_page


def test_intervention_is_marked(
    hostile_page: str, ensemble: Ensemble, brief: tuple[Path, BriefSummary]
) -> None:
    assert f"{ensemble.policies[-1]} (intervention, not a policy)" in "".join(seen(hostile_page).text)
    assert "china-gets-millions (intervention, not a policy)" in plain(brief[0].read_text(encoding="utf-8"))


def test_headline_says_what_the_data_say(ensemble: Ensemble) -> None:
    found = headline.read(ensemble)
    said = headline.sentences(found, "30 June 2026")
    for summary in found.policies:
        (sentence,) = [s for s in said if s.startswith(f"Under {summary.policy}")]
        stock = reading.at_date(ensemble, "china_stock", summary.policy, "2028-12-31", unit="h100e_16bit")
        lag = reading.at_date(ensemble, "lag_months", summary.policy, "2028-12-31", estimator="level")
        share = reading.at_date(
            ensemble, "china_share_used", summary.policy, "2028-12-31", unit="h100e_16bit"
        )
        assert f"would own {words.number(stock.median)} 16-bit H100e" in sentence
        assert words.span(stock.low, stock.high) in sentence
        assert f"use {words.percent(share.median)} of the world's" in sentence
        assert f"trail by {words.months(lag.median)}" in sentence
        for probability in summary.lag_above["essay-2025"].values():
            assert words.percent(probability.value) in sentence
    for threshold in ("essay-2025", "survey", "ftm"):
        name, share_of = max(found.policies[0].worlds[threshold].items(), key=lambda item: item[1].value)
        assert f"{name}, {headline.estimate(share_of)} at the threshold {threshold}" in said[0]


def test_headline_of_the_page_is_that_of_the_summary(brief: tuple[Path, BriefSummary]) -> None:
    text = plain(brief[0].read_text(encoding="utf-8"))
    summary = brief[1]
    assert summary.headline[0] in text
    assert summary.headline[1] in text
    assert summary.headline[-1] in text
    for policy in summary.policies:
        assert words.number(policy.china_stock_h100e.median) in text


def test_foot_says_how_to_make_it_again(brief: tuple[Path, BriefSummary]) -> None:
    text = plain(brief[0].read_text(encoding="utf-8"))
    assert (
        "curveshift brief -o brief.html --policies status-quo,airtight,china-gets-millions --draws 64 --seed 3 "
        "--as-of 2026-06-30 --set enforcement.effort=2"
    ) in text
    assert brief[1].scenario_hash in text
    assert brief[1].facts_digest in text
    assert "curveshift 0." in text
    assert "Changed from the defaults: enforcement.effort = 2" in text


def test_ledger_counts_every_assumption_once(brief: tuple[Path, BriefSummary], ensemble: Ensemble) -> None:
    text = plain(brief[0].read_text(encoding="utf-8"))
    assert f"rests on {len(ensemble.scenario.assumptions)} uncertain numbers" in text
    for name, record in ensemble.scenario.assumptions.items():
        assert name in text
        assert " ".join(record.meaning.split()) in text


def test_gaps_in_the_record_are_told(brief: tuple[Path, BriefSummary], ensemble: Ensemble) -> None:
    text = plain(brief[0].read_text(encoding="utf-8"))
    own = ("Without ties", "In ")  # numbers of another run
    for note in ensemble.notes:
        assert note in text or note.startswith(own)
    assert "Without ties the model has the frontier of china" in text


def test_the_model_without_ties_stands_beside_the_record(brief: tuple[Path, BriefSummary]) -> None:
    text = plain(brief[0].read_text(encoding="utf-8"))
    assert wording.MISFIT in text
    assert "30 June 2026" in text[text.index(wording.MISFIT) :]


def test_an_untied_page_says_what_it_is() -> None:
    from curveshift.world import simulate

    alone = simulate("status-quo", draws=8, tied=False)
    assert wording.UNTIED in plain(tables.misfit(alone))


def test_data_survive_packing() -> None:
    node = {
        "values": [{"a": i, "b": None} for i in range(5)],
        "axis": {"values": [1, 2]},
        "layer": [{"mark": "x"}] * 5,
    }
    packed = page._packed(node)
    assert packed["values"] == {"columns": ["a", "b"], "rows": [[i, None] for i in range(5)]}
    assert packed["axis"] == node["axis"]
    nested = {"concat": [{"data": {"values": []}}] * 5}
    assert page._packed(nested) == nested


def test_figure_data_cannot_close_the_script(hostile_page: str, ensemble: Ensemble) -> None:
    (data,) = re.findall(
        r'<script type="application/json" id="figures">(.*?)</script>', hostile_page, re.DOTALL
    )
    assert "<" not in data
    assert ensemble.policies[-1] in json.dumps(json.loads(data), ensure_ascii=False).replace('\\"', '"')


@pytest.mark.parametrize("place", ["nowhere/brief.html", "."])
def test_bad_places_are_told_before_any_work(
    place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*_: object, **__: object) -> None:
        raise AssertionError("simulated before the place was looked at")

    monkeypatch.setattr("curveshift.world.ensemble.simulate", never)
    with pytest.raises(CurveshiftError, match="name a file in a folder that exists"):
        write_brief(tmp_path / place)
    assert list(tmp_path.iterdir()) == []


def test_bad_input_writes_nothing(tmp_path: Path) -> None:
    with pytest.raises(CurveshiftError, match="did you mean 'airtight'"):
        write_brief(tmp_path / "brief.html", policies=("status-quo", "airtigt"), draws=64)
    assert list(tmp_path.iterdir()) == []


def test_progress_never_goes_back(brief: tuple[Path, BriefSummary], told: list[tuple[int, int]]) -> None:
    assert brief[0].exists()
    done = [a for a, _ in told]
    assert done == sorted(done)
    assert done[-1] == told[-1][1]
    assert len({whole for _, whole in told}) == 1
