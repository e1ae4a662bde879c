"""What is marked local-only, recognised wherever it is said again."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING
from uuid import UUID

from accounts.statements import THE_USER, Statement
from memory.models import MemoryItem
from memory.words import stems
from tasks.reach import ReachesProject

if TYPE_CHECKING:
    from accounts.models import User

SAME = 0.9
CODE_LENGTH = 4

# Not `visible_to`: a project in the trash keeps its secrets.
_LOCAL_ONLY = Statement(
    lambda: (
        MemoryItem.objects.filter(ReachesProject("project_id", THE_USER, trashed=True), local_only=True)
        .order_by()
        .values_list("value", "source_message")
    )
)


class LocalOnly:
    """The local-only items that a person may know of, of every project and status, as they are now."""

    def __init__(self, user: User) -> None:
        found = _LOCAL_ONLY.values(user=user.pk)
        self.sources: set[UUID] = {UUID(source) for _, source in found if source}
        self._values = [words for value, _ in found if (words := frozenset(stems(value)))]
        self._codes = {word for words in self._values for word in _codes(words)}

    def holds(self, text: str) -> bool:
        """Whether `text` says what an item says, or names a number or a code that stands in one."""
        if not self._values:
            return False
        said = set(stems(text))
        if not self._codes.isdisjoint(said):
            return True
        return any(len(words & said) >= SAME * len(words) for words in self._values)


def _codes(words: frozenset[str]) -> Iterator[str]:
    for word in words:
        is_year = word.isdigit() and 1900 <= int(word) <= 2100
        if len(word) >= CODE_LENGTH and any(map(str.isdigit, word)) and not is_year:
            yield word
