"""The page in a real browser: it draws, a lever moves it, a link restores it, and it asks nobody else."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest

pytest.importorskip("fastapi", reason="needs the extra: pip install 'curveshift[app]'")

from .shown import WAIT, Shown

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser


@pytest.fixture
def shown(browser: Browser, address: str) -> Shown:
    return Shown(browser, address)


def test_the_first_view_draws_and_asks_nobody_else(shown: Shown) -> None:
    assert re.search(
        r"At the end of 2028 the US would be ahead in .* of draws .*; China would trail by \d+ months",
        shown.headline,
    )
    for name in ("worlds", "lag", "stock", "share", "windows", "capability", "difference", "drivers"):
        shown.page.locator(f"#drawing-{name}").scroll_into_view_if_needed()
        shown.page.wait_for_selector(f"#drawing-{name} svg path", state="attached", timeout=WAIT)
        assert shown.page.locator(f"#drawing-{name}").get_attribute("aria-label")
    assert shown.page.locator("#compare table tbody tr").count() > 10
    assert "preset b30a-allowed, not status-quo" in shown.page.locator("#changed").inner_text()
    assert shown.page.locator("#limits li").count() > 5
    assert shown.trouble == []
    shown.close()


def test_a_lever_moves_the_page_by_keyboard_and_undo_takes_it_back(shown: Shown) -> None:
    page = shown.page
    first = page.locator("#sentences").inner_text()
    lever = page.locator("[id='lever-enforcement.effort']")
    before = shown.answered()
    lever.focus()
    page.keyboard.press("End")
    shown.moved(before)
    moved = page.locator("#sentences").inner_text()
    assert moved != first
    assert "b30a-allowed, changed" in shown.headline
    assert "enforcement.effort: 10" in page.locator("#changed").inner_text()
    assert "with_lever(levers()['enforcement.effort'], 10" in page.locator("#python").inner_text()
    before = shown.answered()
    page.keyboard.press("Control+z")
    shown.moved(before)
    assert page.locator("#sentences").inner_text() == first
    shown.act("#redo")
    assert page.locator("#sentences").inner_text() == moved
    shown.act("#reset")
    assert page.locator("#sentences").inner_text() == first
    assert shown.trouble == []
    shown.close()


def test_an_assumption_moves_the_baseline_and_a_wrong_one_is_told(shown: Shown) -> None:
    page = shown.page

    page.fill("#search", "diversion.chips_2024")
    field = page.locator("[id='assumption-diversion.chips_2024']")
    before = shown.answered()
    field.fill("1k to 2k")
    field.press("Enter")
    shown.moved(before)
    assert "Every policy: diversion.chips_2024 is 1k to 2k" in page.locator("#changed").inner_text()
    field.fill("2**9")
    field.press("Enter")
    page.wait_for_selector("#trouble:not([hidden])", timeout=WAIT)
    assert "is not a number" in page.locator("#trouble").inner_text()
    assert field.get_attribute("aria-invalid") == "true"
    shown.act("button[aria-label='Reset diversion.chips_2024']")
    assert page.locator("#trouble").is_hidden()
    shown.close()


def test_a_link_shows_another_browser_the_same(browser: Browser, address: str, shown: Shown) -> None:
    page = shown.page
    shown.choose("#ready", "sales")
    shown.choose("#unit", "rollout")
    link = page.evaluate("location.hash")
    other = Shown(browser, address, fragment=link)
    for what in ("#headline", "#answer", "#sentences", "#changed", "#compare", "#python", "#cli", "#basis"):
        assert other.page.locator(what).inner_text() == page.locator(what).inner_text(), what
    assert other.page.locator("#warning").is_hidden()
    assert other.page.locator("#tabs button").count() == 5
    other.close()
    old = Shown(browser, address, fragment=link.replace("version=", "version=0.0."))
    assert "made with version 0.0." in old.page.locator("#warning").inner_text()
    old.close()
    shown.close()


def test_a_hostile_link_is_told_and_does_nothing(browser: Browser, address: str) -> None:
    script = quote("<img src=x onerror=alert(1)>")
    fragment = (
        f"#policy={script}&policy=status-quo;stance={script};enforcement.effort=99&policy=airtight"
        f"&assume={script}=1&assume=diversion.chips_2024='{script}'&unit={script}&focus=9&threshold={script}"
    )
    found = Shown(browser, address, fragment="")
    found.page.goto(f"{address}/{fragment}")
    found.page.reload()
    found.page.wait_for_selector("#trouble:not([hidden])", timeout=WAIT)
    assert found.page.locator("img").count() == 0
    warned = found.page.locator("#warning").inner_text()
    assert "There is no policy" in warned
    assert "enforcement.effort must lie between 0 and 10" in warned
    # The browser itself notes that the server refused the value; nothing else may happen.
    assert all("422" in line for line in found.trouble), found.trouble
    found.close()


def test_it_fits_a_phone_with_the_answer_first(browser: Browser, address: str) -> None:
    found = Shown(browser, address, width=360)
    assert found.page.evaluate("document.documentElement.scrollWidth") <= 360
    assert found.page.locator("#controls").get_attribute("open") is None
    found.page.click("#controls > summary")
    assert found.page.evaluate("document.documentElement.scrollWidth") <= 360
    assert found.trouble == []
    found.close()


def test_what_is_shown_can_be_saved_with_its_citation(shown: Shown, tmp_path: Path) -> None:
    for form, begins in (("CSV", b"# "), ("SVG", b"<svg"), ("PNG", b"\x89PNG")):
        with shown.page.expect_download(timeout=WAIT) as waiting:
            shown.page.click(f"button[aria-label='Save lag as {form}']")
        path = tmp_path / waiting.value.suggested_filename
        waiting.value.save_as(path)
        content = path.read_bytes()
        assert content.startswith(begins)
        if form != "PNG":
            assert b"curveshift 0." in content
            assert b"A = status-quo" in content
    assert shown.trouble == []
    shown.close()


def test_the_argument_in_short_stands_on_the_page(shown: Shown, tmp_path: Path) -> None:
    from curveshift import claims

    page = shown.page
    page.locator("#argument").scroll_into_view_if_needed()
    page.wait_for_selector("#drawing-curve[data-drawn] svg path", state="attached", timeout=WAIT)
    page.wait_for_selector("#claims .verdicts li", timeout=WAIT)
    assert page.locator("#claims .verdicts li").count() == len(claims.statements())
    assert "DeepSeek-V3" in page.locator("#curve h3").inner_text()
    assert page.locator("#curve a[href='/trend'], #claims a[href='/claims']").count() == 2
    with page.expect_download(timeout=WAIT) as waiting:
        page.click("button[aria-label='Save curve as CSV']")
    path = tmp_path / "curve.csv"
    waiting.value.save_as(path)
    assert "LLaMA-65B" in path.read_text(encoding="utf-8")
    assert shown.trouble == []
    shown.close()
