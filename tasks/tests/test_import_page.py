"""Tasks from Todoist and from tables: seen first, each error by row and column, and then added once."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from accounts.models import User
from tasks.models import Project, Task

PAGE = "/tasks/import/"
TODOIST = """\ufeffTYPE,CONTENT,DESCRIPTION,PRIORITY,INDENT,AUTHOR,RESPONSIBLE,DATE,DATE_LANG,TIMEZONE
task,Move house @home,Boxes first,1,1,Ann (1),,1 Dec 2026,en,Europe/Zurich
task,Rent a van,,4,2,Ann (1),,every Monday,en,
note,Ask Bob,,,,Ann (1),,,,
,,,,,,,,,
section,Paper work,,,,,,,,
task,Tell the bank,,4,1,Ann (1),,when the moon is full,en,
task,,Nothing to do,1,1,,,,en,
"""


def send(client: Client, text: str | bytes, project: Project, **more: str) -> Any:
    raw = text.encode() if isinstance(text, str) else text
    return client.post(PAGE, {"file": SimpleUploadedFile("a.csv", raw), "project": str(project.pk), **more})


def confirm(client: Client, preview: Any, project: Project) -> Any:
    form = {"text": preview.context["text"], "project": str(project.pk), "confirm": "1"}
    return client.post(PAGE, form, follow=True)


@time_machine.travel("2026-11-27 12:00", tick=False)
def test_todoist(as_alice: Client, web: Project) -> None:
    preview = send(as_alice, TODOIST, web)
    lines = {line.number: line for line in preview.context["lines"]}
    assert [column for column, _ in lines[8].wrong] == ["CONTENT"]
    assert lines[7].notes == ["“when the moon is full” is no date here: kept in the description."]
    assert (preview.context["right"], preview.context["wrong"]) == (3, 1)
    assert not Task.objects.exists()
    done = confirm(as_alice, preview, web)
    assert "Added 3 tasks. Left out: 1 row." in done.content.decode()
    house, van, bank = Task.objects.order_by("number")
    assert (house.title, house.labels, house.priority, house.due_date) == (
        "Move house",
        ["home"],
        "high",
        date(2026, 12, 1),
    )
    assert (van.parent, van.recurrence, van.due_date) == (house, "FREQ=WEEKLY;BYDAY=MO", date(2026, 11, 30))
    assert van.description == "Ask Bob"
    assert (bank.labels, bank.description) == (["paper work"], "Due: when the moon is full")


@time_machine.travel("2026-11-27 12:00", tick=False)
def test_a_table_with_headings_of_its_own(as_alice: Client, web: Project) -> None:
    table = 'Task Name;Due;Tags;Notes\r\nPay rent;tomorrow 5pm;home;"two\nlines"\r\nWater;2026-12-01;;\r\n'
    preview = send(as_alice, table, web)
    assert [line.task.title for line in preview.context["lines"]] == ["Pay rent", "Water"]
    assert "28 Nov 2026, 17:00" in preview.content.decode()
    confirm(as_alice, preview, web)
    rent, water = Task.objects.order_by("number")
    assert rent.due_text(rent.project.owner.zone) == "2026-11-28T17:00"
    assert (rent.labels, rent.description, water.due_date) == (["home"], "two\nlines", date(2026, 12, 1))


def test_each_error_names_its_row_and_column(as_alice: Client, web: Project) -> None:
    table = "Name,Priority,Due\n" + "x" * 201 + ",high,\nfine,urgent,\n,,2026-12-01\n"
    lines = {line.number: line for line in send(as_alice, table, web).context["lines"]}
    assert [lines[number].wrong[0][0] for number in (2, 3, 4)] == ["Name", "Priority", "Name"]


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"", "submitted file is empty"),
        (b"priority\nhigh\n", "title: is missing"),
        (b"\xff\xfe", "not UTF-8"),
        (b"a,b\n1,2\n", "Unknown columns: a, b."),
        (b'title\n"open', "no CSV"),
        (b"title\n", "1 to 1000 tasks"),
        (b"title\n" + b"x\n" * 1001, "1 to 1000 tasks"),
        (b"TYPE,CONTENT\nsection,x\n", "no tasks"),
        (b"title\n" + b"x" * 600_000, "At most 512 kB"),
        (b"title\na\0b\n", "NUL"),
    ],
)
def test_what_is_no_such_file_is_explained(as_alice: Client, web: Project, raw: bytes, said: str) -> None:
    answer = send(as_alice, raw, web)
    assert said in answer.content.decode().replace("&#x27;", "'"), answer.content[-2000:]
    assert not Task.objects.exists()


def test_a_file_is_needed(as_alice: Client, web: Project) -> None:
    answer = as_alice.post(PAGE, {"project": str(web.pk)})
    assert answer.status_code == 400 and "Choose a file." in answer.content.decode()


def test_strangers(as_charlie: Client, charlie: User, web: Project) -> None:
    answer = send(as_charlie, "title\nx\n", web, confirm="1")
    assert answer.status_code == 400 and answer.context["form"].errors["project"]
    elsewhere = send(as_charlie, "title,project\nx,WEB\n", charlie.projects.get())
    assert elsewhere.context["lines"][0].wrong[0][0] == "project"
    assert Client().get(PAGE)["Location"].startswith(reverse("login"))
    assert not Task.objects.exists()
