"""Every address × method × person, with the exact status, from the URL conf: what is not in it fails.

Alice owns what is asked for: a team with a project, in which Bob is a member and Vera may look. Charlie is
a stranger, and so is staff, who has no right over the API that others lack.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone

from accounts.models import User
from accounts.tests.programs import Program
from chat.models import Conversation, Message, Turn
from chat.tests.conftest import turns_end
from chat.tests.person import Person
from chat.tests.serving import serving
from config import openapi
from config.tests.conformance import undescribed
from config.tests.possessions import SECRET, Possessions, possessions
from config.urls import urlpatterns
from memory.models import MemoryItem
from tasks.models import Change, Project, Task
from tasks.operations import delete_project, delete_task
from tasks.tests.making import API

__all__ = ["turns_end"]

METHODS = ("get", "post", "put", "patch", "delete")
STRANGERS = ("charlie", pytest.param("staff", marks=pytest.mark.one_lane))
TEAM = ("bob", "vera")
# A path each, and what anybody on this machine is answered.
OUTSIDE = {
    "health": ("/health", {"get": 200}),
    "ready": ("/health/ready", {"get": 200}),
    "redis_health": ("/health/redis", {"get": 200}),
    "metrics": ("/metrics", {"get": 200}),
}
HERE = {"Host": "localhost"}
ENDED = ("api-tasks", "api-task", "api-memory-recall", "api-chat", "api-messages")
SERVED = ("api-tasks", "api-task", "api-memory-item", "api-conversation", "api-messages", "api-turn")
OPEN = {"api-schema", "api-docs"}


@dataclass(frozen=True, slots=True)
class Row:
    """What the owner and a stranger are answered, by method; every other method is a 405.

    `bob` and `vera` hold where those of the team are not answered as a stranger is.
    """

    owner: dict[str, int]
    stranger: dict[str, int]
    body: Any = field(default_factory=dict)
    query: str = ""
    trashed: bool = False
    bob: dict[str, int] = field(default_factory=dict)
    vera: dict[str, int] = field(default_factory=dict)

    def of(self, who: str) -> dict[str, int]:
        own: dict[str, int] = getattr(self, who, {})
        return own if who == "alice" else {**self.stranger, **own}


def own(body: Any = None, query: str = "", **owner: int) -> Row:
    """A stranger meets their own, and is answered alike."""
    return Row(owner, owner, body or {}, query)


def hidden(body: Any = None, query: str = "", trashed: bool = False, **owner: int) -> Row:
    """What a stranger asks for is not there."""
    return Row(owner, dict.fromkeys(owner, 404), body or {}, query, trashed)


def written(body: Any = None, query: str = "", trashed: bool = False, **owner: int) -> Row:
    """Members write it, viewers read it."""
    forbidden = {method: status if method == "get" else 403 for method, status in owner.items()}
    return Row(owner, dict.fromkeys(owner, 404), body or {}, query, trashed, bob=owner, vera=forbidden)


def managed(body: Any = None, query: str = "", **owner: int) -> Row:
    """The owner and admins write it, members and viewers read it."""
    forbidden = {method: status if method == "get" else 403 for method, status in owner.items()}
    return Row(owner, dict.fromkeys(owner, 404), body or {}, query, bob=forbidden, vera=forbidden)


ITEM = {"value": "far", "type": "context"}
MATRIX = {
    "api-tasks": own({"title": "New"}, get=200, post=201),
    "api-tasks-bulk": own({"tasks": [{"id": "<task>", "title": "New"}]}, post=200, patch=200),
    "api-tasks-export": own(get=200),
    "api-tasks-import": own({"tasks": [{"title": "New"}]}, post=200),
    "api-task": written({"title": "New"}, get=200, put=200, patch=200, delete=204),
    "api-task-complete": written(post=200),
    "api-task-reopen": written(post=200),
    "api-task-restore": written(post=200, trashed=True),
    "api-task-history": written(get=200),
    "api-task-comments": written({"text": "New"}, get=200, post=201),
    "api-task-comment": managed({"text": "New"}, get=200, patch=200, delete=204),
    "api-task-shares": written({"user": "charlie"}, get=200, post=201),
    "api-task-share": written({"permission": "edit"}, get=200, patch=200, delete=204),
    "api-teams": own({"name": "New"}, get=200, post=201),
    "api-team": Row(
        {"get": 200, "patch": 200, "delete": 409}, {"get": 404, "patch": 404, "delete": 404}, {"name": "New"},
        bob={"get": 200, "patch": 403, "delete": 403}, vera={"get": 200, "patch": 403, "delete": 403},
    ),
    "api-team-history": managed(get=200),
    "api-team-hand-over": managed({"user": "bob"}, post=200),
    "api-team-members": managed({"user": "charlie"}, get=200, post=201),
    # Vera may leave.
    "api-team-member": Row(
        {"get": 200, "patch": 200, "delete": 204}, {"get": 404, "patch": 404, "delete": 404},
        {"role": "member"},
        bob={"get": 200, "patch": 403, "delete": 403}, vera={"get": 200, "patch": 403, "delete": 204},
    ),
    "api-team-invitations": Row(
        {"get": 200, "post": 201}, {"get": 404, "post": 404}, {"email": "new@example.org"},
        bob={"get": 403, "post": 403}, vera={"get": 403, "post": 403},
    ),
    "api-team-invitation": managed(delete=204),
    "api-invitations": own(get=200),
    "api-invitation-accept": Row({"post": 404}, {"post": 404}, {"token": "x"}),
    "api-invitation-decline": Row({"post": 404}, {"post": 404}, {"token": "x"}),
    "api-dashboard": own(get=200),
    "api-projects": own({"name": "New"}, get=200, post=201),
    "api-project": managed({"name": "New"}, get=200, put=200, patch=200, delete=204),
    # What is in the trash is there for those alone who may take it out.
    "api-project-restore": hidden(post=200, trashed=True),
    "api-project-history": managed(get=200),
    "api-memory": written(query="?project=<project>", get=200, delete=200),
    "api-memory-store": written({**ITEM, "project": "<project>"}, post=201),
    "api-memory-recall": Row(
        {"get": 200, "post": 200}, {"get": 404, "post": 404}, {"query": "far", "project": "<project>"},
        "?query=far&project=<project>",
        bob={"get": 200, "post": 200}, vera={"get": 200, "post": 200},
    ),
    "api-memory-count": written(query="?project=<project>", get=200),
    "api-memory-clear": written({"project": "<project>"}, query="?project=<project>", post=200, delete=200),
    "api-memory-approve": Row({"post": 409}, {"post": 404}),
    "api-memory-reject": Row({"post": 409}, {"post": 404}),
    "api-memory-restore": Row({"post": 409}, {"post": 404}),
    "api-memory-item": hidden({"relevance": 0.7}, get=200, patch=200, delete=204),
    # The conversation is shared: members speak in it, viewers read it, and who asked decides.
    "api-chat": written({"message": "help", "conversation": "<conversation>"}, post=201),
    "api-conversations": own({"title": "New"}, get=200, post=201),
    "api-conversation": managed({"title": "New"}, get=200, patch=200, delete=204),
    "api-messages": written({"message": "help"}, get=200, post=201),
    "api-turn": managed(get=200),
    "api-turn-events": managed(get=200),
    "api-turn-stop": managed(post=202),
    "api-turn-retry": Row({"post": 409}, {"post": 404}, bob={"post": 403}, vera={"post": 403}),
    "api-turn-approve": Row({"post": 409}, {"post": 404}, bob={"post": 403}, vera={"post": 403}),
    "api-turn-reject": Row({"post": 409}, {"post": 404}, bob={"post": 403}, vera={"post": 403}),
    "api-turn-undo": written(post=200),
    "api-turn-redo": Row({"post": 404}, {"post": 404}, vera={"post": 403}),
    "api-schema": own(get=200),
    "api-docs": own(get=200),
}  # fmt: skip
# What a token that may only read is answered with 403.
READ_ONLY_POST = {"api-memory-recall"}
SPOKEN = {"api-chat", "api-messages"}


def paths() -> dict[str, str]:
    return {name: openapi.path_of(pattern).replace("{pk}", "{id}") for name, pattern in openapi.routes()}


PATHS = paths()


@pytest.fixture
def cast(turns_end: None, alice: User, charlie: User) -> dict[str, Any]:
    """Everybody, by name."""
    made = {name: User.objects.create_user(name, password="x") for name in TEAM}
    staff = User.objects.create_user("staff", password="x", is_staff=True, is_superuser=True)
    return {"alice": alice, "charlie": charlie, "staff": staff, **made}


def client_of(user: User | None) -> Client:
    client = Client()
    if user is not None:
        client.force_login(user)
    return client


def prepared(alice: User, row: Row) -> Possessions:
    things = possessions(Person(alice), of_team=True)
    if row.trashed:
        delete_task(actor=alice, origin=API, task=Task.objects.get(pk=things.task))
        if row is MATRIX["api-project-restore"]:
            delete_project(actor=alice, origin=API, project=Project.objects.get(pk=things.project))
    return things


def ask(client: Client, method: str, name: str, things: Possessions, **headers: str) -> Any:
    row = MATRIX[name]
    path = things.in_path(PATHS[name]) + things.filled(row.query)
    sent: Any = (
        {} if method == "get" else {"data": things.filled(row.body), "content_type": "application/json"}
    )
    return getattr(client, method)(path, headers=headers, **sent)


def content(response: Any) -> str:
    if not response.streaming:
        return str(response.content.decode())
    return b"".join(response).decode() if not response.is_async else ""


def check(response: Any, method: str, name: str, status: int) -> str:
    """The text of an answer that has the status, and no more than the document says of it."""
    told = content(response)
    assert response.status_code == status, (name, method, told[:500])
    assert undescribed(method, PATHS[name], status, response.get("Content-Type", ""), told) == []
    return told


def rows(owner: User | None = None) -> list[Any]:
    """Every row, or all that are of one person's projects."""
    by_project = {"project__owner": owner} if owner else {}
    models: dict[Any, dict[str, Any]] = {
        Project: {"owner": owner} if owner else {},
        **dict.fromkeys((Task, Change, MemoryItem, Conversation), by_project),
        **dict.fromkeys((Message, Turn), {"conversation__user": owner} if owner else {}),
    }
    return [list(model.objects.filter(**of).order_by("pk").values()) for model, of in models.items()]


