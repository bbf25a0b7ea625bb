"""What results look like in a notebook: every one that prints has a table, and no text in it is markup."""

from __future__ import annotations

import ast
import importlib
import inspect
import re
from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

import curveshift as cs
from curveshift import controls, facts, laws, notebooks, scenario
from curveshift.claims.findings import Finding
from curveshift.trends.costs import recost

ROOMS = ("facts", "controls", "laws", "trends", "scenario", "world", "decide", "claims", "present")
NOT_RESULTS = {
    "Figure", "Goal", "LicencePolicy", "Observation", "Problem", "Source", "Status",
}  # fmt: skip
"""Public classes that print as one word or sentence and are parts of results."""
MARKUP = "<script>alert('x')</script>&\""
ALLOWED = {"table", "caption", "tr", "th", "td", "p", "b", "ul", "li"}


class Tags(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []
        self.text = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        assert not attrs
        self.tags.append(tag)

    def handle_data(self, data: str) -> None:
        self.text += data


def checked(html: str) -> Tags:
    read = Tags(html)
    assert set(read.tags) <= ALLOWED, set(read.tags) - ALLOWED
    assert read.tags.count("table") >= 1
    return read


def public() -> Iterator[tuple[str, type]]:
    for room in ROOMS:
        module = importlib.import_module(f"curveshift.{room}")
        for name in getattr(module, "__all__", dir(module)):
            found = getattr(module, name, None)
            if inspect.isclass(found) and found.__module__.startswith("curveshift"):
                yield name, found


def test_every_public_result_that_prints_has_a_table() -> None:
    prints = {name for name, found in public() if "__str__" in vars(found)}
    bare = {name for name, found in public() if not hasattr(found, "_repr_html_")}
    assert prints & bare == NOT_RESULTS


def test_results_of_the_main_verbs_have_a_table() -> None:
    named = dict(public())
    names = (
        "Ensemble Comparison Fit Plan Multiplier Design IsoFlop Posterior OnTrend Ruling Timeline Frontier "
        "RuleComparison RulingTable Summary Drivers Policy Assumption Scenario View Refresh Findings Backtest "
        "Explanation Discovery Front Robustness Information Conditioned Contributions DoseResponse Importance "
        "Sensitivity Tornado"
    )
    for name in names.split():
        assert hasattr(named[name], "_repr_html_"), name


def test_the_page_shows_a_table_for_each_of_its_blocks(root: Path) -> None:
    blocks = re.findall(
        r"^```python\n(.*?)^```$", (root / "docs/notebook.md").read_text(encoding="utf-8"), re.M | re.S
    )
    assert len(blocks) >= 8
    space: dict[str, Any] = {}
    for block in blocks:
        *before, last = ast.parse(block).body
        exec(compile(ast.Module(before, []), "notebook.md", "exec"), space)
        assert isinstance(last, ast.Expr), block
        checked(eval(compile(ast.Expression(last.value), "notebook.md", "eval"), space)._repr_html_())


def spoiled(value: Any, depth: int = 0) -> Any:
    """The same with markup in every text, some levels down."""
    if isinstance(value, str):
        return MARKUP
    if isinstance(value, Finding):
        texts = {f.name: getattr(value, f.name) for f in fields(value) if f.init}
        return replace(value, **{name: spoiled(text, 2) for name, text in texts.items()})
    if isinstance(value, tuple) and depth < 2:
        return tuple(spoiled(one, depth + 1) for one in value)
    return value


@dataclass(frozen=True)
class Line(notebooks.Told):
    words: str

    def __str__(self) -> str:
        return f"{self.words}\n{self.words}: {self.words}\n{self.words}"


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(lambda: Line("x"), id="told"),
        pytest.param(lambda: replace(laws.plan("besiroglu2024", flop=1e24), warnings=("x",)), id="plan"),
        pytest.param(lambda: scenario.load_policy("airtight"), id="policy"),
        pytest.param(lambda: scenario.assumptions()["diversion.chips_2024"], id="assumption"),
        pytest.param(lambda: scenario.views()["essay"], id="view"),
        pytest.param(lambda: recost("DeepSeek-V3", "final_run_rental"), id="cost"),
        pytest.param(lambda: controls.timeline("H20", to="CN"), id="timeline"),
        pytest.param(lambda: controls.classify("H20", to="CN", on="2025-04-20"), id="ruling"),
        pytest.param(lambda: laws.published("besiroglu2024"), id="published"),
        pytest.param(lambda: cs.claims.judge("savings-are-spent"), id="claim"),
    ],
)
def test_markup_in_any_text_of_a_result_is_shown_and_not_obeyed(make: Any) -> None:
    result = make()
    plain = checked(result._repr_html_())
    texts = {f.name: spoiled(getattr(result, f.name)) for f in fields(result) if f.init}
    changed = {name: value for name, value in texts.items() if value != getattr(result, name)}
    read = checked(replace(result, **changed)._repr_html_())
    assert len(read.tags) <= 3 * len(plain.tags) + 20
    assert MARKUP in read.text


def test_rows_with_markup_are_escaped_when_they_are_refused_and_when_they_are_taken(tmp_path: Path) -> None:
    path = tmp_path / "chips.csv"
    path.write_text('chip,tdp_w,note\n"<b>New</b>",-1,x\nH20 SXM 96GB,401,<script>x</script>\n')
    assert "-1 is impossible" in checked(facts.refresh(path)._repr_html_()).text
    path.write_text("chip,tdp_w,note\nH20 SXM 96GB,401,<script>x</script>\n")
    assert "<script>x</script>" in checked(facts.refresh(path)._repr_html_()).text


def test_the_check_sees_markup() -> None:
    with pytest.raises(AssertionError):
        checked(f"<table><tr><td>{MARKUP}</td></tr></table>")
