"""Every verb on projects and tasks: check access, validate, write the row and its change, together."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from datetime import UTC, date, datetime
from itertools import chain, count
from typing import TYPE_CHECKING, Any, NamedTuple, TypedDict

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.errors import Conflict, Forbidden, Invalid
from tasks import text
from tasks.access import acting_for, check_assignee, is_operator, lock_project, lock_task, sees_task
from tasks.changes import Origin, record_change, snapshot
from tasks.links import is_below, waits_for
from tasks.models import INBOX, Project, Task
from tasks.recurrence import advance, check_rrule, first_due

if TYPE_CHECKING:
    from accounts.models import User
    from chat.models import Message

Due = date | datetime | None


class TaskFields(TypedDict, total=False):
    """What `update_task` can change. `due` is a date, an aware instant, or None for no due date."""

    title: str
    description: str
    project: Project
    status: str
    priority: str
    due: Due
    assignee: User | None
    parent: Task | None
    blocked_by: Sequence[Task]
    labels: Sequence[str]
    recurrence: str


class ProjectFields(TypedDict, total=False):
    name: str
    key: str
    description: str
    status: str
    metadata: dict[str, Any]


class Completed(NamedTuple):
    """A task, and the next occurrence that it left behind if it was repeating and got done."""

    task: Task
    next_task: Task | None


def ensure_inbox(user: User) -> Project:
    """The user's personal project, made when it is missing."""
    inbox = Project.objects.visible_to(user).filter(key=INBOX).first()
    if inbox is None:
        try:
            with transaction.atomic():
                inbox = Project.objects.create(owner=user, key=INBOX, name="Inbox")
        except IntegrityError:
            inbox = Project.objects.visible_to(user).get(key=INBOX)
    return inbox


@transaction.atomic
def create_project(
    *, actor: User, origin: Origin, key: str, name: str, description: str = "", owner: User | None = None
) -> Project:
    """A project of the actor's, or of `owner`, whom only an operator may name.

    Raises Invalid for a bad field and Conflict when the key is taken.
    """
    if owner is not None and owner != actor and not is_operator(actor, origin):
        raise Forbidden("You cannot make a project for somebody else.")
    project = Project(
        owner=owner or actor,
        key=text.clean_project_key(key),
        name=text.clean_line(name, "name", longest=text.MAX_NAME),
        description=text.clean_text(description, "description"),
    )
    _save_project(project)
    record_change(actor=actor, origin=origin, verb="create", row=project, before={})
    return project


def free_key(user: User, name: str) -> str:
    """A key for a new project, from its name, that the user has not taken yet: `WEB`, `WEB2`, …"""
    letters = re.sub(r"[^A-Z0-9]", "", unicodedata.normalize("NFKD", name).upper()).lstrip("0123456789")
    stem = letters[:4] or "P"
    taken = set(Project.objects.visible_to(user).values_list("key", flat=True))
    return next(key for key in chain([stem], (f"{stem}{n}" for n in count(2))) if key not in taken)


@transaction.atomic
def update_project(*, actor: User, origin: Origin, project: Project, changes: ProjectFields) -> Project:
    """Raises Invalid for a bad field and Conflict when the new key is taken."""
    row = lock_project(acting_for(actor, origin, project), project)
    before = snapshot(row)
    if row.is_inbox and changes.get("key", INBOX) != INBOX:
        raise Invalid.field("key", "the Inbox keeps its key.")
    if row.is_inbox and changes.get("status", "active") != "active":
        raise Invalid.field("status", "the Inbox stays active.")
    if "key" in changes:
        row.key = text.clean_project_key(changes["key"])
    if "name" in changes:
        row.name = text.clean_line(changes["name"], "name", longest=text.MAX_NAME)
    if "description" in changes:
        row.description = text.clean_text(changes["description"], "description")
    if "status" in changes:
        row.status = _choice(changes["status"], "status", Project.Status.values)
    if "metadata" in changes:
        row.metadata = text.clean_json(changes["metadata"], "metadata")
    _save_project(row)
    record_change(actor=actor, origin=origin, verb="update", row=row, before=before)
    return row


