"""Reading: types, the two meanings of "as of", digest, sources, export, bad input, import budget."""

from __future__ import annotations

import datetime
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from curveshift import facts
from curveshift.errors import CurveshiftError


def test_every_table_has_a_schema_a_reader_and_rows() -> None:
    for name in facts.tables():
        frame = getattr(facts, name)()
        assert list(frame.columns) == [c.name for c in facts.schema(name).columns]
        assert len(frame) == len(facts.rows(name)) > 0
        assert frame.attrs["table"] == name


def test_no_row_is_without_a_source_or_memory_only() -> None:
    for name in facts.tables():
        for row in facts.rows(name):
            assert row["source"], name
            assert row["evidence"] in ("seen_primary", "seen_secondary", "derived")
            assert row["knowable_on"] <= row["published"]


def test_every_kind_of_source_is_said_what_it_is() -> None:
    for name in facts.tables():
        column = next(c for c in facts.schema(name).columns if c.name == "source_class")
        assert column.values
        assert all(f"{word}: " in column.meaning for word in column.values)


def test_types_and_units() -> None:
    models = facts.models()
    assert models["release_date"].dtype == "datetime64[ns]"
    assert models["training_compute_flop"].dtype == "float64"
    assert models["training_chips"].dtype == pd.Int64Dtype()
    assert models["open_weights"].dtype == pd.BooleanDtype()
    assert list(models["bloc"].cat.categories) == ["us", "china", "other", "world"]
    assert models.attrs["units"]["training_compute_flop"] == "flop"
    assert models["training_compute_flop"].isna().sum() > 100  # undisclosed is missing, never zero
    row = facts.rows("models")[0]
    assert type(row["release_date"]) is datetime.date
    assert type(row["open_weights"]) is bool


def test_unit_stands_in_the_name_or_in_a_unit_column() -> None:
    ends = {
        "usd": "usd",
        "cny": "cny",
        "flop": "flop",
        "tflops": "TFLOP/s",
        "tops": "TOP/s",
        "gb": "GB",
        "mm2": "mm2",
        "w": "W",
        "8bit": "h100e_8bit",
        "hours": "hours",
    }
    for name in facts.tables():
        for column in facts.schema(name).columns:
            expected = ends.get(column.name.rsplit("_", 1)[-1])
            if expected and column.kind in ("float", "int") and "_per_" not in column.name:
                assert column.unit == expected, (name, column.name)


def test_backtest_is_stricter_than_hindcast() -> None:
    def shipped(mode: str) -> list[dict[str, object]]:
        found = facts.rows("chip_shipments", as_of="2025-06-30", mode=mode)
        return [r for r in found if r["chip"] == "H20" and r["quarter"] == "2024Q1" and r["buyer"] == "china"]

    # 2024Q1 was on filings by May 2024, but the estimate held is of April 2026.
    assert [r["central_chips"] for r in shipped("hindcast")] == [138_719]
    assert shipped("backtest") == []
    late = facts.rows("chip_shipments", as_of="2026-04-22", mode="backtest")
    assert max(str(r["quarter"]) for r in late) == "2025Q4"
    for name in facts.tables():
        strict = facts.rows(name, as_of="2025-12-31", mode="backtest")
        loose = facts.rows(name, as_of="2025-12-31")
        assert all(row in loose for row in strict[:50])
        assert len(strict) <= len(loose) <= len(facts.rows(name))


def test_a_quarter_is_not_known_on_its_last_day() -> None:
    at_end = facts.rows("chip_shipments", as_of="2024-03-31")
    after = facts.rows("chip_shipments", as_of="2024-05-30")
    assert not any(r["quarter"] == "2024Q1" for r in at_end)
    assert any(r["quarter"] == "2024Q1" for r in after)
    assert {r["knowable_basis"] for r in after} == {"rule"}


def test_statements_count_from_their_publication() -> None:
    known = facts.rows("china_access", as_of="2025-06-10")
    assert not any(r["item"] == "chips smuggled" for r in known)  # CNAS, 2025-06-11, about 2024
    known = facts.rows("china_access", as_of=datetime.date(2025, 6, 11), mode="backtest")
    assert any(r["item"] == "chips smuggled" and r["central"] == 140_000 for r in known)


