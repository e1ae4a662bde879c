"""Who may do what: the only place that compares roles."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from accounts.errors import Forbidden, Invalid, NotFound, Stale
from tasks.models import Door, Project, Task

if TYPE_CHECKING:
    from accounts.models import User
    from tasks.changes import Origin


def is_operator(actor: User, origin: Origin) -> bool:
    """Whether the actor works on other people's rows: staff, in the admin and through no other door."""
    return origin.door == Door.ADMIN and actor.is_active and actor.is_staff


def acting_for(actor: User, origin: Origin, row: Task | Project) -> User:
    """Whose rights and time zone count for a row: the actor's own, or its owner's for an operator.

    So an operator can do to a task what its owner could and nothing beyond: it never meets another
    person's project, parent or blocker.
    """
    if not is_operator(actor, origin):
        return actor
    return (row.project if isinstance(row, Task) else row).owner


def lock_task(person: User, task: Task) -> Task:
    """The task as it is now, locked for this transaction. Raises NotFound or Forbidden."""
    # A plain FOR UPDATE waits for commits that merely point at the row, and deadlocks with them.
    locked = Task.objects.editable_by(person).select_for_update(of=("self",), no_key=True)
    row = locked.filter(pk=task.pk).first()
    if row is None:
        if Task.objects.visible_to(person).filter(pk=task.pk).exists():
            raise Forbidden("You may look at this task, not change it.")
        raise NotFound("There is no such task.")
    return row


def lock_project(person: User, project: Project, *, trashed: bool = False) -> Project:
    """The project as it is now, locked for this transaction, with `trashed` one in the trash too.

    Raises NotFound or Forbidden.
    """
    wanted = Project.objects.restorable_by(person) if trashed else Project.objects.editable_by(person)
    row = wanted.select_for_update(of=("self",), no_key=True).filter(pk=project.pk).first()
    if row is None:
        if Project.objects.visible_to(person).filter(pk=project.pk).exists():
            raise Forbidden("You may look at this project, not change it.")
        raise NotFound("There is no such project.")
    return row


def check_version(row: Task | Project, version: datetime | None) -> None:
    """`version` is the `updated_at` that the actor has seen. Raises Stale when the row is another by now."""
    if version is not None and row.updated_at != version:
        raise Stale("It was changed since you read it. Read it again, and repeat what you still want.")


def check_assignee(project: Project, assignee: User) -> None:
    """Only those who can see a project can be given its tasks. Raises Invalid."""
    if assignee.pk != project.owner_id:
        raise Invalid.field("assignee", f"{assignee.get_username()} is not a member of {project.key}.")


def sees_task(person: User, task: Task) -> bool:
    return Task.objects.visible_to(person).filter(pk=task.pk).exists()
