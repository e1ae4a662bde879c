from typing import Any

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


def fill(apps: Any, schema_editor: Any) -> None:
    """Counts the tasks that exist already."""
    # The present code's count: a later migration that changes what is counted must empty this one.
    from tasks.recount import recount

    recount()


class Migration(migrations.Migration):
    dependencies = [
        ("tasks", "0002_memory_changes"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="TaskTally",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "project",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="tasks.project",
                    ),
                ),
                (
                    "figure",
                    models.SmallIntegerField(
                        choices=[
                            (1, "Status and priority"),
                            (2, "Open, by assignee"),
                            (3, "Open, by due date"),
                            (4, "Open, by day of the due time"),
                            (5, "Open, by hour of the due time"),
                            (6, "Done, by day"),
                            (7, "Done, by hour"),
                            (8, "Created, by day"),
                            (9, "Created, by hour"),
                            (10, "Open, by day of creation"),
                            (11, "Open, by hour of creation"),
                        ]
                    ),
                ),
                ("bucket", models.IntegerField()),
                (
                    "assignee",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("count", models.IntegerField()),
            ],
            options={"verbose_name_plural": "task tallies"},
        ),
        migrations.AddIndex(
            model_name="task",
            index=models.Index(fields=["project", "deleted_at", "created_at"], name="task_by_created_at"),
        ),
        migrations.AddIndex(
            model_name="tasktally",
            index=models.Index(
                fields=["project", "figure", "bucket", "assignee", "count"], name="task_tally_by_cell"
            ),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
