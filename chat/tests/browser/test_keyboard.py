"""Everything by keyboard alone: each page can be gone through, and what it is there for can be done."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from chat.tests.browser.keyboard import open_all, tab_through
from chat.tests.browser.keyboard_story import everything
from chat.tests.browser.midway import mail_settings, midway, new_guest
from scripts.tour import EMPTY, PAGES, SIGNED_OUT, Stop, Things, fill, go

WIDE, NARROW = {"width": 1280, "height": 800}, {"width": 390, "height": 844}
# One that is signed out, one with the talk's list of conversations, and one like all others.
WITH_RAIL = ("sign-in", "chat", "tasks")
# Those whose controls are others, or at another place, on a phone.
NARROW_TOO = ("chat", "tasks", "board", "task", "dashboard", "memory")

pytestmark = [pytest.mark.browser, pytest.mark.one_lane, pytest.mark.timeout(600)]


@pytest.fixture
def model_settings(mails: Path) -> dict[str, str]:
    return mail_settings(mails)


class Walker:
    """Goes through pages; what is wrong with them is in `wrong`."""

    def __init__(self, site: str) -> None:
        self.site = site
        self.wrong: list[str] = []
        self.opened: set[str] = set()

    def visit(self, page: Page, stop: Stop, things: Things) -> None:
        page.set_viewport_size(NARROW if stop.narrow_only else WIDE)  # type: ignore[arg-type]
        go(page, self.site, stop, things)
        self.look(page, stop.name, back=not stop.is_form)
        if stop.name in NARROW_TOO:
            page.set_viewport_size(NARROW)  # type: ignore[arg-type]
            page.reload()
            self.wrong += [f"{stop.name}, narrow: {each}" for each in tab_through(page, back=False)]

    def look(self, page: Page, name: str, *, back: bool = True) -> None:
        page.emulate_media(reduced_motion="reduce")
        modal = page.locator("dialog:modal, .side.is-open").count() > 0
        found = tab_through(page, with_rail=modal or name in WITH_RAIL, back=back)
        if not modal:
            found += open_all(page, self.opened)
        self.wrong += [f"{name}: {each}" for each in found]


def test_everything(browser: Browser, page: Page, sign_in_link: str, mails: Path) -> None:
    walker = Walker(sign_in_link.partition("/accounts/")[0])
    stranger = browser.new_context().new_page()
    for stop in SIGNED_OUT:
        walker.visit(stranger, stop, {})
    stranger.context.close()
    page.goto(sign_in_link)
    for stop in EMPTY:
        walker.visit(page, stop, {})
    things = fill(page, new_guest())
    for stop in PAGES:
        walker.visit(page, stop, things)
    for name, opened in midway(browser, walker.site, things["invitation"], mails):
        walker.look(opened, name)
    assert walker.wrong == []
    page.set_viewport_size(WIDE)  # type: ignore[arg-type]
    everything(page, walker.site, things)
