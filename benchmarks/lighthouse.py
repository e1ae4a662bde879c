"""Lighthouse over the pages people live on, with 1,000 tasks, served as in production.

    make run once, then: .venv/bin/python benchmarks/lighthouse.py [--runs 3] [--only chat …]

Needs npm, a Chromium (TASKLORE_CHROMIUM), and on the first run the network. The server has a database of
its own, made here and removed; Lighthouse's own phone is measured, with its slow network and slow processor.
Of each page the middle run counts. Exits 1 when a page misses a bound: performance 95, accessibility 100,
best practices 95, or the chat page sends 60 kB of scripts.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import secrets
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from api_servers import FOLDER, Server, manage
from node_packages import fetch
from startup import ROOT

LIGHTHOUSE = "lighthouse@13.5.0"
BOUNDS = {"performance": 95, "accessibility": 100, "best-practices": 95}
MOST_SCRIPT = 60_000
COLUMNS = (
    "page", "performance", "accessibility", "best practices", "first paint, s", "largest paint, s",
    "blocked, ms", "shift", "scripts, kB", "all, kB",
)  # fmt: skip
SWITCHES = "--headless=new --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-sync"
# The server believes the header from this machine's proxies, as in production.
HTTPS = {"X-Forwarded-Proto": "https"}
SAID = ["add renew passport friday, high priority", "add call Anna tomorrow at 10", "what's due this week?"]


def main() -> int:
    parser = argparse.ArgumentParser(description="Runs Lighthouse.")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--only", nargs="*", default=[])
    parser.add_argument("--desktop", action="store_true")
    asked = parser.parse_args()
    chromium = (
        os.environ.get("TASKLORE_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    )
    if chromium is None:
        sys.exit("No Chromium was found: name one in TASKLORE_CHROMIUM.")
    node = fetch(FOLDER / "lighthouse", LIGHTHOUSE)
    with tempfile.TemporaryDirectory() as folder:
        site = Site(Path(folder))
        try:
            wrong = False
            print(f"| {' | '.join(COLUMNS)} |\n{'| --- ' * len(COLUMNS)}|")
            for name, path in site.pages().items():
                if not asked.only or name in asked.only:
                    runs = [
                        look(node, chromium, site, path, Path(folder), desktop=asked.desktop)
                        for _ in range(asked.runs)
                    ]
                    wrong |= report(name, runs)
        finally:
            site.server.stop()
    return int(wrong)


class Site:
    """A server in production on 1,000 tasks and a conversation, and the cookie of who is signed in."""

    def __init__(self, folder: Path) -> None:
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("OPENAI_")},
            "ENV_FILE": os.devnull, "DATABASE_URL": f"sqlite:///{folder / 'db.sqlite3'}", "DEBUG": "0",
            "SECRET_KEY": secrets.token_urlsafe(50), "ALLOWED_HOSTS": "127.0.0.1", "DATA_DIR": str(folder),
        }  # fmt: skip
        manage("migrate", "--verbosity=0", environment=environment)
        manage("seed_demo", "--tasks=1000", "--user=me", "--yes", environment=environment)
        # Else the page tells it, with a Referer that is not HTTPS.
        known = "from accounts.models import User; User.objects.update(timezone='Europe/Zurich')"
        manage("shell", "-c", known, environment=environment)
        self.server = Server(
            "lighthouse", [sys.executable, "manage.py", "serve"], environment=environment,
            cores=set(range(os.cpu_count() or 1)),
        )  # fmt: skip
        self.server.wait()
        token = manage("create_api_token", "me", environment=environment).split()[-1]
        self.server.token = token
        link = manage("signin_link", "me", environment=environment).split()[-1]
        answer, _ = self.ask("GET", "/accounts" + link.partition("/accounts")[2])
        self.cookie = "; ".join(
            value.partition(";")[0] for name, value in answer.getheaders() if name.lower() == "set-cookie"
        )

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server.port}"

    def ask(self, method: str, path: str, body: Any = None) -> tuple[http.client.HTTPResponse, Any]:
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=60)
        headers = {**HTTPS, "Content-Type": "application/json"}
        if path.startswith("/api/"):
            headers["Authorization"] = f"Bearer {self.server.token}"
        connection.request(method, path, json.dumps(body) if body else None, headers)
        answer = connection.getresponse()
        read = answer.read()
        connection.close()
        return answer, json.loads(read) if path.startswith("/api/") else None

    def pages(self) -> dict[str, str]:
        conversation = None
        for words in SAID:
            body = {"message": words, **({"conversation": conversation} if conversation else {})}
            conversation = self.ask("POST", "/api/chat/", body)[1]["conversation"]
        project = self.ask("GET", "/api/projects/WEB/")[1]["id"]
        return {
            "chat": f"/c/{conversation}/", "list": "/tasks/", "board": f"/projects/{project}/board/",
            "dashboard": "/dashboard/", "dashboard, 90 days": "/dashboard/?days=90", "memory": "/memory/",
        }  # fmt: skip


def look(node: Path, chromium: str, site: Site, path: str, folder: Path, *, desktop: bool) -> dict[str, Any]:
    """Lighthouse's report of one run."""
    headers, found = folder / "headers.json", folder / "report.json"
    headers.write_text(json.dumps({**HTTPS, "Cookie": site.cookie}))
    subprocess.run(
        [
            str(node), "node_modules/lighthouse/cli/index.js", site.address + path, "--quiet",
            "--output=json",
            f"--output-path={found}", f"--extra-headers={headers}", f"--chrome-flags={SWITCHES}",
            f"--only-categories={','.join(BOUNDS)}", *(["--preset=desktop"] if desktop else []),
        ],
        cwd=FOLDER / "lighthouse", env={**os.environ, "CHROME_PATH": chromium}, check=True,
    )  # fmt: skip
    report: dict[str, Any] = json.loads(found.read_text())
    (FOLDER / "lighthouse" / f"last-{path.strip('/').partition('/')[0]}.json").write_text(json.dumps(report))
    return report


