"""Who may do what at every address of tasks and projects, as a table; a route without a row fails."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from accounts.models import User
from tasks import operations
from tasks.api_urls import urlpatterns
from tasks.models import Change, Project, Task
from tasks.tests.asking import send
from tasks.tests.making import API, add

VERBS = ("get", "post", "put", "patch", "delete")
SECRET = "Zanzibar"


@dataclass(frozen=True, slots=True)
class Row:
    """A path and a body, and what the verbs that it knows answer the owner; all others are a 405.

    `state` is how the task or project is before: as made, or in the trash.
    """

    path: str
    owner: dict[str, int]
    body: Any = field(default_factory=dict)
    state: str = "kept"


TABLE = {
    "api-tasks": Row("tasks", {"get": 200, "post": 201}, {"title": "New", "project": "<key>"}),
    "api-tasks-bulk": Row(
        "tasks/bulk", {"post": 200, "patch": 200}, {"tasks": [{"id": "<task>", "title": "New"}]}
    ),
    "api-tasks-export": Row("tasks/export", {"get": 200}),
    "api-tasks-import": Row("tasks/import", {"post": 200}, [{"title": "New", "parent": "<task>"}]),
    "api-task": Row(
        "tasks/<task>", {"get": 200, "put": 200, "patch": 200, "delete": 204}, {"title": f"{SECRET} 2"}
    ),
    "api-task-complete": Row("tasks/<task>/complete", {"post": 200}),
    "api-task-reopen": Row("tasks/<task>/reopen", {"post": 200}),
    "api-task-restore": Row("tasks/<task>/restore", {"post": 200}, state="trashed"),
    "api-task-history": Row("tasks/<task>/history", {"get": 200}),
    "api-task-comments": Row("tasks/<task>/comments", {"get": 200, "post": 201}, {"text": f"{SECRET} 2"}),
    "api-task-comment": Row(
        "tasks/<task>/comments/<comment>", {"get": 200, "patch": 200, "delete": 204}, {"text": f"{SECRET} 2"}
    ),
    "api-projects": Row("projects", {"get": 200, "post": 201}, {"name": "New"}),
    "api-project": Row(
        "projects/<project>", {"get": 200, "put": 200, "patch": 200, "delete": 204}, {"name": f"{SECRET} 2"}
    ),
    "api-project-restore": Row("projects/<project>/restore", {"post": 200}, state="trashed"),
    "api-project-history": Row("projects/<project>/history", {"get": 200}),
    "api-dashboard": Row("dashboard", {"get": 200}),
}
# What a stranger meets there is their own.
OWN = {
    "api-tasks", "api-tasks-bulk", "api-tasks-export", "api-tasks-import", "api-projects", "api-dashboard",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Things:
    """What Alice has, by id or by name: a task and its project, with a title that nobody else may see."""

    task: str
    project: str
    comment: str
    key: str = "ZZZ"

    def filled(self, value: Any) -> Any:
        if isinstance(value, dict):
            return {name: self.filled(inner) for name, inner in value.items()}
        if isinstance(value, list):
            return [self.filled(inner) for inner in value]
        for name in ("task", "project", "comment", "key"):
            value = value.replace(f"<{name}>", getattr(self, name))
        return value


def made(alice: User, row: Row, *, by_name: bool = False) -> Things:
    project = operations.create_project(actor=alice, origin=API, key="ZZZ", name=SECRET)
    task = add(alice, project, SECRET)
    comment = str(operations.add_comment(actor=alice, origin=API, task=task, text=SECRET).pk)
    if row.state == "trashed":
        operations.delete_task(actor=alice, origin=API, task=task)
        if "<project>" in row.path:
            operations.delete_project(actor=alice, origin=API, project=project)
    return Things("ZZZ-1", "zzz", comment) if by_name else Things(str(task.pk), str(project.pk), comment)


def ask(client: Client, verb: str, row: Row, things: Things, *, slash: bool = True) -> Any:
    path = things.filled(row.path) + ("/" if slash else "")
    return send(client, verb, path, None if verb == "get" else things.filled(row.body))


def content(response: Any) -> str:
    return (b"".join(response) if response.streaming else response.content).decode()


def state() -> list[Any]:
    rows: list[Any] = list(Task.objects.order_by("pk").values())
    return [*rows, *Project.objects.order_by("pk").values(), Change.objects.count()]


def assert_problem(response: Any, status: int, code: str) -> dict[str, Any]:
    assert response.status_code == status, response.content
    assert response["Content-Type"] == "application/problem+json"
    body = dict(response.json())
    assert (body["status"], body["code"]) == (status, code)
    body.pop("request_id")
    return body


def test_every_route_has_its_row() -> None:
    # Those of teams and shares have theirs in test_roles and in the route matrix.
    elsewhere = ("api-team", "api-invitation", "api-task-share")
    names = {str(pattern.name) for pattern in urlpatterns}
    assert {name for name in names if not name.startswith(elsewhere)} == set(TABLE)


@pytest.mark.parametrize("by_name", [False, True])
@pytest.mark.parametrize("name", TABLE)
def test_the_owner(alice: User, as_alice: Client, name: str, by_name: bool) -> None:
    row = TABLE[name]
    things = made(alice, row, by_name=by_name)
    for verb, status in row.owner.items():
        response = ask(as_alice, verb, row, things, slash=not by_name)
        assert response.status_code == status, (verb, content(response))
    for verb in set(VERBS) - set(row.owner):
        assert_problem(ask(as_alice, verb, row, things), 405, "method_not_allowed")


@pytest.mark.parametrize("by_name", [False, True])
@pytest.mark.parametrize("name", TABLE)
def test_a_stranger(alice: User, as_charlie: Client, name: str, by_name: bool) -> None:
    row = TABLE[name]
    things = made(alice, row, by_name=by_name)
    nowhere = Things("ZZZ-99", "zz9", str(uuid4())) if by_name else Things(*(str(uuid4()) for _ in range(3)))
    before = state()
    for verb in VERBS:
        response = ask(as_charlie, verb, row, things, slash=False)
        told = content(response)
        if verb not in row.owner:
            assert_problem(response, 405, "method_not_allowed")
        elif name not in OWN:
            # Not even whether it exists.
            unseen = ask(as_charlie, verb, row, nowhere)
            assert assert_problem(response, 404, "not_found") == assert_problem(unseen, 404, "not_found")
        elif name == "api-projects" and verb == "post":
            Project.objects.get(name="New").delete()
        elif verb == "post":
            assert response.status_code == 400 or response.json()["results"][0]["status"] in (201, 400)
            Task.objects.exclude(title=SECRET).delete()
            Change.objects.exclude(actor=alice).delete()
            Project.objects.exclude(owner=alice).update(last_number=0)
        assert SECRET not in told
        if verb == "get":
            assert things.task not in told and f'"{things.project}"' not in told
    assert state() == before


@pytest.mark.parametrize("name", TABLE)
def test_nobody_and_a_page_elsewhere(alice: User, as_alice: Client, name: str) -> None:
    row = TABLE[name]
    things = made(alice, row)
    elsewhere = Client(enforce_csrf_checks=True)
    elsewhere.cookies = as_alice.cookies
    before = state()
    for verb in VERBS:
        assert_problem(ask(Client(), verb, row, things), 401, "unauthenticated")
    for verb in set(row.owner) - {"get"}:
        assert ask(elsewhere, verb, row, things).status_code == 403
    assert state() == before


@pytest.mark.parametrize("field", ["parent", "blocked_by", "project", "assignee"])
def test_nothing_of_another_person_is_named(
    alice: User, charlie: User, as_charlie: Client, field: str
) -> None:
    things = made(alice, TABLE["api-task"])
    mine = add(charlie, operations.ensure_inbox(charlie), "Mine")
    value: Any = {"parent": things.task, "blocked_by": [things.task], "project": things.project}.get(
        field, "alice"
    )
    for verb, path in (("post", "tasks/"), ("patch", f"tasks/{mine.pk}/")):
        told = assert_problem(send(as_charlie, verb, path, {"title": "x", field: value}), 400, "invalid")
        assert list(told["errors"]) == [field]
        assert SECRET not in str(told)


def test_a_strangers_key_answers_nothing(alice: User, as_alice: Client, as_charlie: Client) -> None:
    send(as_alice, "post", "tasks/", {"title": SECRET}, Idempotency_Key="same")
    told = send(as_charlie, "post", "tasks/", {"title": "Mine"}, Idempotency_Key="same")
    assert (told.status_code, told.json()["title"]) == (201, "Mine")
