"""The admin of people, and what holds for the admin of every model."""

from __future__ import annotations

from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from accounts.models import ApiToken, OAuthClient, OAuthGrant, OAuthRefreshToken, User
from accounts.tests.connecting import make_connection
from accounts.tests.programs import Program
from chat.models import Conversation, Message, ToolCall, Turn
from memory.models import MemoryItem, RecallEntry
from memory.operations import store_memory
from tasks.models import Change, IdempotencyKey, Project, Task, TaskTally
from tasks.tests.making import API, add, make_turn

OURS = ("accounts", "tasks", "memory", "chat")
READ_ONLY = [
    Change,
    TaskTally,
    IdempotencyKey,
    Message,
    Turn,
    ToolCall,
    MemoryItem,
    RecallEntry,
    OAuthRefreshToken,
]
WRITABLE = [User, Project, Task]
REMOVABLE = [Conversation, ApiToken, OAuthClient, OAuthGrant]


@pytest.fixture
def olga(db: None) -> User:
    return User.objects.create_superuser("olga", "olga@example.com", "olga-password")


@pytest.fixture
def as_olga(olga: User) -> Client:
    client = Client()
    client.force_login(olga)
    return client


@pytest.fixture
def rows(alice: User, web: Project) -> dict[type, Any]:
    """One row of every model, by model."""
    task = add(alice, web, "Findable milk", labels=["home"], assignee=alice)
    turn = make_turn(alice, web)
    call = ToolCall.objects.create(
        turn=turn,
        call_id="c1",
        step=0,
        position=0,
        name="add_task",
        arguments={"title": "x"},
        result={"a": 1},
    )
    key = IdempotencyKey.objects.create(actor=alice, key="Findable key", request_hash="h")
    item = store_memory(actor=alice, origin=API, project=web, key="findable", value="A fact", type="context")
    change = Change.objects.filter(object_id=task.pk).get()
    entry = RecallEntry.objects.get(item=item)
    tally = TaskTally.objects.filter(project=web)[0]
    token = Program(alice).token
    grant = make_connection(alice)
    oauth = (grant, grant.client, grant.refresh_tokens.get())
    said = (turn.conversation, turn.user_message, turn, call, *oauth)
    return {type(row): row for row in (alice, web, task, change, tally, key, *said, item, entry, token)}


def page(model: type, name: str, *args: Any) -> str:
    opts = model._meta  # type: ignore[attr-defined]
    return reverse(f"admin:{opts.app_label}_{opts.model_name}_{name}", args=args)


def test_every_model_has_an_admin() -> None:
    models = {
        model
        for label in OURS
        if apps.is_installed(label)
        for model in apps.get_app_config(label).get_models()
    }
    assert models - set(admin.site._registry) == set()


def test_the_index(as_olga: Client) -> None:
    assert as_olga.get(reverse("admin:index")).status_code == 200


@pytest.mark.parametrize("model", [*READ_ONLY, *WRITABLE, *REMOVABLE])
def test_lists_and_pages_open(as_olga: Client, rows: dict[type, Any], model: type) -> None:
    row = rows[model]
    listed = as_olga.get(page(model, "changelist"))
    assert listed.status_code == 200
    assert page(model, "change", row.pk) in listed.content.decode()
    assert as_olga.get(page(model, "change", row.pk)).status_code == 200
    assert as_olga.get(page(model, "history", row.pk)).status_code == 200


SEARCHES = [
    (User, "alice"), (Project, "Website"), (Task, "findable"), (Task, "WEB-1"), (Task, "alice milk"),
    (Change, "WEB-1"), (IdempotencyKey, "Findable"), (Conversation, "alice"), (Message, "do it"),
    (Turn, "alice"), (ToolCall, "add_task"), (ApiToken, "a test"),
    (OAuthClient, "claude"), (OAuthGrant, "claude"), (OAuthRefreshToken, "claude"),
]  # fmt: skip


@pytest.mark.parametrize(("model", "words"), SEARCHES)
def test_search(as_olga: Client, rows: dict[type, Any], model: type, words: str) -> None:
    row = rows[model]
    link = page(model, "change", row.pk)
    assert link in as_olga.get(page(model, "changelist"), {"q": words}).content.decode()
    assert link not in as_olga.get(page(model, "changelist"), {"q": "no such thing"}).content.decode()


