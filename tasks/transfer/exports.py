"""Tasks in the order of their numbers, read piece by piece: as many as there are, in the same memory."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from tasks.models import Project
from tasks.querysets import TaskQuerySet
from tasks.reading import Json, task_records

if TYPE_CHECKING:
    from accounts.models import User

PIECE = 500


def exported(user: User, tasks: TaskQuerySet) -> Iterator[Json]:
    """Those of `tasks`, project by project."""
    for project in Project.objects.visible_to(user).order_by("id").values_list("pk", flat=True):
        last = 0
        while True:
            rest = tasks.filter(project=project, number__gt=last).order_by("number")
            records = task_records(user, rest.values_list("pk", flat=True)[:PIECE])
            if not records:
                break
            yield from (record.json for record in records)
            last = records[-1].json["number"]
