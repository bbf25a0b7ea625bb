"""What new facts change: what reads them moves, what does not stays, and stale draws are named."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import pytest

from curveshift import facts
from curveshift.decide.refreshed import Outcome, effects


def rows(folder: Path, table: str, text: str) -> facts.Refresh:
    path = folder / f"{table}.csv"
    path.write_text(text, encoding="utf-8")
    return facts.refresh(path)


def test_readers_of_a_table_are_named_without_a_run(tmp_path: Path) -> None:
    found = effects(rows(tmp_path, "chips", "chip,tdp_w\nH20 SXM 96GB,401\n"), draws=0)
    assert {"output", "legal", "domestic"} <= set(found.quantities)
    assert found.forecasts == ("shipments",)
    assert found.facts_before == facts.digest() != found.facts_after
    assert (found.before, found.stale) == ((), {})
    assert found.todo()[0] == "make records"


def test_results_are_the_same_but_for_last_bits() -> None:
    one = Outcome("a", "x", math.nan, 1.0, math.nan)
    assert one.same(replace(one, central=1.0 + 1e-13))
    assert not one.same(replace(one, central=1.001))
    assert not one.same(replace(one, refused="no"))
    assert not one.same(replace(one, low=0.5))


@pytest.mark.slow
def test_more_shipments_move_the_headline_and_no_trend_of_prices(tmp_path: Path) -> None:
    names = ("period_start", "maker", "chip", "buyer")
    sizes = (
        "low_chips",
        "central_chips",
        "high_chips",
        "low_h100e_8bit",
        "central_h100e_8bit",
        "high_h100e_8bit",
    )
    lines = [",".join((*names, *sizes))]
    for row in facts.rows("chip_shipments"):
        # Sales to China are part of those to the world, and capped by them.
        if row["chip"] == "H20" and row["period_start"].year == 2025:
            lines.append(",".join(str(x) for x in [*(row[n] for n in names), *(20 * row[n] for n in sizes)]))
    found = effects(rows(tmp_path, "chip_shipments", "\n".join(lines) + "\n"), draws=64)
    moved = {a.name: not a.same(b) for a, b in zip(found.before, found.after, strict=True)}
    assert moved["China's stock, 2028-12-31"]
    assert not moved["hardware for the money"]
    assert not found.stale
    (before,), (after,) = (
        [o.central for o in side if o.name == "China's stock, 2028-12-31"]
        for side in (found.before, found.after)
    )
    assert after > before


@pytest.mark.slow
def test_other_compute_of_a_scored_model_makes_the_draws_stale(tmp_path: Path) -> None:
    text = "model,training_compute_flop,training_compute_low_flop,training_compute_high_flop\n"
    found = effects(rows(tmp_path, "models", text + "DeepSeek-V3,6e24,3e24,9e24\n"), draws=64)
    # The model came out at the end of 2024, so draws as of June 2024 do not know it.
    assert list(found.stale) == ["latest", "2025-01-29", "2025-06-30"]
    assert found.todo()[0].startswith("curveshift calibrate --all -o ")
    refused = {o.name for o in found.after if o.refused}
    assert "China's lag, 2028-12-31" in refused
    assert "hardware for the money" not in refused
