"""Migrations run up, down to nothing and up again, with rows in every table."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import connection

from accounts.tests.connecting import make_connection
from accounts.tokens import create_token
from chat.models import TokenUse, ToolCall
from conftest import make_user
from memory.operations import store_memory
from tasks.calendar_feeds import make_feed
from tasks.models import Change, IdempotencyKey
from tasks.operations import (
    add_comment,
    add_member,
    create_project,
    create_team,
    ensure_inbox,
    invite,
    share_task,
)
from tasks.tests.making import API, add, make_turn

APPS = [label for label in ("memory", "chat", "tasks", "accounts") if apps.is_installed(label)]


@pytest.fixture
def schema(transactional_db: None) -> Iterator[None]:
    """Leaves every migration applied, whatever a test did."""
    yield
    migrate()


def migrate(app: str = "", target: str = "") -> None:
    where = [name for name in (app, target) if name]
    call_command("migrate", *where, interactive=False, verbosity=0)


def tables() -> set[str]:
    ours = tuple(f"{label}_" for label in APPS)
    return {name for name in connection.introspection.table_names() if name.startswith(ours)}


def columns() -> dict[str, list[str]]:
    with connection.cursor() as cursor:
        return {
            table: sorted(each.name for each in connection.introspection.get_table_description(cursor, table))
            for table in tables()
        }


def fill() -> None:
    """A row in every table of ours."""
    ann = make_user("ann")
    home = ensure_inbox(ann)
    turn = make_turn(ann, home)
    blocker = add(ann, home, "First", labels=["home"])
    add(ann, home, "Second", blocked_by=[blocker], parent=blocker, assignee=ann)
    ToolCall.objects.create(turn=turn, call_id="c", step=0, position=0, name="add_task")
    make_feed(actor=ann, project=ann.projects.get())
    TokenUse.objects.create(user=ann, quarter=turn.created_at, prompt_tokens=1)
    IdempotencyKey.objects.create(actor=ann, key="k", request_hash="h", response={"a": 1})
    create_token(actor=ann, name="a laptop")
    make_connection(ann)
    item = store_memory(actor=ann, origin=API, project=home, value="The door code is 4711", type="context")
    told = {"actor": ann, "project": home, "door": "api", "object_type": "memory", "object_id": item.pk}
    bob = make_user("bob")
    team = create_team(actor=ann, origin=API, name="Home")
    add_member(actor=ann, origin=API, team=team, user=bob, role="member")
    invite(actor=ann, origin=API, team=team, email="cy@example.org")
    for key in ("WEB", "OPS"):
        create_project(actor=ann, origin=API, key=key, name="Own")
        create_project(actor=ann, origin=API, key=key, name="The team's", team=team)
    share_task(actor=ann, origin=API, task=blocker, user=bob)
    add_comment(actor=ann, origin=API, task=blocker, text="It rings")
    undoing = Change.objects.create(**told, ref="k" * 120, title=item.value, verb="undo")
    Change.objects.create(**told, ref="k" * 120, title=item.value, verb="store", undone_by=undoing)


def empty_tables() -> list[str]:
    models = [model for label in APPS for model in apps.get_app_config(label).get_models()]
    return [model.__name__ for model in models if not model._default_manager.exists()]


def test_models_and_migrations_agree(db: None) -> None:
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


def test_down_to_nothing_and_up_again_with_rows(schema: None) -> None:
    before = columns()
    assert {"accounts_user", "tasks_task", "chat_turn"} <= before.keys()
    fill()
    assert empty_tables() == []
    for app in APPS:
        migrate(app, "zero")
    assert tables() == set()
    migrate()
    assert columns() == before
    fill()
    assert empty_tables() == []
