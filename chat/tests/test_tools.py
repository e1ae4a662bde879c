"""What holds for every tool: it works, it says what is wrong with a call, and strangers meet nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson
import pytest
import time_machine

from accounts.models import User
from chat.tests.calling import WEDNESDAY, Caller, caller_for
from chat.tools.registry import Risk, all_tools, call_tool
from memory.tests.talk import remember
from tasks import operations
from tasks.models import Change, Project, Task
from tasks.tests.making import API, add

Arguments = dict[str, Any]

# For each tool a call that works when WEB-1 “Buy milk” is open, WEB-2 “Old” is done and WEB-3 “Gone” is
# in the trash, and “port” is remembered; then an argument of a wrong type.
CALLS: dict[str, tuple[Arguments, Arguments]] = {
    "add_task": ({"title": "Call Ann"}, {"title": ["Call Ann"]}),
    "list_tasks": ({}, {"limit": "many"}),
    "get_task": ({"task": "WEB-1"}, {"task": ["WEB-1"]}),
    "update_task": ({"task": "WEB-1", "priority": "high"}, {"priority": "urgent"}),
    "complete_task": ({"task": "WEB-1"}, {"task": {"id": 1}}),
    "reopen_task": ({"task": "WEB-2"}, {"task": None}),
    "delete_task": ({"task": "WEB-1"}, {"task": ["WEB-1"]}),
    "restore_task": ({"task": "WEB-3"}, {"task": True}),
    "next_task": ({}, {"project": ["WEB"]}),
    "list_projects": ({}, {}),
    "create_project": ({"name": "Garden"}, {"name": {"en": "Garden"}}),
    "get_dashboard": ({}, {"project": ["WEB"]}),
    "undo": ({}, {"turn": ["last"]}),
    "store_memory": ({"value": "We deploy on Tuesdays"}, {"value": ["We deploy"]}),
    "recall_memory": ({"query": "staging port"}, {"limit": "many"}),
    "update_memory": ({"key": "port", "confidence": 0.5}, {"confidence": "sure"}),
    "delete_memory": ({"key": "port"}, {"key": ["port"]}),
}
ON_A_TASK = [name for name, (works, _) in CALLS.items() if "task" in works]
ON_A_MEMORY = [name for name, (works, _) in CALLS.items() if "key" in works]
REQUIRED = {
    "add_task": "title", "create_project": "name", "store_memory": "value",
    **dict.fromkeys(ON_A_TASK, "task"), **dict.fromkeys(ON_A_MEMORY, "key"),
}  # fmt: skip
WRITES = [name for name, tool in all_tools().items() if tool.risk is not Risk.READ]


@pytest.fixture(autouse=True)
def _on_wednesday() -> Iterator[None]:
    with time_machine.travel(WEDNESDAY):
        yield


@pytest.fixture
def tasks(alice: User, web: Project) -> None:
    add(alice, web)
    add(alice, web, "Old", status="done")
    operations.delete_task(actor=alice, origin=API, task=add(alice, web, "Gone"))
    remember(web, "Staging runs on port 8443", key="port")


@pytest.fixture
def call(alice: User, web: Project, tasks: None) -> Caller:
    """Alice, one turn after one that changed something."""
    caller = caller_for(alice, web)
    caller("add_task", title="Before")
    return caller.in_new_turn()


@pytest.fixture
def stranger(charlie: User) -> Caller:
    return caller_for(charlie, operations.ensure_inbox(charlie))


def test_the_table_holds_every_tool() -> None:
    assert set(CALLS) == set(all_tools())


@pytest.mark.parametrize("name", CALLS)
def test_it_works(call: Caller, name: str) -> None:
    result = call(name, **CALLS[name][0])
    assert orjson.loads(orjson.dumps(result)) == result
    assert len(orjson.dumps(result)) < 1000


@pytest.mark.parametrize("name", WRITES)
def test_a_write_leaves_a_change_of_its_turn(call: Caller, alice: User, name: str) -> None:
    call(name, **CALLS[name][0])
    [change] = Change.objects.filter(turn=call.context.origin.turn_id)
    assert (change.actor, change.door) == (alice, "chat")


@pytest.mark.parametrize("name", sorted(set(CALLS) - set(WRITES)))
def test_a_read_changes_nothing(call: Caller, name: str) -> None:
    before = Change.objects.count()
    call(name, **CALLS[name][0])
    assert Change.objects.count() == before


@pytest.mark.parametrize("name", [name for name, (_, wrong) in CALLS.items() if wrong])
def test_a_wrong_type_is_named(call: Caller, name: str) -> None:
    works, wrong = CALLS[name]
    error = call.refused(name, **{**works, **wrong})
    assert error["code"] == "invalid"
    assert error["message"].startswith(f"{name}: {next(iter(wrong))}: ")
    assert "Its arguments are: " in error["message"]


@pytest.mark.parametrize("name", CALLS)
def test_an_unknown_argument_is_an_error(call: Caller, name: str) -> None:
    for argument in ("user", "user_id", "owner", "actor", "as_user", "identity", "nonsense"):
        error = call.refused(name, **{**CALLS[name][0], argument: "charlie"})
        assert error["code"] == "invalid"
        assert f"{argument}: is not an argument of this tool." in error["message"]


@pytest.mark.parametrize(("name", "argument"), REQUIRED.items())
def test_a_missing_argument_is_named(call: Caller, name: str, argument: str) -> None:
    given = {key: value for key, value in CALLS[name][0].items() if key != argument}
    assert f"{argument}: is required." in call.refused(name, **given)["message"]


def test_several_mistakes_are_told_at_once(call: Caller) -> None:
    message = call.refused("add_task", prio="high", labels="home")["message"]
    assert all(name in message for name in ("title: is required", "prio: is not", "labels: "))


@pytest.mark.parametrize("name", ["", "add_Task", "rm", "x" * 500, "__class__"])
def test_an_unknown_tool_names_the_tools(call: Caller, name: str) -> None:
    error = call.refused(name)
    assert error["code"] == "invalid"
    assert all(known in error["message"] for known in CALLS)
    assert len(error["message"]) < 400


@pytest.mark.parametrize("name", ON_A_TASK)
def test_an_ambiguous_title_answers_with_candidates(call: Caller, alice: User, name: str) -> None:
    done = "done" if name == "reopen_task" else "todo"
    twins = [add(alice, call.context.project, f"Phone {who}", status=done) for who in ("Ann", "Ben")]
    if name == "restore_task":
        for task in twins:
            operations.delete_task(actor=alice, origin=API, task=task)
    before = Change.objects.count()
    error = call.refused(name, **{**CALLS[name][0], "task": "phone"})
    assert error["code"] == "ambiguous"
    assert sorted(error["candidates"], key=lambda each: each["task"]) == [
        {"task": task.ref, "title": task.title} for task in twins
    ]
    assert Change.objects.count() == before


@pytest.mark.parametrize("name", ON_A_TASK)
def test_a_missing_task_is_not_found(call: Caller, name: str) -> None:
    for reference in ("WEB-99", "99", "no such thing", "01a201ac-f200-7583-b148-15902d68f95f"):
        assert call.refused(name, **{**CALLS[name][0], "task": reference})["code"] == "not_found"


@pytest.mark.parametrize("name", ON_A_TASK)
def test_a_strangers_task_does_not_exist(stranger: Caller, tasks: None, name: str) -> None:
    task = Task.objects.get(project__key="WEB", number=CALLS[name][0]["task"].removeprefix("WEB-"))
    before = Change.objects.count()
    for reference in (task.ref, str(task.pk), task.title, task.title[:3].lower()):
        error = stranger.refused(name, **{**CALLS[name][0], "task": reference})
        assert error["code"] == "not_found"
        assert "candidates" not in error
        assert task.title not in error["message"].replace(f"“{reference}”", "")
    assert Change.objects.count() == before


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("add_task", {"title": "Mine"}),
        ("list_tasks", {}),
        ("update_task", {"task": "1"}),
        ("next_task", {}),
        ("get_dashboard", {}),
    ],
)
@pytest.mark.parametrize("by", ["key", "name", "pk"])
def test_a_strangers_project_does_not_exist(
    stranger: Caller, charlie: User, web: Project, name: str, arguments: Arguments, by: str
) -> None:
    add(charlie, stranger.context.project, "Own")
    error = stranger.refused(name, **arguments, project=str(getattr(web, by)))
    assert error["code"] == "not_found"
    assert "Your projects: INBOX." in error["message"]


def test_a_stranger_reads_nothing(stranger: Caller, tasks: None) -> None:
    assert stranger("list_tasks", project="all", status="all") == {"tasks": [], "total": 0}
    assert stranger("list_tasks", search="milk", project="all", status="all")["total"] == 0
    assert [each["key"] for each in stranger("list_projects")["projects"]] == ["INBOX"]
    assert set(stranger("get_dashboard").values()) == {0}
    assert stranger("next_task") == {"task": None, "reason": "Nothing is open."}


@pytest.mark.parametrize("field", ["parent", "blocked_by"])
def test_a_strangers_task_is_no_link(stranger: Caller, charlie: User, tasks: None, field: str) -> None:
    add(charlie, stranger.context.project, "Own")
    value: Any = ["WEB-1"] if field == "blocked_by" else "WEB-1"
    assert stranger.refused("update_task", task="1", **{field: value})["code"] == "not_found"


TEXT_ARGUMENTS = [
    ("add_task", {}, "title"),
    ("add_task", {"title": "x"}, "description"),
    ("add_task", {"title": "x"}, "due"),
    ("add_task", {"title": "x"}, "repeat"),
    ("add_task", {"title": "x"}, "project"),
    ("add_task", {"title": "x"}, "assignee"),
    ("add_task", {"title": "x"}, "parent"),
    ("list_tasks", {}, "search"),
    ("list_tasks", {}, "label"),
    ("list_tasks", {}, "assignee"),
    ("list_tasks", {}, "due"),
    ("list_tasks", {}, "completed"),
    ("list_tasks", {}, "project"),
    ("list_tasks", {}, "cursor"),
    ("get_task", {}, "task"),
    ("update_task", {"task": "WEB-1"}, "due"),
    ("update_task", {"task": "WEB-1"}, "repeat"),
    ("update_task", {"task": "WEB-1"}, "assignee"),
    ("update_task", {"task": "WEB-1"}, "parent"),
    ("next_task", {}, "project"),
    ("create_project", {}, "name"),
    ("create_project", {"name": "x"}, "key"),
    ("undo", {}, "turn"),
    ("add_task", {"title": "x"}, "idempotency_key"),
    ("store_memory", {}, "value"),
    ("store_memory", {"value": "x"}, "key"),
    ("store_memory", {"value": "x"}, "expires_at"),
    ("store_memory", {"value": "x"}, "project"),
    ("recall_memory", {}, "query"),
    ("recall_memory", {"query": "x"}, "as_of"),
    ("update_memory", {"key": "port"}, "value"),
    ("update_memory", {"key": "port"}, "expires_at"),
    ("delete_memory", {}, "key"),
]


@pytest.mark.parametrize(("name", "arguments", "field"), TEXT_ARGUMENTS)
def test_no_text_breaks_a_tool(call: Caller, name: str, arguments: Arguments, field: str) -> None:
    for text in ("a\x00b", "\ud800"):
        assert call.refused(name, **{**arguments, field: text})["code"] in ("invalid", "not_found")
    outcome = call_tool(name, {**arguments, field: "word " * 4000}, call.context)
    assert len(orjson.dumps(outcome.result)) < 500


def test_lists_of_odd_text(call: Caller) -> None:
    for field in ("labels", "add_labels", "blocked_by"):
        for text in ("a\x00b", "\ud800", "word " * 4000):
            assert call.refused("update_task", task="WEB-1", **{field: [text]})["code"] == "invalid"


# --- Idempotency keys ---------------------------------------------------------------------------------


@pytest.mark.parametrize("name", WRITES)
def test_a_replay_gets_the_same_answer_and_writes_nothing(call: Caller, name: str) -> None:
    arguments = {**CALLS[name][0], "idempotency_key": "k"}
    first, written = call(name, **arguments), Change.objects.count()
    assert call(name, **arguments) == first
    assert call.in_new_turn()(name, **arguments) == first
    assert Change.objects.count() == written


@pytest.mark.parametrize("name", WRITES)
def test_a_key_stands_for_one_request(call: Caller, name: str) -> None:
    call("add_task", title="First", idempotency_key="k")
    written = Change.objects.count()
    assert call.refused(name, **CALLS[name][0], idempotency_key="k")["code"] == "key_reused"
    assert Change.objects.count() == written


def test_a_refused_call_frees_its_key(call: Caller) -> None:
    call.refused("complete_task", task="WEB-99", idempotency_key="k")
    assert call("complete_task", task="WEB-1", idempotency_key="k")["task"] == "WEB-1"


def test_a_key_belongs_to_its_person(call: Caller, stranger: Caller) -> None:
    call("add_task", title="Mine", idempotency_key="k")
    assert stranger("add_task", title="Theirs", idempotency_key="k")["task"] == "INBOX-1"


@pytest.mark.parametrize("name", sorted(set(CALLS) - set(WRITES)))
def test_reads_take_no_key(call: Caller, name: str) -> None:
    assert "idempotency_key: is not" in call.refused(name, **CALLS[name][0], idempotency_key="k")["message"]
