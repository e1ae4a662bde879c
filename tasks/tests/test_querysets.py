"""What a person sees, and in what order: days are the person's own, also when the clocks change."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
import time_machine

from accounts.models import User
from tasks import operations
from tasks.dashboard import figures
from tasks.models import Change, Project, Task
from tasks.querysets import day_bounds
from tasks.tests.making import API, add

ZURICH = ZoneInfo("Europe/Zurich")
KIRITIMATI = ZoneInfo("Pacific/Kiritimati")  # 14 hours ahead of UTC.


def titles(tasks: Iterable[Task]) -> list[str]:
    return [task.title for task in tasks]


def at(text: str, zone: ZoneInfo = ZURICH) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone)


def test_everyone_sees_their_own(alice: User, charlie: User, web: Project) -> None:
    task = add(alice, web)
    assert Task.objects.visible_to(alice).get() == task
    assert Task.objects.editable_by(alice).get() == task
    assert not Task.objects.visible_to(charlie).exists()
    assert not Task.objects.editable_by(charlie).exists()
    assert [project.owner for project in Project.objects.visible_to(charlie)] == [charlie]
    assert not Change.objects.visible_to(charlie).exists()


def test_tasks_of_a_trashed_project_are_out_of_sight(alice: User, web: Project) -> None:
    add(alice, web)
    Project.objects.filter(pk=web.pk).update(deleted_at=at("2026-11-30"))
    assert not Task.objects.visible_to(alice).exists()
    assert not Project.objects.visible_to(alice).filter(key="WEB").exists()
    assert Project.objects.restorable_by(alice).filter(key="WEB").exists()


def test_open_done_and_trashed(alice: User, web: Project) -> None:
    for status in Task.Status.values:
        add(alice, web, status, status=status)
    operations.delete_task(actor=alice, origin=API, task=add(alice, web, "gone"))
    tasks = Task.objects.visible_to(alice).order_by("number")
    assert titles(tasks.open()) == ["todo", "in_progress"]
    assert titles(tasks.done()) == ["done"]
    assert titles(tasks.trashed()) == ["gone"]
    assert len(tasks.kept()) == 4


@pytest.mark.parametrize(
    ("day", "hours"), [(date(2026, 10, 24), 24), (date(2026, 10, 25), 25), (date(2027, 3, 28), 23)]
)
def test_a_day_has_the_hours_it_has(day: date, hours: int) -> None:
    start, end = day_bounds(day, ZURICH)
    assert (end.timestamp() - start.timestamp()) / 3600 == hours


def test_due_between_counts_the_persons_days(alice: User, web: Project) -> None:
    add(alice, web, "date", due=date(2026, 10, 25))
    add(alice, web, "first minute", due=at("2026-10-25T00:00"))
    add(alice, web, "last minute", due=at("2026-10-25T23:59"))
    add(alice, web, "day before", due=at("2026-10-24T23:59"))
    add(alice, web, "day after", due=at("2026-10-26T00:00"))
    add(alice, web, "no date")
    day = date(2026, 10, 25)
    tasks = Task.objects.visible_to(alice).order_by("number")
    assert titles(tasks.due_between(day, day, ZURICH)) == ["date", "first minute", "last minute"]
    assert titles(tasks.due_between(day, day, KIRITIMATI)) == ["date", "first minute", "day before"]


def test_overdue(alice: User, web: Project) -> None:
    add(alice, web, "yesterday", due=date(2026, 11, 29))
    add(alice, web, "today", due=date(2026, 11, 30))
    add(alice, web, "a minute ago", due=at("2026-11-30T11:59"))
    add(alice, web, "in a minute", due=at("2026-11-30T12:01"))
    add(alice, web, "done", due=date(2026, 11, 1), status="done")
    tasks = Task.objects.visible_to(alice).order_by("number")
    noon = at("2026-11-30T12:00")
    assert titles(tasks.overdue(noon)) == ["yesterday", "a minute ago"]
    assert [task.is_overdue(noon) for task in tasks] == [True, False, True, False, False]
    elsewhere = noon.astimezone(KIRITIMATI)
    assert titles(tasks.overdue(elsewhere)) == ["yesterday", "today", "a minute ago"]


def test_completed_between(alice: User, web: Project) -> None:
    for moment in ("2026-10-24T23:59", "2026-10-25T00:00", "2026-10-25T23:59", "2026-10-26T00:00"):
        with time_machine.travel(at(moment)):
            add(alice, web, moment, status="done")
    found = Task.objects.visible_to(alice).completed_between(date(2026, 10, 25), date(2026, 10, 25), ZURICH)
    assert titles(found.by_completion()) == ["2026-10-25T23:59", "2026-10-25T00:00"]


def test_by_urgency(alice: User, web: Project, inbox: Project) -> None:
    add(alice, web, "no date", priority="high")
    add(alice, web, "low", due=date(2026, 11, 30), priority="low")
    add(alice, web, "at five", due=at("2026-11-30T17:00"))
    add(alice, web, "high", due=date(2026, 11, 30), priority="high")
    add(alice, web, "tomorrow", due=date(2026, 12, 1), priority="high")
    add(alice, web, "no date either", priority="low")
    add(alice, web, "long ago", due=date(2025, 1, 1), priority="low")
    assert titles(Task.objects.visible_to(alice).by_urgency()) == [
        "long ago", "high", "low", "at five", "tomorrow", "no date", "no date either",
    ]  # fmt: skip


def test_unblocked(alice: User, web: Project) -> None:
    first = add(alice, web, "first")
    add(alice, web, "second", blocked_by=[first])
    tasks = Task.objects.visible_to(alice).open().order_by("number")
    assert titles(tasks.unblocked()) == ["first"]
    operations.complete_task(actor=alice, origin=API, task=first)
    assert titles(tasks.unblocked()) == ["second"]
    operations.reopen_task(actor=alice, origin=API, task=first)
    operations.delete_task(actor=alice, origin=API, task=first)
    assert titles(tasks.unblocked()) == ["second"]


def test_labelled_takes_the_whole_label(alice: User, web: Project) -> None:
    add(alice, web, "home", labels=["home", "garden"])
    add(alice, web, "homework", labels=["homework"])
    add(alice, web, "odd", labels=['a "b" c', "100%", "it's"])
    tasks = Task.objects.visible_to(alice)
    for label, found in [("home", ["home"]), ("garden", ["home"]), ("work", []), ("100%", ["odd"]),
                         ("it's", ["odd"]), ('a "b" c', ["odd"]), ("%", [])]:  # fmt: skip
        assert titles(tasks.labelled(label)) == found


def test_search_takes_every_word_in_any_case(alice: User, web: Project) -> None:
    add(alice, web, "Buy MILK", description="at the corner")
    add(alice, web, "Milk the cow", description="100% by hand")
    tasks = Task.objects.visible_to(alice).order_by("number")
    assert titles(tasks.search("milk")) == ["Buy MILK", "Milk the cow"]
    assert titles(tasks.search("corner BUY")) == ["Buy MILK"]
    assert titles(tasks.search("100%")) == ["Milk the cow"]
    assert titles(tasks.search("b_y")) == []


def test_search_knows_the_case_of_every_letter(alice: User, web: Project) -> None:
    add(alice, web, "Äpfel kaufen", description="ČERVENÉ")
    tasks = Task.objects.visible_to(alice)
    for words in ("äpfel", "ÄPFEL", "červené", "KAUFEN äpfel"):
        assert titles(tasks.search(words)) == ["Äpfel kaufen"]
    assert titles(tasks.titled("äpfel KAUFEN")) == ["Äpfel kaufen"]
    assert titles(tasks.titled("äpfel")) == []
    assert titles(tasks.search("äp.el")) == titles(tasks.titled("äpfel.*")) == []


def test_open_count(alice: User, web: Project) -> None:
    for status in Task.Status.values:
        add(alice, web, status, status=status)
    operations.delete_task(actor=alice, origin=API, task=add(alice, web, "gone"))
    projects = Project.objects.visible_to(alice).with_open_count()
    counts = {each.key: each.open_count for each in projects}  # type: ignore[attr-defined]
    assert counts == {"INBOX": 0, "WEB": 2}


def test_figures(alice: User, charlie: User, web: Project, inbox: Project) -> None:
    now = at("2026-11-25T12:00")  # A Wednesday.
    for due in (date(2026, 11, 24), at("2026-11-25T11:00"), date(2026, 11, 25), at("2026-11-25T23:59"),
                date(2026, 12, 1), at("2026-12-01T23:59"), date(2026, 12, 2), None):  # fmt: skip
        add(alice, web, str(due), due=due)
    for done in ("2026-11-18T23:59", "2026-11-19T00:00", "2026-11-25T11:00"):
        with time_machine.travel(at(done)):
            add(alice, web, done, status="done", due=date(2026, 11, 25))
    operations.delete_task(actor=alice, origin=API, task=add(alice, web, "gone", due=date(2026, 11, 25)))
    add(alice, inbox, "elsewhere", due=date(2026, 11, 25))
    add(charlie, operations.ensure_inbox(charlie), "secret", due=date(2026, 11, 25))
    expected = {"open": 8, "overdue": 2, "due_today": 3, "due_this_week": 5, "done_last_7_days": 2}
    assert figures(actor=alice, project=web, now=now) == expected
    everywhere = {**expected, "open": 9, "due_today": 4, "due_this_week": 6}
    assert figures(actor=alice, project=None, now=now) == everywhere
