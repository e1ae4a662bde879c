"""Which of a model's suggestions are kept as memory, and how: plain rules on words, without a model.

A model that reads an exchange suggests too much: chatter, what memory or a tool had just told it, what hidden
text asks it to. What stays is grounded in what was said now, and new.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from memory.models import MemoryItem
from memory.words import stems, words

LEAST_CONFIDENCE = 0.5
LONGEST_VALUE = 600
LEAST_WORDS = 2
SAME = 0.9
# The share of a suggestion's words that must stand where it is said to come from.
GROUNDED, SHOWN, NEW, DONE = 0.4, 0.5, 0.5, 0.7
# How alike two items are that say different things about one matter, and when the person speaks of a change.
ONE_MATTER, ONE_MATTER_CHANGED = 0.5, 0.4

_TYPES: Mapping[str, str] = {each: each for each in MemoryItem.Type.values} | {
    "fact": "context", "note": "context", "info": "context", "requirement": "context", "bug": "error",
    "problem": "error", "issue": "error", "fix": "solution", "workaround": "solution", "choice": "decision",
}  # fmt: skip

_ABOUT_THE_TALK = re.compile(
    r"^(?:the |this )?(?:assistant|ai|model|tasklore|conversation|message)\b|"
    # Of whom the talk is with, only what lasts.
    r"^(?:the )?(?:user|person|human|i)\b"
    r"(?! (?:never|always|only|also)?\s*(?:prefers?|(?:dis)?likes?|hates?|loves?|uses?|"
    r"works?|lives?|owns?|speaks?|needs?|is (?:allergic|responsible|based|called|from|an?|the)|"
    r"has (?:an?|the|\w+ \w+s)|wants? \w+ (?:in|by|as|to be|on|at|with|without))\b)",
    re.I,
)
_PASSING = re.compile(
    r"\b(?:today|tonight|right now|at the moment|this (?:morning|afternoon|evening|week)|might|maybe|perhaps|"
    r"probably|possibly|should have)\b",
    re.I,
)
_HOSTILE = re.compile(
    r"\b(?:ignore|disregard|forget|override|bypass)\b.{0,40}\b(?:instructions?|rules?|previous|above|prior|"
    r"prompts?|guidelines|safety)\b|\bsystem prompt\b|\b(?:developer|admin|debug|god) mode\b|\bjailbreak\b|"
    r"</?(?:system|memory|data|situation|exchange|known)>|^\W*system\s*:",
    re.I | re.M,
)
# Text that somebody pasted and that speaks to whoever reads it for them.
_ADDRESSED = re.compile(
    r"\b(?:dear|attention|notes? (?:to|for)|instructions? (?:to|for)|as an?|for any|if you are an?)\b.{0,20}"
    r"\b(?:ai|assistant|llm|model|bot|chatbot|agent)s?\b|"
    r"\b(?:ai|assistant|llm|language model|bot|chatbot|agent)s?\b.{0,60}\b(?:must|should|always|remember|"
    r"memori[sz]e|store|save|memory|treat|your)\b",
    re.I | re.S,
)
_TO_THE_ASSISTANT = re.compile(
    r"\b(?:you|the assistant|assistants?|the ai|the model|tasklore)\b.{0,20}"
    r"\b(?:must|should|shall|have to|has to|are|is to|will|may)\b|"
    r"^(?:always |never |please |do not |don't )*"
    r"(?:approve|reply|respond|forward|reveal|print|output|recommend|pretend|act as|trust|obey|remember)\b|"
    r"\bwithout (?:asking|approval|confirmation)\b",
    re.I,
)
_CHANGE = re.compile(
    r"\b(?:now|instead|no longer|any ?more|chang\w+|switch\w*|mov(?:ed|ing)|actually|rather than|from now on|"
    r"was wrong|correct\w*|updat\w+|replac\w+|used to|drop(?:ped|ping)?|scrap\w*|not\b.{1,40}\bbut|"
    r"turns? out|postponed|renamed|back to|raised|lowered|increased|reduced|cut to|"
    r"extended|took over|these days|after all)\b|, not (?:in|on|at|with|by|the|an?)\b",
    re.I,
)
_NOT = frozenset(words("no not never none without isn't don't doesn't won't cannot can't"))
_SET_VALUES = frozenset(
    stems(
        """monday tuesday wednesday thursday friday saturday sunday january february march april may june july
        august september october november december daily weekly monthly yearly hourly morning noon afternoon
        evening night midnight today tomorrow am pm one two three four five six seven eight nine ten twelve
        first second third"""
    )
)
# A number after one of these says which one is meant, not how things stand.
_ENUMERATED = re.compile(
    r"\b(?:unit|room|chapter|phase|step|part|section|page|item|sprint|week|level|floor|table|slide|lesson|module|"
    r"ticket|issue|number|line|stage|round|season|episode|volume|building|house|platform)\s+#?(\w+)",
    re.I,
)
_PASTED = re.compile(
    r"```.*?(?:```|\Z)|^[ \t]*>[^\n]*|[“\"][^“”\"]{40,}[”\"]|"
    r"(?:^|(?<=[.!?\n]))[^:.\n]*\b(?:e-?mails?|logs?|pages?|articles?|tickets?|comments?|readme|"
    r"documents?|transcripts?|reviews?|posts?|wrote|says|summari[sz]e|translate|proofread|forwarded)\b"
    r"[^:\n]{0,60}:(?:\s|$).*",
    re.I | re.M | re.S,
)


@dataclass(frozen=True, slots=True)
class Known:
    """An active item."""

    key: str
    value: str
    type: str
    local_only: bool = False


@dataclass(frozen=True, slots=True)
class Candidate:
    """What a model suggests to keep; `from_answer` when only the assistant said it."""

    value: str
    type: str
    key: str = ""
    confidence: float = LEAST_CONFIDENCE
    subject: str = ""
    supersedes: str = ""
    from_answer: bool = False
    local_only: bool = False


@dataclass(frozen=True)
class Exchange:
    """What was said; what the model had been `shown` of stored text; what its tools were asked to do, the
    `deeds`; and the active items of the project by key. Confidence below `threshold` waits for a yes."""

    said: str
    answered: str
    shown: Sequence[str] = ()
    deeds: Sequence[str] = ()
    known: Mapping[str, Known] | None = None
    threshold: float = 0.85

    @cached_property
    def own(self) -> str:
        """What the person said in words of their own: nothing quoted, fenced or pasted."""
        return _PASTED.sub(" ", self.said)

    @cached_property
    def is_hostile(self) -> bool:
        pasted = "\n".join(match.group() for match in _PASTED.finditer(self.said))
        return bool(_HOSTILE.search(self.said) or _ADDRESSED.search(pasted))


class Dropped(Exception):
    """A suggestion that is not kept; the text says why in a word or two."""


def read_candidate(given: Any) -> Candidate:
    """From what a model wrote. Raises Dropped when it cannot be an item."""
    if not isinstance(given, Mapping):
        raise Dropped("malformed")
    value, kind = _text(given.get("value")), _TYPES.get(_text(given.get("type")).lower())
    confidence = given.get("confidence", LEAST_CONFIDENCE)
    if isinstance(confidence, bool) or not isinstance(confidence, int | float) or not 0 <= confidence <= 1:
        confidence = LEAST_CONFIDENCE
    if not value or kind is None or len(value) > LONGEST_VALUE:
        raise Dropped("malformed")
    return Candidate(
        value=value,
        type=kind,
        key=_key(given.get("key")),
        confidence=float(confidence),
        subject=_text(given.get("subject"))[:120],
        supersedes=_key(given.get("supersedes")),
    )


def judge(candidate: Candidate, exchange: Exchange) -> Candidate:
    """The candidate as it is to be stored. Raises Dropped."""
    _refuse_junk(candidate)
    content = set(stems(candidate.value))
    known = exchange.known or {}
    if any(
        _repeats(candidate.value, text)
        for text in (*exchange.shown, *(each.value for each in known.values()))
    ):
        raise Dropped("echo")
    if any(_share(content, stems(deed)) >= DONE for deed in exchange.deeds):
        raise Dropped("a task")
    return _grounded(_placed(candidate, exchange, known), content, exchange)


def _refuse_junk(candidate: Candidate) -> None:
    if candidate.confidence < LEAST_CONFIDENCE:
        raise Dropped("unsure")
    if len(set(stems(candidate.value))) < LEAST_WORDS or candidate.value.endswith("?"):
        raise Dropped("says nothing")
    if _ABOUT_THE_TALK.search(candidate.value):
        raise Dropped("about the talk")
    if _PASSING.search(candidate.value):
        raise Dropped("passing")
    if _HOSTILE.search(candidate.value):
        raise Dropped("an instruction")


def _grounded(candidate: Candidate, content: set[str], exchange: Exchange) -> Candidate:
    spoken, answered = stems(exchange.own), stems(exchange.answered)
    pasted = stems(exchange.said)
    if _numbers(content) - set(pasted) - set(answered):
        raise Dropped("unfounded")
    in_own_words = _share(content, spoken) >= GROUNDED and _values(content) <= set(spoken)
    if exchange.is_hostile and _share(content, spoken) < SAME:
        raise Dropped("an instruction")
    if _TO_THE_ASSISTANT.search(candidate.value) and not (in_own_words and candidate.type == "preference"):
        raise Dropped("an instruction")
    shown = {stem for text in exchange.shown for stem in stems(text)}
    unsaid = content.difference(spoken)
    own = len(content - unsaid - shown)
    if unsaid and unsaid <= shown and own < NEW * len(content) and not _CHANGE.search(exchange.own):
        # The answer to a question, in words of both: hardly anything of it is the person's own and new.
        raise Dropped("echo")
    if in_own_words:
        return candidate
    # What the assistant put together from what it was shown and what it was told adds nothing of its own.
    if _share(content, shown) >= SHOWN or (shown & content and _share(content, shown.union(spoken)) >= SAME):
        raise Dropped("echo")
    # Nobody said it in words of their own: it may be kept when somebody says yes to it.
    confidence = min(candidate.confidence, max(exchange.threshold - 0.01, 0.0))
    if _share(content, pasted) >= GROUNDED:
        return replace(candidate, confidence=confidence)
    if _share(content, answered) >= GROUNDED:
        return replace(candidate, confidence=confidence, from_answer=True)
    raise Dropped("unfounded")


def _placed(candidate: Candidate, exchange: Exchange, known: Mapping[str, Known]) -> Candidate:
    """Under the key of what it contradicts, if it contradicts anything: a key holds one truth at a time."""
    key = candidate.key
    if candidate.supersedes in known:
        key = candidate.supersedes
    elif key not in known:
        key = _contradicted(candidate, exchange, known) or key
    return replace(candidate, key=key, local_only=key in known and known[key].local_only)


def _contradicted(candidate: Candidate, exchange: Exchange, known: Mapping[str, Known]) -> str:
    """The key of the item that says another thing about the same matter, if one does."""
    changed = bool(_CHANGE.search(exchange.own))
    likest = max(known.values(), key=lambda each: _likeness(candidate.value, each.value), default=None)
    return likest.key if likest and _disagree(candidate.value, likest.value, changed=changed) else ""


def _disagree(said: str, known: str, *, changed: bool) -> bool:
    content, other = set(stems(said)), set(stems(known))
    if _denies(said) != _denies(known):
        return _likeness(said, known) >= ONE_MATTER
    if content <= other or other <= content or _ENUMERATED.findall(said) != _ENUMERATED.findall(known):
        # It says more of the same, or less, or the same of the next one in a row.
        return False
    matter, other_matter = content - _values(content), other - _values(other)
    if matter == other_matter:
        return bool(matter)
    return changed and _likeness(said, known) >= ONE_MATTER_CHANGED


def _likeness(said: str, known: str) -> float:
    content, other = set(stems(said)), set(stems(known))
    return len(content & other) / max(len(content | other), 1)


def _repeats(said: str, known: str) -> bool:
    """Whether `said` only repeats: nearly all its words, every number, and the same yes or no."""
    content, other = set(stems(said)), set(stems(known))
    return (
        _share(content, other) >= SAME and not _numbers(content) - other and _denies(said) == _denies(known)
    )


def _share(content: set[str], among: Iterable[str]) -> float:
    return len(content.intersection(among)) / max(len(content), 1)


def _numbers(found: set[str]) -> set[str]:
    return {word for word in found if any(map(str.isdigit, word))}


def _values(found: set[str]) -> set[str]:
    """The words that say how something stands: numbers, days, months, times."""
    return _numbers(found) | found & _SET_VALUES


def _denies(text: str) -> bool:
    return not _NOT.isdisjoint(words(text)) or "no longer" in text.lower()


def _key(value: Any) -> str:
    return "-".join(words(_text(value).replace("_", " ")))[:100].strip("-")


def _text(value: Any) -> str:
    return " ".join(value.split()) if isinstance(value, str) else ""