@pytest.mark.parametrize("model", [*READ_ONLY, *WRITABLE, *REMOVABLE])
def test_odd_searches(as_olga: Client, rows: dict[type, Any], model: type) -> None:
    for words in ("a\x01b 😀", "%_'\"", "x" * 3000, "WEB-99999999999"):
        assert as_olga.get(page(model, "changelist"), {"q": words}).status_code == 200


@pytest.mark.parametrize("model", [*READ_ONLY, *WRITABLE, *REMOVABLE])
def test_lists_can_be_narrowed(as_olga: Client, rows: dict[type, Any], model: type) -> None:
    """Every filter that a list offers answers."""
    response = as_olga.get(page(model, "changelist"))
    specs = response.context["cl"].filter_specs
    for spec in specs:
        for choice in spec.choices(response.context["cl"]):
            assert as_olga.get(page(model, "changelist") + choice["query_string"]).status_code == 200


@pytest.mark.parametrize("model", WRITABLE)
def test_add_pages_open(as_olga: Client, model: type) -> None:
    assert as_olga.get(page(model, "add")).status_code == 200


@pytest.mark.parametrize("model", [*READ_ONLY, *REMOVABLE])
def test_records_cannot_be_written(as_olga: Client, rows: dict[type, Any], model: type) -> None:
    row = rows[model]
    form = as_olga.get(page(model, "change", row.pk)).content.decode()
    assert 'name="_save"' not in form
    assert as_olga.post(page(model, "change", row.pk), {"title": "x", "content": "x"}).status_code == 403
    assert as_olga.get(page(model, "add")).status_code == 403
    assert as_olga.post(page(model, "add"), {}).status_code == 403


@pytest.mark.parametrize("model", [*READ_ONLY, User, Project])
def test_what_must_stay_cannot_be_deleted(as_olga: Client, rows: dict[type, Any], model: type) -> None:
    row = rows[model]
    assert as_olga.post(page(model, "delete", row.pk), {"post": "yes"}).status_code == 403
    bulk = {"action": "delete_selected", "_selected_action": str(row.pk), "post": "yes"}
    as_olga.post(page(model, "changelist"), bulk)
    assert model.objects.filter(pk=row.pk).exists()  # type: ignore[attr-defined]


@pytest.mark.parametrize("model", [*READ_ONLY, *WRITABLE, *REMOVABLE])
def test_who_is_no_staff_is_sent_to_sign_in(
    as_alice: Client, client: Client, rows: dict[type, Any], model: type
) -> None:
    row = rows[model]
    for visitor in (as_alice, client):
        for name, args in (("changelist", ()), ("add", ()), ("change", (row.pk,)), ("delete", (row.pk,))):
            response = visitor.get(page(model, name, *args))
            assert response.status_code == 302
            assert response.url.startswith(reverse("admin:login"))  # type: ignore[attr-defined]


@pytest.mark.parametrize("model", [*READ_ONLY, *WRITABLE, *REMOVABLE])
def test_staff_need_the_permission(rows: dict[type, Any], model: type) -> None:
    User.objects.create_user("sam", is_staff=True)
    client = Client()
    client.force_login(User.objects.get(username="sam"))
    assert client.get(page(model, "changelist")).status_code == 403
    assert client.get(page(model, "change", rows[model].pk)).status_code == 403


@pytest.mark.parametrize("model", [*READ_ONLY, *WRITABLE, *REMOVABLE])
def test_a_longer_list_takes_no_more_queries(
    as_olga: Client, rows: dict[type, Any], model: type, alice: User, web: Project,
    django_assert_max_num_queries: Any,
) -> None:  # fmt: skip
    """Session, user, count, date hierarchy (bounds, days), the rows, and what filters offer."""
    for n in range(5):
        person = User.objects.create_user(f"person{n}")
        home = Project.objects.get(owner=person)
        add(person, home, assignee=person)
        turn = make_turn(person, home)
        ToolCall.objects.create(turn=turn, call_id="c", step=0, position=0, name="get_task")
        IdempotencyKey.objects.create(actor=person, key="k", request_hash="h")
    with django_assert_max_num_queries(11):
        assert as_olga.get(page(model, "changelist")).status_code == 200


