"""Rows of the chat as JSON values, the same for REST, for streams and for the page."""

from __future__ import annotations

from typing import Any

from chat.approvals import approval_json
from chat.models import Conversation, ToolCall, Turn
from chat.persistence import turn_receipts


def conversation_json(row: Conversation) -> dict[str, Any]:
    return {
        "id": str(row.pk),
        "title": row.title,
        "project": row.project.key,
        "shared": row.shared,
        "created_at": row.created_at.isoformat(),
        "updated_at": row.updated_at.isoformat(),
    }


def tool_call_json(row: ToolCall) -> dict[str, Any]:
    return {
        "id": row.call_id,
        "name": row.name,
        "arguments": row.arguments,
        "status": row.status,
        "result": row.result,
    }


def turn_json(row: Turn) -> dict[str, Any]:
    """A turn with its tool calls and receipts; `text` is the reply, or what there is of it so far."""
    metadata = row.reply.metadata if row.reply else {}
    return {
        "id": str(row.pk),
        "conversation": str(row.conversation_id),
        "status": row.status,
        "provider": row.provider,
        "model": row.model,
        "message": str(row.user_message_id),
        "reply": str(row.reply_id) if row.reply_id else None,
        "text": row.reply.content if row.reply else row.error.get("text", row.draft),
        "tool_calls": [tool_call_json(call) for call in row.tool_calls.order_by("step", "position")],
        "receipts": turn_receipts(row),
        "approval": approval_json(row),
        "error": {"code": row.error["code"], "message": row.error["message"]} if row.error else None,
        "notice": metadata.get("notice", ""),
        "choices": metadata.get("choices", []),
        "usage": {"prompt_tokens": row.prompt_tokens, "completion_tokens": row.completion_tokens},
        "created_at": row.created_at.isoformat(),
        "finished_at": row.finished_at.isoformat() if row.finished_at else None,
    }


def chat_json(row: Turn) -> dict[str, Any]:
    """The body of `POST /api/chat/`."""
    turn = turn_json(row)
    calls = ({key: value for key, value in call.items() if key != "id"} for call in turn["tool_calls"])
    return {
        "conversation": turn["conversation"],
        "turn": turn["id"],
        "status": turn["status"],
        "reply": turn["text"],
        "tool_calls": list(calls),
        "receipts": turn["receipts"],
        "error": turn["error"],
    }
