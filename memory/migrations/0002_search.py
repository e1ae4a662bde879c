from typing import Any

from django.db import migrations

from memory.search import postgresql, sqlite

# A later migration that alters memory_recallentry on SQLite makes the table anew, without its triggers: it has to
# run these statements again.


def create(apps: Any, schema_editor: Any) -> None:
    variant = postgresql if schema_editor.connection.vendor == "postgresql" else sqlite
    for statement in variant.CREATE:
        schema_editor.execute(statement, params=None)


def drop(apps: Any, schema_editor: Any) -> None:
    variant = postgresql if schema_editor.connection.vendor == "postgresql" else sqlite
    for statement in variant.DROP:
        schema_editor.execute(statement, params=None)


class Migration(migrations.Migration):
    dependencies = [("memory", "0001_initial")]
    operations = [migrations.RunPython(create, drop)]
