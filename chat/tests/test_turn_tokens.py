"""Tokens at the addresses that wait or stream: the same people, scopes and limits as everywhere else."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.test import AsyncClient, Client
from pytest_django import Settings

from accounts.models import ApiToken
from accounts.rest.limits import limiter
from accounts.tests.programs import Program
from chat.models import Message
from chat.tests.person import Frame, Person, frames
from tasks.models import Task

DOORS = [
    ("post", "chat/"),
    ("post", "conversations/{conversation}/messages/"),
    ("get", "turns/{turn}/events/"),
]


@pytest.fixture
def no_limits_yet(settings: Settings) -> Iterator[None]:
    settings.REDIS_URL = ""
    limiter.cache_clear()
    yield
    limiter.cache_clear()


def address(person: Person, path: str) -> str:
    turn = person.say("hello")
    return "/api/" + path.format(conversation=turn["conversation"], turn=turn["id"])


def knock(client: Client, verb: str, path: str, **headers: str) -> Any:
    body = {"message": "add Milk"} if verb == "post" else None
    return getattr(client, verb)(path, body, content_type="application/json", headers=headers)


def test_a_program_talks_by_its_token(person: Person) -> None:
    program = Program(person.user)
    answer = program.post("/api/chat/", {"message": "add Milk"})
    assert (answer.status_code, answer.json()["receipts"][0]["text"][:5]) == (201, "Added")
    assert Task.objects.get().created_by == person.user
    path = f"/api/conversations/{answer.json()['conversation']}/messages/"
    assert program.post(path, {"message": "list my tasks"}).status_code == 201
    assert program.get(path).json()["count"] == 4

    async def read() -> list[Frame]:
        url = f"/api/turns/{answer.json()['turn']}/events/"
        response: Any = await AsyncClient().get(url, headers=program.headers)
        return [frame async for frame in frames(response.streaming_content)]

    assert async_to_sync(read)()[-1].name == "turn.done"


def test_the_log_line_names_person_and_token(person: Person, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    program = Program(person.user)
    assert program.post("/api/chat/", {"message": "help"}).status_code == 201
    (line,) = [record.msg for record in caplog.records if record.name == "tasklore.access"]
    assert isinstance(line, dict)
    assert (line["user_id"], line["token_prefix"]) == (str(person.user.pk), program.token.prefix)


@pytest.mark.parametrize(("verb", "path"), DOORS)
def test_a_scope_that_is_missing(person: Person, verb: str, path: str) -> None:
    where = address(person, path)
    said = Message.objects.count()
    lacking = Program(person.user, "read" if verb == "post" else "write")
    answer = knock(lacking.client, verb, where, **lacking.headers)
    assert (answer.status_code, answer.json()["code"]) == (403, "insufficient_scope")
    assert Message.objects.count() == said


@pytest.mark.parametrize(("verb", "path"), DOORS)
def test_a_wrong_token_beside_a_session(person: Person, verb: str, path: str) -> None:
    answer = knock(person.client, verb, address(person, path), Authorization="Bearer tl-wrong")
    assert (answer.status_code, answer.json()["code"]) == (401, "invalid_token")
    assert answer["WWW-Authenticate"] == 'Bearer realm="tasklore", error="invalid_token"'


@pytest.mark.parametrize(("verb", "path"), DOORS)
def test_limits(person: Person, settings: Settings, no_limits_yet: None, verb: str, path: str) -> None:
    where, program = address(person, path), Program(person.user)
    settings.RATE_LIMIT_TOKEN = settings.RATE_LIMIT_ADDRESS = 1
    for client, headers, first in ((program.client, program.headers, {200, 201}), (Client(), {}, {401})):
        assert knock(client, verb, where, **headers).status_code in first
        answer = knock(client, verb, where, **headers)
        assert (answer.status_code, answer.json()["code"], answer["Retry-After"]) == (
            429,
            "rate_limited",
            "60",
        )


def test_a_session_needs_the_csrf_token_and_a_program_does_not(person: Person) -> None:
    page = Client(enforce_csrf_checks=True)
    page.cookies = person.client.cookies
    for verb, path in DOORS[:2]:
        where = address(person, path)
        refused = knock(page, verb, where)
        assert (refused.status_code, refused.json()["code"]) == (403, "csrf")
        page.cookies["csrftoken"] = "t" * 32
        assert knock(page, verb, where, **{"X-CSRFToken": "t" * 32}).status_code == 201
        del page.cookies["csrftoken"]


def test_a_revoked_token_ends_here_too(person: Person) -> None:
    program = Program(person.user)
    assert program.post("/api/chat/", {"message": "hello"}).status_code == 201
    ApiToken.objects.all().delete()
    assert program.post("/api/chat/", {"message": "hello"}).status_code == 401


@pytest.mark.parametrize(
    ("path", "verb", "allowed"),
    [
        ("chat/", "get", "POST"),
        ("conversations/{conversation}/messages/", "delete", "GET, HEAD, OPTIONS, POST"),
        ("turns/{turn}/events/", "post", "GET"),
    ],
)
def test_a_wrong_method_names_the_right_ones(person: Person, path: str, verb: str, allowed: str) -> None:
    answer = knock(Program(person.user).client, verb, address(person, path))
    assert answer.status_code == 401
    answer = knock(person.client, verb, address(person, path))
    assert (answer.status_code, answer["Allow"]) == (405, allowed)
