"""No page has anything that axe objects to, of any impact, light or dark, wide or narrow."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.urls import URLPattern, URLResolver
from playwright.sync_api import Browser, Page, expect

from chat.tests.browser.midway import mail_settings, midway, new_guest
from config.urls import urlpatterns
from scripts.tour import EMPTY, NOT_PAGES, PAGES, SIGNED_OUT, Stop, Things, fill, go

AXE = Path(__file__).parent / "axe" / "axe.min.js"
WIDE, NARROW = {"width": 1280, "height": 800}, {"width": 390, "height": 844}
LOOKS = [("light", WIDE), ("dark", WIDE), ("light", NARROW), ("dark", NARROW)]
COLOURS = ["color-contrast", "link-in-text-block"]
# What a card of sentences and fields can get wrong by its width alone; what is around it is as on all pages.
ROOM = [*COLOURS, "target-size", "scrollable-region-focusable"]
# Between light and dark only colours change. What moves, or is not drawn while it is off the screen, would
# still have those of before.
SCAN = """async (rules) => {
    const still = new CSSStyleSheet();
    still.replaceSync("* { transition: none !important; content-visibility: visible !important }");
    document.adoptedStyleSheets = [still];
    await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
    const asked = rules ? { runOnly: rules } : { rules: { "target-size": { enabled: true } } };
    const found = await axe.run(document, { resultTypes: ["violations"], ...asked });
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


def scan(
    page: Page,
    name: str,
    open_again: Callable[[], None] | None = None,
    *,
    looks: Any = LOOKS,
    is_form: bool = False,
) -> list[str]:
    """What axe objects to, each with the page, the look, the rule and where.

    `open_again` brings back what was opened on the page, and closes when its width changes.
    """
    objections = []
    for scheme, size in looks:
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        page.set_viewport_size(size)
        if open_again and scheme == "light":
            open_again()
        if not page.evaluate("'axe' in window"):
            page.evaluate(AXE.read_text())
        wide = page.evaluate("document.documentElement.scrollWidth")
        rules = COLOURS if scheme == "dark" else ROOM if is_form and size == NARROW else None
        look = f"{name} {scheme} {size['width']}"
        if wide > size["width"]:
            objections.append(f"{look}: it is {wide} wide")
        objections += [f"{look}: {each}" for each in page.evaluate(SCAN, rules)]
    return objections


def visit(page: Page, site: str, stop: Stop, things: Things) -> list[str]:
    def open_it() -> None:
        go(page, site, stop, things)

    if stop.act:
        return scan(page, stop.name, open_it, looks=LOOKS[2:] if stop.narrow_only else LOOKS)
    open_it()
    return scan(page, stop.name, is_form=stop.is_form)


@pytest.fixture
def model_settings(mails: Path) -> dict[str, str]:
    return mail_settings(mails)


@pytest.mark.browser
@pytest.mark.one_lane
@pytest.mark.timeout(600)
def test_axe_objects_to_nothing(browser: Browser, page: Page, sign_in_link: str, mails: Path) -> None:
    site = sign_in_link.partition("/accounts/")[0]
    stranger = browser.new_context().new_page()
    objections = [each for stop in SIGNED_OUT for each in visit(stranger, site, stop, {})]
    stranger.context.close()
    page.goto(sign_in_link)
    for stop in EMPTY:
        objections += visit(page, site, stop, {})
    things = fill(page, new_guest())
    for stop in PAGES:
        objections += visit(page, site, stop, things)
    for name, opened in midway(browser, site, things["invitation"], mails):
        objections += scan(opened, name, is_form=True)
    assert not objections, "\n\n".join(objections)
    page.goto(f"{site}/c/{things['asking']}/")
    expect(page.get_by_role("button", name="Approve")).to_be_visible()
