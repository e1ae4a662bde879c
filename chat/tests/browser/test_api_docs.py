"""The API's description as a page: this server's files alone, under its content security policy."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.one_lane]


@pytest.mark.parametrize("width", [1280, 390])
def test_it_shows_every_address_and_tries_one(page: Page, sign_in_link: str, width: int) -> None:
    site = sign_in_link.partition("/accounts/")[0]
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(sign_in_link)
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
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert {url for url in asked if not url.startswith((site, "data:", "blob:"))} == set()
