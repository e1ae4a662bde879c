from typing import Any

from django.db import migrations


def take_teams_apart(apps: Any, schema_editor: Any) -> None:
    """On the way down: what only teams could have goes, and their projects become their owners'."""
    apps.get_model("tasks", "Change").objects.filter(project=None).delete()
    projects = apps.get_model("tasks", "Project").objects
    for project in projects.exclude(team=None).filter(deleted_at=None).order_by("pk"):
        taken = set(
            projects.filter(owner=project.owner_id, deleted_at=None)
            .exclude(pk=project.pk)
            .values_list("key", flat=True)
        )
        numbered = (f"{project.key[:7]}{number}" for number in range(2, 1000))
        project.key = next(key for key in (project.key, *numbered) if key not in taken)
        project.save(update_fields=["key"])


class Migration(migrations.Migration):
    dependencies = [("tasks", "0007_teams_and_shares")]

    # By itself: PostgreSQL alters no table whose rows the same transaction has changed.
    operations = [migrations.RunPython(migrations.RunPython.noop, take_teams_apart)]
