"""REST views of projects."""

from __future__ import annotations

from typing import Any

import orjson
from django.db.models import Q
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.errors import Invalid, NotFound
from accounts.models import Team
from accounts.rest.bodies import json_object, refuse_unknown
from accounts.rest.pages import page_of
from accounts.rest.views import OPTIONS, ApiView
from tasks import operations
from tasks.changes import Origin
from tasks.filters import ProjectFilter, flag_of, parameters
from tasks.models import Change, Door, Project
from tasks.reading import Json
from tasks.references import uuid_of
from tasks.rest import Answer, answered, etag_of, refuse_body, row_response, version_asked
from tasks.serializers import change_json, project_json

ORIGIN = Origin(Door.API)
KNOWN = {*ProjectFilter.declared_filters, "trashed"}
READ_ONLY = ("id", "created_at", "updated_at")
# What PUT writes where the body says nothing; a key and a team stay.
DEFAULTS: Json = {"description": "", "status": "active", "metadata": {}}
WRITABLE = {*DEFAULTS, "key", "name", "team"}


class ProjectView(ApiView):
    def named(self, reference: str, *, trashed: bool = False) -> Project:
        """By id or key; the last deleted one of those in the trash. Raises NotFound."""
        wanted = Q(pk=reference) if len(reference) == 36 else Q(key=reference.upper())
        rows = Project.objects.visible_to(self.actor)
        if trashed:
            rows = Project.objects.restorable_by(self.actor).order_by("-deleted_at")
        found = rows.filter(wanted).first()
        if found is None:
            raise NotFound("There is no such project.")
        return found

    def fields(self, given: Json) -> Json:
        """What operations take, of a body: a team by its id, which must be one of the caller's."""
        if given.get("team") is None:
            return given
        team = None
        if isinstance(given["team"], str) and (pk := uuid_of(given["team"])):
            team = Team.objects.visible_to(self.actor).filter(pk=pk).first()
        if team is None:
            raise Invalid.field("team", "must be the id of a team that you are in, or null.")
        return {**given, "team": team}

    def answer(self, project: Project, status: int = 200) -> Answer:
        body = project_json(project)
        location = f"/api/projects/{project.key}/" if status == 201 else ""
        return Answer(status, body, etag_of(project.updated_at, body), location)


class ProjectList(ProjectView):
    def get(self, request: Request) -> Response:
        """The caller's projects, by key."""
        given = parameters(request, KNOWN)
        rows = Project.objects.visible_to(self.actor)
        if flag_of(given, "trashed"):
            rows = Project.objects.restorable_by(self.actor).exclude(deleted_at=None)
        return page_of(
            request, ProjectFilter(given, rows.order_by("key", "id")).qs, project_json, filters=KNOWN
        )

    def post(self, request: Request) -> Response:
        """Makes a project; without a key, it gets one from its name."""
        given = json_object(request)
        refuse_unknown(given, WRITABLE)
        if "name" not in given:
            raise Invalid.field("name", "is required.")

        def perform() -> Answer:
            fields = {"key": operations.free_key(self.actor, str(given["name"])), **self.fields(given)}
            return self.answer(operations.create_project(actor=self.actor, origin=ORIGIN, **fields), 201)

        return answered(self, perform)


class ProjectDetail(ProjectView):
    def get(self, request: Request, project: str) -> Response:
        """One project."""
        found = self.named(project)
        return row_response(request, project_json(found), found.updated_at)

    def patch(self, request: Request, project: str) -> Response:
        """Changes the fields given."""
        return self.write(request, project, json_object(request))

    def put(self, request: Request, project: str) -> Response:
        """Replaces the project: what is not given goes back to its default, but for key and team."""
        given = json_object(request)
        if "name" not in given:
            raise Invalid.field("name", "is required.")
        return self.write(request, project, {**DEFAULTS, **given})

    def write(self, request: Request, reference: str, given: Json) -> Response:
        version = version_asked(request)
        refuse_unknown(given, {*WRITABLE, *READ_ONLY})

        def perform() -> Answer:
            found = self.named(reference)
            changes: Any = self.fields(changeable(given, found))
            return self.answer(
                operations.update_project(
                    actor=self.actor, origin=ORIGIN, project=found, changes=changes, version=version
                )
            )

        return answered(self, perform)

    def delete(self, request: Request, project: str) -> Response:
        """Moves it to the trash with its tasks."""
        operations.delete_project(
            actor=self.actor, origin=ORIGIN, project=self.named(project), version=version_asked(request)
        )
        return Response(status=204)


class ProjectRestore(ProjectView):
    def post(self, request: Request, project: str) -> Response:
        """Takes it out of the trash with its tasks."""
        refuse_body(request)

        def perform() -> Answer:
            found = self.named(project, trashed=True)
            return self.answer(operations.restore_project(actor=self.actor, origin=ORIGIN, project=found))

        return answered(self, perform)


class ProjectHistory(ProjectView):
    def get(self, request: Request, project: str) -> Response:
        """What was changed of the project itself, the latest first."""
        changes = Change.objects.visible_to(self.actor).filter(object_id=self.named(project).pk)
        rows = changes.select_related("actor").order_by("-created_at", "-id")
        return page_of(request, rows, lambda row: change_json(row, self.actor))


def changeable(given: Json, row: Project) -> Json:
    """Without what nobody writes; sent back as it is, it does no harm. Raises Invalid."""
    shown = orjson.loads(orjson.dumps(project_json(row), option=OPTIONS))
    for name in READ_ONLY:
        if name in given and given[name] != shown[name]:
            raise Invalid.field(name, "cannot be changed.")
    return {name: value for name, value in given.items() if name not in READ_ONLY}
