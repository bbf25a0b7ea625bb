"""Reading runs: names, units and conventions recognised or asked for, and every bad table told with its row."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from curveshift import laws
from curveshift.errors import CurveshiftError
from curveshift.laws.columns import factor, matches
from curveshift.laws.sheets import MOST_RUNS

TRUE = laws.Chinchilla(E=1.8, A=480.0, B=2000.0, alpha=0.35, beta=0.37)
PARAMS = np.geomspace(5e7, 5e9, 8).repeat(6)
TOKENS = PARAMS * np.tile(np.geomspace(5.0, 200.0, 6), 8)
LOSS = TRUE.predict(params=PARAMS, tokens=TOKENS) * np.exp(
    0.005 * np.random.default_rng(3).standard_normal(len(PARAMS))
)


def table(**changed: Any) -> dict[str, Any]:
    return {"params": PARAMS.copy(), "tokens": TOKENS.copy(), "loss": LOSS.copy(), **changed}


def with_cell(column: str, index: int, value: object) -> dict[str, Any]:
    cells: list[object] = list(table()[column])
    cells[index] = value
    return table(**{column: cells})


def read(data: Any, **told: Any) -> laws.Runs:
    return laws.read_runs(data, laws.Chinchilla, **told)


def says(data: Any, what: str, **told: Any) -> None:
    with pytest.raises(CurveshiftError) as raised:
        read(data, **told)
    assert what in str(raised.value)


@pytest.mark.parametrize(
    ("quantity", "name", "times"),
    [
        ("params", "N", 1.0),
        ("params", "nParams", 1.0),
        ("params", "model_size_b", 1e9),
        ("params", "N (B)", 1e9),
        ("params", "params in millions", 1e6),
        ("tokens", "D_T", 1e12),
        ("tokens", "tokens_billion", 1e9),
        ("tokens", "Training tokens", 1.0),
        ("training_flop", "C", 1.0),
        ("training_flop", "flops_1e18", 1e18),
        ("training_flop", "exaFLOPs", 1e18),
        # A petaFLOP/s-day: 1e15 × 86,400 s.
        ("training_flop", "compute_PF-days", 8.64e19),
        ("loss", "valLoss", 1.0),
        ("loss", "val_loss_nats", 1.0),
        ("loss", "loss_bits_per_token", math.log(2.0)),
        ("accuracy", "acc_pct", 0.01),
    ],
)
def test_names_that_leave_no_doubt(quantity: str, name: str, times: float) -> None:
    (match,) = matches(quantity, [name])
    assert factor(quantity, match.unit, "here") == pytest.approx(times, rel=1e-15)


@pytest.mark.parametrize(
    "name", ["n", "d", "train_loss", "perplexity", "tokens_per_param", "tokens_per_step", "size"]
)
def test_names_that_leave_doubt_match_nothing(name: str) -> None:
    assert not [q for q in ("params", "tokens", "training_flop", "loss", "accuracy") if matches(q, [name])]


def test_units_in_names_in_arguments_and_in_plain_numbers_read_the_same() -> None:
    plain = read(table())
    named = read(
        {"N (B)": PARAMS / 1e9, "tokens_T": TOKENS / 1e12, "loss_bits_per_token": LOSS / math.log(2.0)}
    )
    told = read(
        {"x": PARAMS / 1e6, "y": TOKENS, "eval/c4": LOSS},
        columns={"params": "x", "tokens": "y", "loss": "eval/c4"},
        units={"params": "M", "tokens": 1},
    )
    for other in (named, told):
        for name in ("params", "tokens", "loss"):
            np.testing.assert_allclose(other.columns[name], plain.columns[name], rtol=1e-14)
    assert any("'N (B)' × 1e+09" in note for note in named.notes)


@settings(max_examples=25)
@given(st.permutations(range(len(PARAMS))))
def test_the_order_of_rows_changes_no_byte(order: list[int]) -> None:
    label = np.array(["a", "b", "c"]).repeat(16)
    first = read(table(sweep=label), cluster="sweep")
    again = read({k: v[order] for k, v in table(sweep=label).items()}, cluster="sweep")
    for name in first.columns:
        assert first.columns[name].tobytes() == again.columns[name].tobytes()
    assert first.clusters is not None
    assert again.clusters is not None
    assert first.clusters.tobytes() == again.clusters.tobytes()
    # The numbers of the rows lead back to where each run stood.
    np.testing.assert_array_equal(TOKENS[order][again.rows - 1], again.columns["tokens"])


def test_tokens_follow_from_flop_only_where_there_are_none() -> None:
    derived = read({"params": PARAMS, "C": 6.0 * PARAMS * TOKENS, "loss": LOSS})
    np.testing.assert_allclose(derived.columns["tokens"], read(table()).columns["tokens"], rtol=1e-14)
    assert derived.conventions["flop"] == "6ND"
    assert "tokens = training_flop / (6 params), the 6ND convention" in derived.notes
    says(
        {"params": PARAMS, "C": 6.0 * PARAMS * TOKENS, "loss": LOSS},
        "give a column of tokens",
        conventions={"flop": "measured"},
    )
    power = laws.read_runs(table(), laws.OffsetPower)
    np.testing.assert_allclose(
        power.columns["training_flop"], 6.0 * power.columns["params"] * power.columns["tokens"], rtol=1e-15
    )


def test_flop_that_are_not_6nd_must_be_declared() -> None:
    flop = 6.0 * PARAMS * TOKENS
    assert read(table(flop=flop)).conventions == {"flop": "6ND"}
    flop[7] *= 1.5
    says(table(flop=flop), "row 8: training_flop is 1.5 × 6 × params × tokens (1 of 48 runs")
    says(table(flop=flop), "but conventions say 6ND", conventions={"flop": "6ND"})
    declared = read(table(flop=flop), conventions={"flop": "measured"})
    assert any("1 to 1.5 × 6" in note for note in declared.notes)
    named = read({"non_embedding_params": PARAMS, "tokens": TOKENS, "loss": LOSS, "flop": flop})
    assert named.conventions == {"params": "non_embedding"}


def test_ways_of_counting_do_not_mix() -> None:
    says(table(total_params=PARAMS * 1.1), "'params' and 'total_params' could each be params")
    says(
        {"total_params": PARAMS, "tokens": TOKENS, "loss": LOSS},
        "says total, the conventions say active",
        conventions={"params": "active"},
    )
    says(table(), "did you mean 'non_embedding'?", conventions={"params": "nonembedding"})
    mixed = table(tokenizer=["gpt2"] * 40 + ["llama"] * 8)
    says(mixed, "row 41: tokenizer is 'llama' here and 'gpt2' in row 1")
    assert len(read(mixed, force=True)) == 48
    assert read(table(tokenizer=["gpt2"] * 48)).conventions["tokeniser"] == "gpt2"


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (table(params=PARAMS / 1e9), "row 1: params gives 0.05 parameters, too little to be taken on trust"),
        (table(tokens=TOKENS / 1e9), "row 1: tokens gives 0.25 tokens"),
        ({"params_B": PARAMS, "tokens": TOKENS, "loss": LOSS}, "read as units of 'b' as its name says, too much"),
        (table(flop=6.0 * PARAMS * TOKENS / 1e18), "'1e18' for units of that size, 'PF-days', or '1' for FLOP"),
        (pd.DataFrame(table(loss=LOSS / math.log(2.0))), "bits per token are 1.44 times nats"),
        (pd.DataFrame(table(loss=LOSS / math.log(2.0) / 4.2)), "bits per byte are about a third"),
        (pd.DataFrame(table(loss=np.exp(LOSS))), "of a perplexity, take the logarithm"),
        ({"params": PARAMS, "tokens": TOKENS, "loss_bits": LOSS}, "bits a token or a byte?"),
        ({"params": PARAMS, "tokens": TOKENS, "bpb": LOSS}, "multiply by ln 2"),
        ({"params": TOKENS, "tokens": PARAMS, "loss": LOSS}, "in 48 of 48 runs: swapped?"),
        (with_cell("loss", 4, -2.1), "row 5: loss is -2.1: it must be above 0"),
        (with_cell("params", 4, 0.0), "row 5: params is 0: it must be above 0"),
        (with_cell("loss", 4, float("inf")), "row 5: loss is inf"),
        (with_cell("loss", 4, float("nan")), "row 5: loss is empty"),
        (with_cell("loss", 4, None), "row 5: loss is empty"),
        (with_cell("params", 4, "7B"), "row 5: params is '7B', which is no number: write 7e9"),
        (with_cell("params", 4, True), "row 5: params is 'True', which is no number"),
        ({k: np.append(v, v[3]) for k, v in table().items()}, "row 49: repeats row 4"),
        (table(val_loss=LOSS), "'loss' and 'val_loss' could each be loss"),
        ({"params": PARAMS, "tokens": TOKENS, "ppl": LOSS}, "no column is clearly loss"),
        ({"params": PARAMS, "tokens": TOKENS[:3], "loss": LOSS}, "columns differ in length"),
        ({"params": 1.0, "tokens": 2.0, "loss": 3.0}, "has 0 dimensions"),
        ({}, "holds no runs"),
        ({"params": [], "tokens": [], "loss": []}, "holds no runs"),
        (3, "cannot read runs from a int"),
    ],
)  # fmt: skip
def test_bad_tables(data: Any, what: str) -> None:
    says(data, what)


@pytest.mark.parametrize(
    ("told", "what"),
    [
        ({"columns": {"param": "params"}}, "did you mean 'params'?"),
        ({"columns": {"params": "parms"}}, "columns: params: unknown column 'parms': did you mean 'params'?"),
        ({"units": {"los": "nat/token"}}, "unknown quantity 'los': did you mean 'loss'?"),
        ({"units": {"params": "billoin"}}, "did you mean 'billion'"),
        ({"units": {"params": -1}}, "is no unit"),
        ({"units": {"loss": "bit/byte"}}, "multiply by ln 2"),
        ({"cluster": "sweep"}, "cluster: unknown column 'sweep'"),
    ],
)
def test_bad_settings(told: dict[str, Any], what: str) -> None:
    says(table(), what, **told)


def test_accuracy_in_percent_is_asked_about() -> None:
    from dataclasses import dataclass
    from typing import ClassVar

    from curveshift.laws.law import Quantity

    @dataclass(frozen=True)
    class Score(laws.OffsetPower):
        output: ClassVar = Quantity("accuracy", "", "share of tasks solved", 0.0, 1.0)

    data = {"training_flop": np.geomspace(1e18, 1e22, 9), "accuracy": np.linspace(12.0, 80.0, 9)}
    with pytest.raises(CurveshiftError, match=r"row 1: accuracy is 12, a percentage\? pass units"):
        laws.read_runs(data, Score)
    found = laws.read_runs(data, Score, units={"accuracy": "percent"})
    np.testing.assert_allclose(found.columns["accuracy"], np.linspace(0.12, 0.8, 9))


def test_a_stated_unit_ends_the_asking() -> None:
    assert len(read(table(params=PARAMS / 1e6), units={"params": "1"}, force=True)) == 48
    assert read(table(loss=LOSS / math.log(2.0)), units={"loss": "bit/token"}).columns["loss"].min() < 2.3
    odd = read(table(loss=LOSS / math.log(2.0)), units={"loss": "nat/token"})
    np.testing.assert_allclose(np.sort(odd.columns["loss"]), np.sort(LOSS / math.log(2.0)))


def test_odd_losses_of_a_mapping_are_noted_and_not_refused() -> None:
    notes = read(table(loss=LOSS / math.log(2.0))).notes
    assert [
        note for note in notes if note.startswith("row ") and "bits per token are 1.44 times nats" in note
    ]
    assert not [note for note in read(table()).notes if "usual" in note]


def test_what_force_takes_is_counted() -> None:
    gaps = read(with_cell("loss", 4, None), force=True)
    assert len(gaps) == 47
    assert 5 not in gaps.rows
    assert "1 of 48 rows left out for empty cells: row 5" in gaps.notes
    twice = read({k: np.append(v, v[3]) for k, v in table().items()}, force=True)
    assert len(twice) == 49
    assert "row 49 kept, though the same as another" in twice.notes
    assert len(read({"params": TOKENS, "tokens": PARAMS, "loss": LOSS}, units={"loss": 1}, force=True)) == 48
    with pytest.raises(CurveshiftError, match="every row has an empty cell"):
        read(table(loss=[None] * 48), force=True)


def test_a_side_column_with_faults_is_left_aside_with_a_note() -> None:
    found = read(table(flop=[None] * 48))
    assert "training_flop" not in found.columns
    assert any("training_flop is left aside" in note for note in found.notes)


def test_accuracies_are_read_along_for_a_second_law() -> None:
    share = np.linspace(0.2, 0.8, 48)
    assert "accuracy" in read(table(accuracy=share)).columns
    percent = read(table(accuracy=100.0 * share))
    assert "accuracy" not in percent.columns
    assert any(
        "accuracy is left aside: row 1: accuracy is 20, a percentage?" in note for note in percent.notes
    )
    with pytest.raises(CurveshiftError, match="no column accuracy; accuracy is left aside: row 1"):
        laws.fit_two_stage(table(accuracy=100.0 * share), resamples=0)


def test_one_seed_is_noted_and_two_are_not() -> None:
    single = "no two runs share all inputs: the spread between seeds cannot be told from lack of fit"
    assert single in read(table()).notes
    twice = {
        "params": np.tile(PARAMS, 2),
        "tokens": np.tile(TOKENS, 2),
        "loss": np.append(LOSS, LOSS * 1.001),
        "seed": np.repeat([0, 1], 48),
    }
    assert single not in read(twice).notes
    same = {**twice, "loss": np.tile(LOSS, 2)}
    assert "48 runs have the same numbers as another, to the last digit" in read(same).notes


def test_few_scales_and_one_ray_are_refused_by_the_fit() -> None:
    keep = np.isin(PARAMS, np.unique(PARAMS)[:2])
    with pytest.raises(CurveshiftError, match="2 distinct values of params: at least 3"):
        laws.fit(laws.Chinchilla, {k: v[keep] for k, v in table().items()}, resamples=0)


def test_runs_pass_through_and_must_hold_what_the_law_needs() -> None:
    runs = read(table())
    assert read(runs) is runs
    says(runs, "for data that are not read yet", cluster="sweep")
    with pytest.raises(CurveshiftError, match="offset-power needs training_flop too"):
        laws.read_runs(runs, laws.OffsetPower)


def test_clusters_come_from_a_column_and_lead_the_resampling() -> None:
    data = table(sweep=[f"s{i // 6}" for i in range(48)])
    found = laws.fit(laws.Chinchilla, data, cluster="sweep", resamples=20)
    assert found.scheme == "cluster"
    data["sweep"][7] = ""
    says(data, "row 8: sweep is empty", cluster="sweep")


def test_a_frame_reads_like_the_file_that_it_writes(tmp_path: Path) -> None:
    frame = pd.DataFrame(table())
    frame.to_csv(tmp_path / "runs.csv")
    frame.to_csv(tmp_path / "runs.tsv", index=False, sep="\t")
    frame.to_json(tmp_path / "runs.jsonl", orient="records", lines=True, double_precision=15)
    first = read(frame)
    for name in ("runs.csv", "runs.tsv", "runs.jsonl"):
        again = read(tmp_path / name)
        for column in first.columns:
            np.testing.assert_allclose(again.columns[column], first.columns[column], rtol=1e-14)
        assert again.sources[0].startswith(f"{name} (SHA-256 ")
    nullable = frame.convert_dtypes()
    nullable.loc[3, "loss"] = pd.NA
    says(nullable, "row 4: loss is empty")
    twins = pd.concat([frame, frame[["loss"]]], axis=1)
    says(twins, "two columns are called 'loss'")


CSV = pd.DataFrame(table()).to_csv(index=False)


@pytest.mark.parametrize(
    ("name", "content", "what"),
    [
        ("a.csv", "", "a.csv: is empty"),
        ("a.csv", "\n\n", "a.csv: is empty"),
        ("a.csv", "params,tokens,loss\n", "holds no runs"),
        ("a.csv", CSV.replace(",", ";"), "a.csv:1: columns seem to be separated by semicolons"),
        ("a.csv", CSV.replace(",", "\t"), "separated by tabs"),
        ("a.tsv", CSV, "separated by commas"),
        ("a.csv", CSV.partition("\n")[2], "a.csv:1: the first line holds numbers"),
        ("a.csv", "params,tokens,loss\n1e9,2e10,2,5\n", "a.csv:2: 4 fields where the header names 3"),
        ("a.csv", "params,tokens,loss\n1e9,2e10,\n", "a.csv:2: row 1: loss is empty"),
        ("a.csv", "params,tokens,loss\n1e9,2e10,two\n", "a.csv:2: row 1: loss is 'two', which is no number"),
        ("a.csv", "loss,loss\n1,2\n", "two columns are called 'loss'"),
        ("a.csv", 'params,tokens,loss\n"1e9,2,3\n', "a.csv:2: is not well-formed"),
        ("a.csv", b"params,tokens,loss\n1e9,2e10,\xe9\n", "a.csv:2: byte 10 is no UTF-8"),
        ("a.csv", CSV.encode("utf-16"), "is UTF-16 text"),
        ("a.csv", "x" * (2 << 20), "a line of more than a million characters"),
        ("a.csv", "a,b\n" + "1,2\n" * (MOST_RUNS + 5), "more than 200,000 runs"),
        ("a.jsonl", '{"params": 1}\n{"params":\n', "a.jsonl:2: is no JSON"),
        ("a.jsonl", "[1]\n", "one JSON object a line"),
        ("a.jsonl", '{"a":' * 100_000, "is no JSON"),
        ("a.json", "[\n{}]\n", "not a list"),
        ("a.jsonl", "{}\n", "hold nothing"),
        ("a.jsonl", '{"params": {"n": 1}, "tokens": 1e9, "loss": 2}\n', "which is no number"),
        ("a.xlsx", b"PK", "cannot tell the format"),
    ],
)  # fmt: skip
def test_bad_files(tmp_path: Path, name: str, content: str | bytes, what: str) -> None:
    (tmp_path / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    says(tmp_path / name, what)


def test_missing_files_and_folders(tmp_path: Path) -> None:
    says(tmp_path / "none.csv", "no such file")
    (tmp_path / "folder.csv").mkdir()
    says(tmp_path / "folder.csv", "no regular file")


def test_ten_million_rows_are_refused_by_counting() -> None:
    # A view of one number: nothing is copied before the count.
    many = np.broadcast_to(1.0, 10_000_000)
    says({"params": many, "tokens": many, "loss": many}, "data: 10,000,000 runs: at most 200,000")


def test_lines_of_a_file_and_blank_lines(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("﻿params,tokens,loss\n\n1e9,2e10,2.5\n\n2e9,2e10,-1\n")
    says(tmp_path / "a.csv", "a.csv:5: row 2: loss is -1")


def test_parquet(tmp_path: Path) -> None:
    if find_spec("pyarrow") is None:
        (tmp_path / "a.parquet").write_bytes(b"PAR1")
        says(tmp_path / "a.parquet", "pip install 'curveshift[parquet]'")
        return
    pd.DataFrame(table()).to_parquet(tmp_path / "a.parquet")
    assert read(tmp_path / "a.parquet").columns["loss"].tobytes() == read(table()).columns["loss"].tobytes()
    (tmp_path / "b.parquet").write_bytes(b"PAR1")
    says(tmp_path / "b.parquet", "is no Parquet file")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("fuzz")


def survives(act: Callable[[], object]) -> None:
    """Either it works, or it is refused in one sentence."""
    told = ""
    try:
        act()
    except CurveshiftError as error:
        told = str(error)
    assert "\n" not in told


NAMES = st.sampled_from(
    ["params", "N", "params_B", "tokens", "D", "loss", "val_loss", "flop", "bpb", "tokenizer", ""]
)
CELLS = st.one_of(
    st.sampled_from(["1e9", "2.5", "", "nan", "inf", "-1", "7B", "1e400", "０", '"', "\x00"]),
    st.floats(),
    st.integers(-(10**320), 10**320),
    st.text(max_size=5),
    st.none(),
    st.booleans(),
)
UNITS = st.one_of(st.sampled_from(["B", "1", "bit/token", "1e18"]), st.floats(), st.text())


@settings(max_examples=150)
@given(st.sampled_from([".csv", ".tsv", ".jsonl"]), st.one_of(st.binary(max_size=300), st.text(max_size=300)))
def test_fuzz_files(folder: Path, ending: str, content: bytes | str) -> None:
    path = folder / f"a{ending}"
    path.write_bytes(content.encode("utf-8", "surrogatepass") if isinstance(content, str) else content)
    survives(lambda: read(path))


@settings(max_examples=300)
@given(
    st.dictionaries(NAMES, st.lists(CELLS, min_size=3, max_size=3), max_size=6),
    st.dictionaries(NAMES, UNITS, max_size=2),
    st.booleans(),
)  # fmt: skip
def test_fuzz_tables(folder: Path, columns: dict[str, list[Any]], units: dict[str, Any], force: bool) -> None:
    survives(lambda: read(columns, units=units, force=force))
    path = folder / "a.jsonl"
    rows = [{name: cells[i] for name, cells in columns.items()} for i in range(3)]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    survives(lambda: read(path, units=units, force=force))


@settings(max_examples=60)
@given(st.lists(st.tuples(*[st.floats(1e-300, 1e300)] * 3), min_size=1, max_size=12))
def test_fuzz_numbers_of_any_size(rows: list[tuple[float, float, float]]) -> None:
    columns = dict(zip(("params", "tokens", "loss"), map(np.array, zip(*rows, strict=True)), strict=True))
    plain = dict.fromkeys(columns, "1")
    survives(lambda: read(columns))
    survives(lambda: read(columns, units=plain, force=True))
    survives(lambda: laws.read_runs(columns, laws.OffsetPower, units=plain))


def test_the_shipped_points_keep_their_rows_and_source() -> None:
    runs = laws.chinchilla_runs()
    assert len(runs) == 240
    assert runs.rows.max() <= 245
    assert "2404.10102" in runs.sources[0]
    with pytest.raises(CurveshiftError, match="300 of 245 runs cannot be left out"):
        laws.chinchilla_runs(300)


def test_a_list_is_no_table() -> None:
    with pytest.raises(CurveshiftError, match="cannot read runs from a list"):
        laws.read_runs([1.0, 2.0], laws.Chinchilla)


def test_a_column_of_another_name_is_named_and_its_factor_only_where_there_is_one() -> None:
    plain = table()
    plain["N"] = plain.pop("params")
    notes = read(plain).notes
    assert "params is column 'N'" in notes
    assert not [note for note in notes if note.startswith("tokens is column")]
