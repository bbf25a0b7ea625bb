"""``app``: the web simulator."""

from __future__ import annotations

import ipaddress
from typing import Annotated

import typer

from curveshift.commands import options
from curveshift.errors import CurveshiftError

Host = Annotated[str, typer.Option(help="Address to listen on; anything but loopback prints a warning.")]
Port = Annotated[int, typer.Option(min=1, max=65535, help="Port to listen on.")]

Embed = Annotated[
    list[str] | None,
    typer.Option(
        metavar="ORIGIN",
        help="A site that may show figures inside its pages, as https://example.org; repeatable.",
    ),
]


def app(
    host: Host = "127.0.0.1", port: Port = 8765, embed: Embed = None, debug: options.Debug = False
) -> None:
    """Open the simulator: levers and assumptions on the left, both worlds on the right.

    Example: curveshift app --port 8765
    """
    import sys
    from importlib.util import find_spec

    if any(find_spec(name) is None for name in ("fastapi", "orjson", "uvicorn")):
        raise CurveshiftError(
            "the simulator needs packages that are not installed: pip install 'curveshift[app]'", "app"
        )
    if not _is_loopback(host):
        sys.stderr.write(
            f"curveshift: anybody who reaches {host} can use this machine's processors; there is no password\n"
        )
    from curveshift.app import serve
    from curveshift.app.embedding import origins

    framers = origins(embed or [])
    shown = f"[{host}]" if ":" in host else host
    sys.stderr.write(f"Compiling the model, then serving http://{shown}:{port} (Ctrl+C stops)\n")
    serve(host, port, framers)


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        raise CurveshiftError(f"{host!r} is not an address: write one such as 127.0.0.1", "--host") from None
