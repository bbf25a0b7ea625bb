"""Figures: valid specifications, titles that say what the numbers say, and files written whole."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from curveshift import facts
from curveshift.decide import compare, worlds
from curveshift.decide.record import checks
from curveshift.errors import CurveshiftError
from curveshift.present import Figure, compute_figures, outcome_figures, plot, record_figures, style, words

if TYPE_CHECKING:
    from curveshift.world.ensemble import Ensemble

DRAWN: dict[str, Callable[[Any], Figure]] = {
    "share_and_lag": compute_figures.share_and_lag,
    "chips_to_china": compute_figures.chips_to_china,
    "installed_base": compute_figures.installed_base,
    "capability": outcome_figures.capability,
    "worlds_by_window": outcome_figures.worlds_by_window,
    "difference": outcome_figures.difference,
    "domestic_estimates": record_figures.domestic_estimates,
    "record_checks": lambda e: record_figures.record_checks(checks(e)),
}


@pytest.mark.parametrize("name", DRAWN)
def test_every_figure_compiles_and_speaks(name: str, ensemble: Ensemble) -> None:
    figure = DRAWN[name](ensemble)
    svg = figure.svg()
    assert len(re.findall("<path", svg)) > 20
    assert re.search(r"\d", figure.title), "a title states a finding, with its numbers"
    assert len(figure.sentence.split(". ")) >= 2
    assert figure.sources
    assert not figure.frame.empty
    json.dumps(figure.spec, allow_nan=False)
    # The name of the schema is the only address, and nothing loads it.
    assert re.findall('https?://[^"]*', json.dumps(figure.spec["concat"])) == []


@pytest.mark.parametrize("name", ["share_and_lag", "installed_base", "capability"])
def test_paths_and_bands_are_drawn(name: str, ensemble: Ensemble) -> None:
    text = json.dumps(DRAWN[name](ensemble).spec)
    assert '"detail"' in text
    assert '"y2": {"field": "q95"}' in text
    assert '"y2": {"field": "q75"}' in text
    assert ensemble.scenario.as_of.isoformat() in text


def test_share_title_holds_the_numbers_of_the_bands(ensemble: Ensemble) -> None:
    title = compute_figures.share_and_lag(ensemble).title
    at = ensemble.bands["china_share_used"].sel(policy="airtight", unit="h100e_16bit", quarter="2028-12-31")
    low, middle, high = (float(at.sel(quantile=q)) for q in (0.1, 0.5, 0.9))
    wanted = f"{words.percent(middle)} under airtight (80 %: {words.span(low, high, words.percent)})"
    assert wanted in title


def test_share_by_channel_adds_up_to_the_share_used(ensemble: Ensemble) -> None:
    parts = compute_figures.share_by_channel(ensemble, "status-quo", "rollout")
    total = parts.groupby("quarter")["share"].sum().to_numpy()
    used = ensemble.bands["china_share_used"].sel(policy="status-quo", unit="rollout", quantile=0.5).values
    owned = ensemble.bands["china_share_owned"].sel(policy="status-quo", unit="rollout", quantile=0.5).values
    np.testing.assert_allclose(total, np.maximum(used, owned), rtol=1e-9)
    assert (parts["share"] >= 0).all()


def test_mark_title_holds_the_date_of_five_million(ensemble: Ensemble) -> None:
    years = ensemble.draws["stock_year"].sel(policy="status-quo", mark=5e6, bloc="china").values
    middle = words.when(float(np.quantile(years, 0.5, method="inverted_cdf")))
    assert (
        f"5 million 16-bit H100e from {middle} under status-quo"
        in compute_figures.installed_base(ensemble).title
    )


def test_world_shares_add_up_and_agree_with_decide(ensemble: Ensemble) -> None:
    frame = outcome_figures.worlds_by_window(ensemble).frame
    sums = frame.groupby(["policy", "threshold", "window"])["probability"].sum()
    np.testing.assert_allclose(sums.to_numpy(), 1.0, atol=1e-9)
    (found,) = worlds(ensemble, 12, threshold="ftm", policy="airtight")
    row = frame.query("policy == 'airtight' and threshold == 'ftm' and window == 12 and world == 'bipolar'")
    assert float(row["probability"].iloc[0]) == found.shares["bipolar"].value


def test_title_of_worlds_names_the_likeliest(ensemble: Ensemble) -> None:
    figure = outcome_figures.worlds_by_window(ensemble)
    at = figure.frame.query("policy == 'status-quo' and threshold == 'survey' and window == 12")
    best = at.sort_values("probability").iloc[-1]
    assert f"{best['world']} {words.percent(best['probability'])} (survey)" in figure.title


def test_difference_is_nothing_before_the_policies_part(ensemble: Ensemble) -> None:
    frame = outcome_figures.difference(ensemble).frame
    early = frame[
        (frame["quantity"] == "lag") & (frame["quarter"] <= "2026-06-30") & (frame["policy"] == "airtight")
    ]
    assert (early[["q05", "q50", "q95"]].abs() == 0).all().all()
    late = frame[(frame["quantity"] == "stock ratio") & (frame["quarter"] == "2030-12-31")]
    assert float(late[late["policy"] == "airtight"]["q50"].iloc[0]) < 1


def test_an_intervention_is_named_as_such(ensemble: Ensemble) -> None:
    spec = compute_figures.installed_base(ensemble).spec
    text = "; ".join(" ".join(panel["title"]["text"]) for panel in spec["concat"])
    assert "(intervention, not a policy)" in text
    assert "airtight (intervention" not in text


def test_chips_of_the_years_add_up_to_the_total(ensemble: Ensemble) -> None:
    from curveshift.present import reading

    years = reading.per_year(ensemble, "airtight", "diverted")
    total = years.groupby("draw")["chips"].sum().to_numpy()
    last = ensemble.paths["cumulative_chips"].sel(policy="airtight", flow="diverted").isel(quarter=-1).values
    np.testing.assert_allclose(total, last, rtol=1e-9)


def test_domestic_estimates_keep_every_published_row() -> None:
    frame = record_figures.domestic_estimates().frame
    rows = facts.rows("china_domestic_production")
    huawei = [
        r["central"] or r["high"] for r in rows if r["maker"] == "Huawei" and r["metric"] == "units_shipped"
    ]
    assert set(huawei) <= set(frame["central"])
    assert record_figures.MODEL not in set(frame["estimate"])
    assert "upper bound" in set(frame["kind"])


def test_domestic_estimates_need_a_year_with_estimates() -> None:
    with pytest.raises(CurveshiftError, match="covers 1999"):
        record_figures.domestic_estimates(year=1999)


def test_unknown_unit_is_refused_with_the_nearest_name(ensemble: Ensemble) -> None:
    with pytest.raises(CurveshiftError, match="did you mean 'rollout'"):
        compute_figures.share_and_lag(ensemble, ("rolout",))
    with pytest.raises(CurveshiftError, match="unknown unit"):
        compute_figures.installed_base(ensemble, "H-100")


def test_difference_refuses_an_unknown_base(ensemble: Ensemble) -> None:
    with pytest.raises(CurveshiftError, match="unknown policy"):
        outcome_figures.difference(ensemble, "status-qo")


def test_window_outside_the_picture_is_refused(ensemble: Ensemble) -> None:
    with pytest.raises(CurveshiftError, match="window 7"):
        outcome_figures.worlds_by_window(ensemble, 7)


def test_no_checks_is_told() -> None:
    with pytest.raises(CurveshiftError, match="no check"):
        record_figures.record_checks([])


def test_plot_draws_what_it_is_given(ensemble: Ensemble) -> None:
    assert plot(ensemble).title == compute_figures.share_and_lag(ensemble).title
    compared = compare(ensemble, base="airtight")
    assert plot(compared).title.startswith("Against airtight")


@pytest.mark.parametrize(
    "name", ["china_domestic_production", "chip_shipments", "models", "capability_index", "prices"]
)
def test_plot_draws_fact_tables(name: str) -> None:
    figure = plot(facts.table(name))
    assert "<path" in figure.svg()
    assert name.replace("_", " ") in figure.title


def test_plot_refuses_what_it_cannot_draw() -> None:
    import pandas as pd

    with pytest.raises(CurveshiftError, match="cannot draw a str"):
        plot("status-quo")
    with pytest.raises(CurveshiftError, match=r"only those of curveshift\.facts"):
        plot(pd.DataFrame({"a": [1]}))


def test_save_writes_every_format(ensemble: Ensemble, tmp_path: Path) -> None:
    figure = outcome_figures.difference(ensemble)
    for ending, start in (
        ("svg", b"<svg"), ("png", b"\x89PNG"), ("json", b"{"), ("csv", b"quarter"), ("html", b"<!doctype"),
    ):  # fmt: skip
        path = figure.save(tmp_path / f"figure.{ending}")
        assert path.read_bytes().startswith(start)
    assert sorted(p.suffix for p in tmp_path.iterdir()) == [".csv", ".html", ".json", ".png", ".svg"]


def test_save_refuses_other_endings_and_places(ensemble: Ensemble, tmp_path: Path) -> None:
    figure = outcome_figures.difference(ensemble)
    with pytest.raises(CurveshiftError, match=r"end the name in \.html"):
        figure.save(tmp_path / "figure.docx")
    with pytest.raises(CurveshiftError, match="no folder"):
        figure.save(tmp_path / "nowhere" / "figure.csv")
    assert list(tmp_path.iterdir()) == []


def test_notebooks_get_the_specification_and_safe_html(ensemble: Ensemble) -> None:
    bundle = plot(ensemble)._repr_mimebundle_()
    assert bundle["application/vnd.vegalite.v6+json"]["$schema"] == style.SCHEMA
    assert "onerror=alert(1)>" not in bundle["text/html"]


def test_wheel_bundles_the_version_that_the_specifications_name() -> None:
    import vl_convert

    assert style.VEGA_LITE in vl_convert.get_vegalite_versions()
    assert f"v{style.VEGA_LITE.split('.')[0]}.json" in style.SCHEMA


def test_inline_data_is_plain_json() -> None:
    import pandas as pd

    frame = pd.DataFrame(
        {"when": pd.to_datetime(["2026-06-30", "2027-01-01"]), "x": [1.23456789, np.inf], "n": [1, 2]}
    )
    found = style.inline(frame.assign(word=["a", None]))
    assert found["values"] == [
        {"when": "2026-06-30", "x": 1.2346, "n": 1, "word": "a"},
        {"when": "2027-01-01", "x": None, "n": 2, "word": None},
    ]
    assert found["format"] == {"parse": {"when": "date"}}
