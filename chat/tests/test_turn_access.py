"""Who may do what at every address of the chat's API, as a table; a route without a row fails."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from chat.api_urls import urlpatterns
from chat.models import Conversation, Message, Turn
from chat.tests.person import Person
from tasks.models import Change, Task

VERBS = ("get", "post", "put", "patch", "delete")
SECRET = "Zanzibar"


@dataclass(frozen=True, slots=True)
class Row:
    """A path and a body, and what the verbs that it knows answer the owner; all others are a 405."""

    path: str
    owner: dict[str, int]
    body: dict[str, str]


TABLE = {
    "api-chat": Row("chat", {"post": 201}, {"message": "hello", "conversation": "<conversation>"}),
    "api-conversations": Row("conversations", {"get": 200, "post": 201}, {}),
    "api-conversation": Row(
        "conversations/<conversation>", {"get": 200, "patch": 200, "delete": 204}, {"title": "New"}
    ),
    "api-messages": Row(
        "conversations/<conversation>/messages", {"get": 200, "post": 201}, {"message": "hello"}
    ),
    "api-turn": Row("turns/<turn>", {"get": 200}, {}),
    "api-turn-events": Row("turns/<turn>/events", {"get": 200}, {}),
    "api-turn-stop": Row("turns/<turn>/stop", {"post": 202}, {}),
    "api-turn-retry": Row("turns/<turn>/retry", {"post": 409}, {}),
    "api-turn-approve": Row("turns/<turn>/approve", {"post": 409}, {}),
    "api-turn-reject": Row("turns/<turn>/reject", {"post": 409}, {}),
    "api-turn-undo": Row("turns/<turn>/undo", {"post": 200}, {}),
    "api-turn-redo": Row("turns/<turn>/redo", {"post": 404}, {}),
}
# What a stranger meets there is their own, and empty.
OWN_LISTS = {"api-conversations"}


@dataclass(frozen=True, slots=True)
class Owned:
    """What Alice has: a turn that added a task with a title that nobody else may see."""

    conversation: str
    turn: str

    def filled(self, text: str) -> str:
        return text.replace("<conversation>", self.conversation).replace("<turn>", self.turn)


def owned(person: Person) -> Owned:
    person.begin_anew()
    turn = person.say(f"add {SECRET}")
    assert [each["verb"] for each in turn["receipts"]] == ["create"]
    return Owned(turn["conversation"], turn["id"])


def ask(client: Client, verb: str, row: Row, things: Owned, *, slash: bool = True) -> Any:
    path = "/api/" + things.filled(row.path) + ("/" if slash else "")
    body = {name: things.filled(value) for name, value in row.body.items()}
    return getattr(client, verb)(path, data=body if verb != "get" else None, content_type="application/json")


def rows() -> tuple[int, ...]:
    models: tuple[Any, ...] = (Conversation, Message, Turn, Task, Change)
    return tuple(model.objects.count() for model in models)


def assert_problem(response: Any, status: int, code: str) -> dict[str, Any]:
    assert response.status_code == status
    assert response["Content-Type"] == "application/problem+json"
    body = dict(response.json())
    assert (body["status"], body["code"]) == (status, code)
    body.pop("request_id")
    return body


def test_every_route_has_its_row() -> None:
    assert {str(pattern.name) for pattern in urlpatterns} == set(TABLE)


@pytest.mark.parametrize("name", TABLE)
def test_the_owner(person: Person, name: str) -> None:
    row = TABLE[name]
    things = owned(person)
    for verb, status in row.owner.items():
        assert ask(person.client, verb, row, things).status_code == status, verb
    for verb in set(VERBS) - set(row.owner):
        assert_problem(ask(person.client, verb, row, things), 405, "method_not_allowed")


@pytest.mark.parametrize("name", TABLE)
def test_a_stranger(person: Person, stranger: Person, name: str) -> None:
    row, things = TABLE[name], owned(person)
    nowhere = Owned(str(uuid4()), str(uuid4()))
    before = rows()
    for verb in VERBS:
        # Every address answers with and without its trailing slash.
        response = ask(stranger.client, verb, row, things, slash=False)
        if verb not in row.owner:
            assert_problem(response, 405, "method_not_allowed")
        elif name not in OWN_LISTS:
            told = assert_problem(response, 404, "not_found")
            # Not even whether it exists.
            assert told == assert_problem(ask(stranger.client, verb, row, nowhere), 404, "not_found")
        elif verb == "get":
            assert response.json() == {"count": 0, "next": None, "previous": None, "results": []}
            assert response["X-Total-Count"] == "0"
        else:
            assert Conversation.objects.get(pk=response.json()["id"]).user == stranger.user
            Conversation.objects.get(pk=response.json()["id"]).delete()
        for leak in (SECRET, things.conversation, things.turn):
            assert leak not in response.content.decode()
    assert rows() == before


@pytest.mark.parametrize("name", TABLE)
def test_nobody_and_a_page_elsewhere(person: Person, name: str) -> None:
    row, things = TABLE[name], owned(person)
    elsewhere = Client(enforce_csrf_checks=True)
    elsewhere.cookies = person.client.cookies
    before = rows()
    for verb in VERBS:
        assert_problem(ask(Client(), verb, row, things), 401, "unauthenticated")
    for verb in set(row.owner) - {"get"}:
        response = ask(elsewhere, verb, row, things)
        assert (response.status_code, response["Content-Type"]) == (403, "application/problem+json")
    assert rows() == before


def test_a_stranger_cannot_talk_into_a_conversation_through_a_key(person: Person, stranger: Person) -> None:
    headers: Any = {"Idempotency-Key": "the-same"}
    path, body = f"conversations/{person.conversation}/messages/", {"message": f"add {SECRET}"}
    turn = person.request("post", path, body, expect=201, **headers)
    told = stranger.request("post", path, body, expect=404, **headers)
    assert (told["code"], turn["id"] in str(told)) == ("not_found", False)


def test_a_stranger_cannot_start_in_a_project(person: Person, stranger: Person) -> None:
    person.say("create project Secret plans")
    for path, body in (
        ("conversations/", {"project": "SECRET"}),
        ("chat/", {"project": "SECRET", "message": "hello"}),
    ):
        assert stranger.request("post", path, body, expect=404)["code"] == "not_found"
