"""The built-in assistant through its protocol: words in, events out, and results worded."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from chat.llm.offline import BuiltIn
from chat.llm.types import (
    AssistantMessage,
    CallRequested,
    ChatMessage,
    Choices,
    Event,
    KnownTask,
    Request,
    Situation,
    TextDelta,
    ToolResult,
    ToolSpec,
    UserMessage,
)

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
TASK_TOOLS = [
    *("add_task", "list_tasks", "get_task", "update_task", "complete_task", "reopen_task", "delete_task"),
    *("restore_task", "next_task", "list_projects", "create_project", "get_dashboard", "undo"),
]
MILK = KnownTask("INBOX-1", "buy milk")
OAT_MILK = KnownTask("INBOX-2", "return oat milk")
RENT = KnownTask("INBOX-3", "pay rent")


def step(
    *messages: ChatMessage,
    tasks: Sequence[KnownTask] = (MILK, RENT),
    tools: Sequence[str] = TASK_TOOLS,
    **situation: Any,
) -> list[Event]:
    async def gather() -> list[Event]:
        request = Request(
            system="",
            messages=messages,
            tools=tuple(ToolSpec(name, "", {"type": "object"}) for name in tools),
            situation=Situation(now=NOW, tasks=tasks, **situation),
        )
        return [event async for event in BuiltIn().reply(request)]

    return asyncio.run(gather())


def said(events: Sequence[Event]) -> str:
    return "".join(event.text for event in events if isinstance(event, TextDelta))


def called(events: Sequence[Event]) -> list[tuple[str, dict[str, Any]]]:
    return [(e.call.name, dict(e.call.arguments)) for e in events if isinstance(e, CallRequested)]


def offered(events: Sequence[Event]) -> tuple[str, ...]:
    return next((e.options for e in events if isinstance(e, Choices)), ())


def after(words: str, name: str, content: dict[str, Any], **more: Any) -> list[Event]:
    failed = "error" in content
    return step(UserMessage(words), AssistantMessage(""), ToolResult("call_1", name, content, failed), **more)


def test_first_story() -> None:
    assert called(step(UserMessage("add buy milk tomorrow at 5pm, high priority"), tasks=())) == [
        ("add_task", {"title": "buy milk", "due": "2026-11-23T17:00", "priority": "high"})
    ]
    assert called(step(UserMessage("what's on my list?"))) == [("list_tasks", {})]
    assert called(step(UserMessage("move milk to Friday"))) == [
        ("update_task", {"task": "INBOX-1", "due": "2026-11-27"})
    ]
    assert called(step(UserMessage("complete milk"))) == [("complete_task", {"task": "INBOX-1"})]
    assert called(step(UserMessage("undo"))) == [("undo", {})]


def test_each_deed_keeps_its_own_priority_and_labels() -> None:
    text = "add call Anna tomorrow, high priority, pay rent, #home and buy bread on Friday"
    assert called(step(UserMessage(text))) == [
        ("add_task", {"title": "call Anna", "due": "2026-11-23", "priority": "high"}),
        ("add_task", {"title": "pay rent", "labels": ["home"]}),
        ("add_task", {"title": "buy bread", "due": "2026-11-27"}),
    ]


def test_calls_are_numbered() -> None:
    events = step(UserMessage("add call Anna, pay rent and buy bread"))
    assert [e.call.id for e in events if isinstance(e, CallRequested)] == ["call_1", "call_2", "call_3"]


def test_added_is_said_in_human_words() -> None:
    task = {"task": "INBOX-4", "title": "buy milk", "due": "2026-11-23T17:00:00+00:00", "priority": "high"}
    text = said(after("add buy milk tomorrow at 5pm, high priority", "add_task", task))
    assert "**buy milk** (INBOX-4)" in text and "tomorrow at 17:00" in text and "high priority" in text


def test_list_is_markdown_with_ref_due_and_priority() -> None:
    tasks = [
        {
            "task": "INBOX-1",
            "title": "buy milk",
            "status": "todo",
            "due": "2026-11-20",
            "priority": "high",
            "overdue": True,
        },
        {"task": "INBOX-3", "title": "pay *rent*", "status": "todo", "priority": "medium"},
    ]
    lines = said(
        after("what's on my list", "list_tasks", {"tasks": tasks, "total": 5, "cursor": "2"})
    ).splitlines()
    assert lines[0] == "5 tasks:"
    assert lines[1].startswith("- INBOX-1 buy milk") and "overdue" in lines[1] and "high priority" in lines[1]
    assert lines[2] == "- INBOX-3 pay \\*rent\\*"
    assert "3 more" in lines[-1]


def test_text_comes_in_pieces() -> None:
    events = step(UserMessage("help"))
    assert len(events) > 5 and all(isinstance(event, TextDelta) for event in events)


def test_not_understood_says_so_with_two_examples() -> None:
    events = step(UserMessage("what's the capital of Peru"))
    assert called(events) == [] and "did not understand" in said(events)
    assert len(offered(events)) >= 2


def test_ambiguous_reference_is_asked_back_and_a_choice_answers_it() -> None:
    tasks = (KnownTask("INBOX-1", "buy milk today"), OAT_MILK, RENT)
    events = step(UserMessage("move milk to Friday"), tasks=tasks)
    assert called(events) == []
    assert [called(step(UserMessage(choice), tasks=tasks)) for choice in offered(events)] == [
        [("update_task", {"task": ref, "due": "2026-11-27"})] for ref in ("INBOX-1", "INBOX-2")
    ]


def test_candidates_of_a_tool_become_choices() -> None:
    error = {
        "code": "ambiguous",
        "message": "Two fit.",
        "candidates": [{"task": "WEB-1", "title": "buy milk"}, {"task": "WEB-2", "title": "milk"}],
    }
    events = after("complete milk", "complete_task", {"error": error}, tasks=())
    assert "Which one" in said(events)
    assert called(step(UserMessage(offered(events)[1]), tasks=())) == [("complete_task", {"task": "WEB-2"})]


def test_errors_and_rejection_are_said_plainly() -> None:
    assert "no task" in said(
        after(
            "complete x",
            "complete_task",
            {"error": {"code": "not_found", "message": "There is no task “x”."}},
        )
    )
    assert "left it as it was" in said(
        after("delete milk", "delete_task", {"error": {"code": "rejected", "message": "no"}})
    )


def test_all_of_them_asks_first_and_the_answer_names_them() -> None:
    events = step(UserMessage("complete all of them"), listed=("INBOX-1", "INBOX-3"))
    assert called(events) == []
    assert called(step(UserMessage(offered(events)[0]))) == [
        ("complete_task", {"task": "INBOX-1"}),
        ("complete_task", {"task": "INBOX-3"}),
    ]


def test_the_second_of_the_list_shown() -> None:
    assert called(step(UserMessage("complete the second one"), listed=("INBOX-3", "INBOX-1"))) == [
        ("complete_task", {"task": "INBOX-1"})
    ]


def test_follow_ups_go_to_the_task_just_added() -> None:
    for words, change in (
        ("for tomorrow", {"due": "2026-11-23"}),
        ("high priority", {"priority": "high"}),
        ("make it urgent", {"priority": "high"}),
        ("assign it to Bob", {"assignee": "Bob"}),
    ):
        assert called(step(UserMessage(words), touched=("INBOX-3",))) == [
            ("update_task", {"task": "INBOX-3", **change})
        ]


def moved(words: str, was: str) -> str:
    """The due date that "pay rent", due at `was`, gets by the words."""
    tasks = (MILK, KnownTask("INBOX-3", "pay rent", due=was))
    ((name, arguments),) = called(step(UserMessage(words), tasks=tasks, touched=("INBOX-3",)))
    assert (name, arguments["task"]) == ("update_task", "INBOX-3")
    return str(arguments["due"])


def test_an_hour_alone_keeps_the_day_there_is() -> None:
    """ "Move it to 4pm" is not about today."""
    for words in ("at 4pm", "move it to 4pm", "make it 4pm", "actually make it 16:00", "set the rent to 4pm"):
        for was, due in (
            ("2026-12-04T14:00", "2026-12-04T16:00"),
            ("2026-12-04", "2026-12-04T16:00"),
            ("2026-11-20T14:00", "2026-11-22T16:00"),
            ("", "2026-11-22T16:00"),
        ):
            assert moved(words, was) == due
    for words in ("move it to 9", "make it nine"):
        assert moved(words, "2026-12-04T14:00") == "2026-12-04T09:00"
    assert moved("move it to tomorrow at 4pm", "2026-12-04T14:00") == "2026-11-23T16:00"


def test_a_day_alone_keeps_the_hour_there_is() -> None:
    for words in ("for Friday", "move it to Friday", "the rent got moved to Friday"):
        assert moved(words, "2026-12-04T14:00") == "2026-11-27T14:00"
        assert moved(words, "2026-12-04") == moved(words, "") == "2026-11-27"
    assert moved("remove the due date from the rent", "2026-12-04T14:00") == "none"


def test_a_repeat_without_a_day_begins_on_the_day_there_is() -> None:
    tasks = (KnownTask("INBOX-3", "pay rent", due="2026-12-05"),)
    for words in ("do it every month", "every month"):
        assert called(step(UserMessage(words), tasks=tasks, touched=("INBOX-3",))) == [
            ("update_task", {"task": "INBOX-3", "repeat": "FREQ=MONTHLY"})
        ]


def test_whether_a_task_is_done_is_answered() -> None:
    assert called(step(UserMessage("is the rent paid?"))) == [("get_task", {"task": "INBOX-3"})]
    task = {"task": "INBOX-3", "title": "pay rent", "status": "done"}
    assert said(after("is the rent paid?", "get_task", task)).startswith("Yes: INBOX-3 pay rent")
    assert said(after("did I pay the rent?", "get_task", {**task, "status": "todo"})).startswith("Not yet:")


def test_a_fragment_with_nothing_before_it_changes_nothing() -> None:
    assert called(step(UserMessage("high priority"))) in ([], [("list_tasks", {"priority": "high"})])
    assert called(step(UserMessage("make it urgent"))) == []


def test_absent_tool_is_not_called() -> None:
    events = step(UserMessage("remember that we deploy on Thursdays"))
    assert called(events) == [] and "not available" in said(events)


def test_a_shift_looks_up_the_date_first() -> None:
    words = UserMessage("postpone rent by 2 days")
    assert called(step(words)) == [("get_task", {"task": "INBOX-3"})]
    found = ToolResult("call_1", "get_task", {"task": "INBOX-3", "title": "pay rent", "due": "2026-11-27"})
    assert called(step(words, AssistantMessage(""), found)) == [
        ("update_task", {"task": "INBOX-3", "due": "2026-11-29"})
    ]
    moved = ToolResult(
        "call_2",
        "update_task",
        {"task": "INBOX-3", "title": "pay rent", "due": "2026-11-29", "changed": ["due"]},
    )
    assert "29 November" in said(step(words, AssistantMessage(""), found, AssistantMessage(""), moved))


def test_a_correction_goes_to_the_task_just_changed() -> None:
    for words in ("actually make it friday", "no, friday", "oh wait, make that friday"):
        assert called(step(UserMessage(words), touched=("INBOX-3",))) == [
            ("update_task", {"task": "INBOX-3", "due": "2026-11-27"})
        ]


def test_all_that_is_done_is_never_what_is_open() -> None:
    tasks = (MILK, RENT, KnownTask("INBOX-4", "call Anna", done=True))
    events = step(UserMessage("clear completed tasks"), tasks=tasks, listed=("INBOX-1", "INBOX-3"))
    assert called(events) == [] and offered(events)[0] == "delete INBOX-4"
    for words in (
        "delete all tasks except milk",
        "move all tasks but milk to friday",
        "make all overdue tasks urgent",
    ):
        events = step(UserMessage(words), tasks=tasks)
        assert called(events) == [] and offered(events) == ("show my tasks",)


def test_a_deed_behind_its_day_is_offered() -> None:
    for words in ("every other Tuesday water the plants", "tomorrow call Anna", "on Friday, pay rent"):
        events = step(UserMessage(words))
        assert called(events) == [] and offered(events) == (f"add {words}",)
        (added,) = called(step(UserMessage(f"add {words}")))
        assert added[1]["title"] in ("water the plants", "call Anna", "pay rent") and "due" in added[1]
    assert "add today is a good day" not in offered(step(UserMessage("today is a good day")))


def test_a_change_of_all_is_offered_for_those_it_can_only_mean() -> None:
    tasks = (MILK, RENT, KnownTask("INBOX-4", "call Anna", done=True))
    for words, offer in (
        ("move everything to friday", "move INBOX-1, INBOX-3 to friday"),
        ("make them all urgent", "make INBOX-1, INBOX-3 urgent"),
    ):
        events = step(UserMessage(words), tasks=tasks)
        assert called(events) == [] and offered(events) == (offer, "show my tasks")
        assert [arguments["task"] for _, arguments in called(step(UserMessage(offer), tasks=tasks))] == [
            "INBOX-1", "INBOX-3"
        ]  # fmt: skip
    events = step(UserMessage("move all of them to friday"), tasks=tasks, listed=("INBOX-3",))
    assert offered(events)[0] == "move INBOX-3 to friday"


def test_pasted_lines_are_added_under_a_heading_and_offered_without_one() -> None:
    added = called(step(UserMessage("shopping list:\neggs\nbread")))
    assert [arguments["title"] for _, arguments in added] == ["eggs", "bread"]
    events = step(UserMessage("Buy milk\nPay rent tomorrow\nCall Zoe"))
    assert called(events) == [] and offered(events) == ("add Buy milk; Pay rent tomorrow; Call Zoe",)
    assert len(called(step(UserMessage(offered(events)[0])))) == 3
    assert called(step(UserMessage("Hi Zoe\nsee you on Friday\nCall me"))) == []


def test_a_question_without_its_task_offers_the_tasks() -> None:
    events = step(UserMessage("move it to friday"))
    assert offered(events) == ("move buy milk (INBOX-1) to friday", "move pay rent (INBOX-3) to friday")


def test_nothing_to_do_is_said_so() -> None:
    rent = {"task": "INBOX-3", "title": "pay rent", "changed": []}
    assert "was done already" in said(after("complete rent", "complete_task", rent))
    assert "was open already" in said(after("reopen rent", "reopen_task", rent))
