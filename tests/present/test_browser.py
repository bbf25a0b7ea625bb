"""The brief in a real browser: offline, quiet, drawn, and as wide as the window."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    from curveshift.present import BriefSummary

FIGURES = ("share", "curve", "worlds", "chips", "stock", "capability", "difference", "domestic", "checks")


def _open(browser: Browser, path: Path, width: int, scheme: str = "light") -> tuple[Page, list[str]]:
    trouble: list[str] = []
    context = browser.new_context(
        viewport={"width": width, "height": 900},
        offline=True,
        color_scheme=scheme,  # type: ignore[arg-type]
    )
    shown = context.new_page()
    shown.on("console", lambda m: trouble.append(f"console: {m.text}"))
    shown.on("pageerror", lambda e: trouble.append(f"error: {e}"))
    address = path.as_uri()
    shown.on("request", lambda r: trouble.append(f"request: {r.url}") if r.url != address else None)
    shown.goto(address)
    shown.wait_for_selector("html[data-drawn=yes]", timeout=60_000)
    return shown, trouble


@pytest.mark.parametrize("width", [360, 1440])
def test_brief_is_quiet_drawn_and_fits(
    browser: Browser, brief: tuple[Path, BriefSummary], width: int
) -> None:
    shown, trouble = _open(browser, brief[0], width)
    assert trouble == []
    for name in FIGURES:
        assert shown.locator(f"#{name} svg.marks path").count() > 10, name
        box = shown.locator(f"#{name} svg.marks").bounding_box()
        assert box is not None
        assert 200 < box["width"] <= width
    assert shown.evaluate("document.documentElement.scrollWidth") <= width
    shown.context.close()


def test_text_can_be_read_in_the_dark(browser: Browser, brief: tuple[Path, BriefSummary]) -> None:
    shown, trouble = _open(browser, brief[0], 900, "dark")
    assert trouble == []
    ink = "getComputedStyle(document.querySelector('#share svg.marks text')).fill"
    paper = "getComputedStyle(document.documentElement).backgroundColor"
    light, dark = (
        sum(int(x) for x in shown.evaluate(e).removeprefix("rgb(").removesuffix(")").split(","))
        for e in (ink, paper)
    )
    assert light > 600 > 120 > dark
    shown.context.close()


def test_paper_shows_what_is_folded(browser: Browser, brief: tuple[Path, BriefSummary]) -> None:
    shown, _ = _open(browser, brief[0], 900)
    assert shown.locator("details.print:not([open])").count() > 5
    assert shown.pdf(prefer_css_page_size=True).startswith(b"%PDF")
    assert shown.locator("details.print:not([open])").count() == 0
    shown.context.close()
