"""One fit by the package `chinchilla`, in an environment of its own: reads runs, prints what it took and found.

`python peer_chinchilla.py RUNS.json` with a file of lists ``params``, ``tokens`` and ``loss``. Its objective is the
mean of Huber's loss on log loss, which has the same optimum as the sum.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from functools import partial
from pathlib import Path

# A grid of 3^5 starts, as in the package's own examples.
GRID = {
    "e": (-1.0, 0.0, 1.0),
    "a": (0.0, 10.0, 20.0),
    "b": (0.0, 10.0, 20.0),
    "alpha": (0.1, 0.5, 1.0),
    "beta": (0.1, 0.5, 1.0),
}


def main() -> None:
    import matplotlib

    matplotlib.use("Agg")
    from chinchilla import Chinchilla
    from chinchilla._metrics import log_huber

    runs = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    with tempfile.TemporaryDirectory() as folder:
        peer = Chinchilla(folder, param_grid=GRID, loss_fn=partial(log_huber, delta=1e-3), log_level=100)
        for params, tokens, loss in zip(runs["params"], runs["tokens"], runs["loss"], strict=True):
            peer.append(N=params, D=tokens, loss=loss)
        wall, cpu = time.perf_counter(), time.process_time()
        peer.fit(parallel=False)
        spent = {"wall_seconds": time.perf_counter() - wall, "cpu_seconds": time.process_time() - cpu}
        found = {name: float(getattr(peer, name)) for name in ("E", "A", "B", "alpha", "beta")}
    print(json.dumps({**spent, "params": found}))


if __name__ == "__main__":
    main()
