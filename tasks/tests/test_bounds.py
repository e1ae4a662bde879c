"""What a request may cost grows with what it sends, and no faster."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from tasks.models import Project
from tasks.tests.asking import asked, refs, refused
from tasks.tests.making import add


def queries_to_import(client: Client, rows: list[dict[str, Any]], *, failed: int) -> int:
    with CaptureQueriesContext(
        connection,
    ) as captured:
        report = asked(client, "post", "tasks/import/?dry_run=true", {"tasks": rows})
    assert (report["created"], report["failed"]) == (len(rows) - failed, failed)
    return len(captured)


def chain(length: int, *, step: int, name: str) -> list[dict[str, Any]]:
    """Each row names the next one, or with a `step` of -1 the one before."""
    rows = [{"title": f"{n}", "ref": f"Q-{n}", name: f"Q-{n + step}"} for n in range(1, length + 1)]
    return [row | {name: [row[name]]} if name == "blocked_by" else row for row in rows]


@pytest.mark.parametrize("name", ["parent", "blocked_by"])
def test_a_wrong_end_of_a_long_chain_is_found_in_one_run(as_alice: Client, inbox: Project, name: str) -> None:
    few, many = (
        queries_to_import(as_alice, chain(length, step=1, name=name), failed=length) for length in (5, 20)
    )
    assert many < 5 * few


@pytest.mark.parametrize("name", ["parent", "blocked_by"])
def test_a_long_chain_is_not_walked_for_each_link(as_alice: Client, inbox: Project, name: str) -> None:
    def rows(length: int) -> list[dict[str, Any]]:
        found = chain(length, step=-1, name=name)
        del found[0][name]
        return found

    few, many = (queries_to_import(as_alice, rows(length), failed=0) for length in (5, 20))
    assert many < 5 * few


def test_no_more_labels_than_a_task_can_have(as_alice: Client, inbox: Project) -> None:
    refused(as_alice, "get", f"tasks/?label={','.join('x' * 3000)}", field="label")


@pytest.mark.parametrize("name", ["due_before", "created_before"])
def test_any_offset_that_an_instant_can_have(as_alice: Client, alice: User, web: Project, name: str) -> None:
    add(alice, web, due=None)
    assert refs(as_alice, f"{name}=1999-12-31T00:00:00-23:59") == []
