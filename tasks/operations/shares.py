"""The verbs on shares: one task for one person, who need not see its project."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import transaction

from accounts.errors import Invalid, NotFound
from accounts.rows import insert
from tasks.access import acting_for, check_in_project, lock_task, may_be_assigned, writes_in
from tasks.changes import Origin
from tasks.models import Change, Task, TaskShare
from tasks.operations.fields import choice

if TYPE_CHECKING:
    from accounts.models import User

MAX_SHARES = 100


@transaction.atomic
def share_task(
    *, actor: User, origin: Origin, task: Task, user: User, permission: str = TaskShare.Permission.VIEW
) -> TaskShare:
    """Shows a task to one person, or changes what they may do with it. Twice is the same as once.

    Raises Invalid for a bad permission and for somebody who sees its project anyway, NotFound, and Forbidden
    for an actor who does not write in the project.
    """
    permission = choice(permission, "permission", TaskShare.Permission.values)
    person = acting_for(actor, origin, task)
    row = lock_task(person, task)
    check_in_project(person, row, "sharing it")
    if may_be_assigned(row.project, user):
        raise Invalid.field("user", f"{user.get_username()} sees {row.project.key} without a share.")
    share = row.shares.filter(user=user).first()
    if share is None and row.shares.count() >= MAX_SHARES:
        raise Invalid.field("user", f"a task can be shared with at most {MAX_SHARES} people.")
    before = share.permission if share else None
    if share is None:
        share = TaskShare(task=row, user=user, shared_by=actor)
    share.permission = permission
    if before != permission:
        share.save()
        _record(actor, origin, row, "share", user, before, permission)
    return share


@transaction.atomic
def unshare_task(*, actor: User, origin: Origin, task: Task, user: User) -> None:
    """Takes a share back; the person themselves may give it up. Raises NotFound and Forbidden."""
    share = TaskShare.objects.filter(task=task.pk, user=user).select_related("task__project").first()
    person = acting_for(actor, origin, share.task) if share else actor
    if share is None or not TaskShare.objects.visible_to(person).filter(pk=share.pk).exists():
        raise NotFound("There is no such share.")
    if user != actor and not writes_in(person, share.task.project):
        check_in_project(person, share.task, "ending a share")
    share.delete()
    _record(actor, origin, share.task, "unshare", user, share.permission, None)


def pass_on_shares(done: Task, following: Task) -> None:
    """Who was shown a repeating task is shown its next occurrence."""
    shares = [
        TaskShare(task=following, user_id=each.user_id, permission=each.permission, shared_by=each.shared_by)
        for each in TaskShare.objects.filter(task=done).select_related("shared_by")
    ]
    TaskShare.objects.bulk_create(shares)


def _record(actor: User, origin: Origin, task: Task, verb: str, user: User, before: Any, after: Any) -> None:
    # By name, too: the person may be gone when somebody reads it. Of no call or turn: those can be undone.
    told = {"user": user.get_username(), "user_id": str(user.pk)}
    insert(
        Change(
            actor=actor, project=task.project, door=origin.door, client=origin.client,
            object_type=Change.Object.TASK, object_id=task.pk, ref=task.ref, title=task.title, verb=verb,
            before={**told, "permission": before}, after={**told, "permission": after},
        )
    )  # fmt: skip