@transaction.atomic
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
    person = acting_for(actor, origin, project)
    project = _open_project(person, project)
    task = Task(project=project, created_by=actor, source_message=source_message)
    task.number = _next_number(project)
    if fields.get("recurrence") and not fields.get("due"):
        rule = _rrule(fields["recurrence"])
        fields["due"] = first_due(rule, now=timezone.now().astimezone(person.zone))
    blocked_by = _assign(person, task, {**fields, "title": title})  # type: ignore[typeddict-item]
    task.save(force_insert=True)
    if blocked_by is not None:
        task.blocked_by.set(blocked_by)
    record_change(actor=actor, origin=origin, verb="create", row=task, before={})
    return task


@transaction.atomic
def update_task(*, actor: User, origin: Origin, task: Task, changes: TaskFields) -> Task:
    """A repeating task that gets done leaves its next occurrence behind, as with `complete_task`.

    Raises Invalid for a bad field, Conflict for a task in the trash, NotFound or Forbidden for the actor.
    """
    return _update(actor, origin, task, changes, verb="update").task


@transaction.atomic
def complete_task(*, actor: User, origin: Origin, task: Task) -> Completed:
    """Completes it; a repeating one leaves its next occurrence behind. Twice is the same as once."""
    row = _locked(actor, origin, task)
    if row.status == Task.Status.DONE:
        return Completed(row, None)
    return _update(actor, origin, row, {"status": Task.Status.DONE}, verb="complete")


@transaction.atomic
def reopen_task(*, actor: User, origin: Origin, task: Task) -> Task:
    row = _locked(actor, origin, task)
    if row.is_open:
        return row
    return _update(actor, origin, row, {"status": Task.Status.TODO}, verb="reopen").task


@transaction.atomic
def delete_task(*, actor: User, origin: Origin, task: Task) -> Task:
    """Moves it to the trash, where it stays for 30 days."""
    row = _locked(actor, origin, task)
    if row.deleted_at:
        return row
    before = snapshot(row)
    row.deleted_at = timezone.now()
    row.save(update_fields=["deleted_at", "updated_at"])
    record_change(actor=actor, origin=origin, verb="delete", row=row, before=before)
    return row


@transaction.atomic
def restore_task(*, actor: User, origin: Origin, task: Task) -> Task:
    row = _locked(actor, origin, task)
    if row.deleted_at is None:
        return row
    before = snapshot(row)
    row.deleted_at = None
    row.save(update_fields=["deleted_at", "updated_at"])
    record_change(actor=actor, origin=origin, verb="restore", row=row, before=before)
    return row


def _update(actor: User, origin: Origin, task: Task, changes: TaskFields, *, verb: str) -> Completed:
    row = _locked(actor, origin, task)
    if row.deleted_at:
        raise Conflict(f"{row.ref} is in the trash; restore it first.")
    before, was_done = snapshot(row), row.status == Task.Status.DONE
    blocked_by = _assign(acting_for(actor, origin, row), row, changes)
    row.save()
    if blocked_by is not None:
        row.blocked_by.set(blocked_by)
    record_change(actor=actor, origin=origin, verb=verb, row=row, before=before)
    got_done = row.status == Task.Status.DONE and not was_done
    return Completed(row, _add_next(actor, origin, row) if got_done and row.recurrence else None)


