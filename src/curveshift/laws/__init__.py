"""Scaling laws: forms, fitting, intervals, planning, and a library of published fits.

The names are loaded on first use: importing the room costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .bayes import Posterior as Posterior
    from .bayes import posterior as posterior
    from .broken import BrokenPower as BrokenPower
    from .broken import broken_power as broken_power
    from .catalogue import form as form
    from .catalogue import forms as forms
    from .chinchilla import Chinchilla as Chinchilla
    from .comparing import LawComparison as LawComparison
    from .comparing import compare_published as compare_published
    from .compiling import compile_records as compile_records
    from .constrained import DataConstrained as DataConstrained
    from .costs import Cost as Cost
    from .coverage import BetaFit as BetaFit
    from .coverage import BetaSuccess as BetaSuccess
    from .coverage import CoverageCurve as CoverageCurve
    from .coverage import pass_at_k as pass_at_k
    from .describing import document as document
    from .experts import ActiveTotal as ActiveTotal
    from .experts import FineGrained as FineGrained
    from .experts import Routed as Routed
    from .fitting import fit as fit
    from .kaplan import Kaplan as Kaplan
    from .law import Law as Law
    from .library import Published as Published
    from .library import published as published
    from .objectives import Objective as Objective
    from .optimal import optimal_path as optimal_path
    from .overtraining import OverTraining as OverTraining
    from .overtraining import OverTrainingError as OverTrainingError
    from .planning import Plan as Plan
    from .planning import plan as plan
    from .power import OffsetPower as OffsetPower
    from .progress import Progress as Progress
    from .progress import doubling_months as doubling_months
    from .progress import progress_runs as progress_runs
    from .reading import chinchilla_runs as chinchilla_runs
    from .reading import read_runs as read_runs
    from .result import Fit as Fit
    from .runs import Runs as Runs
    from .sigmoids import ComputeToAccuracy as ComputeToAccuracy
    from .sigmoids import LossToAccuracy as LossToAccuracy
    from .sigmoids import RLCompute as RLCompute
    from .twostage import TwoStage as TwoStage
    from .twostage import fit_two_stage as fit_two_stage

_HOME = {
    "ActiveTotal": "experts",
    "BetaFit": "coverage",
    "BetaSuccess": "coverage",
    "BrokenPower": "broken",
    "Chinchilla": "chinchilla",
    "ComputeToAccuracy": "sigmoids",
    "Cost": "costs",
    "CoverageCurve": "coverage",
    "DataConstrained": "constrained",
    "FineGrained": "experts",
    "Fit": "result",
    "Kaplan": "kaplan",
    "Law": "law",
    "LawComparison": "comparing",
    "LossToAccuracy": "sigmoids",
    "Objective": "objectives",
    "OffsetPower": "power",
    "OverTraining": "overtraining",
    "OverTrainingError": "overtraining",
    "Plan": "planning",
    "Posterior": "bayes",
    "Progress": "progress",
    "Published": "library",
    "RLCompute": "sigmoids",
    "Routed": "experts",
    "Runs": "runs",
    "TwoStage": "twostage",
    "broken_power": "broken",
    "chinchilla_runs": "reading",
    "compare_published": "comparing",
    "compile_records": "compiling",
    "document": "describing",
    "doubling_months": "progress",
    "fit": "fitting",
    "fit_two_stage": "twostage",
    "form": "catalogue",
    "forms": "catalogue",
    "optimal_path": "optimal",
    "pass_at_k": "coverage",
    "plan": "planning",
    "posterior": "bayes",
    "progress_runs": "progress",
    "published": "library",
    "read_runs": "reading",
}

__all__ = sorted(_HOME)


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_HOME[name]}", __name__), name)
