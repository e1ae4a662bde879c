"""How long a repeat goes on, in words: "until June", "for 5 weeks", "10 times"."""

from __future__ import annotations

from dataclasses import replace

from tasks.dates import durations, spans
from tasks.dates.groups import day_at
from tasks.dates.pieces import resolve_day
from tasks.dates.tokens import Source, number_at

from .rule import MAX_COUNT, Rule


def ending_at(source: Source, rule: Rule, i: int) -> tuple[Rule, int] | None:
    """`rule` with the end said at token `i`, and the position behind it."""
    return _until(source, rule, i) or _count(source, rule, i)


def _until(source: Source, rule: Rule, i: int) -> tuple[Rule, int] | None:
    if source.word(i) == "this" and source.word(i + 1) in {"week", "month", "year"}:
        span = spans.span_at(source, i)
        end = resolve_day(span.day, source.today) if span and span.day else None
        return (replace(rule, until=end), i + 2) if end else None
    if source.word(i) not in {"until", "till", "til", "through", "ending"}:
        return None
    j = i + 1 + (source.word(i + 1) == "on")
    best = day_at(source, j)
    day = resolve_day(best.day, source.today) if best and best.day else None
    return (replace(rule, until=day), best.end) if day and best else None


_DAYS = {"DAILY": 1, "WEEKLY": 7, "MONTHLY": 30, "YEARLY": 365}


def _count(source: Source, rule: Rule, i: int) -> tuple[Rule, int] | None:
    j = i + 1 if source.word(i) == "for" else i
    j += source.word(j) == "the"
    j += source.word(j) == "next"
    number = number_at(source, j)
    if number and source.word(number[1]) in {"times", "occurrences"} and 1 <= number[0] <= MAX_COUNT:
        return replace(rule, count=number[0]), number[1] + 1
    if source.word(i) != "for" or rule.freq == "HOURLY":
        return None
    length = durations.duration_at(source, j)
    if length is None or length[0].seconds:
        return None
    shift = length[0]
    last = shift.from_day(source.today)
    if last is None or (shift.days + 30 * shift.months + shift.business) < _DAYS[rule.freq] * rule.interval:
        return None
    if rule.freq == "DAILY" and shift.days and not shift.months:
        return replace(rule, count=min(shift.days // rule.interval, MAX_COUNT)), length[1]
    return replace(rule, until=last), length[1]
