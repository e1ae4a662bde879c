"""Normalise: slips of the finger in the words that steer the reading, and apostrophes left out."""

from __future__ import annotations

import re
from functools import cache

from .vocabulary import pattern

# Nouns and verbs that decide what a line asks for, and what other assistants are asked for.
_STEERING = (
    "remind reminder reminders delete remove cancel erase complete completed finished create schedule "
    "reschedule postpone calendar shopping grocery groceries meeting meetings appointment appointments "
    "event events tasks items things please display update change upcoming scheduled reminded "
    "checklist agenda anything minutes append confirm scratch remember repeat include notify "
    "email emails message messages reservation restaurant playlist weather contact contacts movie alarm music"
)
_WORDS = frozenset(_STEERING.split())
# Words of their own, though one slip from one of those.
_OWN = (
    "remainder remainders compete grocer crate contract contracts moved mover even evens vents charge chance "
    "thins thongs ties times massage massages wether pleas item thing task schedules mails shipping movies "
    "alarms confirms conform completes finishes minute"
)
_RIGHT = frozenset(_OWN.split())
_KEYS = (
    "q:wa w:qes e:wrd r:etf t:ryg y:tuh u:yij i:uok o:ipl p:o a:qsz s:awdx d:sefc f:drgv g:fthb h:gyjn "
    "j:hukm "
    "k:jil l:ko z:asx x:zsdc c:xdfv v:cfgb b:vghn n:bhjm m:njk"
)
_BESIDE = dict(key.split(":") for key in _KEYS.split())
_APOSTROPHES = (
    (r"(?<=\w) ' (?=(?:s|re|ll|t|m|ve|d)\b)", "'"),
    (r"\b([Ii])d(?=\s+(?:like|love|appreciate)\b)", r"\1'd"),
    (r"\b([Ii])m(?=\s)", r"\1'm"),
    (r"\b([Ii])ve(?=\s)", r"\1've"),
    (r"\b([Dd]o|[Dd]oes|[Dd]id|[Cc]a|[Ww]o|[Ii]s|[Ww]as|[Hh]ave)nt\b", r"\1n't"),
    (r"\b([Ww]ho|[Ww]here|[Tt]here)s(?=\s)", r"\1's"),
)


@cache
def _slips() -> dict[str, str]:
    """Every word with one letter lost, doubled, swapped with the next or struck beside it."""
    found: dict[str, str] = {}
    for word in sorted(_WORDS, key=len, reverse=True):
        for i in range(1, len(word)):
            made = [
                word[:i] + word[i + 1 :],
                word[: i + 1] + word[i:],
                word[:i] + word[i : i + 2][::-1] + word[i + 2 :],
            ]
            if len(word) > 5:
                made += [word[:i] + letter + word[i + 1 :] for letter in _BESIDE.get(word[i], "")]
            for each in made:
                if len(each) > 4 and each not in _WORDS and each not in _RIGHT:
                    found[each] = word
    return found


def _mended(found: re.Match[str]) -> str:
    word = found[0]
    meant = _slips().get(word.lower())
    if meant is None:
        return word
    return meant.upper() if word.isupper() else meant.capitalize() if word[0].isupper() else meant


def mend(text: str) -> str:
    """The text with its steering words as they were meant; every other word stays as it was written."""
    for source, apostrophe in _APOSTROPHES:
        text = pattern(source).sub(apostrophe, text)
    return pattern(r"[A-Za-z]{5,}").sub(_mended, text)
