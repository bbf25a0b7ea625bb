"""Fuzz parsers under atheris, which follows coverage: `python tools/fuzz.py TARGET... --inputs 100000`.

The targets are those of tests/fuzz, where Hypothesis gives each of them a few inputs. Needs `pip install atheris`,
which has wheels for some versions of Python only and is in no lock for that reason. The target `links` is JavaScript,
and is read by Node on links made from the seed.
"""

import argparse
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
import traceback
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MOST_SECONDS = 2.0
"""Of the processor's time for one input, which following coverage makes two to four times as long."""
LONGEST = 256
"""Bytes of choices for one input."""
SEEDS = 64


def one(name: str, inputs: int, seed: int, most: float) -> None:
    """Run one target in this process, which ends with it or after `most` seconds; print each place of failure once."""
    import atheris

    with atheris.instrument_imports(include=["curveshift"]):
        from tests.fuzz.judging import folder, judge
        from tests.fuzz.targets import TARGETS
    target = TARGETS[name]
    done, taken, longest = 0, 0, 0.0
    found: Counter[str] = Counter()
    first: dict[str, str] = {}
    began = time.monotonic()

    def run(data: bytes) -> None:
        nonlocal done, taken, longest
        done += 1
        start = time.process_time()
        try:
            taken += judge(target, data, 60.0)
            if time.process_time() - start > MOST_SECONDS:
                # What is imported and cached at first use is not the input's doing: the second time counts.
                start = time.process_time()
                judge(target, data, MOST_SECONDS)
        except Exception as error:
            frames = traceback.extract_tb(error.__traceback__)
            ours = [f for f in frames if "curveshift" in f.filename or "/fuzz/" in f.filename] or frames
            place = f"{type(error).__name__} at {Path(ours[-1].filename).name}:{ours[-1].lineno}"
            found[place] += 1
            first.setdefault(place, f"{error!s:.600}\n    input {data.hex()}")
        if done > SEEDS:
            longest = max(longest, time.process_time() - start)
        seconds = time.monotonic() - began
        if done == inputs or seconds > most:
            print(f"{name}: {done:,} inputs, {taken / done:.0%} taken, {len(found)} findings, "
                  f"longest {longest:.2f} s, {seconds:.0f} s in all", flush=True)  # fmt: skip
            for place, count in found.most_common():
                print(f"  {count} x {place}: {first[place]}", flush=True)
            shutil.rmtree(folder(), ignore_errors=True)
            os._exit(bool(found))

    with tempfile.TemporaryDirectory() as corpus:
        dice = random.Random(seed)
        for i in range(SEEDS):
            (Path(corpus) / str(i)).write_bytes(dice.randbytes(dice.randint(16, LONGEST)))
        options = [
            f"-seed={seed + 1}",
            f"-max_len={LONGEST}",
            "-len_control=0",
            "-timeout=1200",
            "-verbosity=0",
        ]
        atheris.Setup([sys.argv[0], *options, corpus], run)
        atheris.Fuzz()


def main() -> int:
    """Each target in a process of its own, one after the other."""
    sys.path[:0] = [str(ROOT), str(ROOT / "src")]
    parser = argparse.ArgumentParser(description=__doc__.partition(":")[0])
    parser.add_argument("targets", nargs="*", help="all of them unless named")
    parser.add_argument("--inputs", type=int, default=100_000)
    parser.add_argument(
        "--seconds", type=float, default=600, help="for each target: a slow one ends earlier and says so"
    )
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    if asked.targets == ["links"]:
        from tests.fuzz.links import read_links

        found = read_links(asked.inputs, asked.seed)
        print(
            f"links: {found['count']:,} inputs, {found['clean']:,} without a warning, findings {found['findings']}"
        )
        return bool(found["findings"])
    if len(asked.targets) == 1:
        one(asked.targets[0], asked.inputs, asked.seed, asked.seconds)
    from tests.fuzz.targets import TARGETS

    same = ["--inputs", str(asked.inputs), "--seconds", str(asked.seconds), "--seed", str(asked.seed)]
    names = asked.targets or [*TARGETS, "links"]
    return max(subprocess.call([sys.executable, __file__, name, *same]) for name in names)


if __name__ == "__main__":
    sys.exit(main())
