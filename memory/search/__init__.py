"""Which entries hold which tokens: the one place where the two databases differ."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Protocol

from django.db import DEFAULT_DB_ALIAS, connections, models

from memory.search.postgresql import PostgreSQLSearch
from memory.search.sqlite import SQLiteSearch


class Search(Protocol):
    """Tokens are those of `memory.packing`, salted by project: no search can meet another project's words."""

    def frequencies(self, tokens: Collection[int]) -> Mapping[int, int]:
        """In how many entries each token is; a token that is in none is left out."""
        ...

    def matching(self) -> models.expressions.Combinable | models.Q:
        """A condition on `RecallEntry`: it has any of the tokens that the slot `asked` gives by `any_of`."""
        ...

    def any_of(self, tokens: Collection[int]) -> str:
        """What the slot of `matching` takes."""
        ...

    def describe(self) -> str:
        """One line for an operator: by what words are found, and by what meaning."""
        ...


def search_for(alias: str) -> Search:
    """The variant for a database."""
    return PostgreSQLSearch(alias) if connections[alias].vendor == "postgresql" else SQLiteSearch(alias)


def describe(alias: str = DEFAULT_DB_ALIAS) -> str:
    """What recall uses on a database, in one line for an operator."""
    return search_for(alias).describe()
