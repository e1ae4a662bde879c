from django.conf import settings
from django.db import migrations, models
from django.db.models import Q


def without_index(
    field: str, column: str, index: str, **options: object
) -> migrations.SeparateDatabaseAndState:
    """The index alone: SQLite would copy the whole table for what is no change of its columns."""
    state = {"on_delete": models.SET_NULL, "null": True, "related_name": "+", **options, "db_index": False}
    return migrations.SeparateDatabaseAndState(
        database_operations=[
            migrations.RunSQL(
                f'DROP INDEX IF EXISTS "{index}"',
                f'CREATE INDEX IF NOT EXISTS "{index}" ON "tasks_change" ("{column}")',
            )
        ],
        state_operations=[migrations.AlterField("change", field, models.ForeignKey(**state))],
    )


class Migration(migrations.Migration):
    dependencies = [
        ("chat", "0004_budgets"),
        ("tasks", "0011_calendar_feeds"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveIndex("change", "change_by_turn"),
        migrations.RemoveIndex("task", "task_by_due_at"),
        migrations.RemoveIndex("task", "task_by_due_date"),
        migrations.RemoveIndex("task", "task_by_completed_at"),
        migrations.RemoveIndex("task", "task_by_assignee"),
        without_index("actor", "actor_id", "tasks_change_actor_id_7aa294c2", to=settings.AUTH_USER_MODEL),
        without_index(
            "project",
            "project_id",
            "tasks_change_project_id_378a3050",
            to="tasks.project",
            on_delete=models.CASCADE,
            related_name="changes",
        ),
        without_index(
            "turn", "turn_id", "tasks_change_turn_id_4e171909", to="chat.turn", related_name="changes"
        ),
        without_index(
            "undone_by",
            "undone_by_id",
            "tasks_change_undone_by_id_10e658ab",
            to="tasks.change",
            related_name="undoes",
        ),
        migrations.AddIndex(
            "change",
            models.Index(
                condition=Q(turn__isnull=False), fields=["turn", "created_at"], name="change_by_turn"
            ),
        ),
        migrations.AddIndex(
            "change",
            models.Index(
                condition=Q(turn__isnull=False), fields=["actor", "created_at"], name="change_of_speaker"
            ),
        ),
        migrations.AddIndex(
            "change",
            models.Index(
                condition=Q(undone_by__isnull=False), fields=["undone_by"], name="change_by_undoing"
            ),
        ),
        migrations.AddIndex(
            "task",
            models.Index(
                condition=Q(deleted_at=None, due_at__isnull=False),
                fields=["project", "due_at"],
                name="task_by_due_at",
            ),
        ),
        migrations.AddIndex(
            "task",
            models.Index(
                condition=Q(deleted_at=None, due_date__isnull=False),
                fields=["project", "due_date"],
                name="task_by_due_date",
            ),
        ),
        migrations.AddIndex(
            "task",
            models.Index(
                condition=Q(deleted_at=None, completed_at__isnull=False),
                fields=["project", "completed_at"],
                name="task_by_completed_at",
            ),
        ),
        migrations.AddIndex(
            "task",
            models.Index(
                condition=Q(assignee__isnull=False),
                fields=["assignee", "deleted_at", "status"],
                name="task_by_assignee",
            ),
        ),
    ]
