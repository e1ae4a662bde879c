"""Resolve references: from the words for a task to the one task meant."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from .spelling import mend
from .vocabulary import pattern
from .words import fold

_ORDINALS = {
    "first": 1,
    "1st": 1,
    "second": 2,
    "2nd": 2,
    "third": 3,
    "3rd": 3,
    "fourth": 4,
    "4th": 4,
    "fifth": 5,
    "5th": 5,
    "sixth": 6,
    "6th": 6,
    "seventh": 7,
    "7th": 7,
    "eighth": 8,
    "8th": 8,
    "ninth": 9,
    "9th": 9,
    "tenth": 10,
    "10th": 10,
    "last": -1,
    "one": 1,
    "two": 2,
    "three": 3,
    "four": 4,
    "five": 5,
    "six": 6,
    "seven": 7,
    "eight": 8,
    "nine": 9,
    "ten": 10,
}
_PRONOUN = (
    r"^(?:it|that|this|that\s+one|this\s+one|the\s+one|that\s+(?:task|reminder|item)|this\s+"
    r"(?:task|reminder|item)|the\s+(?:same|task|item)|the\s+last\s+one\s+i\s+(?:added|made))$"
)
_ORDINAL = (
    rf"^(?:the\s+|my\s+)?(?:(?:item|task|number|no|reminder)\s+)?(?P<n>{'|'.join(_ORDINALS)})"
    r"(?:\s+(?:one|task|item|reminder|on\s+(?:the|my)\s+list))?$"
)
_REF = (
    r"^(?:(?:the\s+)?(?:task|item|number|no\.?|ticket|issue|todo)\s*)?#?"
    r"(?P<ref>[a-z][a-z0-9]{0,9}-\d{1,10}|\d{1,10})$"
)
_SHOWN = r"\((?P<ref>[a-z][a-z0-9]{0,9}-\d{1,10}|\d{1,10})\)$"
_PAST = (
    "paid:pay bought:buy wrote:write written:write sent:send made:make took:take taken:take "
    "met:meet told:tell ran:run found:find went:go gone:go got:get gave:give given:give did:do "
    "done:do spoke:speak sold:sell built:build fed:feed brought:bring left:leave swept:sweep "
    "drew:draw drove:drive"
)
# What people call the same thing by, the shorter first.
_SAME = (
    "mother:mom mum:mom mommy:mom father:dad daddy:dad grandmother:grandma nana:grandma grandfather:grandpa "
    "appt:appointment apt:appointment dr:doctor doc:doctor bday:birthday b-day:birthday mtg:meeting "
    "xmas:christmas "
    "tv:television groceries:grocery kids:children bike:bicycle fridge:refrigerator"
)
_SYNONYMS = dict(pair.split(":") for pair in _SAME.split())
_IRREGULAR = dict(pair.split(":") for pair in _PAST.split())
_FILLERS = (
    "the a an my our your this that these those to of for on at in with and or one task "
    "reminder item todo about please is it i me from anything something thing called named"
)
_IGNORED = frozenset(_FILLERS.split())


@dataclass(frozen=True, slots=True)
class Known:
    """A task that words may mean. `id` goes into a call exactly as it stands."""

    id: str
    title: str
    done: bool = False


Titles = Sequence[tuple[Known, tuple[str, ...]]]


@dataclass(frozen=True, slots=True)
class Found:
    """`task` is an id or, when nothing known fits, the words themselves; `several` are the rivals. Not
    `sure` is a task that shares most of the words, and not all."""

    task: str = ""
    several: tuple[Known, ...] = ()
    sure: bool = True
    unknown_pronoun: bool = False
    near: tuple[Known, ...] = ()


def stem(word: str) -> str:
    word = word.removesuffix("'s").removesuffix("'")
    word = _SYNONYMS.get(word, word)
    if word in _IRREGULAR:
        return stem(_IRREGULAR[word])
    for ending, least in (("ing", 4), ("ies", 3), ("es", 4), ("ed", 4), ("s", 3)):
        if word.endswith(ending) and len(word) - len(ending) >= least and not word.endswith("ss"):
            word = word[: -len(ending)]
            break
    if len(word) > 3 and word[-1] == word[-2] and word[-1] not in "ls":
        word = word[:-1]
    return word[:-1] if len(word) > 3 and word.endswith("e") else word


@lru_cache(maxsize=2048)
def keys(text: str) -> tuple[str, ...]:
    words = pattern(r"[^\W_]+(?:['-][^\W_]+)*").findall(fold(mend(text)))
    kept = tuple(stem(w) for w in words if w not in _IGNORED)
    return kept or tuple(words)


def is_pointer(words: str) -> bool:
    """Whether the words point ("it", "the second", "12") instead of naming."""
    low = " ".join(fold(words).split()).strip(" .,!?\"'")
    return (
        any(pattern(source).match(low) for source in (_PRONOUN, _ORDINAL, _REF))
        or pattern(_SHOWN).search(low) is not None
    )


def resolve(
    words: str, tasks: Sequence[Known], listed: Sequence[str] = (), touched: Sequence[str] = ()
) -> Found:
    low = " ".join(fold(words).split()).strip(" .,!?\"'")
    if pattern(_PRONOUN).match(low) and not any(fold(t.title) == low for t in tasks):
        return _by_context(tasks, touched, listed)
    same = [t for t in tasks if fold(t.title) == low]
    if len(same) == 1:
        return Found(same[0].id)
    shown = pattern(_SHOWN).search(low)
    if shown is not None:
        return _by_number(shown["ref"], words, tasks, ())
    ordinal = pattern(_ORDINAL).match(low)
    if ordinal is not None and listed:
        index = _ORDINALS[ordinal["n"]]
        if index <= len(listed):
            return Found(listed[index - 1 if index > 0 else -1])
    number = pattern(_REF).match(low)
    if number is not None:
        return _by_number(number["ref"], words, tasks, listed)
    if ordinal is not None and ordinal["n"] == "last" and not listed and len(touched) == 1:
        return Found(touched[0])
    return _by_words(words, tasks)


def _by_context(tasks: Sequence[Known], touched: Sequence[str], listed: Sequence[str]) -> Found:
    for refs in (touched, listed):
        if len(refs) == 1:
            return Found(refs[0])
        if refs:
            known = {t.id: t for t in tasks}
            return Found(several=tuple(known.get(ref, Known(ref, "")) for ref in refs))
    return Found(tasks[0].id) if len(tasks) == 1 else Found(unknown_pronoun=True)


def _by_number(ref: str, words: str, tasks: Sequence[Known], listed: Sequence[str]) -> Found:
    exact = [t for t in tasks if fold(t.id) == ref]
    if ref.isdigit() and listed and "item" in fold(words) and 1 <= int(ref) <= len(listed):
        return Found(listed[int(ref) - 1])
    if not exact and ref.isdigit():
        exact = [t for t in tasks if fold(t.id).endswith("-" + ref)]
        if not exact and listed and 1 <= int(ref) <= len(listed):
            return Found(listed[int(ref) - 1])
    if len(exact) > 1:
        return Found(several=tuple(exact))
    return Found(exact[0].id) if exact else Found(ref.upper())


def _by_words(words: str, tasks: Sequence[Known]) -> Found:
    wanted = keys(words)
    if not wanted or not tasks:
        return Found(words)
    titles = [(t, keys(t.title)) for t in tasks]
    exact = _holding(wanted, titles) or _holding(_respelled(wanted, titles), titles)
    sure = bool(exact)
    if not exact:
        exact = [t for t, title in titles if title and set(title) <= set(wanted)]
        longest = max((len(keys(t.title)) for t in exact), default=0)
        exact = [t for t in exact if len(keys(t.title)) == longest]
    if len(exact) > 1:
        still_open = [t for t in exact if not t.done]
        exact = still_open if len(still_open) == 1 else exact
    if len(exact) == 1:
        return Found(exact[0].id, sure=sure)
    if exact:
        return Found(several=tuple(exact))
    return Found(words, near=tuple(_closest(wanted, titles)))


def _holding(wanted: tuple[str, ...], titles: Titles) -> list[Known]:
    """The tasks whose titles are the words wanted; if there are none, those that hold them all."""
    exact = [t for t, title in titles if title == wanted]
    if exact:
        return exact
    inside = [(t, title) for t, title in titles if set(wanted) <= set(title)]
    phrase = [t for t, title in inside if " ".join(wanted) in " ".join(title)]
    return phrase or [t for t, _ in inside]


def _respelled(wanted: tuple[str, ...], titles: Titles) -> tuple[str, ...]:
    """The words with a slip of the finger mended: a letter lost, doubled or swapped with the next. Another
    letter is no slip ("Maria" is not "Mario")."""
    written = {word for _, title in titles for word in title}
    return tuple(
        next((w for w in written if _slipped(word, w)), word)
        if word not in written and len(word) > 4
        else word
        for word in wanted
    )


def _slipped(word: str, meant: str) -> bool:
    if abs(len(word) - len(meant)) > 1 or word[0] != meant[0]:
        return False
    at = next(
        (i for i, (a, b) in enumerate(zip(word, meant, strict=False)) if a != b), min(len(word), len(meant))
    )
    if len(word) == len(meant):
        return word[at : at + 2] == meant[at : at + 2][::-1] and word[at + 2 :] == meant[at + 2 :]
    longer, shorter = sorted((word, meant), key=len, reverse=True)
    return longer[at + 1 :] == shorter[at:]


def _closest(wanted: tuple[str, ...], titles: Titles) -> list[Known]:
    """The tasks that share most with the words, if that is at least half of both: to be asked about, never to
    be changed ("call Bob about rent" is not "call Anna about rent")."""
    scored = []
    for task, title in titles:
        shared = len(set(wanted) & set(title))
        score = 2 * shared / (len(set(wanted)) + len(set(title))) if shared else 0.0
        if score >= 0.5:
            scored.append((score, task))
    best = max((score for score, _ in scored), default=0.0)
    return [task for score, task in scored if score == best]
