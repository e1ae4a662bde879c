"""Comments on the page of their task."""

from __future__ import annotations

from uuid import UUID

from django.shortcuts import get_object_or_404

from accounts.requests import SignedInRequest
from tasks import operations
from tasks.changes import Origin
from tasks.models import Comment, Task
from tasks.page_answers import Done, acts


@acts
def add(request: SignedInRequest, origin: Origin, pk: UUID) -> Done:
    task = get_object_or_404(Task.objects.visible_to(request.user), pk=pk)
    operations.add_comment(actor=request.user, origin=origin, task=task, text=request.POST.get("text", ""))
    return Done("", goes_to=task.get_absolute_url())


@acts
def change(request: SignedInRequest, origin: Origin, pk: UUID) -> Done:
    """With `verb` delete it goes; otherwise `text` takes its place."""
    comment = get_object_or_404(Comment.objects.visible_to(request.user), pk=pk)
    by = {"actor": request.user, "origin": origin, "comment": comment}
    if request.POST.get("verb") == "delete":
        operations.delete_comment(**by)  # type: ignore[arg-type]
        return Done("Deleted the comment.", goes_to=comment.task.get_absolute_url())
    operations.update_comment(**by, text=request.POST.get("text", ""))  # type: ignore[arg-type]
    return Done("", goes_to=comment.task.get_absolute_url())
