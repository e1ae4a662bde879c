"""The whole product as a newcomer meets it: the link in the terminal, a task, a list, a change, an undo."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from chat.tests.replies import HANG, Reply
from chat.tests.scripted_server import ScriptedServer

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]

ADD = "add buy milk tomorrow at 5pm, high priority"


def say(page: Page, words: str) -> Locator:
    """Types a message, sends it with Enter, and returns its turn once that has ended."""
    turns = page.locator("article.turn")
    before = turns.count()
    box = page.get_by_label("Message")
    box.fill(words)
    box.press("Enter")
    expect(turns).to_have_count(before + 1)
    turn = turns.last
    expect(turn).to_have_attribute("data-status", "done")
    return turn


def walk_the_story(page: Page, link: str) -> None:
    page.goto(link)
    panel = page.locator("#panel")
    expect(panel).to_contain_text("Nothing is open")

    turn = say(page, ADD)
    expect(turn.locator(".receipt")).to_contain_text(["Added INBOX-1"])
    expect(turn.locator(".receipt")).to_contain_text(["17:00"])
    task = panel.locator("li.task").filter(has_text="INBOX-1")
    expect(task.locator(".task-title")).to_have_text("buy milk", ignore_case=True)
    expect(task).to_contain_text("High")
    expect(task.locator("time")).to_contain_text("17:00")

    listed = say(page, "what's on my list?")
    expect(listed.locator(".reply-text")).to_contain_text("buy milk", ignore_case=True)
    expect(listed).to_contain_text("Nothing was changed")

    moved = say(page, "change INBOX-1 to low priority")
    expect(moved.locator(".receipt")).to_contain_text(["low priority"])
    expect(task).to_contain_text("Low")

    completed = say(page, "complete INBOX-1")
    expect(completed.locator(".receipt")).to_contain_text(["Completed INBOX-1"])
    expect(panel).to_contain_text("Nothing is open")

    completed.get_by_role("button", name="Undo").click()
    expect(completed.locator(".receipt-undone")).to_have_text("Undone")
    expect(task).to_contain_text("Low")

    undone = say(page, "undo")
    expect(undone.locator(".receipt")).to_contain_text(["INBOX-1"])
    expect(task).to_contain_text("High")

    page.reload()
    expect(page.locator("article.turn")).to_have_count(5)
    expect(page.locator("#panel li.task .task-title")).to_have_text("buy milk", ignore_case=True)


def test_built_in_assistant(page: Page, sign_in_link: str) -> None:
    walk_the_story(page, sign_in_link)
    expect(page.locator(".reply-by").first).to_contain_text("Built-in assistant")


def test_link_works_once(page: Page, sign_in_link: str) -> None:
    page.goto(sign_in_link)
    page.get_by_role("button", name="me : account").click()
    page.get_by_role("button", name="Sign out").click()
    page.goto(sign_in_link)
    expect(page.locator("main")).to_contain_text("signin_link")
    expect(page.get_by_label("Message")).to_have_count(0)


def test_examples_teach(page: Page, sign_in_link: str) -> None:
    page.goto(sign_in_link)
    page.get_by_role("button", name="Add buy milk tomorrow at 5pm").click()
    expect(page.locator("article.turn")).to_have_attribute("data-status", "done")
    expect(page.locator("#panel li.task")).to_have_count(1)


class TestWithModel:
    @pytest.fixture
    def model(self) -> Iterator[ScriptedServer]:
        with ScriptedServer() as server:
            server.perform("story")
            yield server

    @pytest.fixture
    def model_settings(self, model: ScriptedServer) -> dict[str, str]:
        return {
            "OPENAI_BASE_URL": model.base_url,
            "OPENAI_API_KEY": "sk-browser-test",
            "OPENAI_MODEL": "scripted",
        }

    def test_story(self, page: Page, sign_in_link: str, model: ScriptedServer) -> None:
        walk_the_story(page, sign_in_link)
        expect(page.locator(".reply-by").first).to_contain_text("scripted")
        asked = [request.body["messages"][-1]["content"] for request in model.requests]
        assert any(ADD in str(content) for content in asked)

    def test_stop(self, page: Page, sign_in_link: str, model: ScriptedServer) -> None:
        page.goto(sign_in_link)
        say(page, "hello")
        model.play([Reply([{"content": "Let me "}, {"content": "think about"}, HANG])])
        page.get_by_label("Message").fill("tell me a long story")
        page.get_by_label("Message").press("Enter")
        turn = page.locator("article.turn").last
        expect(turn.locator(".reply-text")).to_contain_text("Let me think about")
        page.get_by_role("button", name="Stop the answer").click()
        expect(turn).to_have_attribute("data-status", "stopped")
        expect(turn.locator(".reply-text")).to_contain_text("Let me think about")
        expect(page.get_by_label("Message")).to_be_focused()
