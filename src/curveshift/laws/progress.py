"""Algorithmic progress: parameters and tokens that are worth more each year (Ho et al. 2024)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Final

import numpy as np

from .chinchilla import LOSS, PARAMS, TOKENS
from .law import Parameter, Quantity
from .logsum import LogSumLaw, LogSumPrepared, Term

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .law import Inputs
    from .runs import Runs

    Floats = NDArray[np.float64]

REFERENCE_PARAMS: Final = 2e6
REFERENCE_TOKENS: Final = 888e3
REFERENCE_YEAR: Final = 2012 + 178 / 365
"""Smallest model and data set, and earliest date, of the data of Ho et al. 2024: origin of the penalised parameters."""
_MONTHS: Final = 12.0
_WIDE: Final = 2.0
_OWN_YEARS: Final = 0.25
_ANY: Final = float("-inf")


def _benchmark(name: str) -> Quantity:
    return Quantity(name, "", f"1 where the run is scored on {name.upper()}, else 0", -0.5, 1.5, scales=1)


@dataclass(frozen=True)
class Progress(LogSumLaw):
    """log perplexity = A e^(−α_t (Y − Y0)) (N/N0)^−α + B e^(−β_t (Y − Y0)) (D/D0)^−β.

    A and B have a factor of their own on PTB and WikiText-2, e^A_ptb and so on, against WikiText-103. N0, D0 and
    Y0 are the smallest model, the smallest data set and the earliest date of Ho et al. 2024.

    Parameters
    ----------
    A, B : float
        Terms of parameters and tokens at the reference, nat per word.
    A_ptb, A_wt2, B_ptb, B_wt2 : float
        Logarithm of the factor of each benchmark.
    alpha_year, beta_year : float
        Yearly fall of the terms by better algorithms, 1/year.
    alpha, beta : float
        Exponents of parameters and tokens.

    Examples
    --------
    >>> law = Progress(
    ...     A=2.49104, B=2.16281, A_ptb=0.000379, A_wt2=0.055412, B_ptb=0.176415, B_wt2=0.095418,
    ...     alpha_year=0.003938, beta_year=0.035620, alpha=0.067982, beta=0.039587,
    ... )
    >>> round(law.doubling_months, 2)
    8.68
    """

    A: float
    B: float
    A_ptb: float
    A_wt2: float
    B_ptb: float
    B_wt2: float
    alpha_year: float
    beta_year: float
    alpha: float
    beta: float

    name: ClassVar = "progress"
    equation: ClassVar = "log ppl = A e^(-alpha_year t) (N/N0)^-alpha + B e^(-beta_year t) (D/D0)^-beta"
    source: ClassVar = "Ho et al. 2024, arXiv 2403.05812, model 7"
    validity: ClassVar = (
        "language models of 2012 to 2023 on WikiText-103, WikiText-2 and PTB, with their own tokenisers"
    )
    inputs: ClassVar = (
        PARAMS,
        TOKENS,
        Quantity("year", "year", "date as a decimal year", low=1900.0, high=2200.0, scales=1),
        _benchmark("ptb"),
        _benchmark("wt2"),
    )
    output: ClassVar = LOSS
    space: ClassVar = "raw"
    parameters: ClassVar = (
        Parameter("A", "nat/word", "term of parameters at the reference"),
        Parameter("B", "nat/word", "term of tokens at the reference"),
        Parameter("A_ptb", "", "log factor of PTB in the term of parameters", low=_ANY),
        Parameter("A_wt2", "", "log factor of WikiText-2 in the term of parameters", low=_ANY),
        Parameter("B_ptb", "", "log factor of PTB in the term of tokens", low=_ANY),
        Parameter("B_wt2", "", "log factor of WikiText-2 in the term of tokens", low=_ANY),
        Parameter("alpha_year", "1/year", "yearly fall of the term of parameters", low=_ANY),
        Parameter("beta_year", "1/year", "yearly fall of the term of tokens", low=_ANY),
        Parameter("alpha", "", "exponent of parameters", low=_ANY),
        Parameter("beta", "", "exponent of tokens", low=_ANY),
    )
    grid: ClassVar = {
        "A_ptb": (0.0,),
        "A_wt2": (0.0,),
        "B_ptb": (0.0,),
        "B_wt2": (0.0,),
        "alpha_year": (-0.02, 0.0, 0.02, 0.05, 0.1),
        "beta_year": (-0.02, 0.0, 0.02, 0.05, 0.1),
        "alpha": (0.0, 0.02, 0.04, 0.08, 0.15, 0.3),
        "beta": (0.0, 0.02, 0.04, 0.08, 0.15, 0.3),
    }

    @classmethod
    def terms(cls, inputs: Inputs) -> Sequence[Term]:
        """The terms on given runs."""
        years = inputs["year"] - REFERENCE_YEAR
        ptb, wt2 = inputs["ptb"], inputs["wt2"]
        params = np.log(inputs["params"] / REFERENCE_PARAMS)
        tokens = np.log(inputs["tokens"] / REFERENCE_TOKENS)
        return (
            Term("A", {"A_ptb": ptb, "A_wt2": wt2, "alpha_year": -years, "alpha": -params}),
            Term("B", {"B_ptb": ptb, "B_wt2": wt2, "beta_year": -years, "beta": -tokens}),
        )

    @classmethod
    def design(cls, inputs: Inputs) -> Sequence[str]:
        """Years must differ, and not only as the logarithms of parameters and tokens do."""
        year = inputs["year"]
        known = np.column_stack([np.ones(len(year)), np.log(inputs["params"]), np.log(inputs["tokens"])])
        left = year - known @ np.linalg.lstsq(known, year, rcond=None)[0]
        if float(np.std(left)) < _OWN_YEARS:
            return [
                "dates differ from what parameters and tokens predict by less than"
                f" {_OWN_YEARS:g} years: progress cannot be told from scale; add runs of one size from other years"
            ]
        return ()

    @classmethod
    def prepare(cls, inputs: Inputs) -> LogSumPrepared:
        """The law on one data set; every parameter may be penalised, A and B by their logarithms."""
        prepared = super().prepare(inputs)
        prepared.penalised = np.array([prepared.direction(j)[0] for j in range(len(cls.parameters))])
        return prepared

    @property
    def doubling_months(self) -> float:
        """Months in which better algorithms halve the compute for the same loss."""
        return float(doubling_months(self.values[None, :])[0])

    def doubts(self, inputs: Inputs, held: Collection[str], draws: Floats | None) -> Sequence[str]:
        """How wide the doubling time is, and whether efficiency is seen to grow at all."""
        if draws is None:
            return [
                "the doubling time is weakly identified (year, parameters and tokens grew together): fit with"
                " resamples to see its interval"
            ]
        months = doubling_months(draws)
        low, middle, high = np.quantile(months, (0.025, 0.5, 0.975))
        if high < _WIDE * low:
            return ()
        return [
            f"the doubling time is weakly identified: {self.doubling_months:.1f} months at the optimum, median"
            f" {middle:.1f} and 95 % interval {low:.1f} to {high:.1f} over the resampled fits"
        ]


def doubling_months(values: Floats) -> Floats:
    """Months in which better algorithms halve the compute for the same loss.

    Effective parameters grow by α_t/α and effective tokens by β_t/β a year, and compute is their product.

    Parameters
    ----------
    values : array, shape (R, 10)
        Parameters of `Progress`, such as the resamples of a fit.

    Returns
    -------
    array, shape (R,)
        Infinite where efficiency does not grow.
    """
    alpha_year, beta_year, alpha, beta = values[:, 6:10].T
    with np.errstate(divide="ignore", invalid="ignore"):
        growth = alpha_year / alpha + beta_year / beta
        return np.where(growth > 0.0, _MONTHS * np.log(2.0) / growth, np.inf)


def progress_runs() -> Runs:
    """The 230 runs of Ho et al. 2024, as far as they could be rebuilt.

    Returns
    -------
    Runs
        With ``loss`` the logarithm of perplexity per word.

    Examples
    --------
    >>> len(progress_runs())
    230
    """
    from curveshift import facts

    from .reading import read_runs

    rows = facts.rows("ho2024_points")
    columns = {
        "params": [float(row["params"]) for row in rows],
        "tokens": [float(row["training_tokens"]) for row in rows],
        "year": [_decimal_year(row["date"]) for row in rows],
        "ptb": [float(row["benchmark"] == "ptb") for row in rows],
        "wt2": [float(row["benchmark"] == "wt2") for row in rows],
        "loss": [float(row["log_perplexity"]) for row in rows],
    }
    # The table lists some models twice with the same numbers.
    return read_runs({name: np.array(column) for name, column in columns.items()}, Progress, force=True)


def _decimal_year(day: Any) -> float:
    # Days over 365 in every year, as in the reference year of the paper.
    return float(day.year + (day - day.replace(month=1, day=1)).days / 365)
