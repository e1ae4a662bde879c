"""From a person's or a program's words to one memory item: its key, or words that it holds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from accounts.errors import Conflict, Invalid, NotFound
from memory.fields import MAX_VALUE
from memory.models import MemoryItem
from memory.words import stems
from tasks.text import clean_line

if TYPE_CHECKING:
    from accounts.models import User
    from memory.querysets import MemoryItemQuerySet
    from tasks.models import Project

MAX_CANDIDATES = 6


class AmbiguousMemory(Conflict):
    """Several items fit; `candidates` holds the newest few."""

    code = "ambiguous"

    def __init__(self, detail: str, candidates: Sequence[MemoryItem]) -> None:
        super().__init__(detail)
        self.candidates = tuple(candidates)


def find_memory(actor: User, project: Project, reference: str, *, include_local: bool = True) -> MemoryItem:
    """The one item in use that `reference` means: by its key, else by words, all of which it holds.

    Raises Invalid for an empty or over-long reference, NotFound, or AmbiguousMemory with the candidates. With
    `include_local=False` local-only items do not exist.
    """
    reference = clean_line(reference, "key", longest=MAX_VALUE, required=False)
    if not reference:
        raise Invalid.field("key", "name a memory by its key or by its words.")
    items = _in_use(actor, project, include_local)
    by_key: list[MemoryItem] = list(items.filter(key__iexact=reference).order_by("status", "key"))
    if by_key:
        return next((item for item in by_key if item.key == reference), by_key[0])
    wanted = set(stems(reference))
    found: list[MemoryItem] = (
        [item for item in items.recent() if wanted <= set(_stems_of(item))] if wanted else []
    )
    exact = [item for item in found if len(found) > 1 and set(stems(item.value)) == wanted]
    found = exact if len(exact) == 1 else found
    shown = reference if len(reference) <= 60 else f"{reference[:59]}…"
    if not found:
        raise NotFound(f"There is no memory like “{shown}” in {project.key}.")
    if len(found) > 1:
        raise AmbiguousMemory(
            f"{len(found)} memories fit “{shown}”; name one by its key.", found[:MAX_CANDIDATES]
        )
    return found[0]


def said_already(
    actor: User, project: Project, value: str, *, include_local: bool = True
) -> MemoryItem | None:
    """The active item that says the same in the same order, or says the opposite: it is to be stored again
    under that key, and not beside it."""
    said = stems(value)
    items = _in_use(actor, project, include_local).active()
    return next((item for item in items if said and stems(item.value) == said), None)


def _in_use(actor: User, project: Project, include_local: bool) -> MemoryItemQuerySet:
    items: MemoryItemQuerySet = MemoryItem.objects.visible_to(actor).filter(
        project=project, status__in=(MemoryItem.Status.ACTIVE, MemoryItem.Status.SUGGESTED)
    )
    return items if include_local else items.filter(local_only=False)


def _stems_of(item: MemoryItem) -> list[str]:
    return stems(f"{item.key} {item.subject} {item.value}")
