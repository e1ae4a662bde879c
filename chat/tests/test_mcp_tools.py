"""Tools over MCP: what is listed, what a call does and leaves behind, once, and how undo takes it back."""

from __future__ import annotations

from typing import Any

import pytest
from pytest_django import Settings

from accounts.models import User
from chat.tests.mcp_client import McpProgram
from chat.tests.test_tools import CALLS
from chat.tools.registry import Risk, all_tools
from memory.models import MemoryItem
from memory.tests.talk import remember
from tasks import operations
from tasks.models import Change, Project, Task
from tasks.tests.making import API, add

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def program(transactional_db: None, alice: User) -> McpProgram:
    return McpProgram(alice)


@pytest.fixture
def tasks(program: McpProgram, alice: User, inbox: Project) -> None:
    """INBOX-1 is open, INBOX-2 done and INBOX-3 in the trash; “port” is remembered."""
    add(alice, inbox)
    add(alice, inbox, "Old", status="done")
    operations.delete_task(actor=alice, origin=API, task=add(alice, inbox, "Gone"))
    remember(inbox, "Staging runs on port 8443", key="port")


def arguments_of(name: str) -> dict[str, Any]:
    given = CALLS[name][0]
    return given | {"task": given["task"].replace("WEB", "INBOX")} if "task" in given else given


def test_the_list_is_the_registry(program: McpProgram) -> None:
    listed = {each["name"]: each for each in program.ask("tools/list")["tools"]}
    assert listed.keys() == all_tools().keys()
    for name, tool in all_tools().items():
        shown, spec = listed[name], tool.spec
        assert shown["description"] == spec.description
        properties = dict(shown["inputSchema"]["properties"])
        assert ("idempotency_key" in properties) is (tool.risk is not Risk.READ)
        properties.pop("idempotency_key", None)
        assert {**shown["inputSchema"], "properties": properties} == spec.parameters
        hints = shown["annotations"]
        assert hints["readOnlyHint"] is (tool.risk is Risk.READ)
        assert hints["destructiveHint"] is (tool.risk is Risk.DESTRUCTIVE)
        assert hints["openWorldHint"] is False


def test_a_read_token_sees_no_tool_that_writes(program: McpProgram, alice: User) -> None:
    reads = {name for name, tool in all_tools().items() if tool.risk is Risk.READ}
    reader, writer = McpProgram(alice, "read"), McpProgram(alice, "write")
    assert {each["name"] for each in reader.ask("tools/list")["tools"]} == reads
    assert {each["name"] for each in writer.ask("tools/list")["tools"]} == all_tools().keys() - reads


@pytest.mark.parametrize("name", CALLS)
def test_it_works(program: McpProgram, tasks: None, name: str) -> None:
    program.call("add_task", title="Before")
    changes = set(Change.objects.values_list("pk", flat=True))
    answer = program.call(name, **arguments_of(name))
    made = Change.objects.exclude(pk__in=changes)
    assert {(each.door, each.client, str(each.call_id)) for each in made} == (
        {("mcp", "pytest", answer["call"])} if all_tools()[name].risk is not Risk.READ else set()
    )


@pytest.mark.parametrize("name", [name for name, tool in all_tools().items() if tool.repeatable])
def test_a_repeatable_call_changes_nothing_more(program: McpProgram, tasks: None, name: str) -> None:
    program.call(name, **arguments_of(name))
    changes = Change.objects.count()
    program.ask("tools/call", {"name": name, "arguments": arguments_of(name)})
    assert Change.objects.count() == changes


@pytest.mark.parametrize(
    "name", [name for name, tool in all_tools().items() if tool.risk is not Risk.READ and name != "undo"]
)
def test_a_key_makes_one_effect(program: McpProgram, tasks: None, name: str) -> None:
    first = program.call(name, **arguments_of(name), idempotency_key="k1")
    changes = Change.objects.count()
    assert program.call(name, **arguments_of(name), idempotency_key="k1") == first
    assert Change.objects.count() == changes
    other = program.refused("add_task", title="Another", idempotency_key="k1")
    assert other["code"] == "key_reused"


@pytest.mark.parametrize("name", [name for name in CALLS if name not in ("undo", "list_projects")])
def test_a_stranger_meets_nothing(program: McpProgram, tasks: None, charlie: User, name: str) -> None:
    hers = set(Change.objects.values_list("pk", flat=True))
    stranger = McpProgram(charlie)
    given = {**arguments_of(name)}
    if name not in ("create_project",):
        given |= {"project": "WEB"} if "project" in all_tools()[name].arguments.model_fields else {}
    Project.objects.create(owner=program.user, key="WEB", name="Website")
    result = stranger.ask("tools/call", {"name": name, "arguments": given})
    if name != "create_project":
        assert result["structuredContent"]["error"]["code"] == "not_found"
    assert not Change.objects.exclude(pk__in=hers).filter(project__owner=program.user).exists()


