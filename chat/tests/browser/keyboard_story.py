"""What each page is there for, done by Tab, Enter, Space, arrows, Escape and words, and nothing else."""

from __future__ import annotations

import re
import urllib.request
from urllib.error import HTTPError

from playwright.sync_api import Locator, Page, expect

from chat.tests.browser.keyboard import press, reach, type_into
from scripts.tour import Things

CSV = "title,due,priority\nOrder seeds,tomorrow,high\nMow the lawn,,low\n"


def everything(page: Page, site: str, things: Things) -> None:
    talk(page, site)
    task_list(page, f"{site}/projects/{things['project']}/")
    board(page, f"{site}/projects/{things['project']}/board/")
    task(page, f"{site}/tasks/{things['task']}/")
    projects(page, site)
    trash(page, site)
    dashboard(page, site)
    memory(page, f"{site}/memory/{things['memory']}/")
    team(page, f"{site}/teams/{things['team']}/")
    take_along_and_bring_in(page, site)
    tokens(page, site)
    settings_and_out(page, site)


def button(within: Page | Locator, name: str) -> Locator:
    return within.get_by_role("button", name=name, exact=True)


def field(within: Page | Locator, name: str) -> Locator:
    return within.get_by_label(name, exact=True)


def talk(page: Page, site: str) -> None:
    def say(words: str) -> Locator:
        turns = page.locator("article.turn")
        before = turns.count()
        type_into(page, field(page, "Message"), words)
        page.keyboard.press("Enter")
        expect(turns).to_have_count(before + 1)
        expect(turns.last).to_have_attribute("data-status", re.compile("done|awaiting_approval"))
        return turns.last

    page.goto(f"{site}/memory/")
    press(page, page.get_by_role("link", name="New conversation"))
    page.wait_for_url("**/new/")
    said = say("add water the plants")
    press(page, button(said, "Undo"))
    expect(said.locator(".receipt-undone")).to_have_text("Undone")
    expect(button(said, "Redo")).to_be_focused()
    say("add sweep the floor")
    asking = say("delete sweep the floor")
    press(page, button(asking, "Approve"))
    expect(asking.locator(".receipt")).to_contain_text(["sweep the floor"])
    press(page, button(page, "Rename this conversation"))
    page.keyboard.press("Control+a")
    page.keyboard.type("Housework")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Housework")).to_be_visible()
    check = page.locator("#panel .check").first
    press(page, check, "Space")
    expect(page.locator("#panel .task-done summary")).to_be_visible()


def task_list(page: Page, address: str) -> None:
    page.goto(address)
    type_into(page, field(page, "Add a task"), "Sharpen the knives tomorrow !high")
    page.keyboard.press("Enter")
    line = page.locator(".line", has_text="Sharpen the knives")
    expect(line).to_be_visible()
    press(page, line.get_by_label(re.compile("^Edit ")))
    expect(field(line, "Title")).to_be_focused()
    page.keyboard.press("Escape")
    expect(line.locator(".line-title")).to_be_focused()
    press(page, line.get_by_label(re.compile("^Edit ")))
    type_into(page, field(line, "Title"), "Sharpen all knives")
    press(page, button(line, "Save"))
    line = page.locator(".line", has_text="Sharpen all knives")
    expect(line.locator(".line-title")).to_be_focused()
    press(page, line.get_by_label("Done: Sharpen all knives"), "Space")
    expect(line).to_have_count(0)
    press(page, button(page.locator("#toasts"), "Undo"))
    expect(line).to_be_visible()
    reach(page, field(page, "Priority"), back=True)
    page.keyboard.type("Low")
    expect(page.locator(".line-title")).to_have_count(2)
    press(page, page.get_by_role("link", name="Clear the filters"))
    press(page, line.get_by_label(re.compile("^Select ")), "Space")
    press(page, button(page, "Move to trash"))
    expect(line).to_have_count(0)


def board(page: Page, address: str) -> None:
    page.goto(address)
    card = page.locator(".board-card", has_text="Compress the hero pictures")
    press(page, card.get_by_label(re.compile("^Move ")))
    expect(page.get_by_role("menuitem", name="To do")).to_be_focused()
    page.keyboard.press("Escape")
    expect(card.locator(".card-title")).to_be_focused()
    press(page, card.get_by_label(re.compile("^Move ")))
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    column = page.locator(".column[data-status=in_progress]")
    expect(column.locator(".card-title", has_text="Compress the hero pictures")).to_be_focused()
    expect(page.locator("#moved")).to_contain_text("moved to In progress")


def task(page: Page, address: str) -> None:
    page.goto(address)
    press(page, page.get_by_label("Edit the title and the description"))
    expect(field(page, "Title")).to_be_focused()
    type_into(page, field(page, "Title"), "Write the announcement")
    press(page, button(page, "Save"))
    expect(page.get_by_role("heading", name="Write the announcement")).to_be_visible()
    type_into(page, page.locator("#comment"), "By keyboard")
    press(page, button(page, "Comment"))
    expect(page.locator(".said", has_text="By keyboard")).to_be_visible()
    reach(page, field(page, "Status"))
    page.keyboard.type("To do")
    expect(page.locator("#toasts")).to_contain_text(re.compile("to ?do", re.IGNORECASE))
    type_into(page, field(page, "User name"), "dora")
    reach(page, field(page, "What they may do"))
    page.keyboard.press("ArrowDown")
    press(page, button(page, "Share"))
    press(page, button(page, "End sharing with dora"))
    expect(page.locator(".shares .share-who")).to_have_count(0)
    press(page, button(page, "Move to trash"))
    expect(page.get_by_text("In the trash since")).to_be_visible()


