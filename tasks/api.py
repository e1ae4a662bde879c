"""REST views of tasks: lists, single ones, and their verbs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

import orjson
from django.http import HttpResponse
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.errors import Invalid, NotFound
from accounts.rest.bodies import json_object
from accounts.rest.pages import asked_slice, page, page_of
from accounts.rest.unchanged import while_unchanged
from accounts.rest.views import OPTIONS, ApiView
from accounts.rows import reference
from tasks import operations
from tasks.changes import Origin
from tasks.filters import TaskFilter, by_age, filtered_tasks, flag_of, ids_of, parameters
from tasks.models import Change, Door, Project, Task
from tasks.reading import (
    Json,
    TaskRecord,
    task_id,
    task_record,
    task_records,
    written_record,
)
from tasks.rest import Answer, answered, etag_of, refuse_body, row_response, version_asked
from tasks.serializers import DEFAULTS, TaskReader, change_json, without_read_only

ORIGIN = Origin(Door.API)
KNOWN = {*TaskFilter.declared_filters, "trashed"}
# What a list may be asked for without the time of asking having a say.
LASTING = {"limit", "offset", "status", "priority", "project"}


class TaskView(ApiView):
    def reader(self) -> TaskReader:
        return TaskReader(self.actor, timezone.now())

    def named(self, name: str) -> Task:
        """The task that the address names, by its id alone. Raises NotFound for a ref that there is not."""
        pk = task_id(self.actor, name)
        if pk is None:
            raise NotFound("There is no such task.")
        return reference(Task, pk)

    def record(self, task: Task, *, trashed: bool | None = None) -> TaskRecord:
        """Raises NotFound, also when `trashed` says that it must be in the trash, or out of it."""
        found = task_record(self.actor, task.pk)
        if found is None or trashed not in (None, found.trashed):
            raise NotFound("There is no such task.")
        return found

    def answer(self, task: Task) -> Answer:
        """With a task that is only named, or was just written."""
        json, updated_at, _ = written_record(self.actor, task) or self.record(task)
        return Answer(200, json, etag_of(updated_at, json))

    def add(self, given: Json, reader: TaskReader) -> Answer:
        """Adds the task that a body describes, to the INBOX when it names no project."""
        fields: Any = reader.fields(given, project=self.inbox)
        if "title" not in fields:
            raise Invalid.field("title", "is required.")
        project = fields.pop("project", None) or self.inbox()
        task = operations.add_task(actor=self.actor, origin=ORIGIN, project=project, **fields)
        answer = self.answer(task)
        return answer._replace(status=201, location=f"/api/tasks/{answer.body['id']}/")

    def change(self, task: Task, given: Json, reader: TaskReader, **version: Any) -> Task:
        """Changes the fields that a body names."""
        given = without_read_only(given, lambda: self.shown(task))
        fields = reader.fields(given, project=lambda: self.home_of(task))
        return operations.update_task(actor=self.actor, origin=ORIGIN, task=task, changes=fields, **version)

    def shown(self, task: Task) -> Json:
        """As a client has it after reading it."""
        json: Json = orjson.loads(orjson.dumps(self.record(task).json, option=OPTIONS))
        return json

    def inbox(self) -> Project:
        return operations.ensure_inbox(self.actor)

    def home_of(self, task: Task) -> Project:
        found = Task.objects.visible_to(self.actor).filter(pk=task.pk).first()
        if found is None:
            raise NotFound("There is no such task.")
        return found.project


class TaskList(TaskView):
    def get(self, request: Request) -> HttpResponse:
        """The caller's tasks out of the trash, the newest first."""
        if request.query_params.keys() <= LASTING:
            return while_unchanged(request, lambda: self.listed(request))
        return self.listed(request)

    def listed(self, request: Request) -> Response:
        given = parameters(request, KNOWN)
        asked = asked_slice(request, KNOWN)
        plain = by_age(given, self.actor)
        if plain is None:
            found = self.filtered(given)
            total, ids = found.count(), ids_of(found, limit=asked.limit, offset=asked.offset)
        else:
            tasks, project = plain
            total, ids = tasks.page(self.actor, project, limit=asked.limit, offset=asked.offset)
        return page(request, asked, total, [record.json for record in task_records(self.actor, ids)])

    def filtered(self, given: dict[str, str]) -> Any:
        tasks = Task.objects.listed_for(self.actor)
        tasks = tasks.trashed() if flag_of(given, "trashed") else tasks.kept()
        return filtered_tasks(given, tasks, self.actor)

    def post(self, request: Request) -> Response:
        """Adds a task, to the INBOX when it names no project."""
        return answered(self, lambda: self.add(json_object(request), self.reader()))


