"""What every request passes before it reaches the model: host, size, time, headers, one line of log, and counts."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections import Counter
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from typing import Any, Final

from curveshift.app.embedding import asks_to_embed

Message = MutableMapping[str, Any]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

MAX_BODY_BYTES: Final = 64 * 1024
TOO_LARGE: Final = f"a question may have at most {MAX_BODY_BYTES:,} bytes"
MAX_BODY_SECONDS: Final = 10.0
TOO_SLOW: Final = f"a question must arrive within {MAX_BODY_SECONDS:g} seconds"
LOG: Final = logging.getLogger("curveshift.app")

# Vega evaluates its expressions with its own interpreter, so no page of ours needs `unsafe-eval`; it sets styles
# through the object model only.
POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
OTHER_HEADERS: Final = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=()"),
)


def headers(framers: Sequence[str] = ()) -> list[tuple[bytes, bytes]]:
    """The headers of security, for a page that these origins may frame: nobody, unless some are named."""
    policy = (
        POLICY.replace("frame-ancestors 'none'", f"frame-ancestors {' '.join(framers)}")
        if framers
        else POLICY
    )
    return [(b"content-security-policy", policy.encode()), *OTHER_HEADERS]


class TooLargeError(Exception):
    """A body that is larger than any question can be."""


class TooSlowError(Exception):
    """A body that does not come to its end."""


class Counts:
    """What /metrics shows: numbers since the start, and nothing about anybody."""

    def __init__(self) -> None:
        self.answers: Counter[int] = Counter()
        self.seconds = 0.0
        self.kept_answers = 0

    def text(self, waiting: int) -> str:
        """In the text format of Prometheus."""
        lines = ["# TYPE curveshift_requests_total counter"]
        lines += [
            f'curveshift_requests_total{{status="{status}"}} {count}'
            for status, count in sorted(self.answers.items())
        ]
        lines += [
            "# TYPE curveshift_request_seconds_total counter",
            f"curveshift_request_seconds_total {self.seconds:.6f}",
            "# TYPE curveshift_kept_answers_total counter",
            f"curveshift_kept_answers_total {self.kept_answers}",
            "# TYPE curveshift_waiting gauge",
            f"curveshift_waiting {waiting}",
        ]
        return "\n".join(lines) + "\n"


class Guard:
    """Refuse a wrong host and a large body, add the headers of security, and write one line for each request.

    Parameters
    ----------
    application : ASGI application
    hosts : set of str
        Names under which the page may be asked for, in lower case and without a port. A page elsewhere that makes
        a browser ask us under another name gets nothing.
    counts : Counts
    framers : sequence of str
        Origins that may frame the page at the address with ``embed``.
    body_seconds : float
        Time within which a body must be here.
    """

    def __init__(
        self,
        application: Application,
        hosts: frozenset[str],
        counts: Counts,
        framers: Sequence[str] = (),
        body_seconds: float = MAX_BODY_SECONDS,
    ) -> None:
        self._application, self._hosts, self._counts = application, hosts, counts
        self._headers, self._framed_headers = headers(), headers(framers)
        self._body_seconds = body_seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""
        if scope["type"] != "http":
            await self._application(scope, receive, send)
            return
        embedded = asks_to_embed(scope["path"], scope.get("query_string", b""))
        own = self._framed_headers if embedded else self._headers
        began = time.perf_counter()
        status, size = 0, 0

        async def sent(message: Message) -> None:
            nonlocal status, size
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message.get("headers", []), *own]
            elif message["type"] == "http.response.body":
                size += len(message.get("body", b""))
            await send(message)

        taken, whole = 0, False

        async def received() -> Message:
            nonlocal taken, whole
            if whole:
                # What comes after the body is that the visitor went away, which may take as long as it likes.
                return await receive()
            left = began + self._body_seconds - time.perf_counter()
            try:
                message = await asyncio.wait_for(receive(), max(left, 0.0))
            except TimeoutError:
                raise TooSlowError from None
            taken += len(message.get("body", b""))
            if taken > MAX_BODY_BYTES:
                raise TooLargeError
            whole = not message.get("more_body", False)
            return message

        try:
            if _host(scope) not in self._hosts:
                await _refuse(sent, 400, "this host name is not served here")
            elif _length(scope) > MAX_BODY_BYTES:
                await _refuse(sent, 413, TOO_LARGE)
            else:
                await self._application(scope, received, sent)
        finally:
            seconds = time.perf_counter() - began
            self._counts.answers[status] += 1
            self._counts.seconds += seconds
            # The path of the route and not of the request: nothing that a visitor wrote is logged.
            route = getattr(scope.get("route"), "path", None)
            line = {
                "method": scope["method"],
                "route": route,
                "status": status,
                "ms": round(1e3 * seconds, 1),
                "bytes": size,
            }
            LOG.info(json.dumps(line))


def _host(scope: Scope) -> str:
    """The host that was asked for, without its port; empty unless there is exactly one."""
    named = [value for key, value in scope["headers"] if key == b"host"]
    if len(named) != 1:
        return ""
    text: str = named[0].decode("latin-1").lower()
    return text.partition("]")[0] + "]" if text.startswith("[") else text.partition(":")[0]


def _length(scope: Scope) -> int:
    for key, value in scope["headers"]:
        if key == b"content-length":
            return int(value) if value.isdigit() and len(value) < 16 else MAX_BODY_BYTES + 1
    return 0


async def _refuse(send: Send, status: int, what: str) -> None:
    body = json.dumps({"error": {"what": what, "where": None}}).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
