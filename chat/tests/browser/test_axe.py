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
# Between light and dark only colours change. What moves, or is not drawn while it is off the screen, would
# still have those of before.
SCAN = """async (coloursAlone) => {
    const still = new CSSStyleSheet();
    still.replaceSync("* { transition: none !important; content-visibility: visible !important }");
    document.adoptedStyleSheets = [still];
    await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
    const rules = coloursAlone
        ? { runOnly: ["color-contrast", "link-in-text-block"] }
        : { rules: { "target-size": { enabled: true } } };
    const found = await axe.run(document, { resultTypes: ["violations"], ...rules });
    return found.violations.map((rule) => {
        const where = rule.nodes.map((node) => node.target.join(" ")).slice(0, 5).join(", ");
        return `${rule.id} (${rule.impact}) ${where}: ${rule.nodes[0].failureSummary}`;
    });
}"""


def names(patterns: list[Any], prefix: str = "") -> dict[str, str]:
    """The URL names by path, outside of the API, which programs read, and the admin, which is Django's."""
    found: dict[str, str] = {}
    for pattern in patterns:
        path = (prefix + str(pattern.pattern)).lstrip("^")
        if path.startswith(("api", "admin/")):
            continue
        if isinstance(pattern, URLResolver):
            found = {**names(pattern.url_patterns, path), **found}
        elif isinstance(pattern, URLPattern):
            found.setdefault(path, pattern.name or path)
    return found


@pytest.mark.one_lane
def test_every_page_is_on_the_tour() -> None:
    toured = {stop.url_name for stop in (*EMPTY, *PAGES, *SIGNED_OUT)} - {""}
    assert toured & set(NOT_PAGES) == set()
    there = set(names(urlpatterns).values())
    assert (sorted(there - toured - set(NOT_PAGES)), sorted((toured | set(NOT_PAGES)) - there)) == ([], [])


def scan(page: Page, site: str, stop: Stop, things: Things) -> list[str]:
    """What axe objects to, each with the page, the look, the rule and where."""
    objections = []
    for scheme, size in LOOKS:
        if (stop.narrow_only and size == WIDE) or (stop.is_form and (scheme, size) in LOOKS[1:3]):
            continue
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
        page.set_viewport_size(size)  # type: ignore[arg-type]
        # What was opened on a page closes when its width changes.
        if (scheme, size) == LOOKS[0] or (stop.act and scheme == "light"):
            go(page, site, stop, things)
            page.evaluate(AXE.read_text())
        wide = page.evaluate("document.documentElement.scrollWidth")
        look = f"{stop.name} {scheme} {size['width']}"
        if wide > size["width"]:
            objections.append(f"{look}: it is {wide} wide")
        alone = scheme == "dark" and not stop.is_form
        objections += [f"{look}: {each}" for each in page.evaluate(SCAN, alone)]
    return objections


@pytest.mark.browser
@pytest.mark.one_lane
@pytest.mark.timeout(600)
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
