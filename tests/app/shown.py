"""The page opened in a real browser."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

WAIT = 90_000


class Shown:
    """A page that was opened, with everything that it did wrong."""

    def __init__(
        self, browser: Browser, address: str, *, width: int = 1440, fragment: str = "", **more: Any
    ) -> None:
        self.trouble: list[str] = []
        context = browser.new_context(viewport={"width": width, "height": 900}, accept_downloads=True, **more)
        self.page: Page = context.new_page()
        self.page.on("console", lambda m: self.trouble.append(f"console: {m.text}"))
        self.page.on("pageerror", lambda e: self.trouble.append(f"error: {e}"))
        self.page.on("dialog", lambda d: self.trouble.append(f"dialog: {d.message}"))
        self.page.on("request", lambda r: None if self.own(r.url, address) else self.trouble.append(r.url))
        self.page.goto(f"{address}/{fragment}")
        self.settled()

    @staticmethod
    def own(url: str, address: str) -> bool:
        return url.startswith((f"{address}/", "data:", "blob:"))

    def settled(self) -> None:
        self.page.wait_for_selector("html[data-key][data-busy=false]", timeout=WAIT)

    @property
    def headline(self) -> str:
        return self.page.locator("#headline").inner_text()

    def answered(self) -> str | None:
        """How often the model has answered, to wait for the next time."""
        found: str | None = self.page.evaluate("document.documentElement.dataset.answered")
        return found

    def choose(self, what: str, value: str) -> None:
        """Choose in a list, and wait for the answer."""
        before = self.answered()
        self.page.select_option(what, value)
        self.moved(before)

    def act(self, what: str) -> None:
        """Click something that asks the model again, and wait for the answer."""
        before = self.answered()
        self.page.click(what)
        self.moved(before)

    def moved(self, before: str | None) -> None:
        self.page.wait_for_function(
            "b => document.documentElement.dataset.answered !== b", arg=before, timeout=WAIT
        )
        self.settled()

    def close(self) -> None:
        self.page.context.close()
