"""Figures are read in the person's own order through every door that reads dates in words."""

from __future__ import annotations

from datetime import date

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from accounts.models import DateOrder, User
from chat.tests.calling import caller_for
from chat.tests.person import Person
from chat.tests.replies import text
from chat.tests.scripted_server import ScriptedServer
from chat.tools.pinning import pin
from tasks.models import Project, Task
from tasks.tests.making import add

ORDERS = [(DateOrder.DAY_FIRST, date(2027, 4, 3)), (DateOrder.MONTH_FIRST, date(2027, 3, 4))]
both_orders = pytest.mark.parametrize(("order", "meant"), ORDERS)


def write_in(user: User, order: str) -> None:
    user.date_order = order
    user.save(update_fields=["date_order"])


@both_orders
def test_in_the_conversation(person: Person, order: str, meant: date) -> None:
    write_in(person.user, order)
    with time_machine.travel("2026-11-25 12:00", tick=True):
        person.say("add call Anna on 3/4")
        person.say("add swim every day until 3/4")
        person.say("add pay rent on Friday")
        person.say("move it to 3/4")
    assert Task.objects.get(title="call Anna").due_date == meant
    assert f"UNTIL={meant:%Y%m%d}" in Task.objects.get(title="swim").recurrence
    assert Task.objects.get(title="pay rent").due_date == meant


@both_orders
def test_in_tools(alice: User, web: Project, order: str, meant: date) -> None:
    write_in(alice, order)
    alice_calls = caller_for(alice, web)
    assert alice_calls("add_task", title="Call Anna", due="3/4")["due"] == meant.isoformat()
    alice_calls("add_task", title="Swim", repeat="every day until 3/4")
    assert f"UNTIL={meant:%Y%m%d}" in Task.objects.get(title="Swim").recurrence
    assert [each["title"] for each in alice_calls("list_tasks", due="3/4")["tasks"]] == ["Call Anna"]
    pinned = pin("add_task", {"title": "Call", "due": "3/4"}, alice_calls.context)
    assert pinned is not None and pinned["due"] == meant.isoformat()
    told = alice_calls("store_memory", value="The code is 4711", type="context", expires_at="3/4")
    assert told["key"]


@both_orders
def test_on_pages(alice: User, as_alice: Client, web: Project, order: str, meant: date) -> None:
    write_in(alice, order)
    edited, several = add(alice, web, "Edited"), add(alice, web, "Several")
    with time_machine.travel("2026-11-25 12:00", tick=False):
        as_alice.post(reverse("task_add"), {"text": "Quick 3/4", "project": str(web.pk)})
        as_alice.post(reverse("task_edit", args=[edited.pk]), {"due": "3/4", "recurrence": "daily until 3/4"})
        as_alice.post(reverse("tasks_act"), {"verb": "due:3/4", "task": [str(several.pk)]})
        table = SimpleUploadedFile("a.csv", b"Task,Due\nImported,3/4\n")
        seen = as_alice.post("/tasks/import/", {"file": table, "project": str(web.pk)})
        again = {"text": seen.context["text"], "project": str(web.pk), "confirm": "1"}
        as_alice.post("/tasks/import/", again)
    days = dict(Task.objects.values_list("title", "due_date"))
    assert days == dict.fromkeys(("Quick", "Edited", "Several", "Imported"), meant)
    edited.refresh_from_db()
    assert edited.recurrence == f"FREQ=DAILY;UNTIL={meant:%Y%m%d}"


def test_a_model_is_told_of_days_first(person: Person, model: ScriptedServer) -> None:
    model.play([text("Hello."), text("Hello.")])
    person.say("Hi")
    write_in(person.user, DateOrder.DAY_FIRST)
    person.say("Hi")
    hint = "The person writes dates day first"
    assert [hint in str(each["messages"][-1]) for each in model.bodies[:2]] == [False, True]
