"""The faults themselves: each takes a running site, does its worst, and says what it saw."""

from __future__ import annotations

import argparse
import itertools
import random
import socket
import sqlite3
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from fault_servers import Site
from fault_turns import LONG, Caller, Reader, Talker, in_redis, reset

FINAL_SECONDS = 10.0
_NUMBERS = itertools.count(1)


@dataclass(slots=True)
class Found:
    """What a scenario saw: one sentence, and everything that was wrong."""

    sentence: str
    wrong: list[str] = field(default_factory=list)


def kills(place: Site, options: argparse.Namespace) -> Found:
    """kill -9 at random moments of running turns, one worker or all, restarted at once or a little later."""
    caller, chance = Caller(place.ports, place.token), random.Random(options.seed)
    wrong: list[str] = []
    slowest, turns, points, told = 0.0, 0, 0, 0
    until = time.monotonic() + 60 * options.minutes
    while points < options.kills and time.monotonic() < until:
        talkers = _talking(caller, options.turns, "round")
        for _ in range(chance.choice((1, 2, 3))):
            time.sleep(chance.uniform(0.0, 1.5))
            chosen = place.workers if chance.random() < 0.25 else [chance.choice(place.workers)]
            for worker in chosen:
                worker.kill()
                points += 1
            restarted = max(worker.start() for worker in chosen)
        _finish(talkers)
        slowest = max(slowest, *(talker.ended_after(restarted) for talker in talkers))
        turns += len(talkers)
        for talker in talkers:
            wrong += talker.faults()
            if place.redis is not None:
                wrong += in_redis(place.redis.client(), talker)
        if options.verbose:
            print(*wrong[told:], sep="\n")
            told = len(wrong)
            print(f"  {points} kills, {turns} turns, {slowest:.1f} s, {len(wrong)} wrong", flush=True)
    if slowest > FINAL_SECONDS and not options.patient:
        wrong.append(f"the slowest turn took {slowest:.1f} s after the restart")
    if points < options.kills:
        wrong.append(f"{options.minutes:g} minutes were enough for {points} of {options.kills} kills only")
    return Found(
        f"{points} kills during {turns} turns; the last turn ended {slowest:.1f} s after a restart", wrong
    )


def client_cut(place: Site, options: argparse.Namespace) -> Found:
    """A reader whose connection is reset after a random number of bytes; who reloads sees everything."""
    caller, chance = Caller(place.ports, place.token), random.Random(options.seed)
    talkers = _talking(caller, 20, "cut")
    wrong, cuts = [], 0
    for talker in talkers:
        talker.acknowledged.wait()
        stream = caller.follow(talker.turn, "", chance.choice(place.ports))
        stream.read(chance.randrange(1, 2000))
        stream.close()
        cuts += 1
    _finish(talkers)
    for talker in talkers:
        wrong += talker.faults()
        again = Reader(caller, talker.turn)
        again.read()
        if talker.reader is not None and again.text != talker.reader.text:
            wrong.append(f"{talker.name}: who reloads reads {again.text!r}")
    return Found(
        f"{cuts} readers cut after 1 to 2,000 bytes; every turn ended and was read again whole", wrong
    )


def resets(place: Site, options: argparse.Namespace) -> Found:
    """200 connections that are reset right after the headers of their stream, or of a message they post."""
    caller = Caller(place.ports, place.token)
    talkers = _talking(caller, 8, "before")
    for talker in talkers:
        talker.acknowledged.wait()
    # What is kept for the next request is open by then: each thread's connection, two files with SQLite.
    _reset_many(place, caller, talkers, 200)
    _finish(talkers)
    wrong = [each for talker in talkers for each in talker.faults()]
    time.sleep(3)
    before, metrics = _open(place), _metrics(place)
    talkers = _talking(caller, 4, "reset")
    for talker in talkers:
        talker.acknowledged.wait()
    _reset_many(place, caller, talkers, 200)
    _finish(talkers)
    wrong += [each for talker in talkers for each in talker.faults()]
    after = _settled(
        lambda: _open(place), lambda now: all(a <= b + 2 for a, b in zip(now, before, strict=True))
    )
    if any(now > then + 2 for now, then in zip(after, before, strict=True)):
        wrong.append(f"open before: {before}, after: {after}")
    if (now := _metrics(place)) > metrics:
        wrong.append(f"open turns and streams before: {metrics}, after: {now}")
    what = "descriptors" if place.postgresql is None else "descriptors of each worker, database connections"
    return Found(f"200 connections reset; {what}: {before} before, {after} after", wrong)


