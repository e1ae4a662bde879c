"""Who may do what: the only place that compares roles."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, NoReturn

from django.db import transaction
from django.db.models import QuerySet

from accounts.access import Role, member_of
from accounts.errors import Conflict, Forbidden, Invalid, NotFound, Stale
from accounts.models import Team, TeamMember, User
from accounts.rows import Write, write
from accounts.statements import THE_USER, Slot, Statement
from tasks.models import Comment, Door, Project, Task

if TYPE_CHECKING:
    from tasks.changes import Origin

# A plain FOR UPDATE waits for commits that merely point at the row, and deadlocks with them.
_LOCK: Any = {"of": ("self",), "no_key": True}
_TASK = Statement(lambda: Task.objects.editable_by(THE_USER).with_waits().filter(pk=Slot("task")))
_TASK_LOCKED = Statement(
    lambda: Task.objects.editable_by(THE_USER).with_waits().select_for_update(**_LOCK).filter(pk=Slot("task"))
)
_PROJECT = Statement(
    lambda: Project.objects.editable_by(THE_USER).select_for_update(**_LOCK).filter(pk=Slot("project"))
)
_CONTENTS = Statement(
    lambda: Project.objects.writable_by(THE_USER).select_for_update(**_LOCK).filter(pk=Slot("project"))
)
_PROJECT_OR_TRASHED = Statement(
    lambda: Project.objects.restorable_by(THE_USER).select_for_update(**_LOCK).filter(pk=Slot("project"))
)

_WRITABLE = Statement(
    lambda: Project.objects.writable_by(THE_USER).filter(pk=Slot("project")).order_by().values_list("id")
)
_TAKE_NUMBER = (
    "UPDATE tasks_project SET last_number = last_number + 1 WHERE id IN ({}) AND status <> 'archived' "
    "RETURNING last_number AS number"
)


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


def editable_task(person: User, task: Task) -> Task:
    """The task as it is now, with its `waits`. Raises NotFound or Forbidden."""
    return _editable(_TASK, person, task)


def lock_task(person: User, task: Task) -> Task:
    """That, locked for this transaction."""
    return _editable(_TASK_LOCKED, person, task)


def _editable(wanted: Statement, person: User, task: Task) -> Task:
    row: Task | None = wanted.instance(user=person.pk, task=task.pk)
    if row is None:
        if Task.objects.visible_to(person).filter(pk=task.pk).exists():
            raise Forbidden("You may look at this task, not change it.")
        raise NotFound("There is no such task.")
    return row


def lock_project(person: User, project: Project, *, trashed: bool = False) -> Project:
    """The project as it is now, to be changed itself, locked for this transaction; with `trashed` one in the
    trash too. Raises NotFound or Forbidden.
    """
    return _locked(_PROJECT_OR_TRASHED if trashed else _PROJECT, person, project)


def lock_contents(person: User, project: Project) -> Project:
    """The project as it is now, to be written in, locked as with `lock_project`. NotFound or Forbidden."""
    return _locked(_CONTENTS, person, project)


def _locked(wanted: Statement, person: User, project: Project) -> Project:
    row: Project | None = wanted.instance(user=person.pk, project=project.pk)
    if row is None:
        if Project.objects.visible_to(person).filter(pk=project.pk).exists():
            raise Forbidden("You may look at this project, not change it.")
        raise NotFound("There is no such project.")
    return row


def taking_number(person: User, project: Project) -> Write:
    """Draws the next `number` for a task of the project, whose row is locked from then on: two tasks never
    take one number. Returns nothing where `refuse_task` has the reason.
    """
    return _WRITABLE.writing(_TAKE_NUMBER, user=person.pk, project=project.pk)


def take_number(person: User, project: Project) -> int:
    """Raises what `refuse_task` does."""
    taken = write(taking_number(person, project))
    return int(taken[0][0]) if taken else refuse_task(person, project)


def refuse_task(person: User, project: Project) -> NoReturn:
    """Raises NotFound, Forbidden, or Conflict for an archived project: why it takes no new task."""
    with transaction.atomic():
        archived = lock_contents(person, project).status == Project.Status.ARCHIVED
    if archived:
        raise Conflict(f"{project.key} is archived; make it active before adding tasks.")
    raise Conflict(f"{project.key} changed in this moment. Try again.")


def lock_comment(actor: User, origin: Origin, comment: Comment) -> Comment:
    """The actor's own comment as it is now, on a task that they may still edit, locked.

    Raises NotFound or Forbidden.
    """
    row = Comment.objects.select_related("task__project__owner").filter(pk=comment.pk).first()
    if row is None:
        raise NotFound("There is no such comment.")
    lock_task(acting_for(actor, origin, row.task), row.task)
    if row.author_id != actor.pk and not is_operator(actor, origin):
        raise Forbidden("Only who wrote a comment may change it.")
    return Comment.objects.select_related("task__project", "author").get(pk=comment.pk)


def check_version(row: Any, version: datetime | None) -> None:
    """`version` is the `updated_at` that the actor has seen of a locked row. Raises Stale for another."""
    if version is not None and row.updated_at != version:
        raise Stale("It was changed since you read it. Read it again, and repeat what you still want.")


def check_in_project(person: User, task: Task, doing: str) -> None:
    """That a task that may be edited is the person's by its project, and not by a share alone.

    Raises Forbidden. `doing` says what takes more than a share.
    """
    if not writes_in(person, task.project):
        raise Forbidden(f"{task.ref} is shared with you: {doing} is for those who write in its project.")


def writes_in(person: User, project: Project) -> bool:
    if project.team_id is None:
        return project.owner_id == person.pk
    return bool(_WRITABLE.rows(user=person.pk, project=project.pk))


def people_of(project: Project) -> QuerySet[User]:
    """Those who see a project: its owner alone, or all of its team."""
    if project.team_id is None:
        return User.objects.filter(pk=project.owner_id)
    return User.objects.filter(memberships__team_id=project.team_id)


def check_assignee(project: Project, assignee: User) -> None:
    """Only those who can see a project can be given its tasks. Raises Invalid."""
    if not may_be_assigned(project, assignee):
        raise Invalid.field("assignee", f"{assignee.get_username()} is not a member of {project.key}.")


def may_be_assigned(project: Project, assignee: User) -> bool:
    if project.team_id is None:
        return assignee.pk == project.owner_id
    return TeamMember.objects.filter(team_id=project.team_id, user_id=assignee.pk).exists()


def sees_task(person: User, task: Task) -> bool:
    return Task.objects.visible_to(person).filter(pk=task.pk).exists()


def lock_team(person: User, team: Team, *, operator: bool = False) -> Team:
    """The team as it is now, locked, so that its writers take turns. Raises NotFound for who is not in it."""
    row = Team.objects.select_for_update(**_LOCK).filter(pk=team.pk).first()
    if row is None:
        raise NotFound("There is no such team.")
    if not operator:
        member_of(person, row)
    return row


def owner_of(team: Team) -> User:
    return TeamMember.objects.select_related("user").get(team=team, role=Role.OWNER).user
