"""Posterior draws of the joint model: what they hold, how they are stored and shipped."""

from __future__ import annotations

import hashlib
import io
import json
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from zipfile import BadZipFile

import numpy as np

from curveshift import notebooks
from curveshift.errors import CurveshiftError, unknown_name
from curveshift.records import atomic_write, canonical_json

from .panels import Panel, panel
from .prior_records import DATA, priors, settings

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

LATEST: Final = "latest"
SHIPPED: Final[Mapping[str, str]] = {
    LATEST: "posterior.npz",
    "2024-06-30": "posterior_2024-06-30.npz",
    "2025-01-29": "posterior_2025-01-29.npz",
    "2025-06-30": "posterior_2025-06-30.npz",
}
"""Posteriors in the package: of all facts, and of what was public on the essay's day and at the start of backtests."""

_READ_BY_THE_MODEL: Final = (
    "reference_log10_flop", "reference_year", "gain_year", "tail_degrees", "undisclosed_since", "unknown_items",
)  # fmt: skip
"""Fixed choices that set the joint model and show in no panel."""

SCALARS: Final = (
    "efficiency", "gain", "gain_growth", "china", "distilled", "compute", "compute_growth", "compute_china",
    "compute_small", "compute_undisclosed", "compute_spread", "error_scale", "recipe_spread", "family_share",
    "outlier_share",
)  # fmt: skip
"""Parameters that every posterior has in `values`."""

LARGEST_R_HAT: Final = 1.01
"""Of draws that count as sampled well, below it."""
LEAST_ESS: Final = 400.0
"""Effective draws of the same, above it."""

_ARRAYS: Final = ("capability", "slope", "difficulty", "ceiling", "precision")
"""Draws by model or by benchmark: the fields of `Posterior` with a second axis."""


@dataclass(frozen=True, eq=False)
class Posterior:
    """Draws of the joint model; D draws, I models, J benchmarks.

    Attributes
    ----------
    values : dict of str to array, shape (D,)
        Parameters that belong to no single model or benchmark; `curveshift.trends.priors` has their meaning and unit.
    capability : array, shape (D, I)
        Orders of magnitude of effective compute: 0 is what 10^24.5 FLOP gave in the middle of 2024 to a US model
        without reasoning training.
    slope, difficulty, ceiling, precision : array, shape (D, J)
        Curve of each benchmark on that scale (slope per order of magnitude), and precision of one score of it.
    version : array of int, shape (D,)
        Which of `versions` each draw comes from.
    versions : tuple of str
    panel : Panel
        What the draws were fitted to.
    report : dict
        Settings of the sampler, its diagnostics, weights of versions, and each version's own intervals.
    """

    values: Mapping[str, Floats]
    capability: Floats
    slope: Floats
    difficulty: Floats
    ceiling: Floats
    precision: Floats
    version: NDArray[np.int64]
    versions: tuple[str, ...]
    panel: Panel
    report: Mapping[str, Any]

    def __len__(self) -> int:
        return len(self.capability)

    def _repr_html_(self) -> str:
        known = priors()
        rows = [
            [name, *(float(x) for x in np.quantile(draws, (0.05, 0.5, 0.95))), known[name].unit]
            for name, draws in self.values.items()
        ]
        caption = (
            f"{len(self)} draws; {len(self.panel.models)} models, {len(self.panel.benchmarks)} benchmarks"
        )
        return notebooks.table(["parameter", "5 %", "median", "95 %", "unit"], rows, caption)

    def __getitem__(self, name: str) -> Floats:
        """Draws of one parameter, shape (draw,)."""
        if name not in self.values:
            raise unknown_name("parameter", name, self.values)
        return self.values[name]

    def of(self, model: str) -> Floats:
        """Capability of one model, shape (draw,), orders of magnitude.

        Raises
        ------
        CurveshiftError
            For a model without scores, with the nearest.
        """
        return self.capability[:, self.index(model)]

    def index(self, model: str) -> int:
        """Place of a model among `panel.models`."""
        if model not in self.panel.models:
            raise unknown_name("model", model, self.panel.models, "model")
        return self.panel.models.index(model)

    def take(self, rows: NDArray[np.int64]) -> Posterior:
        """The posterior at some of its draws."""
        return replace(
            self,
            values={name: draws[rows] for name, draws in self.values.items()},
            version=self.version[rows],
            **{name: getattr(self, name)[rows] for name in _ARRAYS},
        )

    def expected(self, *, years: Any, log10_flop: Any, reasoning: Any, china: Any, distilled: Any) -> Floats:
        """Capability expected of a run with given compute, date and kind, without its recipe's own effect.

        Parameters
        ----------
        years, log10_flop, reasoning, china, distilled : array
            Decimal year, log10 training FLOP, and three flags; each of a shape that broadcasts against (draw,).

        Returns
        -------
        array
            Orders of magnitude, in the broadcast shape.
        """
        fixed = settings()
        gain = self["gain"] + self["gain_growth"] * (years - fixed.gain_year)
        return np.asarray(
            log10_flop
            - fixed.reference_log10_flop
            + self["efficiency"] * (years - fixed.reference_year)
            + gain * reasoning
            + self["china"] * china
            + self["distilled"] * distilled
        )

    def usual_log10_flop(self, *, years: Any, china: Any, small: Any, disclosed: Any) -> Floats:
        """Mean log10 training FLOP of models of one date and kind; arguments as in `expected`."""
        fixed = settings()
        return np.asarray(
            fixed.reference_log10_flop
            + self["compute"]
            + self["compute_growth"] * (years - fixed.reference_year)
            + self["compute_china"] * china
            + self["compute_small"] * small
            + self["compute_undisclosed"] * (1.0 - disclosed)
        )

    def sources(self) -> list[str]:
        """Tables that the draws rest on."""
        return ["models", "benchmarks", "benchmark_scores"]

    def to_bytes(self) -> bytes:
        """The draws as one compressed file: half precision, which is far finer than their spread."""
        stream = io.BytesIO()
        about = {
            "digest": digest(self.panel),
            "as_of": None if self.panel.as_of is None else self.panel.as_of.isoformat(),
            "versions": list(self.versions),
            "report": dict(self.report),
        }
        arrays: dict[str, Any] = {
            "about": np.frombuffer(canonical_json(about).encode(), dtype=np.uint8),
            "version": self.version.astype(np.int8),
        }
        arrays |= {f"value_{name}": draws.astype(np.float32) for name, draws in self.values.items()}
        arrays |= {name: getattr(self, name).astype(np.float16) for name in _ARRAYS}
        np.savez_compressed(stream, **arrays)
        return stream.getvalue()

    def save(self, path: str | Path) -> None:
        """Write the draws in one step."""
        atomic_write(path, self.to_bytes())


