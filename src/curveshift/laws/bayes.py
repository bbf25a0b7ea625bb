"""Bayesian posterior of a law by importance sampling: Student-t errors, stated flat priors, draws as parameters."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from curveshift import notebooks
from curveshift.errors import CurveshiftError

from .descent import Problem
from .pareto import smoothed
from .pinned import Pinned

if TYPE_CHECKING:
    import xarray as xr
    from numpy.typing import NDArray

    from .result import Fit

    Floats = NDArray[np.float64]

MOST_PARAMETERS: Final = 8
"""More dimensions than this and importance sampling wastes nearly all of its draws."""
WORST_K: Final = 0.7
"""Above it the estimates from the weights cannot be trusted (Vehtari et al. 2024)."""
HIGHEST_EXPONENT: Final = 3.0
"""End of the flat prior of a parameter that has no end of its own."""
PRIOR: Final = (
    "flat in the contribution of each term at the centre of the data (of each scale, where a law is no sum of terms),"
    f" flat in every other parameter from its lowest value to its highest or {HIGHEST_EXPONENT:g}, flat in log sigma"
)
DEPENDENT: Final = (
    "the posterior takes errors as independent although the runs come in clusters: its intervals are too narrow, use"
    " the cluster bootstrap"
)
_DEGREES: Final = 5.0
_ROUNDS: Final = 3
_PER_DRAW: Final = 4
"""Proposals for each draw that is handed out."""


@dataclass(frozen=True, eq=False)
class Posterior:
    """Draws from the posterior of a law.

    Attributes
    ----------
    fit : Fit
        The fit with the draws in place of resamples: `interval`, `predict`, `curves` and `table` use them.
    sigma : array, shape (R,)
        Scale of the errors of each draw.
    effective : float
        Effective number of independent draws behind the weights.
    pareto_k : float
        Shape of the tail of the weights; below 0.5 is good, above 0.7 is refused.
    prior : str
    """

    fit: Fit
    sigma: Floats
    effective: float
    pareto_k: float
    prior: str = PRIOR

    def _repr_html_(self) -> str:
        caption = f"Posterior: {self.effective:,.0f} effective draws, Pareto shape {self.pareto_k:.2f}"
        return notebooks.records(self.fit.table(), caption, self.fit.warnings)

    @property
    def draws(self) -> dict[str, Floats]:
        """Draws of each parameter by name, shape (R,) each."""
        values = self.fit.resamples
        assert values is not None
        return {p.name: values[:, i] for i, p in enumerate(self.fit.law.parameters)}

    def interval(self, level: float = 0.9) -> dict[str, tuple[float, float]]:
        """Central credible interval of each parameter."""
        return self.fit.interval(level)

    def to_xarray(self) -> xr.Dataset:
        """The draws as one chain, which ArviZ reads, with the diagnostics as attributes."""
        made = self.fit.to_xarray()
        made["sigma"] = (("chain", "draw"), self.sigma[None, :], {"long_name": "scale of the errors"})
        made.attrs.update(pareto_k=self.pareto_k, effective=self.effective, prior=self.prior)
        return made


def posterior(fit: Fit, *, draws: int = 4000, seed: int = 0) -> Posterior:
    """Draw from the posterior of a law whose errors are independent and Student-t.

    A multivariate t is fitted to the posterior in the solver's coordinates, first by Laplace's method and then to
    its own weighted draws; the last draws are weighted by the posterior, the largest weights smoothed by a
    generalised Pareto distribution, and resampled.

    Parameters
    ----------
    fit : Fit
        With the objective ``student_t`` and at most 8 parameters.
    draws : int
        100 to 100,000.
    seed : int
        The same seed gives the same bytes.

    Returns
    -------
    Posterior

    Raises
    ------
    CurveshiftError
        For another objective, too many parameters, or weights with too heavy a tail (Pareto k above 0.7).

    References
    ----------
    Vehtari et al. 2024, Pareto smoothed importance sampling, arXiv 1507.02646; Cappé et al. 2008 for the adaptation.

    Examples
    --------
    >>> from curveshift.laws import Chinchilla, chinchilla_runs, posterior
    >>> found = posterior(Chinchilla.fit(chinchilla_runs(), resamples=0), draws=1000)
    >>> low, high = found.interval(0.9)["alpha"]
    >>> 0.32 < low < 0.35 < high < 0.38
    True
    """
    target = _Target(fit)
    if not 100 <= draws <= 100_000:
        raise CurveshiftError(f"{draws} draws: give 100 to 100,000", "draws")
    rng = np.random.Generator(np.random.Philox(np.random.SeedSequence([seed])))
    centre, root = target.laplace()
    for round_ in range(_ROUNDS):
        last = round_ == _ROUNDS - 1
        size = draws * _PER_DRAW if last else draws
        points, density = _propose(rng, centre, root, size)
        log = target.log_density(points) - density
        if not np.isfinite(log).any():
            raise CurveshiftError("no proposal has a posterior density above zero", "posterior")
        weight, k = smoothed(log)
        if not last:
            centre = weight @ points
            apart = points - centre
            spread = (apart * weight[:, None]).T @ apart + 1e-12 * root @ root.T
            root = np.asarray(np.linalg.cholesky(spread * (_DEGREES - 2.0) / _DEGREES), dtype=np.float64)
    if k > WORST_K:
        raise CurveshiftError(
            f"the posterior is too far from a multivariate t to be drawn this way (Pareto k = {k:.2f}, at most"
            f" {WORST_K:g}): the runs hardly bound some parameter; use the bootstrap or a profile, or add runs",
            "posterior",
        )
    # Systematic resampling: the least noise that resampling can add.
    at = (np.arange(draws) + rng.random()) / draws
    chosen = np.searchsorted(np.cumsum(weight), at).clip(max=len(weight) - 1)
    chosen = chosen[rng.permutation(draws)]
    natural = fit._prepared.natural(points[chosen, :-1])
    told = fit.warnings if fit.runs.clusters is None else (*fit.warnings, DEPENDENT)
    return Posterior(
        replace(fit, resamples=natural, scheme="posterior", warnings=told),
        np.exp(points[chosen, -1]),
        float(1.0 / np.sum(weight * weight)),
        k,
    )


class _Target:
    """The posterior density of (θ, log σ)."""

    def __init__(self, fit: Fit) -> None:
        if fit.objective.kind != "student_t":
            raise CurveshiftError(
                f"{fit.objective.kind} has no Student-t likelihood: fit with objective='student_t'",
                "posterior",
            )
        if len(fit.law.parameters) > MOST_PARAMETERS:
            raise CurveshiftError(
                f"{len(fit.law.parameters)} parameters: at most {MOST_PARAMETERS} can be drawn this way",
                "posterior",
            )
        if fit.sigma <= 0.0:
            raise CurveshiftError("the law fits every run exactly: there is no error to draw", "posterior")
        self.fit = fit
        self.model = fit._prepared.model
        y = fit.observed
        self.problem = Problem(self.model, y, np.ones(len(y)), fit.objective)
        logs = [fit._prepared.direction(i)[1] for i in range(len(fit.law.parameters))]
        self.held = np.array([p.name in fit.held for p in fit.law.parameters])
        # A held parameter adds a constant.
        self.of_logs = np.array(logs, dtype=np.float64) * ~self.held
        self.low = np.array([p.low for p in fit.law.parameters])
        self.high = np.array(
            [
                p.high if np.isfinite(p.high) or is_log else max(HIGHEST_EXPONENT, p.low)
                for p, is_log in zip(fit.law.parameters, logs, strict=True)
            ]
        )

    def log_density(self, points: Floats) -> Floats:
        """Up to a constant, shape (R,) for points of shape (R, p + 1)."""
        theta, log_sigma = points[:, :-1], points[:, -1]
        with np.errstate(over="ignore", invalid="ignore"):
            f, _ = self.model.value(theta)
            r, _ = self.problem.residuals(f)
            misfit = np.sum(self.fit.objective.rho(r, np.exp(log_sigma)[:, None]), axis=1)
            natural = self.fit._prepared.natural(theta)
        inside = (self.held | ((natural > self.low) & (natural < self.high))).all(axis=1)
        # A flat prior in a contribution is this one in its logarithm.
        prepared = self.fit._prepared
        whole = prepared.base + theta @ prepared.basis.T if isinstance(prepared, Pinned) else theta
        found = whole @ self.of_logs - misfit
        return np.where(inside & np.isfinite(found), found, -np.inf)

    def laplace(self) -> tuple[Floats, Floats]:
        """Centre, and Cholesky root of the inverse curvature there."""
        theta, sigma = self.fit._theta, self.fit.sigma
        size = len(theta)
        f, at = self.model.value(theta[None, :])
        r, m = self.problem.residuals(f)
        objective, nu = self.fit.objective, self.fit.objective.nu
        psi, curve, weight = objective.slopes(r, np.full((1, 1), sigma))
        spread = nu * sigma**2 + r * r
        # Derivatives of the misfit with log σ: twice, and mixed with the residual.
        bend = (nu + 1.0) * 2.0 * nu * sigma**2 / spread**2
        ones = np.ones_like(r) if m is None else m
        exact = np.zeros((size + 1, size + 1))
        exact[:size, :size] = self.model.hessian(
            at, curve * ones**2 - (0.0 if m is None else psi * m), psi * ones
        )[0]
        exact[:size, size] = exact[size, :size] = self.model.pull(at, bend * r * ones)[0]
        exact[size, size] = float(np.sum(bend * r * r))
        centre = np.append(theta, np.log(sigma))
        try:
            return centre, np.linalg.cholesky(np.linalg.inv(exact))
        except np.linalg.LinAlgError:
            safe = exact.copy()
            safe[:size, :size] = self.model.hessian(at, weight * ones**2, np.zeros_like(r))[0]
            safe[:size, size] = safe[size, :size] = 0.0
            value, vector = np.linalg.eigh(safe)
            return centre, np.linalg.cholesky((vector / np.maximum(value, 1e-9 * value.max())) @ vector.T)


def _propose(rng: np.random.Generator, centre: Floats, root: Floats, count: int) -> tuple[Floats, Floats]:
    """Draws of a multivariate t, shape (R, d), and the logarithm of their density up to a constant."""
    size = len(centre)
    normal = rng.standard_normal((count, size))
    stretch = np.sqrt(_DEGREES / rng.chisquare(_DEGREES, count))
    inner = normal * stretch[:, None]
    log = -0.5 * (_DEGREES + size) * np.log1p(np.sum(inner * inner, axis=1) / _DEGREES)
    return centre + inner @ root.T, log
