from __future__ import annotations

from django.contrib import admin

from accounts.admin_pages import ReadOnlyAdmin
from memory.models import MemoryItem, RecallEntry


@admin.register(MemoryItem)
class MemoryItemAdmin(ReadOnlyAdmin):
    """For operators to look at; what an item says is its owner's to change."""

    list_display = ["key", "project", "type", "status", "value", "confidence", "created_at"]
    list_filter = ["status", "type", "local_only"]
    search_fields = ["key", "value", "subject"]
    list_select_related = ["project"]
    date_hierarchy = "created_at"


@admin.register(RecallEntry)
class RecallEntryAdmin(ReadOnlyAdmin):
    """What recall searches; made from items and messages, and made anew by `index_memory`."""

    list_display = ["project", "type", "valid_from", "valid_until", "thread", "embedder"]
    list_filter = ["type", "local_only"]
    search_fields = ["item__key", "thread"]
    list_select_related = ["project"]
    exclude = ["vector"]
