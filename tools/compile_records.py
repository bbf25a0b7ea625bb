"""Compile the shipped YAML records to the hashed JSON that the runtime reads.

``python tools/compile_records.py`` writes the files; with ``--check`` it leaves them as they are and fails
when one of them is not what its records give.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from curveshift import claims, controls, decide, laws, scenario, trends, world
from curveshift.errors import CurveshiftError

ROOMS: tuple[tuple[Path, Callable[[], str]], ...] = (
    (Path(str(controls.__file__)).parent, controls.compile_records),
    (Path(str(laws.__file__)).parent, laws.compile_records),
    (Path(str(trends.__file__)).parent, trends.compile_records),
    (Path(str(scenario.__file__)).parent, scenario.compile_records),
    (Path(str(world.__file__)).parent, world.compile_records),
    (Path(str(claims.__file__)).parent, claims.compile_records),
    (Path(str(decide.__file__)).parent, decide.compile_records),
)


def _stored(room: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in sorted((room / "data").glob("*.json"))}


def main(check: bool) -> int:
    """Compile every room; with `check`, compare and restore."""
    stale = []
    for room, compile_room in ROOMS:
        before = _stored(room)
        digest = compile_room()
        after = _stored(room)
        if check and after != before:
            stale.append(room.name)
            for path in after:
                if path in before:
                    path.write_bytes(before[path])
                else:
                    path.unlink()
        else:
            print(f"{room.name}: {digest}")
    if stale:
        print(f"out of date: {', '.join(stale)}; run python tools/compile_records.py", file=sys.stderr)
    return 1 if stale else 0


if __name__ == "__main__":
    try:
        sys.exit(main("--check" in sys.argv[1:]))
    except CurveshiftError as error:
        sys.exit(str(error))
