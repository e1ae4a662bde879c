"""Keeps the recall index: one entry for each item and message, with its neighbours' words as context."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from secrets import randbits
from typing import TYPE_CHECKING, NamedTuple
from uuid import UUID
from zlib import crc32

from django.db import models

from accounts.rows import insert, update
from accounts.statements import OneOf, Slot, Statement
from memory.embeddings import embedder
from memory.models import MESSAGE, MemoryItem, RecallEntry
from memory.upkeep import DELETED
from memory.words import stem, stems, words

if TYPE_CHECKING:
    from chat.models import Message

# What a word of a neighbour counts, by its distance: an answer is often understood from what was asked.
NEIGHBOURS = {-2: 0.3, -1: 0.5, 1: 0.2}
KEY_WEIGHT = 0.5

Embedding = tuple[bytes, str]

_TIME_WORDS = """
    yesterday today tomorrow tonight morning evening week weekend month year ago last next recently soon
    since monday tuesday wednesday thursday friday saturday sunday january february march april may june
    july august september october november december
"""
TIME_WORDS = frozenset(_TIME_WORDS.split())

_MADE_FROM = Statement(lambda: MemoryItem.objects.filter(OneOf("source_message_id", "messages")).order_by())
_KNOWN = Statement(
    lambda: RecallEntry.objects.filter(OneOf("message_id", "messages")).order_by().values_list("message")
)
_THREAD = {"project": Slot("project"), "thread": Slot("thread", models.CharField())}
_LAST = Statement(
    lambda: RecallEntry.objects.filter(**_THREAD).order_by("-position").values_list("position")[:1]
)
_AROUND = Statement(
    lambda: (
        RecallEntry.objects.filter(
            **_THREAD,
            position__gte=Slot("first", models.IntegerField()),
            position__lte=Slot("last", models.IntegerField()),
        )
        .select_related("item", "message__conversation__user", "message__author")
        .order_by()
    )
)


def index_items(items: Sequence[MemoryItem]) -> None:
    """Makes the entries of items that have none yet, in order; neighbours in their threads learn of them."""
    entries = [_entry_of(item) for item in items]
    _place(entries)
    _embed(entries)
    touched = _pack(entries)
    RecallEntry.objects.bulk_create(entries)
    _save_packed(touched)
    _follow(entries)


class Said(NamedTuple):
    """A message to index; `embedding` is what `embedded` made of its content, if in a transaction."""

    message: Message
    local_only: bool = False
    embedding: Embedding | None = None


def index_message(message: Message) -> bool:
    """Makes the entry of one message, as `index_messages` does. Returns whether it did."""
    return bool(index_messages([Said(message)]))


def index_messages(said: Sequence[Said]) -> int:
    """Makes the entries of messages of one conversation, in order, unless they have one. Returns how many.

    A reply that repeats recalled memory says nothing new, nor does the built-in assistant, and what an item
    was made from that is deleted is forgotten: none of them gets one. What the items made from it have
    become, it is too.
    """
    new = {
        each.message.pk: each
        for each in said
        if each.message.content.strip() and not _says_nothing_new(each.message)
    }
    ids = list(new)
    made: dict[UUID, list[MemoryItem]] = {}
    for item in _MADE_FROM.instances(messages=ids) if ids else ():
        made.setdefault(item.source_message_id, []).append(item)
    known = {UUID(pk) for (pk,) in _KNOWN.values(messages=ids)} if ids else set()
    known |= {pk for pk, items in made.items() if any(item.reason == DELETED for item in items)}
    entries = [_entry_of_message(each, made.get(pk, [])) for pk, each in new.items() if pk not in known]
    if entries:
        _place(entries)
        touched = _pack(entries)
        for entry in entries:
            insert(entry)
        _save_packed(touched)
        _follow(entries)
    return len(entries)


def _says_nothing_new(message: Message) -> bool:
    return bool(message.metadata.get("recalled") or message.metadata.get("nothing_new"))


def _entry_of_message(said: Said, made: Sequence[MemoryItem]) -> RecallEntry:
    message = said.message
    conversation = message.conversation
    vector, name = said.embedding or embedded([message.content])[0]
    return RecallEntry(
        project_id=conversation.project_id,
        message=message,
        speaker_of_id=None if conversation.shared else conversation.user_id,
        type=MESSAGE,
        local_only=said.local_only or any(item.local_only for item in made),
        valid_from=message.created_at,
        valid_until=_end_of(made),
        thread=str(conversation.pk),
        vector=vector,
        embedder=name,
    )


def embedded(texts: Sequence[str]) -> list[Embedding]:
    """The vector of each text, packed, and the name of the model that made it; both empty when it is asked
    over the network, and the vectors follow what is stored."""
    from memory.packing import pack_vector

    model = embedder()
    if model.is_remote:
        return [(b"", "")] * len(texts)
    return [(pack_vector(vector), model.name) for vector in model.embed(texts)]


def _follow(entries: Sequence[RecallEntry]) -> None:
    if embedder().is_remote:
        from memory.vectors import follow

        follow(entries)


def _end_of(items: Sequence[MemoryItem]) -> datetime | None:
    if any(item.ended_at is None for item in items):
        return None
    return max((item.ended_at for item in items if item.ended_at), default=None)


def refresh(item: MemoryItem, *, reworded: bool = False) -> None:
    """Brings an item's entry up to its row; `reworded` when what its neighbours hear changed too."""
    entry = RecallEntry.objects.filter(item=item).first()
    if entry is None:
        return
    _scope(entry, item)
    if reworded:
        _embed([entry])
    touched = _pack([entry], neighbours=reworded)
    entry.save()
    _save_packed(touched)
    _follow([entry])


