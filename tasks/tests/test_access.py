"""What a stranger meets at each verb and door, and what staff may do in the admin."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from accounts.errors import Invalid, NotFound
from accounts.models import User
from conftest import make_user
from tasks import operations
from tasks.changes import Origin
from tasks.models import Change, Door, Project
from tasks.tests.making import API, add, last_change

ZURICH = ZoneInfo("Europe/Zurich")


TASK_VERBS: list[Callable[..., Any]] = [
    lambda **by: operations.update_task(**by, changes={"title": "Mine"}),
    operations.complete_task,
    operations.reopen_task,
    operations.delete_task,
    operations.restore_task,
]


@pytest.mark.parametrize("verb", TASK_VERBS)
@pytest.mark.parametrize("door", list(Door))
@pytest.mark.parametrize("deleted", [False, True])
def test_a_strangers_task_does_not_exist(
    alice: User, charlie: User, web: Project, verb: Callable[..., Any], door: Door, deleted: bool
) -> None:
    task = add(alice, web)
    if deleted:
        operations.delete_task(actor=alice, origin=API, task=task)
    written = Change.objects.count()
    with pytest.raises(NotFound):
        verb(actor=charlie, origin=Origin(door), task=task)
    assert Change.objects.count() == written


@pytest.mark.parametrize("door", list(Door))
def test_a_strangers_project_does_not_exist(charlie: User, web: Project, door: Door) -> None:
    with pytest.raises(NotFound):
        operations.add_task(actor=charlie, origin=Origin(door), project=web, title="Mine")
    with pytest.raises(NotFound):
        operations.update_project(actor=charlie, origin=Origin(door), project=web, changes={"name": "Mine"})


@pytest.mark.parametrize("door", [door for door in Door if door != Door.ADMIN])
def test_staff_are_strangers_outside_the_admin(alice: User, web: Project, door: Door) -> None:
    task = add(alice, web)
    olga = make_user("olga")
    olga.is_staff = olga.is_superuser = True
    olga.save()
    with pytest.raises(NotFound):
        operations.complete_task(actor=olga, origin=Origin(door), task=task)


def test_staff_act_for_the_owner_in_the_admin(alice: User, charlie: User, web: Project) -> None:
    olga = make_user("olga")
    olga.is_staff = True
    olga.save()
    task, theirs = add(alice, web), add(charlie, operations.ensure_inbox(charlie), "Secret")
    by: dict[str, Any] = {"actor": olga, "origin": Origin(Door.ADMIN)}
    operations.complete_task(**by, task=task)
    change = last_change(task)
    assert (change.actor, change.door, change.verb) == (olga, Door.ADMIN, "complete")
    assert operations.add_task(**by, project=web, title="More").created_by == olga
    for changes in ({"parent": theirs}, {"blocked_by": [theirs]}, {"project": theirs.project}):
        with pytest.raises((Invalid, NotFound)):
            operations.update_task(**by, task=task, changes=changes)  # type: ignore[arg-type]
    olga.is_active = False
    with pytest.raises(NotFound):
        operations.reopen_task(**by, task=task)


def test_the_owners_zone_counts_not_the_operators(alice: User, web: Project) -> None:
    olga = User.objects.create_user("olga", is_staff=True, timezone="America/New_York")
    # Zurich changes its clocks on 30 March 2031, New York on the 9th.
    task = add(alice, web, due=datetime(2031, 3, 29, 8, tzinfo=ZURICH), recurrence="FREQ=DAILY")
    following = operations.complete_task(actor=olga, origin=Origin(Door.ADMIN), task=task).next_task
    assert following is not None
    assert following.due_at == datetime(2031, 3, 30, 8, tzinfo=ZURICH)
