"""Change records in words: what a person reads under a reply, made from committed rows alone."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any, TypedDict
from zoneinfo import ZoneInfo

from tasks.changes import kind_named
from tasks.models import Change
from tasks.recurrence import describe

VERBS = {
    "create": "Added", "update": "Changed", "complete": "Completed", "reopen": "Reopened",
    "delete": "Moved to trash", "restore": "Restored", "undo": "Undid",
}  # fmt: skip


class Receipt(TypedDict):
    """`object` is `task`, `project`, `memory` or `team`, `ref` is `WEB-12`, `WEB`, a memory's key or a team's
    name, and `text` is one line for people."""

    verb: str
    object: str
    ref: str
    text: str
    undone: bool


def receipts(changes: Iterable[Change], zone: ZoneInfo) -> list[Receipt]:
    """One receipt a change, in order; dates are in `zone`."""
    return [
        Receipt(
            verb=change.verb,
            object=change.object_type,
            ref=change.ref,
            text=receipt_text(change, zone),
            undone=change.undone_at is not None,
        )
        for change in changes
    ]


def receipt_text(change: Change, zone: ZoneInfo) -> str:
    """A change as one line for people, in the words of its kind of row."""
    return kind_named(change.object_type).receipt(change, zone)


def task_receipt(change: Change, zone: ZoneInfo) -> str:
    if change.verb in ("share", "unshare"):
        return _share_receipt(change)
    head = f"{VERBS.get(change.verb, change.verb.capitalize())} {change.ref} “{change.title}”"
    details = _details(change, zone)
    return f"{head}: {', '.join(details)}" if details else head


def history_line(change: Change, zone: ZoneInfo) -> str:
    """A change of a task as a line of its own history, which need not name it."""
    if change.verb in ("share", "unshare"):
        return _share_receipt(change).replace(f" {change.ref} “{change.title}”", "", 1)
    verb = VERBS.get(change.verb, change.verb.capitalize())
    details = _details(change, zone)
    return f"{verb}: {', '.join(details)}" if details else verb


def _share_receipt(change: Change) -> str:
    what, person = f"{change.ref} “{change.title}”", change.after["user"]
    if change.verb == "unshare":
        return f"Ended sharing {what} with {person}"
    may = "may edit it" if change.after["permission"] == "edit" else "may look at it"
    return f"Shared {what} with {person}, who {may}"


def team_receipt(change: Change) -> str:
    """A change of a team as one line for people."""
    told = {**change.before, **change.after}
    if change.verb == "rename":
        return f"Renamed “{change.before['name']}” to “{change.after['name']}”"
    words = _TEAM_WORDS.get(change.verb)
    return words.format(**told) if words else f"{change.verb.capitalize()} {change.ref}"


_TEAM_WORDS = {
    "create": "Made the team “{name}”",
    "invite": "Invited {user} as {role}",
    "uninvite": "Took the invitation of {user} back",
    "decline": "{user} declined the invitation",
    "join": "{user} joined as {role}",
    "add": "Added {user} as {role}",
    "role": "Made {user} {role}",
    "remove": "Removed {user}",
    "leave": "{user} left",
    "hand over": "Handed the team over to {user}",
}


def comment_receipt(change: Change) -> str:
    """`Commented on WEB-12: “…”`."""
    if change.verb == "undo":
        gone = change.after.get("deleted_at")
        return f"Took back a comment on {change.ref}" if gone else f"Put back a comment on {change.ref}"
    verbs = {"create": "Commented on", "update": "Changed a comment on", "delete": "Deleted a comment on"}
    return f"{verbs[change.verb]} {change.ref}: “{change.title}”"


def project_receipt(change: Change, zone: ZoneInfo) -> str:
    if change.verb == "create":
        return f"Added project {change.ref} “{change.title}”"
    return task_receipt(change, zone)


def day_words(day: date) -> str:
    return f"{day:%a} {day.day} {day:%b} {day.year}"


def due_words(due_date: str | None, due_at: str | None, zone: ZoneInfo) -> str:
    """`Mon 30 Nov 2026`, `Mon 30 Nov 2026 17:00`, or nothing, from the ISO text of a snapshot."""
    if due_at:
        local = datetime.fromisoformat(due_at).astimezone(zone)
        return f"{day_words(local.date())} {local:%H:%M}"
    return day_words(date.fromisoformat(due_date)) if due_date else ""


def _details(change: Change, zone: ZoneInfo) -> list[str]:
    before, after = change.before, change.after
    if change.verb == "create":
        return _new(after, zone)
    if change.verb == "undo" and "deleted_at" in after:
        return ["moved to the trash" if after["deleted_at"] else "taken out of the trash"]
    details = []
    if "due_date" in after or "due_at" in after:
        due = due_words(after.get("due_date"), after.get("due_at"), zone)
        details.append(f"due {due}" if due else "no due date")
    if "project_id" in after:
        details.append("moved to another project")
    for name in ("title", "name", "key"):
        if name in after:
            details.append(f"{name} “{before[name]}” → “{after[name]}”")
    if "priority" in after:
        details.append(f"{after['priority']} priority")
    if "status" in after and change.verb not in ("complete", "reopen"):
        details.append(after["status"].replace("_", " "))
    details.extend(_rest(after))
    return details


def _new(after: dict[str, Any], zone: ZoneInfo) -> list[str]:
    due = due_words(after.get("due_date"), after.get("due_at"), zone)
    details = [f"due {due}"] if due else []
    if after.get("priority", "medium") != "medium":
        details.append(f"{after['priority']} priority")
    if after.get("labels"):
        details.append(" ".join(f"#{label}" for label in after["labels"]))
    if after.get("recurrence"):
        details.append(f"repeats {describe(after['recurrence'])}")
    return details


def _rest(after: dict[str, Any]) -> list[str]:
    details = []
    if "labels" in after:
        details.append(" ".join(f"#{label}" for label in after["labels"]) or "no labels")
    if "recurrence" in after:
        rule = after["recurrence"]
        details.append(f"repeats {describe(rule)}" if rule else "no longer repeats")
    for name, words in (("description", "description"), ("assignee_id", "assignee"), ("parent_id", "parent"),
                        ("blocked_by", "blockers"), ("metadata", "metadata"),
                        ("team_id", "team")):  # fmt: skip
        if name in after:
            details.append(f"new {words}" if after[name] else f"no {words}")
    return details