def digest(data: Panel) -> str:
    """SHA-256 over the data, the priors and the fixed choices that a posterior rests on."""
    fixed = asdict(settings())
    told = {
        "data": data.digest(),
        "priors": {name: [prior.family, *prior.numbers] for name, prior in priors().items()},
        "settings": {name: fixed[name] for name in _READ_BY_THE_MODEL},
    }
    return hashlib.sha256(canonical_json(told).encode()).hexdigest()


def joined(parts: Sequence[Posterior], report: Mapping[str, Any]) -> Posterior:
    """Draws of several versions of one panel, each part being of one version, as one posterior."""
    first = parts[0]
    arrays: dict[str, Any] = {
        name: np.concatenate([getattr(part, name) for part in parts]) for name in _ARRAYS
    }
    return replace(
        first,
        values={name: np.concatenate([part.values[name] for part in parts]) for name in first.values},
        version=np.repeat(np.arange(len(parts)), [len(part) for part in parts]),
        versions=tuple(name for part in parts for name in part.versions),
        report=report,
        **arrays,
    )


def load(path: str | Path) -> Posterior:
    """Read draws that `Posterior.save` wrote, and refuse them when the facts have changed since.

    Raises
    ------
    CurveshiftError
        When the file is missing or damaged, or the facts are not those of the draws.
    """
    where = str(path)
    try:
        # Opened here, since NumPy leaves a file open whose content it refuses.
        with open(path, "rb") as stream, np.load(stream, allow_pickle=False) as stored:
            about = json.loads(stored["about"].tobytes())
            arrays = {name: np.asarray(stored[name]) for name in stored.files if name != "about"}
        as_of, known, versions, report = (about[key] for key in ("as_of", "digest", "versions", "report"))
    except FileNotFoundError:
        raise CurveshiftError("no such posterior: make it with `curveshift calibrate`", where) from None
    except (
        OSError, EOFError, ValueError, KeyError, TypeError, NotImplementedError, BadZipFile, zlib.error
    ) as error:  # fmt: skip
        raise CurveshiftError(f"not a posterior of this program ({error})", where) from None
    data = panel(as_of)
    if digest(data) != known:
        raise CurveshiftError(
            "these draws belong to other facts, priors or another version: rebuild them with `curveshift calibrate`",
            where,
        )
    _check_whole(arrays, data, where)
    values = {n.removeprefix("value_"): a.astype(float) for n, a in arrays.items() if n.startswith("value_")}
    return Posterior(
        values=values,
        version=arrays["version"].astype(np.int64),
        versions=tuple(versions),
        panel=data,
        report=report,
        **{name: arrays[name].astype(float) for name in _ARRAYS},
    )


def _check_whole(arrays: Mapping[str, NDArray[Any]], data: Panel, where: str) -> None:
    """Refuse a file that lacks an array, or holds one of another shape or without finite numbers."""
    draws = len(arrays["version"]) if "version" in arrays and arrays["version"].ndim == 1 else 0
    shapes: dict[str, tuple[int, ...]] = {
        "version": (draws,),
        **{f"value_{name}": (draws,) for name in SCALARS},
    }
    shapes |= {
        name: (draws, len(data.models if name == "capability" else data.benchmarks)) for name in _ARRAYS
    }
    for name, shape in shapes.items():
        found = arrays.get(name)
        if (
            found is None
            or found.shape != shape
            or found.dtype.kind not in "fi"
            or not np.isfinite(found).all()
        ):
            raise CurveshiftError(
                f"not a whole posterior: {name} is missing, of another shape or not finite", where
            )


@cache
def _shipped(name: str) -> Posterior:
    return load(DATA / name)


def posterior(as_of: date | str | None = None) -> Posterior:
    """The shipped draws: of all facts, or of what was public on one of the days in `SHIPPED`.

    Parameters
    ----------
    as_of : date or str, optional

    Returns
    -------
    Posterior

    Raises
    ------
    CurveshiftError
        For another date, which needs `curveshift.trends.calibrate`.

    Examples
    --------
    >>> p = posterior()
    >>> p.capability.shape == (len(p), len(p.panel.models))
    True
    """
    key = LATEST if as_of is None else str(as_of)
    if key not in SHIPPED:
        raise CurveshiftError(
            f"no draws as of {key} are shipped, only {', '.join(SHIPPED)}: "
            f"make them with `curveshift calibrate --as-of {key} -o FILE`",
            "as_of",
        )
    return _shipped(SHIPPED[key])
