"""What Alice has at every kind of address, with words in it that nobody else may see."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from accounts.models import User
from chat.tests.person import LONGEST_WAIT, Person
from chat.worker import worker
from memory import operations as memory
from tasks import operations
from tasks.changes import Origin
from tasks.models import Door

SECRET = "Zanzibar"
API = Origin(Door.API)


@dataclass(frozen=True, slots=True)
class Possessions:
    """By what addresses name them by."""

    task: str
    project: str
    conversation: str
    turn: str
    key: str
    comment: str
    team: str
    invitation: str
    member: str = "vera"
    person: str = "dora"

    def in_path(self, path: str) -> str:
        """An address of the OpenAPI document, with what it names."""
        pk = self.turn if "/turns/" in path else self.conversation
        named = {name: getattr(self, name) for name in self.__slots__}
        return path.format(**named, id=pk)

    def filled(self, value: Any) -> Any:
        """A body, with what it names in angle brackets."""
        if isinstance(value, dict):
            return {name: self.filled(inner) for name, inner in value.items()}
        if isinstance(value, list):
            return [self.filled(inner) for inner in value]
        if isinstance(value, str):
            for name in self.__slots__:
                value = value.replace(f"<{name}>", getattr(self, name))
        return value


MEMBERS = {"bob": "member", "vera": "viewer"}


def possessions(person: Person, *, of_team: bool = False) -> Possessions:
    """Made anew, through the operations and one turn of the assistant.

    Bob is a member of the team and Vera may look, at the project and the conversation too if they are
    `of_team`; a task is shared with Dora.
    """
    alice = person.user
    by: dict[str, Any] = {"actor": alice, "origin": API}
    people = {name: User.objects.get_or_create(username=name)[0] for name in (*MEMBERS, "dora")}
    team = operations.create_team(**by, name=SECRET if of_team else "Movers")
    for name, role in MEMBERS.items():
        operations.add_member(**by, team=team, user=people[name], role=role)
    invited = operations.invite(**by, team=team, email="someone@far-away.example")
    project = operations.create_project(
        **by, key="ZZZ", name=SECRET, description=SECRET, team=team if of_team else None
    )
    task = operations.add_task(
        actor=alice, origin=API, project=project, title=SECRET, description=SECRET, labels=[SECRET]
    )
    comment = operations.add_comment(actor=alice, origin=API, task=task, text=SECRET)
    operations.share_task(**by, task=task, user=people["dora"])
    item = memory.store_memory(
        actor=alice,
        origin=API,
        project=operations.ensure_inbox(alice),
        key="far-away",
        value=f"{SECRET} is far",
        type="context",
    )
    person.begin_anew()
    if of_team:
        person.begin({"project": str(project.pk), "shared": True})
    turn = person.say(f"add {SECRET}")
    # What is done after the reply, such as making it searchable, changes rows.
    assert worker().follow_ups_done(LONGEST_WAIT)
    return Possessions(
        str(task.pk), str(project.pk), turn["conversation"], turn["id"], item.key, str(comment.pk),
        str(team.pk), str(invited.invitation.pk),
    )  # fmt: skip
