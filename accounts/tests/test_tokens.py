"""API tokens: who they let in, for how long, for what, and what that costs."""

from __future__ import annotations

import hashlib
import logging
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connections, transaction
from django.test import Client

from accounts.errors import Invalid
from accounts.models import ApiToken, User
from accounts.tests.programs import LIST, Program
from accounts.tokens import TOKEN_CACHE_SECONDS, create_token
from chat.models import Conversation
from memory.operations import store_memory
from tasks.models import Project
from tasks.tests.making import API

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
LATER = timedelta(seconds=TOKEN_CACHE_SECONDS)


def refused(response: Any, status: int, code: str) -> str:
    assert (response.status_code, response.json()["code"]) == (status, code)
    assert response["Content-Type"] == "application/problem+json"
    return str(response.headers.get("WWW-Authenticate", ""))


def test_a_token_reads_and_writes_without_a_session_or_csrf(alice: User, charlie: User) -> None:
    program = Program(alice)
    created = program.post()
    assert created.status_code == 201
    assert Conversation.objects.get(pk=created.json()["id"]).user == alice
    assert program.get().json()["count"] == 1
    assert Program(charlie).get().json()["count"] == 0
    assert "sessionid" not in program.client.cookies


def test_the_scheme_is_bearer_in_any_case(alice: User) -> None:
    program = Program(alice)
    for scheme, status in (("bearer", 200), ("BEARER", 200), ("Token", 401), ("Basic", 401)):
        assert Client().get(LIST, headers={"Authorization": f"{scheme} {program.text}"}).status_code == status


def test_nobody_is_asked_for_a_token(db: None) -> None:
    assert refused(Client().get(LIST), 401, "unauthenticated") == 'Bearer realm="tasklore"'


def test_another_scheme_leaves_the_session_alone(as_alice: Client) -> None:
    """A proxy that asks for a password sends it along."""
    assert as_alice.get(LIST, headers={"Authorization": "Basic YTpi"}).status_code == 200


@pytest.mark.parametrize(
    "text", ["", "tl-", "tl-" + "x" * 43, "tl-" + "é" * 43, "x" * 46, "a b c", "tl-" + "y" * 9000]
)
def test_a_wrong_token_is_refused_even_beside_a_session(as_alice: Client, text: str) -> None:
    header = refused(as_alice.get(LIST, headers={"Authorization": f"Bearer {text}"}), 401, "invalid_token")
    assert header == 'Bearer realm="tasklore", error="invalid_token"'


def test_a_token_counts_before_the_session(alice: User, charlie: User, as_charlie: Client) -> None:
    program = Program(alice)
    as_charlie.post(LIST, {}, content_type="application/json", headers=program.headers)
    assert Conversation.objects.get().user == alice


def test_it_works_until_it_expires(alice: User) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        program = Program(alice, expires_at=NOON + timedelta(days=1))
        clock.move_to(NOON + timedelta(days=1, microseconds=-1))
        assert program.get().status_code == 200
        # Read just before, and known still: the end is looked at every time.
        clock.move_to(NOON + timedelta(days=1))
        refused(program.get(), 401, "invalid_token")


def test_a_revoked_one_stops_at_once(alice: User) -> None:
    program, other = Program(alice), Program(alice)
    assert program.get().status_code == other.get().status_code == 200
    program.token.delete()
    refused(program.get(), 401, "invalid_token")
    assert other.get().status_code == 200


def test_a_revocation_counts_from_its_commit(transactional_db: None, alice: User) -> None:
    """Whoever reads the token until then must not go on knowing it."""

    def elsewhere() -> int:
        try:
            return int(program.get().status_code)
        finally:
            connections.close_all()

    with time_machine.travel(NOON, tick=False), ThreadPoolExecutor(1) as thread:
        program = Program(alice)
        assert program.get().status_code == 200
        with transaction.atomic():
            program.token.delete()
            assert thread.submit(elsewhere).result() == 200
        refused(program.get(), 401, "invalid_token")


