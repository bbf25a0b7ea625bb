"""The page without a mouse, without sight and without patience: keyboard, axe-core, progress and a way out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

pytest.importorskip("fastapi", reason="needs the extra: pip install 'curveshift[app]'")

from .shown import WAIT, Shown

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from .conftest import Web


def test_axe_finds_nothing_serious(browser: Browser, address: str) -> None:
    from axe_playwright_python.sync_playwright import Axe

    shown = Shown(browser, address, fragment="#policy=status-quo&policy=b30a-allowed&view=survey")
    page = shown.page
    # The many records are all made alike: two of each kind stay, with all that can be opened open.
    page.evaluate("""() => {
      const alike = "#assumptions details.group:nth-child(n + 2), .lever:nth-child(n + 4)";
      for (const one of document.querySelectorAll(alike)) one.remove();
      for (const one of document.querySelectorAll("details")) one.open = true;
    }""")
    for width in (1440, 360):
        page.set_viewport_size({"width": width, "height": 900})
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
            # What a scheme changes is its colours.
            rules = {"runOnly": ["color-contrast"]} if scheme == "dark" else {}
            found = Axe().run(page, options={"resultTypes": ["violations"], **rules}).response["violations"]
            serious = [
                (v["id"], v["nodes"][0]["html"][:200])
                for v in found
                if v["impact"] in ("serious", "critical")
            ]
            assert serious == [], (width, scheme)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    shown.close()


@pytest.mark.parametrize("path", ["claims", "backtests", "trend", "chips", "sources"])
def test_axe_finds_nothing_serious_on_the_pages_beside_it(browser: Browser, address: str, path: str) -> None:
    from axe_playwright_python.sync_playwright import Axe

    context = browser.new_context(viewport={"width": 360, "height": 900}, reduced_motion="reduce")
    page = context.new_page()
    page.goto(f"{address}/{path}", wait_until="networkidle")
    # Rows and claims are made alike: some of each stay.
    page.evaluate(
        "for (const one of document.querySelectorAll('tr:nth-child(n + 6), article:nth-of-type(n + 4)')) one.remove()"
    )
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        found = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
        serious = [
            (v["id"], v["nodes"][0]["html"][:200]) for v in found if v["impact"] in ("serious", "critical")
        ]
        assert serious == [], scheme
    context.close()


def test_the_question_is_answered_by_keyboard_alone(browser: Browser, address: str) -> None:
    """Do H200- and B30A-class sales, with Beijing open or blocking, change who leads in 2028, and how sure is that?"""
    shown = Shown(browser, address, permissions=["clipboard-read", "clipboard-write"])
    page = shown.page

    def tab_to(wanted: str) -> None:
        for _ in range(40):
            page.keyboard.press("Tab")
            if page.evaluate("document.activeElement.id") == wanted:
                # Where one is must be seen.
                assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"
                return
        raise AssertionError(f"{wanted} is not reached by Tab")

    tab_to("ready")
    before = shown.answered()
    page.keyboard.press("ArrowDown")
    shown.moved(before)
    assert page.evaluate("document.activeElement.id") == "ready"
    rows = page.locator("#sentences tbody tr")
    assert rows.count() == 4
    assert rows.nth(3).locator("th").inner_text().startswith("D")
    assert "the US would be ahead in" in shown.headline
    answer = page.locator("#answer").inner_text()
    assert "longer in" in answer
    assert "than what is not known" in answer
    for row in rows.all():
        ahead, trails, _, sure = (row.locator("td").nth(i).inner_text() for i in range(4))
        assert ahead.endswith("%")
        assert "to" in trails
        assert sure == "baseline" or sure.count("%") == 2
    tab_to("share")
    page.keyboard.press("Enter")
    page.wait_for_function(
        "document.getElementById('progress').textContent.startsWith('Copied')", timeout=WAIT
    )
    link = page.evaluate("navigator.clipboard.readText()")
    assert link == page.url
    other = Shown(browser, address, fragment=link.removeprefix(f"{address}/"))
    for what in ("#headline", "#answer", "#sentences"):
        assert other.page.locator(what).inner_text() == page.locator(what).inner_text()
    other.close()
    # Further on: a policy is chosen, its preset changed, a lever moved and reset, all without a mouse.
    tab_to("tab-C")
    page.keyboard.press("Enter")
    page.wait_for_selector("#tab-C[aria-pressed=true]")
    assert page.evaluate("document.activeElement.id") == "tab-C"
    shown.settled()
    tab_to("lever-legal.approval_floor")
    before = shown.answered()
    page.keyboard.press("ArrowLeft")
    shown.moved(before)
    assert "b30a-allowed, changed" in shown.headline
    page.keyboard.press("Control+z")
    page.wait_for_selector("#redo:enabled")
    shown.settled()
    assert "changed" not in shown.headline
    assert shown.trouble == []
    shown.close()


def test_a_long_run_says_how_much_is_done_and_can_be_cancelled(browser: Browser, address: str) -> None:
    shown = Shown(browser, address)
    page = shown.page
    said = page.locator("#headline").inner_text()
    page.select_option("#draws", "2048")
    page.wait_for_selector("#done[value]", timeout=WAIT)
    share = page.locator("#done").get_attribute("value")
    assert share is not None
    assert 0 < float(share) <= 1
    assert "% done" in page.locator("#progress").inner_text().replace("\u00a0", " ")
    page.click("#cancel")
    page.wait_for_selector("html[data-busy=false]", timeout=WAIT)
    assert "Cancelled" in page.locator("#progress").inner_text()
    assert page.locator("#headline").inner_text() == said
    assert page.locator("#done").is_hidden()
    assert page.locator("#trouble").is_hidden()
    shown.close()


def test_nobody_learns_of_questions_by_guessing(web: Web) -> None:
    answer = web.get("/api/v1/progress", params={"question": "0123456789abcdef"})
    assert answer.json() == {"share": None}
    assert answer.headers["cache-control"] == "no-store"
    for wrong in ("", "x" * 16, "0" * 99, "0123456789ABCDEF"):
        assert web.get("/api/v1/progress", params={"question": wrong}).status_code == 422


def test_a_driver_leads_to_its_assumption(browser: Browser, address: str) -> None:
    shown = Shown(browser, address, width=360)
    button = shown.page.locator(".hangs button").first
    button.click()
    # The group opens first; what has just opened can take the focus a moment later.
    shown.page.wait_for_function("document.activeElement.id.startsWith('assumption-')", timeout=WAIT)
    held = shown.page.evaluate("document.activeElement.id")
    assert shown.page.locator(f"[id='{held}']").is_visible()
    shown.close()
