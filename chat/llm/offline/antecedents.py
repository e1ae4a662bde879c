"""Resolve: what "it" is in a command that follows a statement ("the picnic is off, delete it")."""

from __future__ import annotations

from .acting import Context, named_whole
from .changing import AFTERTHOUGHT
from .frames import cut_place
from .stems import PAST
from .vocabulary import one_of, pattern
from .words import Line, fold

_COMMAND = one_of(
    "add put include take remove delete cancel cross erase check mark move reschedule postpone complete"
)
_SO = (
    r"^(?P<why>.+?)(?:(?:\s*[,;.]\s*|\s+)(?:so|therefore|and\s+so)\s+|\s*[,;.]\s+)(?:"
    r"(?:please|can|could|will|would|you|now|just)\s+)*"
    rf"(?P<command>{_COMMAND}\s.+)$"
)
_PRONOUN_FIRST = (
    r"^(?P<verb>\w+(?:\s+off|\s+out)?)\s+(?P<it>it|them|(?:that|this|the)\s+(?:reminder|task|one|event|meeting"
    r"|appointment)\b|that|this)\b"
)
_LIST_LAST = (
    r"^(?:i|we|i've|we've)\s+(?:have\s+)?(?:already\s+|just\s+)*(?:bought|got|have|did|finished|paid|made)\s.+?\s"
    r"(?P<command>(?:take|remove|delete|cross|erase)\s+(?!it\b|them\b|that\b)\S.*?\s(?:off|from|out)\s+(?:of\s+)?(?:my|the|our)\s+(?:\S+\s+){0,3}?list)$"
)
_PRONOUN_LAST = (
    rf"^(?P<why>(?:(?:i|we|the|my|our|i'm|i've|we're|already|{PAST})\b|\S+(?:'s|\s+is|\s+are)\s).*?\w)(?<!\sand)(?<!\sor)(?<!\sto)(?:\s*[,;.]\s*|"
    r"\s+)(?:(?:so|please|just|you\s+can|can\s+you|now)\s+)*"
    r"(?P<command>(?:remove|delete|cancel|cross|erase|check|mark|take|scratch|complete|strike|drop|tick)"
    r"\s+(?:off\s+)?(?:it|them|(?:that|this|the)\s+(?:reminder|task|one|event|meeting|appointment)\b|that|this)"
    r"(?:\s+(?:off|out|down|done|as\s+done|complete|as\s+complete))?(?:\s+(?:from|off|of|off\s+of|on|out"
    r"\s+of)\s+(?:\S+\s+){0,4}?\S+)?)$"
)
_SUBJECT = (
    r"^(?:don'?t\s+let\s+me\s+forget\s+|(?:i|we)\s*(?:'m|'re|'ve|am|are|will|won't|can't|cannot|couldn't)?\s+(?:(?:no\s+longer|do\s+not|don't|not|never|just"
    r"|already|have|has)\s+)*(?:(?:be\s+)?(?:attending|going\s+to|doing|making)|attend|"
    r"finished|did|done|completed|taking|making|need|needing|cancell?ed|called\s+off|have|bought|got|paid"
    r"|(?:want|going|able|planning)(?:\s+to)?|make\s+it\s+to|come\s+to|go\s+to"
    r"|(?:decided|chosen?|chose)\s+not\s+to(?:\s+(?:go\s+to|attend|do))?|changed\s+my\s+mind\s+(?:about|on))"
    r"\s+)(?P<body>.+)$"
)
_STATED = (
    r"^(?P<body>.+?)(?:\s+(?:is|are|was|were|has\s+been|have\s+been|got|gets)|'s(?:\s+been)?)\s+(?:already\s+"
    r"|now\s+|all\s+)*(?:done|finished|completed|over|off|cancell?ed|called\s+off|not\s+happening|changed"
    r"|moved|bought)$"
)


def said_before(line: Line, context: Context) -> str:
    """ "The meeting is cancelled delete it": nothing but the pronoun parts what was said from the command.
    The command by itself; "" when there is none."""
    listed = pattern(_LIST_LAST).match(line.low)
    if listed is not None:
        return line.core[listed.start("command") :]
    found = pattern(_PRONOUN_LAST).match(line.low)
    if found is None:
        return ""
    return _with_subject(line.core[: found.end("why")], line.core[found.start("command") :], context)


def so(line: Line, context: Context) -> str:
    """In "we are out of paint, so take it off the list" the command counts, and "it" is what came before."""
    found = pattern(_SO).match(line.low)
    if found is None:
        return ""
    command = line.core[found.start("command") :]
    if pattern(_PRONOUN_FIRST).match(fold(command)):
        return _with_subject(line.core[: found.end("why")], command, context)
    return command


def _with_subject(why: str, command: str, context: Context) -> str:
    """The command with its "it" replaced by what `why` was about; "" when that names nothing."""
    pronoun = pattern(_PRONOUN_FIRST).match(fold(command))
    subject = pattern(_SUBJECT).match(fold(why)) or pattern(_STATED).match(fold(why))
    done = pattern(r"^(?:mark|check|complete|cross|tick)\b|^\w+\s+\w+\s+(?:reminder|task)\b").match(
        fold(command)
    )
    if subject is None and (done or cut_place(command)[1]):
        subject = pattern(
            rf"^(?:(?:i|we)(?:'ve|\s+have)?\s+)?(?:(?:just|already)\s+)*(?P<body>(?<=\s)\w+\s+.+|{PAST}\s+.+)$"
        ).match(fold(why))
    about = why[subject.start("body") : subject.end("body")] if subject else named_whole(why, context)
    about = about[: len(pattern(AFTERTHOUGHT).sub("", fold(about)))]
    if not about or pronoun is None:
        return ""
    named, place, _ = cut_place(about)
    verb, rest = command[: pronoun.start("it")], command[pronoun.end("it") :]
    if fold(verb).strip() == "cross" and fold(rest).startswith(" off"):
        verb, rest = verb + "off ", f" from{rest[4:]}" if rest[4:].strip() else ""
    command = verb + named + rest
    if place and not cut_place(command)[1]:
        command += f" from {place}"
    return command
