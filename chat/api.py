"""REST views of conversations and turns; those that wait or stream are in `doors`."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.http import HttpResponse
from rest_framework import serializers, status
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.errors import Invalid, NotFound
from accounts.rest.bodies import checked, json_object
from accounts.rest.pages import asked_slice, page, page_of
from accounts.rest.unchanged import while_unchanged
from accounts.rest.views import ApiView
from accounts.statements import THE_USER, Slot, Statement
from chat import operations
from chat.models import Conversation, Message, Turn
from chat.serializers import conversation_json, turn_json
from chat.worker import worker
from tasks.changes import Origin
from tasks.models import Door
from tasks.receipts import receipt_text
from tasks.rest import refuse_body, retry_safe, row_response, version_asked, versioned_response
from tasks.undo import Undone, redo_turn, undo_turn


class ChatView(ApiView):
    def conversation(self, pk: UUID) -> Conversation:
        return get_object_or_404(Conversation.objects.visible_to(self.actor), pk=pk)

    def turn(self, pk: UUID) -> Turn:
        turns = Turn.objects.visible_to(self.actor).select_related(
            "reply", "conversation__user", "user_message__author"
        )
        return get_object_or_404(turns, pk=pk)


class NewConversation(serializers.Serializer):
    project = serializers.CharField(required=False)
    title = serializers.CharField(required=False, max_length=120)
    shared = serializers.BooleanField(required=False)


class ConversationChanges(serializers.Serializer):
    title = serializers.CharField(required=False, max_length=120)
    shared = serializers.BooleanField(required=False)


class Decision(serializers.Serializer):
    digest = serializers.CharField(required=False, max_length=64)


class ConversationList(ChatView):
    def get(self, request: Request) -> Response:
        """The caller's conversations, the latest first."""
        rows = Conversation.objects.listed_for(self.actor).recent()
        return page_of(request, rows, conversation_json)

    @retry_safe
    def post(self, request: Request) -> Response:
        """Starts a conversation in a project, or in the INBOX."""
        given = checked(NewConversation, json_object(request))
        row = operations.start_conversation(actor=self.actor, **given)
        return Response(conversation_json(row), status=status.HTTP_201_CREATED)


class ConversationDetail(ChatView):
    def get(self, request: Request, pk: UUID) -> Response:
        row = self.conversation(pk)
        return row_response(request, conversation_json(row), row.updated_at)

    @retry_safe
    def patch(self, request: Request, pk: UUID) -> Response:
        """Renames it, or opens it to all who see its project."""
        given = checked(ConversationChanges, json_object(request))
        if not given:
            raise Invalid.field("title", "send a title, or whether it is shared.")
        row, version = self.conversation(pk), version_asked(request)
        with transaction.atomic():
            if "shared" in given:
                row = operations.share_conversation(
                    actor=self.actor, conversation=row, shared=given["shared"], version=version
                )
                version = None
            if "title" in given:
                row = operations.rename_conversation(
                    actor=self.actor, conversation=row, title=given["title"], version=version
                )
        return versioned_response(conversation_json(row), row.updated_at)

    def delete(self, request: Request, pk: UUID) -> Response:
        """Deletes it with its messages; its tasks stay."""
        operations.delete_conversation(
            actor=self.actor, conversation=self.conversation(pk), version=version_asked(request)
        )
        return Response(status=status.HTTP_204_NO_CONTENT)


HOW_MANY = Statement(
    lambda: (
        Conversation.objects.visible_to(THE_USER)
        .filter(pk=Slot("conversation"))
        .with_message_count()
        .values_list("message_count")  # type: ignore[misc]
    )
)
SAID = Statement(
    lambda: (
        Message.objects.visible_to(THE_USER)
        .filter(conversation_id=Slot("conversation"))
        .in_order()
        .annotate(said_by=F("author__username"))
        .values_list("id", "role", "content", "tokens_used", "metadata", "created_at", "said_by")
    ),
    by_id=True,
)


class MessageList(ChatView):
    def get(self, request: Request, pk: UUID) -> HttpResponse:
        """What was said, the oldest first."""
        return while_unchanged(request, lambda: self.said(request, pk))

    def said(self, request: Request, pk: UUID) -> Response:
        asked = asked_slice(request)
        total = HOW_MANY.value(user=self.actor.pk, conversation=pk)
        if total is None:
            raise NotFound("There is no such conversation.")
        said = SAID.records(limit=asked.limit, offset=asked.offset, user=self.actor.pk, conversation=pk)
        return page(request, asked, total, said)


class TurnDetail(ChatView):
    def get(self, request: Request, pk: UUID) -> Response:
        return Response(turn_json(self.turn(pk)))


class TurnStop(ChatView):
    @retry_safe
    def post(self, request: Request, pk: UUID) -> Response:
        """Asks it to stop; what it has said and done is kept."""
        refuse_body(request)
        turn = operations.request_stop(actor=self.actor, turn=self.turn(pk))
        transaction.on_commit(lambda: worker().stop(pk))
        transaction.on_commit(lambda: worker().submit(pk))
        return Response(turn_json(turn), status=status.HTTP_202_ACCEPTED)


class TurnRetry(ChatView):
    @retry_safe
    def post(self, request: Request, pk: UUID) -> Response:
        """Tries a failed turn again; what it did before is not done twice."""
        refuse_body(request)
        turn = operations.retry_turn(actor=self.actor, turn=self.turn(pk))
        transaction.on_commit(lambda: worker().submit(pk))
        return Response(turn_json(turn), status=status.HTTP_202_ACCEPTED)


class TurnApprove(ChatView):
    approved = True

    @retry_safe
    def post(self, request: Request, pk: UUID) -> Response:
        """Decides the calls that wait, exactly as they are stored."""
        given = checked(Decision, json_object(request))
        turn = operations.decide_approval(
            actor=self.actor, turn=self.turn(pk), approved=self.approved, digest=given.get("digest")
        )
        transaction.on_commit(lambda: worker().submit(pk))
        return Response(turn_json(turn), status=status.HTTP_202_ACCEPTED)


class TurnReject(TurnApprove):
    approved = False


class TurnUndo(ChatView):
    @retry_safe
    def post(self, request: Request, pk: UUID) -> Response:
        """Puts back everything that the turn changed; rows edited since are reported and left alone."""
        return self.undone(request, pk, undo_turn)

    def undone(self, request: Request, pk: UUID, verb: Callable[..., Undone]) -> Response:
        refuse_body(request)
        turn, actor = self.turn(pk), self.actor
        operations.check_writes(actor, turn)
        undone = verb(actor=actor, origin=Origin(Door.API), turn_id=turn.pk)
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


class TurnRedo(TurnUndo):
    @retry_safe
    def post(self, request: Request, pk: UUID) -> Response:
        """Takes an undo back: everything is again as the turn had left it, but for rows edited since."""
        return self.undone(request, pk, redo_turn)
