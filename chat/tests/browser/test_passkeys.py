"""A passkey from its making to a sign-in with it alone, with Chromium's own authenticator."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from chat.tests.browser.midway import give_authenticator

pytestmark = [pytest.mark.browser, pytest.mark.one_lane]


def test_a_passkey_signs_in_alone(page: Page, sign_in_link: str) -> None:
    address = urlsplit(sign_in_link)
    site = f"http://localhost:{address.port}"
    assert sign_in_link.startswith(site)
    what_is_wrong_is_said(page, address.port or 0)
    give_authenticator(page)
    page.goto(f"{site}{address.path}")
    page.goto(f"{site}/settings/security/")
    page.get_by_role("link", name="Add one").click()
    # Its button does nothing until its script is there.
    page.wait_for_load_state()
    page.get_by_label("What you call it").fill("My laptop")
    page.get_by_label("What you call it").press("Enter")
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()
    page.goto(f"{site}/settings/security/")
    expect(page.get_by_text("My laptop", exact=True)).to_be_visible()
    page.get_by_role("button", name="account").click()
    page.get_by_role("button", name="Sign out", exact=True).click()
    page.wait_for_load_state()
    page.get_by_role("button", name="Sign in with a passkey").press("Enter")
    page.wait_for_url(f"{site}/")
    page.goto(f"{site}/settings/security/")
    # It was used as the only step: it shows as used, and takes itself off only after one more proof.
    page.get_by_role("link", name="Remove “My laptop”").click()
    expect(page.get_by_role("heading", name="Is it you?")).to_be_visible()
    page.wait_for_load_state()
    page.get_by_role("button", name="Use my passkey").press("Enter")
    page.get_by_role("button", name="Remove it").click()
    expect(page.get_by_text("The passkey is removed.")).to_be_visible()


def what_is_wrong_is_said(page: Page, port: int) -> None:
    button, said = page.get_by_role("button", name="Sign in with a passkey"), page.get_by_role("alert")
    page.goto(f"http://127.0.0.1:{port}/accounts/login/?next=/tasks/")
    button.press("Enter")
    expect(said).to_contain_text("this page was opened by a number")
    page.get_by_role("link", name=f"http://localhost:{port}").press("Enter")
    page.wait_for_url(f"http://localhost:{port}/accounts/login/?next=/tasks/")
    # As a browser answers when the person closes its window.
    page.evaluate("""() => {
        navigator.credentials.get = () => Promise.reject(new DOMException("", "NotAllowedError"));
    }""")
    button.press("Enter")
    expect(said).to_contain_text("it was cancelled")
    half = page.context.new_page()
    half.route("**/mfa/js/webauthn*.js", lambda route: route.abort())
    half.goto(page.url)
    half.get_by_role("button", name="Sign in with a passkey").press("Enter")
    expect(half.get_by_role("alert")).to_contain_text("has not loaded wholly")
    half.close()
