"""Nobody may frame the page, unless the server was started for it; then only the address that is made for it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest

pytest.importorskip("fastapi", reason="needs the extra: pip install 'curveshift[app]'")

from curveshift.app import create_app
from curveshift.app.embedding import origins
from curveshift.errors import CurveshiftError

from .conftest import Web, served
from .shown import WAIT, Shown

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from curveshift.app import Service

OUTER = "https://outer.example"


@contextmanager
def site() -> Iterator[tuple[str, list[str]]]:
    """A site on this machine, for no page of the web may frame one of the machine: address, content."""
    content = [""]

    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("content-type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(content[0].encode())

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Page)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", content
    server.shutdown()
    thread.join()
    server.server_close()


def policy(web: Web, path: str) -> str:
    found: str = web.get(path).headers["content-security-policy"]
    return found.split("frame-ancestors ")[1]


def test_only_the_address_with_embed_is_opened_to_the_named_sites(service: Service, web: Web) -> None:
    assert policy(web, "/?embed=worlds") == "'none'"
    assert web.get("/api/v1/about").json()["may_be_embedded"] is False
    own = Web(create_app(service, warm=False, framers=origins([f"{OUTER}/", "https://Example.org:8443"])))
    assert policy(own, "/?embed=worlds") == f"{OUTER} https://example.org:8443"
    for path in (
        "/",
        "/?x=embed",
        "/static/main.js?embed=worlds",
        "/api/v1/about?embed=1",
        "/nowhere?embed=1",
    ):
        assert policy(own, path) == "'none'", path
    assert own.get("/api/v1/about").json()["may_be_embedded"] is True
    own.close()


@pytest.mark.parametrize(
    "wrong",
    ["*", "https://*.example.org", "example.org", "https://example.org/page", "https://a.org; script-src *",
     "https://a.org\r\nx: y", "javascript:alert(1)", "data:", "https://", "https://a.org https://b.org", ""],
)  # fmt: skip
def test_what_is_no_origin_is_refused(wrong: str) -> None:
    with pytest.raises(CurveshiftError, match="is not an origin"):
        origins([wrong])


def test_another_page_shows_a_figure_with_the_code_that_the_page_gives(
    browser: Browser, service: Service
) -> None:
    with (
        site() as (outer, content),
        site() as (unnamed, other_content),
        served(service, warm=False, framers=(outer,)) as address,
    ):
        shown = Shown(browser, address, permissions=["clipboard-read", "clipboard-write"])
        shown.page.click("button[aria-label='Copy embed code of worlds']")
        code = shown.page.evaluate("navigator.clipboard.readText()")
        assert code.startswith(f'<iframe src="{address}/?embed=worlds#')
        key = shown.page.evaluate("document.documentElement.dataset.key")
        headline, basis = shown.headline, shown.page.locator("#basis").inner_text()
        shown.close()

        context = browser.new_context()
        page = context.new_page()
        content[0] = other_content[0] = code
        page.goto(outer)
        frame = page.frame_locator("iframe")
        frame.locator("#drawing-worlds svg path").first.wait_for(state="attached", timeout=WAIT)
        frame.locator(f"html[data-key='{key}']").wait_for(timeout=WAIT)
        assert frame.locator("#headline").inner_text() == headline
        assert frame.locator("#basis").inner_text() == basis
        assert frame.locator("figure").count() == 1
        for hidden in ("nav", "#controls", "#bar", "#compare", "#sentences", "#answer"):
            assert frame.locator(hidden).is_hidden(), hidden
        link = frame.locator("#whole-link").get_attribute("href")
        assert link is not None
        assert link.startswith("/#version=")
        page.goto(unnamed)
        page.wait_for_function("document.querySelector('iframe').contentDocument === null", timeout=WAIT)
        assert page.frame_locator("iframe").locator("#headline").count() == 0
        context.close()


def test_an_unknown_figure_is_named(browser: Browser, address: str) -> None:
    shown = Shown(browser, address, fragment="?embed=lag,<b>nothing</b>")
    assert "There is no figure <b>nothing</b>" in shown.page.locator("#warning").inner_text()
    assert shown.page.locator("figure").count() == 1
    assert shown.page.locator("button[aria-label^='Copy embed']").count() == 0
    assert shown.trouble == []
    shown.close()