def forget(entries: models.QuerySet[RecallEntry]) -> None:
    """Deletes entries, and takes their words out of their neighbours."""
    gone = list(entries)
    RecallEntry.objects.filter(pk__in=[each.pk for each in gone]).delete()
    left: dict[int, RecallEntry] = {}
    for around in _by_thread(gone).values():
        if around[0].thread:
            left.update({each.pk: each for each in _window(around)})
    _save_packed(_pack(list(left.values()), neighbours=False))


def rebuild(entries: Iterable[RecallEntry]) -> int:
    """Packs and embeds entries anew, after the rules or the embedding model changed. Returns how many."""
    batch = list(entries)
    _embed(batch)
    _save_packed(_pack(batch, neighbours=False))
    RecallEntry.objects.bulk_update(batch, ["vector", "embedder"])
    return len(batch)


def _entry_of(item: MemoryItem) -> RecallEntry:
    entry = RecallEntry(project_id=item.project_id, item=item)
    _scope(entry, item)
    return entry


def _scope(entry: RecallEntry, item: MemoryItem) -> None:
    entry.item = item
    entry.type, entry.confidence = item.type, item.confidence
    entry.local_only, entry.expires_at = item.local_only, item.expires_at
    entry.valid_from, entry.valid_until = item.valid_from, item.ended_at
    entry.thread = item.thread


def _by_thread(entries: Sequence[RecallEntry]) -> dict[str, list[RecallEntry]]:
    threads: dict[str, list[RecallEntry]] = {}
    for entry in entries:
        threads.setdefault(entry.thread, []).append(entry)
    return threads


def _place(entries: Sequence[RecallEntry]) -> None:
    for thread, new in _by_thread(entries).items():
        if thread:
            last = _LAST.value(project=new[0].project_id, thread=thread) or 0
            for position, entry in enumerate(new, start=last + 1):
                entry.position = position


def _embed(entries: Sequence[RecallEntry]) -> None:
    found = embedded([each.text for each in entries])
    for entry, (vector, name) in zip(entries, found, strict=True):
        entry.vector, entry.embedder = vector, name


def _pack(entries: Sequence[RecallEntry], *, neighbours: bool = True) -> list[RecallEntry]:
    """Fills `head`, `terms` and `tokens`, of their neighbours too; returns those that are stored already."""
    packed: list[RecallEntry] = []
    for thread, given in _by_thread(entries).items():
        if not thread:
            for entry in given:
                _fill(entry, {entry.position: Counter(stems(entry.text))})
            packed.extend(given)
            continue
        rows = {each.position: each for each in [*_window(given), *given]}
        own = {position: Counter(stems(each.text)) for position, each in rows.items()}
        reach = [-step for step in NEIGHBOURS] if neighbours else []
        places = {each.position + step for each in given for step in (0, *reach)}
        for position in sorted(places & rows.keys()):
            _fill(rows[position], own)
            packed.append(rows[position])
    return [each for each in packed if each.pk]


def _window(entries: Sequence[RecallEntry]) -> list[RecallEntry]:
    """What is stored in a thread around some of its entries, far enough to pack their neighbours."""
    places = [each.position for each in entries]
    reach = 2 * max(map(abs, NEIGHBOURS))
    found: list[RecallEntry] = _AROUND.instances(
        project=entries[0].project_id,
        thread=entries[0].thread,
        first=min(places) - reach,
        last=max(places) + reach,
    )
    return found


def _fill(entry: RecallEntry, own: dict[int, Counter[str]]) -> None:
    from memory.packing import ASKS, SAID, TELLS_TIME, pack_head, pack_terms, token, token_text

    weights: Counter[str] = Counter()
    weights.update(own[entry.position])
    for step, share in NEIGHBOURS.items():
        for term, count in own.get(entry.position + step, {}).items():
            weights[term] += share * count  # type: ignore[assignment]
    subject, when, made_at, relevance = _about(entry)
    names = stems(subject)
    weights.update(names)
    weights.update(stem(word) for word in (f"{when:%B}".lower(), str(when.year), str(when.day)))
    if entry.item:
        for word in words(entry.item.key):
            if word.isalpha() and len(word) > 2:
                weights[stem(word)] += KEY_WEIGHT  # type: ignore[assignment]
    spoken = words(entry.text)
    asks = entry.text.rstrip().endswith("?")
    tells_time = not TIME_WORDS.isdisjoint(spoken)
    entry.terms = pack_terms(entry.project_id, weights)
    entry.tokens = token_text(entry.terms)
    entry.stamp = randbits(63)
    entry.head = pack_head(
        subject=[token(entry.project_id, each) for each in names],
        thread=crc32(entry.thread.encode()) if entry.thread else 0,
        position=entry.position,
        day=made_at.date(),
        relevance=relevance,
        traits=ASKS * asks | TELLS_TIME * tells_time | SAID * (entry.item_id is None),
    )


def _about(entry: RecallEntry) -> tuple[str, datetime, datetime, float]:
    if entry.item:
        item = entry.item
        return item.subject, item.occurred_at or item.valid_from, item.created_at, item.relevance
    spoken_by = ""
    if entry.message and entry.message.role == "user":
        spoken_by = (entry.message.author or entry.message.conversation.user).get_username()
    return spoken_by, entry.valid_from, entry.valid_from, 0.5


def _save_packed(entries: Sequence[RecallEntry]) -> None:
    for entry in entries:
        update(entry, "head", "terms", "tokens", "stamp")