# --- People -------------------------------------------------------------------------------------------


def person_form(user: User, **changes: Any) -> dict[str, Any]:
    return {
        "username": user.username, "first_name": "", "last_name": "", "email": "", "timezone": user.timezone,
        "date_order": user.date_order, "approval": user.approval, "is_active": "on", **changes,
    }  # fmt: skip


def test_adding_a_person(as_olga: Client) -> None:
    form = {
        "username": "bob", "usable_password": "true", "password1": "a-long-one-4",
        "password2": "a-long-one-4", "timezone": "Asia/Tokyo",
        "date_order": "day_first", "approval": "always",
    }  # fmt: skip
    assert as_olga.post(page(User, "add"), form).status_code == 302
    bob = User.objects.get(username="bob")
    assert (bob.timezone, bob.approval, bob.check_password("a-long-one-4")) == ("Asia/Tokyo", "always", True)
    assert Project.objects.get(owner=bob).key == "INBOX"


def test_changing_a_person(as_olga: Client, alice: User) -> None:
    form = person_form(alice, timezone="Asia/Tokyo", approval="never")
    assert as_olga.post(page(User, "change", alice.pk), form).status_code == 302
    alice.refresh_from_db()
    assert (alice.timezone, alice.approval) == ("Asia/Tokyo", "never")


@pytest.mark.parametrize(("field", "value"), [("timezone", "Mars/Olympus"), ("approval", "sometimes")])
def test_a_bad_choice_is_shown(as_olga: Client, alice: User, field: str, value: str) -> None:
    response = as_olga.post(page(User, "change", alice.pk), person_form(alice, **{field: value}))
    assert response.status_code == 200
    assert field in response.context["adminform"].form.errors


def test_passwords_are_not_shown(as_olga: Client, alice: User) -> None:
    shown = as_olga.get(page(User, "change", alice.pk)).content.decode()
    _, salt, digest = alice.password.split("$")
    assert salt not in shown
    assert digest not in shown


def test_staff_do_not_rise_above_themselves(olga: User, alice: User) -> None:
    sam = User.objects.create_user("sam", is_staff=True)
    sam.user_permissions.set(Permission.objects.filter(content_type__app_label="accounts"))
    client = Client()
    client.force_login(sam)
    assert client.post(page(User, "change", olga.pk), person_form(olga)).status_code == 403
    assert client.get(reverse("admin:auth_user_password_change", args=[olga.pk])).status_code == 403
    form = person_form(alice, is_superuser="on", is_staff="on", first_name="Al")
    assert client.post(page(User, "change", alice.pk), form).status_code == 302
    alice.refresh_from_db()
    assert (alice.first_name, alice.is_superuser, alice.is_staff) == ("Al", False, False)


# --- API tokens ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["page", "list"])
def test_deleting_a_token_revokes_it(as_olga: Client, alice: User, how: str) -> None:
    program = Program(alice)
    assert program.get().status_code == 200
    if how == "page":
        as_olga.post(page(ApiToken, "delete", program.token.pk), {"post": "yes"})
    else:
        bulk = {"action": "delete_selected", "_selected_action": str(program.token.pk), "post": "yes"}
        as_olga.post(page(ApiToken, "changelist"), bulk)
    assert program.get().status_code == 401


def test_staff_need_the_permission_to_revoke(alice: User) -> None:
    sam, program = User.objects.create_user("sam", is_staff=True), Program(alice)
    sam.user_permissions.set(Permission.objects.filter(codename="view_apitoken"))
    client = Client()
    client.force_login(sam)
    assert client.get(page(ApiToken, "change", program.token.pk)).status_code == 200
    assert client.post(page(ApiToken, "delete", program.token.pk), {"post": "yes"}).status_code == 403
    assert program.get().status_code == 200


def test_a_token_s_digest_is_not_shown(as_olga: Client, alice: User) -> None:
    token = Program(alice).token
    for address in (page(ApiToken, "changelist"), page(ApiToken, "change", token.pk)):
        assert token.digest not in as_olga.get(address).content.decode()