def report(name: str, runs: list[dict[str, Any]]) -> bool:
    """Prints a page's line; whether it misses a bound."""
    scores = {
        key: statistics.median(100 * each["categories"][key]["score"] for each in runs) for key in BOUNDS
    }

    def middle(audit: str) -> float:
        return statistics.median(float(each["audits"][audit]["numericValue"]) for each in runs)

    requests = runs[-1]["audits"]["network-requests"]["details"]["items"]
    sent = sum(each["transferSize"] for each in requests)
    script = sum(each["transferSize"] for each in requests if each["resourceType"] == "Script")
    missing = [
        f"{key}: {each['audits'][ref['id']]['title']}"
        for each in runs[-1:]
        for key in BOUNDS
        for ref in each["categories"][key]["auditRefs"]
        if ref["weight"] and (each["audits"][ref["id"]]["score"] or 0) < 0.9
        and each["audits"][ref["id"]]["scoreDisplayMode"] not in ("notApplicable", "manual", "informative")
    ]  # fmt: skip
    print(
        f"| {name} | {' | '.join(f'{score:.0f}' for score in scores.values())} "
        f"| {middle('first-contentful-paint') / 1000:.2f} | {middle('largest-contentful-paint') / 1000:.2f} "
        f"| {middle('total-blocking-time'):.0f} | {middle('cumulative-layout-shift'):.3f} "
        f"| {script / 1000:.1f} | {sent / 1000:.1f} |",
        flush=True,
    )
    for line in missing:
        print(f"  {line}", file=sys.stderr)
    return any(scores[key] < bound for key, bound in BOUNDS.items()) or (
        name == "chat" and script >= MOST_SCRIPT
    )


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    sys.exit(main())
