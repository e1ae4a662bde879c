"""A write with a key happens once, whatever is sent how often."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Event
from typing import Any

import psycopg
import pytest
import time_machine
from django.db import connection
from django.utils import timezone

from accounts.errors import Invalid, KeyInFlight, KeyReused
from accounts.models import User
from tasks.idempotency import KEPT_FOR, forget_old_keys, once
from tasks.models import IdempotencyKey, Project, Task
from tasks.tests.making import add


def write(actor: User, project: Project, *, key: str = "k", title: str = "Buy milk") -> Any:
    return once(
        actor=actor,
        key=key,
        request={"title": title},
        perform=lambda: {"task": add(actor, project, title).ref},
    )


def test_the_same_request_gets_the_stored_answer(alice: User, web: Project) -> None:
    assert [write(alice, web) for _ in range(3)] == [{"task": "WEB-1"}] * 3
    assert Task.objects.count() == 1


def test_another_request_is_refused(alice: User, web: Project) -> None:
    write(alice, web)
    with pytest.raises(KeyReused):
        write(alice, web, title="Other")
    assert Task.objects.count() == 1


def test_another_key_is_another_write(alice: User, web: Project) -> None:
    assert [write(alice, web, key=key)["task"] for key in ("a", "b")] == ["WEB-1", "WEB-2"]


def test_a_key_belongs_to_its_actor(alice: User, charlie: User, web: Project) -> None:
    write(alice, web)
    theirs = Project.objects.visible_to(charlie).get()
    assert write(charlie, theirs, title="Other") == {"task": "INBOX-1"}


def test_the_order_of_fields_does_not_matter(alice: User) -> None:
    for request in ({"a": 1, "b": 2}, {"b": 2, "a": 1}):
        assert once(actor=alice, key="k", request=request, perform=lambda: 1) == 1


def test_a_failure_frees_the_key_and_leaves_nothing(alice: User, web: Project) -> None:
    def fail() -> None:
        add(alice, web)
        raise Invalid.field("title", "no.")

    with pytest.raises(Invalid):
        once(actor=alice, key="k", request={"title": "Buy milk"}, perform=fail)
    assert (Task.objects.count(), IdempotencyKey.objects.count()) == (0, 0)
    assert write(alice, web) == {"task": "WEB-1"}


@pytest.mark.parametrize("key", ["", "  ", "x" * 256, "\x00"])
def test_a_bad_key_is_named(alice: User, web: Project, key: str) -> None:
    with pytest.raises(Invalid) as refusal:
        write(alice, web, key=key)
    assert list(refusal.value.fields) == ["idempotency_key"]


def test_old_keys_are_forgotten(alice: User, web: Project) -> None:
    write(alice, web, key="old")
    with time_machine.travel(timezone.now() + KEPT_FOR - timedelta(minutes=1)):
        assert forget_old_keys() == 0
    with time_machine.travel(timezone.now() + KEPT_FOR + timedelta(minutes=1)):
        write(alice, web, key="new")
        assert forget_old_keys() == 1
    assert IdempotencyKey.objects.get().key == "new"
    assert timedelta(hours=24) <= KEPT_FOR


def test_while_the_first_is_under_way_the_second_is_refused(transactional_db: None, alice: User) -> None:
    begun, goes_on = Event(), Event()

    def slow() -> str:
        begun.set()
        assert goes_on.wait(20)
        return "done"

    def first() -> Any:
        try:
            return once(actor=alice, key="k", request={}, perform=slow)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(first)
        assert begun.wait(20)
        with pytest.raises(KeyInFlight):
            once(actor=alice, key="k", request={}, perform=lambda: "twice")
        goes_on.set()
        assert running.result() == "done"
    assert once(actor=alice, key="k", request={}, perform=lambda: "twice") == "done"


def test_another_process_is_waited_for_and_then_refused(transactional_db: None, alice: User) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("on SQLite there is one writer at a time, and the second finds the answer")
    with psycopg.connect(**connection.get_connection_params()) as other:
        other.execute(
            "INSERT INTO tasks_idempotencykey (id, created_at, updated_at, actor_id, key, request_hash)"
            " VALUES (gen_random_uuid(), now(), now(), %s, 'k', 'x')",
            [alice.pk],
        )
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '200ms'")
        with pytest.raises(KeyInFlight):
            once(actor=alice, key="k", request={}, perform=lambda: "twice")
        # The connection goes back to the pool, and on to another test.
        with connection.cursor() as cursor:
            cursor.execute("RESET lock_timeout")
    connection.close()
