"""What the solver needs of a law on one data set: its logarithm and derivatives, for many parameter vectors at once.

`LogSum` covers every law that is a sum of power-law terms, log ŷ = log Σ_k exp(Φ_k θ): Chinchilla, a power law
with offset, over-training, mixtures of experts, progress over time. Its Hessian is exact and costs a few matrix
products. `Dense` covers the others, from their value and Jacobian.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations_with_replacement
from typing import TYPE_CHECKING, Any, Final, Protocol

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


_LARGEST: Final = 600.0
"""An exponent that is still far from overflow."""


class Model(Protocol):
    """A law on one data set. R parameter vectors of p entries at once, n runs."""

    size: int

    def value(self, theta: Floats) -> tuple[Floats, Any]:
        """Predictions f, shape (R, n), and what the other methods need of this point."""

    def pull(self, at: Any, u: Floats) -> Floats:
        """Σ_i u_i ∇f_i, shape (R, p)."""

    def hessian(self, at: Any, a: Floats, b: Floats | None) -> Floats:
        """Σ_i a_i ∇f_i ∇f_iᵀ − Σ_i b_i ∇²f_i, shape (R, p, p); without b, the first sum."""

    def keep(self, at: Any, rows: NDArray[np.bool_]) -> Any:
        """The same point for some of the R."""


@dataclass(frozen=True)
class _Term:
    """One exponential: the columns of θ that enter it, and their factors."""

    columns: NDArray[np.intp]
    factors: Floats
    """Shape (n, columns)."""


class LogSum:
    """f = log Σ_k exp(Φ_k θ), the logarithm of a sum of positive terms.

    Parameters
    ----------
    phi : sequence of array, each of shape (n, p)
        Φ_k. A column that is zero in a term costs nothing there.
    """

    def __init__(self, phi: Sequence[Floats]) -> None:
        self.size = phi[0].shape[1]
        self.phi = tuple(phi)
        self._terms = []
        for matrix in phi:
            used = np.flatnonzero(np.any(matrix != 0.0, axis=0))
            self._terms.append(_Term(used, np.ascontiguousarray(matrix[:, used])))
        self._pairs = []
        for j, k in combinations_with_replacement(range(len(phi)), 2):
            a, b = self._terms[j], self._terms[k]
            products = (a.factors[:, :, None] * b.factors[:, None, :]).reshape(len(a.factors), -1)
            self._pairs.append((j, k, products))

    def value(self, theta: Floats) -> tuple[Floats, list[Floats]]:
        """See `Model`."""
        first = self._terms[0]
        top = theta[:, first.columns] @ first.factors.T
        others = [theta[:, t.columns] @ t.factors.T for t in self._terms[1:]]
        for part in others:
            part -= top
        if any(float(part.max(initial=0.0)) > _LARGEST for part in others):
            # The first term has all but vanished somewhere: measure from the largest instead.
            lift = np.maximum.reduce([np.zeros_like(top), *others])
            top += lift
            leading = np.exp(-lift)
            for part in others:
                part -= lift
        else:
            leading = np.ones_like(top)
        total = leading.copy()
        for part in others:
            np.exp(part, out=part)
            total += part
        inverse = 1.0 / total
        shares = [leading, *others]
        for part in shares:
            part *= inverse
        top += np.log(total, out=total)
        return top, shares

    def pull(self, at: list[Floats], u: Floats) -> Floats:
        """See `Model`."""
        out = np.zeros((u.shape[0], self.size))
        for share, term in zip(at, self._terms, strict=True):
            out[:, term.columns] += (u * share) @ term.factors
        return out

    def hessian(self, at: list[Floats], a: Floats, b: Floats | None) -> Floats:
        """See `Model`."""
        out = np.zeros((a.shape[0], self.size, self.size))
        # ∇²f = Σ_k p_k Φ_k Φ_kᵀ − ∇f ∇fᵀ, with p_k the share of a term.
        both = a if b is None else a + b
        weighted = [both * share for share in at]
        for j, k, products in self._pairs:
            u = weighted[j] * at[k]
            if b is not None and j == k:
                u -= b * at[k]
            self._add(out, j, k, u @ products)
        return out

    def keep(self, at: list[Floats], rows: NDArray[np.bool_]) -> list[Floats]:
        """See `Model`."""
        return [share[rows] for share in at]

    def shares(self, theta: Floats) -> Floats:
        """Largest part of any prediction that each term makes up, shape (R, K)."""
        return np.stack([share.max(axis=1) for share in self.value(theta)[1]], axis=1)

    def _add(self, out: Floats, j: int, k: int, block: Floats) -> None:
        a, b = self._terms[j].columns, self._terms[k].columns
        block = block.reshape(-1, len(a), len(b))
        out[:, a[:, None], b] += block
        if j != k:
            out[:, b[:, None], a] += block.transpose(0, 2, 1)


class Dense:
    """Any smooth law, from its value and Jacobian; its curvature by central differences of the Jacobian.

    Parameters
    ----------
    size : int
        Entries of θ.
    evaluate : callable
        Takes θ of shape (R, p), returns f of shape (R, n) and its Jacobian of shape (R, n, p).
    """

    step = 1e-5
    """Of the differences, relative to 1 + |θ|: errors of about 1e-10 in the curvature."""

    def __init__(self, size: int, evaluate: Callable[[Floats], tuple[Floats, Floats]]) -> None:
        self.size = size
        self._evaluate = evaluate

    def value(self, theta: Floats) -> tuple[Floats, list[Floats]]:
        """See `Model`."""
        f, jacobian = self._evaluate(theta)
        return f, [theta.copy(), jacobian]

    def pull(self, at: list[Floats], u: Floats) -> Floats:
        """See `Model`."""
        pulled: Floats = np.matmul(u[:, None, :], at[1])[:, 0, :]
        return pulled

    def hessian(self, at: list[Floats], a: Floats, b: Floats | None) -> Floats:
        """See `Model`."""
        theta, jacobian = at
        out: Floats = np.matmul(jacobian.transpose(0, 2, 1) * a[:, None, :], jacobian)
        if b is not None and len(bent := np.flatnonzero(b.any(axis=1))):
            here, pulled = theta[bent], b[bent]
            second = np.empty((len(bent), self.size, self.size))
            for j in range(self.size):
                width = self.step * (1.0 + np.abs(here[:, j]))
                moved = np.zeros_like(here)
                moved[:, j] = width
                ahead, behind = self._evaluate(here + moved)[1], self._evaluate(here - moved)[1]
                second[:, j] = np.einsum("rn,rnp->rp", pulled, ahead - behind) / (2.0 * width[:, None])
            out[bent] -= 0.5 * (second + second.transpose(0, 2, 1))
        return out

    def keep(self, at: list[Floats], rows: NDArray[np.bool_]) -> list[Floats]:
        """See `Model`."""
        return [part[rows] for part in at]
