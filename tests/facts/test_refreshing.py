"""New rows: every fault at once, the difference exactly, nothing lost, and a folder of one's own read in its place."""

from __future__ import annotations

import csv
import io
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curveshift import facts
from curveshift.errors import CurveshiftError
from curveshift.facts.reading import DATA

SHIPPED = (DATA / "chips.csv").read_text(encoding="utf-8")


def written(folder: Path, text: str, name: str = "chips.csv") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_a_correction_changes_its_cell_and_no_other_byte(tmp_path: Path) -> None:
    found = facts.refresh(written(tmp_path, "tdp_w,chip\n401,H20 SXM 96GB\n"))
    (change,) = found.changes
    assert (change.row, change.new, change.cells) == (2, False, {"tdp_w": ("400", "401")})
    assert (found.unchanged, found.untouched) == (0, len(facts.rows("chips")) - 1)
    before, after = SHIPPED.splitlines(), found.text.splitlines()
    (differing,) = [i for i, (a, b) in enumerate(zip(before, after, strict=True)) if a != b]
    assert before[differing].startswith("H20 SXM 96GB,")
    assert before[differing].replace(",400,", ",401,", 1) == after[differing]


def test_the_same_number_written_otherwise_is_no_change_and_an_empty_cell_is_one(tmp_path: Path) -> None:
    path = written(tmp_path, "chip,tdp_w,memory_gb\nH20 SXM 96GB,4e2,\n")
    (change,) = facts.refresh(path).changes
    assert change.cells == {"memory_gb": ("96", "")}


def test_a_new_row_is_appended_and_no_row_is_removed(tmp_path: Path) -> None:
    with (DATA / "chips.csv").open(encoding="utf-8", newline="") as stream:
        row = next(csv.DictReader(stream)) | {"chip": 'A new, "quoted" chip'}
    text = io.StringIO()
    writer = csv.DictWriter(text, list(row), lineterminator="\n")
    writer.writeheader()
    writer.writerow(row)
    found = facts.refresh(written(tmp_path, text.getvalue()))
    assert [c.new for c in found.changes] == [True]
    assert found.text.startswith(SHIPPED)
    (tmp_path / "own").mkdir()
    whole = found.write(tmp_path / "own")
    assert facts.check(whole) == []
    assert found.digests()[0] == facts.digest() != found.digests()[1]


def test_every_fault_is_told_at_once_where_it_is_in_the_file(tmp_path: Path) -> None:
    text = (
        "chip,tdp_w,status,colour,source\n"
        "H20 SXM 96GB,-5,sold,,\n"
        "H20 SXM 96GB,400,,,Someone\n"
        "A new chip,400,,,Someone\n"
        "short\n"
    )
    found = facts.refresh(written(tmp_path, text, "new.csv"), "chips")
    told = "\n".join(str(p) for p in found.problems)
    for sentence in (
        "new.csv:1: colour: unknown column",
        "new.csv:2: tdp_w: -5 is impossible",
        "new.csv:2: status: unknown word 'sold'",
        "new.csv:2: source: empty",
        "new.csv:3: chip: same key as row 2",
        "new.csv:4: vendor: empty, but every row needs a value",
        "new.csv:5: 1 cells where the header has 5",
    ):
        assert sentence in told, told
    assert found.changes == ()
    with pytest.raises(CurveshiftError, match="nothing is written"):
        found.write(tmp_path)


def test_a_row_may_rest_on_another_new_row_but_not_on_nothing(tmp_path: Path) -> None:
    columns = [c.name for c in facts.schema("models").columns if c.required]
    with (DATA / "models.csv").open(encoding="utf-8", newline="") as stream:
        row = next(csv.DictReader(stream))
    lines = [",".join([*columns, "base_model"])]
    for name, base in (("Child", "Parent"), ("Parent", ""), ("Orphan", "Nobody")):
        cells = [name if c == "model" else f'"{row[c]}"' for c in columns]
        lines.append(",".join([*cells, base]))
    found = facts.refresh(written(tmp_path, "\n".join(lines) + "\n", "models.csv"))
    assert [(p.row, p.what) for p in found.problems] == [(4, "'Nobody' is not in models.model")]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("tdp_w\n400\n", "part of what names a row"),
        ("chip,chip\nx,y\n", "the column appears twice"),
    ],
)
def test_a_header_that_cannot_be_matched_is_refused(tmp_path: Path, text: str, sentence: str) -> None:
    assert sentence in " ".join(p.what for p in facts.refresh(written(tmp_path, text)).problems)


