"""Tasks by keyboard alone, cards moved by mouse, finger and keys, and changes seen from elsewhere."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180), pytest.mark.one_lane]

CALL = """async ([method, url, body]) => (await fetch(url, {
    method,
    headers: {
        "Content-Type": "application/json",
        "X-CSRFToken": document.cookie.match(/csrftoken=([^;]+)/)[1],
    },
    body: JSON.stringify(body),
})).json()"""


def call(page: Page, method: str, url: str, **body: Any) -> Any:
    """Another door of the same server, as another program would use it."""
    return page.evaluate(CALL, [method, url, body])


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def test_a_morning_s_work(page: Page, sign_in_link: str) -> None:
    page.goto(sign_in_link)
    base = sign_in_link.partition("/accounts/")[0]
    project = call(page, "POST", "/api/projects/", name="Website", key="WEB")
    for title in ("Ask Anna", "Buy paint", "Call Bob"):
        call(page, "POST", "/api/tasks/", project="WEB", title=title)
    page.goto(f"{base}/projects/{project['id']}/")
    by_keyboard(page)
    seen_from_elsewhere(page)
    on_the_board(page, f"{base}/projects/{project['id']}/board/")


def by_keyboard(page: Page) -> None:
    titles = page.locator(".line-title")
    press(page, "n")
    page.keyboard.type("just x, c and e #home tomorrow !high")
    press(page, "Enter")
    expect(titles.first).to_have_text("just x, c and e")
    expect(page.locator("#toasts")).to_contain_text("Added WEB-4")
    expect(page.locator("#several")).to_be_hidden()
    page.locator("#main").focus()
    press(page, "j", "j", "e")
    page.get_by_label("Title").fill("Ask Anna for the photos")
    press(page, "Enter")
    expect(titles.nth(1)).to_have_text("Ask Anna for the photos")
    expect(titles.nth(1)).to_be_focused()
    press(page, "c")
    expect(titles).to_have_count(3)
    press(page, "u")
    expect(titles).to_have_count(4)
    page.locator("#main").focus()
    press(page, "k", "x", "k", "x")
    expect(page.locator("#picked-count")).to_have_text("2 selected")
    page.get_by_role("button", name="Priority").press("Enter")
    page.get_by_role("button", name="High").press("Enter")
    expect(page.locator(".line .mark.high")).to_have_count(3)
    press(page, "?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    press(page, "Escape", "/")
    page.keyboard.type("bob")
    expect(titles).to_have_count(1)
    expect(page).to_have_url(page.url.partition("?")[0] + "?q=bob")
    page.get_by_label("Search").fill("")
    expect(titles).to_have_count(4)


def seen_from_elsewhere(page: Page) -> None:
    line = page.locator(".line", has_text="Buy paint")
    page.locator(".line", has_text="Call Bob").get_by_label("Select").check()
    line.hover()
    line.get_by_label("Edit WEB-2").click()
    line.get_by_label("Title").fill("Buy red paint")
    call(page, "PATCH", "/api/tasks/WEB-2/", title="Buy blue paint")
    call(page, "PATCH", "/api/tasks/WEB-3/", title="Call Bob back")
    other = page.locator(".line", has_text="Call Bob back")
    expect(other).to_be_visible(timeout=15_000)
    expect(other.get_by_label("Select")).to_be_checked()
    expect(line.get_by_label("Title")).to_have_value("Buy red paint")
    line.get_by_role("button", name="Save").click()
    expect(line.locator(".line-refused")).to_contain_text("now “Buy blue paint”")
    line.get_by_role("button", name="Save").click()
    expect(page.locator(".line-title", has_text="Buy red paint")).to_be_focused()


def on_the_board(page: Page, address: str) -> None:
    page.goto(address)
    # A typeface that arrives late would move the cards from under the pointer.
    page.evaluate("document.fonts.ready")
    column = {
        name: page.locator(f'.column[data-status="{name}"]') for name in ("todo", "in_progress", "done")
    }
    card = page.locator(".board-card", has_text="Buy red paint")
    drag(page, card, column["in_progress"])
    expect(column["in_progress"].locator(".card-title")).to_have_text(["Buy red paint"])
    expect(page).to_have_url(address)
    expect(page.locator("#moved")).to_have_text("WEB-2 moved to In progress, 1 task there.")
    card.locator(".card-title").focus()
    press(page, "Shift+ArrowRight")
    expect(column["done"].locator(".card-title")).to_have_text(["Buy red paint"])
    expect(card.locator(".card-title")).to_be_focused()
    expect(page.locator("#moved")).to_have_text("WEB-2 moved to Done, 1 task there.")
    press(page, "m", "Enter")
    expect(column["todo"].locator(".card-title", has_text="Buy red paint")).to_be_focused()
    expect(page.locator("#moved")).to_contain_text("WEB-2 moved to To do")
    one_after_the_other(page, card, column["done"])
    touch(page, card, column["in_progress"])
    expect(column["in_progress"].locator(".card-title")).to_have_text(["Buy red paint"])


def one_after_the_other(page: Page, card: Any, end: Any) -> None:
    """Moved again before the first move has its answer: the second must not come to the server first."""
    seen: list[str] = []
    note = {"request": "asked", "requestfinished": "answered"}
    for event, word in note.items():
        page.on(event, lambda request, word=word: seen.append(word) if "/edit/" in request.url else None)  # type: ignore[call-overload]
    press(page, "Shift+ArrowRight", "Shift+ArrowRight")
    expect(page.locator("#moved")).to_have_text("WEB-2 moved to Done, 1 task there.")
    expect(end.locator(".card-title")).to_have_text(["Buy red paint"])
    assert seen == ["asked", "answered"] * 2


def drag(page: Page, card: Any, target: Any) -> None:
    # Hovering waits until nothing moves any more.
    card.hover()
    start, end = card.bounding_box(), target.bounding_box()
    page.mouse.move(start["x"] + 40, start["y"] + 20)
    page.mouse.down()
    page.mouse.move(end["x"] + 60, end["y"] + 80, steps=4)
    page.mouse.up()


def touch(page: Page, card: Any, target: Any) -> None:
    """A finger rests, drags and lifts."""
    card.hover()
    start, end = card.bounding_box(), target.bounding_box()
    session = page.context.new_cdp_session(page)

    def send(kind: str, x: float = 0, y: float = 0) -> None:
        points = [] if kind == "touchEnd" else [{"x": x, "y": y}]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    send("touchStart", start["x"] + 40, start["y"] + 20)
    expect(page.locator(".ghost")).to_be_visible()
    send("touchMove", end["x"] + 60, end["y"] + 80)
    expect(target).to_have_class("column is-over")
    send("touchEnd")
