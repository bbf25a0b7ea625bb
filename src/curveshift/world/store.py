"""A folder of chunks with a manifest, which a run can be killed at any moment and taken up again from.

A chunk is written under another name, brought to the disk and renamed; then the manifest, which lists it with its
checksum, is written anew in the same way. So whatever the manifest lists is whole, and what it does not list counts
as never computed.
"""

from __future__ import annotations

import hashlib
import shlex
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Final

from curveshift.errors import CurveshiftError
from curveshift.records import atomic_write, read_compiled, write_compiled
from curveshift.world.stamp import differences, stamp

FORMAT: Final = 1
MANIFEST: Final = "manifest.json"
_LOCK: Final = ".lock"


class StoreWarning(UserWarning):
    """Something about a store that a reader of its numbers should know."""


@dataclass
class Store:
    """A store that is open; made by `open_for`.

    Attributes
    ----------
    folder : Path
    manifest : dict
        What the run is, and the chunks that are done by number.
    said : list of str
        What was found damaged when it was opened.
    """

    folder: Path
    manifest: dict[str, Any]
    said: list[str] = field(default_factory=list)
    _lock: IO[bytes] | None = None

    @property
    def done(self) -> dict[int, dict[str, Any]]:
        """The chunks that are whole, by number."""
        return {int(number): entry for number, entry in self.manifest["chunks"].items()}

    @property
    def missing(self) -> list[int]:
        """Chunks still to be computed, in order."""
        return [i for i in range(self.manifest["n_chunks"]) if str(i) not in self.manifest["chunks"]]

    @property
    def files(self) -> list[Path]:
        """All chunks in order."""
        return [self.folder / chunk_name(i) for i in range(self.manifest["n_chunks"])]

    def write(self, number: int, content: bytes) -> None:
        """Add one chunk; when this returns it survives a loss of power."""
        name = chunk_name(number)
        entry = {"file": name, "bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
        chunks = {**self.manifest["chunks"], str(number): entry}
        try:
            atomic_write(self.folder / name, content, durable=True)
            self._save({**self.manifest, "chunks": chunks})
        except CurveshiftError as err:
            kept = f"{len(self.done)} of {self.manifest['n_chunks']} chunks are kept"
            raise CurveshiftError(
                f"{err.what}; {kept}: make room and run again with --resume", err.where
            ) from err

    def finish(self, notes: Sequence[str], failed: Mapping[str, int]) -> None:
        """Say in the manifest that the run is complete, with its warnings and its failed draws by policy."""
        found = {**self.manifest, "complete": True, "warnings": list(notes), "failed_draws": dict(failed)}
        if found != self.manifest:
            self._save(found)

    def close(self) -> None:
        """Let others write."""
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def _save(self, manifest: dict[str, Any]) -> None:
        write_compiled(self.folder / MANIFEST, manifest, durable=True)
        self.manifest = manifest


def chunk_name(number: int) -> str:
    """File of a chunk."""
    return f"chunk-{number:06d}.npz"


def open_for(folder: Path, run: Mapping[str, Any], n_chunks: int, call: Any, *, resume: bool) -> Store:
    """Begin a store for a run, or take up the one that is there.

    Parameters
    ----------
    folder : Path
        Made when it does not exist.
    run : mapping
        What decides the bytes, as plain data: a store with another content is refused.
    n_chunks : int
    call : plain data or None
        The call that `open_store` repeats; None when it holds Python objects.
    resume : bool
        Take up what is there; with nothing there, begin.

    Raises
    ------
    CurveshiftError
        For a folder that holds something else, another run, or is in use.
    """
    where = str(folder)
    if folder.exists() and not folder.is_dir():
        raise CurveshiftError("is not a folder", where)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as err:
        raise CurveshiftError(f"cannot be made: {err.strerror or err}", where) from err
    lock = _locked(folder)
    try:
        if (folder / MANIFEST).exists():
            if not resume:
                raise CurveshiftError(
                    "holds a store already: continue it with --resume (in Python resume=True), or name another folder",
                    where,
                )
            store = Store(folder, read_manifest(folder), _lock=lock)
            _check_same(store, run)
            _sweep(folder)
            store.said += verify(store)
            return store
        _sweep(folder)
        if foreign := [p.name for p in folder.iterdir() if p.name != _LOCK and not p.match("chunk-*.npz")]:
            raise CurveshiftError(
                f"holds other files (such as {min(foreign)}) and no store: name an empty or a new folder",
                where,
            )
        store = Store(folder, {}, _lock=lock)
        command = shlex.join([Path(sys.argv[0]).name, *sys.argv[1:]])
        store._save(
            {
                "format": FORMAT,
                "run": dict(run),
                "made_with": stamp(),
                "command": command,
                "call": call,
                "n_chunks": n_chunks,
                "chunks": {},
                "complete": False,
            }
        )
        return store
    except BaseException:
        if lock is not None:
            lock.close()
        raise


def read_manifest(folder: Path) -> dict[str, Any]:
    """The manifest of a store, checked against its own hash and for its format."""
    path = folder / MANIFEST
    if not path.is_file():
        raise CurveshiftError(f"is not a store: it has no {MANIFEST}", str(folder))
    try:
        manifest = read_compiled(path)
    except CurveshiftError as err:
        raise CurveshiftError(
            "is damaged or was changed by hand: the store cannot be trusted", str(path)
        ) from err
    made_with = manifest.get("made_with")
    if manifest.get("format") != FORMAT:
        maker = made_with.get("curveshift", "unknown") if isinstance(made_with, dict) else "unknown"
        raise CurveshiftError(
            f"has format {manifest.get('format')}, this version reads {FORMAT}: use the version that made it, "
            f"curveshift {maker}",
            str(path),
        )
    if not _well_formed(manifest):
        raise CurveshiftError(f"is not a manifest of format {FORMAT}: it was not written by a run", str(path))
    return manifest


def _well_formed(manifest: Mapping[str, Any]) -> bool:
    """Whether the parts that are read are there: a right hash says only that nothing was changed since."""
    chunks, count = manifest.get("chunks"), manifest.get("n_chunks")
    kinds = {"run": dict, "made_with": dict, "command": str, "chunks": dict, "complete": bool}
    if not all(isinstance(manifest.get(key), kind) for key, kind in kinds.items()) or "call" not in manifest:
        return False
    if not isinstance(chunks, dict) or not isinstance(count, int) or count < 1:
        return False
    return all(
        key.isdecimal()
        and key == str(int(key))
        and int(key) < count
        and isinstance(entry, dict)
        and entry.get("file") == chunk_name(int(key))
        and isinstance(entry.get("sha256"), str)
        for key, entry in chunks.items()
    )


def verify(store: Store) -> list[str]:
    """Check every listed chunk against its checksum and strike out those that differ; say which and why."""
    bad = {}
    for number, entry in store.done.items():
        if why := _damage(store.folder / entry["file"], entry):
            bad[number] = f"{entry['file']} {why}: it is computed again"
    if bad:
        store.manifest = {
            **store.manifest,
            "complete": False,
            "chunks": {key: entry for key, entry in store.manifest["chunks"].items() if int(key) not in bad},
        }
    return [bad[number] for number in sorted(bad)]


def _damage(path: Path, entry: Mapping[str, Any]) -> str:
    try:
        with path.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as err:
        return f"cannot be read ({err.strerror or err})"
    return "" if digest == entry["sha256"] else "does not match its checksum"


def _check_same(store: Store, run: Mapping[str, Any]) -> None:
    where = str(store.folder)
    made_with, theirs = store.manifest["made_with"], store.manifest["run"]
    if found := differences(stamp(), made_with):
        raise CurveshiftError(
            f"was made with {', '.join(found)}: its bytes would not be those of this run; name another folder, or read "
            "it as it is with curveshift.world.open_store",
            where,
        )
    if made_with.get("processor") != stamp()["processor"]:
        store.said.append(
            f"the store was begun on a processor with other instructions ({made_with.get('processor')}; here "
            f"{stamp()['processor']}): its chunks may differ from those made here in the last digits"
        )
    # Compared as it was written: dates and tuples have one spelling there.
    if other := [key for key in run if theirs.get(key) != run[key]]:
        shown = ", ".join(
            f"{key} {theirs.get(key)} and not {run[key]}" for key in other if key != "scenario_sha256"
        )
        raise CurveshiftError(
            f"holds another run ({shown or 'other policies, assumptions or settings'}), made by "
            f"`{store.manifest['command']}`: repeat that command with --resume, or name another folder",
            where,
        )


def _sweep(folder: Path) -> None:
    """Remove what a killed run was still writing."""
    for path in folder.glob(".*.part"):
        with suppress(OSError):
            path.unlink()


def _locked(folder: Path) -> IO[bytes] | None:
    """Keep other processes out; the system lets go of it whatever way a process ends."""
    try:
        import fcntl
    except ImportError:
        return None
    try:
        held = (folder / _LOCK).open("wb")
    except OSError as err:
        raise CurveshiftError(f"cannot be written: {err.strerror or err}", str(folder)) from err
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as err:
        held.close()
        raise CurveshiftError(
            "is in use by another run: wait for it, or name another folder", str(folder)
        ) from err
    return held
