"""Whatever a link holds, the page reads it without an exception, names what it leaves out, and shows no HTML."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

pytest.importorskip("fastapi", reason="needs the extra: pip install 'curveshift[app]'")

from curveshift.app.asking import THRESHOLDS, lever_names
from curveshift.scenario import library, views

from .shown import WAIT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser

READ = """
async ([hash]) => {
  const { load } = await import("/static/catalogue.js");
  const { read, written } = await import("/static/state.js");
  window.known ??= (await load()).known;
  const known = window.known;
  const { state, warnings } = read(hash, known);
  const again = read("#" + written(state, known.about), known);
  const box = document.getElementById("warning");
  box.textContent = warnings.join(" ");
  return {
    state, warnings, again: again.state, warned_again: again.warnings, elements: box.children.length,
    sane: state.policies.length >= 1 && state.policies.length <= 4 && state.focus < state.policies.length
      && state.policies.every((p) => known.policies.has(p.base)),
  };
}
"""

JUNK = st.text(st.characters(exclude_categories=["Cs"]), max_size=90) | st.sampled_from(
    [
        "<img src=x onerror=alert(1)>",
        "__proto__",
        "constructor",
        "javascript:alert(1)",
        "'",
        "=",
        ";",
        "%",
        "\x00",
    ]
)
NUMBER = st.floats(-10, 20, allow_nan=False).map(str) | JUNK


@st.composite
def policies(draw: st.DrawFn) -> tuple[str, str]:
    parts = [draw(st.sampled_from(sorted(library().policies)) | JUNK)]
    keys = st.sampled_from([*lever_names(), *THRESHOLDS, "stance"]) | JUNK
    values = st.sampled_from(["open", "guided"]) | NUMBER
    parts += [f"{k}={v}" for k, v in draw(st.lists(st.tuples(keys, values), max_size=3))]
    return "policy", ";".join(parts)


@st.composite
def assumptions(draw: st.DrawFn) -> tuple[str, str]:
    key = draw(st.sampled_from(sorted(library().assumptions)) | JUNK)
    value = draw(NUMBER | JUNK.map(lambda text: f"'{text}'"))
    return "assume", f"{key}={value}"


SETTINGS = st.tuples(
    st.sampled_from(["view", "draws", "feedback", "unit", "window", "threshold", "focus", "version", "facts"])
    | JUNK,
    st.sampled_from([*views(), "256", "off", "rollout", "12", "survey", "1"]) | JUNK,
)
PAIRS = st.lists(policies() | assumptions() | SETTINGS, max_size=6)


@pytest.fixture(scope="module")
def reading(browser: Browser, address: str) -> Iterator[Callable[[str], Any]]:
    context = browser.new_context()
    page = context.new_page()
    wrong: list[str] = []
    page.on("pageerror", lambda e: wrong.append(str(e)))
    page.on("dialog", lambda d: wrong.append(d.message))
    page.goto(f"{address}/")
    page.wait_for_selector("html[data-ready=yes]", timeout=WAIT)

    def read(fragment: str) -> Any:
        found = page.evaluate(READ, [fragment])
        assert wrong == []
        return found

    yield read
    context.close()


def check(found: Any) -> None:
    """What holds for every link: a state that can be asked, which its own link gives again, and nothing but text."""
    assert found["sane"]
    assert found["again"] == found["state"]
    assert found["warned_again"] == []
    assert found["elements"] == 0


ANY = settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])


@ANY
@given(PAIRS)
@example([("focus", "3"), ("policy", "status-quo;stance=shut"), ("threshold", "nowhere")])
def test_links_of_known_and_unknown_parts(
    reading: Callable[[str], Any], pairs: list[tuple[str, str]]
) -> None:
    found = reading("#" + urlencode(pairs))
    check(found)
    told = " ".join(found["warnings"])
    singles = [key for key, _ in pairs if key not in ("policy", "assume")]
    kept = str(found["state"])
    for key, value in pairs:
        if key == "assume" and value.partition("=")[0] not in library().assumptions:
            assert (value.partition("=")[0] or "(nothing)")[:20] in told
        elif key == "policy" and value.partition(";")[0] not in library().policies:
            assert (value.partition(";")[0] or "(nothing)")[:20] in told
        elif key in ("view", "feedback", "unit", "threshold") and singles.count(key) == 1:
            assert value[:20] in told or value in kept
        elif key in ("version", "facts") and singles.count(key) == 1:
            assert "This link was made with" in told
        elif (
            key not in ("draws", "window", "focus", "policy", "assume", "version", "facts")
            and key not in singles
        ):
            assert key[:20] in told


@ANY
@given(st.text(max_size=200))
@example("policy=status-quo;enforcement.effort=%E0%A4%A")
@example("&&&===;;;%00%FF")
def test_any_text_is_read(reading: Callable[[str], Any], text: str) -> None:
    check(reading("#" + quote(text, safe="=&;'%+", errors="replace")))


@ANY
@given(st.data())
def test_a_mutated_link_is_read(reading: Callable[[str], Any], data: st.DataObject) -> None:
    link = (
        "#version=0.1.0&policy=status-quo&policy=b30a-allowed%3Bstance%3Dblocked%3Benforcement.effort%3D3"
        "&assume=diversion.chips_2024%3D%2710k+to+300k%27&view=hawk&draws=2048&window=6&threshold=survey&focus=0"
    )
    at = data.draw(st.integers(1, len(link) - 1))
    until = data.draw(st.integers(at, min(len(link), at + 12)))
    check(reading(link[:at] + quote(data.draw(JUNK), safe="=&;'%+", errors="replace") + link[until:]))
