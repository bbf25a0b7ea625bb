"""Judge every claim and store the verdicts for the brief and the simulator: ``python tools/judge_claims.py``."""

from __future__ import annotations

from curveshift.claims import Evidence, judged
from curveshift.claims.judging import DRAWS
from curveshift.claims.verdicts import store

if __name__ == "__main__":
    evidence = Evidence(DRAWS, 0)
    print(store(judged(None, evidence), evidence))