class TaskDetail(TaskView):
    def get(self, request: Request, task: str) -> Response:
        """One task; with `?trashed=true` one in the trash."""
        trashed = flag_of(parameters(request, {"trashed"}), "trashed")
        json, updated_at, _ = self.record(self.named(task), trashed=trashed)
        return row_response(request, json, updated_at)

    def patch(self, request: Request, task: str) -> Response:
        """Changes the fields given."""
        return self.write(request, task, lambda given: given)

    def put(self, request: Request, task: str) -> Response:
        """Replaces the task: what is not given goes back to its default, except for the project."""

        def complete(given: Json) -> Json:
            if "title" not in given:
                raise Invalid.field("title", "is required.")
            defaults = {**DEFAULTS}
            if "completed" in given:
                del defaults["status"]
            return {**defaults, **given}

        return self.write(request, task, complete)

    def write(self, request: Request, name: str, fields: Callable[[Json], Json]) -> Response:
        version, given = version_asked(request), fields(json_object(request))

        def perform() -> Answer:
            task = self.named(name)
            return self.answer(self.change(task, given, self.reader(), version=version))

        return answered(self, perform)

    def delete(self, request: Request, task: str) -> Response:
        """Moves it to the trash."""
        record = self.record(self.named(task), trashed=False)
        operations.delete_task(
            actor=self.actor,
            origin=ORIGIN,
            task=Task(pk=UUID(record.json["id"])),
            version=version_asked(request),
        )
        return Response(status=204)


class TaskVerb(TaskView):
    """A verb that takes no body."""

    def verb(self, **given: Any) -> Any:
        raise NotImplementedError

    def post(self, request: Request, task: str) -> Response:
        version = version_asked(request)
        refuse_body(request)

        def perform() -> Answer:
            named = self.named(task)
            return self.answered_with(self.verb(actor=self.actor, origin=ORIGIN, task=named, version=version))

        return answered(self, perform)

    def answered_with(self, done: Any) -> Answer:
        return self.answer(done)


class TaskComplete(TaskVerb):
    """Completes it; `next` is the occurrence that a repeating task leaves behind."""

    verb = staticmethod(operations.complete_task)  # type: ignore[assignment]

    def answered_with(self, done: operations.Completed) -> Answer:
        answer = self.answer(done.task)
        following = self.answer(done.next_task).body if done.next_task else None
        return answer._replace(body={**answer.body, "next": following})


class TaskReopen(TaskVerb):
    verb = staticmethod(operations.reopen_task)  # type: ignore[assignment]


class TaskRestore(TaskVerb):
    """Takes it out of the trash."""

    verb = staticmethod(operations.restore_task)  # type: ignore[assignment]


class TaskHistory(TaskView):
    def get(self, request: Request, task: str) -> Response:
        """What was changed, when, by whom and through which door; the latest first."""
        named = Task(pk=UUID(self.record(self.named(task)).json["id"]))
        changes = Change.objects.visible_to(self.actor).filter(object_id=named.pk)
        rows = changes.select_related("actor").order_by("-created_at", "-id")
        return page_of(request, rows, lambda row: change_json(row, self.actor))
