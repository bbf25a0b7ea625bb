"""Figures and report of a fitted law: what they draw, what they say, and that the page needs nothing else."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import curveshift as cs
from curveshift import laws
from curveshift.errors import CurveshiftError
from curveshift.present import fit_figures, law_figures, write_fit_report
from curveshift.present.figure import Figure
from curveshift.present.law_parts import power

if TYPE_CHECKING:
    from playwright.sync_api import Browser

HOSTILE = "</script><img src=x onerror=alert(1)>"


@pytest.fixture(scope="module")
def fit() -> laws.Fit:
    return laws.fit(laws.Chinchilla, laws.chinchilla_runs(), objective="huber", resamples=50)


@pytest.fixture(scope="module")
def curve_fit() -> laws.Fit:
    return laws.fit(laws.OffsetPower, laws.chinchilla_runs(), resamples=50)


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of runs whose columns have hostile names."""
    runs = laws.chinchilla_runs().columns
    data = {
        HOSTILE: runs["params"],
        "tokens": runs["tokens"],
        "loss": runs["loss"],
        f"{HOSTILE} 2": runs["loss"],
    }
    fit = laws.fit(
        laws.Chinchilla, data, columns={"params": HOSTILE}, resamples=20, conventions={"flop": HOSTILE}
    )
    path = tmp_path_factory.mktemp("report") / "fit.html"
    return write_fit_report(path, fit, command=f"curveshift fit '{HOSTILE}'")


def rows(figure: Figure, what: str) -> Any:
    return figure.frame[figure.frame["what"] == what]


def draws(figure: Figure) -> None:
    svg = figure.svg()
    assert svg.count("<path") > 20
    assert "NaN" not in svg


def test_isoflop_curves_have_their_least_loss_at_the_diamond(fit: laws.Fit) -> None:
    figure = law_figures.isoflop_curves(fit)
    draws(figure)
    assert len(rows(figure, "run")) == len(fit.runs)
    curves, best = rows(figure, "law"), rows(figure, "optimum")
    assert 3 <= len(best) <= law_figures.CURVES
    for _, point in best.iterrows():
        curve = curves[curves["flop"] == point["flop"]]
        np.testing.assert_allclose(6.0 * curve["params"] * curve["tokens"], point["flop"], rtol=1e-12)
        assert point["loss"] <= curve["loss"].min() + 1e-12
        near = curve.iloc[int(np.argmin(curve["loss"]))]
        assert near["params"] == pytest.approx(point["params"], rel=0.1)
    assert "at 140 million parameters for 3e18 FLOP, and at 9.1 billion for 1e22" in figure.title


def test_contours_hold_the_loss_that_they_are_labelled_with(fit: laws.Fit) -> None:
    figure = law_figures.isoloss_contours(fit)
    draws(figure)
    curves = rows(figure, "law")
    assert curves["loss"].nunique() >= 4
    np.testing.assert_allclose(
        fit.law.predict(params=curves["params"], tokens=curves["tokens"]), curves["loss"], rtol=1e-9
    )
    path = rows(figure, "optimum")
    # The path is straight in logarithms: tokens ∝ parameters^(α/β) (Hoffmann et al. 2022, equation 4).
    slope = np.diff(np.log(path["tokens"])) / np.diff(np.log(path["params"]))
    np.testing.assert_allclose(slope, fit.params["alpha"] / fit.params["beta"], rtol=1e-9)


def test_residuals_and_predictions_are_those_of_the_fit(fit: laws.Fit, curve_fit: laws.Fit) -> None:
    for one in (fit, curve_fit):
        figure = fit_figures.residuals(one)
        draws(figure)
        np.testing.assert_allclose(figure.frame["residual"], 100.0 * one.residuals)
    figure = fit_figures.predicted_observed(fit)
    draws(figure)
    worst = int(np.argmax(np.abs(fit.residuals)))
    ratio = 100.0 * (fit.observed[worst] / fit.fitted[worst] - 1.0)
    assert f"row {fit.runs.rows[worst]}, lies {abs(ratio):.2g} % above it" in figure.title


def test_residuals_in_raw_space_have_no_percent() -> None:
    fit = laws.fit(
        laws.Chinchilla, laws.chinchilla_runs(), objective="least_squares", space="raw", resamples=0
    )
    assert "%" not in fit_figures.residuals(fit).title
    assert "%" not in fit_figures.predicted_observed(fit).title