def outside() -> Iterator[str]:
    for pattern in urlpatterns:
        text = str(pattern.pattern)
        if text.startswith(("^health", "^metrics")):
            yield str(pattern.name)  # type: ignore[union-attr]


def test_every_route_is_in_the_matrix() -> None:
    assert {name for name, _ in openapi.routes()} == set(MATRIX)
    assert set(outside()) == set(OUTSIDE)


@pytest.mark.parametrize("name", MATRIX)
def test_alice(cast: dict[str, User], name: str) -> None:
    row, client = MATRIX[name], client_of(cast["alice"])
    things = prepared(cast["alice"], row)
    for method, status in row.owner.items():
        check(ask(client, method, name, things), method, name, status)
    for method in set(METHODS) - set(row.owner):
        check(ask(client, method, name, things), method, name, 405)


@pytest.mark.parametrize("who", STRANGERS)
def test_strangers(cast: dict[str, User], who: str) -> None:
    things, client = possessions(Person(cast["alice"]), of_team=True), client_of(cast[who])
    before, alices = rows(), rows(owner=cast["alice"])
    for name, row in MATRIX.items():
        for method in METHODS:
            told = check(ask(client, method, name, things), method, name, row.stranger.get(method, 405))
            assert SECRET not in told, (name, method)
        if row.stranger != row.owner:
            assert rows() == before, name
        before = rows()
    assert rows(owner=cast["alice"]) == alices


