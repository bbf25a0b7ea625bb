"""The checker: clean on the shipped tables, and each kind of fault caught in a changed copy."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from curveshift import facts
from curveshift.errors import CurveshiftError
from curveshift.facts.reading import DATA

Cells = list[dict[str, str]]


def test_the_shipped_tables_are_clean() -> None:
    assert facts.check() == []


def changed(tmp_path: Path, table: str, change: Callable[[Cells], object]) -> list[facts.Problem]:
    """Check a copy of one table after a change."""
    with (DATA / f"{table}.csv").open(encoding="utf-8", newline="") as stream:
        rows: Cells = list(csv.DictReader(stream))
    change(rows)
    path = tmp_path / f"{table}.csv"
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return facts.check(path)


def put(row: int, **cells: str) -> Callable[[Cells], object]:
    return lambda rows: rows[row].update(cells)


@pytest.mark.parametrize(
    ("table", "change", "row", "column", "sentence"),
    [
        ("chips", put(3, memory_gb="-1"), 5, "memory_gb", "-1 is impossible: at least 0 GB"),
        ("chips", put(3, memory_gb="lots"), 5, "memory_gb", "'lots' is not a number"),
        ("chips", put(3, tdp_w="nan"), 5, "tdp_w", "nan is impossible: from 1 to 5000 W"),
        ("chips", put(3, tpp="inf"), 5, "tpp", "inf is impossible: at least 1 tpp, and finite"),
        ("chips", put(0, nonplanar="maybe"), 2, "nonplanar", "'maybe' is not yes or no"),
        ("chips", put(0, hbm_stacks="4.5"), 2, "hbm_stacks", "'4.5' is not a whole number"),
        ("chips", put(0, status="sold"), 2, "status", "unknown word 'sold'; known: shipped"),
        ("chips", put(0, source=""), 2, "source", "empty, but every row needs a value"),
        ("chips", put(0, source_class="rumour"), 2, "source_class", "unknown word 'rumour'"),
        ("chips", put(0, vendor="NVIDIA "), 2, "vendor", "'NVIDIA ' has blanks around it"),
        ("models", put(1, release_date="2019-02-30"), 3, "release_date", "is not a date as 2025-06-30"),
        ("models", put(1, release_date="20190601"), 3, "release_date", "is not a date as 2025-06-30"),
        ("models", put(1, params_active="9e12"), 3, "params_active", "is above params_total"),
        ("models", put(1, knowable_on="2027-01-01"), 3, "knowable_on", "is above published"),
        ("models", put(1, base_model="GPT-0"), 3, "base_model", "'GPT-0' is not in models.model"),
        ("benchmark_scores", put(2, score="1.2"), 4, "score", "1.2 is impossible: from 0 to 1 share"),
        ("benchmark_scores", put(2, model="GPT-99"), 4, "model", "'GPT-99' is not in models.model"),
        ("benchmark_scores", put(2, benchmark="Quiz"), 4, "benchmark", "is not in benchmarks.benchmark"),
        ("chip_shipments", put(0, chip="H777"), 2, "chip", "'H777' is not in chips.chip"),
        ("chip_shipments", put(0, low_chips="99999999"), 2, "low_chips", "is above central_chips"),
        ("compute_stock", put(0, central="1"), 2, "low", "is above central"),
        ("compute_stock", put(0, unit="h100"), 2, "unit", "unknown unit 'h100'; known: h100e_8bit"),
        ("compute_stock", put(0, interval_level="90"), 2, "interval_level", "90 is impossible"),
        (
            "capability_index",
            put(0, unit="minutes"),
            2,
            "unit",
            "wrong unit 'minutes' for eci: use eci_points",
        ),
        ("capex", put(0, period_end="2023-01-01"), 2, "period_start", "is above period_end"),
    ],
)
def test_each_kind_of_fault_is_found(
    tmp_path: Path, table: str, change: Callable[[Cells], object], row: int, column: str, sentence: str
) -> None:
    problems = changed(tmp_path, table, change)
    assert any((p.row, p.column) == (row, column) and sentence in p.what for p in problems), problems
    assert all(str(p).startswith(f"{table}:") and "\n" not in str(p) for p in problems)


def test_duplicates(tmp_path: Path) -> None:
    problems = changed(tmp_path, "chips", lambda rows: rows.append(dict(rows[0])))
    last = len(facts.rows("chips")) + 2  # the head is line 1
    assert [str(p) for p in problems] == [f"chips:{last}: the same as row 2"]
    problems = changed(tmp_path, "chips", lambda rows: rows.append(dict(rows[0], memory_gb="31")))
    assert [str(p) for p in problems] == [f"chips:{last}: chip: same key as row 2: chip=V100 SXM2 32GB"]


def test_columns(tmp_path: Path) -> None:
    lines = (DATA / "benchmarks.csv").read_text(encoding="utf-8").splitlines()
    path = tmp_path / "benchmarks.csv"
    path.write_text("\n".join([lines[0].replace("items", "n_items"), *lines[1:]]), encoding="utf-8")
    found = {(p.row, p.column, p.what.split(";")[0]) for p in facts.check(path)}
    assert found == {(1, "n_items", "unknown column"), (1, "items", "the column is missing")}
    path.write_text("\n".join([lines[0], lines[1], lines[2] + ",more"]), encoding="utf-8")
    assert [str(p) for p in facts.check(path)] == ["benchmarks:3: 18 cells where the header has 17"]
    path.write_text(f"{lines[0]},note\n", encoding="utf-8")
    assert [str(p) for p in facts.check(path)] == ["benchmarks:1: note: the column appears twice"]


def test_a_folder_uses_its_own_tables_for_references(tmp_path: Path) -> None:
    for name in ("models", "benchmark_scores"):
        shutil.copy(DATA / f"{name}.csv", tmp_path)
    assert facts.check(tmp_path) == []
    lost = "GPT-5"
    changed(tmp_path, "models", lambda rows: rows.remove(next(r for r in rows if r["model"] == lost)))
    problems = facts.check(tmp_path)
    assert problems
    assert {p.what for p in problems} == {f"{lost!r} is not in models.model"}


def test_places_that_cannot_be_checked(tmp_path: Path) -> None:
    with pytest.raises(CurveshiftError, match="no such file or folder"):
        facts.check(tmp_path / "nothing")
    with pytest.raises(CurveshiftError, match="holds no CSV file"):
        facts.check(tmp_path)
    stranger = tmp_path / "chip.csv"
    stranger.write_text("a\n1\n", encoding="utf-8")
    with pytest.raises(CurveshiftError, match="unknown table 'chip': did you mean 'chips'"):
        facts.check(stranger)
    empty = tmp_path / "chips.csv"
    empty.write_text("", encoding="utf-8")
    with pytest.raises(CurveshiftError, match="a header row is needed"):
        facts.check(empty)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.binary(max_size=200))
def test_any_file_gives_problems_or_one_clear_error(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "chinchilla_points.csv"
    path.write_bytes(b"params,training_flop,loss\n" + content)
    try:
        problems = facts.check(path)
    except CurveshiftError as error:
        problems = [facts.Problem("chinchilla_points", 0, "", str(error))]
    assert problems
    assert all("chinchilla_points" in str(p) for p in problems)


def test_the_attribution_names_every_table_and_its_size() -> None:
    text = (DATA / "ATTRIBUTION.md").read_text(encoding="utf-8")
    for name in facts.tables():
        row = f"| {name} | {len(facts.rows(name)):,} |"
        assert row in text, f"facts/data/ATTRIBUTION.md must say {row!r}: the table has that many rows now"
    assert "CC BY 4.0" in text
