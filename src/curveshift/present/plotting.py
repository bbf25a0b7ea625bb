"""One call that draws whatever it is given."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from curveshift.errors import CurveshiftError

from .figure import Figure

if TYPE_CHECKING:
    import pandas as pd


def plot(x: Any) -> Figure:
    """Draw a result, a fitted law, a trend or a fact table.

    Parameters
    ----------
    x : object
        An Ensemble, Comparison, Fit, LawComparison, Ruling, RuleBook, RuleComparison, OnTrend, Split, Decline, a
        Posterior of `curveshift.trends`, or a pandas.DataFrame of `curveshift.facts`.
        An ensemble gives China's share of compute above its lag; a comparison the differences from its base; a
        fitted law its isoFLOP curves, or its curve; published laws what they call compute-optimal; a ruling, a
        rule book or a comparison of rules every chip against the lines of the rules; an on-trend test the model's
        cost against what others make likely; a posterior capability by date; a split of progress its parts; a
        decline of prices its rate and new lows; a frame its numbers by date.

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
    match type(x).__name__:
        case "Ensemble":
            from .compute_figures import share_and_lag

            return share_and_lag(x)
        case "Comparison":
            from .outcome_figures import difference

            return difference(x.ensemble, x.base)
        case "Fit":
            from .law_figures import fit_figure

            return fit_figure(x)
        case "LawComparison":
            from .published_figures import published_figure

            return published_figure(x)
        case "Ruling":
            from .control_figures import control_map

            return control_map(x.on, "CN" if x.to == "any" else x.to, ruling=x)
        case "RuleBook":
            from .control_figures import control_map

            return control_map(rules=x)
        case "RuleComparison":
            from .control_figures import comparison_map

            return comparison_map(x)
        case "OnTrend":
            from .ontrend_figures import on_trend_figure

            return on_trend_figure(x)
        # A fitted law has a Posterior too.
        case "Posterior" if type(x).__module__.startswith("curveshift.trends"):
            from .trend_figures import capability_by_date

            return capability_by_date(x)
        case "Decline":
            from .price_figures import price_declines

            return price_declines([x])
        case "Split":
            from .split_figures import progress_split

            return progress_split(x)
        case "Findings":
            from .claim_figures import claims_board

            return claims_board(x)
        case "DataFrame":
            return _fact_table(x)
        case other:
            raise CurveshiftError(
                f"cannot draw a {other}: give an Ensemble, a Comparison, a Fit, a LawComparison, a Ruling,"
                " a RuleBook, a RuleComparison, an OnTrend, a Split, a Decline, Findings, a Posterior of"
                " curveshift.trends or a data frame of curveshift.facts"
            )


def _fact_table(frame: pd.DataFrame) -> Figure:
    name = frame.attrs.get("table")
    if name is None:
        raise CurveshiftError(
            "cannot draw this data frame: only those of curveshift.facts say what they hold"
        )
    from .fact_figures import fact_table

    return fact_table(frame, str(name))
