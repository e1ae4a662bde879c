"""No page has anything that axe objects to, of any impact, light or dark, wide or narrow."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.urls import URLPattern, URLResolver
from playwright.sync_api import Browser, Page, expect

from config.urls import urlpatterns
from scripts.tour import EMPTY, NOT_PAGES, PAGES, SIGNED_OUT, Stop, Things, fill, go

AXE = Path(__file__).parent / "axe" / "axe.min.js"
WIDE, NARROW = {"width": 1280, "height": 800}, {"width": 390, "height": 844}
LOOKS = [("light", WIDE), ("dark", WIDE), ("light", NARROW), ("dark", NARROW)]
# Colours are on their way for a moment after the scheme has changed.
SCAN = """async () => {
    await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
    await Promise.all(document.getAnimations().map((each) => each.finished.catch(() => {})));
    const found = await axe.run(document, { resultTypes: ["violations"] });
    return found.violations.map((rule) => {
        const where = rule.nodes.map((node) => node.target.join(" ")).slice(0, 5).join(", ");
        return `${rule.id} (${rule.impact}) ${where}: ${rule.nodes[0].failureSummary}`;
    });
}"""


def names(patterns: list[Any], prefix: str = "") -> set[str]:
    """The URL names outside of the API, which programs read, and the admin, which is Django's."""
    found = set()
    for pattern in patterns:
        path = (prefix + str(pattern.pattern)).lstrip("^")
        if path.startswith(("api", "admin/")):
            continue
        if isinstance(pattern, URLResolver):
            found |= names(pattern.url_patterns, path)
        elif isinstance(pattern, URLPattern):
            found.add(pattern.name or path)
    return found


@pytest.mark.one_lane
def test_every_page_is_on_the_tour() -> None:
    toured = {stop.url_name for stop in (*EMPTY, *PAGES, *SIGNED_OUT)} - {""}
    assert toured & set(NOT_PAGES) == set()
    assert names(urlpatterns) == toured | set(NOT_PAGES)


def scan(page: Page, site: str, stop: Stop, things: Things) -> list[str]:
    """What axe objects to, each with the page, the look, the rule and where."""
    objections = []
    for scheme, size in LOOKS:
        if stop.narrow_only and size == WIDE:
            continue
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
        page.set_viewport_size(size)  # type: ignore[arg-type]
        if stop.act or (scheme, size) == LOOKS[0]:
            go(page, site, stop, things)
            page.evaluate(AXE.read_text())
        wide = page.evaluate("document.documentElement.scrollWidth")
        if wide > size["width"]:
            objections.append(f"{stop.name} {scheme} {size['width']}: it is {wide} wide")
        objections += [f"{stop.name} {scheme} {size['width']}: {each}" for each in page.evaluate(SCAN)]
    return objections


@pytest.mark.browser
@pytest.mark.one_lane
@pytest.mark.timeout(300)
def test_axe_objects_to_nothing(browser: Browser, page: Page, sign_in_link: str) -> None:
    site = sign_in_link.partition("/accounts/")[0]
    stranger = browser.new_context().new_page()
    objections = [each for stop in SIGNED_OUT for each in scan(stranger, site, stop, {})]
    stranger.context.close()
    page.goto(sign_in_link)
    for stop in EMPTY:
        objections += scan(page, site, stop, {})
    things = fill(page)
    for stop in PAGES:
        objections += scan(page, site, stop, things)
    assert not objections, "\n\n".join(objections)
    page.goto(f"{site}/c/{things['asking']}/")
    expect(page.get_by_role("button", name="Approve")).to_be_visible()
