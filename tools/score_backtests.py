"""Run the full backtest and store its scores for the brief: ``python tools/score_backtests.py``."""

from __future__ import annotations

from curveshift.decide import backtest
from curveshift.decide.scored import store

if __name__ == "__main__":
    print(store(backtest()))
