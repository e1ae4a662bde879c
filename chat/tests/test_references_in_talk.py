"""What "it" and "the second" mean, through the chat: talk in between takes nothing away."""

from __future__ import annotations

from chat.tests.person import Person
from tasks.models import Task


def test_the_list_shown_outlives_what_is_done_with_it(person: Person) -> None:
    person.say("add buy milk, pay rent and call Zoe")
    person.say("what's on my list?")
    person.say("complete the second")
    person.say("what is the capital of Peru?")
    person.say("the third one is done")
    assert set(Task.objects.done().values_list("title", flat=True)) == {"pay rent", "call Zoe"}


def test_several_that_were_just_added_are_a_list(person: Person) -> None:
    person.say("add buy milk, pay rent and call Zoe")
    person.say("the second one is done")
    assert Task.objects.done().get().title == "pay rent"
    person.say("complete the first two")
    person.say("make the third urgent")
    assert Task.objects.get(title="call Zoe").priority == Task.Priority.HIGH
    assert Task.objects.open().count() == 1


def test_it_is_the_task_last_changed_until_a_list_is_shown(person: Person) -> None:
    person.say("add call Anna")
    person.say("tell me a joke")
    person.say("make it urgent")
    assert Task.objects.get(title="call Anna").priority == Task.Priority.HIGH
    person.say("add pay rent")
    person.say("what's on my list?")
    reply = person.say("complete it")
    assert not Task.objects.done().exists() and not reply["receipts"]


def test_an_hour_moves_a_task_within_its_day_and_a_day_keeps_its_hour(person: Person) -> None:
    person.say("add dentist on 4 December 2099 at 2pm")
    person.say("move it to 4pm")
    assert Task.objects.get().due_text(person.user.zone) == "2099-12-04T16:00"
    person.say("move it to 7 December 2099")
    assert Task.objects.get().due_text(person.user.zone) == "2099-12-07T16:00"
