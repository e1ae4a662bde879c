"""The same calls through the conversation, MCP and REST leave the same rows, errors and refusals behind.

Each call is made by each of the cast in a world of its own and through each door. A tool without its way over
REST fails, and so does one that MCP does not list or the conversation does not know.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import time_machine
from django.test import Client

from accounts.models import Approval, User
from accounts.tokens import create_token
from chat.tests.calling import WEDNESDAY
from chat.tests.mcp_client import McpProgram
from chat.tests.person import Person
from chat.tests.replies import calls, words
from chat.tests.scripted_server import ScriptedServer
from chat.tests.scripts import has_results
from chat.tools.registry import Risk, all_tools
from conftest import make_user
from memory.models import MemoryItem
from memory.tests.talk import remember
from tasks import operations
from tasks.changes import Origin
from tasks.models import Change, Door, Project, Task
from tasks.tests.cast import ROLES
from tasks.tests.making import API, add, make_turn

pytestmark = pytest.mark.django_db(transaction=True)

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Asked:
    """A REST request; `body` None for none."""

    verb: str
    path: str
    body: Json | None = None


def fields(given: Json) -> Json:
    """A body for a task: without what is in the address, and with the names that REST has."""
    names = {"due": "due_date", "repeat": "recurrence"}
    return {names.get(name, name): value for name, value in given.items() if name != "task"}


def row(given: Json) -> str:
    return f"/api/tasks/{given['task']}/"


def item(given: Json) -> str:
    return f"/api/memory/{given['key']}"


def listed(given: Json) -> Asked:
    wanted = {"project": "INBOX", "status": "open"} | given
    if wanted["project"] == "all":
        del wanted["project"]
    query = "&".join(f"{name}={value}" for name, value in wanted.items())
    return Asked("get", f"/api/tasks/?{query}")


# How each tool's call is asked over REST.
REST: dict[str, Callable[[Json], Asked]] = {
    "add_task": lambda given: Asked("post", "/api/tasks/", fields(given)),
    "list_tasks": listed,
    "get_task": lambda given: Asked("get", row(given)),
    "update_task": lambda given: Asked("patch", row(given), fields(given)),
    "complete_task": lambda given: Asked("post", row(given) + "complete/"),
    "reopen_task": lambda given: Asked("post", row(given) + "reopen/"),
    "delete_task": lambda given: Asked("delete", row(given)),
    "restore_task": lambda given: Asked("post", row(given) + "restore/"),
    "next_task": lambda given: Asked(
        "get",
        f"/api/tasks/?status=open&blocked=false&ordering=urgency&project={given.get('project', 'INBOX')}",
    ),
    "list_projects": lambda given: Asked("get", "/api/projects/"),
    "create_project": lambda given: Asked("post", "/api/projects/", given),
    "get_dashboard": lambda given: Asked("get", f"/api/dashboard/?project={given.get('project', 'INBOX')}"),
    "store_memory": lambda given: Asked("post", "/api/memory/store", given),
    "recall_memory": lambda given: Asked("post", "/api/memory/recall", given),
    "update_memory": lambda given: Asked("patch", item(given), {"value": given["value"]}),
    "delete_memory": lambda given: Asked("delete", item(given)),
    "undo": lambda given: Asked("post", f"/api/turns/{given['turn']}/undo/"),
}

# At first INBOX-1 “Buy milk” is open, INBOX-2 “Old” done, INBOX-3 “Gone” in the trash, and “port” is
# remembered, for each of the cast. WEB, its WEB-1, its WEB-2 in the trash and its “plan” are of a team that
# Alice owns: Bob is a member, Vera may view, and Charlie is not in it. Then each call finds what the ones
# before it left. `{mine}` is a turn that renamed INBOX-2, `{alices}` the same of Alice's.
CALLS: list[tuple[str, Json]] = [
    ("add_task", {"title": "Call Ann"}),
    ("add_task", {"title": "Call Ben", "priority": "high", "labels": ["Phone"], "due": "2026-11-30"}),
    ("add_task", {"title": "Call Cleo", "description": "About the roof", "assignee": "me"}),
    ("add_task", {"title": "Water plants", "due": "2026-11-30", "repeat": "FREQ=WEEKLY"}),
    ("add_task", {"title": "Launch", "project": "WEB"}),
    ("add_task", {"title": "Sub", "parent": "INBOX-1"}),
    ("add_task", {"title": "Sub", "parent": "WEB-1"}),
    ("add_task", {"title": ""}),
    ("add_task", {"title": "x" * 201}),
    ("add_task", {"title": "Call Ann", "priority": "urgent"}),
    ("add_task", {"title": "Call Ann", "assignee": "nobody"}),
    ("add_task", {"title": "Call Ann", "owner": "alice"}),
    ("list_tasks", {}),
    ("list_tasks", {"status": "done"}),
    ("list_tasks", {"project": "all", "search": "milk"}),
    ("list_tasks", {"project": "WEB"}),
    ("get_task", {"task": "INBOX-1"}),
    ("get_task", {"task": "WEB-1"}),
    ("get_task", {"task": "INBOX-99"}),
    ("update_task", {"task": "INBOX-1", "title": "Oat milk", "priority": "low"}),
    ("update_task", {"task": "INBOX-1", "labels": ["shop"], "due": "2026-12-01"}),
    ("update_task", {"task": "INBOX-1", "status": "in_progress"}),
    ("update_task", {"task": "INBOX-1", "status": "lost"}),
    ("update_task", {"task": "INBOX-1", "blocked_by": ["INBOX-4"]}),
    ("update_task", {"task": "INBOX-1", "blocked_by": ["INBOX-1"]}),
    ("update_task", {"task": "WEB-1", "title": "Mine"}),
    ("next_task", {"project": "INBOX"}),
    ("next_task", {"project": "WEB"}),
    ("complete_task", {"task": "INBOX-7"}),
    ("complete_task", {"task": "INBOX-1"}),
    ("complete_task", {"task": "WEB-1"}),
    ("reopen_task", {"task": "INBOX-1"}),
    ("reopen_task", {"task": "WEB-1"}),
    ("delete_task", {"task": "INBOX-4"}),
    ("delete_task", {"task": "WEB-1"}),
    ("restore_task", {"task": "INBOX-3"}),
    ("restore_task", {"task": "WEB-2"}),
    ("list_projects", {}),
    ("get_dashboard", {"project": "INBOX"}),
    ("get_dashboard", {"project": "WEB"}),
    ("store_memory", {"value": "We deploy on Tuesdays", "type": "decision", "key": "deploys"}),
    ("store_memory", {"value": "We deploy", "type": "decision", "project": "WEB", "key": "d"}),
    ("store_memory", {"value": "", "type": "context"}),
    ("recall_memory", {"query": "which port has staging"}),
    ("recall_memory", {"query": "the plan", "project": "WEB"}),
    ("update_memory", {"key": "port", "value": "Staging runs on port 9443"}),
    ("update_memory", {"key": "nothing such", "value": "x"}),
    ("delete_memory", {"key": "port"}),
    ("delete_memory", {"key": "nothing such"}),
    ("undo", {"turn": "{mine}"}),
    ("undo", {"turn": "{mine}"}),
    ("undo", {"turn": "{alices}"}),
    ("undo", {"turn": "01a201ac-f200-7583-b148-15902d68f95f"}),
    ("create_project", {"name": "Garden", "key": "GARDEN"}),
    ("create_project", {"name": "Garden", "key": "not a key"}),
    ("create_project", {"name": "Another", "key": "WEB"}),
    ("update_task", {"task": "INBOX-1", "project": "WEB"}),
]  # fmt: skip


@pytest.fixture(autouse=True)
def _on_wednesday() -> Iterator[None]:
    with time_machine.travel(WEDNESDAY):
        yield


# What is not theirs alone: for those who share it, the rest is as it is for Alice.
SHARED = [each for each in CALLS if "WEB" in str(each[1].values()) or "{" in str(each[1].values())]


class World:
    """The cast once more, for one door alone: what they see is the same at the beginning of each."""

    def __init__(self, door: str, who: str) -> None:
        self.cast = {name: make_user(f"{name}-{door}") for name in {"alice", who}}
        self.turns = {name: self._furnish(user) for name, user in sorted(self.cast.items())}
        alice = self.cast["alice"]
        team = operations.create_team(actor=alice, origin=API, name="Home")
        if who in ROLES:
            member = self.cast[who]
            operations.add_member(actor=alice, origin=API, team=team, user=member, role=ROLES[who])
        web = operations.create_project(actor=alice, origin=API, key="WEB", name="Website", team=team)
        add(alice, web, "Alice's own")
        operations.delete_task(actor=alice, origin=API, task=add(alice, web, "Dropped"))
        remember(web, "The plan is to rise early", key="plan")

    def _furnish(self, user: User) -> str:
        user.approval = Approval.NEVER
        user.save()
        inbox = operations.ensure_inbox(user)
        add(user, inbox)
        old = add(user, inbox, "Ancient", status="done")
        operations.delete_task(actor=user, origin=API, task=add(user, inbox, "Gone"))
        remember(inbox, "Staging runs on port 8443", key="port")
        turn = make_turn(user, inbox)
        operations.update_task(
            actor=user, origin=Origin(Door.CHAT, turn.pk), task=old, changes={"title": "Old"}
        )
        return str(turn.pk)

    def state(self) -> list[Any]:
        """Every row of this world that a tool may write."""
        return [self._rows(name, user) for name, user in sorted(self.cast.items())]

    def _rows(self, name: str, user: User) -> list[Any]:
        tasks = Task.objects.filter(project__owner=user).select_related("project", "parent", "assignee")
        items = MemoryItem.objects.filter(project__owner=user).select_related("project")
        made = Change.objects.filter(project__owner=user).select_related("actor")
        return [
            name,
            sorted(Project.objects.filter(owner=user).values_list("key", "name")),
            sorted(
                (
                    each.ref, each.title, each.description, each.status, each.priority, str(each.due_date),
                    str(each.due_at), each.labels, each.recurrence, each.deleted_at is None,
                    each.assignee == user, each.parent.ref if each.parent else "", each.completed_at is None,
                    sorted(blocker.ref for blocker in each.blocked_by.select_related("project")),
                )
                for each in tasks
            ),
            sorted((each.project.key, each.key, each.value, each.type, each.status) for each in items),
            sorted((row.actor == user, row.verb, row.ref, row.title, row.undone_at is None) for row in made),
        ]  # fmt: skip


class Rest:
    def __init__(self, user: User) -> None:
        _, text = create_token(actor=user, name="a program")
        self._headers = {"Authorization": f"Bearer {text}"}

    def __call__(self, name: str, given: Json) -> str:
        """The code of the refusal; empty when there is none."""
        asked = REST[name](given)
        answer: Any = getattr(Client(), asked.verb)(
            asked.path, asked.body, content_type="application/json", headers=self._headers
        )
        assert answer.status_code < 500
        if answer.status_code < 400:
            return ""
        problem = answer.json()
        # What a body or a filter names and the caller cannot see is a wrong field here, which the 400 names.
        if problem["status"] == 400 and list(problem["errors"]) in (["project"], ["parent"]):
            return "not_found"
        return str(problem["code"])


class Mcp:
    def __init__(self, user: User) -> None:
        self.program = McpProgram(user)

    def __call__(self, name: str, given: Json) -> str:
        result = self.program.ask("tools/call", {"name": name, "arguments": given})
        return str(result["structuredContent"]["error"]["code"]) if result["isError"] else ""


class Chat:
    def __init__(self, user: User, model: ScriptedServer) -> None:
        self.user, self.model = user, model

    def __call__(self, name: str, given: Json) -> str:
        once = calls((name, given))
        self.model.perform(lambda body: words("So be it.") if has_results(body) else once)
        # Each in a conversation of its own: where others' words were read, a write would wait for a yes.
        (call,) = Person(self.user).say("Do it")["tool_calls"]
        assert call["status"] in ("done", "failed")
        return str(call["result"]["error"]["code"]) if call["status"] == "failed" else ""


def test_each_tool_is_at_every_door(alice: User) -> None:
    tools = all_tools().keys()
    assert REST.keys() == tools
    assert {name for name, _ in CALLS} == tools
    assert {each["name"] for each in McpProgram(alice).ask("tools/list")["tools"]} == tools


@pytest.mark.one_lane
@pytest.mark.parametrize(
    ("who", "made", "least"),
    [
        ("alice", CALLS, 15),
        ("bob", SHARED, 2),
        ("vera", SHARED, 5),
        ("charlie", CALLS, 15),
    ],
)
def test_every_door_does_and_refuses_the_same(
    turns_end: None, model: ScriptedServer, who: str, made: list[tuple[str, Json]], least: int
) -> None:
    worlds = {door: World(door, who) for door in ("rest", "mcp", "chat")}
    people = {door: world.cast[who] for door, world in worlds.items()}
    doors: dict[str, Callable[[str, Json], str]] = {
        "rest": Rest(people["rest"]),
        "mcp": Mcp(people["mcp"]),
        "chat": Chat(people["chat"], model),
    }
    done = refused = 0
    for number, (name, given) in enumerate(made):
        codes, states = {}, {}
        for door, call in doors.items():
            turns = {"{mine}": worlds[door].turns[who], "{alices}": worlds[door].turns["alice"]}
            codes[door] = call(name, {key: turns.get(str(value), value) for key, value in given.items()})
            # What a call that reads left behind shows after the next that writes.
            if all_tools()[name].risk is not Risk.READ:
                states[door] = plain(worlds[door].state(), door)
        where = f"call {number}: {name} {given}: {codes}"
        assert codes["mcp"] == codes["chat"] == codes["rest"], where
        assert len({json.dumps(state) for state in states.values()}) < 2, where
        done, refused = done + (codes["mcp"] == ""), refused + (codes["mcp"] != "")
    assert min(done, refused) >= least


def plain(state: list[Any], door: str) -> Any:
    return json.loads(json.dumps(state).replace(f"-{door}", ""))
