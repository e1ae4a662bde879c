"""The pages that are there only between two steps: a confirmed address, a new password, a second step."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from playwright.sync_api import Browser, Locator, Page

PASSWORD, NEW_PASSWORD = "a long good phrase", "another good phrase"
AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


def mail_settings(folder: Path) -> dict[str, str]:
    """The environment of a server that puts its mails into a folder."""
    folder.mkdir(exist_ok=True)
    return {"EMAIL_URL": f"file://{folder}", "EMAIL_FROM": "tasklore@example.com"}


def give_authenticator(page: Page) -> None:
    """What a device has that keeps passkeys, and always says yes."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})


def new_guest() -> str:
    """An address that was sent nothing in the last minutes: a second mail to one would have to wait."""
    return f"guest-{secrets.token_hex(4)}@example.com"


def midway(browser: Browser, site: str, invitation: str, mails: Path) -> Iterator[tuple[str, Page]]:
    """Dora comes by an invitation, and signs in with all there is; each page by its name, as it opens."""
    page = browser.new_context().new_page()
    give_authenticator(page)
    page.goto(f"{site}/teams/join/{invitation}/")
    yield "invited", page
    follow(page, page.get_by_role("link", name="Make an account"))
    yield "invited-sign-up", page
    address = page.get_by_label("E-mail").input_value()
    send(page, "Make the account", {"User name": "dora", "Password": PASSWORD})
    page.goto(latest_link(mails))
    yield "confirm-address", page
    send(page, "Yes, it is mine")
    page.goto(f"{site}/accounts/password/reset/")
    yield "forgotten", page
    send(page, "Send the link", {"E-mail": address})
    page.goto(latest_link(mails))
    yield "new-password", page
    send(page, "Save the password", {"New password": NEW_PASSWORD, "The same again": NEW_PASSWORD})
    yield from second_step(page, site)
    page.context.close()


def second_step(page: Page, site: str) -> Iterator[tuple[str, Page]]:
    who = {"User name or e-mail": "dora", "Password": NEW_PASSWORD}
    page.goto(f"{site}/accounts/login/")
    send(page, "Sign in", who)
    page.goto(f"{site}/accounts/2fa/totp/activate/")
    yield "password-again", page
    send(page, "Go on", {"Password": NEW_PASSWORD})
    send(page, "Switch it on", {"Code": code_of(page.locator("#totp_secret").inner_text())})
    yield "codes", page
    page.goto(f"{site}/accounts/2fa/webauthn/add/")
    send(page, "Add it", {"What you call it": "Laptop"})
    for name in ("Rename", "Remove"):
        page.goto(f"{site}/settings/security/")
        follow(page, page.get_by_role("link", name=f"{name} “Laptop”"))
        yield f"{name.lower()}-passkey", page
    for name, path in (
        ("authenticator-off", "totp/deactivate"), ("code-again", "reauthenticate"),
        ("passkey-again", "webauthn/reauthenticate"),
    ):  # fmt: skip
        page.goto(f"{site}/accounts/2fa/{path}/")
        yield name, page
    page.context.clear_cookies()
    page.goto(f"{site}/accounts/login/")
    send(page, "Sign in", who)
    yield "second-step", page


def send(page: Page, button: str, fields: dict[str, str] | None = None) -> None:
    for label, value in (fields or {}).items():
        page.get_by_label(label, exact=True).fill(value)
    follow(page, page.get_by_role("button", name=button, exact=True))


def follow(page: Page, control: Locator) -> None:
    """Presses what leads to another page."""
    with page.expect_navigation():
        control.press("Enter")


def latest_link(mails: Path) -> str:
    newest = max(mails.glob("*.log"), key=lambda mail: mail.stat().st_mtime_ns)
    found = re.findall(r"http://\S+", newest.read_text())
    return str(found[-1])


def code_of(secret: str) -> str:
    return str(format_hotp_value(hotp_value(secret, int(datetime.now(UTC).timestamp()) // 30)))
