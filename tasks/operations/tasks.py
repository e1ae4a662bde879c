"""The verbs on tasks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from django.db import transaction
from django.utils import timezone

from accounts.cursors import vendor
from accounts.errors import Conflict
from accounts.rows import inserting, inserting_told, made, updating, updating_seen
from tasks.access import (
    acting_for,
    check_in_project,
    check_version,
    editable_task,
    lock_task,
    refuse_task,
    sees_task,
    take_number,
    taking_number,
    writes_in,
)
from tasks.changes import Origin, Snapshot, record_change, record_told, snapshot
from tasks.models import Change, Project, Task
from tasks.operations.fields import TaskFields, assign, rrule
from tasks.operations.shares import pass_on_shares
from tasks.recurrence import advance, first_due

if TYPE_CHECKING:
    from accounts.models import User
    from chat.models import Message


# In the record of a task whose number is 0 as yet.
_NUMBER = {
    "ref": "left(%s, -1) || first.number",
    "after": "jsonb_set(%s, '{number}', to_jsonb(first.number))",
}
# What may depend on more than the task's own row, which is locked first then.
_BEYOND = {"project", "parent", "blocked_by"}
_TRIES = 3


class Completed(NamedTuple):
    """A task, and the next occurrence that it left behind if it was repeating and got done."""

    task: Task
    next_task: Task | None


def add_task(
    *,
    actor: User,
    origin: Origin,
    project: Project,
    title: str,
    source_message: Message | None = None,
    **fields: Any,
) -> Task:
    """`fields` are those of TaskFields. A repeating task without a due date starts at its first occurrence.

    Raises Invalid for a bad field, Conflict when the project is archived.
    """
    return _add(acting_for(actor, origin, project), actor, origin, project, title, source_message, fields)


def _add(
    person: User,
    actor: User,
    origin: Origin,
    project: Project,
    title: str,
    source_message: Message | None,
    fields: dict[str, Any],
) -> Task:
    task = made(Task, project=project, created_by=actor, source_message=source_message, number=0)
    if fields.get("recurrence") and not fields.get("due"):
        rule = rrule(fields["recurrence"])
        fields["due"] = first_due(rule, now=timezone.now().astimezone(person.zone))
    blocked_by = assign(person, task, {**fields, "title": title})  # type: ignore[typeddict-item]
    create = _create_at_once if vendor() == "postgresql" else _create
    if not blocked_by:
        create(person, actor, origin, task, [])
    else:
        with transaction.atomic():
            create(person, actor, origin, task, _ids(blocked_by))
            task.blocked_by.set(blocked_by)
    task.waits = blocked_by
    return task


@transaction.atomic
def _create(person: User, actor: User, origin: Origin, task: Task, blocked_by: list[str]) -> None:
    task.number = take_number(person, task.project)
    new = [inserting(task)]
    after = snapshot(task, blocked_by=blocked_by)
    record_change(actor=actor, origin=origin, verb="create", row=task, before={}, after=after, beside=new)


def _create_at_once(person: User, actor: User, origin: Origin, task: Task, blocked_by: list[str]) -> None:
    """So that whoever else adds to the project waits for one statement only."""
    # Before the snapshot: it sets when the task was made.
    new = [taking_number(person, task.project), inserting_told(task, {"number": "first.number"})]
    drawn = record_told(
        actor=actor,
        origin=origin,
        verb="create",
        row=task,
        before={},
        after=snapshot(task, blocked_by=blocked_by),
        beside=new,
        told=_NUMBER,
    )
    if drawn is None:
        refuse_task(person, task.project)
    (task.number,) = drawn


def update_task(
    *, actor: User, origin: Origin, task: Task, changes: TaskFields, version: datetime | None = None
) -> Task:
    """A repeating task that gets done leaves its next occurrence behind, as with `complete_task`.

    Raises Invalid for a bad field, Conflict for a task in the trash, NotFound or Forbidden for the actor.
    """
    tries = _TRIES if vendor() == "postgresql" and _BEYOND.isdisjoint(changes) else 0
    for _ in range(tries):
        row = editable_task(acting_for(actor, origin, task), task)
        check_version(row, version)
        if row.recurrence:
            break
        if _update_if_seen(actor, origin, row, changes):
            return row
    with transaction.atomic():
        row = _locked(actor, origin, task, version)
        return _update(actor, origin, row, changes, verb="update").task


@transaction.atomic
def complete_task(*, actor: User, origin: Origin, task: Task, version: datetime | None = None) -> Completed:
    """Completes it; a repeating one leaves its next occurrence behind. Twice is the same as once."""
    row = _locked(actor, origin, task, version)
    if row.status == Task.Status.DONE:
        return Completed(row, None)
    return _update(actor, origin, row, {"status": Task.Status.DONE}, verb="complete")


@transaction.atomic
def reopen_task(*, actor: User, origin: Origin, task: Task, version: datetime | None = None) -> Task:
    row = _locked(actor, origin, task, version)
    if row.is_open:
        return row
    return _update(actor, origin, row, {"status": Task.Status.TODO}, verb="reopen").task


@transaction.atomic
def delete_task(*, actor: User, origin: Origin, task: Task, version: datetime | None = None) -> Task:
    """Moves it to the trash, where it stays for 30 days."""
    row = _locked(actor, origin, task, version)
    check_in_project(acting_for(actor, origin, row), row, "the trash")
    return row if row.deleted_at else _set_deleted(actor, origin, row, timezone.now(), verb="delete")


@transaction.atomic
def restore_task(*, actor: User, origin: Origin, task: Task, version: datetime | None = None) -> Task:
    row = _locked(actor, origin, task, version)
    check_in_project(acting_for(actor, origin, row), row, "the trash")
    return _set_deleted(actor, origin, row, None, verb="restore") if row.deleted_at else row


def _locked(actor: User, origin: Origin, task: Task, version: datetime | None) -> Task:
    row = lock_task(acting_for(actor, origin, task), task)
    check_version(row, version)
    return row


def _update(actor: User, origin: Origin, row: Task, changes: TaskFields, *, verb: str) -> Completed:
    was_done = row.status == Task.Status.DONE
    before, after, blocked_by = _assigned(actor, origin, row, changes)
    changed = _differing(before, after)
    if not changed:
        return Completed(row, None)
    new = [updating(row, *changed, "updated_at")]
    record_change(actor=actor, origin=origin, verb=verb, row=row, before=before, after=after, beside=new)
    if "blocked_by" in changed:
        row.blocked_by.set(blocked_by or ())
        row.waits = blocked_by
    got_done = row.status == Task.Status.DONE and not was_done
    return Completed(row, _add_next(actor, origin, row) if got_done and row.recurrence else None)


def _update_if_seen(actor: User, origin: Origin, row: Task, changes: TaskFields) -> bool:
    """Updates a row that is not locked in one statement, if it still is as it was read: answers whether."""
    seen = row.updated_at
    before, after, _ = _assigned(actor, origin, row, changes)
    changed = _differing(before, after)
    if not changed:
        return True
    new = updating_seen(row, seen, *changed, "updated_at")
    told = record_told(
        actor=actor, origin=origin, verb="update", row=row, before=before, after=after, beside=[new], told={}
    )
    return told is not None


def _assigned(
    actor: User, origin: Origin, row: Task, changes: TaskFields
) -> tuple[Snapshot, Snapshot, Sequence[Task] | None]:
    """What the row was and has become, and its blockers if they are among the changes."""
    if row.deleted_at:
        raise Conflict(f"{row.ref} is in the trash; restore it first.")
    # Blockers that nobody changes need not be read: they are the same before and after.
    same: dict[str, Any] = {} if "blocked_by" in changes else {"blocked_by": []}
    before = snapshot(row, **same)
    blocked_by = assign(acting_for(actor, origin, row), row, changes)
    after = snapshot(row, blocked_by=before["blocked_by"] if blocked_by is None else _ids(blocked_by))
    return before, after, blocked_by


def _differing(before: Snapshot, after: Snapshot) -> list[str]:
    return [name for name in after if after[name] != before[name]]


def _set_deleted(actor: User, origin: Origin, row: Task, at: datetime | None, *, verb: str) -> Task:
    before = snapshot(row)
    row.deleted_at = at
    new = [updating(row, "deleted_at", "updated_at")]
    after = snapshot(row, blocked_by=before["blocked_by"])
    record_change(actor=actor, origin=origin, verb=verb, row=row, before=before, after=after, beside=new)
    return row


def _ids(tasks: Iterable[Task]) -> list[str]:
    return sorted({str(task.pk) for task in tasks})


def _add_next(actor: User, origin: Origin, done: Task) -> Task | None:
    zone = acting_for(actor, origin, done).zone
    due = done.due_at.astimezone(zone) if done.due_at else done.due_date
    now = timezone.now().astimezone(zone)
    following = advance(done.recurrence, due or now.date(), after=now if done.due_at else now.date(), tz=zone)
    if following is None or done.project.status == Project.Status.ARCHIVED or _has_left_one(done):
        return None
    next_due, rule = following
    # Whoever has but a share completes it for those who write in its project.
    person = acting_for(actor, origin, done)
    person = person if writes_in(person, done.project) else done.project.owner
    parent = done.parent if done.parent and sees_task(person, done.parent) else None
    following_one = _add(
        person, actor, origin, done.project, done.title, done.source_message,
        {
            "description": done.description, "priority": done.priority, "due": next_due,
            "labels": done.labels, "assignee": done.assignee, "parent": parent, "recurrence": rule,
        },
    )  # fmt: skip
    pass_on_shares(done, following_one)
    return following_one


def _has_left_one(done: Task) -> bool:
    """Whether an earlier completion, before it was reopened, left an occurrence that is still there."""
    earlier = Change.objects.standing().filter(object_id=done.pk, after__status=Task.Status.DONE)
    first = earlier.filter(before__status__isnull=False).exclude(created_at__gte=done.updated_at).first()
    later = Task.objects.kept().filter(project_id=done.project_id, title=done.title).exclude(recurrence="")
    return first is not None and later.filter(created_at__gte=first.created_at).exclude(pk=done.pk).exists()
