from typing import Any

from django.db import migrations
from django.db.models import OuterRef, Subquery


def name_authors(apps: Any, schema_editor: Any) -> None:
    """Until now, whoever a conversation belonged to said all that was said in it."""
    conversations = apps.get_model("chat", "Conversation").objects.filter(pk=OuterRef("conversation_id"))
    said = apps.get_model("chat", "Message").objects.filter(role="user", author=None)
    said.update(author=Subquery(conversations.values("user_id")))


class Migration(migrations.Migration):
    dependencies = [("chat", "0007_shared_conversations")]

    # By itself: PostgreSQL alters no table whose rows the same transaction has changed.
    operations = [migrations.RunPython(name_authors, migrations.RunPython.noop)]
