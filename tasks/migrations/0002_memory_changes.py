from typing import Any

from django.db import migrations, models


def nothing(apps: Any, schema_editor: Any) -> None:
    pass


def forget(apps: Any, schema_editor: Any) -> None:
    """What was done to memory has no place in the table as it was."""
    apps.get_model("tasks", "Change").objects.filter(object_type="memory").delete()
    # PostgreSQL alters no table while rows deleted in the same transaction are still to be checked.
    schema_editor.connection.check_constraints()


class Migration(migrations.Migration):
    dependencies = [("tasks", "0001_initial")]

    operations = [
        migrations.RemoveConstraint(model_name="change", name="change_object_known"),
        migrations.AlterField(
            model_name="change",
            name="object_type",
            field=models.CharField(
                choices=[("task", "Task"), ("project", "Project"), ("memory", "Memory")], max_length=10
            ),
        ),
        migrations.AlterField(model_name="change", name="ref", field=models.CharField(max_length=120)),
        migrations.AddConstraint(
            model_name="change",
            constraint=models.CheckConstraint(
                condition=models.Q(object_type__in=["task", "project", "memory"]), name="change_object_known"
            ),
        ),
        migrations.RunPython(nothing, forget),
    ]
