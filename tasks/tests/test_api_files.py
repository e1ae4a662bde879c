"""Tasks as files: what an export holds, what an import makes of it, and that nothing is lost on the way."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from tasks import operations
from tasks.models import Project, Task
from tasks.tests.asking import TASK_KEYS, asked, refused, send
from tasks.tests.making import API, add
from tasks.transfer import exports, files

STAMPS = ("id", "created_at", "updated_at")
NASTY = [
    "=1+1",
    "+1",
    "-1",
    "@x",
    "'=1",
    "''=1",
    "'quoted'",
    'say "hi", he said; ok',
    "Ünïcödé 🎉",
    "a|b",
    "%x",
]


def exported(client: Client, query: str = "") -> bytes:
    response = send(client, "get", f"tasks/export/?{query}")
    assert response.status_code == 200, response.content
    return b"".join(response)


def rows(raw: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(raw.decode(), newline="")))


def imported(client: Client, body: Any, query: str = "", *, expect: int = 200) -> Any:
    kind = "text/csv" if isinstance(body, (str, bytes)) else "application/json"
    response = client.post(f"/api/tasks/import/?{query}", body, content_type=kind)
    assert response.status_code == expect, response.content
    return response.json()


@pytest.fixture
def full(alice: User, web: Project, inbox: Project) -> list[Task]:
    """Tasks with all that a task can hold, some naming others that come later in a file."""
    made = [add(alice, (web, inbox)[n % 2], title, description=title) for n, title in enumerate(NASTY)]
    made += [
        add(alice, web, "Day", due=date(2026, 11, 30), labels=["a b", "c,d", 'e"f', "-g"], priority="low"),
        add(alice, web, "Time", due=datetime(2026, 11, 30, 16, tzinfo=UTC), recurrence="FREQ=WEEKLY"),
        add(alice, inbox, "Done", status="done", description="One\n\n=Two\n'Three", assignee=alice),
    ]
    by: dict[str, Any] = {"actor": alice, "origin": API}
    operations.update_task(**by, task=made[0], changes={"parent": made[-2], "blocked_by": made[-3:]})
    operations.update_task(**by, task=made[1], changes={"status": "cancelled", "parent": made[0]})
    return made


@pytest.mark.parametrize("kind", ["json", "csv"])
def test_a_round_trip_is_equal(as_alice: Client, alice: User, full: list[Task], kind: str) -> None:
    first = exported(as_alice, f"format={kind}")
    Task.objects.all().delete()
    Project.objects.exclude(key="INBOX").delete()
    Project.objects.update(last_number=0)
    body = json.loads(first) if kind == "json" else first
    report = imported(as_alice, body, "create_projects=true")
    assert (report["created"], report["failed"]) == (len(full), 0)
    assert plain(exported(as_alice, f"format={kind}"), kind) == plain(first, kind)


def plain(raw: bytes, kind: str) -> list[Any]:
    tasks = json.loads(raw)["tasks"] if kind == "json" else rows(raw)
    return sorted(
        ({k: v for k, v in task.items() if k not in STAMPS} for task in tasks), key=lambda t: t["ref"]
    )


def test_an_export_is_what_lists_show(as_alice: Client, full: list[Task]) -> None:
    tasks = json.loads(exported(as_alice))["tasks"]
    assert [list(task) for task in tasks] == [TASK_KEYS] * len(full)
    shown = asked(as_alice, "get", "tasks/?limit=200")["results"]
    assert sorted(tasks, key=lambda task: str(task["id"])) == sorted(shown, key=lambda task: str(task["id"]))


def test_an_export_has_a_name(as_alice: Client) -> None:
    response = send(as_alice, "get", "tasks/export/?format=csv")
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert response["Content-Disposition"].startswith('attachment; filename="tasks-20')
    assert json.loads(exported(as_alice)) == {"tasks": []}
    assert b"".join(response).startswith(b"ref,project,title,")


def test_an_export_is_made_piece_by_piece(
    as_alice: Client, full: list[Task], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exports, "PIECE", 2)
    monkeypatch.setattr(files, "PIECE", 2)
    response = send(as_alice, "get", "tasks/export/")
    pieces: Iterator[bytes] = iter(response.streaming_content)
    next(pieces)
    next(pieces)
    Task.objects.filter(title="Done").delete()
    assert b'"Done"' not in b"".join(pieces)


@pytest.mark.parametrize(
    ("query", "titles"),
    [("status=done", ["Done"]), ("label=c%2Cd", []), ("due_date=2026-11-30&project=WEB", ["Day", "Time"])],
)
def test_filters_apply(as_alice: Client, full: list[Task], query: str, titles: list[str]) -> None:
    assert [task["title"] for task in json.loads(exported(as_alice, query))["tasks"]] == titles


@pytest.mark.parametrize("query", ["format=xml", "ordering=title", "limit=5", "status=x", "x=1"])
def test_a_bad_parameter_is_named(as_alice: Client, query: str) -> None:
    refused(as_alice, "get", f"tasks/export/?{query}", field=query.partition("=")[0])


def test_no_cell_is_a_formula(as_alice: Client, full: list[Task]) -> None:
    cells = [cell for row in rows(exported(as_alice, "format=csv")) for cell in row.values()]
    assert "'=1+1" in cells
    assert [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r"))] == []


def test_nothing_of_a_stranger_is_exported(as_charlie: Client, full: list[Task]) -> None:
    assert json.loads(exported(as_charlie)) == {"tasks": []}
    assert len(rows(exported(as_charlie, "format=csv"))) == 0


CSV = """title,project,due_date,labels,priority,ref,parent
Roof,WEB,2026-11-30,"home, big",high,A-1,
Walls,WEB,someday,,,A-2,
,WEB,,,,A-3,
Tiles,WEB,,,,A-4,A-1
Paint,WEB,,,,A-5,A-2
Garden,NOPE,,,,A-6,
Door,WEB,,,,A-7,WEB-99
"""


def test_each_row_has_its_result(as_alice: Client, web: Project) -> None:
    report = imported(as_alice, CSV)
    assert (report["created"], report["failed"]) == (2, 5)
    assert [(each["row"], each["status"]) for each in report["results"]] == [
        (2, 201), (3, 400), (4, 400), (5, 201), (6, 400), (7, 400), (8, 400),
    ]  # fmt: skip
    wrong = [list(each["error"]["errors"]) for each in report["results"] if "error" in each]
    assert wrong == [["due_date"], ["title"], ["parent"], ["project"], ["parent"]]
    roof, tiles = Task.objects.order_by("number")
    assert (roof.ref, roof.title, roof.due, roof.labels, roof.priority) == (
        "WEB-1", "Roof", date(2026, 11, 30), ["home", "big"], "high",
    )  # fmt: skip
    assert (tiles.ref, tiles.parent) == ("WEB-2", roof)
    assert [each["ref"] for each in report["results"] if "ref" in each] == ["WEB-1", "WEB-2"]


def test_all_or_none(as_alice: Client, web: Project) -> None:
    told = imported(as_alice, CSV, "atomic=true", expect=400)
    assert {"row 3.due_date", "row 4.title", "row 7.project"} <= set(told["errors"])
    assert not Task.objects.exists()
    assert imported(as_alice, "title\nOne\nTwo\n", "atomic=true")["created"] == 2


def test_a_try_makes_nothing(as_alice: Client, web: Project) -> None:
    report = imported(as_alice, CSV, "dry_run=true&create_projects=true")
    assert (report["created"], report["failed"]) == (3, 4)
    assert not Task.objects.exists()
    assert not Project.objects.filter(key="NOPE").exists()


def test_rows_that_wait_for_each_other(as_alice: Client) -> None:
    items = [
        {"title": "a", "ref": "A-1", "blocked_by": ["A-2"]},
        {"title": "b", "ref": "A-2", "blocked_by": ["A-1"]},
        {"title": "c", "ref": "A-3", "blocked_by": ["A-3"]},
        {"title": "d", "ref": "A-4"},
        {"title": "e", "ref": "A-4"},
    ]
    report = imported(as_alice, {"tasks": items})
    assert [each["status"] for each in report["results"]] == [400, 400, 400, 201, 400]
    assert [task.title for task in Task.objects.all()] == ["d"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ("title,colour,size\nx,red,1\n", "colour"),
        ("title,colour,size\nx,red,1\n", "size"),
        ("name\nx\n", "name"),
        ("project\nWEB\n", "title"),
        ("title,title\nx,y\n", "title"),
        ("title\nx,y\n", "row 2"),
        ([{"title": "x", "colour": "red"}], "colour"),
        (["x"], "tasks.0"),
        ({"tasks": 7}, "tasks"),
        ({"items": []}, "items"),
        ([], "tasks"),
    ],
)
def test_a_bad_file_is_refused(as_alice: Client, body: Any, field: str) -> None:
    assert field in imported(as_alice, body, expect=400)["errors"]
    assert not Task.objects.exists()


@pytest.mark.parametrize("raw", [b"", b"title\n", b"\xff\xfe", b'title\n"x', b"title\n" + b"x\n" * 5001])
def test_what_is_no_file(as_alice: Client, raw: bytes) -> None:
    assert imported(as_alice, raw, expect=400)["code"] == "invalid"
    assert not Task.objects.exists()


def test_what_spreadsheets_save(as_alice: Client) -> None:
    raw = "\ufeffTitle; Labels ;completed_at;status\r\nÄpfel;a;2026-01-02T03:04:05Z;done\r\n;;;\r\n"
    assert imported(as_alice, raw)["created"] == 1
    task = Task.objects.get()
    assert (task.title, task.labels) == ("Äpfel", ["a"])
    assert task.completed_at == datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def test_other_kinds_are_refused(as_alice: Client) -> None:
    response = as_alice.post("/api/tasks/import/", "title: x", content_type="application/yaml")
    assert response.status_code == 415
