"""How many requests the API takes a minute: of a person, of a token, of an address."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from pytest_django import Settings

from accounts.models import User
from accounts.rest.limits import limiter
from accounts.tests.programs import LIST, Program

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def clock(settings: Settings) -> Iterator[Any]:
    """A moment, and a limiter that has counted nothing."""
    settings.REDIS_URL = ""
    limiter.cache_clear()
    with time_machine.travel(NOON, tick=False) as clock:
        yield clock
    limiter.cache_clear()


def statuses(ask: Callable[[], Any], times: int) -> list[int]:
    return [ask().status_code for _ in range(times)]


def test_a_person_s_tokens_and_sessions_count_together(
    alice: User, charlie: User, as_alice: Client, settings: Settings, clock: Any
) -> None:
    settings.RATE_LIMIT_USER = 3
    first, second = Program(alice), Program(alice)
    assert [first.get().status_code, second.post().status_code, as_alice.get(LIST).status_code] == [
        200,
        201,
        200,
    ]
    for ask in (first.get, second.post, lambda: as_alice.get(LIST)):
        assert ask().status_code == 429
    assert Program(charlie).get().status_code == 200
    clock.move_to(NOON + timedelta(seconds=60))
    assert first.get().status_code == 200


def test_a_token_counts_for_itself(alice: User, as_alice: Client, settings: Settings) -> None:
    settings.RATE_LIMIT_TOKEN = 2
    first, second = Program(alice), Program(alice)
    assert statuses(first.get, 3) == [200, 200, 429]
    assert statuses(second.get, 2) == [200, 200]
    assert statuses(lambda: as_alice.get(LIST), 3) == [200] * 3


def test_too_many_says_when_to_return(alice: User, settings: Settings, clock: Any) -> None:
    settings.RATE_LIMIT_TOKEN = 1
    program = Program(alice)
    program.get()
    clock.move_to(NOON + timedelta(seconds=17.5))
    response = program.get()
    assert (response.status_code, response["Retry-After"]) == (429, "43")
    assert response["Content-Type"] == "application/problem+json"
    told = response.json()
    assert (told["code"], told["detail"]) == ("rate_limited", "Too many requests. Try again in 43 seconds.")


@pytest.mark.parametrize("header", [{}, {"Authorization": "Bearer tl-wrong"}])
def test_an_address_that_nobody_is_signed_in_for(
    alice: User, as_alice: Client, settings: Settings, header: dict[str, str]
) -> None:
    settings.RATE_LIMIT_ADDRESS = 3

    def ask(address: str) -> Any:
        return Client(REMOTE_ADDR=address).get(LIST, headers=header)

    assert statuses(lambda: ask("192.0.2.1"), 5) == [401, 401, 401, 429, 429]
    assert ask("192.0.2.2").status_code == 401
    # Who is known there is served all the same.
    assert Program(alice).get(REMOTE_ADDR="192.0.2.1").status_code == 200
    assert as_alice.get(LIST, REMOTE_ADDR="192.0.2.1").status_code == 200


def test_an_ipv6_network_is_one_address(db: None, settings: Settings) -> None:
    settings.RATE_LIMIT_ADDRESS = 2

    def ask(address: str) -> int:
        return Client(REMOTE_ADDR=address).get(LIST).status_code

    assert [ask("2001:db8::1"), ask("2001:db8::2"), ask("2001:db8::3:4:5:6")] == [401, 401, 429]
    assert [ask("2001:db8:0:1::1"), ask("fe80::1%eth0"), ask("")] == [401, 401, 401]
    mapped = [ask("::ffff:192.0.2.1"), ask("192.0.2.1"), ask("::ffff:192.0.2.1"), ask("::ffff:192.0.2.2")]
    assert mapped == [401, 401, 429, 401]


def test_without_limits_nothing_is_counted(alice: User, as_alice: Client) -> None:
    program = Program(alice)
    assert statuses(program.get, 5) + statuses(lambda: as_alice.get(LIST), 5) == [200] * 10
    assert statuses(lambda: Client().get(LIST), 5) == [401] * 5
    assert limiter.cache_info().currsize == 0
