"""How fast the API answers over HTTP, alone or side by side with a good FastAPI and SQLModel.

    .venv/bin/python benchmarks/api.py [--database sqlite|postgresql] [--tasks 10000] [--workers 1]
        [--concurrency 1,16,64] [--seconds 3] [--rounds 2] [--against reference]

Real servers on 127.0.0.1 answer from a database that `manage.py seed_demo` fills for the run; the reference
gets a copy of the same rows. The two take turns, round by round. The client keeps to one core and the servers
to the others; with several workers the servers have all of them. CPU is the server's own, a request; what a
database server uses is not in it, and other work on the machine moves it less than the rate. PostgreSQL is
the server that --postgresql or DATABASE_URL names, and needs the right to create a database; two workers need
--redis or REDIS_URL. The reference has an environment of its own, made on first use in var/bench-venv.

Lists and histories that are asked for again while nothing has changed come from memory; `patch+list` is
a change and a list in turn, each counted as one request.

Exits 1 when an answer was wrong, the reference was faster at something, or a p95 of one request at a time is
over its bound.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import platform
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from api_load import Driver, Load
from api_servers import REFERENCE_PYTHON, Database, Server, start_reference, start_tasklore

HISTORY = 1000
MOST = 0.9  # of the tasks that were seeded are listed; a few are in the trash
KNOWN_PAGES = 20


@dataclass
class Operation:
    """`least` is how many bytes a right answer has at the least; `bound` the worst p95, in milliseconds.

    `right` says whether a server with so many tasks answers with what is expected.
    """

    name: str
    requests: Callable[[Server], Iterator[bytes]]
    least: int
    bound: float
    status: int = 200
    right: Callable[[Server, int], bool] | None = None


def main() -> int:
    options = arguments()
    cores = sorted(os.sched_getaffinity(0))
    servers_on = set(cores[:-1]) if options.workers == 1 and len(cores) > 1 else set(cores)
    database = Database(options.database, options.tasks, options.postgresql, options.keep)
    database.fill()
    servers: list[Server] = []
    try:
        if not options.only_reference:
            servers.append(
                start_tasklore(
                    database,
                    workers=options.workers,
                    log_level=options.log_level,
                    redis=options.redis if options.workers > 1 else "",
                    cores=servers_on,
                )
            )
        if options.against or options.only_reference:
            servers.append(
                start_reference(
                    database, workers=options.workers, python=options.reference_python, cores=servers_on
                )
            )
        os.sched_setaffinity(0, {cores[-1]})
        return report(servers, options)
    finally:
        for server in servers:
            server.stop()
        if not options.keep:
            database.drop()


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Measures the API over HTTP.")
    named = os.environ.get("DATABASE_URL", "")
    parser.add_argument("--database", choices=["sqlite", "postgresql"], default="sqlite")
    parser.add_argument("--postgresql", default=named, help="postgres://USER@HOST:PORT/DATABASE")
    parser.add_argument("--redis", default=os.environ.get("REDIS_URL", ""))
    parser.add_argument("--tasks", type=int, default=10_000)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--concurrency", default="1,16,64")
    parser.add_argument("--operations", default=",".join(each.name for each in OPERATIONS))
    parser.add_argument("--seconds", type=float, default=3, help="of one round")
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--log-level", default="WARNING", help="Tasklore's; INFO is what it has unasked")
    parser.add_argument("--against", choices=["reference"])
    parser.add_argument("--only-reference", action="store_true", help="measure the reference alone")
    parser.add_argument("--reference-python", type=Path, default=REFERENCE_PYTHON)
    parser.add_argument("--keep", action="store_true", help="take, and leave, the databases of earlier runs")
    options = parser.parse_args()
    if options.database == "postgresql" and not options.postgresql.startswith("postgres"):
        parser.error("--postgresql must name a database server.")
    if options.workers > 1 and not options.redis:
        parser.error("--workers needs --redis.")
    return options


def report(servers: list[Server], options: argparse.Namespace) -> int:
    names = options.operations.split(",")
    operations = [each for each in OPERATIONS if each.name in names]
    for server in servers:
        server.wait()
        check(server, operations, options.tasks)
    print(
        f"{time.strftime('%Y-%m-%d')}, {platform.system()} {platform.machine()}, {os.cpu_count()} cores, "
        f"Python {platform.python_version()}, load {os.getloadavg()[0]:.1f}; {options.database}, "
        f"{options.tasks:,} tasks, {options.workers} worker(s), LOG_LEVEL={options.log_level}, "
        f"{options.rounds} rounds of {options.seconds:g} s each\n"
    )
    columns = " | ".join(f"{server.name} /s | p50, ms | p95 | p99 | CPU, µs" for server in servers)
    ratio = " | ratio | by CPU" if len(servers) == 2 else ""
    print(f"| | at once | {columns}{ratio} |\n| --- {'| --- ' * (1 + 5 * len(servers) + ratio.count('|'))}|")
    misses = []
    for operation in operations:
        for concurrency in map(int, options.concurrency.split(",")):
            loads = measure(operation, servers, concurrency, options)
            misses += missed(operation, concurrency, loads)
            cells = " | ".join(row(load) for load in loads.values())
            if ratio:
                ours, theirs = loads.values()
                cells += f" | {ours.rate / max(theirs.rate, 1e-9):.2f}"
                cells += f" | {theirs.cpu_each / max(ours.cpu_each, 1e-9):.2f}"
            print(f"| {operation.name} | {concurrency} | {cells} |", flush=True)
    print("\n" + ("\n".join(f"- {miss}" for miss in misses) or "Nothing missed."))
    return int(bool(misses))


def measure(
    operation: Operation, servers: list[Server], concurrency: int, options: argparse.Namespace
) -> dict[str, Load]:
    """What each server did in all its rounds, which follow those of the other; the first is preceded by half
    a second that does not count."""
    loads = {server.name: Load() for server in servers}
    requests = {server.name: operation.requests(server) for server in servers}

    def once(server: Server, seconds: float) -> Load:
        driver = Driver(server.port, requests[server.name], status=operation.status, least=operation.least)
        return driver.run(concurrency=concurrency, seconds=seconds)

    for server in servers:
        loads[server.name].errors = once(server, 0.5).errors
    for _ in range(options.rounds):
        for server in servers:
            used = server.cpu()
            load = once(server, options.seconds)
            load.cpu = server.cpu() - used
            loads[server.name].add(load)
    return loads


def missed(operation: Operation, concurrency: int, loads: dict[str, Load]) -> list[str]:
    where = f"{operation.name}, {concurrency} at once"
    misses = [
        f"{where}: {load.errors} wrong answers of {name}" for name, load in loads.items() if load.errors
    ]
    ours = loads.get("tasklore")
    if ours and concurrency == 1 and ours.percentile(0.95) >= operation.bound:
        misses.append(f"{where}: a p95 of {ours.percentile(0.95):.1f} ms; the bound is {operation.bound:g}")
    if ours and len(loads) == 2 and ours.rate < loads["reference"].rate:
        misses.append(f"{where}: the reference is faster")
    return misses


def row(load: Load) -> str:
    cuts = " | ".join(f"{load.percentile(share):.2f}" for share in (0.5, 0.95, 0.99))
    return f"{load.rate:,.0f} | {cuts} | {load.cpu_each * 1e6:,.0f}"


def check(server: Server, operations: list[Operation], tasks: int) -> None:
    """That what is about to be measured is the work: the right counts, whole pages, figures that add up."""
    for operation in operations:
        if operation.right and not operation.right(server, tasks):
            sys.exit(f"{server.name} answers wrongly: {operation.name}")


def list_is_right(server: Server, tasks: int) -> bool:
    listed = server.get("/api/tasks/?limit=50")
    return len(listed["results"]) == 50 and listed["count"] >= tasks * MOST


def dashboard_is_right(server: Server, tasks: int) -> bool:
    return 0 < open_tasks(server.get("/api/dashboard/")) < tasks


def history_is_right(server: Server, _tasks: int) -> bool:
    said = server.get(f"{history_path(server)}?limit=50")
    return len(said["results"]) == 50 and said["count"] >= HISTORY


def open_tasks(figures: dict[str, Any]) -> int:
    return int(figures["open"])


def history_path(server: Server) -> str:
    """The longest conversation's messages: the seeded one, in which a thousand things were said."""
    conversations = server.get("/api/conversations/?limit=200")["results"]
    paths = [f"/api/conversations/{each['id']}/messages/" for each in conversations]
    return max(
        paths, key=lambda path: int(server.get(f"{path}?limit=1")["count"]), default="/no-conversation"
    )


