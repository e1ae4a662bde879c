from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from memory.embeddings import EmbedderDown, embedder
from memory.indexing import index_items, index_message, rebuild
from memory.models import MemoryItem, RecallEntry

BATCH = 200


class Command(BaseCommand):
    help = "Makes what recall searches anew: for another embedding model, or for rows that it does not know."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--all", action="store_true", help="also what is up to date")

    def handle(self, *args: Any, **options: Any) -> None:
        added, done = self.add_missing(), 0
        model = embedder()
        stale = RecallEntry.objects.order_by("project_id", "thread", "position", "pk")
        if not options["all"]:
            stale = stale.none() if model.is_remote else stale.exclude(embedder=model.name)
        for pks in batches(stale.values_list("pk", flat=True).iterator()):
            rows = RecallEntry.objects.filter(pk__in=pks).select_related(
                "item", "message__conversation__user"
            )
            with transaction.atomic():
                done += rebuild(rows)
        if model.is_remote:
            done = self.fill_vectors()
        self.stdout.write(f"{added} added, {done} made anew with {model.name or 'no embeddings'}.")

    def fill_vectors(self) -> int:
        from memory.vectors import fill

        try:
            return fill()
        except EmbedderDown as error:
            raise CommandError(
                f"The embeddings server did not do it ({error}). What it did is kept: run this again."
            ) from None

    def add_missing(self) -> int:
        items = MemoryItem.objects.filter(entry=None, status__in=["active", "superseded"])
        messages: Any = RecallEntry._meta.get_field("message").related_model
        said = messages._default_manager.exclude(
            pk__in=RecallEntry.objects.exclude(message=None).values("message")
        )
        # What was indexed once and has no entry now was forgotten on purpose.
        said = said.filter(turn__indexed_at=None, reply_turn__indexed_at=None)
        added = 0
        for row in items.order_by("project_id", "created_at").iterator():
            with transaction.atomic():
                index_items([row])
            added += 1
        for message in said.select_related("conversation__user").order_by("created_at", "id").iterator():
            with transaction.atomic():
                added += index_message(message)
        return added


def batches(values: Iterator[Any]) -> Iterator[list[Any]]:
    while batch := list(islice(values, BATCH)):
        yield batch
