"""What a model is told of the tools: names, arguments, and how many tokens that takes in every request."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from pydantic import BaseModel

from chat.llm.types import ToolSpec
from chat.tools.registry import Risk, all_tools, needs_approval

pytestmark = pytest.mark.one_lane

ADD = "title description project due priority labels assignee parent repeat"
ARGUMENTS = {
    "add_task": ADD,
    "list_tasks": "status project due completed priority label assignee search limit cursor",
    "get_task": "task",
    "update_task": f"task {ADD} status add_labels remove_labels blocked_by",
    "complete_task": "task",
    "reopen_task": "task",
    "delete_task": "task",
    "restore_task": "task",
    "next_task": "project",
    "list_projects": "",
    "create_project": "name key description",
    "get_dashboard": "project",
    "undo": "turn",
    "store_memory": "key value type confidence expires_at local_only project",
    "recall_memory": "query types limit min_confidence as_of project",
    "update_memory": "key value type confidence expires_at local_only project",
    "delete_memory": "key project",
}
REQUIRED = {
    "add_task": ["title"], "create_project": ["name"], "store_memory": ["value"],
    "update_memory": ["key"], "delete_memory": ["key"],
}  # fmt: skip
IDENTITY = ("user", "actor", "owner", "account", "identity", "session", "token", "tenant")


def spec(name: str) -> ToolSpec:
    return all_tools()[name].spec


def wire() -> bytes:
    return orjson.dumps(
        [
            {
                "type": "function",
                "function": {
                    "name": each.spec.name,
                    "description": each.spec.description,
                    "parameters": dict(each.spec.parameters),
                },
            }
            for each in all_tools().values()
        ]
    )


@pytest.mark.parametrize("name", ARGUMENTS)
def test_a_tool_has_its_arguments(name: str) -> None:
    parameters: Any = spec(name).parameters
    assert set(parameters["properties"]) == set(ARGUMENTS[name].split())
    assert parameters["required"] == REQUIRED.get(name, ["task"] if "task" in ARGUMENTS[name].split() else [])
    assert (parameters["type"], parameters["additionalProperties"]) == ("object", False)


@pytest.mark.filterwarnings("ignore:open_binary:DeprecationWarning")
@pytest.mark.parametrize("encoding", ["cl100k_base", "o200k_base"])
def test_all_definitions_fit_in_3000_tokens(encoding: str) -> None:
    import bpe_openai

    tokens = len(bpe_openai.get_encoding(encoding).encode(wire().decode()))
    assert 500 < tokens <= 3000


def test_no_tool_takes_an_identity() -> None:
    for name, tool in all_tools().items():
        for field in tool.arguments.model_fields:
            assert not any(word in field for word in IDENTITY), f"{name}.{field}"


def test_every_tool_and_choice_is_described() -> None:
    for name, tool in all_tools().items():
        assert tool.name == name
        assert tool.description.endswith(".")
        assert len(tool.description) <= 100
        assert issubclass(tool.arguments, BaseModel)


def test_choices_are_listed() -> None:
    properties: Any = spec("update_task").parameters["properties"]
    assert properties["status"]["enum"] == ["todo", "in_progress", "done", "cancelled"]
    assert properties["priority"]["enum"] == ["low", "medium", "high"]
    listing: Any = spec("list_tasks").parameters["properties"]
    assert listing["status"]["enum"] == ["open", "done", "all"]
    assert (listing["limit"]["minimum"], listing["limit"]["maximum"]) == (1, 100)


def test_schemas_are_plain() -> None:
    """No references, unions or nulls: small servers read none of them."""
    text = wire().decode()
    assert not [word for word in ("$ref", "$defs", "anyOf", "null", '"title":"') if word in text]


RISKS = {"delete_task": Risk.DESTRUCTIVE, "delete_memory": Risk.DESTRUCTIVE, **dict.fromkeys(
    ("get_task", "list_tasks", "next_task", "list_projects", "get_dashboard", "recall_memory"), Risk.READ
)}  # fmt: skip


@pytest.mark.parametrize("name", ARGUMENTS)
def test_risk_says_what_waits_for_approval(name: str) -> None:
    risk = RISKS.get(name, Risk.WRITE)
    assert all_tools()[name].risk is risk
    asked = {"never": False, "destructive": risk is Risk.DESTRUCTIVE, "always": risk is not Risk.READ}
    assert {approval: needs_approval(name, approval) for approval in asked} == asked
    assert not needs_approval("no_such_tool", "always")
