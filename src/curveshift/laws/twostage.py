"""Accuracy through loss: one law from scale to loss, one from loss to accuracy, and the errors of both."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from curveshift.errors import CurveshiftError

from .chinchilla import Chinchilla
from .fitting import fit
from .reading import read_runs
from .result import errors_of, tails
from .runs import Runs
from .sigmoids import LossToAccuracy

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from .law import Law
    from .result import Fit

    Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class TwoStage:
    """A fit of loss and a fit of accuracy on loss, chained.

    Attributes
    ----------
    loss : Fit
    accuracy : Fit
        Of a law whose one input is ``loss``.
    """

    loss: Fit
    accuracy: Fit

    @property
    def warnings(self) -> tuple[str, ...]:
        """Those of both stages."""
        return (
            *(f"loss: {w}" for w in self.loss.warnings),
            *(f"accuracy: {w}" for w in self.accuracy.warnings),
        )

    def predict(self, *, interval: float | None = None, new_run: bool = False, **inputs: ArrayLike) -> Any:
        """Accuracy at a scale, with an interval that carries the errors of both stages.

        Parameters
        ----------
        interval : float, optional
            Level, such as 0.9.
        new_run : bool
            Whether the interval is for a new run, with the scatter of its loss and of its accuracy, or for the law.
        **inputs : array_like
            As for the law of loss.

        Returns
        -------
        array, or (array, low, high) where an interval is asked for
        """
        centre = self.accuracy.law.predict(loss=self.loss.law.predict(**inputs))
        if interval is None:
            return centre
        low, high = np.quantile(self.curves(new_run=new_run, **inputs), tails(interval), axis=0)
        return centre, low, high

    def curves(self, *, new_run: bool = False, **inputs: ArrayLike) -> Floats:
        """Accuracy by every pair of resampled fits, shape (R, ...); pairs share their resample of the runs."""
        losses = self.loss.curves(**inputs)
        draws = self.accuracy.resamples
        if draws is None or len(draws) != len(losses):
            raise CurveshiftError("both stages need the same number of resamples", "two-stage")
        if new_run:
            losses = errors_of(self.loss, losses)
        law = type(self.accuracy.law)
        flat = losses.reshape(len(losses), -1)
        curves = np.stack([law.curve(d[None, :], {"loss": x})[0] for d, x in zip(draws, flat, strict=True)])
        curves = curves.reshape(losses.shape)
        return errors_of(self.accuracy, curves) if new_run else curves

    def sources(self) -> tuple[str, ...]:
        """Where the laws and the runs come from."""
        return tuple(dict.fromkeys((*self.loss.sources(), *self.accuracy.sources())))


def fit_two_stage(
    data: Any,
    *,
    law: type[Law] = Chinchilla,
    link: type[Law] = LossToAccuracy,
    accuracy_data: Any = None,
    fixed: Mapping[str, float] | None = None,
    resamples: int = 1000,
    seed: int = 0,
    **settings: Any,
) -> TwoStage:
    """Fit accuracy through loss.

    Parameters
    ----------
    data : Runs or mapping of arrays
        With the inputs of `law`, ``loss``, and ``accuracy`` unless `accuracy_data` has it.
    law : type of Law
        From scale to loss.
    link : type of Law
        From loss to accuracy.
    accuracy_data : Runs or mapping of arrays, optional
        Other runs for the second stage, with ``loss`` and ``accuracy``. With the same runs both stages are
        refitted to the same resamples, so that the errors of one run count in both.
    fixed : mapping of str to float, optional
        Parameters of `link` that are held, such as ``{"floor": 0.25}``.
    resamples : int
    seed : int
    **settings
        Passed to the fit of both stages.

    Returns
    -------
    TwoStage

    Raises
    ------
    CurveshiftError
        As for `fit`, or where the runs have no accuracy.
    """
    runs = data if isinstance(data, Runs) else read_runs(data, law)
    second = runs if accuracy_data is None else read_runs(accuracy_data, link)
    if link.output.name not in second.columns:
        why = [note for note in second.notes if note.startswith(f"{link.output.name} is left aside")]
        raise CurveshiftError("; ".join([f"the runs have no column {link.output.name}", *why]), "two-stage")
    first = fit(law, runs, resamples=resamples, seed=seed, **settings)
    other = seed if accuracy_data is None else seed + 1
    last = fit(link, second, resamples=resamples, seed=other, fixed=fixed, **settings)
    return TwoStage(first, last)