def test_as_of_before_everything_gives_an_empty_frame_with_types() -> None:
    frame = facts.chips(as_of="1990-01-01")
    assert frame.empty
    assert frame["release_date"].dtype == "datetime64[ns]"


def test_rows_are_copies() -> None:
    facts.rows("chips")[0]["chip"] = "changed"
    assert facts.rows("chips")[0]["chip"] != "changed"


def test_chip_families_name_real_chips() -> None:
    known = {r["chip"] for r in facts.rows("chips")}
    for family, members in facts.CHIP_FAMILIES.items():
        assert set(members) <= known, family


def test_digest_is_stable_and_covers_content() -> None:
    assert facts.digest() == facts.digest()
    code = "from curveshift import facts; print(facts.digest())"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == facts.digest()


def test_sources() -> None:
    everything = facts.sources()
    assert sum(s.rows for s in everything) == sum(len(facts.rows(n)) for n in facts.tables())
    assert {s.tables for s in facts.sources("capex")} == {("capex",)}


def test_export_round_trip(tmp_path: Path) -> None:
    for name in facts.tables():
        path = facts.export(name, tmp_path / f"{name}.csv")
        assert path.exists()
    assert facts.check(tmp_path) == []
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted(f"{n}.csv" for n in facts.tables())


def test_export_leaves_nothing_behind_on_bad_input(tmp_path: Path) -> None:
    target = tmp_path / "chips.csv"
    target.write_text("mine", encoding="utf-8")
    with pytest.raises(CurveshiftError, match="impossible date"):
        facts.export("chips", target, as_of="2025-02-30")
    assert target.read_text(encoding="utf-8") == "mine"
    with pytest.raises(CurveshiftError, match="that is a folder"):
        facts.export("chips", tmp_path)
    with pytest.raises(CurveshiftError, match="cannot write there"):
        facts.export("chips", tmp_path / "missing" / "chips.csv")
    assert [p.name for p in tmp_path.iterdir()] == ["chips.csv"]


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: facts.table("chip"), "unknown table 'chip': did you mean 'chips'"),
        (lambda: facts.rows("modles"), "unknown table 'modles': did you mean 'models'"),
        (lambda: facts.schema("price"), "did you mean 'prices'"),
        (lambda: facts.rows("chips", as_of="2025-13-01"), "impossible date '2025-13-01'"),
        (lambda: facts.rows("chips", as_of="June 2025"), "impossible date 'June 2025'"),
        (lambda: facts.rows("chips", mode="backtets"), "unknown mode 'backtets': did you mean 'backtest'"),
        (lambda: facts.schema("chips").column("memory"), "unknown column 'memory'"),
    ],
)
def test_bad_input_is_told_in_one_sentence(call: object, sentence: str) -> None:
    with pytest.raises(CurveshiftError) as caught:
        call()  # type: ignore[operator]
    assert sentence in str(caught.value)
    assert "\n" not in str(caught.value)


def test_unknown_attribute() -> None:
    with pytest.raises(AttributeError, match="chip_shipments"):
        facts.chipz  # noqa: B018
    assert "chips" in dir(facts)


def loaded_after(code: str, names: str) -> set[str]:
    probe = f"import sys\n{code}\nprint(*[m for m in {names.split()!r} if m in sys.modules])"
    run = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    return set(run.stdout.split())


def test_import_budget() -> None:
    heavy = "numpy pandas jax scipy xarray pint pydantic ruamel.yaml"
    assert loaded_after("import curveshift.facts", heavy) == set()
    assert loaded_after("from curveshift import facts; facts.rows('chips'); facts.digest()", heavy) == set()
    assert loaded_after("from curveshift import facts; facts.check()", heavy) == set()
    web = "jax scipy.stats xarray fastapi pint pydantic"
    assert loaded_after("from curveshift import facts; facts.chips()", web) == set()
