"""Takes the pictures in docs/images, one of every page; needs requirements-dev.txt and Chromium.

    .venv/bin/python scripts/screenshots.py [--only NAME …] [--to FOLDER] [--every-look]

Wide and light, and of the pages named in `LOOKS` also dark or narrow; with `--every-look` all of all.
"""

from __future__ import annotations

import argparse
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

from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from scripts.tour import EMPTY, PAGES, SIGNED_OUT, Stop, Things, fill, go  # noqa: E402

IMAGES = ROOT / "docs" / "images"
SWITCHES = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
            "--disable-background-networking", "--disable-component-update", "--disable-sync"]  # fmt: skip
WIDE, NARROW = {"width": 1280, "height": 800}, {"width": 390, "height": 844}
# What docs/ shows, beside each page wide and light.
LOOKS = {
    "chat": ("dark", "narrow"), "board": ("dark",), "dashboard": ("dark", "narrow"), "list": ("narrow",),
    "task": ("narrow",),
}  # fmt: skip
# Too plain for a picture in docs/.
PLAIN = {"rename", "not-found", "conversations", "password", "chat-tasks", "picked"}


def main() -> None:
    parser = argparse.ArgumentParser(description="Takes a picture of every page.")
    parser.add_argument("--only", nargs="*", default=[])
    parser.add_argument("--to", type=Path, default=IMAGES)
    parser.add_argument("--every-look", action="store_true")
    asked = parser.parse_args()
    chromium = (
        os.environ.get("TASKLORE_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    )
    if chromium is None:
        sys.exit("No Chromium was found: name one in TASKLORE_CHROMIUM.")
    asked.to.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        server, link = start_server(Path(folder))
        try:
            browser = playwright.chromium.launch(executable_path=chromium, args=SWITCHES)
            Tour(browser, link, asked.to, asked.only, every_look=asked.every_look).walk()
            browser.close()
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait(30)


class Tour:
    """A walk with a camera; `only` are names of stops, all when it is empty."""

    def __init__(self, browser: Browser, link: str, to: Path, only: list[str], *, every_look: bool) -> None:
        self.browser, self.link, self.to, self.only = browser, link, to, only
        self.site = link.partition("/accounts/")[0]
        self.every_look = every_look

    def walk(self) -> None:
        stranger = self._page()
        for stop in SIGNED_OUT:
            self._take(stranger, stop, {})
        page = self._page()
        page.goto(self.link)
        for stop in EMPTY:
            self._take(page, stop, {})
        things = fill(page)
        for stop in PAGES:
            self._take(page, stop, things)

    def _page(self) -> Page:
        return self.browser.new_page(viewport=WIDE, timezone_id="Europe/Zurich")  # type: ignore[arg-type]

    def _take(self, page: Page, stop: Stop, things: Things) -> None:
        if self.only and stop.name not in self.only:
            return
        for look in self._looks(stop):
            page.set_viewport_size(NARROW if "narrow" in look else WIDE)  # type: ignore[arg-type]
            page.emulate_media(color_scheme="dark" if "dark" in look else "light", reduced_motion="reduce")
            go(page, self.site, stop, things)
            page.wait_for_load_state("networkidle")
            page.mouse.move(0, 0)
            page.screenshot(path=self.to / f"{'-'.join([stop.name, *look.split()])}.png")

    def _looks(self, stop: Stop) -> list[str]:
        narrow = ["narrow", "narrow dark"]
        if self.every_look:
            return narrow if stop.narrow_only else ["", "dark", *narrow]
        if stop.is_form or stop.name in PLAIN:
            return []
        return narrow[:1] if stop.narrow_only else ["", *LOOKS.get(stop.name, ())]


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
