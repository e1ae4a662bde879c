"""A list is answered from memory as long as nothing has changed, and not a moment longer."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection, connections, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from accounts.rest import unchanged
from tasks.changes import Origin
from tasks.models import Project, Task, TaskShare
from tasks.operations import add_task, update_task

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def known() -> dict[Any, Any]:
    unchanged._memory.state = None
    return unchanged._memory.of("before")


@pytest.fixture
def task(alice: User, web: Project, origin: Origin) -> Task:
    return add_task(actor=alice, origin=origin, project=web, title="First")


def titles(client: Client, query: str = "") -> list[str]:
    response = client.get(f"/api/tasks/{query}")
    assert response.status_code == 200
    return [row["title"] for row in response.json()["results"]]


def elsewhere(write: Callable[[], Any]) -> None:
    """The write through another connection."""

    def run() -> None:
        try:
            write()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as threads:
        threads.submit(run).result()


@pytest.fixture
def still(monkeypatch: pytest.MonkeyPatch) -> None:
    """One state for all of a test: on PostgreSQL other tests' transactions make new ones."""
    monkeypatch.setattr(unchanged, "_state", lambda: "still")


def test_a_state_lasts_while_nobody_writes(task: Task) -> None:
    assert unchanged._state() is not None
    # Other tests may write to other databases of the same server.
    assert any(unchanged._state() == unchanged._state() for _ in range(1000))
    with transaction.atomic():
        assert unchanged._state() is None


@pytest.mark.usefixtures("still")
def test_the_same_answer_without_reading(as_alice: Client, task: Task) -> None:
    client = as_alice
    client.get("/api/tasks/")
    with CaptureQueriesContext(connection) as first:
        fresh = client.get("/api/tasks/?limit=3")
    with CaptureQueriesContext(connection) as second:
        again = client.get("/api/tasks/?limit=3")
    of_the_person = 2  # the session and its user
    assert len(second) == of_the_person < len(first)
    assert (again.status_code, again.content) == (fresh.status_code, fresh.content)
    others = {"X-Request-ID"}
    assert {k: v for k, v in again.headers.items() if k not in others} == {
        k: v for k, v in fresh.headers.items() if k not in others
    }
    assert again.headers["X-Total-Count"] == "1" and again.headers["Content-Type"] == "application/json"


@pytest.mark.parametrize("through", [lambda write: write(), elsewhere], ids=["here", "elsewhere"])
def test_every_change_is_seen(
    as_alice: Client, alice: User, task: Task, origin: Origin, through: Callable[[Any], None]
) -> None:
    assert titles(as_alice) == titles(as_alice) == ["First"]
    through(lambda: update_task(actor=alice, origin=origin, task=task, changes={"title": "Second"}))
    assert titles(as_alice) == titles(as_alice) == ["Second"]
    through(lambda: Task.objects.filter(pk=task.pk).update(title="Third"))
    assert titles(as_alice) == ["Third"]
    through(lambda: Project.objects.filter(pk=task.project_id).update(key="SITE"))
    assert as_alice.get("/api/tasks/").json()["results"][0]["ref"] == "SITE-1"
    through(lambda: Task.objects.filter(pk=task.pk).delete())
    assert titles(as_alice) == []


def test_a_right_that_ends_is_gone(as_charlie: Client, charlie: User, task: Task) -> None:
    assert titles(as_charlie) == []
    share = TaskShare.objects.create(task=task, user=charlie)
    assert titles(as_charlie) == titles(as_charlie) == ["First"]
    share.delete()
    assert titles(as_charlie) == []


def test_everybody_and_every_question_has_its_own(
    as_alice: Client, as_charlie: Client, task: Task, alice: User, origin: Origin
) -> None:
    add_task(actor=alice, origin=origin, project=task.project, title="Other", priority="high")
    for _ in range(2):
        assert titles(as_alice, "?priority=high") == ["Other"]
        assert titles(as_alice, "?limit=1&offset=1") == ["First"]
        assert titles(as_charlie, "?priority=high") == []
        links = [
            as_alice.get("/api/tasks/?limit=1", headers={"host": host}).json()["next"]
            for host in ("localhost", "127.0.0.1")
        ]
        assert [link.split("/")[2] for link in links] == ["localhost", "127.0.0.1"]
        assert as_alice.get("/api/tasks/?status=nothing").status_code == 400


def test_nothing_is_kept_of_a_transaction(as_alice: Client, alice: User, task: Task, origin: Origin) -> None:
    assert titles(as_alice) == ["First"]
    with transaction.atomic():
        update_task(actor=alice, origin=origin, task=task, changes={"title": "Undone"})
        assert titles(as_alice) == ["Undone"]
        transaction.set_rollback(True)
    assert titles(as_alice) == titles(as_alice) == ["First"]


def test_what_follows_from_the_time_is_read(as_alice: Client, task: Task, known: dict[Any, Any]) -> None:
    for query in ("?overdue=true", "?ordering=urgency", "?search=first", "?trashed=true"):
        as_alice.get(f"/api/tasks/{query}")
    assert unchanged._memory.answers is known == {}


@pytest.mark.usefixtures("still")
def test_memory_is_bounded(as_alice: Client, task: Task, monkeypatch: pytest.MonkeyPatch) -> None:
    for limit in range(1, unchanged.MOST_ANSWERS + 9):
        assert titles(as_alice, f"?limit={limit}") == ["First"]
    assert len(unchanged._memory.answers) == unchanged.MOST_ANSWERS
    unchanged._memory.answers.clear()
    monkeypatch.setattr(unchanged, "LARGEST_BYTES", 10)
    assert titles(as_alice, "?limit=5") == ["First"]
    assert unchanged._memory.answers == {}
