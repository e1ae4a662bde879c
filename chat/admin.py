from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest

from accounts.admin_pages import OperationAdmin, ReadOnlyAdmin
from chat.models import Conversation, Message, TokenUse, ToolCall, Turn
from chat.operations import delete_conversation

if TYPE_CHECKING:
    AnyInline = admin.TabularInline[ToolCall, Turn]
else:
    AnyInline = admin.TabularInline


@admin.register(Conversation)
class ConversationAdmin(OperationAdmin):
    """What somebody talks about is not rewritten; a conversation goes as a whole, with all that was said."""

    list_display = ("title", "user", "project", "message_count", "created_at", "updated_at")
    search_fields = ("title", "user__username", "project__key")
    list_select_related = ("user", "project")
    date_hierarchy = "updated_at"
    ordering = ("-updated_at",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Conversation]:
        return super().get_queryset(request).annotate(count=Count("messages"))  # type: ignore[no-any-return]

    @admin.display(description="messages", ordering="count")
    def message_count(self, conversation: Any) -> int:
        return int(conversation.count)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_deleted_objects(
        self, objs: Any, request: HttpRequest
    ) -> tuple[list[Any], dict[str, int], set[str], list[str]]:
        found, counts, _, protected = super().get_deleted_objects(objs, request)
        return found, counts, set(), protected

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        delete_conversation(actor=obj.user, conversation=obj)


@admin.register(Message)
class MessageAdmin(ReadOnlyAdmin):
    list_display = ("created_at", "role", "beginning", "user", "conversation", "tokens_used")
    list_filter = ("role",)
    search_fields = ("content", "conversation__user__username", "conversation__title")
    list_select_related = ("conversation__user",)
    date_hierarchy = "created_at"
    ordering = ("-created_at", "-id")

    @admin.display(ordering="conversation__user__username")
    def user(self, message: Message) -> str:
        return message.conversation.user.get_username()

    @admin.display(description="content")
    def beginning(self, message: Message) -> str:
        return message.content if len(message.content) <= 80 else message.content[:79] + "…"


class ToolCallInline(AnyInline):
    model = ToolCall
    fields = ("step", "position", "name", "status", "arguments", "result", "error", "latency_ms")
    readonly_fields = fields
    extra = 0
    can_delete = False
    show_change_link = True

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Turn)
class TurnAdmin(ReadOnlyAdmin):
    list_display = (
        "created_at", "status", "user", "conversation", "provider", "model", "prompt_tokens",
        "completion_tokens", "attempts", "finished_at",
    )  # fmt: skip
    list_filter = ("status", "provider", "model")
    search_fields = ("user_message__content", "conversation__user__username", "conversation__title")
    list_select_related = ("conversation__user",)
    date_hierarchy = "created_at"
    ordering = ("-created_at", "-id")
    inlines = (ToolCallInline,)

    @admin.display(ordering="conversation__user__username")
    def user(self, turn: Turn) -> str:
        return turn.conversation.user.get_username()


@admin.register(ToolCall)
class ToolCallAdmin(ReadOnlyAdmin):
    list_display = ("created_at", "name", "status", "user", "turn_id", "latency_ms", "error")
    list_filter = ("status", "name")
    search_fields = ("name", "call_id", "turn__conversation__user__username")
    list_select_related = ("turn__conversation__user",)
    date_hierarchy = "created_at"
    ordering = ("-created_at", "-id")

    @admin.display(ordering="turn__conversation__user__username")
    def user(self, call: ToolCall) -> str:
        return call.turn.conversation.user.get_username()


@admin.register(TokenUse)
class TokenUseAdmin(ReadOnlyAdmin):
    list_display = ("quarter", "user", "prompt_tokens", "completion_tokens")
    search_fields = ("user__username",)
    list_select_related = ("user",)
    date_hierarchy = "quarter"
    ordering = ("-quarter",)
