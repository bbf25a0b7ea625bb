"""The result of a fit: parameters, intervals, predictions and what to be wary of."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from curveshift.errors import CurveshiftError, unknown_name

from .bootstrap import Resamples, caveats, resample
from .descent import Problem
from .minimise import Certificate, Optimum
from .profile import profile_interval

if TYPE_CHECKING:
    import xarray as xr
    from numpy.typing import ArrayLike, NDArray

    from .law import Law, Prepared
    from .objectives import Objective
    from .runs import Runs

    Floats = NDArray[np.float64]

NOT_THERE = 1e-6
"""A term that makes up no more than this part of any prediction has vanished: its bound binds."""


@dataclass(frozen=True, eq=False)
class Fit:
    """A fitted law.

    Attributes
    ----------
    law : Law
        With the parameters of the optimum.
    objective : Objective
    value : float
        The objective at the optimum, a sum over runs.
    sigma : float
        Fitted scale of the errors (Student-t), else the root mean square residual.
    converged : bool
    certificate : Certificate
    runs : Runs
    resamples : array, shape (R, p), or None
        Parameters of the resampled fits.
    scheme : str
        How they were resampled.
    warnings : tuple of str
    """

    law: Law
    objective: Objective
    value: float
    sigma: float
    converged: bool
    certificate: Certificate
    runs: Runs
    resamples: Floats | None
    scheme: str
    warnings: tuple[str, ...]
    _prepared: Prepared = field(repr=False)
    _theta: Floats = field(repr=False)
    held: tuple[str, ...] = ()
    """Parameters that were held at a value."""

    @classmethod
    def made(
        cls,
        law: type[Law],
        objective: Objective,
        runs: Runs,
        prepared: Prepared,
        best: Optimum,
        again: Resamples | None,
        warnings: Sequence[str],
        held: Sequence[str] = (),
    ) -> Fit:
        """Put the parts together, in the units of the law."""
        values = prepared.natural(best.theta[None, :])[0]
        told = list(warnings)
        for parameter, value in zip(law.parameters, values, strict=True):
            if parameter.name not in held and not parameter.low < value < parameter.high:
                told.append(f"{parameter.name} = {value:.6g} is at or beyond the end of its range")
        shares = getattr(prepared.model, "shares", None)
        if shares is not None:
            terms = [p.name for i, p in enumerate(law.parameters) if prepared.direction(i)[1]]
            for name, share in zip(terms, shares(best.theta[None, :])[0], strict=False):
                if share < NOT_THERE:
                    told.append(f"the term of {name} has vanished: the data want it at or below zero")
        clipped = np.clip(values, [p.low for p in law.parameters], [p.high for p in law.parameters])
        y = runs.columns[law.output.name]
        problem = Problem(prepared.model, y, np.ones(len(y)), objective, prepared.penalised)
        r = problem.residuals(prepared.model.value(best.theta[None, :])[0])[0][0]
        found = law.of(clipped)
        draws = None if again is None else prepared.natural(again.theta)
        told += found.doubts({q.name: runs.columns[q.name] for q in law.inputs}, held, draws)
        return cls(
            found,
            objective,
            best.value,
            best.sigma if objective.has_scale else float(np.sqrt(np.mean(r * r))),
            best.converged,
            best.certificate,
            runs,
            draws,
            "" if again is None else again.scheme,
            tuple(told),
            prepared,
            best.theta,
            tuple(held),
        )

    @property
    def params(self) -> dict[str, float]:
        """The parameters by name."""
        return {p.name: float(getattr(self.law, p.name)) for p in self.law.parameters}

    @property
    def observed(self) -> Floats:
        """The output of each run, shape (n,)."""
        return self.runs.columns[self.law.output.name]

    @property
    def fitted(self) -> Floats:
        """The law at each run, shape (n,)."""
        return self.law.predict(**{q.name: self.runs.columns[q.name] for q in self.law.inputs})

    @property
    def residuals(self) -> Floats:
        """In the space of the objective, shape (n,)."""
        log = self.objective.space == "log"
        return np.log(self.observed / self.fitted) if log else self.observed - self.fitted

    def interval(self, level: float = 0.9) -> dict[str, tuple[float, float]]:
        """Percentile interval of each parameter from the resampled fits.

        Parameters
        ----------
        level : float
            Between 0 and 1.

        Returns
        -------
        dict of str to (low, high)

        Raises
        ------
        CurveshiftError
            If the fit was made without resamples.
        """
        low, high = np.quantile(self._draws(), self.tails(level), axis=0)
        return {p.name: (float(a), float(b)) for p, a, b in zip(self.law.parameters, low, high, strict=True)}

    def tails(self, level: float) -> tuple[float, float]:
        """Quantiles of the resampled fits that bound an interval of a level.

        Resampling clusters, or turning residuals round, gives too narrow a spread when they are few: the tails are
        then those of a Student-t (Hesterberg 2015, expanded percentile intervals).
        """
        low, high = tails(level)
        n, size = len(self.runs), len(self.law.parameters) - len(self.held)
        groups = n if self.runs.clusters is None else len(np.unique(self.runs.clusters))
        freedom = {"cluster": groups - 1, "wild": n - size if groups == n else groups - 1}.get(self.scheme)
        if freedom is None:
            return low, high
        from scipy.special import ndtr, stdtrit

        low = float(ndtr(stdtrit(max(freedom, 1), low)))
        return low, 1.0 - low

    def profile(self, name: str, level: float = 0.9) -> tuple[float, float]:
        """Likelihood interval of one parameter; it assumes independent errors.

        Raises
        ------
        CurveshiftError
            For an unknown parameter, an objective that is not a likelihood, or runs in clusters.
        """
        if self.runs.clusters is not None:
            raise CurveshiftError(
                "takes errors as independent, and the runs come in clusters: use the cluster bootstrap",
                "profile",
            )
        names = [p.name for p in self.law.parameters]
        if name not in names:
            raise unknown_name("parameter", name, names, self.law.name)
        tails(level)
        return profile_interval(
            self._prepared, self.observed, self.objective, self._theta, self.sigma, names.index(name), level
        )

    def bootstrap(self, resamples: int = 4000, *, scheme: str = "case", seed: int = 0) -> Fit:
        """The same fit with other resamples.

        Parameters
        ----------
        resamples : int
        scheme : str
            ``case``, ``cluster`` or ``wild``.
        seed : int

        Returns
        -------
        Fit
        """
        from dataclasses import replace

        again = resample(
            self._prepared, self.observed, self.objective, self._theta, self.sigma,
            count=resamples, seed=seed, scheme=scheme, clusters=self.runs.clusters,
        )  # fmt: skip
        inputs = {q.name: self.runs.columns[q.name] for q in self.law.inputs}
        before = self.law.doubts(inputs, self.held, self.resamples)
        told = [w for w in self.warnings if "resampled fits" not in w and w not in before]
        size = len(self.law.parameters) - len(self.held)
        told += caveats(again, len(self.runs), size, self.runs.clusters is not None)
        draws = self._prepared.natural(again.theta)
        told += self.law.doubts(inputs, self.held, draws)
        return replace(self, resamples=draws, scheme=scheme, warnings=tuple(told))

    def predict(self, *, interval: float | None = None, new_run: bool = False, **inputs: ArrayLike) -> Any:
        """Value of the fitted law, with an interval where asked for.

        Parameters
        ----------
        interval : float, optional
            Level, such as 0.9.
        new_run : bool
            Whether the interval is for a new run (the law and one error) or for the law.
        **inputs : array_like
            As for the law.

        Returns
        -------
        array, or (array, low, high) where an interval is asked for
        """
        centre = self.law.predict(**inputs)
        if interval is None:
            return centre
        curves = self.curves(**inputs)
        if new_run:
            curves = errors_of(self, curves)
        low, high = np.quantile(curves, self.tails(interval), axis=0)
        return centre, low, high

    def curves(self, **inputs: ArrayLike) -> Floats:
        """The law of every resampled fit, shape (R, ...)."""
        ready = self.law.checked(inputs)
        shape = np.broadcast_shapes(*(v.shape for v in ready.values()))
        flat = {name: np.broadcast_to(v, shape).ravel() for name, v in ready.items()}
        return self.law.curve(self._draws(), flat).reshape(-1, *shape)

    def to_xarray(self) -> xr.Dataset:
        """The resampled fits as one chain, which ArviZ reads."""
        import xarray as xr

        draws = self._draws()
        columns = {
            p.name: (("chain", "draw"), draws[None, :, i], {"units": p.unit, "long_name": p.meaning})
            for i, p in enumerate(self.law.parameters)
        }
        coords = {"chain": [0], "draw": np.arange(len(draws))}
        return xr.Dataset(columns, coords, {"law": self.law.name, "scheme": self.scheme})

    def sources(self) -> tuple[str, ...]:
        """Where the law and the runs come from."""
        return (self.law.source, *self.runs.sources)

    def table(self, level: float = 0.9) -> list[Mapping[str, Any]]:
        """One row a parameter: value, interval, unit, meaning."""
        between = self.interval(level) if self.resamples is not None else {}
        return [
            {
                "parameter": p.name,
                "value": getattr(self.law, p.name),
                "low": between.get(p.name, (None, None))[0],
                "high": between.get(p.name, (None, None))[1],
                "unit": p.unit,
                "meaning": p.meaning,
            }
            for p in self.law.parameters
        ]

    def _draws(self) -> Floats:
        if self.resamples is None:
            raise CurveshiftError("this fit has no resamples: fit with resamples=1000, or use .bootstrap()")
        return self.resamples

    def _repr_html_(self) -> str:
        rows = "".join(
            "<tr>" + "".join(f"<td>{html.escape(_cell(row[key]))}</td>" for key in row) + "</tr>"
            for row in self.table()
        )
        told = "".join(f"<li>{html.escape(w)}</li>" for w in self.warnings)
        return (
            f"<p>{html.escape(self.law.equation)}; {len(self.runs)} runs; {html.escape(self.objective.label)}</p>"
            "<table><tr><th>parameter<th>value<th>5 %<th>95 %<th>unit<th>meaning</tr>"
            f"{rows}</table><ul>{told}</ul>"
        )


def errors_of(fit: Fit, curves: Floats) -> Floats:
    """Curves of the resampled laws, shape (R, ...), each with one of the observed errors, in a fixed order."""
    r = fit.residuals
    spread = r[np.arange(len(curves)) * 7919 % len(r)].reshape(-1, *([1] * (curves.ndim - 1)))
    return curves * np.exp(spread) if fit.objective.space == "log" else curves + spread


def tails(level: float) -> tuple[float, float]:
    """The two quantiles of an interval."""
    if not 0.0 < level < 1.0:
        raise CurveshiftError(
            f"{level!r} is outside its range: a level between 0 and 1, such as 0.9", "level"
        )
    return 0.5 - 0.5 * level, 0.5 + 0.5 * level


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return f"{value:.6g}" if isinstance(value, float) else str(value)
