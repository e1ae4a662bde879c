"""`manage.py purge_trash`: what was in the trash for 30 days goes for good, and nothing else does."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from accounts.models import User
from chat.models import Conversation
from memory.models import MemoryItem
from memory.operations import store_memory
from tasks import operations
from tasks.idempotency import KEPT_FOR, once
from tasks.models import Change, IdempotencyKey, Project, Task
from tasks.tests.making import API, add, make_turn

pytestmark = pytest.mark.django_db


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    call_command("purge_trash", *arguments)
    return capsys.readouterr().out.strip()


@pytest.fixture
def trash(alice: User, web: Project, inbox: Project) -> dict[str, Task]:
    """Tasks by name: in the trash for long, since yesterday, not at all, and in a project that is."""
    made = {name: add(alice, inbox, name) for name in ("old", "fresh", "kept")}
    add(alice, inbox, "below", parent=made["old"])
    made["inside"] = add(alice, web, "inside")
    store_memory(actor=alice, origin=API, project=web, value="Staging runs on port 8443", type="context")
    make_turn(alice, web)
    for name in ("old", "fresh"):
        operations.delete_task(actor=alice, origin=API, task=made[name])
    operations.delete_project(actor=alice, origin=API, project=web)
    long_ago = timezone.now() - timedelta(days=30, minutes=1)
    Task.objects.filter(pk=made["old"].pk).update(deleted_at=long_ago)
    Project.objects.filter(pk=web.pk).update(deleted_at=long_ago)
    for key in ("old", "new"):
        once(actor=alice, key=key, request={}, perform=lambda: 1)
    IdempotencyKey.objects.filter(key="old").update(
        created_at=timezone.now() - KEPT_FOR - timedelta(minutes=1)
    )
    return made


def test_it_deletes_what_is_old_enough(
    alice: User, trash: dict[str, Task], capsys: pytest.CaptureFixture[str]
) -> None:
    would = run(capsys, "--dry-run")
    assert would == "Would delete 2 tasks and 1 project from the trash, and 1 idempotency key."
    assert Task.objects.count() == 5
    did = run(capsys, "--batch", "1")
    assert did == "Deleted 2 tasks and 1 project from the trash, and 1 idempotency key."
    assert {task.title for task in Task.objects.all()} == {"fresh", "kept", "below"}
    assert Task.objects.get(title="below").parent is None
    assert [project.key for project in Project.objects.filter(owner=alice)] == ["INBOX"]
    assert not MemoryItem.objects.exists() and not Conversation.objects.exists()
    assert [row.key for row in IdempotencyKey.objects.all()] == ["new"]
    # What happened in a project that stays is still told.
    assert list(Change.objects.filter(object_id=trash["old"].pk).values_list("verb", flat=True)) == [
        "create",
        "delete",
    ]
    assert run(capsys) == "Deleted 0 tasks and 0 projects from the trash, and 0 idempotency keys."


def test_the_days_can_be_chosen(trash: dict[str, Task], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "--days", "0").startswith("Deleted 3 tasks")
    assert {task.title for task in Task.objects.all()} == {"kept", "below"}


@pytest.mark.parametrize("wrong", [("--days", "-1"), ("--days", "soon"), ("--batch", "0")])
def test_wrong_numbers_are_refused(wrong: tuple[str, str]) -> None:
    with pytest.raises(CommandError, match="a whole number"):
        call_command("purge_trash", *wrong)
