"""Published numbers that the tables must hold, each with where it was published."""

from __future__ import annotations

import pytest

from curveshift import facts


def one(table: str, **where: object) -> dict[str, object]:
    found = [r for r in facts.rows(table) if all(r[k] == v for k, v in where.items())]
    assert len(found) == 1, (table, where, len(found))
    return found[0]


@pytest.mark.parametrize(
    ("chip", "column", "value"),
    [
        # Nvidia H100 SXM datasheet: 989.4 TFLOP/s bf16 dense, 1,979 fp8, 3.35 TB/s, 80 GB, 900 GB/s NVLink.
        ("H100 SXM 80GB", "fp16_dense_tflops", 989.4),
        ("H100 SXM 80GB", "fp8_dense_tops", 1979.0),
        ("H100 SXM 80GB", "memory_bandwidth_gb_per_s", 3350.0),
        ("H100 SXM 80GB", "interconnect_gb_per_s", 900.0),
        # H20 as reported by analysts in November 2023: 148 TFLOP/s, 296 TOP/s, TPP 2,368, 96 GB, 4.0 TB/s.
        ("H20 SXM 96GB", "fp16_dense_tflops", 148.0),
        ("H20 SXM 96GB", "tpp", 2368.0),
        ("H20 SXM 96GB", "performance_density", 2.91),
        ("H20 SXM 96GB", "memory_gb", 96.0),
        ("H20 SXM 96GB", "memory_bandwidth_gb_per_s", 4000.0),
        # Nvidia A100 and A800 datasheets: 312 TFLOP/s; the A800 differs by its 400 GB/s NVLink.
        ("A100 SXM 80GB", "tpp", 4992.0),
        ("A800 SXM 80GB", "interconnect_gb_per_s", 400.0),
        # AMD MI325X datasheet: 2,614.9 TFLOP/s fp8, so TPP 20,919, under the 21,000 of January 2026.
        ("Instinct MI325X", "tpp", 20919.2),
    ],
)
def test_chip_specifications(chip: str, column: str, value: float) -> None:
    assert one("chips", chip=chip)[column] == value


def test_tpp_and_density_follow_from_the_other_columns() -> None:
    # 15 CFR 774 Supp. 1, 3A090: TPP is the highest of rate times bit length, density is TPP over area.
    bits = {"fp16_dense_tflops": 16, "fp8_dense_tops": 8, "fp4_dense_tflops": 4}
    for chip in facts.rows("chips"):
        products = [chip[column] * b for column, b in bits.items() if chip[column] is not None]
        if chip["tpp"] is not None:
            assert chip["tpp"] == pytest.approx(max(products), abs=1), chip["chip"]
        if chip["performance_density"] is not None:
            expected = chip["tpp"] / chip["die_area_mm2"]
            assert chip["performance_density"] == pytest.approx(expected, abs=0.006), chip["chip"]


def test_blank_specifications_stay_blank() -> None:
    assert one("chips", chip="Instinct MI308X")["tpp"] is None
    assert one("chips", chip="BR104")["tpp"] is None


@pytest.mark.parametrize(
    ("entity", "day", "central"),
    [
        # Epoch AI, AI Chip Sales, export of 2026-09-24: cumulative Nvidia since 2022.
        ("Nvidia", "2025-12-31", 13_659_259),
        ("Nvidia", "2024-12-31", 4_724_425),
        # Epoch AI, AI Chip Owners, export of 2026-04-22.
        ("China", "2025-12-31", 401_698),
    ],
)
def test_cumulative_compute(entity: str, day: str, central: int) -> None:
    found = [r for r in facts.rows("compute_stock") if r["entity"] == entity and str(r["date"]) == day]
    assert [r["central"] for r in found] == [central]
    assert found[0]["unit"] == "h100e_8bit"


def test_nvidia_quarters_add_up_to_the_cumulative_series() -> None:
    quarters = [
        r
        for r in facts.rows("chip_shipments")
        if r["maker"] == "NVIDIA" and r["buyer"] == "world" and str(r["period_end"]) <= "2025-12-31"
    ]
    assert sum(r["central_h100e_8bit"] for r in quarters) == pytest.approx(13_659_259, rel=0.003)


@pytest.mark.parametrize(("year", "tolerance"), [(2022, 0.004), (2023, 0.003), (2024, 0.003), (2025, 0.003)])
@pytest.mark.parametrize(
    ("unit", "column"), [("chips", "central_chips"), ("h100e_8bit", "central_h100e_8bit")]
)
def test_china_quarters_add_up_to_the_year(year: int, tolerance: float, unit: str, column: str) -> None:
    # The figure for 2022 is the median of the cumulative series, which is not the sum of medians.
    quarters = [
        r[column]
        for r in facts.rows("chip_shipments")
        if r["buyer"] == "china" and r["maker"] == "NVIDIA" and r["period_start"].year == year
    ]
    item = "Nvidia data-centre GPUs sold to China"
    whole = [
        r["central"]
        for r in facts.rows("china_access")
        if r["item"] == item and r["unit"] == unit and r["period_start"].year == year
    ]
    assert len(whole) == 1
    assert sum(quarters) == pytest.approx(whole[0], rel=tolerance)


