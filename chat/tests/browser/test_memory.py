"""What a talk teaches and what it is reminded of, as the page shows it while it happens and afterwards."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from chat.tests.browser.test_story import say
from chat.tests.scripted_server import ScriptedServer
from chat.tests.teaching import item, teaching

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180), pytest.mark.one_lane]

PORT = item("Staging listens on port 8443", key="staging-port", subject="staging")


@pytest.fixture
def model() -> Iterator[ScriptedServer]:
    with ScriptedServer() as server:
        server.perform(teaching("Noted, 8443.", [PORT]))
        yield server


@pytest.fixture
def model_settings(model: ScriptedServer) -> dict[str, str]:
    return {"OPENAI_BASE_URL": model.base_url, "OPENAI_MODEL": "scripted", "LLM_TOOL_MODE": "native"}


def test_remembered_and_recalled(page: Page, sign_in_link: str) -> None:
    page.goto(sign_in_link)
    turn = say(page, "Staging listens on port 8443 since we moved it behind the proxy")
    expect(turn.locator(".receipt")).to_contain_text(["Remembered “staging-port”"])

    page.goto(sign_in_link.partition("/accounts/")[0] + "/new/")
    page.set_viewport_size({"width": 390, "height": 844})
    asked = say(page, "Which port does staging listen on?")
    chip = asked.get_by_role("link", name="staging-port")
    expect(chip).to_be_visible()
    live = asked.locator(".recalled").inner_html()
    box = chip.bounding_box()
    assert box
    assert box["height"] >= 44
    assert page.evaluate("document.documentElement.scrollWidth") <= 390

    page.reload()
    assert page.locator(".recalled").inner_html() == live
    page.get_by_role("link", name="staging-port").focus()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/memory/[0-9a-f-]{36}/$"))
    expect(page.locator("main")).to_contain_text("Staging listens on port 8443")
