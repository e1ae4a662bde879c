"""Takes the pictures in docs/images; needs requirements-dev.txt and Chromium."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
IMAGES = ROOT / "docs" / "images"
SWITCHES = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
            "--disable-background-networking", "--disable-component-update", "--disable-sync"]  # fmt: skip
SAID = [
    "add renew passport friday, high priority #home",
    "add pay rent on the 1st every month",
    "add call Anna tomorrow at 10",
    "add buy milk tomorrow at 5pm, high priority",
    "what's due this week?",
]

REMEMBERED = [
    ("deploys", "decision", "Deploys go out on Tuesdays before noon, never on Fridays."),
    ("safari-cookie", "error", "Authentication fails on Safari 17 when third-party cookies are blocked."),
    ("safari-fix", "solution", "The login page is served from the same host as the API."),
    ("database", "dependency", "The database is PostgreSQL 16; the old MySQL server is switched off."),
]
STORE = """async (items) => fetch("/api/memory/store", {
    method: "POST",
    headers: {
        "Content-Type": "application/json",
        "X-CSRFToken": document.cookie.match(/csrftoken=([^;]+)/)[1],
    },
    body: JSON.stringify({ items }),
})"""


def main() -> None:
    chromium = (
        os.environ.get("TASKLORE_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    )
    if chromium is None:
        sys.exit("No Chromium was found: name one in TASKLORE_CHROMIUM.")
    IMAGES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        server, link = start_server(Path(folder))
        try:
            browser = playwright.chromium.launch(executable_path=chromium, args=SWITCHES)
            page = browser.new_page(viewport={"width": 1280, "height": 800}, timezone_id="Europe/Zurich")
            take(page, link)
            take_memory(page)
            browser.close()
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait(30)


def take(page: Page, link: str) -> None:
    page.goto(link)
    for number, words in enumerate(SAID, start=1):
        page.get_by_label("Message").fill(words)
        page.get_by_label("Message").press("Enter")
        page.locator("article.turn[data-status=done]").nth(number - 1).wait_for()
    page.wait_for_timeout(500)
    page.screenshot(path=IMAGES / "chat.png")
    page.emulate_media(color_scheme="dark")
    page.screenshot(path=IMAGES / "chat-dark.png")
    page.emulate_media(color_scheme="light")
    page.set_viewport_size({"width": 390, "height": 844})
    page.wait_for_timeout(500)
    page.screenshot(path=IMAGES / "chat-narrow.png")


def take_memory(page: Page) -> None:
    """The memory page with what was remembered of a project, and one search."""
    page.set_viewport_size({"width": 1280, "height": 800})
    page.goto(f"{page.url.split('/c/')[0]}/memory/")
    page.evaluate(STORE, [dict(zip(("key", "type", "value"), each, strict=True)) for each in REMEMBERED])
    page.get_by_label("Search", exact=True).fill("why does the login fail?")
    page.locator(".memory-why").first.wait_for()
    page.screenshot(path=IMAGES / "memory.png")


def start_server(folder: Path) -> tuple[subprocess.Popen[bytes], str]:
    log = folder / "server.log"
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    kept = {name: value for name, value in os.environ.items() if not name.startswith("OPENAI_")}
    environment = {
        **kept,
        "DATABASE_URL": f"sqlite:///{folder / 'pictures.sqlite3'}",
        "PORT": str(port),
        "ENV_FILE": os.devnull,
    }
    server = subprocess.Popen(
        [sys.executable, "manage.py", "serve"],
        cwd=ROOT,
        env=environment,
        stdout=log.open("wb"),
        stderr=subprocess.STDOUT,
    )
    while server.poll() is None:
        if match := re.search(r"http://\S+/accounts/link/\S+", log.read_text(errors="replace")):
            return server, match[0]
        time.sleep(0.1)
    sys.exit(log.read_text(errors="replace"))


if __name__ == "__main__":
    main()
