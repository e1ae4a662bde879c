"""Everything that is a person's: taken along as one archive, and taken away without a trace."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.socialaccount.models import SocialAccount
from django.apps import apps
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.models import Session
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.urls import reverse

from accounts.erasure import erase_user
from accounts.export import write_export
from accounts.models import Team, User
from accounts.personal_data import parts
from accounts.tokens import create_token
from chat.tests.person import Person
from config.tests.possessions import API, SECRET, possessions
from tasks.models import Project, Task
from tasks.operations import add_task, create_project
from tasks.operations.invitations import invite
from tasks.operations.teams import add_member, create_team

NAME, ADDRESS = "zebedee-the-unlikely", "zebedee@unlikely.example"
PASSWORD = f"{NAME}-password"
# Held by deletion alone; an export says them elsewhere, or they are nobody's business.
NOT_EXPORTED = {"RecallEntry", "TaskTally"}


@pytest.fixture
def zebedee(db: None) -> User:
    return User.objects.create_user(NAME, ADDRESS, PASSWORD, first_name="Zebedee Unlikely")


@pytest.fixture
def rich(transactional_db: None, zebedee: User) -> User:
    """Zebedee with rows of every kind."""
    EmailAddress.objects.create(user=zebedee, email=ADDRESS, verified=True, primary=True)
    SocialAccount.objects.create(user=zebedee, provider="oidc", uid="zebedee-uid", extra_data={"name": NAME})
    RecoveryCodes.activate(zebedee)
    create_token(actor=zebedee, name="zebedee's script")
    possessions(Person(zebedee))
    kind = ContentType.objects.get_for_model(User)
    LogEntry.objects.create(
        user=zebedee, content_type=kind, object_id="1", object_repr="x", action_flag=CHANGE
    )
    return zebedee


def everything() -> str:
    """Every row of every table, as text."""
    with connection.cursor() as cursor:
        rows = []
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')
            rows += [repr(row) for row in cursor.fetchall()]
    return "\n".join(rows)


def read(archive: bytes) -> dict[str, Any]:
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        return {
            name.removesuffix(".json"): json.loads(opened.read(name))
            for name in opened.namelist()
            if name.endswith(".json")
        }


def signed_in(user: User) -> Client:
    client = Client()
    client.post(reverse("login"), {"login": user.username, "password": PASSWORD})
    return client


def test_every_kind_of_row_that_names_a_person_is_a_part(db: None) -> None:
    told = {part.of(User()).model.__name__ for part in parts()}
    naming = {
        model.__name__
        for model in apps.get_models()
        if model._meta.app_label not in ("auth", "admin")
        and any(
            getattr(field, "remote_field", None) and field.related_model is User
            for field in model._meta.fields
        )
    }
    assert naming - told - NOT_EXPORTED == set()


def test_the_archive_holds_all_that_is_theirs_and_no_secret(rich: User, alice: User) -> None:
    zebedee = rich
    others = create_token(actor=alice, name="not zebedee's")
    token, text = create_token(actor=zebedee, name="fresh")
    client = signed_in(zebedee)
    asked = client.post(reverse("export_data"))
    assert asked["Location"].startswith(reverse("account_reauthenticate"))
    client.post(asked["Location"], {"password": PASSWORD})
    answer = client.post(reverse("export_data"))
    assert answer["Content-Disposition"].startswith(f'attachment; filename="tasklore-{NAME}-')
    found = read(answer.content)
    assert found["profile"][0]["email"] == ADDRESS
    for kind in (
        "projects",
        "tasks",
        "changes",
        "memory",
        "conversations",
        "messages",
        "turns",
        "tool_calls",
    ):
        assert found[kind], kind
        assert kind in ("conversations", "turns") or SECRET in json.dumps(found[kind]), kind
    assert {each["name"] for each in found["tokens"]} == {"zebedee's script", "fresh"}
    kept = json.dumps(found)
    assert text not in kept and token.digest not in kept and others[0].name not in kept
    assert zebedee.password not in kept
    assert str(Authenticator.objects.get(user=zebedee).data["seed"]) not in kept
    assert str(client.session.session_key) not in kept


def test_nothing_of_them_is_left(rich: User, alice: User, web: Project) -> None:
    mine = add_task(actor=alice, origin=API, project=web, title="Alice's own")
    task = Task.objects.filter(project__owner=rich).first()
    assert task is not None
    people, tasks = (ContentType.objects.get_for_model(model) for model in (User, Task))
    by_alice: Any = {"user": alice, "action_flag": CHANGE}
    for kind, row in ((people, rich), (tasks, task)):
        LogEntry.objects.create(**by_alice, content_type=kind, object_id=str(row.pk), object_repr=str(row))
    kept = LogEntry.objects.create(
        **by_alice, content_type=people, object_id=str(alice.pk), object_repr="alice"
    )
    team = create_team(actor=alice, origin=API, name="Painters")
    invite(actor=alice, origin=API, team=team, email=ADDRESS)
    invite(actor=alice, origin=API, team=team, user=rich)
    client = signed_in(rich)
    sessions = Session.objects.count()
    traces = [NAME, ADDRESS, SECRET, "Zebedee", "zebedee", str(rich.pk), rich.pk.hex, str(task.pk)]
    erase_user(rich)
    text = everything()
    for trace in traces:
        assert trace not in text, trace
    assert Session.objects.count() == sessions - 1 - 1, "the page's own, and that of Person"
    assert client.get(reverse("settings")).status_code == 302
    assert Task.objects.get() == mine
    assert LogEntry.objects.get() == kept


def test_a_team_passes_on_with_its_work(zebedee: User, alice: User) -> None:
    team = create_team(actor=zebedee, origin=API, name="Painters")
    alone = create_team(actor=zebedee, origin=API, name="Nobody else")
    add_member(actor=zebedee, origin=API, team=team, user=alice, role="member")
    project = create_project(actor=zebedee, origin=API, key="PNT", name="Fences", team=team)
    task = add_task(actor=zebedee, origin=API, project=project, title="Paint", assignee=zebedee)
    archive = io.BytesIO()
    write_export(zebedee, archive)
    told = read(archive.getvalue())
    assert [each["title"] for each in told["tasks_in_other_projects"]] == ["Paint"]
    assert "PNT" not in {each["key"] for each in told["projects"]}
    erase_user(zebedee)
    task.refresh_from_db()
    assert (task.project.owner, task.assignee, task.created_by) == (alice, None, None)
    assert team.members.get().role == "owner" and not Team.objects.filter(pk=alone.pk).exists()
    assert NAME not in everything()


def test_what_they_did_for_others_stays_without_their_name(zebedee: User, alice: User, web: Project) -> None:
    task = add_task(actor=alice, origin=API, project=web, title="Paint the fence")
    Task.objects.filter(pk=task.pk).update(assignee=zebedee, created_by=zebedee)
    change = web.changes.filter(object_id=task.pk).first()
    assert change is not None
    web.changes.filter(pk=change.pk).update(
        actor=zebedee, after={**change.after, "assignee_id": str(zebedee.pk)}
    )
    erase_user(zebedee)
    task.refresh_from_db()
    assert (task.title, task.assignee, task.created_by) == ("Paint the fence", None, None)
    change.refresh_from_db()
    assert (change.actor, change.after["assignee_id"], change.after["title"]) == (
        None,
        None,
        "Paint the fence",
    )


def test_the_page_asks_three_things_first(zebedee: User) -> None:
    client = signed_in(zebedee)
    page = reverse("delete_account")
    assert client.get(page)["Location"].startswith(reverse("account_reauthenticate"))
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    told = client.post(page, {"name": NAME})
    assert (told.status_code, told.context["form"].non_field_errors()) == (
        400,
        ["Download your data first: afterwards it is gone."],
    )
    client.post(reverse("export_data"))
    wrong = client.post(page, {"name": "somebody"})
    assert wrong.context["form"].errors["name"] == [f"Type {NAME}, to be sure."]
    assert User.objects.filter(pk=zebedee.pk).exists()
    gone = client.post(page, {"name": NAME}, follow=True)
    assert "Your account is gone" in gone.content.decode()
    assert not User.objects.filter(pk=zebedee.pk).exists()


def test_the_last_administrator_stays_while_others_are_here(zebedee: User, alice: User) -> None:
    User.objects.filter(pk=zebedee.pk).update(is_superuser=True)
    with pytest.raises(CommandError, match=f"{NAME} is the only administrator here"):
        call_command("erase_user", NAME, "--without-export", "--yes")
    alice.delete()
    call_command("erase_user", NAME, "--without-export", "--yes")
    assert not User.objects.exists()


def test_the_commands(rich: User, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "all.zip"
    call_command("export_user", NAME, str(file))
    assert read(file.read_bytes())["profile"][0]["username"] == NAME
    assert file.stat().st_mode & 0o077 == 0
    with pytest.raises(CommandError, match="cannot be written"):
        call_command("export_user", NAME, str(file))
    monkeypatch.setattr("builtins.input", lambda _: "no")
    with pytest.raises(CommandError, match="Nothing was removed"):
        call_command("erase_user", NAME, "--without-export")
    call_command("erase_user", NAME, "--export", str(tmp_path / "last.zip"), "--yes")
    assert read((tmp_path / "last.zip").read_bytes())["tasks"]
    assert not User.objects.filter(username=NAME).exists()
    for command in (
        ["export_user", NAME, str(tmp_path / "no.zip")],
        ["erase_user", NAME, "--without-export"],
    ):
        with pytest.raises(CommandError, match="There is no user named"):
            call_command(*command)
