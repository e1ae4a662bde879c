"""Between JSON and tasks: what a body may hold, and what it means. Text is checked where it is stored."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db.models import Q

from accounts.errors import Invalid, NotFound
from accounts.rest.bodies import refuse_unknown
from tasks.due import read_iso_due
from tasks.models import Change, Comment, Project, Task
from tasks.operations import TaskFields
from tasks.reading import Json
from tasks.receipts import receipt_text
from tasks.references import find_member, find_project, named_by_ref, nearest

if TYPE_CHECKING:
    from accounts.models import User

MAX_BLOCKERS = 50
READ_ONLY = ("id", "ref", "number", "created_at", "updated_at", "completed_at")
UUID = r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}"
# By id, or by ref or key.
TASK = rf"{UUID}|[A-Za-z][A-Za-z0-9]{{0,9}}-[0-9]{{1,10}}"
PROJECT = rf"{UUID}|[A-Za-z][A-Za-z0-9]{{0,9}}"
_TASK = re.compile(TASK, re.ASCII)

# What PUT writes where the body says nothing. A project, which a task always has, stays.
DEFAULTS: Json = {
    "description": "", "status": "todo", "priority": "medium", "due_date": None, "labels": [],
    "assignee": None, "parent": None, "blocked_by": [], "recurrence": "",
}  # fmt: skip


class TaskReader:
    """Reads the fields of tasks for one person at one time."""

    def __init__(self, actor: User, now: datetime) -> None:
        self.actor = actor
        self.now = now.astimezone(actor.zone)
        self._projects: dict[str, Project] = {}
        self._readers: dict[str, Callable[[Any], Any]] = {
            "project": self.project,
            "due_date": lambda value: (
                None if value is None else read_iso_due(value, now=self.now, field="due_date")
            ),
            "parent": lambda value: None if value is None else self.task(value, "parent"),
            "blocked_by": self._blockers,
            "recurrence": lambda value: "" if value is None else value,
        }

    def fields(
        self, given: Mapping[str, Any], *, project: Callable[[], Project], place: str = ""
    ) -> TaskFields:
        """What operations take, of the fields given; `project` finds the task's own when none is among them.

        Raises Invalid, naming the field.
        """
        refuse_unknown(given, _WRITABLE)
        fields: Any = {}
        for name, value in given.items():
            read = self._readers.get(name)
            fields["due" if name == "due_date" else name] = read(value) if read else value
        if "completed" in given:
            self._completed(given)
        if given.get("assignee") is not None:
            fields["assignee"] = find_member(
                self.actor, fields.get("project") or project(), given["assignee"]
            )
        return fields  # type: ignore[no-any-return]

    def project(self, value: Any) -> Project:
        """By key or id, looked up once."""
        if not isinstance(value, str) or not value.strip():
            raise Invalid.field("project", "must be the key of a project, such as WEB, or its id.")
        if value not in self._projects:
            try:
                self._projects[value] = find_project(self.actor, value)
            except NotFound as missing:
                raise Invalid.field("project", missing.detail) from None
        return self._projects[value]

    def task(self, value: Any, field: str) -> Task:
        """The task that a ref or an id means."""
        value = checked_reference(value, field)
        wanted = Q(pk=value) if len(value) == 36 else named_by_ref(value)
        found = nearest(Task.objects.visible_to(self.actor).filter(wanted), self.actor)
        if not found:
            raise Invalid.field(field, f"there is no task {value}.")
        return found[0]

    def _blockers(self, value: Any) -> list[Task]:
        if not isinstance(value, list) or len(value) > MAX_BLOCKERS:
            raise Invalid.field("blocked_by", f"must be a list of at most {MAX_BLOCKERS} tasks.")
        return [self.task(each, "blocked_by") for each in value]

    def _completed(self, given: Mapping[str, Any]) -> None:
        if not isinstance(given["completed"], bool):
            raise Invalid.field("completed", "must be true or false.")
        if "status" in given and (given["status"] == Task.Status.DONE) != given["completed"]:
            raise Invalid.field("completed", f"contradicts the status {given['status']}; send one of them.")


_WRITABLE = {*DEFAULTS, "project", "title", "completed"}


def checked_reference(value: Any, field: str) -> str:
    """A task's ref or id, whether there is such a task or not. Raises Invalid."""
    if not isinstance(value, str) or not _TASK.fullmatch(value):
        raise Invalid.field(field, "must be a task's ref, such as WEB-12, or its id.")
    return value


def without_read_only(given: Mapping[str, Any], shown: Callable[[], Json]) -> Json:
    """`given` without what nobody writes; sent back as it is `shown`, it does no harm. Raises Invalid."""
    fixed = [name for name in READ_ONLY if name in given]
    if fixed:
        now = shown()
        for name in fixed:
            if given[name] != now[name]:
                raise Invalid.field(name, "cannot be changed.")
    return {name: value for name, value in given.items() if name not in fixed}


def project_json(row: Project) -> Json:
    return {
        "id": str(row.pk),
        "key": row.key,
        "name": row.name,
        "description": row.description,
        "status": row.status,
        "metadata": row.metadata,
        "team": str(row.team_id) if row.team_id else None,
        "created_at": row.created_at,
        "updated_at": row.updated_at,
    }


def comment_json(row: Comment) -> Json:
    return {
        "id": str(row.pk),
        "task": row.task.ref,
        "author": row.author.get_username() if row.author else None,
        "text": row.text,
        "created_at": row.created_at,
        "updated_at": row.updated_at,
        "edited_at": row.edited_at,
    }


def change_json(row: Change, user: User) -> Json:
    """A change of a task or a project: `text` is one line for people, in the user's zone."""
    return {
        "id": str(row.pk),
        "at": row.created_at,
        "verb": row.verb,
        "ref": row.ref,
        "text": receipt_text(row, user.zone),
        "actor": row.actor.get_username() if row.actor else None,
        "door": row.door,
        "client": row.client,
        "turn": str(row.turn_id) if row.turn_id else None,
        "before": row.before,
        "after": row.after,
        "undone_at": row.undone_at,
    }
