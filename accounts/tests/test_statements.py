"""Compiled reads: the same rows as the queryset, for whoever asks, on both databases."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any
from uuid import uuid4

import orjson
import pytest
from django.db import connection
from django.db.models import CharField, DateTimeField, F, IntegerField
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from accounts.rest.views import JSONRenderer
from accounts.statements import THE_USER, OneOf, Slot, Statement, Update
from tasks.changes import Origin
from tasks.models import Project, Task
from tasks.operations import add_task, ensure_inbox

COLUMNS = ("id", "project__key", "number", "title", "labels", "due_date", "due_at", "assignee__username")


def in_order() -> Statement:
    return Statement(
        lambda: Task.objects.visible_to(THE_USER).order_by("project__key", "number").values_list(*COLUMNS)
    )


def as_json(records: list[dict[str, Any]]) -> Any:
    return orjson.loads(JSONRenderer().render(records))


@pytest.fixture
def tasks(alice: User, charlie: User, web: Project, origin: Origin) -> list[Task]:
    instant = datetime(2026, 11, 30, 16, 0, tzinfo=UTC)
    add_task(actor=charlie, origin=origin, project=ensure_inbox(charlie), title="Zanzibar")
    return [
        add_task(actor=alice, origin=origin, project=web, title="A", labels=["x", "y"], assignee=alice),
        add_task(actor=alice, origin=origin, project=web, title="B", due=date(2026, 11, 30)),
        add_task(actor=alice, origin=origin, project=web, title="C", due=instant),
    ]


def test_rows_are_json_values(alice: User, tasks: list[Task]) -> None:
    assert as_json(in_order().records(user=alice.pk)) == [
        dict(zip(COLUMNS, row, strict=True))
        for row in (
            [str(tasks[0].pk), "WEB", 1, "A", ["x", "y"], None, None, "alice"],
            [str(tasks[1].pk), "WEB", 2, "B", [], "2026-11-30", None, None],
            [str(tasks[2].pk), "WEB", 3, "C", [], None, "2026-11-30T16:00:00Z", None],
        )
    ]


def test_one_statement_serves_everybody_their_own(alice: User, charlie: User, tasks: list[Task]) -> None:
    statement = in_order()
    for person, titles in ((alice, ["A", "B", "C"]), (charlie, ["Zanzibar"]), (alice, ["A", "B", "C"])):
        assert [row["title"] for row in statement.records(user=person.pk)] == titles
    assert statement.records(user=uuid4()) == []


def test_a_page(alice: User, tasks: list[Task]) -> None:
    with CaptureQueriesContext(
        connection,
    ) as queries:
        page = in_order().records(user=alice.pk, limit=1, offset=1)
    assert ([row["title"] for row in page], len(queries)) == (["B"], 1)


def test_a_value(alice: User, tasks: list[Task]) -> None:
    title = Statement(lambda: Task.objects.visible_to(THE_USER).filter(pk=Slot("task")).values_list("title"))
    assert title.value(user=alice.pk, task=tasks[1].pk) == "B"
    assert title.value(user=alice.pk, task=uuid4()) is None


def test_one_of_several(alice: User, web: Project, tasks: list[Task]) -> None:
    numbers = Statement(
        lambda: (
            Task.objects.visible_to(THE_USER)
            .filter(OneOf("project_id", "projects"))
            .order_by("number")
            .values_list("number")
        )
    )
    inbox = ensure_inbox(alice)
    assert [row[0] for row in numbers.rows(user=alice.pk, projects=[inbox.pk, web.pk])] == [1, 2, 3]
    assert numbers.rows(user=alice.pk, projects=[inbox.pk]) == []
    assert numbers.rows(user=alice.pk, projects=[]) == []


def test_an_instance_is_what_the_queryset_gives(alice: User, tasks: list[Task]) -> None:
    statement = Statement(lambda: Task.objects.visible_to(THE_USER).filter(pk=Slot("task")))
    for task in tasks:
        with CaptureQueriesContext(connection) as queries:
            found = statement.instance(user=alice.pk, task=task.pk)
            assert found.project.key == "WEB"
        assert len(queries) == 1
        fresh = Task.objects.get(pk=task.pk)
        assert [getattr(found, f.attname) for f in Task._meta.concrete_fields] == [
            getattr(fresh, f.attname) for f in Task._meta.concrete_fields
        ]
        assert found._state.db == "default" and not found._state.adding
    assert statement.instance(user=alice.pk, task=uuid4()) is None


def test_a_change_of_rows_says_which(alice: User, tasks: list[Task]) -> None:
    change = Update(
        lambda: Task.objects.filter(project=Slot("project"), number__lt=Slot("below", IntegerField())),
        returning=["number", "priority"],
        title=Slot("title", CharField()),
        priority="high",
        updated_at=Slot("now", DateTimeField()),
        number=F("number") + Slot("more", IntegerField()),
    )
    now = datetime(2026, 11, 27, 9, 30, tzinfo=UTC)
    project = tasks[0].project_id
    assert sorted(change.run(project=project, below=3, title="All", now=now, more=10)) == [
        (11, "high"),
        (12, "high"),
    ]
    rows = Task.objects.filter(project=project).order_by("number").values_list("number", "title", "priority")
    assert list(rows) == [(3, "C", "medium"), (11, "All", "high"), (12, "All", "high")]
    assert Task.objects.get(number=11, project=project).updated_at == now
    assert change.run(project=uuid4(), below=99, title="None", now=now, more=0) == []


def test_all_of_its_rows_as_instances(alice: User, tasks: list[Task]) -> None:
    statement = Statement(lambda: Task.objects.visible_to(THE_USER).order_by("project__key", "number"))
    assert [task.title for task in statement.instances(user=alice.pk)] == ["A", "B", "C"]
    assert [task.title for task in statement.instances(limit=2, user=alice.pk)] == ["A", "B"]
