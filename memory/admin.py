from __future__ import annotations

from django.contrib import admin
from django.db import models
from django.http import HttpRequest

from accounts.models import User
from memory import operations
from memory.models import MemoryItem
from tasks.changes import Origin
from tasks.models import Door


@admin.register(MemoryItem)
class MemoryItemAdmin(admin.ModelAdmin):
    """For operators to look and to delete; what an item says is its owner's to change."""

    list_display = ["key", "project", "type", "status", "value", "confidence", "created_at"]
    list_filter = ["status", "type", "local_only"]
    search_fields = ["key", "value", "subject"]
    list_select_related = ["project"]
    date_hierarchy = "created_at"

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: MemoryItem | None = None) -> bool:
        return False

    def delete_model(self, request: HttpRequest, obj: MemoryItem) -> None:
        actor = request.user
        assert isinstance(actor, User)
        operations.delete_memory(actor=actor, origin=Origin(Door.ADMIN), item=obj)

    def delete_queryset(self, request: HttpRequest, queryset: models.QuerySet[MemoryItem]) -> None:
        for item in queryset:
            self.delete_model(request, item)
