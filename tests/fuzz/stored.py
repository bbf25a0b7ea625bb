"""Targets: what the program itself wrote and a user hands back, as results, stores, chunks and draws."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from functools import cache
from typing import Any

import numpy as np

from curveshift.commands.explaining import _read
from curveshift.errors import CurveshiftError
from curveshift.records import write_compiled
from curveshift.trends import posteriors
from curveshift.world import open_store
from curveshift.world.stamp import stamp
from curveshift.world.store import MANIFEST, Store, read_manifest, verify
from curveshift.world.stored import read_member

from .dice import Dice, changed
from .judging import folder, hold, written

_RESULT: dict[str, Any] = {
    "meta": {
        "asked": {"policies": ["status-quo"], "settings": {}, "assumptions": None, "view": None, "unit": "h100e_16bit"},
        "draws": 64, "seed": 0, "as_of": "2026-06-30", "end": "2027-12-01", "scenario_sha256": "0",
    },
    "result": {"policies": [{"name": "status-quo", "outcomes": {"lag": [1.5, 2.5]}}]},
}  # fmt: skip


def results(data: bytes) -> None:
    """A result that is to be explained."""
    dice = Dice(data)
    tree, _ = changed(_RESULT, dice)
    text = json.dumps(tree, default=str).encode()
    content = _scratched(text, dice) if dice.chance(2) else text
    meta, summary = _read(written("result.json", content))
    hold(isinstance(meta["asked"], dict) and isinstance(summary, dict), "not a result", meta)


def _scratched(content: bytes, dice: Dice) -> bytes:
    """Bytes with a few overwritten, cut or doubled."""
    out = bytearray(content)
    for _ in range(1 + dice.below(4)):
        at = dice.below(len(out) or 1)
        match dice.below(4):
            case 0:
                out[at : at + 1] = bytes([dice.byte()])
            case 1:
                del out[at : at + 1 + dice.below(64)]
            case 2:
                out[at:at] = out[at : at + dice.below(64)]
            case _:
                del out[at:]
    return bytes(out)


@cache
def _chunk() -> bytes:
    found = io.BytesIO()
    with zipfile.ZipFile(found, "w") as archive:
        for name, how in (("level", zipfile.ZIP_STORED), ("policy0.counts", zipfile.ZIP_DEFLATED)):
            member = io.BytesIO()
            np.lib.format.write_array(member, np.arange(12.0).reshape(3, 4))
            archive.writestr(zipfile.ZipInfo(f"{name}.npy"), member.getvalue(), how)
    return found.getvalue()


def stores(data: bytes) -> None:
    """A store whose chunks or manifest were changed."""
    dice = Dice(data)
    place = folder() / "store"
    place.mkdir(exist_ok=True)
    chunk = _chunk()
    entry = {"file": "chunk-000000.npz", "bytes": len(chunk), "sha256": hashlib.sha256(chunk).hexdigest()}
    manifest: Any = {
        "format": 1,
        "run": {"chunk_draws": 32768, "scenario_sha256": "0", "facts_sha256": "0", "frontier_sha256": "0"},
        "made_with": stamp(), "command": "curveshift run status-quo", "n_chunks": 1, "complete": False,
        "call": {
            "policies": ["status-quo"], "settings": [], "assumptions": None, "view": None, "seed": 0, "draws": 64,
            "as_of": "2026-06-30", "end": "2027-12-01",
        },
        "chunks": {"0": entry},
    }  # fmt: skip
    kind = dice.below(3)
    if kind == 0:
        # Forged rather than damaged: its hash is right, so only its form can give it away.
        manifest, _ = changed(manifest, dice)
        if not isinstance(manifest, dict):
            return
    (place / "chunk-000000.npz").write_bytes(_scratched(chunk, dice) if kind == 1 else chunk)
    write_compiled(place / MANIFEST, manifest)
    if kind == 2:
        text = (place / MANIFEST).read_bytes()
        (place / MANIFEST).write_bytes(_scratched(text, dice))
    store = Store(place, read_manifest(place))
    told = verify(store)
    whole = (place / "chunk-000000.npz").read_bytes() == chunk
    hold(whole or bool(told) or not store.done, "a damaged chunk was taken", manifest)
    hold(kind != 1 or whole or store.missing == [0], "a damaged chunk counts as done")
    if kind == 0:
        try:
            open_store(place)
        except CurveshiftError as error:
            hold(bool(error.what), "refused without a word")
        else:
            hold(False, "a store of another scenario was taken", manifest)


def chunks(data: bytes) -> None:
    """A chunk read without its checksum."""
    dice = Dice(data)
    content = dice.rest() if dice.chance(8) else _scratched(_chunk(), dice)
    found = read_member(written("chunk.npz", content), dice.pick(("level", "policy0.counts", "nothing")))
    hold(found.nbytes < 1 << 24, "an array larger than its file", found.shape)


@cache
def _draws() -> bytes:
    return posteriors.posterior().take(np.arange(2)).to_bytes()


def draws(data: bytes) -> None:
    """A file of posterior draws."""
    dice = Dice(data)
    content = _scratched(_draws(), dice)
    if dice.chance(3):
        with np.load(io.BytesIO(_draws())) as found:
            arrays: dict[str, Any] = {name: found[name] for name in found.files}
        about, _ = changed(json.loads(arrays["about"].tobytes()), dice)
        arrays["about"] = np.frombuffer(json.dumps(about, default=str).encode(), dtype=np.uint8)
        if dice.chance(2):
            arrays.pop(dice.pick(tuple(arrays)))
        if dice.chance(2):
            name = dice.pick(tuple(arrays))
            arrays[name] = dice.pick(
                (arrays[name][:1], arrays[name] * 0, arrays[name].astype("U8"), np.zeros(0))
            )
        out = io.BytesIO()
        np.savez(out, **arrays)
        content = out.getvalue()
    read = posteriors.load(written("draws.npz", content))
    count, whole = len(read), posteriors.posterior()
    hold(all(v.shape == (count,) for v in read.values.values()), "parameters that differ in draws")
    hold(read.capability.shape == (count, len(read.panel.models)), "capabilities of other models")
    hold(set(read.values) == set(whole.values), "other parameters", set(read.values) ^ set(whole.values))
    hold(
        all(np.isfinite(getattr(read, n)).all() for n in ("capability", "slope", "version")),
        "draws not finite",
    )
