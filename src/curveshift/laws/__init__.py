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
    from .design import Design as Design
    from .design import Question as Question
    from .design import next_runs as next_runs
    from .diagnosis import Diagnosis as Diagnosis
    from .diagnosis import diagnose as diagnose
    from .diagnosis import residual_trends as residual_trends
    from .experts import ActiveTotal as ActiveTotal
    from .experts import FineGrained as FineGrained
    from .experts import Routed as Routed
    from .fitting import fit as fit
    from .identify import identifiability as identifiability
    from .identify import leverage as leverage
    from .isoflop import IsoFlop as IsoFlop
    from .isoflop import fit_isoflop as fit_isoflop
    from .isoflop import isoflop_bias as isoflop_bias
    from .kaplan import Kaplan as Kaplan
    from .law import Law as Law
    from .library import Published as Published
    from .library import published as published
    from .multiplier import Multiplier as Multiplier
    from .multiplier import compute_multiplier as compute_multiplier
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
    from .sweeps import delta_sweep as delta_sweep
    from .sweeps import drop_sweep as drop_sweep
    from .sweeps import extrapolation as extrapolation
    from .sweeps import objective_sweep as objective_sweep
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
    "Design": "design",
    "Diagnosis": "diagnosis",
    "FineGrained": "experts",
    "Fit": "result",
    "IsoFlop": "isoflop",
    "Kaplan": "kaplan",
    "Law": "law",
    "LawComparison": "comparing",
    "LossToAccuracy": "sigmoids",
    "Multiplier": "multiplier",
    "Objective": "objectives",
    "OffsetPower": "power",
    "OverTraining": "overtraining",
    "OverTrainingError": "overtraining",
    "Plan": "planning",
    "Posterior": "bayes",
    "Progress": "progress",
    "Published": "library",
    "Question": "design",
    "RLCompute": "sigmoids",
    "Routed": "experts",
    "Runs": "runs",
    "TwoStage": "twostage",
    "broken_power": "broken",
    "chinchilla_runs": "reading",
    "compare_published": "comparing",
    "compile_records": "compiling",
    "compute_multiplier": "multiplier",
    "delta_sweep": "sweeps",
    "diagnose": "diagnosis",
    "document": "describing",
    "doubling_months": "progress",
    "drop_sweep": "sweeps",
    "extrapolation": "sweeps",
    "fit": "fitting",
    "fit_isoflop": "isoflop",
    "fit_two_stage": "twostage",
    "form": "catalogue",
    "forms": "catalogue",
    "identifiability": "identify",
    "isoflop_bias": "isoflop",
    "leverage": "identify",
    "next_runs": "design",
    "objective_sweep": "sweeps",
    "optimal_path": "optimal",
    "pass_at_k": "coverage",
    "plan": "planning",
    "posterior": "bayes",
    "progress_runs": "progress",
    "published": "library",
    "read_runs": "reading",
    "residual_trends": "diagnosis",
}

__all__ = sorted(_HOME)


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_HOME[name]}", __name__), name)
