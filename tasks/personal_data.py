"""What of projects and tasks is a person's own, and what stays with others when they go."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.models import TeamMember
from accounts.personal_data import ROWS_AT_ONCE, Part, names_of
from tasks.models import CalendarFeed, Change, Comment, IdempotencyKey, Project, Task, TaskShare

if TYPE_CHECKING:
    from accounts.models import User

# Where a change's values say who.
NAMING = ("assignee_id", "user", "user_id")


def own_projects(user: User) -> QuerySet[Project]:
    """Those that are nobody else's as well; what is in the trash is among them."""
    others = TeamMember.objects.filter(team=OuterRef("team")).exclude(user=user)
    return Project.objects.filter(~Exists(others), owner=user)


def tasks_elsewhere(user: User) -> QuerySet[Task]:
    """What they made, or have to do, in projects that are not their own."""
    others = Task.objects.exclude(project__in=own_projects(user))
    return others.filter(Q(created_by=user) | Q(assignee=user))


PARTS = [
    Part("projects", own_projects),
    Part("tasks", lambda user: Task.objects.filter(project__in=own_projects(user))),
    Part(
        "task_order",
        lambda user: Task.blocked_by.through.objects.filter(from_task__project__in=own_projects(user)),
    ),
    Part("tasks_in_other_projects", tasks_elsewhere, goes=False),
    Part("changes", lambda user: Change.objects.filter(project__in=own_projects(user))),
    Part(
        "changes_in_other_projects",
        lambda user: Change.objects.filter(actor=user).exclude(project__in=own_projects(user)),
        goes=False,
    ),
    Part("comments", lambda user: Comment.objects.filter(task__project__in=own_projects(user))),
    Part(
        "comments_in_other_projects",
        lambda user: Comment.objects.filter(author=user).exclude(task__project__in=own_projects(user)),
        goes=False,
    ),
    Part("shared_with_me", lambda user: TaskShare.objects.filter(user=user)),
    Part("calendar_feeds", lambda user: CalendarFeed.objects.filter(user=user), ("digest",)),
    Part("answers_kept_for_retries", lambda user: IdempotencyKey.objects.filter(actor=user)),
]


def forget(user: User) -> None:
    """Takes them out of what others' changes say: a change is written once, but not against an erasure."""
    traces = [str(user.pk), *names_of(user)]
    named = Q()
    for key in NAMING:
        named |= Q(**{f"before__{key}__in": traces}) | Q(**{f"after__{key}__in": traces})
    for change in Change.objects.filter(named).iterator(ROWS_AT_ONCE):
        Change.objects.filter(pk=change.pk).update(
            before=_without(change.before, traces), after=_without(change.after, traces)
        )


def _without(values: dict[str, Any], traces: list[str]) -> dict[str, Any]:
    return {name: None if name in NAMING and value in traces else value for name, value in values.items()}
