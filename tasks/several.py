"""One verb on several tasks at once: each is written, or refused, on its own, and one undo takes all back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.http import QueryDict
from django.utils import timezone

from accounts.errors import DomainError, Invalid
from tasks import operations
from tasks.browse import PAGE
from tasks.changes import Origin
from tasks.due import read_due_argument
from tasks.models import Task
from tasks.page_answers import Done
from tasks.page_edit import read_labels
from tasks.references import find_member

if TYPE_CHECKING:
    from accounts.models import User

NOBODY, NO_DATE = "nobody", "none"
MOST_TOLD = 5


@dataclass(frozen=True, slots=True)
class Act:
    """`value` is what a verb such as `due` takes, as text."""

    verb: str
    ids: list[UUID]
    value: str = ""


def read_act(given: QueryDict) -> Act:
    """From a form with several `task`s, a `verb`, and its value behind a colon, or else under its name.

    Raises Invalid.
    """
    verb, _, value = given.get("verb", "").partition(":")
    if verb not in VERBS:
        raise Invalid.field("verb", f"must be one of {', '.join(VERBS)}.")
    ids = list(dict.fromkeys(given.getlist("task")))
    if not 1 <= len(ids) <= PAGE:
        raise Invalid.field("task", f"select 1 to {PAGE} tasks.")
    try:
        return Act(verb, [UUID(each) for each in ids], (value or given.get(verb, "")).strip())
    except ValueError:
        raise Invalid.field("task", "must be a task's id.") from None


def act_on(actor: User, origin: Origin, act: Act) -> Done:
    """Does it to those that the actor may see, in their order. Raises Invalid for a bad value."""
    perform, said = VERBS[act.verb]
    rows = Task.objects.visible_to(actor).select_related("project__owner").filter(pk__in=act.ids).in_bulk()
    write = perform(actor, act.value)
    done, refused = [], []
    for row in (rows[pk] for pk in act.ids if pk in rows):
        try:
            write(row, {"actor": actor, "origin": origin, "task": row})
            done.append(row)
        except DomainError as error:
            refused.append(f"{row.ref} “{row.title}”: {error.detail}")
    if len(refused) > MOST_TOLD:
        refused = [*refused[:MOST_TOLD], f"And {len(refused) - MOST_TOLD} more."]
    if not done:
        return Done("", refused or ["There are no such tasks."])
    what = f"{done[0].ref} “{done[0].title}”" if len(done) == 1 else f"{len(done)} tasks"
    return Done(f"{said} {what}.", refused)


Write = Callable[[Task, Any], object]


def _verb(operation: Callable[..., object]) -> Callable[[User, str], Write]:
    return lambda actor, value: lambda row, at: operation(**at)


def _change(**changes: Any) -> Write:
    return lambda row, at: operations.update_task(**at, changes=changes)  # type: ignore[arg-type]


def _due(actor: User, value: str) -> Write:
    now = timezone.now().astimezone(actor.zone)
    return _change(
        due=None if value == NO_DATE else read_due_argument(value, now=now, day_first=actor.day_first)
    )


def _label(actor: User, value: str) -> Write:
    labels = read_labels(value)
    if not labels:
        raise Invalid.field("label", "say which label.")

    def add(row: Task, at: Any) -> None:
        operations.update_task(**at, changes={"labels": [*row.labels, *labels]})

    return add


def _assignee(actor: User, value: str) -> Write:
    def assign(row: Task, at: Any) -> None:
        member = None if value in ("", NOBODY) else find_member(actor, row.project, value)
        operations.update_task(**at, changes={"assignee": member})

    return assign


# What each does, and how a sentence about it begins.
VERBS: dict[str, tuple[Callable[[User, str], Write], str]] = {
    "complete": (_verb(operations.complete_task), "Completed"),
    "reopen": (_verb(operations.reopen_task), "Reopened"),
    "delete": (_verb(operations.delete_task), "Moved to the trash:"),
    "restore": (_verb(operations.restore_task), "Restored"),
    "due": (_due, "Rescheduled"),
    "priority": (lambda actor, value: _change(priority=value), "Changed the priority of"),
    "label": (_label, "Labelled"),
    "assignee": (_assignee, "Assigned"),
}
