"""A page as somebody sees it who has a keyboard alone: what Tab comes to, and what it shows there."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Locator, Page

MOST = 300

WALK = (Path(__file__).parent / "walk.js").read_text()
OPEN_DETAILS = "() => document.querySelectorAll('details').forEach((each) => { each.open = true; })"


def tab_through(page: Page, *, with_rail: bool = True, back: bool = True) -> list[str]:
    """What is wrong for whoever goes through a page by Tab, and back by Shift+Tab, in words.

    Without the rail, which is the same on each page, it begins with the link that skips that.
    """
    page.evaluate(OPEN_DETAILS)
    number = page.evaluate(WALK, with_rail)
    wrong = []
    if not with_rail:
        page.locator(".skip-link").focus()
        page.keyboard.press("Enter")
    for key in ("Tab", "Shift+Tab") if back else ("Tab",):
        for pressed in range(MOST):
            page.keyboard.press(key)
            if pressed >= number - 1 and pressed % 4 == 0 and not page.evaluate("walk.missed().length"):
                break
        wrong += [f"{each} is not reached by {key}" for each in page.evaluate("walk.missed()")]
        page.evaluate("walk.again()")
    return [*wrong, *page.evaluate("walk.end()")]


OPENERS = """() => [...document.querySelectorAll("[data-dialog], [popovertarget], [data-open-side]")]
    .filter((e) => e.checkVisibility({ checkVisibilityCSS: true }) && !e.closest("dialog, [popover]"))
    .map((e) => e.dataset.dialog || e.getAttribute("popovertarget") || e.dataset.openSide)"""
OPENER = "[data-dialog='{0}'], [popovertarget='{0}'], [data-open-side='{0}']"
STATE = """(id) => {
    const e = document.getElementById(id);
    const open = e.matches("dialog:modal, :popover-open, .is-open");
    return [open, e.contains(document.activeElement)];
}"""


def open_all(page: Page, known: set[str]) -> list[str]:
    """Opens each menu and dialog that is not yet in `known`, goes through it, and closes it by Escape."""
    wrong = []
    for target in dict.fromkeys(page.evaluate(OPENERS)):
        if target in known:
            continue
        known.add(target)
        opener = page.locator(OPENER.format(target)).locator("visible=true").first
        opener.press("Enter")
        if page.evaluate(STATE, target) == [True, False]:
            # What is open beside the page begins behind its button.
            page.keyboard.press("Tab")
        if page.evaluate(STATE, target) != [True, True]:
            wrong.append(f"{target} does not open, or takes no focus")
        if page.locator(f"#{target}").evaluate("e => e.matches('dialog:modal, .is-open')"):
            wrong += [f"{target}: {each}" for each in tab_through(page)]
            opener_inside = (
                page.locator(f"#{target}").locator("a, button, input").locator("visible=true").first
            )
            opener_inside.focus()
        page.keyboard.press("Escape")
        if page.evaluate(STATE, target)[0]:
            wrong.append(f"{target} does not close by Escape")
        if not opener.evaluate("e => e === document.activeElement"):
            wrong.append(f"{target} does not give the focus back")
    return wrong


def reach(page: Page, control: Locator, *, back: bool = False) -> Locator:
    """Presses Tab until the focus is on it."""
    control.wait_for()
    for _ in range(MOST):
        if control.evaluate("e => e === document.activeElement"):
            return control
        page.keyboard.press("Shift+Tab" if back else "Tab")
    raise AssertionError(f"Tab does not reach {control}")


def press(page: Page, control: Locator, key: str = "Enter") -> None:
    reach(page, control)
    page.keyboard.press(key)


def type_into(page: Page, field: Locator, words: str) -> None:
    """Writes over what is in it."""
    reach(page, field)
    page.keyboard.press("Control+a")
    page.keyboard.type(words)
