"""Who may do what: the only place that compares roles."""

from __future__ import annotations

from typing import TYPE_CHECKING

from accounts.errors import Forbidden, Invalid, NotFound
from tasks.models import Project, Task

if TYPE_CHECKING:
    from accounts.models import User


def lock_task(actor: User, task: Task) -> Task:
    """The task as it is now, locked for this transaction. Raises NotFound or Forbidden."""
    row = Task.objects.editable_by(actor).select_for_update(of=("self",)).filter(pk=task.pk).first()
    if row is None:
        if Task.objects.visible_to(actor).filter(pk=task.pk).exists():
            raise Forbidden("You may look at this task, not change it.")
        raise NotFound("There is no such task.")
    return row


def lock_project(actor: User, project: Project) -> Project:
    """The project as it is now, locked for this transaction. Raises NotFound or Forbidden."""
    row = Project.objects.editable_by(actor).select_for_update(of=("self",)).filter(pk=project.pk).first()
    if row is None:
        if Project.objects.visible_to(actor).filter(pk=project.pk).exists():
            raise Forbidden("You may look at this project, not change it.")
        raise NotFound("There is no such project.")
    return row


def check_assignee(project: Project, assignee: User) -> None:
    """Only those who can see a project can be given its tasks. Raises Invalid."""
    if assignee.pk != project.owner_id:
        raise Invalid.field("assignee", f"{assignee.get_username()} is not a member of {project.key}.")


def sees_task(actor: User, task: Task) -> bool:
    return Task.objects.visible_to(actor).filter(pk=task.pk).exists()
