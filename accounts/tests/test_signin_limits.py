"""Guessing passwords is slow: on the sign-in page and in the admin, for an account and from an address."""

from __future__ import annotations

import http.client
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from accounts.models import User
from accounts.rest.limits import limiter
from accounts.rest.limits_redis import PREFIX, RedisLimiter
from accounts.signin_link import make_link
from chat.tests.person import Person
from chat.tests.serving import serving

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
PASSWORD = "alice-password"
DOORS = ["login", "admin:login"]


@pytest.fixture
def clock(settings: Settings) -> Iterator[Any]:
    settings.REDIS_URL = ""
    settings.SIGNIN_LIMIT_ACCOUNT, settings.SIGNIN_LIMIT_ADDRESS = 3, 5
    limiter.cache_clear()
    with time_machine.travel(NOON, tick=False) as clock:
        yield clock
    limiter.cache_clear()


def sign_in(name: str, password: str, *, door: str = "login", address: str = "192.0.2.1") -> Any:
    client = Client(REMOTE_ADDR=address)
    page = reverse(door)
    if door == "admin:login":
        # Even a form that is sent to the admin is asked for on the one page that counts.
        page = client.post(page, {"username": name, "password": password})["Location"]
    return client.post(page, {"login": name, "password": password})


@pytest.mark.parametrize("name", ["alice", "nobody-has-this-name", "x" * 150])
def test_an_account_takes_so_many_wrong_tries(alice: User, clock: Any, name: str) -> None:
    """Known or not makes no difference."""
    tries = [sign_in(name, "wrong", address=f"192.0.2.{n}", door=DOORS[n % 2]) for n in range(5)]
    assert [each.status_code for each in tries] == [200, 200, 200, 429, 429]
    refused = tries[-1]
    assert refused["Retry-After"] == "900"
    told = refused.content.decode()
    assert "Too many sign-in tries; a one-time link still works. Try again in 15 minutes." in told


@pytest.mark.parametrize("door", DOORS)
def test_then_the_right_password_waits_too(alice: User, clock: Any, door: str) -> None:
    User.objects.filter(pk=alice.pk).update(is_staff=True)
    for minute in (0, 5, 10):
        clock.move_to(NOON + timedelta(minutes=minute))
        sign_in("alice", "wrong", door=door)
    refused = sign_in("alice", PASSWORD, door=door)
    assert (refused.status_code, refused["Retry-After"]) == (429, "300")
    clock.move_to(NOON + timedelta(minutes=15))
    assert sign_in("alice", PASSWORD, door=door).status_code == 302


def test_a_success_forgets_the_wrong_tries(alice: User, clock: Any) -> None:
    for _ in range(4):
        assert sign_in("alice", "wrong").status_code == 200
        assert sign_in("alice", PASSWORD).status_code == 302


def test_an_owner_is_not_shut_out(alice: User, clock: Any) -> None:
    """A session and a one-time link work while somebody else guesses, even from the same address."""
    inside = Client(REMOTE_ADDR="192.0.2.1")
    inside.force_login(alice)
    for _ in range(9):
        sign_in("alice", "wrong")
    assert inside.get(reverse("settings")).status_code == 200
    link = make_link(User.objects.get(pk=alice.pk), "")
    assert Client(REMOTE_ADDR="192.0.2.1").get(link).status_code == 302


def test_an_address_takes_so_many_wrong_tries(alice: User, charlie: User, clock: Any) -> None:
    tries = [sign_in(f"name-{n}", "wrong").status_code for n in range(6)]
    assert tries == [200] * 5 + [429]
    assert sign_in("charlie", "charlie-password").status_code == 429
    assert sign_in("charlie", "charlie-password", address="192.0.2.2").status_code == 302


def test_people_who_sign_in_rightly_do_not_use_an_address_up(alice: User, clock: Any) -> None:
    assert [sign_in("alice", PASSWORD).status_code for _ in range(8)] == [302] * 8
    tries = [sign_in(f"name-{n}", "wrong").status_code for n in range(6)]
    assert tries == [200] * 5 + [429]


def test_links_that_do_not_work_use_an_address_up(alice: User, clock: Any) -> None:
    def open_link(address: str) -> int:
        return Client(REMOTE_ADDR="192.0.2.1").get(address).status_code

    for _ in range(4):
        assert open_link(make_link(User.objects.get(pk=alice.pk), "")) == 302
    assert [open_link("/accounts/link/MQ/x/") for _ in range(6)] == [410] * 5 + [429]
    good = make_link(User.objects.get(pk=alice.pk), "")
    assert open_link(good) == 429
    clock.move_to(NOON + timedelta(minutes=15))
    assert open_link(good) == 302


def test_without_limits_anybody_may_go_on_trying(alice: User, clock: Any, settings: Settings) -> None:
    settings.SIGNIN_LIMIT_ACCOUNT = settings.SIGNIN_LIMIT_ADDRESS = 0
    assert {sign_in("alice", "wrong").status_code for _ in range(8)} == {200}


def test_all_workers_count_together(alice: User, clock: Any, settings: Settings, redis_url: str) -> None:
    settings.REDIS_URL = redis_url
    settings.SIGNIN_LIMIT_ADDRESS = 0
    name = f"nobody-{alice.pk}"
    for _ in range(3):
        limiter.cache_clear()
        assert sign_in(name, "wrong").status_code == 200
    limiter.cache_clear()
    assert sign_in(name, "wrong").status_code == 429
    shared: Any = limiter()
    assert isinstance(shared, RedisLimiter)
    for key in shared._redis.scan_iter(f"{PREFIX}signin:*"):
        shared._redis.delete(key)


# --- Behind a proxy, on the real server ---------------------------------------------------------------

LIMITS = {"SIGNIN_LIMIT_ADDRESS": "2", "SIGNIN_LIMIT_ACCOUNT": "0", "RATE_LIMIT_ADDRESS": "2"}


@pytest.mark.parametrize(
    ("trusted", "elsewhere"), [("127.0.0.1", 200), ("192.0.2.77", 429)], ids=["its proxy", "anybody"]
)
def test_a_forwarded_address_is_believed_from_a_proxy_alone(
    transactional_db: None, alice: User, trusted: str, elsewhere: int
) -> None:
    with serving(Person(alice), {**LIMITS, "FORWARDED_ALLOW_IPS": trusted}) as server:

        def ask(verb: str, path: str, forwarded: str, body: str = "", **headers: str) -> int:
            caller = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
            form = {"Content-Type": "application/x-www-form-urlencoded"}
            caller.request(verb, path, body, {"X-Forwarded-For": forwarded, **form, **headers})
            answer = caller.getresponse()
            answer.read()
            caller.close()
            return answer.status

        def wrong(forwarded: str) -> int:
            secret = "a" * 32
            form = {"login": "alice", "password": "wrong", "csrfmiddlewaretoken": secret}
            cookie = f"csrftoken={secret}"
            return ask("POST", "/accounts/login/", forwarded, urlencode(form), Cookie=cookie)

        def stranger(forwarded: str) -> int:
            return ask("GET", "/api/conversations/", forwarded)

        assert [wrong("198.51.100.1") for _ in range(3)] == [200, 200, 429]
        assert wrong("198.51.100.2") == elsewhere
        assert [stranger("198.51.100.1") for _ in range(3)] == [401, 401, 429]
        assert stranger("198.51.100.2") == (401 if elsewhere == 200 else 429)
