"""Start a Dask scheduler and workers on this machine, print the address for --cluster, and stop them at Ctrl-C.

`python tools/local_cluster.py --workers 2 --port 8786`. Workers are processes of one thread each, as on other
machines; there the same two commands are `dask scheduler` and `dask worker ADDRESS --nthreads 1 --nworkers N`.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys


def main() -> None:
    """Run until the scheduler ends or Ctrl-C."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--port", type=int, default=8786)
    options = parser.parse_args()
    address = f"tcp://127.0.0.1:{options.port}"
    scheduler = ("dask_scheduler", "--host", "127.0.0.1", "--port", str(options.port), "--no-dashboard")
    worker = (
        "dask_worker", address, "--nthreads", "1", "--nworkers", str(options.workers), "--memory-limit", "0",
        "--no-dashboard",
    )  # fmt: skip
    running = [
        subprocess.Popen([sys.executable, "-m", f"distributed.cli.{x[0]}", *x[1:]])
        for x in (scheduler, worker)
    ]
    print(f"curveshift run status-quo --draws 1048576 --store million --cluster {address}", flush=True)
    try:
        running[0].wait()
    except KeyboardInterrupt:
        print("stopping", flush=True)
    finally:
        for process in reversed(running):
            process.terminate()
        for process in running:
            process.wait()


if __name__ == "__main__":
    main()
