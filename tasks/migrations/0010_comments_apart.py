from typing import Any

from django.db import migrations


def forget_comments(apps: Any, schema_editor: Any) -> None:
    """On the way down: the changes of what is not there any more."""
    apps.get_model("tasks", "Change").objects.filter(object_type="comment").delete()


class Migration(migrations.Migration):
    dependencies = [("tasks", "0009_comments")]

    # By itself: PostgreSQL alters no table whose rows the same transaction has changed.
    operations = [migrations.RunPython(migrations.RunPython.noop, forget_comments)]