def _assign(person: User, task: Task, fields: TaskFields) -> Sequence[Task] | None:
    if "project" in fields and fields["project"].pk != task.project_id:
        task.project = _open_project(person, fields["project"])
        task.number = _next_number(task.project)
        task.assignee = (
            None if task.assignee_id and task.assignee_id != task.project.owner_id else task.assignee
        )
    if "title" in fields:
        task.title = text.clean_line(fields["title"], "title", longest=text.MAX_TITLE)
    if "description" in fields:
        task.description = text.clean_text(fields["description"], "description")
    if "priority" in fields:
        task.priority = _choice(fields["priority"], "priority", Task.Priority.values)
    if "labels" in fields:
        task.labels = text.clean_labels(fields["labels"])
    if "due" in fields:
        task.due_date, task.due_at = _due(fields["due"])
    if "recurrence" in fields:
        task.recurrence = _rrule(fields["recurrence"]) if fields["recurrence"] else ""
    if "assignee" in fields:
        if fields["assignee"]:
            check_assignee(task.project, fields["assignee"])
        task.assignee = fields["assignee"]
    if "status" in fields:
        _set_status(task, _choice(fields["status"], "status", Task.Status.values))
    if "parent" in fields:
        task.parent = _parent(person, task, fields["parent"])
    return _blockers(person, task, fields["blocked_by"]) if "blocked_by" in fields else None


def _set_status(task: Task, status: str) -> None:
    if status == task.status:
        return
    task.status = status
    task.completed_at = timezone.now() if status == Task.Status.DONE else None


def _due(due: Due) -> tuple[date | None, datetime | None]:
    # Within these years no time zone can push an instant out of what Python and the databases hold.
    if due is not None and not 1900 <= due.year <= 9000:
        raise Invalid.field("due", "must lie between the years 1900 and 9000.")
    if not isinstance(due, datetime):
        return due, None
    if due.tzinfo is None:
        raise Invalid.field("due", "a time needs a time zone.")
    return None, due.astimezone(UTC)


def _parent(person: User, task: Task, parent: Task | None) -> Task | None:
    if parent is not None and not sees_task(person, parent):
        raise Invalid.field("parent", "there is no such task.")
    if parent is not None and is_below(parent, task):
        raise Invalid.field("parent", "a task cannot be below itself.")
    return parent


def _blockers(person: User, task: Task, blockers: Sequence[Task]) -> Sequence[Task]:
    for blocker in blockers:
        if not sees_task(person, blocker):
            raise Invalid.field("blocked_by", "there is no such task.")
        if waits_for(blocker, task):
            raise Invalid.field("blocked_by", f"{blocker.ref} itself waits for {task.ref}.")
    return blockers


def _add_next(actor: User, origin: Origin, done: Task) -> Task | None:
    zone = acting_for(actor, origin, done).zone
    due = done.due_at.astimezone(zone) if done.due_at else done.due_date
    now = timezone.now().astimezone(zone)
    following = advance(done.recurrence, due or now.date(), after=now if done.due_at else now.date(), tz=zone)
    if following is None or done.project.status == Project.Status.ARCHIVED:
        return None
    next_due, rule = following
    return add_task(
        actor=actor, origin=origin, project=done.project, title=done.title, description=done.description,
        priority=done.priority, due=next_due, labels=done.labels, assignee=done.assignee,
        parent=done.parent, recurrence=rule, source_message=done.source_message,
    )  # fmt: skip


def _locked(actor: User, origin: Origin, task: Task) -> Task:
    return lock_task(acting_for(actor, origin, task), task)


def _open_project(person: User, project: Project) -> Project:
    row = lock_project(person, project)
    if row.status == Project.Status.ARCHIVED:
        raise Conflict(f"{row.key} is archived; make it active before adding tasks.")
    return row


def _next_number(project: Project) -> int:
    # `project` is locked by its caller, so that two tasks never take one number.
    project.last_number += 1
    project.save(update_fields=["last_number", "updated_at"])
    return project.last_number


def _save_project(project: Project) -> None:
    try:
        with transaction.atomic():
            project.save()
    except IntegrityError:
        raise Conflict(f"You already have a project with the key {project.key}.") from None


def _rrule(rule: str) -> str:
    try:
        return check_rrule(text.clean_line(rule, "recurrence", longest=200))
    except ValueError as error:
        raise Invalid.field("recurrence", str(error)) from None


def _choice(value: object, field: str, allowed: Sequence[str]) -> str:
    if value not in allowed:
        raise Invalid.field(field, f"must be one of {', '.join(allowed)}.")
    return str(value)
