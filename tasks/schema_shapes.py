"""What tasks and projects look like in bodies and answers, for the OpenAPI document alone."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.rest.schema import MOMENT, Json, Problem
from tasks.bulk_api import MAX_ITEMS
from tasks.dashboard import AGES
from tasks.models import Door, Project, Task
from tasks.serializers import MAX_BLOCKERS, PROJECT, TASK
from tasks.text import MAX_DESCRIPTION, MAX_LABEL, MAX_LABELS, MAX_NAME, MAX_TITLE
from tasks.transfer_api import MAX_ROWS

A_TASK: Json = {"type": "string", "pattern": f"^(?:{TASK})$"}
A_PROJECT: Json = {"type": "string", "pattern": f"^(?:{PROJECT})$"}
A_DUE: Json = {
    **MOMENT,
    "type": ["string", "null"],
    "anyOf": [{"type": "null"}, *MOMENT["anyOf"]],
    "description": "A day, such as 2026-11-30, or an instant, such as 2026-11-30T17:00:00+01:00.",
}
TASK_EXAMPLE: Json = {
    "id": "01a201a9-6f4a-7c1e-8a51-0d7a9b3c5e21", "ref": "WEB-12", "number": 12, "project": "WEB",
    "title": "Renew the certificate", "description": "", "status": "todo", "completed": False,
    "priority": "high", "due_date": "2026-11-30T17:00:00+01:00", "labels": ["ops"], "assignee": "alice",
    "parent": None, "blocked_by": ["WEB-11"], "recurrence": "FREQ=YEARLY",
    "created_at": "2026-11-22T08:00:00Z", "updated_at": "2026-11-22T08:00:00Z", "completed_at": None,
}  # fmt: skip
PROJECT_EXAMPLE: Json = {
    "id": "01a201a9-5a01-7d11-9b02-3f4e5d6c7b8a", "key": "WEB", "name": "Website", "description": "",
    "status": "active", "metadata": {}, "team": None, "created_at": "2026-11-22T08:00:00Z",
    "updated_at": "2026-11-22T08:00:00Z",
}  # fmt: skip


@extend_schema_field(A_DUE)
class Due(serializers.CharField):
    """A date or an instant."""


@extend_schema_field(A_TASK)
class TaskName(serializers.CharField):
    """A ref or an id."""


@extend_schema_field({**A_TASK, "type": ["string", "null"]})
class TaskNameOrNone(serializers.CharField):
    """A ref, an id or null."""


@extend_schema_field(A_PROJECT)
class ProjectName(serializers.CharField):
    """A key or an id."""


@extend_schema_field({"type": "string", "description": "A project's key."})
class ProjectKey(serializers.CharField):
    """The key alone."""


@extend_schema_field({"type": "array", "items": A_TASK, "maxItems": MAX_BLOCKERS})
class Blockers(serializers.ListField):
    """Refs or ids."""


@extend_schema_field(
    {
        "type": "array",
        "items": {"type": "string", "maxLength": MAX_LABEL, "pattern": r"[^\s#@]"},
        "maxItems": MAX_LABELS,
    }
)
class Labels(serializers.ListField):
    """Stored in lower case, without `#`, each once."""


@extend_schema_field({"type": "string", "maxLength": MAX_TITLE, "pattern": r"\S"})
class Title(serializers.CharField):
    """One line."""


@extend_schema_field({"type": "string", "maxLength": MAX_NAME, "pattern": r"\S"})
class Name(serializers.CharField):
    """One line."""


class TaskChanges(serializers.Serializer):
    """What may be written of a task. Sent back unchanged, what is read-only does no harm."""

    project = ProjectName(required=False)
    title = Title(required=False)
    description = serializers.CharField(required=False, max_length=MAX_DESCRIPTION)
    status = serializers.ChoiceField(Task.Status.choices, required=False)
    completed = serializers.BooleanField(required=False, help_text="Done, or not: the same as `status`.")
    priority = serializers.ChoiceField(Task.Priority.choices, required=False)
    due_date = Due(required=False)
    labels = Labels(required=False)
    assignee = serializers.CharField(required=False, allow_null=True, help_text="A user name.")
    parent = TaskNameOrNone(required=False)  # type: ignore[assignment]
    blocked_by = Blockers(required=False)
    recurrence = serializers.CharField(
        required=False, allow_null=True, max_length=200, help_text="An RRULE, or nothing."
    )


class NewTask(TaskChanges):
    """A task to add; without a `project` it goes to the INBOX."""

    title = Title()


class WholeTask(NewTask):
    """A task to put in the place of another; what is left out goes back to its default, not the project."""


class BulkChange(TaskChanges):
    """Changes of one task."""

    id = TaskName(help_text="Which task: its ref or its id.")
    if_match = serializers.CharField(required=False, help_text="The ETag that was read, or `*`.")


def _listed(shape: type[serializers.Serializer], most: int) -> Any:
    return serializers.ListField(child=shape(), min_length=1, max_length=most)


class NewTasks(serializers.Serializer):
    tasks = _listed(NewTask, MAX_ITEMS)


class BulkChanges(serializers.Serializer):
    tasks = _listed(BulkChange, MAX_ITEMS)


class TaskSerializer(serializers.Serializer):
    id = serializers.UUIDField()
    ref = serializers.CharField(help_text="Such as `WEB-12`.")
    number = serializers.IntegerField()
    project = ProjectKey()
    title = serializers.CharField()
    description = serializers.CharField()
    status = serializers.ChoiceField(Task.Status.choices)
    completed = serializers.BooleanField()
    priority = serializers.ChoiceField(Task.Priority.choices)
    due_date = Due()
    labels = serializers.ListField(child=serializers.CharField())
    assignee = serializers.CharField(allow_null=True)
    parent = serializers.CharField(allow_null=True, help_text="A ref.")  # type: ignore[assignment]
    blocked_by = serializers.ListField(child=serializers.CharField(), help_text="Refs.")
    recurrence = serializers.CharField()
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()
    completed_at = serializers.DateTimeField(allow_null=True)


class CompletedTask(TaskSerializer):
    """The task, and the occurrence that a repeating one leaves behind."""

    next = TaskSerializer(allow_null=True)


class BulkResult(serializers.Serializer):
    """What became of one item: the task with its ETag, or the error that it alone would have got."""

    status = serializers.IntegerField()
    task = TaskSerializer(required=False)
    etag = serializers.CharField(required=False)
    error = Problem(required=False)


class BulkResults(serializers.Serializer):
    results = BulkResult(many=True, help_text="In the order of the items.")


class ImportedRow(serializers.Serializer):
    """What became of one row: the task that it is now, or the error."""

    row = serializers.IntegerField()
    status = serializers.IntegerField()
    id = serializers.UUIDField(required=False)
    ref = serializers.CharField(required=False)
    error = Problem(required=False)


class Report(serializers.Serializer):
    created = serializers.IntegerField()
    failed = serializers.IntegerField()
    results = ImportedRow(many=True)


class ImportRow(TaskChanges):
    """A task of a file. What only the server sets is read over."""

    ref = serializers.CharField(required=False, help_text="What other rows of the file name it by.")
    completed_at = serializers.DateTimeField(required=False, allow_null=True)
    created_at = serializers.CharField(required=False)
    updated_at = serializers.CharField(required=False)
    id = serializers.CharField(required=False)
    number = serializers.IntegerField(required=False)


class ImportFile(serializers.Serializer):
    tasks = _listed(ImportRow, MAX_ROWS)


class ExportFile(serializers.Serializer):
    tasks = TaskSerializer(many=True)


class ProjectChanges(serializers.Serializer):
    """What may be written of a project. Sent back unchanged, what is read-only does no harm."""

    key = serializers.RegexField(r"^[A-Za-z][A-Za-z0-9]{0,9}$", required=False)
    name = Name(required=False)
    description = serializers.CharField(required=False, max_length=MAX_DESCRIPTION)
    status = serializers.ChoiceField(Project.Status.choices, required=False)
    metadata = serializers.DictField(
        required=False, help_text="A JSON object of at most 16 KiB and 20 levels."
    )
    team = serializers.UUIDField(
        required=False, allow_null=True, help_text="The id of a team that you manage; null is your own."
    )


class NewProject(ProjectChanges):
    """A project to make; without a `key` it gets one from its name."""

    name = Name()


class WholeProject(NewProject):
    """A project to put in the place of another; what is left out goes back to its default, not the key."""


class ProjectSerializer(serializers.Serializer):
    id = serializers.UUIDField()
    key = serializers.CharField()
    name = serializers.CharField()
    description = serializers.CharField()
    status = serializers.ChoiceField(Project.Status.choices)
    metadata = serializers.DictField()
    team = serializers.UUIDField(allow_null=True, help_text="Whose it is; null for a person's own.")
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


class CommentText(serializers.Serializer):
    """What a comment says, in Markdown."""

    text = serializers.CharField(max_length=MAX_DESCRIPTION)


class CommentSerializer(serializers.Serializer):
    """What a person said about a task."""

    id = serializers.UUIDField()
    task = serializers.CharField(help_text="A ref.")
    author = serializers.CharField(allow_null=True, help_text="A user name.")
    text = serializers.CharField(help_text="Markdown.")
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()
    edited_at = serializers.DateTimeField(allow_null=True)


class ChangeSerializer(serializers.Serializer):
    """What one operation did; `before` and `after` hold the fields that differ."""

    id = serializers.UUIDField()
    at = serializers.DateTimeField()
    verb = serializers.CharField()
    ref = serializers.CharField()
    text = serializers.CharField(help_text="One line for people, in your time zone.")
    actor = serializers.CharField(allow_null=True, help_text="A user name.")
    door = serializers.ChoiceField(Door.choices)
    client = serializers.CharField(help_text="Over MCP, the program's name.")
    turn = serializers.UUIDField(allow_null=True)
    before = serializers.DictField()
    after = serializers.DictField()
    undone_at = serializers.DateTimeField(allow_null=True)


def _counts(name: str, keys: Any) -> Any:
    fields = {key: serializers.IntegerField() for key in keys}
    return type(name, (serializers.Serializer,), fields)()


class ProjectFigures(serializers.Serializer):
    id = serializers.UUIDField()
    project = ProjectKey()
    name = serializers.CharField()
    open = serializers.IntegerField()
    overdue = serializers.IntegerField()
    done = serializers.IntegerField()


class AssigneeFigures(serializers.Serializer):
    assignee = serializers.CharField(allow_null=True, help_text="A user name, or null for nobody.")
    open = serializers.IntegerField()


class DayFigures(serializers.Serializer):
    date = serializers.DateField()
    created = serializers.IntegerField()
    done = serializers.IntegerField()


class DashboardSerializer(serializers.Serializer):
    """Tasks in the trash do not count; days are those of your time zone."""

    timezone = serializers.CharField()
    open = serializers.IntegerField()
    overdue = serializers.IntegerField()
    due_today = serializers.IntegerField()
    due_this_week = serializers.IntegerField(help_text="Today and the six days after.")
    done_last_7_days = serializers.IntegerField(help_text="Today and the six days before.")
    by_status = _counts("StatusFigures", Task.Status.values)
    by_priority = _counts("PriorityFigures", Task.Priority.values)
    by_project = ProjectFigures(many=True)
    by_assignee = AssigneeFigures(many=True)
    by_age = _counts("AgeFigures", [*(name for name, _ in AGES), "older"])
    per_day = DayFigures(many=True)
