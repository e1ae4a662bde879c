"""From the words in a tool's arguments to what operations take. Everything here raises domain errors."""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db.models import Q

from accounts.errors import Invalid, NotFound
from memory.models import MemoryItem
from memory.references import find_memory
from tasks.due import read_due_argument
from tasks.models import Change, Project, Task
from tasks.recurrence import check_rrule, parse_repeat
from tasks.references import find_member, find_project, find_task
from tasks.text import check_text, clean_labels

if TYPE_CHECKING:
    from chat.tools.registry import ToolContext
    from chat.tools.task_tools import UpdateTask

NONE = "none"
WHOLE_MONTH = re.compile(r"\d{4}-\d{2}$")
_PLAIN_FIELDS = ("title", "description", "priority", "status")


def project(context: ToolContext, key: str | None) -> Project:
    return find_project(context.actor, key) if key else context.project


def memory(context: ToolContext, reference: str, project_key: str | None) -> MemoryItem:
    home = project(context, project_key)
    return find_memory(context.actor, home, reference, include_local=not context.remote)


def due(context: ToolContext, words: str) -> date | datetime | None:
    return None if words.lower() == NONE else when(context, words)


def when(context: ToolContext, words: str, *, field: str = "due") -> date | datetime:
    """A date or an instant, as the person writes dates and where they are. Raises Invalid."""
    return read_due_argument(words, now=context.now, day_first=context.actor.day_first, field=field)


def repeat(context: ToolContext, words: str) -> str:
    """An RRULE, from an RRULE or from words; empty for none."""
    if words.lower() in (NONE, "never", ""):
        return ""
    if "FREQ=" in words.upper():
        try:
            return check_rrule(words)
        except ValueError as error:
            raise Invalid.field("repeat", str(error)) from None
    rule, _ = parse_repeat(words, now=context.now, day_first=context.actor.day_first)
    if rule is None:
        raise Invalid.field(
            "repeat", f"could not read “{words[:60]}”; use words such as “every other Tuesday”, or an RRULE."
        )
    return rule


def task_fields(context: ToolContext, task: Task, arguments: UpdateTask) -> dict[str, Any]:
    """The fields of `tasks.operations.TaskFields` that the arguments change."""
    given = arguments.model_dump(exclude_none=True)
    fields: dict[str, Any] = {name: given[name] for name in _PLAIN_FIELDS if name in given}
    home = project(context, arguments.project) if arguments.project else task.project
    if arguments.project:
        fields["project"] = home
    if arguments.due is not None:
        fields["due"] = due(context, arguments.due)
    if arguments.repeat is not None:
        fields["recurrence"] = repeat(context, arguments.repeat)
    if arguments.assignee is not None:
        cleared = arguments.assignee.lower() == NONE
        fields["assignee"] = None if cleared else find_member(context.actor, home, arguments.assignee)
    if arguments.parent is not None:
        cleared = arguments.parent.lower() == NONE
        fields["parent"] = None if cleared else find_task(context.actor, arguments.parent, project=home)
    if arguments.blocked_by is not None:
        names = [name for name in arguments.blocked_by if name.lower() != NONE]
        fields["blocked_by"] = [find_task(context.actor, name, project=home) for name in names]
    return fields | _labels(task, arguments)


def _labels(task: Task, arguments: UpdateTask) -> dict[str, Any]:
    if arguments.labels is None and arguments.add_labels is None and arguments.remove_labels is None:
        return {}
    kept = task.labels
    if arguments.labels is not None:
        kept = clean_labels([each for each in arguments.labels if each.lower() != NONE])
    removed = clean_labels(arguments.remove_labels or [])
    return {"labels": [each for each in kept if each not in removed] + list(arguments.add_labels or ())}


def username(context: ToolContext, name: str) -> str:
    name = check_text(name, "assignee").lstrip("@")
    return context.actor.get_username() if name.lower() in ("me", "myself") else name


