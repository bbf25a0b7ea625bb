"""The library of published laws and its comparisons."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from curveshift import laws
from curveshift.errors import CurveshiftError
from curveshift.laws import library
from curveshift.laws.compiling import compile_records
from curveshift.records import read_compiled


@pytest.mark.parametrize("name", laws.published())
def test_every_record_is_whole(name: str) -> None:
    record = laws.published(name)
    assert record.grade in library.GRADES
    assert record.evidence
    assert record.sources().startswith("- ")
    assert record.citation["url"] in record.sources("bibtex")
    assert set(record.conventions) == {"params", "flop", "tokeniser", "dataset", "loss"}
    assert record.parameters or record.allocation or record.note
    if record.law is not None:
        assert dict(record.parameters) == {p.name: getattr(record.law, p.name) for p in record.law.parameters}
        assert set(record.units) == set(record.parameters)
    if record.allocation:
        total = record.allocation["params_exponent"] + record.allocation["tokens_exponent"]
        # As printed: some papers fit the two exponents apart, and they do not add to one.
        apart = {"nmm2025-late": 1.0977, "xlstm2025-xlstm": 0.964}
        assert total == pytest.approx(apart.get(name, 1.0), abs=0.02)
    assert name in record._repr_html_() or record.title in record._repr_html_()


def test_only_values_whose_source_was_read_are_called_verified() -> None:
    verified = {name for name in laws.published() if laws.published(name).grade == "verified"}
    assert verified == {
        "hoffmann2022-approach3", "besiroglu2024", "chinchilla-points-huber", "muennighoff2023", "gadre2024-c4",
        "gadre2024-redpajama", "gadre2024-refinedweb", "ho2024-model7", "marin2026-moe",
    }  # fmt: skip


def test_the_compiled_file_is_what_the_records_give(tmp_path: Path) -> None:
    compile_records(tmp_path / "again.json")
    assert read_compiled(tmp_path / "again.json") == read_compiled(library.COMPILED)


def test_a_wrong_record_is_refused_with_its_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = (library.DATA / "loss.yaml").read_text(encoding="utf-8")
    (tmp_path / "loss.yaml").write_text(text.replace("alpha_N: {", "alpha_M: {"), encoding="utf-8")
    monkeypatch.setattr("curveshift.laws.compiling.DATA", tmp_path)
    with pytest.raises(CurveshiftError, match=r"loss\.yaml:\d+.*alpha_M.*alpha_N"):
        compile_records(tmp_path / "out.json")
    assert not (tmp_path / "out.json").exists()


def test_an_unknown_law_is_refused_with_the_nearest() -> None:
    with pytest.raises(CurveshiftError, match="did you mean 'besiroglu2024'"):
        laws.published("besiroglu-2024")


def test_units_are_those_of_the_loss() -> None:
    assert laws.published("bhagia2024-mmlu").units["E"] == "bit/byte"
    assert laws.published("besiroglu2024").units["E"] == "nat/token"
    assert laws.published("khatri2025-8b").units["C_mid"] == "gpu_hour"


def test_a_law_with_a_parameter_that_is_not_printed_has_values_but_no_law() -> None:
    record = laws.published("khatri2025-8b")
    assert record.law is None
    assert record.parameters == {"C_mid": 2542.0, "B": 1.92, "A": 0.61}
    with pytest.raises(CurveshiftError, match="says nothing"):
        record.compute_optimal(1e24)


def test_exponents_without_a_scale_give_no_numbers() -> None:
    params, tokens = laws.published("hoffmann2022-approach1").compute_optimal(1e24)
    assert math.isnan(params)
    assert math.isnan(tokens)
    assert laws.published("hoffmann2022-approach1").params_exponent == 0.50


@pytest.mark.parametrize("budget", [0.0, -1e24, float("nan")])
def test_a_budget_must_be_positive(budget: float) -> None:
    with pytest.raises(CurveshiftError, match="above 0"):
        laws.published("besiroglu2024").compute_optimal(budget)


class TestComparison:
    """Laws side by side."""

    ONE_TEXT = ("hoffmann2022-approach3", "besiroglu2024", "chinchilla-points-huber")

    def test_laws_of_one_text_are_compared_with_their_losses(self) -> None:
        found = laws.compare_published(self.ONE_TEXT, training_flop=[1e21, 1e24])
        assert len(found.rows) == 6
        assert not found.warnings
        for row in found.rows:
            assert 6.0 * row["params"] * row["tokens"] == pytest.approx(row["training_flop"], rel=1e-9)
            law = laws.published(row["law"]).law
            assert law is not None
            assert row["loss"] == pytest.approx(
                float(law.predict(params=row["params"], tokens=row["tokens"])), rel=1e-12
            )
        assert [row["inside"] for row in found.rows] == [True, False] * 3
        assert found.sources().count("- ") == len({laws.published(n).sources() for n in self.ONE_TEXT})
        assert "<table>" in found._repr_html_()

    @pytest.mark.parametrize(
        ("pair", "message"),
        [
            (("hoffmann2022-approach3", "kaplan2020-allocation"), "non_embedding: kaplan2020-allocation"),
            (("gadre2024-c4", "besiroglu2024"), "tokeniser"),
            (("gadre2024-c4", "gadre2024-refinedweb"), "data on which loss is measured"),
            (("hoffmann2022-approach3", "hoffmann2022-approach2"), "how compute is counted"),
            (("besiroglu2024", "bi2024"), "flop_per_token: bi2024"),
            (("sardana2024", "krajewski2024-dense"), "unstated by sardana2024"),
        ],
    )
    def test_conventions_that_differ_are_named(self, pair: tuple[str, str], message: str) -> None:
        with pytest.raises(CurveshiftError, match=message) as caught:
            laws.compare_published(pair, training_flop=1e24)
        assert "force=True" in str(caught.value)
        forced = laws.compare_published(pair, training_flop=1e24, force=True)
        assert any(message in told for told in forced.warnings)

    def test_losses_that_cannot_be_compared_are_left_out(self) -> None:
        forced = laws.compare_published(("besiroglu2024", "gadre2024-c4"), training_flop=1e22, force=True)
        assert [row["loss"] for row in forced.rows] == [None, None]
        assert all(row["tokens_per_param"] > 1.0 for row in forced.rows)

    def test_one_law_is_no_comparison(self) -> None:
        with pytest.raises(CurveshiftError, match="two laws"):
            laws.compare_published(["besiroglu2024"])

    def test_a_law_without_an_allocation_is_refused(self) -> None:
        with pytest.raises(CurveshiftError, match="kaplan2020: says nothing"):
            laws.compare_published(["kaplan2020", "besiroglu2024"], force=True)


def test_the_page_has_every_form_and_every_law_with_its_grade() -> None:
    page = laws.document()
    for name in laws.forms():
        assert f"| {name} |" in page
    for name in laws.published():
        section = page.split(f"### {name}\n")[1].split("\n### ")[0]
        assert f"**{laws.published(name).grade}**" in section
        assert laws.published(name).citation["url"] in section
    # A cell that held the mark between cells would break its row.
    rows = [line for line in page.splitlines() if line.startswith("|")]
    assert {row.count("|") for row in rows} == {7}
