"""The contract of a limiter, for every limiter there is."""

from __future__ import annotations

import logging
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from redis import Redis

from accounts.rest import limits
from accounts.rest.limits import Charge, Limiter, MemoryLimiter
from accounts.rest.limits_redis import PREFIX, RedisLimiter

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


class Contract:
    """What holds for every variant; each inherits it with a `limiter` of its own."""

    @pytest.fixture
    def clock(self) -> Iterator[Any]:
        with time_machine.travel(NOON, tick=False) as clock:
            yield clock

    @pytest.fixture
    def charge(self) -> Charge:
        # A key that nobody else has: the server may be shared.
        return Charge(f"test:{uuid4()}", 3, 60.0)

    def other(self, charge: Charge, limit: int = 3) -> Charge:
        return charge._replace(key=f"{charge.key}:other", limit=limit)

    def test_so_many_fit_and_no_more(self, limiter: Limiter, charge: Charge, clock: Any) -> None:
        assert [limiter.spend([charge]) for _ in range(5)] == [0, 0, 0, 60, 60]
        assert limiter.spend([self.other(charge)]) == 0

    def test_the_window_slides(self, limiter: Limiter, charge: Charge, clock: Any) -> None:
        for seconds, wait in (
            (0, 0),
            (20, 0),
            (50, 0),
            (50, 10),
            (59.5, 0.5),
            (60, 0),
            (60, 20),
            (80, 0),
            (81, 29),
        ):
            clock.move_to(NOON + timedelta(seconds=seconds))
            assert limiter.spend([charge]) == pytest.approx(wait, abs=0.001), seconds

    def test_asking_in_vain_makes_no_longer(self, limiter: Limiter, charge: Charge, clock: Any) -> None:
        for _ in range(100):
            limiter.spend([charge])
        clock.move_to(NOON + timedelta(seconds=60))
        assert limiter.spend([charge]) == 0

    def test_several_are_counted_together_or_not_at_all(
        self, limiter: Limiter, charge: Charge, clock: Any
    ) -> None:
        narrow = self.other(charge, limit=1)
        assert limiter.spend([charge, narrow]) == 0
        for _ in range(9):
            assert limiter.spend([charge, narrow]) == 60
        assert [limiter.spend([charge]) for _ in range(3)] == [0, 0, 60]

    def test_the_longest_wait_is_told(self, limiter: Limiter, charge: Charge, clock: Any) -> None:
        slow = self.other(charge)._replace(limit=1, seconds=900)
        limiter.spend([charge._replace(limit=1), slow])
        assert limiter.spend([charge._replace(limit=1), slow]) == 900

    def test_one_is_taken_back(self, limiter: Limiter, charge: Charge, clock: Any) -> None:
        limiter.take_back(charge)
        for _ in range(3):
            limiter.spend([charge])
        limiter.take_back(charge)
        assert [limiter.spend([charge]) for _ in range(2)] == [0, 60]

    def test_all_are_forgotten(self, limiter: Limiter, charge: Charge, clock: Any) -> None:
        limiter.forget(charge)
        for _ in range(3):
            limiter.spend([charge])
        limiter.forget(charge)
        assert [limiter.spend([charge]) for _ in range(4)] == [0, 0, 0, 60]

    def test_many_at_once_are_many(self, limiter: Limiter, charge: Charge) -> None:
        wide = charge._replace(limit=50)
        with ThreadPoolExecutor(8) as threads:
            waits = list(threads.map(lambda _: limiter.spend([wide]), range(200)))
        assert waits.count(0) == 50


class TestMemory(Contract):
    @pytest.fixture
    def limiter(self) -> Limiter:
        return MemoryLimiter()

    def test_it_does_not_grow_without_end(self, monkeypatch: pytest.MonkeyPatch, clock: Any) -> None:
        monkeypatch.setattr(limits, "MOST_KEYS", 10)
        limiter = MemoryLimiter()
        first, last = (Charge(f"k{number}", 1, 60.0) for number in (0, 10))
        for number in range(11):
            limiter.spend([Charge(f"k{number}", 1, 60.0)])
        assert limiter.spend([last]) == 60
        assert limiter.spend([first]) == 0


class TestRedis(Contract):
    @pytest.fixture
    def limiter(self, redis_url: str) -> Limiter:
        return RedisLimiter(redis_url, MemoryLimiter())

    def test_workers_count_together(self, redis_url: str, charge: Charge) -> None:
        workers = [RedisLimiter(redis_url, MemoryLimiter()) for _ in range(2)]
        assert [workers[n % 2].spend([charge]) > 0 for n in range(4)] == [False, False, False, True]
        workers[0].forget(charge)
        assert workers[1].spend([charge]) == 0

    def test_a_request_is_one_round_trip(self, redis_url: str, charge: Charge) -> None:
        with Redis.from_url(redis_url) as redis:
            limiter = RedisLimiter(redis_url, MemoryLimiter())
            limiter.spend([charge, self.other(charge)])
            with redis.monitor() as monitor:
                limiter.spend([charge, self.other(charge)])
                redis.echo(charge.key)
                sent = []
                for command in monitor.listen():
                    if command["command"].startswith("ECHO"):
                        break
                    if charge.key in command["command"] and command["client_type"] != "lua":
                        sent.append(command["command"].split()[0])
        assert sent == ["EVALSHA"]

    def test_nothing_is_kept_beyond_its_window(self, redis_url: str, charge: Charge) -> None:
        RedisLimiter(redis_url, MemoryLimiter()).spend([charge])
        with Redis.from_url(redis_url) as redis:
            assert 0 < redis.pttl(PREFIX + charge.key) <= 60_000


class TestRedisAway(Contract):
    """Nobody is let in, or kept out, because Redis is down."""

    @pytest.fixture
    def limiter(self) -> Limiter:
        return RedisLimiter(f"redis://127.0.0.1:{_closed_port()}/0", MemoryLimiter())

    def test_the_log_says_so_once(
        self, limiter: Limiter, charge: Charge, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.WARNING)
        for _ in range(5):
            limiter.spend([charge])
            limiter.take_back(charge)
        told: list[Any] = [record.msg for record in caplog.records]
        assert [each["event"] for each in told] == ["limits_not_shared"]


def _closed_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])