def terminated(place: Site, options: argparse.Namespace) -> Found:
    """SIGTERM under 50 open streams: it leaves within its grace, and the turns go on."""
    caller = Caller(place.ports, place.token)
    # In a process that has answered before: its imports are not what is measured.
    _finish(_talking(caller, 4, "before"))
    talkers = _talking(caller, 50, LONG)
    for talker in talkers:
        talker.acknowledged.wait()
    time.sleep(0.3)
    still = sum(not talker.ended_at for talker in talkers)
    seconds = place.workers[0].terminate()
    restarted = place.workers[0].start()
    _finish(talkers)
    last = time.monotonic() - restarted
    wrong = [each for talker in talkers for each in talker.faults()]
    if seconds > 12:
        wrong.append(f"it took {seconds:.1f} s to leave")
    if still < 40:
        wrong.append(f"only {still} of 50 turns were under way")
    return Found(
        f"{still} turns under way: it left after {seconds:.1f} s, the last ended {last:.1f} s after a start",
        wrong,
    )


def postgresql_restarted(place: Site, options: argparse.Namespace) -> Found:
    """The database is restarted under turns: how many requests fail, and for how long."""
    assert place.postgresql is not None
    caller = Caller(place.ports, place.token)
    _finish(_talking(caller, 8, "before"))
    talkers = _talking(caller, 6, "restart")
    for talker in talkers:
        talker.acknowledged.wait()
    place.postgresql.restart()
    back = time.monotonic()
    failed: dict[int, int] = {}
    last = back
    while time.monotonic() < back + 6:
        for port in place.ports:
            status, _ = caller.once(port, "GET", "/api/tasks/?limit=1")
            if status != 200:
                failed[port] = failed.get(port, 0) + 1
                last = time.monotonic()
        time.sleep(0.02)
    _finish(talkers)
    wrong = [each for talker in talkers for each in talker.faults()]
    counts = [failed.get(port, 0) for port in place.ports]
    if max(counts) > 1 or last - back > 5:
        wrong.append(
            f"failed requests of each worker: {counts}, the last {last - back:.1f} s after the restart"
        )
    return Found(f"failed requests of each worker: {counts}; the turns under way ended as they should", wrong)


def postgresql_paused(place: Site, options: argparse.Namespace) -> Found:
    """The database stands still (SIGSTOP): requests are answered in time, and the turns end afterwards."""
    assert place.postgresql is not None
    caller, port = Caller(place.ports, place.token), place.ports[0]
    talkers = _talking(caller, 6, "pause")
    for talker in talkers:
        talker.acknowledged.wait()
    place.postgresql.pause()
    paused, slowest = time.monotonic(), 0.0
    seen: dict[str, set[int]] = {"/health": set(), "/health/ready": set(), "/api/tasks/?limit=1": set()}
    while time.monotonic() < paused + options.pause:
        for path, statuses in seen.items():
            asked = time.monotonic()
            try:
                statuses.add(caller.once(port, "GET", path)[0])
            except OSError:
                statuses.add(0)
            slowest = max(slowest, time.monotonic() - asked)
        time.sleep(0.2)
    place.postgresql.resume()
    resumed = time.monotonic()
    caller.ask("GET", "/api/tasks/?limit=1")
    back = time.monotonic() - resumed
    _finish(talkers)
    last = time.monotonic() - resumed
    wrong = [each for talker in talkers for each in talker.faults()]
    if list(seen.values()) != [{200}, {503}, {503}]:
        wrong.append(f"answers while it was paused: {seen}")
    if slowest > 15 or back > 5 or last > 15:
        wrong.append("that took too long")
    return Found(
        f"paused for {options.pause:.0f} s: {_shown(seen)}, the slowest after {slowest:.1f} s; "
        f"back {back:.1f} s after it went on, the last turn ended after {last:.1f} s",
        wrong,
    )


def redis_lost(place: Site, options: argparse.Namespace) -> Found:
    """Redis is flushed, killed and started empty, and stands still, each under turns."""
    assert place.redis is not None
    caller, redis = Caller(place.ports, place.token), place.redis
    wrong, slowest = [], 0.0

    def killed() -> None:
        redis.kill()
        time.sleep(1.0)
        redis.start()

    def paused() -> None:
        redis.pause()
        time.sleep(5.0)
        redis.resume()

    for name, fault in (("flush", lambda: redis.client().flushall()), ("kill", killed), ("stop", paused)):
        for number in range(3):
            talkers = _talking(caller, 4, f"{name}{number}x")
            for talker in talkers:
                talker.acknowledged.wait()
            time.sleep(0.2 + 0.2 * number)
            begun = time.monotonic()
            fault()
            _finish(talkers)
            slowest = max(slowest, time.monotonic() - begun)
            for talker in talkers:
                wrong += talker.faults()
                late = Reader(caller, talker.turn)
                late.read()
                if talker.reader is not None and late.text != talker.reader.text:
                    wrong.append(f"{talker.name}: who comes later reads {late.text!r}")
    if slowest > 15:
        wrong.append(f"a turn and its reader took {slowest:.1f} s")
    return Found(
        f"flushed, killed and paused for 5 s, three times each; turns and readers ended in {slowest:.1f} s",
        wrong,
    )