def projects(page: Page, site: str) -> None:
    page.goto(f"{site}/projects/")
    press(page, button(page, "New project"))
    expect(field(page.get_by_role("dialog"), "Name")).to_be_focused()
    page.keyboard.type("Kitchen")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/projects/[0-9a-f-]{36}/$"))
    press(page, page.get_by_role("link", name="Settings of Kitchen"))
    type_into(page, field(page, "Name"), "New kitchen")
    press(page, button(page, "Save"))
    expect(page.get_by_role("heading", name="New kitchen")).to_be_visible()


def trash(page: Page, site: str) -> None:
    page.goto(f"{site}/trash/")
    press(page, button(page, "Restore Write it twice"))
    expect(page.locator("#toasts")).to_contain_text("Write it twice")
    expect(button(page, "Restore Write it twice")).to_have_count(0)


def dashboard(page: Page, site: str) -> None:
    page.goto(f"{site}/dashboard/")
    press(page, page.get_by_role("region", name="Done per day", exact=True).locator("summary"))
    reach(page, page.get_by_role("region", name="Done per day, as a table"))
    press(page, page.get_by_role("link", name="90 days"))
    page.wait_for_url("**/dashboard/?days=90")
    reach(page, field(page, "Project"))
    page.keyboard.type("Website")
    page.wait_for_url(re.compile(r"project=[0-9a-f-]{36}"))
    expect(page).to_have_title(re.compile("Website"))


def memory(page: Page, address: str) -> None:
    page.goto(address)
    press(page, page.locator("summary", has_text="Forget"))
    press(page, button(page, "Forget it"))
    expect(page.get_by_role("status")).to_be_visible()
    press(page, page.get_by_role("link", name="Add", exact=True))
    type_into(page, field(page, "What to remember"), "The oven runs hot")
    press(page, button(page, "Remember it"))
    expect(page.locator("main")).to_contain_text("The oven runs hot")


def team(page: Page, address: str) -> None:
    page.goto(address)
    type_into(page, field(page, "User name or e-mail address"), "carol@example.com")
    reach(page, field(page, "As"))
    page.keyboard.type("Viewer")
    press(page, button(page, "Invite"))
    expect(field(page, "The link to join")).to_be_focused()
    press(page, button(page, "Take back the invitation of carol@example.com"))
    expect(page.get_by_role("status")).to_contain_text("Took the invitation back")


def take_along_and_bring_in(page: Page, site: str) -> None:
    # Listened for from here on, since asking for it takes the browser a moment.
    page.on("filechooser", lambda _: None)
    page.goto(f"{site}/settings/data/")
    reach(page, button(page, "Download my data"))
    with page.expect_download() as download:
        page.keyboard.press("Enter")
    assert download.value.suggested_filename.endswith(".zip")
    press(page, page.get_by_role("link", name="Import tasks"))
    reach(page, field(page, "CSV file"))
    with page.expect_file_chooser() as chooser:
        page.keyboard.press("Space")
    chooser.value.set_files({"name": "garden.csv", "mimeType": "text/csv", "buffer": CSV.encode()})
    press(page, button(page, "Look at it first"))
    press(page, button(page, "Add 2 tasks"))
    expect(page.get_by_text("Order seeds").first).to_be_visible()


def tokens(page: Page, site: str) -> None:
    page.goto(f"{site}/settings/tokens/")
    name = "A" * 100
    type_into(page, field(page, "What it is for"), name)
    reach(page, field(page, "Read and write"))
    page.keyboard.press("ArrowDown")
    expect(field(page, "Only read")).to_be_checked()
    press(page, button(page, "Make the token"))
    secret = field(page, f"The token “{name}”")
    expect(secret).to_be_focused()
    text = secret.input_value()
    assert page.evaluate("document.getSelection().toString()") == text
    page.keyboard.press("Tab")
    expect(button(page, "Copy")).to_be_focused()
    assert status(site, text) == 200
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    page.set_viewport_size({"width": 1280, "height": 800})
    page.goto(f"{site}/settings/tokens/")
    expect(page.get_by_text(text)).to_have_count(0)
    press(page, page.get_by_label(f"Revoke “{name}”"))
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("is revoked")
    assert status(site, text) == 401


def status(site: str, token: str) -> int:
    asked = urllib.request.Request(f"{site}/api/conversations/", headers={"Authorization": f"Bearer {token}"})
    try:
        with urllib.request.urlopen(asked) as answer:
            return int(answer.status)
    except HTTPError as refusal:
        with refusal:
            return refusal.code


def settings_and_out(page: Page, site: str) -> None:
    page.goto(f"{site}/settings/calendars/")
    press(page, button(page, "Make an address for Website"))
    expect(field(page, "The calendar address of Website")).to_be_focused()
    page.goto(f"{site}/")
    press(page, button(page, "me : account"))
    press(page, page.locator("#user-menu").get_by_role("link", name="Settings"))
    page.wait_for_url("**/settings/")
    type_into(page, field(page, "Name"), "Maria")
    reach(page, page.get_by_role("radio", name="Ask before deleting"))
    page.keyboard.press("ArrowDown")
    press(page, button(page, "Save"))
    expect(button(page, "Maria : account")).to_be_visible()
    press(page, button(page, "Maria : account"))
    press(page, button(page, "Sign out"))
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