def test_an_unknown_tool_and_wrong_arguments(program: McpProgram) -> None:
    assert program.fails("tools/call", {"name": "drop_tables"})["code"] == -32602
    error = program.refused("add_task", title="Milk", colour="red")
    assert error["code"] == "invalid"
    assert "colour: is not an argument of this tool." in error["message"]
    assert not Task.objects.exists()


def test_it_works_in_the_inbox_and_in_words(program: McpProgram) -> None:
    answer = program.call("add_task", title="Call Mia", due="tomorrow 5pm", repeat="every Tuesday")
    assert (answer["task"], answer["project"]) == ("INBOX-1", "INBOX")
    assert Task.objects.get().due_at is not None


class TestUndo:
    def test_the_last_call_and_then_the_one_before(self, program: McpProgram) -> None:
        program.call("add_task", title="Milk")
        program.call("update_task", task="INBOX-1", priority="high", title="Oat milk")
        program.call("list_tasks")
        assert program.call("undo")["conflicts"] == []
        task = Task.objects.get()
        assert (task.title, task.priority, task.deleted_at) == ("Milk", "medium", None)
        program.call("undo")
        assert Task.objects.get().deleted_at is not None
        assert program.refused("undo")["code"] == "not_found"

    def test_a_call_by_its_id(self, program: McpProgram) -> None:
        program.call("add_task", title="Milk")
        call = program.call("update_task", task="INBOX-1", priority="high")["call"]
        program.call("update_task", task="INBOX-1", title="Oat milk")
        program.call("undo", turn=call)
        assert (Task.objects.get().title, Task.objects.get().priority) == ("Oat milk", "medium")
        assert program.refused("undo", turn=call)["code"] == "not_found"

    def test_with_a_key_it_goes_back_once(self, program: McpProgram) -> None:
        program.call("add_task", title="Milk")
        program.call("update_task", task="INBOX-1", priority="high")
        first = program.call("undo", idempotency_key="u1")
        assert program.call("undo", idempotency_key="u1") == first
        assert Task.objects.get().deleted_at is None

    def test_what_was_edited_since_is_a_conflict(self, program: McpProgram, alice: User) -> None:
        program.call("add_task", title="Milk")
        program.call("update_task", task="INBOX-1", priority="high")
        operations.update_task(actor=alice, origin=API, task=Task.objects.get(), changes={"priority": "low"})
        assert program.call("undo")["conflicts"][0]["object"] == "INBOX-1"
        assert Task.objects.get().priority == "low"

    def test_another_programs_calls_and_other_doors_stand(self, program: McpProgram, alice: User) -> None:
        call = program.call("add_task", title="Milk")["call"]
        add(alice, Project.objects.get(), "By hand")
        other = McpProgram(alice, client="another")
        assert other.refused("undo")["code"] == "not_found"
        other.call("undo", turn=call)
        assert Task.objects.get(title="Milk").deleted_at is not None

    def test_a_strangers_call_is_not_found(self, program: McpProgram, charlie: User) -> None:
        call = program.call("add_task", title="Milk")["call"]
        assert McpProgram(charlie).refused("undo", turn=call)["code"] == "not_found"
        assert McpProgram(charlie, client="pytest").refused("undo")["code"] == "not_found"
        assert Task.objects.get().deleted_at is None


@pytest.mark.parametrize(
    ("named", "kept"),
    [
        ("Claude Code", "Claude Code"),
        ("", "my laptop"),
        ("two\nlines and\u202e more", "two lines and more"),
        ("x" * 500, "x" * 60),
    ],
)
def test_the_programs_name_is_kept(alice: User, named: str, kept: str) -> None:
    McpProgram(alice, client=named).call("add_task", title="Milk")
    assert [each.client for each in Change.objects.filter(door="mcp")] == [kept]


def test_the_history_names_the_program(program: McpProgram) -> None:
    program.call("add_task", title="Milk")
    answer = program_history(program)
    assert (answer["door"], answer["client"]) == ("mcp", "pytest")


def program_history(program: McpProgram) -> dict[str, Any]:
    from django.test import Client

    headers = {"Authorization": f"Bearer {program.text}"}
    found: dict[str, Any] = Client().get("/api/tasks/INBOX-1/history/", headers=headers).json()["results"][0]
    return found


def test_what_is_local_only_stays(program: McpProgram, inbox: Project) -> None:
    remember(inbox, "The door code is 4711", key="vault", local_only=True)
    remember(inbox, "The door is green", key="colour")
    for query in ({"query": "door"}, {}):
        assert [hit["key"] for hit in program.call("recall_memory", **query)["hits"]] == ["colour"]
    assert program.refused("update_memory", key="vault", confidence=0.9)["code"] == "not_found"


def test_a_guess_waits_for_a_yes(program: McpProgram, settings: Settings) -> None:
    settings.CONFIDENCE_THRESHOLD = 0.85
    assert program.call("store_memory", value="Ann likes tea", confidence=0.5)["status"] == "suggested"
    assert MemoryItem.objects.get().status == "suggested"
