"""Slots that say when: the due date and the repeat, and the words that are left without them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time

from tasks.dates import Reading, cut, read_due
from tasks.recurrence import first_due, read_repeat

from .vocabulary import HOUR, pattern
from .words import fold

Due = date | datetime
Spans = tuple[tuple[int, int], ...]

_DANGLING_END = (
    r"(?:(?:[\s,;:]|-(?![a-z]))(?:by|on|at|for|from|in|until|till|to|the|this|due|due\s+on"
    r"|due\s+by|starting|before|and|of|with|every|each|around|about)?)+$"
)
# "check in" keeps its "in", which no date has left behind.
_PARTICLE = (
    r"\b(?:(?:check|log|sign|clock|hand|cash|plug|opt|drop|turn|move|tune|dial|tuck|pitch)\s+in"
    r"|(?:turn|switch|put|try|log|sign|carry|pass)\s+(?:\S+\s+){0,3}?on)\b(?=[\s,;:.]*(?:\w+\s*){0,2}$)"
)
_DANGLING_START = (
    r"^(?:[\s,;:.-]|(?:by|on|at|for|from|in|until|due|starting|of|around|and)\s+(?=(?:to|that|about)\b))+"
)


@dataclass(frozen=True, slots=True)
class Moment:
    """When words are read (the user's local time), and whether the user writes the fifth of June as 5/6."""

    now: datetime
    day_first: bool = False


@dataclass(frozen=True, slots=True)
class When:
    """`due` is local ISO text, `repeat` an RRULE; `rest` is what was said besides."""

    due: str = ""
    repeat: str = ""
    rest: str = ""

    @property
    def said(self) -> bool:
        return bool(self.due or self.repeat)


def local_iso(due: date | datetime) -> str:
    if isinstance(due, datetime):
        return due.replace(tzinfo=None).isoformat(timespec="minutes")
    return due.isoformat()


def read_when(text: str, moment: Moment) -> When:
    if not text:
        return When()
    now, day_first = moment.now, moment.day_first
    repeat, repeated = read_repeat(text, now=now, day_first=day_first)
    reading = read_due(_blanked(text, repeated), now=now, day_first=day_first)
    if reading.due is None and repeat is None:
        return When(rest=text)
    due = reading.due if repeat is None else _first_of(repeat, reading, now)
    spans = repeated + (reading.spans if reading.due is not None else ())
    return When(local_iso(due) if due is not None else "", repeat or "", trim(cut(text, _merged(spans))))


def hour_alone(text: str, moment: Moment) -> time | None:
    """The hour of words that name no day: "move it to 4pm". Nine is in the morning, whatever it is now."""
    text = pattern(r"(?i)\s+(?:now|instead|please)[\s.!]*$").sub("", text)
    bare = pattern(rf"\b(?:to|it|until|till)\s+(?P<hour>{HOUR})[\s.!]*$").search(fold(text))
    said = f"{text[: bare.start('hour')]}at {text[bare.start('hour') :]}" if bare is not None else text
    reading = read_due(said, now=moment.now, day_first=moment.day_first)
    return None if reading.day_said else reading.time


def _blanked(text: str, spans: Spans) -> str:
    for start, end in spans:
        text = text[:start] + " " * (end - start) + text[end:]
    return text


def _first_of(repeat: str, reading: Reading, now: datetime) -> Due | None:
    """The day said besides a rule is its first; an hour said besides is the hour of its first day."""
    return reading.due if reading.day_said else first_due(repeat, now=now, time=reading.time)


def _merged(spans: Spans) -> Spans:
    merged: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return tuple(merged)


def trim(text: str) -> str:
    """Without the prepositions and marks that a date leaves behind."""
    text = " ".join(text.split())
    low = fold(text)
    end = pattern(_DANGLING_END).search(low)
    if end:
        particle = pattern(_PARTICLE).search(low)
        kept = particle is not None and particle.start() < end.start() < particle.end()
        text = text[: particle.end() if particle is not None and kept else end.start()]
    start = pattern(_DANGLING_START).match(fold(text))
    return text[start.end() :] if start else text


def only_when(text: str, moment: Moment) -> When | None:
    """The date when the words say one and nothing else."""
    when = read_when(text, moment)
    left = pattern(
        r"\b(?:by|on|at|for|from|in|until|till|to|the|this|due|of|and|a|it|please|starting"
        r"|time)\b|[\s,.;:!?-]"
    ).sub("", fold(when.rest))
    return when if when.said and not left else None
