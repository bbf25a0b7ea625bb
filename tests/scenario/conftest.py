from __future__ import annotations

from pathlib import Path

import pytest

from curveshift.scenario import Library, compile_records, library

ASSUMPTIONS = """\
assumptions:
  - name: diversion.chips_2024
    dimension: 3
    value: about 140k (10k to 500k)
    unit: chip
    support: positive
    meaning: Chips that reached China against the rules in 2024.
    why: The median and the range of a published estimate.
    kind: measured
    source: ["CNAS 2025, Countering AI Chip Smuggling, https://www.cnas.org/publications/reports"]
    reviewed: 2026-06-30
    group: enforcement
    bounds: [0, 2M]
  - name: supply.growth
    dimension: 0
    value: 1.6 to 2.4
    unit: x/year
    support: positive
    meaning: Yearly growth of output.
    why: Spans the record.
    kind: judgement
    reviewed: 2026-06-30
    group: supply
  - name: supply.growth_long_run
    dimension: 7
    value: 1.15 to 1.6
    unit: x/year
    support: positive
    meaning: Growth that it decays to.
    why: Spans a boom and a plateau.
    kind: judgement
    reviewed: 2026-06-30
    group: supply
  - name: systems.run_months
    dimension: 5
    value: {distribution: uniform, low: 2, high: 6}
    unit: month
    support: positive
    meaning: Length of the largest run.
    why: Published runs.
    kind: judgement
    reviewed: 2026-06-30
    group: systems
  - name: systems.response
    dimension: 9
    value: {distribution: mixture, weights: [0.3, 0.7], parts: [0, 0.1 to 0.6]}
    unit: "1"
    support: share
    meaning: Response of research to scarcity.
    why: It may be none.
    kind: judgement
    reviewed: 2026-06-30
    group: feedback
"""

CORRELATIONS = """\
correlations:
  - a: supply.growth
    b: supply.growth_long_run
    rank_correlation: 0.5
    why: A stronger boom says something about the level that it settles at.
"""

LEVERS = """\
levers:
  - name: enforcement.effort
    unit: x
    default: 1.0
    range: [0.0, 10.0]
    meaning: Enforcement effort as a multiple of that of 2024.
    group: enforcement
    why: A plain multiple.
    source: ["GAO-25-107431"]
  - name: intervention.inflow_multiplier
    unit: x
    default: 1
    range: [0, 8]
    meaning: Factor on all foreign chips that reach China.
    group: controls
    why: Breaks the link between inflow and its causes.
"""

STATUS_QUO = """\
name: status-quo
title: Rules of June 2026
meaning: The record, kept.
kind: policy
us:
  - {from: 2022-01-01, rules: record, reason: As it was., source: the controls room}
beijing:
  - {from: 2022-01-01, stance: open, reason: No limit., source: none known}
  - {from: 2025-08-01, stance: guided, reason: Summons., source: press of August 2025}
  - {from: 2026-01-14, stance: blocked, reason: Customs., source: "Reuters, 2026-01-14"}
"""

STRICT = """\
name: strict
title: Strict rules, well enforced
meaning: The letters of April 2025 from July 2026 on.
kind: policy
base: status-quo
half_life_years: 4
us:
  - {from: 2022-01-01, rules: record, reason: As it was., source: the controls room}
  - {from: 2026-07-01, rules: 2025-04-14, reason: The strictest., source: definition}
  - {from: 2030-01-01, rules: none, reason: Lifted., source: definition}
changes:
  from: 2026-07-01
  values: {bis-2026-01.case_by_case.tpp_below: 30000}
  reason: A higher limit.
  source: definition
levers:
  enforcement.effort:
    - {from: 2026-07-16, value: 5, reason: More agents., source: definition}
    - {from: 2027-01-01, value: 8, reason: More still., source: definition}
"""

NO_CHIPS = """\
name: no-chips
title: No foreign chips
meaning: None arrives, whatever the reason.
kind: intervention
base: strict
beijing:
  - {from: 2022-01-01, stance: open, reason: Until then., source: definition}
  - {from: 2025-07-01, stance: record, reason: As it was., source: definition}
  - {from: 2028-01-01, stance: responsive, reason: From then on., source: definition}
levers:
  intervention.inflow_multiplier:
    - {from: 2026-07-01, value: 0, reason: The fork., source: definition}
"""

SETS = """\
feasible: A choice that governments have.
sets:
  - name: small
    title: Two choices
    reason: Enough for a test.
    feasible: Written down.
    policies:
      - {policy: status-quo, why: Nothing changes.}
      - {policy: strict+open, why: The strict rules with Beijing open.}
    source: definition
"""

VIEW = """\
name: slow
title: A slow world
argument: Growth is lower than it looks.
feedback: "off"
threshold: survey
source: definition
assumptions:
  - {name: supply.growth, value: 1.6 to 1.8, why: The lower half.}
"""


def write_records(folder: Path) -> Path:
    (folder / "assumptions").mkdir(parents=True)
    (folder / "policies").mkdir()
    (folder / "assumptions" / "all.yaml").write_text(ASSUMPTIONS)
    (folder / "correlations.yaml").write_text(CORRELATIONS)
    (folder / "levers.yaml").write_text(LEVERS)
    (folder / "policy_sets.yaml").write_text(SETS)
    (folder / "views").mkdir()
    (folder / "views" / "slow.yaml").write_text(VIEW)
    for name, text in (("status-quo", STATUS_QUO), ("strict", STRICT), ("no-chips", NO_CHIPS)):
        (folder / "policies" / f"{name}.yaml").write_text(text)
    return folder


@pytest.fixture
def records(tmp_path: Path) -> Path:
    """A folder of sample records, as written."""
    return write_records(tmp_path / "data")


@pytest.fixture(scope="session")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Library:
    """The sample records, compiled and read back."""
    folder = write_records(tmp_path_factory.mktemp("shelf") / "data")
    compile_records(folder)
    return library(folder)