@pytest.mark.parametrize("who", TEAM)
def test_the_team(cast: dict[str, User], who: str) -> None:
    person, client = Person(cast["alice"]), client_of(cast[who])
    things = possessions(person, of_team=True)
    for name, row in MATRIX.items():
        told = row.of(who)
        for method in METHODS:
            if method == "post" and name in SPOKEN and told["post"] == 201:
                continue
            # Those are answered by other threads, which would wait for this one to commit.
            with nullcontext() if method == "post" and name in SPOKEN else tried():
                if row.trashed and name == "api-task-restore":
                    delete_task(actor=cast["alice"], origin=API, task=Task.objects.get(pk=things.task))
                before = rows()
                status = told.get(method, 405)
                check(ask(client, method, name, things), method, name, status)
                assert status < 400 or rows() == before, (name, method)


@contextmanager
def tried() -> Iterator[None]:
    """Takes back what one request did before the next."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def test_nobody(cast: dict[str, User]) -> None:
    things, client = possessions(Person(cast["alice"]), of_team=True), client_of(None)
    before = rows()
    for name, row in MATRIX.items():
        for method in METHODS:
            status = row.owner.get(method, 405) if name in OPEN else 401
            check(ask(client, method, name, things), method, name, status)
        assert rows() == before, name


def test_a_token_that_may_only_read(cast: dict[str, User]) -> None:
    things, program = possessions(Person(cast["alice"]), of_team=True), Program(cast["alice"], scopes="read")
    before = rows()
    for name, row in MATRIX.items():
        for method in METHODS:
            reads = method == "get" or (name in READ_ONLY_POST and method == "post")
            status = row.owner.get(method, 405) if reads or name in OPEN else 403
            check(ask(program.client, method, name, things, **program.headers), method, name, status)
        # Recall counts what it finds.
        if name not in READ_ONLY_POST:
            assert rows() == before, name
        before = rows()


def test_a_token_that_has_ended(cast: dict[str, User]) -> None:
    things, program = possessions(Person(cast["alice"]), of_team=True), Program(cast["alice"])
    program.token.expires_at = timezone.now() - timedelta(seconds=1)
    program.token.save()
    before = rows()
    for name in ENDED:
        for method in METHODS:
            told = check(ask(program.client, method, name, things, **program.headers), method, name, 401)
            assert '"invalid_token"' in told
    assert rows() == before


def test_what_is_outside_of_the_api(cast: dict[str, User]) -> None:
    for who in (None, *cast):
        client = client_of(cast[who] if who else None)
        for path, methods in OUTSIDE.values():
            for method in METHODS:
                response = getattr(client, method)(path, headers=HERE)
                assert response.status_code == methods.get(method, 405), (path, method)
            assert client.get(f"{path}/", headers=HERE).status_code == methods["get"]


def test_a_scraper_elsewhere_takes_a_token(cast: dict[str, User]) -> None:
    program = Program(cast["charlie"], scopes="read")
    from_afar: Any = {"REMOTE_ADDR": "192.0.2.1"}
    assert Client().get("/metrics", **from_afar).status_code == 401
    assert client_of(cast["staff"]).get("/metrics", **from_afar).status_code == 401
    assert program.get("/metrics", **from_afar).status_code == 200


def test_the_same_through_the_server(cast: dict[str, User]) -> None:
    person = Person(cast["alice"])
    things = possessions(person, of_team=True)
    programs = {who: Program(cast[who]).headers["Authorization"] for who in ("alice", "charlie")}
    with serving(person, {"RATE_LIMIT_ADDRESS": "0"}) as server:
        for name in SERVED:
            row = MATRIX[name]
            for method in METHODS:
                path = things.in_path(PATHS[name]) + things.filled(row.query)
                body = None if method == "get" else things.filled(row.body)
                told = {"": 401, programs["charlie"]: row.stranger.get(method, 405)}
                for bearer, status in told.items():
                    headers = {"Cookie": "", "Authorization": bearer} if bearer else {"Cookie": ""}
                    answer = server.open(method.upper(), path, body, **headers)
                    assert answer.status == status, (name, method, bearer)
                    assert SECRET not in answer.read().decode()
                if method in row.owner and method != "delete":
                    alice = {"Cookie": "", "Authorization": programs["alice"]}
                    assert server.open(method.upper(), path, body, **alice).status == row.owner[method], name
