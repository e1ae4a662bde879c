"""REST views of conversations and turns; those that wait or stream are in `doors`."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from rest_framework import serializers, status
from rest_framework.generics import get_object_or_404
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.errors import Invalid
from chat import operations
from chat.models import Conversation, Message, Turn
from chat.serializers import conversation_json, message_json, turn_json
from chat.worker import worker
from tasks.changes import Origin
from tasks.models import Door
from tasks.receipts import receipt_text
from tasks.undo import undo_turn

DEFAULT_LIMIT, MAX_LIMIT = 50, 200


class ChatView(APIView):
    permission_classes = [IsAuthenticated]

    def conversation(self, pk: UUID) -> Conversation:
        return get_object_or_404(Conversation.objects.visible_to(self.request.user), pk=pk)  # type: ignore[arg-type]

    def turn(self, pk: UUID) -> Turn:
        turns = Turn.objects.visible_to(self.request.user).select_related("reply", "conversation__user")  # type: ignore[arg-type]
        return get_object_or_404(turns, pk=pk)


class NewConversation(serializers.Serializer):
    project = serializers.CharField(required=False)
    title = serializers.CharField(required=False, max_length=120)


class Rename(serializers.Serializer):
    title = serializers.CharField(max_length=120)


class ConversationList(ChatView):
    def get(self, request: Request) -> Response:
        """The caller's conversations, the latest first."""
        rows = Conversation.objects.visible_to(request.user).recent()  # type: ignore[arg-type]
        return page_of(request, rows, conversation_json)

    def post(self, request: Request) -> Response:
        """Starts a conversation in a project, or in the INBOX."""
        given = checked(NewConversation, request)
        row = operations.start_conversation(actor=request.user, **given)  # type: ignore[arg-type]
        return Response(conversation_json(row), status=status.HTTP_201_CREATED)


class ConversationDetail(ChatView):
    def get(self, request: Request, pk: UUID) -> Response:
        return Response(conversation_json(self.conversation(pk)))

    def patch(self, request: Request, pk: UUID) -> Response:
        """Renames it."""
        given = checked(Rename, request)
        row = operations.rename_conversation(
            actor=request.user,  # type: ignore[arg-type]
            conversation=self.conversation(pk),
            title=given["title"],
        )
        return Response(conversation_json(row))

    def delete(self, request: Request, pk: UUID) -> Response:
        """Deletes it with its messages; its tasks stay."""
        operations.delete_conversation(actor=request.user, conversation=self.conversation(pk))  # type: ignore[arg-type]
        return Response(status=status.HTTP_204_NO_CONTENT)


class MessageList(ChatView):
    def get(self, request: Request, pk: UUID) -> Response:
        """What was said, the oldest first."""
        rows = Message.objects.visible_to(request.user).filter(conversation=self.conversation(pk))  # type: ignore[arg-type]
        return page_of(request, rows.in_order(), message_json)


class TurnDetail(ChatView):
    def get(self, request: Request, pk: UUID) -> Response:
        return Response(turn_json(self.turn(pk)))


class TurnStop(ChatView):
    def post(self, request: Request, pk: UUID) -> Response:
        """Asks it to stop; what it has said and done is kept."""
        turn = operations.request_stop(actor=request.user, turn=self.turn(pk))  # type: ignore[arg-type]
        worker().stop(pk)
        worker().submit(pk)
        return Response(turn_json(turn), status=status.HTTP_202_ACCEPTED)


class TurnRetry(ChatView):
    def post(self, request: Request, pk: UUID) -> Response:
        """Tries a failed turn again; what it did before is not done twice."""
        turn = operations.retry_turn(actor=request.user, turn=self.turn(pk))  # type: ignore[arg-type]
        worker().submit(pk)
        return Response(turn_json(turn), status=status.HTTP_202_ACCEPTED)


class TurnApprove(ChatView):
    approved = True

    def post(self, request: Request, pk: UUID) -> Response:
        """Decides the calls that wait, exactly as they are stored."""
        turn = operations.decide_approval(
            actor=request.user,  # type: ignore[arg-type]
            turn=self.turn(pk),
            approved=self.approved,
        )
        worker().submit(pk)
        return Response(turn_json(turn), status=status.HTTP_202_ACCEPTED)


class TurnReject(TurnApprove):
    approved = False


class TurnUndo(ChatView):
    def post(self, request: Request, pk: UUID) -> Response:
        """Puts back everything that the turn changed; rows edited since are reported and left alone."""
        turn = self.turn(pk)
        actor: Any = request.user
        undone = undo_turn(actor=actor, origin=Origin(Door.API), turn_id=turn.pk)
        return Response(
            {
                "restored": [
                    {"object": each.ref, "text": receipt_text(each, actor.zone)} for each in undone.changes
                ],
                "conflicts": [
                    {"object": each.ref, "title": each.title, "reason": each.reason}
                    for each in undone.conflicts
                ],
                "turn": turn_json(turn),
            }
        )


def page_of(request: Request, rows: Any, as_json: Any) -> Response:
    """`{"count", "next", "previous", "results"}` by `limit` and `offset`, with `X-Total-Count`."""
    limit = min(_natural(request, "limit", DEFAULT_LIMIT), MAX_LIMIT) or DEFAULT_LIMIT
    offset, total = _natural(request, "offset", 0), rows.count()

    def link(start: int) -> str | None:
        if not 0 <= start < max(total, 1):
            return None
        query = request._request.GET.copy()
        query["limit"], query["offset"] = str(limit), str(start)
        return request.build_absolute_uri(f"{request.path}?{query.urlencode()}")

    body = {
        "count": total,
        "next": link(offset + limit),
        "previous": link(max(0, offset - limit)) if offset else None,
        "results": [as_json(row) for row in rows[offset : offset + limit]],
    }
    return Response(body, headers={"X-Total-Count": str(total)})


def checked(serializer: type[serializers.Serializer], request: Request) -> dict[str, Any]:
    """The body's fields; an unknown one is an error, not ignored. Raises Invalid."""
    if not isinstance(request.data, dict):
        raise Invalid("The body must be a JSON object.")
    form = serializer(data=request.data)
    unknown = sorted(set(request.data) - set(form.fields))
    if unknown:
        raise Invalid.field(unknown[0][:60], f"is not known; known are {', '.join(sorted(form.fields))}.")
    form.is_valid(raise_exception=True)
    return form.validated_data  # type: ignore[no-any-return]


def _natural(request: Request, name: str, default: int) -> int:
    text = request.query_params.get(name, str(default))
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise Invalid.field(name, "must be a whole number, 0 or more.")
    return int(text)
