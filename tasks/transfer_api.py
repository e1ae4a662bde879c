"""REST views of tasks as files."""

from __future__ import annotations

from collections.abc import Iterable
from typing import IO, Any

from django.http import StreamingHttpResponse
from django.utils import timezone
from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.errors import Invalid
from accounts.rest.bodies import refuse_unknown
from accounts.rest.views import JSONParser, OnlyJSON
from tasks.api import ORIGIN, TaskView
from tasks.bulk_api import listed, problem_of
from tasks.filters import TaskFilter, filtered_tasks, flag_of, parameters
from tasks.models import Task
from tasks.reading import Json
from tasks.rest import Answer, answered
from tasks.transfer.exports import exported
from tasks.transfer.files import csv_file, json_file, read_csv
from tasks.transfer.imports import Imported, import_tasks

# In one transaction, which others who write to SQLite wait for.
MAX_ROWS = 1_000
FORMATS = {"json": (json_file, "application/json"), "csv": (csv_file, "text/csv; charset=utf-8")}
FILTERS = {*TaskFilter.declared_filters, "trashed"} - {"ordering"}
OPTIONS = ("atomic", "create_projects", "dry_run")


class TaskExport(TaskView):
    def get(self, request: Request) -> StreamingHttpResponse:
        """The caller's tasks as a file, `?format=json` or `csv`; the filters of lists apply."""
        given = parameters(request, {*FILTERS, "format"})
        kind = given.pop("format", "json")
        if kind not in FORMATS:
            raise Invalid.field("format", f"must be one of {', '.join(FORMATS)}.")
        refuse_unknown(dict.fromkeys(request.query_params, 1), {*FILTERS, "format"})
        tasks = Task.objects.listed_for(self.actor)
        tasks = tasks.trashed() if flag_of(given, "trashed") else tasks.kept()
        write, content_type = FORMATS[kind]
        pieces = write(exported(self.actor, filtered_tasks(given, tasks, self.actor)))
        name = f"tasks-{timezone.now().astimezone(self.actor.zone):%Y-%m-%d}.{kind}"
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        return StreamingHttpResponse(pieces, content_type=content_type, headers=headers)


class CSVParser(BaseParser):
    media_type = "text/csv"

    def parse(self, stream: IO[bytes], media_type: Any = None, parser_context: Any = None) -> Any:
        return stream.read()


class JSONOrCSV(OnlyJSON):
    def select_parser(self, request: Any, parsers: Iterable[BaseParser]) -> BaseParser | None:
        said = (request.content_type or "").partition(";")[0].strip().lower()
        return CSVParser() if said == CSVParser.media_type else super().select_parser(request, parsers)


class TaskImport(TaskView):
    content_negotiation_class = JSONOrCSV
    parser_classes = [JSONParser, CSVParser]

    def post(self, request: Request) -> Response:
        """Adds the tasks of a JSON or CSV file: every valid row, or with `?atomic=true` all or none."""
        given = parameters(request, OPTIONS)
        atomic, create, dry_run = (flag_of(given, name) for name in OPTIONS)

        def perform() -> Answer:
            rows = self.rows(request)
            found = import_tasks(
                actor=self.actor,
                origin=ORIGIN,
                rows=rows,
                atomic=atomic,
                create_projects=create,
                dry_run=dry_run,
            )
            return Answer(200, self.report(rows, found))

        return answered(self, perform)

    def rows(self, request: Request) -> list[tuple[int, Json]]:
        if isinstance(request.data, bytes):
            rows = read_csv(request.data)
        else:
            rows = list(enumerate(listed(request.data, "tasks", most=MAX_ROWS), 1))
        for number, row in rows:
            if not isinstance(row, dict):
                raise Invalid.field(f"tasks.{number - 1}", "must be a JSON object.")
        if not 1 <= len(rows) <= MAX_ROWS:
            raise Invalid(f"The file must hold 1 to {MAX_ROWS} tasks; it holds {len(rows)}.")
        return rows

    def report(self, rows: list[tuple[int, Json]], found: Imported) -> Json:
        results: list[Json] = []
        for number, _ in rows:
            if number in found.errors:
                problem = problem_of(self, found.errors[number])
                results.append({"row": number, "status": problem["status"], "error": problem})
            else:
                task = found.tasks[number]
                results.append({"row": number, "status": 201, "id": str(task.pk), "ref": task.ref})
        return {"created": len(found.tasks), "failed": len(found.errors), "results": results}
