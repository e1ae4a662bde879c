"""API tokens by keyboard alone: made, used by a program, and revoked."""

from __future__ import annotations

import urllib.request
from urllib.error import HTTPError
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.one_lane]


def test_a_token_from_its_making_to_its_end(page: Page, sign_in_link: str) -> None:
    site = f"http://{urlsplit(sign_in_link).netloc}"
    page.goto(sign_in_link)
    page.goto(f"{site}/settings/tokens/")
    page.get_by_label("What it is for").focus()
    page.keyboard.type("Backup script")
    page.keyboard.press("Enter")
    secret = page.get_by_label("The token “Backup script”")
    expect(secret).to_be_focused()
    text = secret.input_value()
    assert page.evaluate("document.getSelection().toString()") == text
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Copy")).to_be_focused()

    def status() -> int:
        asked = urllib.request.Request(
            f"{site}/api/conversations/", headers={"Authorization": f"Bearer {text}"}
        )
        try:
            with urllib.request.urlopen(asked) as answer:
                return int(answer.status)
        except HTTPError as refusal:
            with refusal:
                return refusal.code

    assert status() == 200
    page.goto(f"{site}/settings/tokens/")
    expect(page.get_by_text(text)).to_have_count(0)
    page.get_by_label("Revoke “Backup script”").focus()
    for key in ("Enter", "Tab", "Enter"):
        page.keyboard.press(key)
    expect(page.get_by_role("status")).to_contain_text("is revoked")
    assert status() == 401


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits_a_phone(page: Page, sign_in_link: str, scheme: str) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    page.goto(sign_in_link)
    page.goto(f"{sign_in_link.partition('/accounts/')[0]}/settings/tokens/")
    page.get_by_label("What it is for").fill("A" * 100)
    page.get_by_role("button", name="Make the token").click()
    expect(page.get_by_label(f"The token “{'A' * 100}”")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") == 390
