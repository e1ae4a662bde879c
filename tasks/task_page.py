"""One task as its page shows it: its fields, what hangs on it, what was said of it and what was changed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.utils import timezone

from tasks.access import writes_in
from tasks.browse import Line, lines_of
from tasks.models import Change, Comment, Project, Task, TaskShare
from tasks.page_edit import assignable, shown_fields
from tasks.receipts import history_line
from tasks.recurrence import describe

if TYPE_CHECKING:
    from accounts.models import User

SHOWN_AT_FIRST, SHOWN_AT_MOST = 40, 500
MOST_SUBTASKS = 200


@dataclass(frozen=True, slots=True)
class Moment:
    """One thing that happened: a change in words, made through which door, or a comment."""

    at: datetime
    who: str
    text: str = ""
    door: str = ""
    is_undone: bool = False
    comment: Comment | None = None
    is_own: bool = False


@dataclass(frozen=True, slots=True)
class TaskPage:
    """`said_in` is the conversation and the message that the task came from, when its reader may see it."""

    line: Line
    fields: dict[str, str]
    repeats: str
    parent: Task | None
    subtasks: list[Line]
    blocked_by: list[Task]
    blocks: list[Task]
    said_in: tuple[UUID, UUID] | None
    moments: list[Moment]
    has_earlier: bool
    projects: list[Project]
    assignees: list[User]
    shares: list[TaskShare]
    can_share: bool

    permissions = TaskShare.Permission.choices

    @property
    def task(self) -> Task:
        return self.line.task

    @property
    def can_edit(self) -> bool:
        return self.line.can_edit and self.task.deleted_at is None


def read_task_page(user: User, task: Task, *, everything: bool = False) -> TaskPage:
    """Of a task that `user` may see, in the trash or not; with `everything`, its whole history."""
    now = timezone.now().astimezone(user.zone)
    (line,) = lines_of(user, [task], now)
    visible = Task.objects.visible_to(user).kept()
    most = SHOWN_AT_MOST if everything else SHOWN_AT_FIRST
    moments = _moments(user, task, most)
    return TaskPage(
        line=line,
        fields=shown_fields(task, user.zone),
        repeats=describe(task.recurrence) if task.recurrence else "",
        parent=visible.filter(pk=task.parent_id).first() if task.parent_id else None,
        subtasks=_subtasks(user, task, now),
        blocked_by=list(visible.filter(blocks=task).order_by("project", "number")),
        blocks=list(visible.filter(blocked_by=task).order_by("project", "number")),
        said_in=_said_in(user, task),
        moments=moments[-most:],
        has_earlier=len(moments) > most,
        projects=list(Project.objects.writable_by(user).exclude(status=Project.Status.ARCHIVED)),
        assignees=assignable(task.project),
        shares=list(TaskShare.objects.visible_to(user).filter(task=task)),
        can_share=writes_in(user, task.project),
    )


def _subtasks(user: User, task: Task, now: datetime) -> list[Line]:
    below = Task.objects.visible_to(user).kept().filter(parent=task)
    shown = below.select_related("project", "assignee").defer("description")
    return lines_of(user, shown.order_by("created_at", "id")[:MOST_SUBTASKS], now)


def _moments(user: User, task: Task, most: int) -> list[Moment]:
    """The last ones, in order, and one more than `most` when there are more."""
    together = [*_changes(user, task, most), *_comments(user, task, most)]
    return sorted(together, key=lambda moment: moment.at)[-most - 1 :]


def _comments(user: User, task: Task, most: int) -> list[Moment]:
    comments = Comment.objects.visible_to(user).kept().filter(task=task).select_related("author")
    return [
        Moment(row.created_at, _name(row.author), comment=row, is_own=row.author_id == user.pk)
        for row in comments.order_by("-created_at", "-id")[: most + 1]
    ]


def _changes(user: User, task: Task, most: int) -> list[Moment]:
    changes = Change.objects.visible_to(user).filter(object_id=task.pk).select_related("actor")
    return [
        Moment(
            change.created_at,
            _name(change.actor),
            history_line(change, user.zone),
            _door(change),
            change.undone_at is not None,
        )
        for change in changes.order_by("-created_at", "-id")[: most + 1]
    ]


def _name(user: User | None) -> str:
    return user.get_username() if user else "Somebody who is gone"


def _door(change: Change) -> str:
    if change.client:
        return f"through {change.client}"
    return {
        "api": "through the API",
        "chat": "in the chat",
        "mcp": "through MCP",
        "admin": "in the admin",
    }.get(change.door, "")


def _said_in(user: User, task: Task) -> tuple[UUID, UUID] | None:
    if task.source_message_id is None:
        return None
    # By the field: this app may not import the one that messages are in.
    messages: Any = Task._meta.get_field("source_message").related_model
    found = messages.objects.visible_to(user).filter(pk=task.source_message_id).first()
    return (found.conversation_id, found.pk) if found else None
