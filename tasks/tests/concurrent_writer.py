"""A process of its own that adds tasks: `python -m tasks.tests.concurrent_writer PROJECT_ID COUNT NAME`."""

from __future__ import annotations

import sys

import django


def main(project_id: str, count: int, name: str) -> None:
    from tasks.changes import Origin
    from tasks.models import Door, Project
    from tasks.operations import add_task

    project = Project.objects.select_related("owner").get(pk=project_id)
    for n in range(count):
        add_task(actor=project.owner, origin=Origin(Door.API), project=project, title=f"{name} {n}")


if __name__ == "__main__":
    django.setup()
    main(sys.argv[1], int(sys.argv[2]), sys.argv[3])
