"""A process of its own that changes tasks: `python -m tasks.tests.concurrent_mover PROJECT_ID COUNT SEED`."""

from __future__ import annotations

import sys
from datetime import date
from random import Random

import django


def main(project_id: str, count: int, seed: int) -> None:
    from tasks import operations
    from tasks.changes import Origin
    from tasks.models import Door, Project, Task

    project = Project.objects.select_related("owner").get(pk=project_id)
    by = {"actor": project.owner, "origin": Origin(Door.API)}
    tasks = list(Task.objects.filter(project=project).order_by("number"))
    random = Random(seed)
    for _ in range(count):
        task = random.choice(tasks)
        changes = {
            "status": random.choice(Task.Status.values),
            "priority": random.choice(Task.Priority.values),
            "due": date(2026, 11, random.randint(1, 30)),
        }
        operations.update_task(**by, task=task, changes=changes)  # type: ignore[arg-type]


if __name__ == "__main__":
    django.setup()
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