def disk_full(place: Site, options: argparse.Namespace) -> Found:
    """The files may not grow any more: writes are refused, nothing is broken, and it goes on afterwards."""
    assert place.database is not None
    caller, worker = Caller(place.ports, place.token), place.workers[0]
    wrong = []
    talkers = _talking(caller, 4, "full")
    for talker in talkers:
        talker.acknowledged.wait()
    worker.limit_files(_size(place) + 4096)
    statuses = [
        caller.once(
            worker.port,
            "POST",
            "/api/tasks/",
            {"title": f"filling {number} " + "x" * 150, "description": "y" * 4000},
        )[0]
        for number in range(200)
    ]
    reading, health = (
        caller.once(worker.port, "GET", path)[0] for path in ("/api/tasks/?limit=1", "/health")
    )
    worker.limit_files(-1)
    if not set(statuses) <= {201, 503} or 503 not in statuses or statuses[-1] != 503:
        wrong.append(f"answers to writes: {statuses}")
    if (reading, health) != (200, 200):
        wrong.append(f"reading answered {reading}, /health {health}")
    if (status := caller.once(worker.port, "POST", "/api/tasks/", {"title": "afterwards"})[0]) != 201:
        wrong.append(f"afterwards a write is answered with {status}")
    _finish(talkers)
    for talker in talkers:
        wrong += talker.faults()
    with sqlite3.connect(place.database) as database:
        state = database.execute("PRAGMA integrity_check").fetchone()[0]
        stored = database.execute("SELECT count(*) FROM tasks_task WHERE title LIKE 'filling%'").fetchone()[0]
    if state != "ok" or stored != statuses.count(201):
        wrong.append(f"integrity: {state}; {statuses.count(201)} acknowledged, {stored} stored")
    return Found(
        f"{statuses.count(201)} writes went in, {statuses.count(503)} got a 503; the file is {state}",
        wrong,
    )


def _reset_many(place: Site, caller: Caller, talkers: list[Talker], count: int) -> None:
    for number in range(count):
        talker = talkers[number % len(talkers)]
        connection = socket.create_connection(("127.0.0.1", place.ports[number % len(place.ports)]))
        head = f"GET /api/turns/{talker.turn}/events/ HTTP/1.1\r\nHost: localhost\r\n"
        connection.sendall(f"{head}Authorization: {caller.headers['Authorization']}\r\n\r\n".encode())
        if number % 2:
            connection.recv(200)
        reset(connection)


def _talking(caller: Caller, count: int, name: str) -> list[Talker]:
    # A name is an idempotency key as well: none may come twice.
    talkers = [Talker(caller, f"{name}{next(_NUMBERS)}y") for _ in range(count)]
    for talker in talkers:
        talker.thread.start()
    return talkers


def _finish(talkers: list[Talker]) -> None:
    for talker in talkers:
        talker.thread.join()


def _open(place: Site) -> list[int]:
    # Connections to Redis are kept, one for each reader that there was at the same time: no more than those.
    redis = place.redis.port if place.redis else None
    found = [worker.descriptors(but_to=redis) for worker in place.workers]
    return found + ([place.postgresql.backends()] if place.postgresql else [])


def _metrics(place: Site) -> float:
    caller, total = Caller(place.ports, place.token), 0.0
    for port in place.ports:
        _, text = caller.once(port, "GET", "/metrics")
        for line in text.decode().splitlines():
            if line.startswith("tasklore_open_turns"):
                total += float(line.rpartition(" ")[2])
    return total


def _settled(read: Callable[[], Any], is_so: Callable[[Any], bool]) -> Any:
    until = time.monotonic() + 10
    while not is_so(found := read()) and time.monotonic() < until:
        time.sleep(0.2)
    return found


def _size(place: Site) -> int:
    assert place.database is not None
    return max(path.stat().st_size for path in place.database.parent.glob("db.sqlite3*"))


def _shown(seen: dict[str, set[int]]) -> str:
    return ", ".join(
        f"{path.partition('?')[0]} {'/'.join(map(str, sorted(found)))}" for path, found in seen.items()
    )
