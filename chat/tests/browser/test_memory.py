"""The memory page by keyboard alone: search, open, correct, approve; and on a small screen."""

from __future__ import annotations

import os
import subprocess
import sys
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from playwright.sync_api import Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]

REMEMBERED = """
from accounts.models import User
from memory.operations import store_memory
from tasks.changes import Origin
from tasks.models import Door
from tasks.operations import ensure_inbox
me = User.objects.get(username="me")
def store(door, key, value, confidence):
    given = {"key": key, "value": value, "type": "context", "confidence": confidence}
    store_memory(actor=me, origin=Origin(door), project=ensure_inbox(me), **given)
store(Door.API, "standup", "Standup is at nine in the small room", 1)
store(Door.API, "lunch", "Lunch is at noon", 1)
store(Door.CHAT, "launch", "Launch is on 15 January", 0.5)
store(Door.CHAT, "bob", "Bob writes the newsletter", 0.5)
"""


@pytest.fixture
def memory(page: Page, sign_in_link: str, database_url: str) -> str:
    """The address of the memory page, signed in, with two items and two suggestions."""
    environment = {**os.environ, "DATABASE_URL": database_url, "ENV_FILE": os.devnull}
    environment["DJANGO_SETTINGS_MODULE"] = "config.settings"
    command = [sys.executable, "manage.py", "shell", "--command", REMEMBERED]
    subprocess.run(command, env=environment, cwd=settings.BASE_DIR, check=True)
    page.goto(sign_in_link)
    page.get_by_role("link", name="Memory").click()
    expect(page).to_have_title("Memory of Inbox · Tasklore")
    return urlsplit(page.url)._replace(query="", fragment="").geturl()


def tab_to(page: Page, selector: str) -> None:
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
    raise AssertionError(f"Tab never came to {selector}")


def test_search_open_and_correct_by_keyboard(page: Page, memory: str) -> None:
    page.keyboard.press("/")
    page.keyboard.type("when is standup")
    expect(page.locator(".memory-value")).to_have_text(["Standup is at nine in the small room"])
    expect(page.locator(".memory-why")).to_contain_text("“standup”")
    expect(page.get_by_label("Search", exact=True)).to_be_focused()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("standup")

    tab_to(page, "textarea")
    page.keyboard.press("Control+A")
    page.keyboard.type("Standup is at ten")
    tab_to(page, "button[type=submit]")
    page.keyboard.press("Enter")
    expect(page.locator(".message")).to_have_text("“standup” is saved.")
    expect(page.locator(".version-value")).to_have_text(
        ["Standup is at ten", "Standup is at nine in the small room"]
    )

    tab_to(page, "summary")
    page.keyboard.press("Enter")
    tab_to(page, ".button.danger")
    page.keyboard.press("Enter")
    expect(page.locator(".message")).to_have_text("“standup” is forgotten.")
    expect(page.locator(".memory-value")).to_have_text(["Lunch is at noon"])


def test_approve_and_reject_by_keyboard(page: Page, memory: str) -> None:
    tab_to(page, ".memory-waiting a")
    page.keyboard.press("Enter")
    expect(page.locator(".memory-value")).to_have_text(
        ["Bob writes the newsletter", "Launch is on 15 January"]
    )
    tab_to(page, "[aria-label='Approve bob']")
    page.keyboard.press("Enter")
    expect(page.locator("#memory-said")).to_have_text("“bob” is remembered.")
    expect(page.get_by_role("button", name="Approve launch")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#memory-said")).to_have_text("“launch” is rejected.")
    expect(page.locator(".tabs")).to_contain_text("In use 3")
    expect(page.locator(".tabs")).to_contain_text("Suppressed 1")


def test_the_address_follows_what_is_searched(page: Page, memory: str) -> None:
    page.get_by_label("Search", exact=True).fill("noon")
    expect(page.locator(".memory-value")).to_have_text(["Lunch is at noon"])
    page.reload()
    expect(page.get_by_label("Search", exact=True)).to_have_value("noon")
    expect(page.locator(".memory-value")).to_have_text(["Lunch is at noon"])
    page.get_by_label("Type").select_option("error")
    expect(page.locator(".memory-none")).to_contain_text("Nothing fits")


def test_nothing_is_wider_than_a_small_screen(page: Page, memory: str) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    for address in ("", "?status=suggested", "new/"):
        page.goto(memory + address)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, address
        heights = page.locator("main .button:visible").evaluate_all("all => all.map(b => b.offsetHeight)")
        assert heights and min(heights) >= 44, address
