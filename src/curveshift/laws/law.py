"""What a law is: named quantities in, one out, parameters with units, and how it is put before the solver."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np

from curveshift.errors import CurveshiftError, unknown_name

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from .models import Model
    from .objectives import Objective
    from .result import Fit

    Floats = NDArray[np.float64]
    Inputs = Mapping[str, Floats]


@dataclass(frozen=True)
class Quantity:
    """An input or the output of a law: what a column of runs holds.

    Attributes
    ----------
    name, unit, meaning : str
        The unit is empty for a pure number.
    low, high : float
        Open range of possible values.
    """

    name: str
    unit: str
    meaning: str
    low: float = 0.0
    high: float = float("inf")
    scales: int | None = None
    """Distinct values that a fit needs, where it is not the law's `fewest_scales`."""


@dataclass(frozen=True)
class Parameter:
    """A parameter of a law.

    Attributes
    ----------
    name, unit, meaning : str
    low, high : float
        Open range; a fit outside it is refused, one that runs to an end is reported.
    """

    name: str
    unit: str
    meaning: str
    low: float = 0.0
    high: float = float("inf")


class Prepared(ABC):
    """A law on one data set, in the solver's coordinates θ (unbounded, centred)."""

    model: Model
    penalised: Floats | None = None
    """Linear forms of θ whose absolute values a penalised objective adds, shape (m, p)."""

    @abstractmethod
    def starts(self, y: Floats, weights: Floats, objective: Objective) -> Floats:
        """Starting points from nothing but the data, shape (S, p)."""

    @abstractmethod
    def natural(self, theta: Floats) -> Floats:
        """Parameters of the law, shape (R, p)."""

    @abstractmethod
    def solver(self, values: Floats) -> Floats:
        """θ of given parameters, shape (R, p)."""

    @abstractmethod
    def direction(self, index: int) -> tuple[Floats, bool]:
        """Vector v with v·θ equal to a parameter, or to its logarithm (then True): for profiles."""


class Law(ABC):
    """A scaling law with its parameter values; a frozen dataclass whose fields are the parameters.

    The class carries what is the same for all values: `name`, `equation`, `source`, `validity`, `inputs`,
    `output`, `parameters`.
    """

    name: ClassVar[str]
    equation: ClassVar[str]
    source: ClassVar[str]
    validity: ClassVar[str]
    inputs: ClassVar[tuple[Quantity, ...]]
    output: ClassVar[Quantity]
    parameters: ClassVar[tuple[Parameter, ...]]
    fewest_scales: ClassVar[int] = 3
    """Distinct values of each input without which no curve can be seen."""
    space: ClassVar[str] = "log"
    """Space of the residuals in a fit that does not say: ``raw`` where the output is a share."""

    def __post_init__(self) -> None:
        for parameter in self.parameters:
            value = getattr(self, parameter.name)
            if not isinstance(value, (int, float, np.floating)) or not np.isfinite(value):
                raise CurveshiftError(f"{value!r} is not a finite number", f"{self.name}.{parameter.name}")
            if not parameter.low <= value <= parameter.high:
                raise CurveshiftError(
                    f"{value:g} is outside {parameter.low:g} to {parameter.high:g}",
                    f"{self.name}.{parameter.name}",
                )

    @property
    def values(self) -> Floats:
        """The parameters in order, shape (p,)."""
        return np.array([float(getattr(self, p.name)) for p in self.parameters])

    @classmethod
    def of(cls, values: Floats) -> Self:
        """The law with given parameters, in order."""
        # A plain float prints as one.
        made = {f.name: float(v) for f, v in zip(fields(cls), values, strict=True)}  # type: ignore[arg-type]
        return cls(**made)

    def predict(self, **inputs: ArrayLike) -> Floats:
        """Value of the law.

        Parameters
        ----------
        **inputs : array_like
            One for each of `inputs`, in its unit; they broadcast.

        Returns
        -------
        array
            In the unit of `output`.

        Raises
        ------
        CurveshiftError
            For a missing or unknown input, or one outside its range.
        """
        ready = self.checked(inputs)
        shape = np.broadcast_shapes(*(v.shape for v in ready.values()))
        flat = {name: np.broadcast_to(v, shape).ravel() for name, v in ready.items()}
        out: Floats = self.curve(self.values[None, :], flat)[0].reshape(shape)
        return out

    @classmethod
    def checked(cls, inputs: Mapping[str, Any]) -> dict[str, Floats]:
        """Inputs as arrays, or the error that says which is missing or impossible."""
        names = [q.name for q in cls.inputs]
        for name in inputs:
            if name not in names:
                raise unknown_name("input", name, names, cls.name)
        ready = {}
        for quantity in cls.inputs:
            if quantity.name not in inputs:
                raise CurveshiftError(f"needs {', '.join(names)}: {quantity.name} is missing", cls.name)
            value = np.asarray(inputs[quantity.name], dtype=np.float64)
            wrong = ~((value > quantity.low) & (value < quantity.high))
            if wrong.any():
                raise CurveshiftError(
                    f"{value[wrong].flat[0]:g} is outside its range ({quantity.low:g} to {quantity.high:g})",
                    f"{cls.name}: {quantity.name}",
                )
            ready[quantity.name] = value
        return ready

    @classmethod
    @abstractmethod
    def curve(cls, values: Floats, inputs: Inputs) -> Floats:
        """Predictions for many parameter vectors: values (R, p), inputs (n,) each; returns (R, n)."""

    @classmethod
    @abstractmethod
    def prepare(cls, inputs: Inputs) -> Prepared:
        """The law on one data set, ready for the solver."""

    @classmethod
    def design(cls, inputs: Inputs) -> Sequence[str]:
        """Why runs with these inputs cannot identify the law, beyond too few runs, scales or a ray."""
        return ()

    def doubts(self, inputs: Inputs, held: Collection[str], draws: Floats | None) -> Sequence[str]:
        """What the fitted law does not know from these runs.

        Parameters
        ----------
        inputs : mapping of str to array, shape (n,)
        held : collection of str
            Parameters that were held at a value.
        draws : array, shape (R, p), optional
            Parameters of the resampled fits.

        Returns
        -------
        sequence of str
        """
        return ()

    @classmethod
    def fit(cls, data: Any, **settings: Any) -> Fit:
        """Fit the law to runs; see `curveshift.laws.fit` for all settings.

        Returns
        -------
        Fit
        """
        from .fitting import fit

        return fit(cls, data, **settings)