def test_the_log_line_names_the_person(alice: User, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    program = Program(alice)
    program.get()
    (line,) = [record.msg for record in caplog.records if record.name == "tasklore.access"]
    assert line["user_id"] == str(alice.pk)  # type: ignore[index]
    assert program.text not in caplog.text


def test_a_person_who_is_made_inactive_is_out_at_once(alice: User) -> None:
    program = Program(alice)
    assert program.get().status_code == 200
    alice.is_active = False
    alice.save()
    refused(program.get(), 401, "invalid_token")


def test_what_another_process_changed_holds_within_a_second(alice: User) -> None:
    """Rows changed without a signal stand for those that another process changed."""
    with time_machine.travel(NOON, tick=False) as clock:
        gone, narrowed = Program(alice), Program(alice)
        assert gone.get().status_code == narrowed.post().status_code - 1 == 200
        ApiToken.objects.filter(pk=gone.token.pk)._raw_delete("default")
        ApiToken.objects.filter(pk=narrowed.token.pk).update(scopes="read")
        clock.move_to(NOON + LATER)
        refused(gone.get(), 401, "invalid_token")
        refused(narrowed.post(), 403, "insufficient_scope")
        User.objects.filter(pk=alice.pk).update(is_active=False)
        clock.move_to(NOON + 2 * LATER)
        refused(narrowed.get(), 401, "invalid_token")


def test_a_clock_that_is_set_back_does_not_keep_a_token_alive(alice: User) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        program = Program(alice)
        assert program.get().status_code == 200
        ApiToken.objects.filter(pk=program.token.pk)._raw_delete("default")
        clock.move_to(NOON - timedelta(hours=1))
        refused(program.get(), 401, "invalid_token")


def test_a_known_token_costs_no_query(alice: User, django_assert_num_queries: Any) -> None:
    with time_machine.travel(NOON, tick=False):
        program = Program(alice)
        program.get()
        with django_assert_num_queries(3):  # what is shared with her, the count, the rows
            assert program.get().status_code == 200


def test_its_use_is_noted_once_a_minute(alice: User) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        program = Program(alice)
        assert program.row.last_used_at is None
        for seconds, noted in ((0, 0), (30, 0), (59, 0), (60, 60), (100, 60), (121, 121)):
            clock.move_to(NOON + timedelta(seconds=seconds))
            assert program.get().status_code == 200
            assert program.row.last_used_at == NOON + timedelta(seconds=noted)


def test_an_unknown_address_is_not_found(alice: User) -> None:
    for answer in (Program(alice).get("/api/no-such"), Program(alice).post("/api/no-such")):
        refused(answer, 404, "not_found")


# --- Scopes -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("scopes", "reads", "writes"), [("read", 200, 403), ("write", 403, 201), ("read,write", 200, 201)]
)
def test_scopes(alice: User, scopes: str, reads: int, writes: int) -> None:
    program = Program(alice, scopes)
    assert (program.get().status_code, program.post().status_code) == (reads, writes)


def test_a_missing_scope_is_named(alice: User) -> None:
    response = Program(alice, "read").post()
    refused(response, 403, "insufficient_scope")
    assert (
        response.json()["detail"] == "This API token may not write: its scope is read. Make one with write."
    )
    assert not Conversation.objects.exists()


def test_recall_reads_though_it_is_posted(alice: User, web: Project) -> None:
    store_memory(
        actor=alice, origin=API, project=web, key="door", value="The door code is 4711", type="context"
    )
    body = {"project": "WEB", "query": "door code"}
    assert Program(alice, "read").post("/api/memory/recall", body).json()["hits"][0]["key"] == "door"
    refused(Program(alice, "write").post("/api/memory/recall", body), 403, "insufficient_scope")
    refused(
        Program(alice, "read").post("/api/memory/store", {"value": "x", "type": "context"}),
        403,
        "insufficient_scope",
    )


