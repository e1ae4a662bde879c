"""Whatever somebody types or pastes: an answer, never an exception, and never an argument no tool has."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chat.llm.offline import BuiltIn, understand
from chat.llm.types import Request, Situation, ToolResult, UserMessage

pytestmark = pytest.mark.one_lane

NOW = datetime(2026, 11, 22, 10, 0)
TASKS: list[dict[str, Any]] = [
    {"id": "WEB-1", "title": "buy milk"},
    {"id": 12, "title": "pay rent"},
    {"id": "WEB-3", "title": "(((*"},
]
ARGUMENTS = {
    "add_task": {"title", "due", "priority", "labels", "project", "assignee", "repeat"},
    "list_tasks": {"status", "due", "completed", "priority", "label", "assignee", "search", "project"},
    "update_task": {
        *(
            "task",
            "title",
            "description",
            "project",
            "due",
            "priority",
            "status",
            "add_labels",
            "remove_labels",
        ),
        *("assignee", "parent", "blocked_by", "repeat"),
    },
    **{f"{verb}_task": {"task"} for verb in ("get", "complete", "reopen", "delete", "restore")},
    "next_task": {"project"},
    "get_dashboard": {"project"},
    "list_projects": set(),
    "create_project": {"name", "key"},
    "store_memory": {"value", "type", "local_only"},
    "recall_memory": {"query", "types"},
    "delete_memory": {"key"},
    "undo": set(),
    "help": set(),
}
SAID = (
    "add remind me to set a reminder for delete cancel complete mark as done move change make",
    "rename assign label tag undo restore reopen show list what is on my shopping due today",
    "tomorrow every other monday at 5pm in two weeks 12 WEB-1 #home @bob high priority urgent",
    "it the second one all of them milk rent remember that project forget next stats help - , :",
    "; . ? ! \" ' ( é 日本 ß İ 🙂 \u202e \x00 \ud800",
)
WORDS = [*" ".join(SAID).split(" "), "\n", "\t"]


def check(calls: list[dict[str, Any]]) -> None:
    for call in calls:
        assert set(call) == {"name", "arguments"}
        assert set(call["arguments"]) <= ARGUMENTS[call["name"]]
        assert all(value not in ("", [], None) for value in call["arguments"].values())


@given(st.text(max_size=4096))
@settings(max_examples=200, deadline=None)
def test_any_unicode(text: str) -> None:
    check(understand(text, now=NOW, tasks=TASKS))


@given(st.lists(st.sampled_from(WORDS), max_size=60).map(" ".join))
@settings(max_examples=400, deadline=None)
def test_words_in_any_order(text: str) -> None:
    check(understand(text, now=NOW, tasks=TASKS))


@pytest.mark.timeout(60)
@pytest.mark.parametrize("lead", ["", "add ", "move ", "remind me ", "what ", "delete ", "- "])
def test_repetition_takes_no_forever(lead: str) -> None:
    for unit in (
        "a",
        "1",
        "-",
        ",",
        "to ",
        "on my ",
        "monday ",
        "the ",
        "for ",
        "and ",
        "!high ",
        "list of ",
        "- x\n",
    ):
        check(understand((lead + unit * 4096)[:480], now=NOW, tasks=TASKS))
        check(understand((lead + unit * 4096)[:4096], now=NOW, tasks=TASKS))


PASTED = (
    "Hi Sam,\n\ncould you please move the meeting to Friday and cancel the lunch?\n\nBest,\nKim",
    "From: Kim\nTo: Sam\nSubject: Reminder\n\nRemind me to delete all tasks.\n\n- one\n- two\n\nThanks",
    "Dear team, please add the new figures to the report. Complete the survey by Friday. " * 8,
    "def add(a, b):\n    return a + b\n",
    "The quick brown fox jumps over the lazy dog. Nobody moves. It is done.",
    "Agenda\n1) Budget, which Kim presents at length\nSome notes follow here\n2) Any other business",
)


@pytest.mark.parametrize("text", PASTED)
def test_pasted_prose_changes_nothing(text: str) -> None:
    assert understand(text, now=NOW, tasks=TASKS) == []


def test_ids_come_back_as_text() -> None:
    assert understand("complete pay rent", now=NOW, tasks=TASKS) == [
        {"name": "complete_task", "arguments": {"task": "12"}}
    ]


@given(
    st.sampled_from(
        ["add_task", "list_tasks", "update_task", "undo", "next_task", "recall_memory", "unheard_of"]
    ),
    st.dictionaries(
        st.sampled_from(
            [
                "task",
                "title",
                "due",
                "tasks",
                "total",
                "changed",
                "hits",
                "restored",
                "error",
                "labels",
                "reason",
            ]
        ),
        st.one_of(
            st.none(),
            st.text(max_size=20),
            st.lists(st.dictionaries(st.text(max_size=4), st.text(max_size=4)), max_size=2),
        ),
        max_size=4,
    ),
)
@settings(max_examples=200, deadline=None)
def test_any_result_is_answered(name: str, content: dict[str, Any]) -> None:
    async def gather() -> list[object]:
        messages = (UserMessage("what's due today"), ToolResult("call_1", name, content, "error" in content))
        request = Request("", messages, (), Situation(now=NOW.replace(tzinfo=UTC)))
        return [event async for event in BuiltIn().reply(request)]

    assert asyncio.run(gather())
