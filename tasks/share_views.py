"""Whom a task is shown to, on its page."""

from __future__ import annotations

from uuid import UUID

from django.shortcuts import get_object_or_404

from accounts.requests import SignedInRequest
from tasks import operations
from tasks.changes import Origin
from tasks.models import Door, Task, TaskShare
from tasks.page_answers import Done, acts
from tasks.references import find_user

# Who saw it meanwhile has seen it: a share is ended, not undone.
PAGE = Origin(Door.PAGE)


@acts
def share(request: SignedInRequest, origin: Origin, pk: UUID) -> Done:
    """`user` by name, with `permission` view or edit; again, to change what they may."""
    task = get_object_or_404(Task.objects.visible_to(request.user), pk=pk)
    made = operations.share_task(
        actor=request.user,
        origin=PAGE,
        task=task,
        user=find_user(request.POST.get("user", "")),
        permission=request.POST.get("permission", TaskShare.Permission.VIEW),
    )
    may = "may edit it" if made.permission == TaskShare.Permission.EDIT else "may look at it"
    return Done(
        f"Shared {task.ref} with {made.user.get_username()}, who {may}.", goes_to=task.get_absolute_url()
    )


@acts
def unshare(request: SignedInRequest, origin: Origin, pk: UUID) -> Done:
    """Ends one; the person themselves may give it up, and then no longer sees the task."""
    row = get_object_or_404(TaskShare.objects.visible_to(request.user), pk=pk)
    operations.unshare_task(actor=request.user, origin=PAGE, task=row.task, user=row.user)
    said = f"{row.task.ref} is no longer shared with {row.user.get_username()}."
    sees_it = Task.objects.visible_to(request.user).filter(pk=row.task_id).exists()
    return Done(said, goes_to=row.task.get_absolute_url() if sees_it else "/tasks/")
