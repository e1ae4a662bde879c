"""Words for a person: dates, tasks and counts as one says them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

from .vocabulary import pattern

JSON = Mapping[str, Any]


def plain(text: object) -> str:
    """Somebody's text inside Markdown, so that none of it is read as markup."""
    return pattern(r"([\\`*_{}\[\]<>#|~])").sub(r"\\\1", " ".join(str(text).split()))


def count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def day_words(day: date, today: date) -> str:
    distance = (day - today).days
    named = {-1: "yesterday", 0: "today", 1: "tomorrow"}.get(distance)
    if named:
        return named
    if 1 < distance < 7:
        return day.strftime("%A")
    year = f" {day.year}" if day.year != today.year else ""
    return f"{day.strftime('%a')} {day.day} {day.strftime('%B')}{year}"


def due_words(due: str, now: datetime) -> str:
    """ISO text as words: "tomorrow at 17:00", "Friday", "Mon 30 November"; what is no ISO text stays."""
    try:
        if len(due) <= 10:
            return day_words(date.fromisoformat(due), now.date())
        instant = datetime.fromisoformat(due)
    except ValueError:
        return due
    if instant.tzinfo is not None and now.tzinfo is not None:
        instant = instant.astimezone(now.tzinfo)
    return f"{day_words(instant.date(), now.date())} at {instant:%H:%M}"


def name(task: JSON) -> str:
    title, ref = task.get("title"), task.get("task")
    return f"**{plain(title)}** ({plain(ref)})" if title else f"**{plain(ref)}**"


def bullet(task: JSON, now: datetime) -> str:
    facts = []
    if task.get("status") in ("done", "cancelled", "in_progress"):
        facts.append(str(task["status"]).replace("_", " "))
    if task.get("due"):
        facts.append(("overdue, " if task.get("overdue") else "") + "due " + due_words(str(task["due"]), now))
    if task.get("priority") in ("high", "low"):
        facts.append(f"{task['priority']} priority")
    if task.get("repeat"):
        facts.append("repeats")
    facts += [f"\\#{plain(label)}" for label in task.get("labels") or ()]
    return f"- {plain(task.get('task'))} {plain(task.get('title'))}" + (
        " · " + " · ".join(facts) if facts else ""
    )


def moved(was: str, wanted: str, hour: time | None, now: datetime) -> str:
    """The due date that a task due at `was` gets when `wanted` is said, all of them local ISO text: an hour
    alone (`hour`) is one of its day, unless that is over, and a day alone keeps its hour."""
    if hour is not None and was[:10] > now.date().isoformat():
        return f"{was[:10]}T{hour:%H:%M}"
    return wanted + was[10:16] if len(wanted) == 10 else wanted


_SHIFT = r"^(\d+) (minute|hour|day|week|month)s? (earlier|later)$"


def is_shift(words: str) -> bool:
    return pattern(_SHIFT).match(words) is not None


def shifted(due: str, words: str) -> str:
    """ISO text moved by words such as "30 minutes later"; "" when they do not fit together."""
    found = pattern(_SHIFT).match(words)
    if found is None:
        return ""
    amount, unit = int(found[1]), found[2]
    if unit == "month":
        amount, unit = amount * 30, "day"
    step = timedelta(**{unit + "s": amount}) * (1 if found[3] == "later" else -1)
    try:
        if len(due) <= 10:
            return "" if unit in ("minute", "hour") else (date.fromisoformat(due) + step).isoformat()
        return (datetime.fromisoformat(due) + step).replace(tzinfo=None).isoformat(timespec="minutes")
    except (ValueError, OverflowError):
        return ""