def test_a_law_of_one_input_is_a_curve_with_a_band(curve_fit: laws.Fit) -> None:
    figure = law_figures.law_curve(curve_fit)
    draws(figure)
    law = rows(figure, "law")
    assert (law["low"] <= law["high"]).all()
    assert law["x"].max() == pytest.approx(10.0 * curve_fit.runs.columns["training_flop"].max())
    bare = laws.fit(laws.OffsetPower, laws.chinchilla_runs(), resamples=0)
    assert "low" not in law_figures.law_curve(bare).frame


def test_plot_chooses_by_the_inputs_of_the_law(fit: laws.Fit, curve_fit: laws.Fit) -> None:
    assert cs.plot(fit).title == law_figures.isoflop_curves(fit).title
    assert cs.plot(curve_fit).title == law_figures.law_curve(curve_fit).title
    with pytest.raises(CurveshiftError, match="needs a law of parameters and tokens"):
        law_figures.isoflop_curves(curve_fit)
    with pytest.raises(CurveshiftError, match="a law of one input"):
        law_figures.law_curve(fit)


@pytest.mark.parametrize(
    ("flop", "least", "most"), [((1e18, 1e22), 9, 9), ((2e20, 2.1e20), 2, 3), ((1e18, 1e30), 5, 9)]
)
def test_budgets_lie_inside_the_runs(flop: tuple[float, float], least: int, most: int) -> None:
    found = law_figures._budgets(np.array(flop))
    assert least <= len(found) <= most
    assert flop[0] <= min(found) <= max(found) <= flop[1] * (1.0 + 1e-12)


def test_levels_are_round_and_inside() -> None:
    assert law_figures._levels(np.linspace(2.0, 3.0, 101)) == pytest.approx([2.0, 2.2, 2.4, 2.6, 2.8])
    assert law_figures._levels(np.array([2.5, 2.5])) == [2.5]
    assert power(3e18) == "3e18"


class _Seen(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


def test_the_report_is_complete_and_needs_nothing_else(hostile: Path) -> None:
    html = hostile.read_text(encoding="utf-8")
    heads = re.findall(r"<h2>(.*?)</h2>", html.split("<script")[0])
    assert heads == [
        "Warnings",
        "Parameters",
        "Compute-optimal",
        "The law and the runs",
        "Where it misses",
        "How the runs were read",
        "How sure the optimum is",
        "What the words mean",
        "Sources",
        "How this was made",
    ]
    seen = _Seen()
    seen.feed(html)
    assert not [tag for tag, _ in seen.tags if tag == "img"]
    for tag, attrs in seen.tags:
        assert "src" not in attrs, tag
        assert attrs.get("href", "data:,") == "data:,", tag
    assert html.count("</script>") == 3
    assert hostile.stat().st_size < 3e6


def test_a_report_without_resamples_has_no_interval(tmp_path: Path) -> None:
    fit = laws.fit(laws.OffsetPower, laws.chinchilla_runs(), resamples=0)
    html = write_fit_report(tmp_path / "fit.html", fit).read_text(encoding="utf-8")
    assert "no resamples" in html
    assert "Intervals hold" not in html
    assert "Made again by" not in html
    with pytest.raises(CurveshiftError, match="name a file in a folder that exists"):
        write_fit_report(tmp_path / "no" / "fit.html", fit)


@pytest.mark.parametrize("width", [360, 1200])
def test_the_report_in_a_browser(browser: Browser, hostile: Path, width: int) -> None:
    trouble: list[str] = []
    context = browser.new_context(viewport={"width": width, "height": 900}, offline=True)
    shown = context.new_page()
    shown.on("console", lambda m: trouble.append(m.text))
    shown.on("pageerror", lambda e: trouble.append(str(e)))
    address = hostile.as_uri()
    shown.on("request", lambda r: trouble.append(r.url) if r.url != address else None)
    shown.goto(address)
    shown.wait_for_selector("html[data-drawn=yes]", timeout=60_000)
    assert trouble == []
    for name in ("isoflop", "isoloss", "residuals", "predicted"):
        assert shown.locator(f"#{name} svg.marks path").count() > 10, name
    assert shown.evaluate("document.documentElement.scrollWidth") <= width
    context.close()


def test_published_laws_are_drawn_with_the_budgets_asked_for() -> None:
    found = laws.compare_published(["hoffmann2022-approach3", "besiroglu2024"], training_flop=[1e22, 1e24])
    drawn = cs.plot(found)
    assert drawn.title == "At 1e24 FLOP the laws ask for 18 to 62 tokens per parameter"
    asked = drawn.frame[drawn.frame["what"] == "asked"]
    assert asked["ratio"].round(1).tolist() == [round(row["tokens_per_param"], 1) for row in found.rows]
    assert drawn.svg().count("<path") > 4
