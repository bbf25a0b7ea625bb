"""Files written whole or not at all, and JSON that carries its own hash."""

from __future__ import annotations

import hashlib
import json
import os
import secrets
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Any

from curveshift.errors import CurveshiftError


def atomic_write(path: str | Path, content: bytes | str, *, durable: bool = False) -> None:
    """Write a file in one step: either the whole content stands there, or the old file does.

    Parameters
    ----------
    path : str or Path
        The file to write; its folder must exist.
    content : bytes or str
        What to write; text is stored as UTF-8 with its line ends untouched.
    durable : bool
        Whether to wait until the disk has it, so that it also survives a loss of power.

    Raises
    ------
    CurveshiftError
        When the place cannot be written.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     target = pathlib.Path(folder) / "note.txt"
    ...     atomic_write(target, "ten chips")
    ...     target.read_text()
    'ten chips'
    """
    target = Path(path)
    data = content.encode("utf-8") if isinstance(content, str) else content
    if target.exists() and not target.is_file():
        raise CurveshiftError("cannot be written: it is not a regular file", where=str(target))
    if not target.parent.is_dir():
        raise CurveshiftError(f"cannot be written: there is no folder {target.parent}", where=str(target))
    # os.open, unlike tempfile, leaves the permissions of the new file to the user's umask.
    temporary = target.parent / f".{target.name[:80]}.{secrets.token_hex(6)}.part"
    try:
        handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
            if durable:
                stream.flush()
                os.fsync(stream.fileno())
        os.replace(temporary, target)
        if durable:
            _sync_folder(target.parent)
    except OSError as err:
        raise CurveshiftError(f"cannot be written: {err.strerror or err}", where=str(target)) from err
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)


def _sync_folder(folder: Path) -> None:
    """Make a rename inside a folder last; where folders cannot be opened the rename itself has to do."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def canonical_json(payload: Any) -> str:
    """One spelling for one content: sorted keys, no spaces, no NaN; dates become ISO text.

    Examples
    --------
    >>> canonical_json({"b": 1, "a": [date(2026, 6, 30)]})
    '{"a":["2026-06-30"],"b":1}'
    """
    return _dump(payload, None, (",", ":"))


def _dump(payload: Any, indent: int | None, separators: tuple[str, str]) -> str:
    try:
        return json.dumps(
            payload,
            sort_keys=True,
            allow_nan=False,
            ensure_ascii=False,
            indent=indent,
            separators=separators,
            default=_as_json,
        )
    except (TypeError, ValueError) as err:
        raise CurveshiftError(f"cannot be stored as JSON: {err}") from err


def _as_json(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"a {type(value).__name__} has no JSON form")


def write_compiled(path: str | Path, payload: dict[str, Any], *, durable: bool = False) -> str:
    """Write a payload as JSON together with the SHA-256 of its canonical form; return that hash.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     target = pathlib.Path(folder) / "compiled.json"
    ...     digest = write_compiled(target, {"chips": ["H20"]})
    ...     read_compiled(target)
    {'chips': ['H20']}
    """
    digest = hashlib.sha256(canonical_json(payload).encode("utf-8")).hexdigest()
    # Indented, because a reviewer reads the difference between two versions line by line.
    text = _dump({"payload": payload, "sha256": digest}, 1, (",", ": ")) + "\n"
    atomic_write(path, text, durable=durable)
    return digest


def read_compiled(path: str | Path) -> dict[str, Any]:
    """Read what `write_compiled` wrote, and refuse it when its content does not match its hash.

    Raises
    ------
    CurveshiftError
        When the file is missing, is not such a file, or was changed by hand.
    """
    where = str(path)
    again = "compile the records again"
    try:
        stored = json.loads(Path(path).read_text(encoding="utf-8"))
    except OSError as err:
        raise CurveshiftError(f"cannot be read ({err.strerror or err}): {again}", where) from err
    except (ValueError, RecursionError) as err:
        raise CurveshiftError(f"is not compiled JSON: {again}", where) from err
    if not isinstance(stored, dict) or set(stored) != {"payload", "sha256"}:
        raise CurveshiftError(f"is not a compiled file with a payload and its hash: {again}", where)
    payload = stored["payload"]
    if (
        not isinstance(payload, dict)
        or hashlib.sha256(canonical_json(payload).encode("utf-8")).hexdigest() != stored["sha256"]
    ):
        raise CurveshiftError(f"does not match its own hash, so it was changed by hand: {again}", where)
    return payload
