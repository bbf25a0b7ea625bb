"""Answers as bytes: packed once, sent many times; and bodies read strictly."""

from __future__ import annotations

import gzip
import hashlib
import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import orjson
from fastapi import Request
from fastapi.responses import Response
from fastapi.routing import APIRoute

from curveshift.errors import CurveshiftError

SMALL_BYTES: Final = 1000


@dataclass(frozen=True)
class Body:
    """An answer ready to be sent; kept packed, and unpacked for the few who cannot."""

    packed: bytes
    size: int
    """Of the content before it was packed."""
    kind: str
    etag: str

    @classmethod
    def of(cls, plain: bytes, kind: str = "application/json", level: int = 6) -> Body:
        """Pack once what is sent many times."""
        etag = f'"{hashlib.sha256(plain).hexdigest()[:32]}"'
        return cls(gzip.compress(plain, level, mtime=0), len(plain), kind, etag)

    def response(self, request: Request, cache_control: str = "no-cache") -> Response:
        """The answer, packed where the visitor can unpack it, or word that it has not changed."""
        headers = {"etag": self.etag, "cache-control": cache_control, "vary": "accept-encoding"}
        if self.etag in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        if self.size > SMALL_BYTES and "gzip" in request.headers.get("accept-encoding", ""):
            headers["content-encoding"] = "gzip"
            return Response(self.packed, media_type=self.kind, headers=headers)
        return Response(gzip.decompress(self.packed), media_type=self.kind, headers=headers)


class StrictRequest(Request):
    """A request whose JSON is read by orjson, which takes neither NaN nor endless nesting, and has each key once."""

    async def json(self) -> Any:
        """The content of the body."""
        body = await self.body()
        found = orjson.loads(body)
        try:
            # orjson takes the last of two equal keys without a word.
            json.loads(body, object_pairs_hook=_each_once)
        except RecursionError:
            raise CurveshiftError("brackets are nested too deeply") from None
        return found


def _each_once(pairs: list[tuple[str, Any]]) -> None:
    twice = [key for key, count in Counter(key for key, _ in pairs).items() if count > 1]
    if twice:
        raise CurveshiftError("a key is given twice", twice[0][:80])


class StrictRoute(APIRoute):
    """A route that reads its body as `StrictRequest`."""

    def get_route_handler(self) -> Callable[[Request], Any]:
        """The handler of the route."""
        handler = super().get_route_handler()

        async def strict(request: Request) -> Response:
            found: Response = await handler(StrictRequest(request.scope, request.receive))
            return found

        return strict


def packed(content: Any) -> bytes:
    """Content as JSON; what is infinite or undefined is null."""
    return orjson.dumps(content, default=_plain, option=orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_NON_STR_KEYS)


def _plain(value: Any) -> Any:
    if isinstance(value, set | frozenset):
        return sorted(value)
    if hasattr(value, "items"):
        return dict(value.items())
    return str(value)