def test_the_table_itself_is_not_compared_with_itself() -> None:
    with pytest.raises(CurveshiftError, match="is the table itself"):
        facts.refresh(DATA / "chips.csv")


def test_a_file_named_after_no_table_needs_its_name(tmp_path: Path) -> None:
    with pytest.raises(CurveshiftError, match=r"--table names it"):
        facts.refresh(written(tmp_path, SHIPPED, "news.csv"))
    assert facts.refresh(written(tmp_path, SHIPPED, "news.csv"), "chips").changes == ()


def test_a_spreadsheet_s_mark_at_the_start_is_no_part_of_a_name(tmp_path: Path) -> None:
    (change,) = facts.refresh(written(tmp_path, "\ufeffchip,tdp_w\nH20 SXM 96GB,401\n")).changes
    assert change.cells == {"tdp_w": ("400", "401")}


@given(st.text(max_size=200))
def test_any_text_is_refused_or_kept_whole(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    path = tmp_path_factory.mktemp("any") / "chips.csv"
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    try:
        found = facts.refresh(path)
    except CurveshiftError:
        return
    assert found.problems or found.text.startswith(SHIPPED)


def test_refreshes_add_up_in_a_folder_that_is_then_read(tmp_path: Path) -> None:
    own = tmp_path / "own"
    own.mkdir()
    facts.refresh(written(tmp_path, "chip,tdp_w\nH20 SXM 96GB,401\n"), into=own).write(own)
    second = facts.refresh(written(tmp_path, "chip,tdp_w\nH100 SXM 80GB,701\n"), into=own)
    second.write(own)
    code = """
from curveshift import facts
from curveshift.claims.verdicts import shipped
from curveshift.decide.scored import stored_scores
rows = {row["chip"]: row["tdp_w"] for row in facts.rows("chips")}
print(rows["H20 SXM 96GB"], rows["H100 SXM 80GB"], facts.digest(), len(facts.rows("models")))
print(shipped(), stored_scores().current)
"""
    env = {**os.environ, facts.OWN: str(own)}
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == [
        "401.0", "701.0", second.digests()[1], str(len(facts.rows("models"))), "None", "False",
    ]  # fmt: skip


def test_a_folder_with_a_fault_is_refused_when_it_is_read(tmp_path: Path) -> None:
    written(tmp_path, SHIPPED.replace(",400,", ",-400,", 1))
    code = "from curveshift import facts; facts.rows('models')"
    env = {**os.environ, facts.OWN: str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=False)
    assert "CURVESHIFT_FACTS: chips:" in done.stderr
    assert "impossible" in done.stderr


def test_rows_may_rest_on_rows_refreshed_before_them(tmp_path: Path) -> None:
    own = tmp_path / "own"
    own.mkdir()
    with (DATA / "benchmarks.csv").open(encoding="utf-8", newline="") as stream:
        row = next(csv.DictReader(stream)) | {"benchmark": "Quiz"}
    text = ",".join(row) + "\n" + ",".join(f'"{cell}"' for cell in row.values()) + "\n"
    with (DATA / "benchmark_scores.csv").open(encoding="utf-8", newline="") as stream:
        score = next(csv.DictReader(stream)) | {"benchmark": "Quiz"}
    scores = ",".join(score) + "\n" + ",".join(f'"{cell}"' for cell in score.values()) + "\n"
    late = written(tmp_path, scores, "benchmark_scores.csv")
    assert [p.column for p in facts.refresh(late, into=own).problems] == ["benchmark"]
    facts.refresh(written(tmp_path, text, "benchmarks.csv"), into=own).write(own)
    assert [c.new for c in facts.refresh(late, into=own).changes] == [True]
