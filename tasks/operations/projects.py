"""The verbs on projects."""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime
from itertools import chain, count
from typing import TYPE_CHECKING, Any, TypedDict

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.errors import Conflict, Forbidden, Invalid
from accounts.statements import THE_USER, Statement
from tasks import text
from tasks.access import acting_for, check_version, is_operator, lock_project
from tasks.changes import Origin, record_change, snapshot
from tasks.models import INBOX, Project
from tasks.operations.fields import choice

if TYPE_CHECKING:
    from accounts.models import User


class ProjectFields(TypedDict, total=False):
    name: str
    key: str
    description: str
    status: str
    metadata: dict[str, Any]


_INBOX = Statement(lambda: Project.objects.visible_to(THE_USER).filter(key=INBOX))


def ensure_inbox(user: User) -> Project:
    """The user's personal project, made when it is missing."""
    inbox: Project | None = _INBOX.instance(user=user.pk)
    if inbox is None:
        try:
            with transaction.atomic():
                inbox = Project.objects.create(owner=user, key=INBOX, name="Inbox")
        except IntegrityError:
            inbox = Project.objects.visible_to(user).get(key=INBOX)
    return inbox


@transaction.atomic
def create_project(
    *,
    actor: User,
    origin: Origin,
    key: str,
    name: str,
    owner: User | None = None,
    **fields: Any,
) -> Project:
    """A project of the actor's, or of `owner`, whom only an operator may name.

    `fields` are the others of ProjectFields. Raises Invalid for a bad field and Conflict when the key is
    taken.
    """
    if owner is not None and owner != actor and not is_operator(actor, origin):
        raise Forbidden("You cannot make a project for somebody else.")
    project = Project(owner=owner or actor)
    _assign(project, {**fields, "key": key, "name": name})  # type: ignore[typeddict-item]
    _save(project)
    record_change(actor=actor, origin=origin, verb="create", row=project, before={})
    return project


def free_key(user: User, name: str) -> str:
    """A key for a new project, from its name, that the user has not taken yet: `WEB`, `WEB2`, …"""
    letters = re.sub(r"[^A-Z0-9]", "", unicodedata.normalize("NFKD", name).upper()).lstrip("0123456789")
    stem = letters[:4] or "P"
    taken = set(Project.objects.visible_to(user).values_list("key", flat=True))
    return next(key for key in chain([stem], (f"{stem}{n}" for n in count(2))) if key not in taken)


@transaction.atomic
def update_project(
    *, actor: User, origin: Origin, project: Project, changes: ProjectFields, version: datetime | None = None
) -> Project:
    """Raises Invalid for a bad field and Conflict when the new key is taken."""
    row = _locked(actor, origin, project, version)
    before = snapshot(row)
    if row.is_inbox and changes.get("key", INBOX) != INBOX:
        raise Invalid.field("key", "the Inbox keeps its key.")
    if row.is_inbox and changes.get("status", "active") != "active":
        raise Invalid.field("status", "the Inbox stays active.")
    _assign(row, changes)
    _save(row)
    record_change(actor=actor, origin=origin, verb="update", row=row, before=before)
    return row


@transaction.atomic
def delete_project(
    *, actor: User, origin: Origin, project: Project, version: datetime | None = None
) -> Project:
    """Moves it to the trash with its tasks, out of every list. Raises Conflict for the Inbox."""
    row = _locked(actor, origin, project, version)
    if row.is_inbox:
        raise Conflict("The Inbox cannot be deleted.")
    before = snapshot(row)
    row.deleted_at = timezone.now()
    row.save(update_fields=["deleted_at", "updated_at"])
    record_change(actor=actor, origin=origin, verb="delete", row=row, before=before)
    return row


@transaction.atomic
def restore_project(*, actor: User, origin: Origin, project: Project) -> Project:
    """Takes it out of the trash, its tasks as they were. Raises Conflict when its key is taken by now."""
    row = lock_project(acting_for(actor, origin, project), project, trashed=True)
    if row.deleted_at is None:
        return row
    before = snapshot(row)
    row.deleted_at = None
    _save(row)
    record_change(actor=actor, origin=origin, verb="restore", row=row, before=before)
    return row


def _locked(actor: User, origin: Origin, project: Project, version: datetime | None) -> Project:
    row = lock_project(acting_for(actor, origin, project), project)
    check_version(row, version)
    return row


def _assign(project: Project, fields: ProjectFields) -> None:
    if "key" in fields:
        project.key = text.clean_project_key(fields["key"])
    if "name" in fields:
        project.name = text.clean_line(fields["name"], "name", longest=text.MAX_NAME)
    if "description" in fields:
        project.description = text.clean_text(fields["description"], "description")
    if "status" in fields:
        project.status = choice(fields["status"], "status", Project.Status.values)
    if "metadata" in fields:
        project.metadata = text.clean_json(fields["metadata"], "metadata")


def _save(project: Project) -> None:
    try:
        with transaction.atomic():
            project.save()
    except IntegrityError:
        raise Conflict(f"You already have a project with the key {project.key}.") from None
