"""`manage.py index_memory`: what recall searches can be made anew from the rows."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import call_command

from chat.models import Conversation, Message
from memory.models import RecallEntry
from memory.tests.talk import ask, remember, remember_all, values
from tasks.models import Project


def index(*options: str) -> str:
    out = StringIO()
    call_command("index_memory", *options, stdout=out)
    return out.getvalue()


def test_what_is_missing_is_added(web: Project) -> None:
    remember(web, "The database is MySQL", key="db")
    remember(web, "The database is PostgreSQL", key="db")
    talk = Conversation.objects.create(user=web.owner, project=web)
    Message.objects.create(conversation=talk, role="user", content="The accordion is in the cellar")
    RecallEntry.objects.all().delete()
    assert ask(web, "database accordion") == []
    assert index().startswith("3 added, 0 made anew")
    assert values(ask(web, "database")) == ["The database is PostgreSQL"]
    assert values(ask(web, "accordion")) == ["The accordion is in the cellar"]
    assert index().startswith("0 added, 0 made anew")


def test_another_models_vectors_are_made_anew(web: Project) -> None:
    remember(web, "Authentication fails in the browser", key="auth")
    RecallEntry.objects.update(embedder="another model", stamp=7)
    assert ask(web, "login problem") == []
    assert index().startswith("0 added, 1 made anew")
    assert [hit.key for hit in ask(web, "login problem")] == ["auth"]


@pytest.mark.parametrize("query", ["accordion", "uncle in Graz"])
def test_made_anew_it_finds_the_same(web: Project, query: str) -> None:
    said = ["Where does the accordion come from?", "From my uncle in Graz.", "He played it well."]
    remember_all(web, [{"value": each, "type": "context", "thread": "1"} for each in said])
    before = ask(web, query, limit=3)
    assert "3 made anew" in index("--all")
    assert ask(web, query, limit=3) == before
