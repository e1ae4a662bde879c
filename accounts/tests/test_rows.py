"""Rows made and written without a model's machinery are what the model itself would make and write."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from accounts.rows import Write, insert, inserting, made, reference, update, updating, write
from accounts.statements import THE_USER, Slot, Statement
from memory.models import MemoryItem, RecallEntry
from tasks.changes import Origin
from tasks.models import Project, Task
from tasks.operations import add_task

FIELDS = [field.attname for field in Task._meta.concrete_fields]


def test_a_row_is_written_as_save_writes_it(alice: User, web: Project) -> None:
    row = Task(project=web, number=7, title="Zürich ✓", labels=["a"], created_by=alice)
    insert(row)
    assert not row._state.adding
    found = Task.objects.get(pk=row.pk)
    assert (found.title, found.labels, found.created_at) == (row.title, ["a"], row.created_at)

    found.title, found.labels, found.priority = "Other", ["b", "c"], "high"
    update(found, "title", "updated_at")
    again = Task.objects.get(pk=row.pk)
    assert (again.title, again.labels, again.priority) == ("Other", ["a"], "medium")
    assert again.updated_at == found.updated_at > row.updated_at
    update(found)
    again = Task.objects.get(pk=row.pk)
    assert (again.labels, again.priority, again.created_at) == (["b", "c"], "high", row.created_at)


def test_a_row_whose_key_the_database_counts_learns_it(web: Project) -> None:
    shared = {"project": web, "type": "context", "valid_from": web.created_at}
    items = [MemoryItem.objects.create(key=key, value="x", **shared) for key in "ab"]
    fields = {**shared, "head": b"", "terms": b""}
    rows = [RecallEntry(item=item, **fields) for item in items]
    for row in rows:
        insert(row)
    assert [row.pk for row in RecallEntry.objects.order_by("item__key")] == [row.pk for row in rows]


def test_a_row_is_made_with_its_defaults(alice: User, web: Project) -> None:
    row = made(Task, project=web, number=3, title="A", created_by_id=alice.pk, assignee=None)
    same = Task(id=row.id, project=web, number=3, title="A", created_by_id=alice.pk, assignee=None)
    assert [getattr(row, name) for name in FIELDS] == [getattr(same, name) for name in FIELDS]
    assert row._state.adding and row.labels is not same.labels
    with CaptureQueriesContext(connection) as queries:
        assert (row.project, row.assignee) == (web, None)
    assert len(queries) == 0
    row.save()
    assert Task.objects.get(pk=row.pk).title == "A"
    with pytest.raises(TypeError, match="Task has no colour"):
        made(Task, title="A", colour="red")


def test_a_reference_is_read_when_it_is_asked(alice: User, web: Project, origin: Origin) -> None:
    task = reference(Task, add_task(actor=alice, origin=origin, project=web, title="A").pk)
    with CaptureQueriesContext(connection) as queries:
        assert task == Task(pk=task.pk)
        assert len(queries) == 0
        assert task.title == "A"
    assert len(queries) == 1


def test_an_instance_has_what_was_selected_beside_it(alice: User, web: Project, origin: Origin) -> None:
    above = add_task(actor=alice, origin=origin, project=web, title="Above")
    below = add_task(
        actor=alice, origin=origin, project=web, title="Below", parent=above, blocked_by=[above],
        due=datetime(2026, 11, 30, 16, 0, tzinfo=UTC),
    )  # fmt: skip
    rows = Task.objects.visible_to(THE_USER).with_waits().select_related("parent", "project__team")
    statement = Statement(lambda: rows.filter(pk=Slot("task")))
    with CaptureQueriesContext(connection) as queries:
        found = [statement.instance(user=alice.pk, task=task.pk) for task in (above, below)]
        assert [(row.parent, bool(row.waits)) for row in found] == [(None, False), (above, True)]
        assert (found[1].parent.title, found[1].project.team) == ("Above", None)
        assert found[1].project.metadata == {}
    assert len(queries) == 2
    assert [getattr(found[1], name) for name in FIELDS] == [getattr(below, name) for name in FIELDS]


def test_several_writes_are_one_round_trip(alice: User, web: Project) -> None:
    first, second = (made(Task, project=web, number=n, title=str(n)) for n in (1, 2))
    insert(first)
    first.title = "Other"
    sql = "UPDATE tasks_project SET last_number = %s WHERE key = %s RETURNING last_number"
    count = Write(sql, [2, "WEB"], returns=True)
    with CaptureQueriesContext(connection) as queries:
        assert write(updating(first, "title"), inserting(second), count) == [(2,)]
    assert len(queries) == (1 if connection.vendor == "postgresql" else 3)
    assert sorted(Task.objects.values_list("title", flat=True)) == ["2", "Other"]

    twice = made(Task, project=web, number=2, title="Same number")
    with pytest.raises(IntegrityError), transaction.atomic():
        write(updating(first, "title"), inserting(twice))
    assert write(updating(first, "title")) == []
