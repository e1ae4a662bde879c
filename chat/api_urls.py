"""Every address answers with and without its trailing slash."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.urls import URLPattern, re_path

from chat import api, doors

UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"


def at(pattern: str, view: Callable[..., Any], name: str) -> URLPattern:
    return re_path(rf"^{pattern.replace('<pk>', f'(?P<pk>{UUID})')}/?$", view, name=name)


urlpatterns = [
    at("chat", doors.chat_view, "api-chat"),
    at("conversations", api.ConversationList.as_view(), "api-conversations"),
    at("conversations/<pk>", api.ConversationDetail.as_view(), "api-conversation"),
    at("conversations/<pk>/messages", doors.messages_view, "api-messages"),
    at("turns/<pk>", api.TurnDetail.as_view(), "api-turn"),
    at("turns/<pk>/events", doors.turn_events_view, "api-turn-events"),
    at("turns/<pk>/stop", api.TurnStop.as_view(), "api-turn-stop"),
    at("turns/<pk>/retry", api.TurnRetry.as_view(), "api-turn-retry"),
    at("turns/<pk>/approve", api.TurnApprove.as_view(), "api-turn-approve"),
    at("turns/<pk>/reject", api.TurnReject.as_view(), "api-turn-reject"),
    at("turns/<pk>/undo", api.TurnUndo.as_view(), "api-turn-undo"),
    at("turns/<pk>/redo", api.TurnRedo.as_view(), "api-turn-redo"),
]