def known_tasks(server: Server) -> list[dict[str, Any]]:
    """Tasks from all over the list, in no order."""
    step = server.get("/api/tasks/?limit=1")["count"] // KNOWN_PAGES
    known = [
        task
        for page in range(KNOWN_PAGES)
        for task in server.get(f"/api/tasks/?limit=50&offset={page * step}")["results"]
    ]
    Random(1).shuffle(known)
    return known


def request(server: Server, path: str, *, method: str = "GET", body: Any = None) -> bytes:
    content = b"" if body is None else json.dumps(body).encode()
    lines = [
        f"{method} {path} HTTP/1.1",
        "Host: 127.0.0.1",
        f"Authorization: Bearer {server.token}",
        "Accept: application/json",
    ]
    if content:
        lines += ["Content-Type: application/json", f"Content-Length: {len(content)}"]
    return "\r\n".join([*lines, "", ""]).encode() + content


def same(path: str) -> Callable[[Server], Iterator[bytes]]:
    return lambda server: itertools.repeat(request(server, path))


def history(server: Server) -> Iterator[bytes]:
    return itertools.repeat(request(server, f"{history_path(server)}?limit=50"))


def one_task(server: Server) -> Iterator[bytes]:
    tasks = known_tasks(server)
    return itertools.cycle([request(server, f"/api/tasks/{task['id']}/") for task in tasks])


def create(server: Server) -> Iterator[bytes]:
    project = known_tasks(server)[0]["project"]
    for number in itertools.count(1):
        body = {"title": f"Prepare measurement {number}", "project": project, "priority": "high"}
        yield request(server, "/api/tasks/", method="POST", body=body)


def patch(server: Server) -> Iterator[bytes]:
    for number, task in enumerate(itertools.cycle(known_tasks(server))):
        body = {"title": f"Measured {number} times", "priority": ("low", "medium", "high")[number % 3]}
        yield request(server, f"/api/tasks/{task['id']}/", method="PATCH", body=body)


def written_between(server: Server) -> Iterator[bytes]:
    """A patch and a list in turn: nothing that was answered before still holds."""
    for change in patch(server):
        yield change
        yield request(server, "/api/tasks/?limit=50")


OPERATIONS = [
    Operation("health", same("/health"), least=10, bound=2),
    Operation("list", same("/api/tasks/?limit=50"), least=10_000, bound=15, right=list_is_right),
    Operation("task", one_task, least=200, bound=5),
    Operation("dashboard", same("/api/dashboard/"), least=50, bound=50, right=dashboard_is_right),
    Operation("history", history, least=7_000, bound=15, right=history_is_right),
    Operation("create", create, least=200, bound=10, status=201),
    Operation("patch", patch, least=200, bound=10),
    Operation("patch+list", written_between, least=200, bound=15),
]


if __name__ == "__main__":
    sys.exit(main())
