"""The servers that api.py measures, each on a database filled for it, started and ended here."""

from __future__ import annotations

import http.client
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
from startup import ROOT, free_port

FOLDER = ROOT / "var" / "bench"
REFERENCE_PYTHON = ROOT / "var" / "bench-venv" / "bin" / "python"
START_SECONDS = 60


@dataclass
class Database:
    """Where the rows are: Tasklore's URL, and the one of the reference beside it."""

    kind: str
    tasks: int
    server: str
    keep: bool

    @property
    def name(self) -> str:
        return f"tasklore_bench_{self.tasks}"

    @property
    def url(self) -> str:
        if self.kind == "sqlite":
            return f"sqlite:///{FOLDER / self.name}.sqlite3"
        return f"{self.server.rpartition('/')[0]}/{self.name}"

    @property
    def reference_url(self) -> str:
        return self.url.replace(".sqlite3", ".reference.sqlite3")

    def fill(self) -> None:
        """Has `seed_demo` fill it. One that an earlier run kept is migrated and taken as it is."""
        environment = tasklore_environment(self)
        if self.keep and self.exists():
            manage("migrate", "--verbosity=0", environment=environment)
            return
        self.drop()
        FOLDER.mkdir(parents=True, exist_ok=True)
        if self.kind == "postgresql":
            self._on_server(f'CREATE DATABASE "{self.name}"')
        try:
            manage("migrate", "--verbosity=0", environment=environment)
            manage("seed_demo", f"--tasks={self.tasks}", "--user=me", environment=environment)
        except SystemExit:
            self.drop()
            raise

    def exists(self) -> bool:
        if self.kind == "sqlite":
            return (FOLDER / f"{self.name}.sqlite3").exists()
        return bool(self._on_server(f"SELECT 1 FROM pg_database WHERE datname = '{self.name}'"))

    def drop(self) -> None:
        if self.kind == "sqlite":
            for path in FOLDER.glob(f"{self.name}.*sqlite3*"):
                path.unlink()
        else:
            self._on_server(f'DROP DATABASE IF EXISTS "{self.name}" WITH (FORCE)')

    def _on_server(self, statement: str) -> list[Any]:
        import psycopg

        with psycopg.connect(self.server, autocommit=True) as connection:
            cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []


class Server:
    """A running server process, with its workers, and the token that it knows."""

    def __init__(
        self, name: str, command: list[str], *, environment: dict[str, str], cores: set[int]
    ) -> None:
        self.name = name
        self.port = free_port()
        self.token = ""
        log = (FOLDER / f"{name}.log").open("wb")
        self.process = subprocess.Popen(
            [part.replace("{port}", str(self.port)) for part in command],
            cwd=ROOT,
            env={**environment, "PORT": str(self.port)},
            stdout=log,
            stderr=subprocess.STDOUT,
            preexec_fn=_pin(cores),
        )

    def wait(self) -> None:
        """Until /health answers."""
        until = time.monotonic() + START_SECONDS
        while time.monotonic() < until and self.process.poll() is None:
            try:
                self.get("/health")
                return
            except OSError:
                time.sleep(0.1)
        sys.exit(f"{self.name} did not start; see {FOLDER / self.name}.log")

    def get(self, path: str) -> Any:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=START_SECONDS)
        try:
            connection.request("GET", path, headers={"Authorization": f"Bearer {self.token}"})
            answer = connection.getresponse()
            body = answer.read()
        finally:
            connection.close()
        if answer.status != 200:
            sys.exit(f"{self.name} answered GET {path} with {answer.status}: {body[:300]!r}")
        return json.loads(body)

    def cpu(self) -> float:
        """Seconds of CPU that the process and its workers have used."""
        parent = psutil.Process(self.process.pid)
        used = [each.cpu_times() for each in (parent, *parent.children(recursive=True))]
        return float(sum(times.user + times.system for times in used))

    def stop(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def start_tasklore(
    database: Database, *, workers: int, log_level: str, redis: str, cores: set[int]
) -> Server:
    environment = {**tasklore_environment(database), "LOG_LEVEL": log_level, "REDIS_URL": redis}
    serve = [sys.executable, "manage.py", "serve"]
    if workers > 1:
        options = f"--port {{port}} --workers {workers} --no-access-log".split()
        serve = [sys.executable, "-m", "uvicorn", "config.asgi:application", *options]
    server = Server("tasklore", serve, environment=environment, cores=cores)
    server.token = manage("create_api_token", "me", environment=environment)
    return server


def start_reference(database: Database, *, workers: int, python: Path, cores: set[int]) -> Server:
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", str(python.parent.parent)], check=True)
        pip = [str(python), "-m", "pip", "install", "-q", "-r", "benchmarks/requirements.txt"]
        subprocess.run(pip, cwd=ROOT, check=True)
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT / "benchmarks"),
        "REFERENCE_DATABASE_URL": database.reference_url,
    }
    token = output([str(python), "-m", "api_reference.fill", database.url], environment)
    options = f"--port {{port}} --workers {workers} --no-access-log --log-level warning".split()
    serve = [str(python), "-m", "uvicorn", "api_reference.app:app", *options]
    server = Server("reference", serve, environment=environment, cores=cores)
    server.token = token
    return server


def tasklore_environment(database: Database) -> dict[str, str]:
    return {**os.environ, "ENV_FILE": os.devnull, "DATABASE_URL": database.url}


def manage(*arguments: str, environment: dict[str, str]) -> str:
    return output([sys.executable, "manage.py", *arguments], environment)


def output(command: list[str], environment: dict[str, str]) -> str:
    done = subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        sys.exit(f"{' '.join(command)} failed.")
    return done.stdout.strip()


def _pin(cores: set[int]) -> Callable[[], None] | None:
    return (lambda: os.sched_setaffinity(0, cores)) if cores else None
