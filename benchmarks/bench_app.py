"""How fast and how large the simulator's server is: a server process of its own, asked over loopback.

`python benchmarks/bench_app.py` measures the server, `--browser` adds what a visitor's browser takes, `--quick` asks
less. Wall time is what a visitor waits; the server's own processor time beside it depends less on what else runs.
"""

from __future__ import annotations

import argparse
import asyncio
import gzip
import http.client
import itertools
import json
import os
import random
import shutil
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

BASE: dict[str, Any] = {"policies": [{"base": "status-quo"}, {"base": "january-2026"}]}
FOUR = [
    {"base": "status-quo"},
    {"base": "january-2026"},
    {"base": "b30a-allowed"},
    {"base": "b30a-allowed", "stance": "blocked"},
]
CONSTANT = ("/policies", "/levers", "/assumptions", "/about", "/figures", "/claims")
WRONG: tuple[dict[str, Any], ...] = (
    {"policies": []},
    {"policies": [{"base": "status-qo"}]},
    {"policies": [{"base": "status-quo", "levers": {"enforcement.effort": 99}}]},
    {**BASE, "assumptions": {"diversion.chips_2024": "many"}},
)
USERS = 200
fresh = itertools.count(1)


def lever(draws: int = 256) -> dict[str, Any]:
    """A question that nobody asked before: one changed policy beside the baseline."""
    effort = round(1.0 + next(fresh) / 100_000, 5)
    changed = {"base": "january-2026", "levers": {"enforcement.effort": effort}}
    return {"policies": [{"base": "status-quo"}, changed], "draws": draws}


def assumption(policies: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    """A question that needs other draws."""
    return {
        "policies": policies or BASE["policies"],
        "assumptions": {"beijing.guided_acceptance": round(0.2 + next(fresh) / 1_000_000, 6)},
    }


class Server:
    """The process that serves, and what the system says of it."""

    def __init__(self, port: int, process: subprocess.Popen[bytes]) -> None:
        self.port, self.process = port, process
        self.line = http.client.HTTPConnection("127.0.0.1", port, timeout=120)

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, bytes]:
        # The server closes what was idle; a new connection is a fraction of a millisecond.
        self.line.close()
        content = None if body is None else json.dumps(body)
        if content is not None:
            headers["content-type"] = "application/json"
        self.line.request(method, path, content, {"accept-encoding": "gzip", **headers})
        answer = self.line.getresponse()
        return answer.status, answer.read()

    def memory_mb(self, row: str = "VmRSS") -> float:
        """Resident memory once the last answer is out of the way, or its peak (VmHWM)."""
        time.sleep(1.0)
        status = Path(f"/proc/{self.process.pid}/status").read_text(encoding="utf-8")
        return int(status.partition(f"{row}:")[2].split()[0]) / 1024

    def cpu_seconds(self) -> float:
        after_name = Path(f"/proc/{self.process.pid}/stat").read_text(encoding="utf-8").rpartition(")")[2]
        user, system = after_name.split()[11:13]
        return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


@contextmanager
def served() -> Iterator[Server]:
    """`curveshift app` on a free port, from its start to its end."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    code = "from curveshift.cli import main; main()"
    process = subprocess.Popen(
        [sys.executable, "-c", code, "app", "--port", str(port)], stderr=subprocess.DEVNULL
    )
    try:
        while True:
            if process.poll() is not None:
                raise SystemExit("the server ended before it answered")
            try:
                with socket.create_connection(("127.0.0.1", port), timeout=1):
                    break
            except OSError:
                time.sleep(0.05)
        yield Server(port, process)
    finally:
        process.terminate()
        process.wait(30)


def median(values: list[float]) -> float:
    return sorted(values)[len(values) // 2]


def show(what: str, value: str, how: str) -> None:
    print(f"{what:<44} {value:>26}   {how}", flush=True)


def timed(server: Server, bodies: list[dict[str, Any]], *paths: str) -> tuple[list[float], float]:
    """Milliseconds of each question to all paths, and the server's processor time of one."""
    found, before = [], server.cpu_seconds()
    for body in bodies:
        start = time.perf_counter()
        for path in paths:
            status, said = server.ask("POST", f"/api/v1{path}", body)
            if status != 200:
                raise SystemExit(f"{path} answered {status}: {said[:200]!r}")
        found.append(1e3 * (time.perf_counter() - start))
    return found, 1e3 * (server.cpu_seconds() - before) / len(bodies)


