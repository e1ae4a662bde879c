"""Answers: from the results of tools to short text in a person's words, and choices to click."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from chat.llm.types import ToolResult

from .speech import bullet, count, due_words, name, plain
from .vocabulary import pattern

JSON = Mapping[str, Any]
MOST_CHOICES = 6


@dataclass(frozen=True, slots=True)
class Answer:
    text: str
    choices: tuple[str, ...] = ()


def answer(results: Sequence[ToolResult], said: str, now: datetime) -> Answer:
    """One text for all results of a turn, in their order; `said` are the user's own words."""
    added = [r.content for r in results if r.name == "add_task" and "error" not in r.content]
    texts: list[str] = []
    choices: tuple[str, ...] = ()
    if len(added) > 1:
        texts.append(f"Added {count(len(added), 'task')}:\n" + "\n".join(bullet(task, now) for task in added))
    for result in results:
        if "error" in result.content:
            failed = _error(result, said)
            texts.append(failed.text)
            choices = choices or failed.choices
        elif result.name == "get_task" and pattern(r"^when\b").match(said.lower()):
            texts.append(_dated(result.content, now))
        elif result.name == "get_task" and pattern(r"^(?:is|are|was|were|has|have|did)\b").match(
            said.lower()
        ):
            done = result.content.get("status") == "done"
            texts.append(f"{'Yes' if done else 'Not yet'}: {bullet(result.content, now).removeprefix('- ')}")
        elif result.name != "add_task" or len(added) == 1:
            texts.append(_SAID.get(result.name, _other)(result.content, now))
    return Answer("\n\n".join(dict.fromkeys(texts)) if len(texts) < 3 else "\n".join(texts), choices)


def _rows(content: JSON, name: str) -> list[JSON]:
    rows = content.get(name)
    return [row for row in rows if isinstance(row, Mapping)] if isinstance(rows, (list, tuple)) else []


def _error(result: ToolResult, said: str) -> Answer:
    error = result.content.get("error")
    if not isinstance(error, Mapping):
        return Answer("That did not work.")
    if error.get("code") == "rejected":
        return Answer("All right, I left it as it was.")
    candidates = _rows(error, "candidates")
    if candidates and result.name == "delete_memory":
        return _which_memory(candidates)
    if candidates:
        options = tuple(_instead(result, said, each) for each in candidates[:MOST_CHOICES])
        return Answer(
            "Which one do you mean?\n"
            + "\n".join(
                f"- {plain(c.get('task'))} {plain(c.get('title'))}" for c in candidates[:MOST_CHOICES]
            ),
            options,
        )
    if result.name == "delete_memory" and error.get("code") == "not_found":
        return Answer("I remember nothing like that, so there is nothing to forget.")
    lost = error.get("code") == "not_found" and result.name.endswith("_task")
    message = pattern(r"^[a-z_]+: (?=\w)").sub("", str(error.get("message") or "That did not work."))
    return Answer(plain(message[:1].upper() + message[1:]), ("show my tasks",) if lost else ())


def _instead(result: ToolResult, said: str, candidate: JSON) -> str:
    chosen = f"{candidate.get('title') or ''} ({candidate.get('task')})".strip()
    verb = result.name.removesuffix("_task")
    return (
        f"{verb} {chosen}"
        if verb in ("complete", "reopen", "delete", "restore")
        else f"show {candidate.get('task')}"
    )


def _which_memory(candidates: Sequence[JSON]) -> Answer:
    shown = candidates[:MOST_CHOICES]
    lines = [f"- {plain(each.get('value'))} ({plain(each.get('key'))})" for each in shown]
    return Answer(
        "Which of these shall I forget?\n" + "\n".join(lines),
        tuple(f"forget the memory {each.get('key')}" for each in shown),
    )


def _facts(content: JSON, now: datetime) -> str:
    facts = []
    if content.get("due"):
        facts.append(f"due {due_words(str(content['due']), now)}")
    if content.get("priority") in ("high", "low"):
        facts.append(f"{content['priority']} priority")
    if content.get("labels"):
        facts.append("labelled " + ", ".join(plain(label) for label in content["labels"]))
    if content.get("repeat"):
        facts.append("repeating")
    return ", ".join(facts)


def _added(content: JSON, now: datetime) -> str:
    facts = _facts(content, now)
    return f"Added {name(content)}{', ' + facts if facts else ''}."


def _updated(content: JSON, now: datetime) -> str:
    fields = content.get("changed")
    if fields is not None and not fields:
        return f"{name(content)} was like that already. Nothing was changed."
    said = {
        "due": f"due {due_words(str(content['due']), now)}" if content.get("due") else "without a due date",
        "priority": f"{content.get('priority')} priority",
        "title": "renamed",
        "labels": "labelled " + ", ".join(plain(each) for each in content["labels"])
        if content.get("labels")
        else "without labels",
        "assignee": f"assigned to {plain(content['assignee'])}"
        if content.get("assignee")
        else "assigned to nobody",
        "parent": f"part of {plain(content['parent'])}" if content.get("parent") else "a task by itself",
        "description": "described",
        "blocked_by": "waiting for another task",
        "project": f"in {plain(content.get('project'))}",
        "status": str(content.get("status", "")).replace("_", " "),
        "repeat": "repeating" if content.get("repeat") else "no longer repeating",
    }
    if fields == ["title"]:
        return f"{plain(content.get('task'))} is now called **{plain(content.get('title'))}**."
    words = [said.get(str(field), f"changed in its {plain(field)}") for field in fields or ()]
    return f"{name(content)} is now {', '.join(words)}." if words else f"Changed {name(content)}."