def test_famous_models() -> None:
    # GPT-3: Brown et al. 2020. DeepSeek-V3: arXiv 2412.19437, 671B total, 37B active, 14.8T tokens, 5.576 M$.
    gpt3 = one("models", model="GPT-3 175B (davinci)")
    assert gpt3["training_compute_flop"] == 3.14e23
    assert gpt3["training_tokens"] == 3e11
    deepseek = one("models", model="DeepSeek-V3")
    assert (deepseek["params_total"], deepseek["params_active"]) == (6.71e11, 3.7e10)
    assert deepseek["training_tokens"] == 1.48e13
    assert deepseek["training_cost_usd"] == pytest.approx(5.576e6, rel=1e-3)
    assert one("models", model="DeepSeek-V4-Flash")["params_total"] == 2.84e11


def test_reasoning_gains_are_differences_of_index_scores() -> None:
    scores = {r["name"]: r["central"] for r in facts.rows("capability_index") if r["metric"] == "eci"}
    gains = [r for r in facts.rows("rl_compute") if r["metric"] == "reasoning_gain_eci"]
    assert len(gains) == 13
    for gain in gains:
        base, trained = gain["subject"].split(" to ")
        assert gain["central"] == pytest.approx(scores[trained] - scores[base], abs=0.011), gain["subject"]


def test_index_anchor_and_point_counts() -> None:
    # The Epoch Capabilities Index is anchored at 150 for GPT-5.
    assert one("capability_index", name="GPT-5", metric="eci")["central"] == 150.0
    assert len(facts.rows("chinchilla_points")) == 245  # Besiroglu et al. 2024, section 2
    assert len(facts.rows("ho2024_points")) == 230


def test_conflicting_estimates_stand_side_by_side() -> None:
    huawei = [
        r
        for r in facts.rows("china_domestic_production")
        if r["maker"] == "Huawei" and r["period_start"].year == 2025 and r["period_end"].year == 2025
    ]
    chips = {(r["unit"], r["central"] or r["high"]) for r in huawei if r["unit"] in ("chips", "cards")}
    assert {("chips", 200_000), ("chips", 300_000), ("chips", 805_000), ("cards", 812_000)} <= chips
    official = next(r for r in huawei if r["high"] == 200_000)
    assert (official["bound"], official["central"]) == ("at_most", None)


@pytest.mark.parametrize(
    ("model", "day", "prices"),
    [
        # OpenAI, 2022-09-01: Davinci from 0.06 to 0.02 dollars per 1,000 tokens.
        ("GPT-3 175B (davinci)", "2021-01-31", (60, 60)),
        ("GPT-3 175B (davinci)", "2022-09-01", (20, 20)),
        # OpenAI, GPT-4 (2023-03-14): 0.03 and 0.06 dollars per 1,000 tokens; GPT-4 Turbo at a third and a half.
        ("GPT-4 (Mar 2023)", "2023-03-14", (30, 60)),
        ("GPT-4 Turbo (Nov 2023)", "2023-11-06", (10, 30)),
        # OpenAI, structured outputs (2024-08-06): half and two thirds of the price of May.
        ("GPT-4o (Aug 2024)", "2024-08-06", (2.5, 10)),
        # Google, 2024-10-01: input of Gemini 1.5 Pro cut by 64 %, output by 52 %.
        ("Gemini 1.5 Pro (May 2024)", "2024-10-01", (3.5 * 0.357142857, 10.5 * 0.476190476)),
        # OpenAI, 2025-06-10: o3 cut by 80 %.
        ("o3", "2025-04-16", (10, 40)),
        ("o3", "2025-06-10", (2, 8)),
        # DeepSeek, pricing page: the price of V2 until 2025-02-08, then 0.27 and 1.10.
        ("DeepSeek-V3", "2024-12-26", (0.14, 0.28)),
        ("DeepSeek-V3", "2025-02-08", (0.27, 1.1)),
        ("Claude Opus 4.5", "2025-11-24", (5, 25)),
    ],
)
def test_list_prices(model: str, day: str, prices: tuple[float, float]) -> None:
    rows = [r for r in facts.rows("api_prices") if r["model"] == model and str(r["valid_from"]) == day]
    assert len(rows) == 1
    assert (rows[0]["input_usd_per_mtok"], rows[0]["output_usd_per_mtok"]) == pytest.approx(prices)
    assert rows[0]["promotional"] is (model == "DeepSeek-V3" and day == "2024-12-26")


def test_both_price_tables_agree() -> None:
    listed = {(r["model"], r["valid_from"]): r for r in facts.rows("api_prices") if r["model"]}
    seen = 0
    for row in facts.rows("prices"):
        if row["category"] == "api_list_price":
            side = "input" if "input" in row["basis"] else "output"
            assert listed[row["model"], row["date"]][f"{side}_usd_per_mtok"] == row["central"]
            seen += 1
    assert seen == 6


def test_no_price_precedes_its_model_and_makers_sell_only_their_own() -> None:
    models = {r["model"]: r for r in facts.rows("models")}
    for row in facts.rows("api_prices"):
        if row["model"]:
            assert row["valid_from"] >= models[row["model"]]["release_date"], row["listed_name"]
            assert row["developer"].split()[0] in models[row["model"]]["developer"], row["listed_name"]
