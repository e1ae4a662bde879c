"""The verbs on projects."""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime
from itertools import chain, count
from typing import TYPE_CHECKING, Any, TypedDict
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.access import check_manages
from accounts.errors import Conflict, Forbidden, Invalid
from accounts.statements import THE_USER, Statement
from tasks import text
from tasks.access import acting_for, check_version, is_operator, lock_project, lock_team, owner_of
from tasks.changes import Origin, record_change, snapshot
from tasks.models import INBOX, Project
from tasks.operations.fields import choice
from tasks.operations.leaving import take_from_strangers

if TYPE_CHECKING:
    from accounts.models import Team, User


class ProjectFields(TypedDict, total=False):
    """What `update_project` can change. `team` is a team, or None for the actor's own."""

    team: Team | None
    name: str
    key: str
    description: str
    status: str
    metadata: dict[str, Any]


_INBOX = Statement(lambda: Project.objects.filter(owner=THE_USER, team=None, deleted_at=None, key=INBOX))


def ensure_inbox(user: User) -> Project:
    """The user's personal project, made when it is missing."""
    inbox: Project | None = _INBOX.instance(user=user.pk)
    if inbox is None:
        try:
            with transaction.atomic():
                inbox = Project.objects.create(owner=user, key=INBOX, name="Inbox")
        except IntegrityError:
            inbox = Project.objects.get(owner=user, team=None, deleted_at=None, key=INBOX)
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

    `fields` are the others of ProjectFields; with a `team` it is that team's, if the actor manages it. Raises
    Invalid for a bad field and Conflict when the key is taken.
    """
    if owner is not None and owner != actor and not is_operator(actor, origin):
        raise Forbidden("You cannot make a project for somebody else.")
    project = Project(owner=owner or actor)
    if team := fields.pop("team", None):
        _give(actor, origin, project, team)
    _assign(project, {**fields, "key": key, "name": name})  # type: ignore[typeddict-item]
    _save(project)
    record_change(actor=actor, origin=origin, verb="create", row=project, before={})
    return project


def free_key(user: User, name: str) -> str:
    """A key for a new project, from its name, that nothing the user sees has yet: `WEB`, `WEB2`, …"""
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
    moved = "team" in changes and _team_id(changes["team"]) != row.team_id
    if moved:
        _move(actor, origin, row, changes["team"])
    _save(row)
    record_change(actor=actor, origin=origin, verb="update", row=row, before=before)
    if moved:
        take_from_strangers(actor=actor, origin=origin, projects=[row])
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


def _move(actor: User, origin: Origin, project: Project, team: Team | None) -> None:
    if project.is_inbox:
        raise Invalid.field("team", "the Inbox stays its owner's.")
    if team is not None:
        _give(actor, origin, project, team)
        return
    # An operator leaves it with whoever owned the team.
    project.team, project.owner = None, acting_for(actor, origin, project)


def _give(actor: User, origin: Origin, project: Project, team: Team) -> None:
    team = lock_team(actor, team, operator=is_operator(actor, origin))
    if not is_operator(actor, origin):
        check_manages(actor, team)
    project.team, project.owner = team, owner_of(team)


def _team_id(team: Team | None) -> UUID | None:
    return team.pk if team is not None else None


def _assign(project: Project, fields: ProjectFields) -> None:
    if "key" in fields:
        project.key = text.clean_project_key(fields["key"])
        if project.team_id and project.is_inbox:
            raise Invalid.field("key", "INBOX is the key of personal projects; choose another.")
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
        whose = "The team already has" if project.team_id else "You already have"
        raise Conflict(f"{whose} a project with the key {project.key}.") from None
