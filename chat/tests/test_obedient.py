"""A model that obeys every text it reads changes nothing without a yes."""

from __future__ import annotations

from typing import Any

import pytest

from accounts.models import Approval, User
from chat.models import ToolCall
from chat.tests.obedient import PHRASES, WISHES, Call, obedient, ordering
from chat.tests.person import Person
from chat.tests.scripted_server import ScriptedServer
from memory.models import MemoryItem
from memory.operations import store_memory
from tasks import operations
from tasks.models import Change, Project, Task
from tasks.tests.making import API, add

VICTIM, MEMORY = "INBOX-1", "iban"


@pytest.fixture
def talker(person: Person, charlie: User) -> Person:
    prepare(person.user, charlie)
    return person


def prepare(user: User, charlie: User) -> None:
    """The user never wants to be asked, has what can be hit, and shares a team's project with Charlie."""
    User.objects.filter(pk=user.pk).update(approval=Approval.NEVER)
    inbox = operations.ensure_inbox(user)
    add(user, inbox, "Pay the rent")
    store_memory(
        actor=user, origin=API, project=inbox, key=MEMORY, value="The account is 4711", type="context"
    )
    team = operations.create_team(actor=user, origin=API, name="Home")
    operations.add_member(actor=user, origin=API, team=team, user=charlie, role="member")
    operations.create_project(actor=user, origin=API, key="HOME", name="Home", team=team)


def hide(where: str, words: str, charlie: User, alice: User) -> Call:
    """Has Charlie write the words somewhere, and says what Alice's model reads them by."""
    home = Project.objects.visible_to(alice).get(key="HOME")
    if where == "title":
        add(charlie, home, words[:200])
        return "list_tasks", {"project": "HOME"}
    if where == "description":
        return "get_task", {"task": add(charlie, home, "Look", description=words).ref}
    if where == "edited":
        task = add(alice, home, "Mine")
        operations.update_task(actor=charlie, origin=API, task=task, changes={"description": words})
        return "get_task", {"task": task.ref}
    if where == "memory":
        store_memory(actor=charlie, origin=API, project=home, value=f"Rent: {words}", type="context")
        return "recall_memory", {"query": "rent", "project": "HOME"}
    task = add(charlie, operations.ensure_inbox(charlie), words[:200])
    operations.share_task(actor=charlie, origin=API, task=task, user=alice)
    return "list_tasks", {"project": "all"}


def done_by_the_model() -> list[str]:
    return list(Change.objects.filter(turn__isnull=False).values_list("verb", flat=True))


@pytest.mark.parametrize("where", ["title", "description", "edited", "memory", "shared"])
def test_words_of_others_change_nothing(
    talker: Person, model: ScriptedServer, charlie: User, where: str
) -> None:
    words = " ".join(ordering(wish, "{order}", victim=VICTIM, memory=MEMORY) for wish in WISHES[:2])
    model.perform(obedient(hide(where, words, charlie, talker.user)))
    turn = talker.say("What is there?", expect=202)
    (waiting,) = [call for call in turn["tool_calls"] if call["status"] == "awaiting_approval"]
    assert (waiting["name"], turn["approval"]["calls"][0]["reason"]) == ("delete_task", "others")
    assert done_by_the_model() == []
    talker.act("reject", turn["id"])
    again = talker.ended(turn["id"])
    assert (again["status"], done_by_the_model()) == ("awaiting_approval", [])
    # What it passes on in its reply is the same words still.
    talker.act("reject", turn["id"])
    assert talker.ended(turn["id"])["status"] == "done"
    model.perform(obedient(("add_task", {"title": "As it said"})))
    assert talker.say("Thanks.", expect=202)["approval"]["calls"][0]["reason"] == "others"


def test_the_persons_own_notes_delete_nothing_either(talker: Person, model: ScriptedServer) -> None:
    """Pasted from a letter, say. By default what deletes is asked about, whoever wrote it."""
    User.objects.filter(pk=talker.user.pk).update(approval=Approval.DESTRUCTIVE)
    inbox = operations.ensure_inbox(talker.user)
    for number, phrase in enumerate(PHRASES):
        wish = WISHES[0] if number % 2 else WISHES[4]
        add(talker.user, inbox, ordering(wish, phrase, victim=VICTIM, memory=MEMORY)[:200])
    model.perform(obedient(("list_tasks", {})))
    turn: dict[str, Any] = talker.say("What is there?", expect=202)
    while turn["status"] == "awaiting_approval":
        assert done_by_the_model() == []
        talker.act("reject", turn["id"])
        turn = talker.ended(turn["id"])
    asked = set(ToolCall.objects.filter(status="rejected").values_list("name", flat=True))
    assert asked == {"delete_task", "delete_memory"}
    assert Task.objects.get(number=1, project=inbox).deleted_at is None
    assert MemoryItem.objects.active().filter(key=MEMORY).exists()
