"""One call that draws whatever it is given."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

from curveshift.errors import CurveshiftError

from .figure import Figure

if TYPE_CHECKING:
    import pandas as pd


DRAWN: Final[dict[str, tuple[str, str]]] = {
    "Backtest": ("backtest_figures", "hits_and_misses"),
    "Comparison": ("outcome_figures", "comparison_difference"),
    "Conditioned": ("choice_figures", "conditioned"),
    "Contributions": ("choice_figures", "contributions"),
    "CostCurve": ("lab_figures", "cost_figure"),
    "Decline": ("price_figures", "price_decline"),
    "Discovery": ("dose_figures", "box_figure"),
    "DoseResponse": ("dose_figures", "dose_figure"),
    "Ensemble": ("compute_figures", "share_and_lag"),
    "Findings": ("claim_figures", "claims_board"),
    "Fit": ("law_figures", "fit_figure"),
    "Front": ("choice_figures", "front"),
    "Importance": ("driver_figures", "policy_ranges"),
    "Information": ("choice_figures", "information"),
    "LawComparison": ("published_figures", "published_figure"),
    "OnTrend": ("ontrend_figures", "on_trend_figure"),
    "Paradigm": ("lab_figures", "paradigm_figure"),
    "Posterior": ("trend_figures", "capability_by_date"),
    "Robustness": ("choice_figures", "regret"),
    "RuleBook": ("control_figures", "rules_map"),
    "RuleComparison": ("control_figures", "comparison_map"),
    "Ruling": ("control_figures", "ruling_map"),
    "Sensitivity": ("driver_figures", "group_shares"),
    "Shift": ("lab_figures", "shift_figure"),
    "Split": ("split_figures", "progress_split"),
    "Tornado": ("driver_figures", "tornado_figure"),
}
"""By type: the module that draws it, and its function."""


def plot(x: Any) -> Figure:
    """Draw a result, a fitted law, a trend or a fact table.

    Parameters
    ----------
    x : object
        Of one of the types of `DRAWN` (the Posterior of `curveshift.trends`), or a pandas.DataFrame of
        `curveshift.facts`.
        An ensemble gives China's share of compute above its lag; a comparison the differences from its base; a
        front its policies on two metrics; robustness the regret by view; contributions, information and a
        conditioned ensemble their bars; a fitted law its isoFLOP curves, or its curve; published laws what they call
        compute-optimal; a ruling, a rule book or a comparison of rules every chip against the lines of the rules; an
        on-trend test the model's cost against what others make likely; a posterior capability by date; a split of
        progress its parts; a decline of prices its rate and new lows; a sensitivity the shares of groups, a tornado
        its bars, an importance the ranges of policies and groups, a dose-response its two curves, a discovery its
        boxes; of the lab a shift its multipliers, a cost curve its steps, a paradigm success against its compute; a
        backtest its forecasts beside what came; findings the claims by verdict; a frame its numbers by date.

    Returns
    -------
    Figure

    Raises
    ------
    CurveshiftError
        For anything else, or a table without a date and a number.

    Examples
    --------
    >>> from curveshift import facts
    >>> plot(facts.table("china_domestic_production")).save("estimates.svg")  # doctest: +SKIP
    PosixPath('estimates.svg')
    """
    # Told by name, so that nobody pays for the simulation's libraries to draw a table.
    name = type(x).__name__
    if name == "DataFrame":
        return _fact_table(x)
    # A fitted law has a Posterior too.
    if name not in DRAWN or (name == "Posterior" and not type(x).__module__.startswith("curveshift.trends")):
        known = ", ".join(sorted(DRAWN))
        raise CurveshiftError(
            f"cannot draw a {name}: give one of {known} (Posterior: that of curveshift.trends), or a data frame of "
            "curveshift.facts"
        )
    module, function = DRAWN[name]
    drawn: Figure = getattr(import_module(f".{module}", __package__), function)(x)
    return drawn


def _fact_table(frame: pd.DataFrame) -> Figure:
    name = frame.attrs.get("table")
    if name is None:
        raise CurveshiftError(
            "cannot draw this data frame: only those of curveshift.facts say what they hold"
        )
    from .fact_figures import fact_table

    return fact_table(frame, str(name))
