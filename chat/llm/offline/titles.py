"""Extract: what in a new task's words is its title and what is its date."""

from __future__ import annotations

import re

from .vocabulary import DEED, MONTH, TIME_WORD, WEEKDAY, one_of, pattern
from .when import Moment, When, read_when, trim
from .words import fold

_LEADS: tuple[str, ...] = (
    r"^(?:tasks?|to-?dos?)\s+(?:(?:to|called|named)\s+)?(?=\w)|^(?:to\s+)?not\s+"
    r"(?:to\s+)?forget\s+(?:(?:to|about)\s+)?|^(?:grocery|shopping|to-?do|list)\s+items?\s+"
    r"(?:of\s+|called\s+)?",
    r"^(?:[\s,;:.-]+|(?:for\s+me\s+to|me\s+to|to|that|regarding|called|named|titled|saying"
    r"|on|at|in|(?:which\s+|that\s+)?says|when\s+it's\s+to)"
    r"\b(?!-)\s+"
    r"|there(?:'s|\s+is|\s+are|\s+will\s+be)\s+|(?:i'?m|we'?re)\s+(?=\w+ing\b)"
    r"|(?:that\s+)?(?:i\s+(?:have|need|got|must|should|want|am\s+supposed)|i'?ve(?:\s+got)?)"
    r"(?:\s+got)?(?:\s+to)?\s+"
    r"|(?:of|about|for)\s+(?:my\s+|our\s+)?|(?:a|an|the|my|our)\s+)+",
    # "15 minutes before the meeting" is a meeting: its hour is not known here, so nothing is counted back.
    r"^set\s+(?:up\s+)?(?:to|for|about)\s+(?=\w)",
    r"^(?:(?:an?|the|new|calendar)\s+)*(?:(?:event|entry|appointment|meeting|party|session)\s+(?:called|named|titled|entitled|labell?ed)"
    r"|calendar\s+(?:event|entry)\s+(?:for|of|about)"
    r"|(?:recurring\s+|repeating\s+)?event\s+(?:for|about|of)(?!\s+(?:\d|noon\b|the\s+\d)))\s+(?:(?:an?|the|my|our)\s+)?(?=\w)|^(?:for|4)\s+me\s+to\s+(?=\w)",
    r"^(?:\d+|an?|one|two|five|ten|fifteen|thirty|half\s+an)\s+(?:minute|hour|day"
    r"|week)s?\s+before\s+(?:the\s+|an?\s+)?",
)
_TAILS = (
    r"(?:^|\s+)(?:until|till)\s+(?:i|you|further)\b.*$"
    r"|\s+(?:is|are|will\s+be)$|\s+as\s+an?\s+(?:new\s+)?(?:task|to-?do|todo|reminder|item)$"
)
_LASTING = r"\s+for\s+(?:\d+|an?|one|two|three)\s+(?:hours?|minutes?|mins?)$"
# "when I get home to feed the dogs" says what to do last; a title says it first.
_CIRCUMSTANCE = (
    r"(?i)^(?P<when>(?:(?:when|once|after|before|as\s+soon\s+as)\s+(?:i|we|i'm|we're)\s+.{1,40}?"
    r"|(?:\d+|an?|one|two|three|five|ten|fifteen|thirty|half\s+an)\s+(?:minute|hour|day|week)s?\s+before\s+(?:my|the|our|an?)\s.{1,40}?"
    r"|(?:before|after|during|at)\s+(?:work|school|lunch|dinner|breakfast|class|bed|church|practice)"
    r"|(?:on|in)\s+(?:my|the)\s+way\s+(?:home|back|to\s+\w+)|next\s+time\s+.{1,40}?"
    rf"|(?:before|after)\s+(?:my|the|our)\s.{{1,40}}?))\s+to\s+(?P<deed>{DEED}\b.*)$"
)
_HEAD = r"^(?P<head>.{1,60}?)[\s,]+(?P<link>to|that|about)\s+(?P<rest>.+)$"
_BEGINS_WITH_LINK = (
    rf"^(?:to|that|about|for|of)\b\s+(?!\d|{TIME_WORD}|{MONTH}|"
    + one_of(
        "this next the every noon midnight in a an one two three four five six seven eight "
        "nine ten eleven twelve half quarter"
    )
    + r"\b)"
)
_HEAD_FILLER = r"^(?:me|for|on|at|in|by|to|the|of|a|an|about)\b|[\s,]"
_PLAIN_DAY = (
    rf"\d|\b(?:{TIME_WORD}|{WEEKDAY}|{MONTH}|{one_of('midnight noon hour hours minute minutes eve')})\b"
)
_SAID_AS_DATE = r"(?:^|\b(?:on|by|for|before|until|this|next|at|due|in|after|every)\s+)$"


def title_and_when(body: str, moment: Moment) -> tuple[str, When]:
    """The title as said, still with its articles, and the date. A date that stands before "to", "that" or
    "about" is the task's date, and days named after it belong to the title."""
    head = pattern(_HEAD).match(fold(body))
    if head is not None and not pattern(_BEGINS_WITH_LINK).match(fold(body)):
        before = read_when(body[: head.end("head")], moment)
        if before.said and not pattern(_HEAD_FILLER).sub("", fold(before.rest)):
            return _after_head(body[head.start("rest") :], head["link"], before, moment)
    when = read_when(body, moment)
    if not when.said or _is_what_is_done(body, when):
        return body, When(rest=body)
    return when.rest, when


def _after_head(rest: str, link: str, before: When, moment: Moment) -> tuple[str, When]:
    after = read_when(rest, moment)
    if not after.said:
        return rest, before
    if before.repeat and not before.due:
        return after.rest, When(after.due, before.repeat)
    hour_after = "T" in after.due and "T" not in before.due
    if after.due and before.due and hour_after and link != "that":
        return after.rest, When(join(before.due, after.due), before.repeat or after.repeat)
    return rest, before


def _is_what_is_done(body: str, when: When) -> bool:
    """ "organize halloween": a feast named right after a lone verb is what is done, not when."""
    if len(when.rest.split()) != 1 or when.repeat:
        return False
    start = fold(body).find(fold(when.rest))
    said = fold(body[start + len(when.rest) :]).strip() if start == 0 else ""
    return (
        bool(said)
        and not pattern(_PLAIN_DAY).search(said)
        and not pattern(r"^(?:on|by|for|before|until|at|due|in|after)\b").match(said)
    )


def join(first: str, second: str) -> str:
    """ "Friday" said in one place and "5 pm" in another make one due; otherwise the first said counts."""
    if "T" not in first and "T" in second:
        return first + second[second.index("T") :]
    if "T" in first and "T" not in second:
        return second + first[first.index("T") :]
    return first


def _turned(found: re.Match[str]) -> str:
    return f"{found['deed']} {found['when']}"


def clean_title(text: str) -> str:
    title = trim(pattern(_CIRCUMSTANCE).sub(_turned, text))
    for source in _LEADS:
        found = pattern(source).match(fold(title) + " ")
        if found is not None:
            title = title[min(found.end(), len(title)) :]
    title = title[: len(pattern(_TAILS).sub("", fold(title)))]
    if not pattern(rf"^{DEED}\b").match(fold(title)):
        title = title[: len(pattern(_LASTING).sub("", fold(title)))]
    title = title.strip(" ,;:.!?\t")
    if len(title) > 1 and title[0] == title[-1] and title[0] in "\"'":
        title = title[1:-1].strip()
    return title
