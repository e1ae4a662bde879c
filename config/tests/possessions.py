"""What Alice has at every kind of address, with words in it that nobody else may see."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

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

    def in_path(self, path: str) -> str:
        """An address of the OpenAPI document, with what it names."""
        pk = self.turn if "/turns/" in path else self.conversation
        return path.format(task=self.task, project=self.project, key=self.key, comment=self.comment, id=pk)

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


def possessions(person: Person) -> Possessions:
    """Made anew, through the operations and one turn of the assistant."""
    alice = person.user
    project = operations.create_project(actor=alice, origin=API, key="ZZZ", name=SECRET, description=SECRET)
    task = operations.add_task(
        actor=alice, origin=API, project=project, title=SECRET, description=SECRET, labels=[SECRET]
    )
    comment = operations.add_comment(actor=alice, origin=API, task=task, text=SECRET)
    item = memory.store_memory(
        actor=alice,
        origin=API,
        project=operations.ensure_inbox(alice),
        key="far-away",
        value=f"{SECRET} is far",
        type="context",
    )
    person.begin_anew()
    turn = person.say(f"add {SECRET}")
    # What is done after the reply, such as making it searchable, changes rows.
    assert worker().follow_ups_done(LONGEST_WAIT)
    return Possessions(
        str(task.pk), str(project.pk), turn["conversation"], turn["id"], item.key, str(comment.pk)
    )
