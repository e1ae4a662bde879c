"""The verbs on comments."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from accounts.errors import Conflict, Invalid
from tasks import text as texts
from tasks.access import acting_for, check_version, lock_comment, lock_task
from tasks.changes import Origin, record_change, snapshot
from tasks.models import Comment, Task

if TYPE_CHECKING:
    from accounts.models import User


@transaction.atomic
def add_comment(*, actor: User, origin: Origin, task: Task, text: str) -> Comment:
    """`text` is Markdown. Raises Invalid, Conflict for a task in the trash, NotFound or Forbidden."""
    row = lock_task(acting_for(actor, origin, task), task)
    if row.deleted_at:
        raise Conflict(f"{row.ref} is in the trash; restore it first.")
    comment = Comment.objects.create(task=row, author=actor, text=_clean(text))
    record_change(actor=actor, origin=origin, verb="create", row=comment, before={})
    return comment


@transaction.atomic
def update_comment(
    *, actor: User, origin: Origin, comment: Comment, text: str, version: datetime | None = None
) -> Comment:
    """Who wrote it says it otherwise. Raises Invalid, Conflict for a deleted one, NotFound or Forbidden."""
    row = lock_comment(actor, origin, comment)
    check_version(row, version)
    if row.deleted_at:
        raise Conflict("This comment is deleted.")
    before, text = snapshot(row), _clean(text)
    if text == row.text:
        return row
    row.text, row.edited_at = text, timezone.now()
    row.save(update_fields=["text", "edited_at", "updated_at"])
    record_change(actor=actor, origin=origin, verb="update", row=row, before=before)
    return row


@transaction.atomic
def delete_comment(
    *, actor: User, origin: Origin, comment: Comment, version: datetime | None = None
) -> Comment:
    """Takes it off the page; undo puts it back. Twice is the same as once."""
    row = lock_comment(actor, origin, comment)
    check_version(row, version)
    if row.deleted_at:
        return row
    before = snapshot(row)
    row.deleted_at = timezone.now()
    row.save(update_fields=["deleted_at", "updated_at"])
    record_change(actor=actor, origin=origin, verb="delete", row=row, before=before)
    return row


def _clean(text: str) -> str:
    cleaned = texts.clean_text(text, "text")
    if not cleaned:
        raise Invalid.field("text", "must not be empty.")
    return cleaned
