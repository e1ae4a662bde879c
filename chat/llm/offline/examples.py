"""Examples of every intent: the documentation, the text of "help", and a test, in one table."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Example:
    """`says` reads as one call of `tool` with `arguments`, on Sunday 22 November 2026 at 10:00, where the
    tasks are WEB-1 "buy milk", WEB-2 "dentist appointment" and WEB-3 "call Anna"."""

    intent: str
    says: str
    tool: str
    arguments: dict[str, object]


TASKS = (
    {"id": "WEB-1", "title": "buy milk"},
    {"id": "WEB-2", "title": "dentist appointment"},
    {"id": "WEB-3", "title": "call Anna"},
)

EXAMPLES: tuple[Example, ...] = (
    Example(
        "Add",
        "add call Anna tomorrow at 5pm, high priority",
        "add_task",
        {"title": "call Anna", "due": "2026-11-23T17:00", "priority": "high"},
    ),
    Example(
        "Add",
        "remind me to pay rent on Friday #home",
        "add_task",
        {"title": "pay rent", "due": "2026-11-27", "labels": ["home"]},
    ),
    Example("Add", "add eggs to my shopping list", "add_task", {"title": "eggs", "labels": ["shopping"]}),
    Example(
        "Add",
        "remind me every other Tuesday to water the plants",
        "add_task",
        {"title": "water the plants", "due": "2026-11-24", "repeat": "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU"},
    ),
    Example("See", "what's on my list?", "list_tasks", {}),
    Example("See", "what's due this week in WEB", "list_tasks", {"due": "week", "project": "WEB"}),
    Example("See", "overdue high priority", "list_tasks", {"due": "overdue", "priority": "high"}),
    Example("See", "what did I finish yesterday", "list_tasks", {"status": "done", "completed": "yesterday"}),
    Example("See", "what do I have next weekend", "list_tasks", {"due": "next weekend"}),
    Example("See", "what's due next month", "list_tasks", {"due": "next month"}),
    Example("See", "show my tasks labelled home", "list_tasks", {"label": "home"}),
    Example("See", "show WEB-2", "get_task", {"task": "WEB-2"}),
    Example("Change", "move milk to Friday", "update_task", {"task": "WEB-1", "due": "2026-11-27"}),
    Example("Change", "make the dentist one urgent", "update_task", {"task": "WEB-2", "priority": "high"}),
    Example(
        "Change",
        "rename 3 to call Anna and Bob",
        "update_task",
        {"task": "WEB-3", "title": "call Anna and Bob"},
    ),
    Example("Change", "assign WEB-3 to Bob", "update_task", {"task": "WEB-3", "assignee": "Bob"}),
    Example("Change", "label milk home", "update_task", {"task": "WEB-1", "add_labels": ["home"]}),
    Example("Change", "postpone milk by 2 days", "update_task", {"task": "WEB-1", "due": "2 days later"}),
    Example(
        "Change", "repeat call Anna every month", "update_task", {"task": "WEB-3", "repeat": "FREQ=MONTHLY"}
    ),
    Example("Change", "remove the due date from 2", "update_task", {"task": "WEB-2", "due": "none"}),
    Example("Finish", "complete milk", "complete_task", {"task": "WEB-1"}),
    Example("Finish", "mark call Anna as done", "complete_task", {"task": "WEB-3"}),
    Example("Finish", "reopen WEB-1", "reopen_task", {"task": "WEB-1"}),
    Example("Remove", "delete the dentist appointment", "delete_task", {"task": "WEB-2"}),
    Example("Remove", "I don't need milk on my list", "delete_task", {"task": "WEB-1"}),
    Example("Remove", "restore WEB-2", "restore_task", {"task": "WEB-2"}),
    Example("Undo", "undo", "undo", {}),
    Example("Next", "what should I do next?", "next_task", {}),
    Example("Figures", "stats", "get_dashboard", {}),
    Example("Projects", "show my projects", "list_projects", {}),
    Example("Projects", "create project Website", "create_project", {"name": "Website"}),
    Example(
        "Memory",
        "remember that we deploy on Thursdays",
        "store_memory",
        {"value": "we deploy on Thursdays", "type": "context"},
    ),
    Example("Memory", "what do we know about deploys?", "recall_memory", {"query": "deploys"}),
    Example(
        "Memory", "forget that we deploy on Thursdays", "delete_memory", {"key": "we deploy on Thursdays"}
    ),
    Example(
        "Memory",
        "note that the demo moved to Friday 5pm",
        "store_memory",
        {"value": "the demo moved to Friday 5pm", "type": "context"},
    ),
    Example(
        "Memory",
        "remember privately that the door code is 4711",
        "store_memory",
        {"value": "the door code is 4711", "type": "context", "local_only": True},
    ),
    Example("Memory", "what did we decide on the database?", "recall_memory", {"query": "the database"}),
    Example("Memory", "what do you remember?", "recall_memory", {}),
    Example("Memory", "forget the staging port", "delete_memory", {"key": "the staging port"}),
    Example("Help", "help", "help", {}),
)
FIRST_TWO = ("add call Anna tomorrow at 5pm", "what's due this week?")


def help_text() -> str:
    lines = ["I read plain commands. For example:"]
    for intent in dict.fromkeys(example.intent for example in EXAMPLES):
        said = [f"“{example.says}”" for example in EXAMPLES if example.intent == intent]
        lines.append(f"- **{intent}**: {', '.join(said[:3])}")
    lines.append("\nAfter a change, “for tomorrow” or “high priority” goes on with the same task.")
    return "\n".join(lines)