def _completed(content: JSON, now: datetime) -> str:
    following = content.get("next")
    if content.get("changed") == []:
        return f"{name(content)} was done already. Nothing was changed."
    after = (
        f" The next one is {due_words(str(following['due']), now)}."
        if isinstance(following, Mapping) and following.get("due")
        else ""
    )
    return f"Done: {name(content)}.{after}"


def _listed(content: JSON, now: datetime) -> str:
    tasks = _rows(content, "tasks")
    if not tasks:
        return "Nothing: no task fits."
    total = content.get("total", len(tasks))
    lines = [bullet(task, now) for task in tasks]
    more = total - len(lines) if isinstance(total, int) else 0
    return (
        f"{count(len(lines) + max(more, 0), 'task')}:\n"
        + "\n".join(lines)
        + (f"\n\n… and {more} more." if more > 0 else "")
    )


def _one(content: JSON, now: datetime) -> str:
    lines = [bullet(content, now).removeprefix("- ")]
    lines += [
        f"{label}: {plain(content[key])}"
        for key, label in (
            ("project", "Project"),
            ("assignee", "For"),
            ("parent", "Part of"),
            ("description", "Notes"),
        )
        if content.get(key)
    ]
    if content.get("blocked_by"):
        lines.append("Waits for: " + ", ".join(plain(each) for each in content["blocked_by"]))
    return "\n\n".join(lines)


def _dated(content: JSON, now: datetime) -> str:
    due = content.get("due")
    return (
        f"{name(content)} is due {due_words(str(due), now)}." if due else f"{name(content)} has no due date."
    )


def _next(content: JSON, now: datetime) -> str:
    if not content.get("task"):
        return plain(content.get("reason") or "Nothing is open.")
    reason = plain(content.get("reason") or "").rstrip(".")
    if not reason:
        return f"Next: {name(content)}."
    return f"Next: {name(content)}{', because ' if reason[0].islower() else '. '}{reason}."


def _figures(content: JSON, now: datetime) -> str:
    words = (
        ("open", "open"),
        ("overdue", "overdue"),
        ("due_today", "due today"),
        ("due_this_week", "due this week"),
        ("done_last_7_days", "done in the last 7 days"),
    )
    return "\n".join(f"- {content[key]} {label}" for key, label in words if key in content) or "No figures."


def _projects(content: JSON, now: datetime) -> str:
    lines = [
        f"- {plain(p.get('key'))} {plain(p.get('name'))} · {p.get('open', 0)} open"
        for p in _rows(content, "projects")
    ]
    return "\n".join(lines) or "There is no project yet."


def _undone(content: JSON, now: datetime) -> str:
    restored = [f"- {plain(each.get('text') or each.get('object'))}" for each in _rows(content, "restored")]
    conflicts = [
        f"- {plain(each.get('object'))}: {plain(each.get('reason'))}" for each in _rows(content, "conflicts")
    ]
    text = (
        "Undone:\n" + "\n".join(restored)
        if restored
        else "There was nothing to undo."
        if not conflicts
        else ""
    )
    return (
        text + "\n\nLeft alone, because somebody changed it since:\n" + "\n".join(conflicts)
        if conflicts
        else text
    ).strip()


def _recalled(content: JSON, now: datetime) -> str:
    hits = [f"- {plain(hit.get('value'))}{_when_said(hit, now)}" for hit in _rows(content, "hits")]
    return "I remember:\n" + "\n".join(hits) if hits else "I remember nothing about that."


def _when_said(hit: JSON, now: datetime) -> str:
    day = due_words(str(hit.get("date") or ""), now)
    return f" · said {day}" if day and hit.get("type") == "message" else ""


def _remembered(content: JSON, now: datetime) -> str:
    value = plain(content.get("value") or content.get("key") or "that").rstrip(".")
    if not content.get("changed", True):
        return f"I remember that already: {value}."
    if content.get("status") == "suggested":
        return f"Shall I remember this? It waits for your yes: {value}."
    return f"I'll remember: {value}."


def _forgotten(content: JSON, now: datetime) -> str:
    value = plain(content.get("value") or content.get("key") or "that").rstrip(".")
    return f"Forgotten: {value}. “undo” brings it back."


def _other(content: JSON, now: datetime) -> str:
    return "Done."


_SAID: dict[str, Callable[[JSON, datetime], str]] = {
    "add_task": _added,
    "update_task": _updated,
    "complete_task": _completed,
    "reopen_task": lambda c, now: (
        f"{name(c)} was open already. Nothing was changed."
        if c.get("changed") == []
        else f"{name(c)} is open again."
    ),
    "delete_task": lambda c, now: f"Moved {name(c)} to the trash. “undo” brings it back.",
    "restore_task": lambda c, now: f"{name(c)} is back.",
    "list_tasks": _listed,
    "get_task": _one,
    "next_task": _next,
    "get_dashboard": _figures,
    "list_projects": _projects,
    "create_project": lambda c, now: (
        f"Created the project **{plain(c.get('name'))}** ({plain(c.get('project'))})."
    ),
    "undo": _undone,
    "store_memory": _remembered,
    "update_memory": lambda c, now: "I changed what I remember.",
    "delete_memory": _forgotten,
    "recall_memory": _recalled,
}
