"""Resolve references: from the words for a task to the one task meant."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from . import pointing
from .stems import keys, slipped, stem
from .vocabulary import pattern
from .words import fold


@dataclass(frozen=True, slots=True)
class Known:
    """A task that words may mean. `id` goes into a call exactly as it stands."""

    id: str
    title: str
    done: bool = False


Titles = Sequence[tuple[Known, tuple[str, ...]]]


@dataclass(frozen=True, slots=True)
class Found:
    """`task` is an id or, when nothing known fits, the words themselves; `several` are the rivals, `every`
    the ids of a group meant whole. Not `sure` is a task that shares most of the words, and not all."""

    task: str = ""
    several: tuple[Known, ...] = ()
    sure: bool = True
    unknown_pronoun: bool = False
    near: tuple[Known, ...] = ()
    every: tuple[str, ...] = ()


def resolve(
    words: str, tasks: Sequence[Known], listed: Sequence[str] = (), touched: Sequence[str] = ()
) -> Found:
    low = pointing.plain(words)
    if pointing.is_pronoun(low) and not any(fold(t.title) == low for t in tasks):
        return _by_context(tasks, touched, listed)
    same = [t for t in tasks if fold(t.title) == low]
    if len(same) == 1:
        return Found(same[0].id)
    if pointing.is_other(low):
        return Found(unknown_pronoun=True)
    if pointing.is_both(low) or pointing.is_group(low):
        pair = next((refs for refs in (touched, listed) if len(refs) == 2), ())
        refs = pair if pointing.is_both(low) else pointing.group(low, listed)
        return Found(every=tuple(refs)) if refs else Found(unknown_pronoun=True)
    shown = pointing.shown_ref(low)
    if shown:
        return _by_number(shown, words, tasks, ())
    place = pointing.ordinal(low)
    if place is not None and abs(place) <= len(listed):
        return Found(listed[place - 1 if place > 0 else place])
    number = pointing.number(low) or _without_hyphen(low, tasks)
    if number:
        return _by_number(number, words, tasks, listed)
    if place == -1 and not listed and len(touched) == 1:
        return Found(touched[0])
    return _by_words(words, tasks)


def spelled_out(words: str, tasks: Sequence[Known]) -> list[Known]:
    """The tasks whose titles the words hold whole, the longest titles only."""
    said = set(keys(words))
    whole = [(len(set(keys(t.title))), t) for t in tasks if set(keys(t.title)) <= said]
    most = max((length for length, _ in whole), default=0)
    return [task for length, task in whole if length == most]


def said_of(words: str, tasks: Sequence[Known]) -> tuple[list[Known], list[Known]]:
    """The tasks whose titles say the same as the words, and those that say the same and more."""
    said = set(keys(words))
    # "Got the candles" is what finishes "candles" on a shopping list.
    same = [t for t in tasks if set(keys(t.title)) in (said, said - {stem("buy")})]
    return same, [t for t in tasks if len(said) > 1 and said < set(keys(t.title))]


def _without_hyphen(low: str, tasks: Sequence[Known]) -> str:
    """ "web-12" of "web12" and "WEB 12", when there is such a task."""
    if pattern(r"^[a-z][a-z0-9]{0,9}\s?\d{1,10}$").match(low) is None:
        return ""
    bare = low.replace(" ", "")
    return next((fold(t.id) for t in tasks if "-" in t.id and fold(t.id).replace("-", "") == bare), "")


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
        next((w for w in written if slipped(word, w) and len(w) > 4), word)
        if word not in written and len(word) > 3
        else word
        for word in wanted
    )


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
