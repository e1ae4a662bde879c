"""One line into a task: "Pay rent on the 1st every month #home !high"."""

from __future__ import annotations

import re
from datetime import datetime

from accounts.errors import Invalid
from tasks.dates import cut
from tasks.operations import TaskFields
from tasks.recurrence import read_schedule
from tasks.text import MAX_TITLE, check_text

LONGEST = 1000

_LABEL = re.compile(r"(?<!\S)#([^\W\d][\w-]*)")
_PRIORITY = re.compile(
    r"(?<!\S)(?:!(?P<mark>high|medium|low)|(?P<first>high|medium|low)[ -]priority|p(?P<number>[1-3]))(?!\w)",
    re.IGNORECASE,
)
_NUMBERED = {"1": "high", "2": "medium", "3": "low"}
_LEFT_OVER = " \t,;"


def read_quick_add(line: object, *, now: datetime, day_first: bool = False) -> TaskFields:
    """The fields said in a line: title, and what there is of due, recurrence, labels and priority.

    `now` is the reader's local time; `day_first` reads 5/6 as the fifth of June. A line that is nothing but a
    date, a label and the like is its own title. Raises Invalid for an empty line, or one that no database can
    hold.
    """
    text = " ".join(check_text(line, "title").split())
    if not text:
        raise Invalid.field("title", "say what there is to do.")
    if len(text) > LONGEST:
        raise Invalid.field("title", f"must be at most {MAX_TITLE} characters, and what else is said of it.")
    fields: TaskFields = {}
    rest, labels = _LABEL.sub(" ", text), _LABEL.findall(text)
    if said := _PRIORITY.search(rest):
        rest = rest[: said.start()] + " " + rest[said.end() :]
        fields["priority"] = (said["mark"] or said["first"] or _NUMBERED[said["number"]]).lower()
    rest = " ".join(rest.split())
    schedule = read_schedule(rest, now=now, day_first=day_first)
    title = cut(rest, schedule.spans) if schedule.spans else rest
    if schedule.due is not None and any(c.isalnum() for c in title):
        fields["due"] = schedule.due
        if schedule.rrule:
            fields["recurrence"] = schedule.rrule
    else:
        title = rest
    if labels:
        fields["labels"] = labels
    fields["title"] = title.strip(_LEFT_OVER) or text
    return fields
