"""A folder of finished runs and checkpoints, each written whole or not at all."""

from __future__ import annotations

import json
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from curveshift.errors import CurveshiftError
from curveshift.records import atomic_write, canonical_json

FORMAT: Final = 1
_MARK: Final = "lab.json"


class Store:
    """Runs by the hash of their settings.

    Parameters
    ----------
    folder : str or Path
        Made where it is missing; its parent must exist.

    Raises
    ------
    CurveshiftError
        For a folder that holds something else, or runs of another version.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     Store(f"{folder}/runs").result("0123456789abcdef") is None
    True
    """

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder)
        mark = self.folder / _MARK
        stamp = _stamp()
        if mark.exists():
            found = _json(mark)
            if found != stamp:
                told = ", ".join(
                    f"{name} {found.get(name)} there and {value} here"
                    for name, value in stamp.items()
                    if found.get(name) != value
                )
                raise CurveshiftError(
                    f"holds runs of another version ({told}): their numbers may differ from what this one would"
                    " compute; give another folder with --store, or remove this one",
                    str(self.folder),
                )
            return
        if self.folder.exists() and (not self.folder.is_dir() or any(self.folder.iterdir())):
            raise CurveshiftError("is no store of runs and not empty: give a new folder", str(self.folder))
        if not self.folder.parent.is_dir():
            raise CurveshiftError(
                f"cannot be made: there is no folder {self.folder.parent}", str(self.folder)
            )
        self.folder.mkdir(exist_ok=True)
        atomic_write(mark, canonical_json(stamp) + "\n")

    def result(self, key: str) -> dict[str, Any] | None:
        """What came of a run, or None where it has not been run to its end."""
        path = self._path(key, "json")
        if not path.exists():
            return None
        kept = _json(path)["result"]
        # JSON has no NaN.
        return {name: float("nan") if value is None else value for name, value in kept.items()}

    def keep(self, key: str, settings: dict[str, Any], result: dict[str, Any], content: bytes = b"") -> None:
        """Keep a finished run, and forget its checkpoint."""
        if content:
            atomic_write(self._path(key, "weights"), content)
        plain = {n: None if isinstance(v, float) and v != v else v for n, v in result.items()}
        atomic_write(
            self._path(key, "json"),
            canonical_json({**_stamp(), "settings": settings, "result": plain}) + "\n",
        )
        self._path(key, "part").unlink(missing_ok=True)

    def weights(self, key: str) -> bytes:
        """The weights at the end of a run."""
        path = self._path(key, "weights")
        try:
            return path.read_bytes()
        except OSError as err:
            raise CurveshiftError(
                "the weights of this run are gone: remove its result and run again", str(path)
            ) from err

    def keep_checkpoint(self, key: str, step: int, content: bytes) -> None:
        """Keep the state after a step, in place of an earlier one."""
        atomic_write(self._path(key, "part"), step.to_bytes(8, "little") + content)

    def checkpoint(self, key: str) -> tuple[int, bytes] | None:
        """Step and state of the last checkpoint, if there is one."""
        path = self._path(key, "part")
        if not path.exists():
            return None
        content = path.read_bytes()
        return int.from_bytes(content[:8], "little"), content[8:]

    def write(self, name: str, payload: Any) -> None:
        """Write a note such as a prediction under a name."""
        atomic_write(self.folder / name, canonical_json({**_stamp(), "note": payload}) + "\n")

    def _path(self, key: str, ending: str) -> Path:
        return self.folder / f"{key}.{ending}"


def _stamp() -> dict[str, Any]:
    packages = {name: version(name) for name in ("curveshift", "jax", "equinox", "optax")}
    return {"format": FORMAT, **packages}


def _json(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as err:
        raise CurveshiftError(
            "cannot be read: remove it, or give another folder with --store", str(path)
        ) from err
    if not isinstance(found, dict):
        raise CurveshiftError("is no record of a run", str(path))
    return found