def latency(server: Server, times: int) -> None:
    """What one visitor waits for the server."""
    server.ask("POST", "/api/v1/simulate", BASE)
    cases: list[tuple[str, str, Callable[[], dict[str, Any]], int, tuple[str, ...]]] = [
        ("one changed policy, 256 draws", "asked: 300 to redrawn charts", lever, times, ("/simulate",)),
        ("the same with comparison and drivers", "", lever, times, ("/simulate", "/compare", "/drivers")),
        (
            "an assumption moved, four policies, 256 draws", "asked: 600", lambda: assumption(FOUR),
            times // 2, ("/simulate",),
        ),
        ("one changed policy, 2,048 draws", "asked: 1,000", lambda: lever(2048), 5, ("/simulate",)),
    ]  # fmt: skip
    for what, asked, make, count, paths in cases:
        server.ask("POST", "/api/v1/simulate", make())
        walls, cpu = timed(server, [make() for _ in range(count)], *paths)
        low, high = min(walls), max(walls)
        how = f"median of {count} ({low:.0f} to {high:.0f}), processor time of the server; {asked}"
        show(f"{what}, ms", f"{median(walls):.0f} wall, {cpu:.0f} cpu", how)


class Visitor:
    """One connection that is kept alive, without the weight of a client library."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.reader: asyncio.StreamReader | None = None
        self.writer: asyncio.StreamWriter | None = None

    async def ask(self, path: str, body: Any = None, **headers: str) -> tuple[int, dict[str, str], bytes]:
        if self.writer is None:
            self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self.port)
        assert self.reader is not None
        content = b"" if body is None else json.dumps(body).encode()
        lines = [
            f"{'GET' if body is None else 'POST'} {path} HTTP/1.1",
            "host: localhost",
            "accept-encoding: gzip",
        ]
        if body is not None:
            lines += ["content-type: application/json", f"content-length: {len(content)}"]
        lines += [f"{key.replace('_', '-')}: {value}" for key, value in headers.items()]
        self.writer.write("\r\n".join(lines).encode() + b"\r\n\r\n" + content)
        head = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        told = {k.lower(): v.strip() for k, _, v in (row.partition(":") for row in head[1:] if row)}
        said = await self.reader.readexactly(int(told.get("content-length", "0")))
        if told.get("connection") == "close":
            self.close()
        return int(head[0].split()[1]), told, said

    def close(self) -> None:
        if self.writer is not None:
            self.writer.close()
        self.reader = self.writer = None


async def readers(port: int, seconds: float) -> tuple[Counter[int], float]:
    """200 visitors who ask without a pause for what is kept already."""
    statuses: Counter[int] = Counter()
    visitors = [Visitor(port) for _ in range(USERS)]
    until = time.perf_counter() + seconds

    async def read(visitor: Visitor) -> None:
        while time.perf_counter() < until:
            status, _, _ = await visitor.ask("/api/v1/simulate", BASE)
            statuses[status] += 1

    start = time.perf_counter()
    await asyncio.gather(*(read(v) for v in visitors))
    spent = time.perf_counter() - start
    for visitor in visitors:
        visitor.close()
    return statuses, spent


async def users(port: int, seconds: float) -> Counter[int]:
    """200 visitors who open the page, move levers, and wait when they are told to."""
    statuses: Counter[int] = Counter()
    until = time.perf_counter() + seconds

    async def use(number: int) -> None:
        chance, visitor = random.Random(number), Visitor(port)
        await asyncio.sleep(chance.random() * 2)
        while time.perf_counter() < until:
            kind = chance.random()
            if kind < 0.6:
                status, told, _ = await visitor.ask("/api/v1/simulate", BASE)
            elif kind < 0.8:
                status, told, _ = await visitor.ask(f"/api/v1{chance.choice(CONSTANT)}")
            elif kind < 0.95:
                status, told, _ = await visitor.ask("/api/v1/simulate", lever())
            else:
                status, told, _ = await visitor.ask("/api/v1/compare", BASE)
            statuses[status] += 1
            await asyncio.sleep(float(told.get("retry-after", 0)) or 0.2 + chance.random())
        visitor.close()

    await asyncio.gather(*(use(i) for i in range(USERS)))
    return statuses


def mixed(server: Server, requests: int) -> Counter[int]:
    """Cached reads, unchanged pages, errors, now and then new levers and new assumptions, one after another."""
    statuses: Counter[int] = Counter()
    chance = random.Random(1)
    etags: dict[str, str] = {}
    for _ in range(requests):
        kind, path = chance.random(), f"/api/v1{chance.choice(CONSTANT)}"
        if kind < 0.55:
            status, _ = server.ask("POST", "/api/v1/simulate", BASE)
        elif kind < 0.80:
            status, said = server.ask(
                "GET", path, **({"if-none-match": etags[path]} if path in etags else {})
            )
            etags.setdefault(path, server_etag(said) if status == 200 else "")
        elif kind < 0.97:
            status, _ = server.ask("POST", "/api/v1/simulate", chance.choice(WRONG))
        elif kind < 0.995:
            status, _ = server.ask("POST", "/api/v1/simulate", lever())
        else:
            status, _ = server.ask("POST", "/api/v1/simulate", assumption())
        statuses[status] += 1
    return statuses


def server_etag(said: bytes) -> str:
    """The tag of a packed answer: the start of the hash of its content."""
    import hashlib

    return f'"{hashlib.sha256(gzip.decompress(said)).hexdigest()[:32]}"'


def browser(server: Server, times: int) -> None:
    """What a visitor of the page waits: Chromium at 1440 x 900, all figures in view drawn."""
    from playwright.sync_api import sync_playwright

    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        print("no Chromium here: nothing measured in a browser")
        return
    args = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=chromium, args=args)
        page = running.new_page(viewport={"width": 1440, "height": 900})
        weights: list[int] = []
        page.on("response", lambda r: weights.append(int(r.headers.get("content-length", 0))))
        start = time.perf_counter()
        page.goto(f"http://127.0.0.1:{server.port}/")
        page.wait_for_selector("[data-drawn]")
        first = time.perf_counter() - start
        page.wait_for_selector("html[data-key][data-busy=false]")
        whole = time.perf_counter() - start
        show("first view, s", f"{first:.2f} to {whole:.2f}", "first and last figure in view; asked: 2")
        show(
            "page weight, kB",
            f"{sum(weights) / 1e3:.0f}",
            "sum of compressed bodies of the first view; asked: 1,200",
        )
        for what, lever in MOVED.items():
            walls = [page.evaluate(MOVE, [lever, i]) for i in range(times + 2)][2:]
            how = f"median of {times} ({min(walls):.0f} to {max(walls):.0f}), input event to last drawing; asked: 300"
            show(f"{what} to redrawn charts, ms", f"{median(walls):.0f}", how)
        four = "&".join(f"policy={';stance='.join(p.values())}" for p in FOUR)
        page.goto(f"http://127.0.0.1:{server.port}/#{four}")
        page.reload()
        page.wait_for_selector("html[data-key][data-busy=false]")
        walls = [page.evaluate(TYPE, i) for i in range(12)][2:]
        how = f"median of 10 ({min(walls):.0f} to {max(walls):.0f}), change event to last drawing; asked: 600"
        show("an assumption with four policies to redrawn charts, ms", f"{median(walls):.0f}", how)
        running.close()


MOVED = {"lever": "enforcement.effort", "threshold of a rule": "bis-2026-01.case_by_case.tpp_below"}
# A drag: one input event on a lever, then the time at which the last figure in view has changed.
MOVE = """async ([lever, i]) => {
  const slider = document.getElementById(`lever-${lever}`);
  const root = document.documentElement;
  const answered = root.dataset.answered;
  let last = 0;
  const seen = new MutationObserver(() => { last = performance.now(); });
  for (const figure of document.querySelectorAll("[id^=drawing-]"))
    seen.observe(figure, { attributes: true, attributeFilter: ["data-drawn"] });
  const low = Number(slider.min), high = Number(slider.max), step = Number(slider.step) || (high - low) / 100;
  slider.value = String(low + step * (3 + i));
  const began = performance.now();
  slider.dispatchEvent(new Event("input", { bubbles: true }));
  while (root.dataset.answered === answered || root.dataset.busy === "true")
    await new Promise((done) => setTimeout(done, 5));
  await new Promise((done) => setTimeout(done, 50));
  seen.disconnect();
  return last - began;
}"""


# The same for a number that is typed into an assumption's field; what comes after the drawings is not waited for.
TYPE = """async (i) => {
  const field = document.getElementById("assumption-diversion.chips_2024");
  const root = document.documentElement;
  const answered = root.dataset.answered;
  field.value = `${10 + i}k to 300k`;
  const began = performance.now();
  field.dispatchEvent(new Event("change", { bubbles: true }));
  while (root.dataset.answered === answered) await new Promise((done) => setTimeout(done, 5));
  const took = performance.now() - began;
  while (root.dataset.busy === "true") await new Promise((done) => setTimeout(done, 20));
  return took;
}"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer questions")
    parser.add_argument("--browser", action="store_true", help="measure in Chromium too")
    parser.add_argument("--requests", type=int, default=10_000, help="mixed requests, 0 for none")
    parser.add_argument(
        "--seconds", type=float, default=60.0, help="how long 200 users stay, 0 for not at all"
    )
    asked = parser.parse_args()
    times, requests, seconds = (6, 300, 5.0) if asked.quick else (20, asked.requests, asked.seconds)
    start = time.perf_counter()
    with served() as server:
        ready = time.perf_counter() - start
        show("start, s", f"{ready:.1f}", f"until it listens, program compiled; {os.cpu_count()} processors")
        show("memory after start, MB", f"{server.memory_mb():.0f}", "resident; asked: 600")
        latency(server, times)
        show("memory after use, MB", f"{server.memory_mb():.0f}", "resident; asked: 600")
        if asked.browser:
            browser(server, times)
            show("memory after the browser, MB", f"{server.memory_mb():.0f}", "resident; asked: 600")
        for _ in range(3):
            server.ask("POST", "/api/v1/simulate", BASE)
        before = server.cpu_seconds()
        statuses, spent = asyncio.run(readers(server.port, 2.0 if asked.quick else 8.0))
        rate, cpu = statuses[200] / spent, (server.cpu_seconds() - before) / sum(statuses.values())
        how = f"{USERS} connections kept alive, answers {dict(statuses)}; asked: 300"
        show("readers of a kept answer, 1/s", f"{rate:.0f} ({1e3 * cpu:.2f} ms cpu)", how)
        if seconds:
            found = asyncio.run(users(server.port, seconds))
            server.line.close()
            how = f"{USERS} users for {seconds:.0f} s; asked: only 200 and 429"
            show("answers to users", " ".join(f"{k}: {v}" for k, v in sorted(found.items())), how)
            show("memory after the users, MB", f"{server.memory_mb():.0f}", "resident; asked: 600")
        if requests:
            found = mixed(server, requests)
            show(
                f"memory after {requests:,} mixed requests, MB",
                f"{server.memory_mb():.0f}",
                f"answers {dict(found)}",
            )


if __name__ == "__main__":
    main()
