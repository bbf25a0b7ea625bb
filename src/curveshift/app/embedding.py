"""Which other pages may show the simulator inside theirs."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final
from urllib.parse import parse_qsl

from curveshift.errors import CurveshiftError

# Nothing that means something inside a header or to the policy itself, such as * or a semicolon.
_ORIGIN: Final = re.compile(
    r"https?://(\[[0-9a-f:]+\]|[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?)(:[1-9][0-9]{0,4})?"
)


def origins(given: Sequence[str]) -> tuple[str, ...]:
    """Check the origins that may frame the page, and return them in lower case, each once.

    Parameters
    ----------
    given : sequence of str
        Scheme, host and perhaps port: ``https://example.org`` or ``http://localhost:8000``.

    Raises
    ------
    CurveshiftError
        For anything else: a path, a wildcard, another scheme.

    Examples
    --------
    >>> origins(["https://Example.org", "http://localhost:8000"])
    ('https://example.org', 'http://localhost:8000')
    """
    found = [text.lower().removesuffix("/") for text in given]
    for text, origin in zip(given, found, strict=True):
        if _ORIGIN.fullmatch(origin) is None:
            raise CurveshiftError(
                f"{text!r} is not an origin: write scheme, host and perhaps port, such as https://example.org",
                "--embed",
            )
    return tuple(dict.fromkeys(found))


def asks_to_embed(path: str, query: bytes) -> bool:
    """Whether an address is the one that other pages may frame."""
    return path == "/" and any(
        key == "embed" for key, _ in parse_qsl(query.decode("latin-1"), keep_blank_values=True)
    )
