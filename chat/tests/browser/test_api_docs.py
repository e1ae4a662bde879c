"""The API's description as a page: this server's files alone, under its content security policy."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.one_lane]


def test_it_shows_every_address_and_tries_one(page: Page, sign_in_link: str) -> None:
    site = sign_in_link.partition("/accounts/")[0]
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(sign_in_link)
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 900})
        try_one(page, site)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert {url for url in asked if not url.startswith((site, "data:", "blob:"))} == set()


def try_one(page: Page, site: str) -> None:
    page.goto(f"{site}/api/docs/")
    expect(page.get_by_role("heading", name="Tasklore")).to_be_visible()
    adding = page.locator("#operations-Tasks-addTask")
    adding.locator(".opblock-summary-control").click()
    adding.get_by_role("button", name="Try it out").click()
    adding.locator("textarea").fill('{"title": "From the description"}')
    adding.get_by_role("button", name="Execute").click()
    answer = adding.locator(".live-responses-table")
    expect(answer.locator("tbody td.response-col_status").first).to_contain_text("201")
    expect(answer).to_contain_text("From the description")