# --- Making them --------------------------------------------------------------------------------------


def test_only_a_digest_is_stored(alice: User) -> None:
    token, text = create_token(actor=alice, name="  a\tlaptop ")
    assert re.fullmatch(r"tl-[A-Za-z0-9_-]{43}", text)
    row = ApiToken.objects.get(pk=token.pk)
    assert (row.name, row.scopes, row.prefix) == ("a laptop", "read,write", text[:8])
    assert row.digest == hashlib.sha256(text.encode()).hexdigest()
    assert text not in str(ApiToken.objects.filter(pk=token.pk).values().get())
    assert create_token(actor=alice, name="another")[1] != text


@pytest.mark.parametrize(
    ("field", "given"),
    [
        ("name", {"name": " "}),
        ("name", {"name": "x" * 101}),
        ("name", {"name": "a\0b"}),
        ("name", {"name": "\ud800"}),
        ("scopes", {"scopes": []}),
        ("scopes", {"scopes": ["read", "admin"]}),
        ("expires_at", {"expires_at": NOON - timedelta(days=1)}),
    ],
)
def test_what_cannot_be_made(alice: User, field: str, given: dict[str, Any]) -> None:
    with time_machine.travel(NOON, tick=False), pytest.raises(Invalid) as refusal:
        create_token(actor=alice, **{"name": "a laptop", **given})
    assert set(refusal.value.fields) == {field}


@pytest.mark.parametrize(
    "wrong", [{"scopes": "admin"}, {"scopes": ""}, {"scopes": "write,read"}, {"name": ""}]
)
def test_the_database_keeps_to_it(alice: User, wrong: dict[str, str]) -> None:
    row = {"name": "x", "prefix": "tl-x", "digest": "d", "scopes": "read"} | wrong
    with pytest.raises(IntegrityError), transaction.atomic():
        ApiToken.objects.create(user=alice, **row)


def made(*arguments: str, **options: Any) -> str:
    out, errors = StringIO(), StringIO()
    call_command("create_api_token", *arguments, stdout=out, stderr=errors, **options)
    assert errors.getvalue() == ""
    return out.getvalue().removesuffix("\n")


def test_the_command_prints_a_working_token_alone(alice: User) -> None:
    text = made("alice")
    assert re.fullmatch(r"tl-[A-Za-z0-9_-]{43}", text)
    answer = Client().get(LIST, headers={"Authorization": f"Bearer {text}"})
    assert answer.status_code == 200
    row = ApiToken.objects.get()
    assert (row.user, row.name, row.scopes, row.expires_at) == (alice, "command line", "read,write", None)


def test_the_command_takes_scopes_a_name_and_an_end(alice: User) -> None:
    with time_machine.travel(NOON, tick=False):
        made("alice", "--scopes", "read", "--name", "backup", "--expires", "30")
    row = ApiToken.objects.get()
    assert (row.name, row.scopes, row.expires_at) == ("backup", "read", NOON + timedelta(days=30))


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["nobody"], "There is no user named nobody"),
        (["alice", "--scopes", "all"], "--scopes: must be one or more of read, write"),
        (["alice", "--name", " "], "--name: must be 1 to 100 characters"),
        (["alice", "--expires", "0"], "--expires must be a number of days"),
        (["alice", "--expires", "99999999999"], "--expires must be a number of days"),
    ],
)
def test_the_command_says_what_is_wrong(alice: User, arguments: list[str], reason: str) -> None:
    with pytest.raises(CommandError, match=re.escape(reason)):
        made(*arguments)
    assert not ApiToken.objects.exists()


def test_the_command_knows_only_people_who_can_sign_in(alice: User) -> None:
    User.objects.filter(pk=alice.pk).update(is_active=False)
    with pytest.raises(CommandError, match="not active"):
        made("alice")
