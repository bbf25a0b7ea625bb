"""Raw bytes on a connection: what no well-behaved client sends."""

from __future__ import annotations

import contextlib
import socket

import pytest

pytest.importorskip("fastapi", reason="needs the extra: pip install 'curveshift[app]'")


def connected(address: str) -> socket.socket:
    host, port = address.removeprefix("http://").split(":")
    return socket.create_connection((host, int(port)), timeout=30)


def said(address: str, sent: bytes) -> str:
    """What the server answers to some bytes, up to the end of the connection."""
    found = b""
    # A server that has read enough closes, whatever is still on its way to it.
    with connected(address) as line, contextlib.suppress(ConnectionError):
        line.sendall(sent)
        while piece := line.recv(65536):
            found += piece
    return found.decode("latin-1")


@pytest.mark.parametrize(
    ("head", "status"),
    [
        (b"GET /health HTTP/1.1\r\nHost: localhost\r\nHost: example.org\r\n", 400),
        (b"GET /health HTTP/1.1\r\n", 400),
        (b"GET /health HTTP/1.1\r\nHost: example.org\r\n", 400),
        (b"GET http://example.org/health HTTP/1.1\r\nHost: localhost\r\n", 404),
        (b"GET /static/../../../../etc/passwd HTTP/1.1\r\nHost: localhost\r\n", 404),
        (b"GET /%0d%0aSet-Cookie:%20a=b HTTP/1.1\r\nHost: localhost\r\n", 404),
        (b"GET /health HTTP/1.1\r\nHost: localhost\r\nX: " + b"a" * 200_000 + b"\r\n", 400),
        (b"GET /" + b"a" * 200_000 + b" HTTP/1.1\r\nHost: localhost\r\n", 400),
        (b"GET /health HTTP/1.1\r\nHost: localhost\r\n folded: yes\r\nbad header\r\n", 400),
        (b"POST /api/v1/simulate HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n", 400),
        (b"POST /api/v1/simulate HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999999999999\r\n", 413),
        (b"POST /api/v1/simulate HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: gzip\r\n", 400),
        (b"nonsense\r\n", 400),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400),
    ],
)
def test_bytes_that_no_client_sends_end_in_a_refusal(address: str, head: bytes, status: int) -> None:
    answer = said(address, head + b"Connection: close\r\n\r\n")
    # Of a request that is too large for its buffer the system may drop the refusal with the rest.
    assert answer.startswith(f"HTTP/1.1 {status}") or (len(head) > 100_000 and not answer), answer[:200]
    assert "Set-Cookie: a=b" not in answer
    assert "root:" not in answer


def test_a_connection_that_ends_in_the_middle_leaves_nothing_behind(address: str) -> None:
    half = b"POST /api/v1/simulate HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n{"
    for _ in range(20):
        with connected(address) as line:
            line.sendall(half)
    metrics = said(address, b"GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    assert "curveshift_waiting 0" in metrics
