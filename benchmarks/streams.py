"""How many turns one worker streams at once, how late they are, and what they cost.

    .venv/bin/python benchmarks/streams.py [--streams 1 50 200 500] [--rounds 3] [--within 20] [--tokens 1000]
        [--database-url postgresql://…/an_empty_database] [--redis redis://…]

The scripted model takes 200 ms to its first token and 20 ms for each, so that nobody could answer in less
than 1.38 s with 60 of them. All turns begin in the same moment, or evenly `--within` so many seconds: give
them enough tokens then to be open together. Every stream is a whole turn by `POST /api/chat/`: message and
reply stored, memory recalled, receipts made. The model, the load and the server are one process each; beside
them a caller asks the API for tasks, one request after the other. Without --database-url it is a new SQLite
file. Time is what callers saw; CPU, which moves less on a busy machine, is the server's own. Exits 1 for a
turn that failed or lost a token.
"""

from __future__ import annotations

import argparse
import os
import platform
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import accumulate
from pathlib import Path

import psutil
from api_servers import FOLDER, Server, manage
from startup import ROOT
from stream_load import Stream, read_streams
from streaming_model import words

FIRST, PACE = 0.2, 0.02
SAID = b'{"message": "What should I look at next week, and what could wait for another one?"}'
HEADER = (
    "| turns | open at most | first token late, ms: p50 | p95 | turn × ideal: p50 | p95 | CPU ms a turn "
    "| µs a token | KB a stream | API p95 × idle | model late, ms |\n|" + " --- |" * 11
)


@dataclass(slots=True)
class Beside:
    """An ordinary caller, one request at a time."""

    server: Server
    latencies: list[float] = field(default_factory=list)
    memory: int = 0
    _ended: threading.Event = field(default_factory=threading.Event)

    def watch(self) -> None:
        process = psutil.Process(self.server.process.pid)
        while not self._ended.wait(0.02):
            asked = time.perf_counter()
            self.server.get("/api/tasks/?limit=20")
            self.latencies.append(time.perf_counter() - asked)
            self.memory = max(self.memory, process.memory_info().rss)

    @contextmanager
    def watching(self) -> Iterator[None]:
        thread = threading.Thread(target=self.watch)
        thread.start()
        try:
            yield
        finally:
            self._ended.set()
            thread.join()

    def p95(self) -> float:
        return percentile(self.latencies, 0.95) * 1000


def percentile(values: list[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else 0.0


@contextmanager
def model(tokens: int) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    command = [sys.executable, "benchmarks/streaming_model.py", f"--tokens={tokens}", f"--pace={PACE}"]
    with subprocess.Popen(
        [*command, f"--first={FIRST}"], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        yield process.stdout.readline().strip(), process
        process.kill()


@contextmanager
def tasklore(environment: dict[str, str]) -> Iterator[Server]:
    FOLDER.mkdir(parents=True, exist_ok=True)
    manage("migrate", "--verbosity=0", environment=environment)
    manage("seed_demo", "--tasks=200", "--user=me", environment=environment)
    command = [sys.executable, "manage.py", "serve"]
    server = Server("streams", command, environment=environment, cores=set())
    server.token = manage("create_api_token", "me", environment=environment)
    try:
        server.wait()
        yield server
    finally:
        server.stop()


def settings(options: argparse.Namespace, folder: str, address: str) -> dict[str, str]:
    known = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return {
        **known,
        "ENV_FILE": os.devnull,
        "SECRET_KEY": "s" * 50,
        "DATABASE_URL": options.database_url or f"sqlite:///{folder}/db.sqlite3",
        "REDIS_URL": options.redis,
        "OPENAI_BASE_URL": address,
        "OPENAI_MODEL": "scripted",
        "LLM_TOOL_MODE": "native",
        "LOG_LEVEL": "WARNING",
    }


def measure(server: Server, count: int, options: argparse.Namespace, idle: float) -> list[str]:
    rows: list[tuple[list[Stream], float, float, int]] = []
    for _ in range(options.rounds):
        beside = Beside(server)
        before, cpu = psutil.Process(server.process.pid).memory_info().rss, server.cpu()
        with beside.watching():
            streams = read_streams(server.port, request(server), count, within=options.within)
        # What the caller beside cost is not the streams'.
        rows.append((streams, server.cpu() - cpu, beside.p95(), beside.memory - before))
        check(streams, options.tokens)
    late = [each.first - each.sent - FIRST for streams, *_ in rows for each in streams]
    ideal = FIRST + PACE * (options.tokens - 1)
    whole = [(each.ended - each.sent) / ideal for streams, *_ in rows for each in streams]
    cpu_each = min(cpu for _, cpu, *_ in rows) / count
    memory = max(grown for *_, grown in rows) / count / 1024
    beside_p95 = sorted(p95 for *_, p95, _ in rows)[len(rows) // 2]
    shown = [percentile(late, 0.5) * 1000, percentile(late, 0.95) * 1000]
    return [
        str(count),
        str(max(open_at_most(streams) for streams, *_ in rows)),
        *(f"{one:.0f}" for one in shown),
        *(f"{percentile(whole, share):.2f}" for share in (0.5, 0.95)),
        f"{cpu_each * 1000:.1f}",
        f"{cpu_each / options.tokens * 1e6:.0f}",
        f"{memory:.0f}",
        f"{beside_p95 / idle:.1f}",
    ]


def open_at_most(streams: list[Stream]) -> int:
    """How many were open in the same moment."""
    moments = sorted([(each.sent, 1) for each in streams] + [(each.ended, -1) for each in streams])
    return max(accumulate(step for _, step in moments))


def check(streams: list[Stream], tokens: int) -> None:
    expected = "".join(words(tokens))
    for stream in streams:
        try:
            text = stream.text()
        except ValueError as error:
            sys.exit(f"A turn failed: {error}")
        if text.strip() != expected.strip():
            sys.exit(f"A turn lost tokens: {text!r}")


def request(server: Server) -> bytes:
    head = (
        "POST /api/chat/ HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n"
        f"Authorization: Bearer {server.token}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(SAID)}\r\n\r\n"
    )
    return head.encode() + SAID


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--streams", type=int, nargs="+", default=[1, 50, 200, 500])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--within", type=float, default=0.0, help="seconds over which the turns begin")
    parser.add_argument("--tokens", type=int, default=60)
    parser.add_argument("--database-url", default="")
    parser.add_argument("--redis", default="")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        for place, count in enumerate(options.streams):
            with (
                model(options.tokens) as (address, process),
                tasklore(settings(options, folder, address)) as server,
            ):
                read_streams(server.port, request(server), 2, within=0)  # imports, and opens what is kept
                beside = Beside(server)
                with beside.watching():
                    time.sleep(2)
                row = measure(server, count, options, beside.p95())
                process.send_signal(signal.SIGTERM)
                assert process.stdout is not None
                row.append(process.stdout.readline().strip())
            if not place:
                load = " ".join(f"{one:.1f}" for one in os.getloadavg())
                print(
                    f"{platform.machine()}, {os.cpu_count()} cores, "
                    f"Python {platform.python_version()}, load {load}"
                )
                print(f"idle API p95 {beside.p95():.1f} ms\n\n{HEADER}", flush=True)
            print(f"| {' | '.join(row)} |", flush=True)


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parent))
    main()
