"""Bodies that no turn comes of: each is a 400 that names what is wrong, and leaves nothing behind."""

from __future__ import annotations

from typing import Any

import pytest

from accounts.models import User
from chat.models import MAX_MESSAGE_LENGTH, Conversation, Message, Turn
from chat.tests.person import Person

LONG = "x" * (MAX_MESSAGE_LENGTH + 1)
BODIES: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", "message"),
    "not JSON": (b"hello", ""),
    "half of it": (b'{"message": "hel', ""),
    "not UTF-8": (b'{"message": "\xff\xfe\xfa"}', ""),
    "an array": (b'["message"]', ""),
    "a text": (b'"message"', ""),
    "null": (b"null", ""),
    "no message": (b"{}", "message"),
    "an unknown field": (b'{"message": "hello", "user": "charlie"}', "user"),
    "another name": (b'{"text": "hello"}', "text"),
    "a NUL": (b'{"message": "hel\\u0000lo"}', "message"),
    "a lone surrogate": (b'{"message": "hel\\ud800lo"}', "message"),
    "an empty message": (b'{"message": ""}', "message"),
    "white space": (b'{"message": " \\n\\t "}', "message"),
    "too long": (b'{"message": "%s"}' % LONG.encode(), "message"),
    "a number": (b'{"message": 5}', "message"),
    "NaN": (b'{"message": NaN}', "message"),
    "a list": (b'{"message": ["hello"]}', "message"),
    "nothing in it": (b'{"message": null}', "message"),
    "100,000 levels": (b'{"message": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", ""),
}
CHAT_BODIES: dict[str, tuple[bytes, str]] = {
    "a number for a project": (b'{"message": "hello", "project": 5}', "project"),
    "a list for a project": (b'{"message": "hello", "project": ["WEB"]}', "project"),
    "a NUL in the project": (b'{"message": "hello", "project": "W\\u0000"}', "project"),
    "a number for a conversation": (b'{"message": "hello", "conversation": 5}', "conversation"),
    "a list for a conversation": (b'{"message": "hello", "conversation": []}', "conversation"),
    "no id for a conversation": (b'{"message": "hello", "conversation": "first"}', "conversation"),
}


@pytest.fixture
def caller(transactional_db: None, alice: User) -> Person:
    """Alice, in a test in which no turn runs; other threads read who she is."""
    return Person(alice)


def assert_refused(response: Any, field: str) -> None:
    assert response.status_code == 400
    assert response["Content-Type"] == "application/problem+json"
    body = response.json()
    assert (body["status"], body["code"] in ("invalid", "malformed")) == (400, True)
    assert body["detail"]
    assert list(body["errors"]) == ([field] if field else [])
    assert not Message.objects.exists()
    assert not Turn.objects.exists()


@pytest.mark.parametrize("case", BODIES)
def test_a_message_that_cannot_be_taken(caller: Person, case: str) -> None:
    body, field = BODIES[case]
    assert_refused(caller.answer("post", f"conversations/{caller.conversation}/messages/", body), field)


@pytest.mark.parametrize("case", [*BODIES, *CHAT_BODIES])
def test_a_chat_that_cannot_be_begun(caller: Person, case: str) -> None:
    body, field = {**BODIES, **CHAT_BODIES}[case]
    assert_refused(caller.answer("post", "chat/", body), field)
    assert not Conversation.objects.exists()


CONVERSATIONS: dict[str, tuple[bytes, str]] = {
    "not JSON": (b"hello", ""),
    "an array": (b"[]", ""),
    "an unknown field": (b'{"owner": "charlie"}', "owner"),
    "a long title": (b'{"title": "%s"}' % (b"x" * 121), "title"),
    "a NUL": (b'{"title": "a\\u0000b"}', "title"),
    "a lone surrogate": (b'{"title": "a\\ud800b"}', "title"),
    "a surrogate in the project": (b'{"project": "a\\ud800b"}', "project"),
    "100,000 levels": (b'{"title": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", ""),
}


@pytest.mark.parametrize("case", CONVERSATIONS)
def test_a_conversation_that_cannot_be_begun(caller: Person, case: str) -> None:
    body, field = CONVERSATIONS[case]
    assert_refused(caller.answer("post", "conversations/", body), field)


def test_an_unknown_project_is_not_found(caller: Person) -> None:
    for body in ({"message": "hello", "project": "NOPE"}, {"message": "hello", "conversation": "0" * 32}):
        assert caller.request("post", "chat/", body, expect=404)["code"] == "not_found"
    assert not Conversation.objects.exists()


def test_the_longest_message_is_taken_whole(person: Person) -> None:
    longest = "ü" * MAX_MESSAGE_LENGTH
    person.say(longest)
    assert person.messages()[0] == ("user", longest)


@pytest.mark.parametrize("key", ["x" * 256, " "])
def test_a_key_that_cannot_be_one(caller: Person, key: str) -> None:
    headers: Any = {"Idempotency-Key": key}
    path = f"conversations/{caller.conversation}/messages/"
    assert_refused(caller.answer("post", path, {"message": "hello"}, **headers), "idempotency_key")
