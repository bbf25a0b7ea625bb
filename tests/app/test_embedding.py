"""Nobody may frame the page, unless the server was started for it; then only the address that is made for it."""

from __future__ import annotations

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

OUTER = "http://outer.example"


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
    with served(service, warm=False, framers=(OUTER,)) as address:
        shown = Shown(browser, address, permissions=["clipboard-read", "clipboard-write"])
        shown.page.click("button[aria-label='Copy embed code of worlds']")
        code = shown.page.evaluate("navigator.clipboard.readText()")
        assert code.startswith(f'<iframe src="{address}/?embed=worlds#')
        key = shown.page.evaluate("document.documentElement.dataset.key")
        headline, basis = shown.headline, shown.page.locator("#basis").inner_text()
        shown.close()

        context = browser.new_context()
        page = context.new_page()
        page.route(f"{OUTER}/**", lambda route: route.fulfill(content_type="text/html", body=code))
        page.goto(f"{OUTER}/story")
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
        # Another site that was not named sees nothing.
        page.route(
            "http://other.example/**", lambda route: route.fulfill(content_type="text/html", body=code)
        )
        page.goto("http://other.example/")
        page.wait_for_timeout(300)
        assert page.frame_locator("iframe").locator("#headline").count() == 0
        context.close()


def test_an_unknown_figure_is_named(browser: Browser, address: str) -> None:
    shown = Shown(browser, address, fragment="?embed=lag,<b>nothing</b>")
    assert "There is no figure <b>nothing</b>" in shown.page.locator("#warning").inner_text()
    assert shown.page.locator("figure").count() == 1
    assert shown.page.locator("button[aria-label^='Copy embed']").count() == 0
    assert shown.trouble == []
    shown.close()
