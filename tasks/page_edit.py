"""A task's fields as a form shows and sends them.

Every field comes with what it was when the form was made (`was_title` beside `title`): what the person did
not touch is left alone, and what somebody else changed meanwhile is never overwritten.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.utils import timezone

from accounts.errors import Invalid, NotFound, Stale
from tasks import operations
from tasks.access import people_of
from tasks.changes import Origin
from tasks.due import read_due_argument
from tasks.models import Project, Task
from tasks.recurrence import describe, read_repeat
from tasks.references import find_member, find_project, find_task

if TYPE_CHECKING:
    from accounts.models import User

MOST_LINKED = 50
TRIES = 3
WAS = "was_"


class EditConflict(Stale):
    """Somebody else changed what this person changed; `theirs` holds what it is now, by field."""

    def __init__(self, theirs: Mapping[str, str]) -> None:
        names = " and ".join(name.replace("_", " ") for name in theirs)
        super().__init__(f"The {names} was changed by somebody else meanwhile; nothing was saved.")
        self.theirs = dict(theirs)


def shown_fields(task: Task, zone: Any, *, linked: bool = True) -> dict[str, str]:
    """The fields as text. Without `linked`, those that have to be looked up are left out."""
    fields = {
        "title": task.title,
        "description": task.description,
        "status": task.status,
        "priority": task.priority,
        "due": task.due_text(zone).replace("T", " "),
        "labels": ", ".join(task.labels),
        "recurrence": repeat_words(task.recurrence),
        "project": str(task.project_id),
        "assignee": task.assignee.get_username() if task.assignee else "",
    }
    if linked:
        fields["parent"] = task.parent.ref if task.parent else ""
        fields["blocked_by"] = ", ".join(
            blocker.ref for blocker in task.blocked_by.select_related("project").order_by("project", "number")
        )
    return fields


def assignable(project: Project) -> list[User]:
    """Who can be given its tasks."""
    return list(people_of(project).order_by("username"))


def repeat_words(rule: str) -> str:
    """The rule in words that are read back as that rule, or else the rule itself."""
    if not rule:
        return ""
    words = describe(rule)
    # Which words say a rule does not depend on the day.
    return words if read_repeat(words, now=timezone.now())[0] == rule else rule


def edit_task(*, actor: User, origin: Origin, task: Task, given: Mapping[str, str]) -> Task:
    """Writes what a form changed.

    Raises EditConflict when somebody else changed the same field, and as the operations do.
    """
    wanted = _wanted(given)
    if not wanted:
        return task
    for _ in range(TRIES):
        row = _fresh(actor, task)
        now_shown = shown_fields(row, actor.zone, linked=bool({"parent", "blocked_by"} & wanted.keys()))
        theirs = {
            name: now_shown[name]
            for name, value in wanted.items()
            if WAS + name in given and now_shown[name] not in (_plain(given[WAS + name]), value)
        }
        if theirs:
            raise EditConflict(theirs)
        try:
            return _write(actor, origin, row, wanted)
        except Stale:
            # Another field, or this one once more: the next look will tell.
            continue
    raise Stale("It is being changed by somebody else right now; try again.")


def _wanted(given: Mapping[str, str]) -> dict[str, str]:
    return {
        name: _plain(given[name])
        for name in READERS
        if name in given and _plain(given[name]) != _plain(given.get(WAS + name, "\0"))
    }


def _plain(text: str) -> str:
    return text.replace("\r\n", "\n").strip()


def _fresh(actor: User, task: Task) -> Task:
    related = ("assignee", "parent__project", "project__owner")
    row = Task.objects.visible_to(actor).select_related(*related).filter(pk=task.pk).first()
    if row is None:
        raise NotFound("There is no such task.")
    return row


def _write(actor: User, origin: Origin, row: Task, wanted: Mapping[str, str]) -> Task:
    at = {"actor": actor, "origin": origin, "task": row, "version": row.updated_at}
    if wanted == {"status": Task.Status.DONE}:
        return operations.complete_task(**at).task  # type: ignore[arg-type]
    if wanted == {"status": Task.Status.TODO} and not row.is_open:
        return operations.reopen_task(**at)  # type: ignore[arg-type]
    now = timezone.now().astimezone(actor.zone)
    changes: Any = {name: READERS[name](actor, row, value, now) for name, value in wanted.items()}
    return operations.update_task(**at, changes=changes)  # type: ignore[arg-type]


def read_labels(text: str) -> list[str]:
    return [label for label in (each.strip() for each in text.split(",")) if label]


def read_recurrence(text: str, now: datetime, *, day_first: bool = False) -> str:
    """A rule from words or from RRULE text. Raises Invalid for words that say none."""
    if not text or "=" in text:
        return text
    rule, _ = read_repeat(text[:200], now=now, day_first=day_first)
    if rule is None:
        raise Invalid.field(
            "recurrence",
            f"could not read “{text[:60]}”; use “every 2 weeks on Tuesday” or FREQ=WEEKLY;BYDAY=TU.",
        )
    return rule


def _linked(actor: User, row: Task, text: str) -> list[Task]:
    references = [each.strip() for each in text.split(",") if each.strip()]
    if len(references) > MOST_LINKED:
        raise Invalid.field("blocked_by", f"at most {MOST_LINKED} tasks.")
    return [find_task(actor, each, project=row.project) for each in references]


# A field, and how its text is read: by whom, for which task, and when.
READERS: dict[str, Callable[[Any, Task, str, datetime], Any]] = {
    "title": lambda actor, row, text, now: text,
    "description": lambda actor, row, text, now: text,
    "status": lambda actor, row, text, now: text,
    "priority": lambda actor, row, text, now: text,
    "due": lambda actor, row, text, now: (
        read_due_argument(text, now=now, day_first=actor.day_first) if text else None
    ),
    "labels": lambda actor, row, text, now: read_labels(text),
    "recurrence": lambda actor, row, text, now: read_recurrence(text, now, day_first=actor.day_first),
    "project": lambda actor, row, text, now: find_project(actor, text),
    "assignee": lambda actor, row, text, now: find_member(actor, row.project, text) if text else None,
    "parent": lambda actor, row, text, now: find_task(actor, text, project=row.project) if text else None,
    "blocked_by": lambda actor, row, text, now: _linked(actor, row, text),
}