def due_days(context: ToolContext, window: str) -> tuple[date, date]:
    """First and last day of `today`, `week` (seven days), `next week`, `weekend`, `next weekend`, `month`,
    `next month`, of a month as `2026-12`, or of a date in words."""
    today, name = context.now.date(), window.lower()
    if name in ("week", "this week"):
        # Not up to Sunday: who asks on a Sunday means the days ahead.
        return today, today + timedelta(days=6)
    if name in ("month", "this month"):
        return today, _last_day(today)
    if name == "next month":
        return (first := _last_day(today) + timedelta(days=1)), _last_day(first)
    if name in ("weekend", "this weekend", "next weekend"):
        saturday = today + timedelta(days=5 - today.weekday() + 7 * name.startswith("next"))
        return max(today, saturday), saturday + timedelta(days=1)
    if WHOLE_MONTH.match(name):
        try:
            first = date.fromisoformat(f"{name}-01")
        except ValueError:
            raise Invalid.field("due", "there is no such month; write it like 2026-12.") from None
        return first, _last_day(first)
    if name in ("next week", "next_week"):
        monday = today + timedelta(days=7 - today.weekday())
        return monday, monday + timedelta(days=6)
    found = when(context, window)
    day = found.astimezone(context.now.tzinfo).date() if isinstance(found, datetime) else found
    return day, day


def _last_day(day: date) -> date:
    return day.replace(day=monthrange(day.year, day.month)[1])


def completed_days(context: ToolContext, window: str) -> tuple[date, date]:
    """First and last day of `today`, `yesterday`, `week` (since its Monday), `month`, or of one ISO date."""
    today, name = context.now.date(), window.lower()
    firsts = {
        "today": today,
        "week": today - timedelta(days=today.weekday()),
        "month": today.replace(day=1),
    }
    if name in firsts:
        return firsts[name], today
    if name == "yesterday":
        return today - timedelta(days=1), today - timedelta(days=1)
    if name == "last month":
        last = today.replace(day=1) - timedelta(days=1)
        return last.replace(day=1), last
    if name in ("last_week", "last week"):
        monday = today - timedelta(days=today.weekday() + 7)
        return monday, monday + timedelta(days=6)
    try:
        day = date.fromisoformat(name)
    except ValueError:
        raise Invalid.field("completed", "use today, yesterday, week, month or a date.") from None
    return day, day


def offset(cursor: str | None) -> int:
    if not cursor:
        return 0
    if not (cursor.isascii() and cursor.isdigit() and len(cursor) < 10):
        raise Invalid.field("cursor", "use the cursor that the last list answered with.")
    return int(cursor)


def change(context: ToolContext, turn_or_call: str | None) -> Change:
    """A change that still stands, of the turn or call with that id, or of the last one."""
    changes = Change.objects.visible_to(context.actor).standing()
    if turn_or_call:
        found = changes.filter(_made_in(turn_or_call)).last()
        if found is None:
            raise NotFound(
                "Nothing of such a turn or call is left to undo. Leave turn out to undo the last one."
            )
        return found
    changes = changes.exclude(verb="undo")
    origin = context.origin
    if origin.call_id is not None:
        found = changes.made_by_client(origin.client, context.actor).exclude(call_id=origin.call_id).last()
    else:
        changes = changes.exclude(turn_id=origin.turn_id) if origin.turn_id else changes
        found = changes.made_in(context.conversation_id, context.actor).last()
    if found is None:
        raise NotFound("There is nothing to undo here.")
    return found


def _made_in(turn_or_call: str) -> Q:
    try:
        pk = UUID(turn_or_call)
    except ValueError:
        raise NotFound("There is no such turn or call. Leave turn out to undo the last one.") from None
    return Q(turn_id=pk) | Q(call_id=pk)


def why_next(task: Task, now: datetime) -> str:
    """One sentence fragment on why `task` comes first."""
    if task.is_overdue(now):
        return "it is overdue"
    zone = now.tzinfo
    day = task.due_at.astimezone(zone).date() if task.due_at else task.due_date
    if day == now.date():
        return "it is due today"
    if day is not None:
        return "it is due next"
    if task.priority == Task.Priority.HIGH:
        return "it has high priority"
    return "nothing is due, and it has waited longest"
