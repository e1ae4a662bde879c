"""Normalise: one line of somebody's words, with its courtesies taken off."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from .spelling import mend
from .vocabulary import ADD, DELETE, FINISH, WEAK_DELETE, pattern

_QUOTES = str.maketrans(
    {
        "‘": "'",
        "’": "'",
        "‛": "'",
        "`": "'",
        "´": "'",
        "“": '"',
        "”": '"',
        "„": '"',
        "«": '"',
        "»": '"',
        "–": "-",
        "—": "-",
        "−": "-",
        "‐": "-",
        "‑": "-",
    }
)
_COMMAND = (
    rf"(?:{ADD}|{DELETE}|{FINISH}|set|make|create|schedule|mark|see|hear|know|find|look|view"
    r"|check|move|change|push|delay|shift|bump|switch|snooze|"
    r"rename|reschedule|postpone|update|remind|be\s+reminded|undo|restore|reopen|show|assign|label|tag)\b"
)
_OPENING = (
    r"(?:(?:hey|hi|hello|hiya|yo|ok|okay|so|well|um|uh|oh|oops|whoops|ah|hmm|alexa|siri|olly|google|assistant"
    r"|tasklore|please|pls|plz|"
    r"kindly|just|also|then|and|now|maybe|ai|computer|dear|quickly)\b[\s,;:!.-]*"
    r"|(?:hurry\s+up\s+and|go\s+ahead\s+and|do\s+me\s+a\s+favou?r\s+and|be\s+a\s+dear\s+and)\b\s*"
    r"|(?:can|could|would|will|may|might)\s+(?:you|u|we)\s+(?:(?:please|kindly|also|just|maybe|perhaps)\s+)*"
    r"(?:(?:be\s+able\s+to|help\s+me(?:\s+to)?|mind)\s+(?=[a-z]))?(?!have\b|want\b|need\b)"
    r"|(?:i\s+(?:was|am)|i'm)\s+(?:just\s+)?wondering\s+if\s+(?:you|we|i)\s+(?:could|can|would|might)\s+"
    r"|(?:may|can|could)\s+i\s+(?:please\s+)?(?:have|get)\s+(?=(?:a|another)\s+(?:new\s+|quick"
    r"\s+)?reminder\b)"
    r"|(?:is\s+it\s+possible\s+(?:for\s+you\s+)?to|would\s+it\s+be\s+possible\s+to)\s+"
    r"|take\s+a\s+(?:moment|second|minute)\s+(?:and|to)\s+|if\s+you\s+(?:could|would|can|don't\s+mind"
    r"|wouldn't\s+mind)\b[\s,]*(?:please\s+)?"
    r"|i\s+was\s+hoping\s+you\s+(?:could|would|can)\s+|it\s+would\s+be\s+(?:great|nice|helpful)\s+if"
    r"\s+you\s+(?:could|would)\s+"
    r"|(?:would\s+you\s+)?be\s+so\s+kind\s+(?:as\s+to|and)\s+|i(?:'d|\s+would)\s+appreciate\s+it\s+if"
    r"\s+you\s+(?:could|would)?\s*"
    r"|feel\s+free\s+to\s+|why\s+don't\s+you\s+|i(?:'m|\s+am)\s+(?:asking\s+you\s+to|going\s+to\s+need"
    r"\s+you\s+to)\s+"
    rf"|(?:i\s+(?:want|need|would\s+like|wish|'d\s+like)|i'd\s+like|i\s+wanna)\s+(?:for\s+)?you\s+to\s+"
    r"|(?:i\s+(?:(?:just|really|also)\s+)?(?:want|need|would\s+like|would\s+love|have|wish)"
    rf"|i'd\s+(?:like|love)|we\s+(?:need|want|should)|i\s+should)\s+to\s+(?={_COMMAND})"
    r"|(?:i\s+wanna|i\s+gotta|(?:let's|lets|let\s+us)(?:\s+go\s+ahead\s+and)?|help\s+me(?:\s+to)?|help"
    r"|maybe\s+we\s+can|(?:may|can"
    rf"|could)\s+i|may\s+i\s+suggest\s+we|we\s+can)\s+(?={_COMMAND})"
    rf"|(?:need|want|have|got)\s+to\s+(?={_COMMAND})"
    rf"|you\s+(?:can|may|should|need\s+to|could)\s+(?={_COMMAND}|{WEAK_DELETE}\b|(?:take|tell|give|read|list"
    rf"|pull|bring)\b)"
    r"|(?:be\s+sure|make\s+sure|do\s+not\s+forget|don't\s+forget|dont\s+forget|remember)\s+"
    rf"(?:to|you)\s+(?={_COMMAND}))"
)
_CLOSING = (
    r"(?:[\s,;:.!?]*(?:\b(?:please|pleases|pls|plz|thanks|thank\s+you|thx|for\s+me"
    r"|if\s+you\s+can|if\s+possible|would\s+you|"
    r"immediately|real\s+quick|at\s+once|when(?:ever)?\s+you\s+(?:can|could|get\s+a\s+chance|get\s+time)"
    r"|if\s+you\s+could|will\s+you|could\s+you|can\s+you|ok|okay|olly|alexa|as\s+well"
    r"|as\s+soon\s+as\s+you\s+can)\b)[\s,;:.!?]*|[\s,;:.!?]+)$"
)

# Said of a reminder, "now" is when it is due; said of anything else it only presses.
_NOW = r"(?<!^what)\s+(?:(?:right\s+)?now|asap)[\s.!?]*$"

_GERUNDS = {
    "adding": "add",
    "canceling": "cancel",
    "cancelling": "cancel",
    "changing": "change",
    "checking": "check",
    "clearing": "clear",
    "completing": "complete",
    "creating": "create",
    "crossing": "cross",
    "deleting": "delete",
    "erasing": "erase",
    "giving": "give",
    "including": "include",
    "listing": "list",
    "making": "make",
    "marking": "mark",
    "moving": "move",
    "postponing": "postpone",
    "pushing": "push",
    "putting": "put",
    "reading": "read",
    "reminding": "remind",
    "removing": "remove",
    "renaming": "rename",
    "rescheduling": "reschedule",
    "scheduling": "schedule",
    "setting": "set",
    "showing": "show",
    "taking": "take",
    "telling": "tell",
    "throwing": "throw",
    "updating": "update",
    "writing": "write",
}
_WOULD_YOU_MIND = (
    r"^(?:(?:hey|hi|hello|ok|okay|please|so|um|alexa|siri|olly|google)\b[\s,]*)*"
    r"(?:(?:would|do)\s+(?:you|u)\s+mind|how\s+about|i\s+(?:would|'d)\s+appreciate\s+you|i'd\s+appreciate"
    r"\s+you)\s+"
    rf"(?:please\s+)?(?P<verb>{'|'.join(_GERUNDS)})\b"
)
_MISTYPED = r"\b(?:rmind|remid|remimd|reminf|reming|remnid|remiind|remnd)(?=\s+(?:me|us)\b)"


def fold(text: str) -> str:
    """Lower case, one character for one, so that offsets hold in both."""
    low = text.lower()
    if len(low) == len(text):
        return low
    return "".join(c if len(c.lower()) != 1 else c.lower() for c in text)


def tidy(text: str) -> str:
    """One line: letters composed, quotes and dashes straight, every run of white space one space."""
    flat = unicodedata.normalize("NFC", text).translate(_QUOTES)
    return " ".join("".join(c if c.isprintable() or c.isspace() else " " for c in flat).split())


@dataclass(frozen=True, slots=True)
class Line:
    """What was said (`text`), the same in lower case, and without courtesies (`core`, `low`)."""

    text: str
    core: str
    low: str

    @classmethod
    def of(cls, text: str) -> Line:
        text = tidy(text)
        core = _undress(_plain_verb(mend(text)))
        return cls(text, core, fold(core))


def _plain_verb(text: str) -> str:
    """ "Would you mind adding milk" as "add milk", and a mistyped "rmind me" as "remind me"."""
    low = fold(text)
    asked = pattern(_WOULD_YOU_MIND).match(low)
    if asked is not None:
        return _GERUNDS[asked["verb"]] + text[asked.end() :]
    typo = pattern(_MISTYPED).search(low)
    return text[: typo.start()] + "remind" + text[typo.end() :] if typo is not None else text


def _undress(text: str) -> str:
    opening, closing = pattern(_OPENING), pattern(_CLOSING)
    start = 0
    low = fold(text)
    if not pattern(r"remind|alert|alarm").search(low):
        closed = pattern(_NOW).search(low)
        text, low = (text[: closed.start()], low[: closed.start()]) if closed else (text, low)
    for _ in range(8):
        found = opening.match(low, start)
        if not found or found.end() == start or found.end() >= len(low.rstrip(" .!?")):
            break
        start = found.end()
    end = len(text)
    for _ in range(6):
        tail = low[max(start, end - 40) : end]
        found = closing.search(tail)
        if not found or found.start() + max(start, end - 40) <= start:
            break
        end = max(start, end - 40) + found.start()
    if text[end : end + 1] == "." and pattern(r"\d\.\d{1,2}$").search(low[max(start, end - 6) : end]):
        end += 1  # the dot of "24.3."
    return text[start:end]
