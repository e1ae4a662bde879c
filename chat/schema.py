"""The addresses of conversations and turns in the OpenAPI document."""

from __future__ import annotations

from typing import Any, get_args

from rest_framework import serializers

from accounts.rest.schema import (
    STREAM,
    UUID,
    Json,
    Operation,
    Shape,
    answered_header,
    asked_header,
    describe,
    in_path,
    one_of,
    page_of,
)
from chat import api
from chat.events import LAST, TurnEvent
from chat.models import MAX_MESSAGE_LENGTH, Message, ToolCall, Turn
from chat.operations import MAX_CONVERSATION_TITLE
from tasks.models import Change
from tasks.schema_shapes import ProjectKey, ProjectName

CHAT = "Chat"
TURN_ID = "01a201a9-8c31-7f44-9d25-6e7f8091a2b3"
RECEIPT: Json = {
    "verb": "create", "object": "task", "ref": "INBOX-1", "text": "Added INBOX-1 “buy milk”", "undone": False,
}  # fmt: skip
CALL: Json = {
    "name": "add_task", "arguments": {"title": "buy milk"}, "status": "done", "result": {"task": "INBOX-1"},
}  # fmt: skip
CHAT_EXAMPLE: Json = {
    "conversation": "01a201a9-9d42-7055-8e36-7f8091a2b3c4", "turn": TURN_ID, "status": "done",
    "reply": "Added **buy milk** (INBOX-1).", "tool_calls": [CALL], "receipts": [RECEIPT], "error": None,
}  # fmt: skip


class NewConversation(serializers.Serializer):
    project = ProjectName(required=False)
    title = serializers.CharField(required=False, max_length=MAX_CONVERSATION_TITLE)
    shared = serializers.BooleanField(required=False, help_text="Open to all who see its project, a team's.")


class ConversationTitle(serializers.Serializer):
    title = serializers.CharField(required=False, max_length=MAX_CONVERSATION_TITLE)
    shared = serializers.BooleanField(required=False, help_text="Open to all who see its project, a team's.")


class ConversationSerializer(serializers.Serializer):
    id = serializers.UUIDField()
    title = serializers.CharField()
    project = ProjectKey()
    shared = serializers.BooleanField(help_text="Open to all who see its project.")
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


class MessageSerializer(serializers.Serializer):
    id = serializers.UUIDField()
    role = serializers.ChoiceField(Message.Role.choices)
    content = serializers.CharField(help_text="Markdown, where the assistant says it.")
    tokens_used = serializers.IntegerField()
    metadata = serializers.DictField()
    created_at = serializers.DateTimeField()
    said_by = serializers.CharField(allow_null=True, help_text="A user name; null for the assistant.")


class NewMessage(serializers.Serializer):
    message = serializers.CharField(max_length=MAX_MESSAGE_LENGTH)


class NewChat(NewMessage):
    """Goes on with `conversation`, or starts one: in `project`, or in the INBOX."""

    conversation = serializers.UUIDField(required=False, allow_null=True)
    project = serializers.CharField(required=False, allow_null=True)


class CallSerializer(serializers.Serializer):
    name = serializers.CharField()
    arguments = serializers.DictField()
    status = serializers.ChoiceField(ToolCall.Status.choices)
    result = serializers.JSONField(allow_null=True)


class CallWithId(CallSerializer):
    id = serializers.CharField()


class ReceiptSerializer(serializers.Serializer):
    """What really changed, from the change records."""

    verb = serializers.CharField()
    object = serializers.ChoiceField(Change.Object.choices)
    ref = serializers.CharField()
    text = serializers.CharField(help_text="One line for people.")
    undone = serializers.BooleanField()


class Failure(serializers.Serializer):
    code = serializers.CharField()
    message = serializers.CharField()


class ChatAnswer(serializers.Serializer):
    conversation = serializers.UUIDField()
    turn = serializers.UUIDField()
    status = serializers.ChoiceField(Turn.Status.choices)
    reply = serializers.CharField(help_text="Markdown.")
    tool_calls = CallSerializer(many=True)
    receipts = ReceiptSerializer(many=True)
    error = Failure(allow_null=True)


class Usage(serializers.Serializer):
    prompt_tokens = serializers.IntegerField()
    completion_tokens = serializers.IntegerField()


class WaitingCall(serializers.Serializer):
    id = serializers.CharField()
    reason = serializers.ChoiceField(ToolCall.Reason.choices)


class ApprovalSerializer(serializers.Serializer):
    """What the turn waits for."""

    digest = serializers.CharField(help_text="Stands for exactly these calls; send it with the decision.")
    calls = WaitingCall(many=True)
    expires_at = serializers.DateTimeField()


class Decision(serializers.Serializer):
    """Refused with `approval_changed` when other calls wait than the `digest` stands for."""

    digest = serializers.CharField(required=False)


class TurnSerializer(serializers.Serializer):
    id = serializers.UUIDField()
    conversation = serializers.UUIDField()
    status = serializers.ChoiceField(Turn.Status.choices)
    provider = serializers.CharField()
    model = serializers.CharField()
    message = serializers.UUIDField()
    reply = serializers.UUIDField(allow_null=True)
    text = serializers.CharField(help_text="The reply, or what there is of it so far; Markdown.")
    tool_calls = CallWithId(many=True)
    receipts = ReceiptSerializer(many=True)
    approval = ApprovalSerializer(allow_null=True)
    error = Failure(allow_null=True)
    notice = serializers.CharField()
    choices = serializers.ListField(child=serializers.JSONField())
    usage = Usage()
    created_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)


class Accepted(serializers.Serializer):
    """What `Prefer: respond-async` gets at once."""

    conversation = serializers.UUIDField()
    turn = serializers.UUIDField()
    message = serializers.UUIDField()


class Restored(serializers.Serializer):
    object = serializers.CharField()
    text = serializers.CharField()


class Kept(serializers.Serializer):
    object = serializers.CharField()
    title = serializers.CharField()
    reason = serializers.CharField()


class Undone(serializers.Serializer):
    restored = Restored(many=True)
    conflicts = Kept(many=True, help_text="What was edited since, and left alone.")
    turn = TurnSerializer()


THE_CONVERSATION = in_path("id", UUID, "The id of a conversation.")
THE_TURN = in_path("id", UUID, "The id of a turn.")
PREFER = asked_header(
    "Prefer", {"type": "string"}, "`respond-async`: 202 at once, and the turn goes on by itself."
)
LAST_EVENT = asked_header("Last-Event-ID", {"type": "string"}, "The id of the last event that was seen.")
NO_CACHE = answered_header("Cache-Control", "A stream is not kept.", [200])
EVENTS: Json = {
    "type": "object",
    "description": f"One server-sent event; the last is one of {', '.join(sorted(LAST))}.",
    "properties": {
        "id": {"type": "string", "description": "For `Last-Event-ID`."},
        "event": {"type": "string", "enum": [event.name for event in get_args(TurnEvent)]},
        "data": {"type": "string", "contentMediaType": "application/json"},
        "retry": {"type": "integer"},
    },
}
WAYS = (
    "Waits for the turn and answers 201, or 202 when it waits for your approval. With "
    "`Accept: text/event-stream` it answers 200 and the turn's events as they happen."
)


def said(name: str, body: Any, shape: Shape, **more: Any) -> Operation:
    """A message in, and the turn out in one of three ways."""
    later = one_of(f"{name[0].upper()}{name[1:]}Later", shape, Accepted)
    answers = {201: shape, (200, STREAM): EVENTS, 202: later}
    return Operation(name, answers, body=body, once=True, refuses=[404, 409], more=WAYS, **more)


describe(
    "api-chat",
    None,
    CHAT,
    post=said(
        "chat",
        NewChat,
        ChatAnswer,
        params=[PREFER],
        says="Says one thing; the whole answer out.",
        example={"message": "add buy milk tomorrow at 5pm"},
        reply=CHAT_EXAMPLE,
    ),
)
describe(
    "api-conversations",
    api.ConversationList,
    CHAT,
    get=Operation("listConversations", {200: page_of(ConversationSerializer)}, paged=True),
    post=Operation(
        "addConversation",
        {201: ConversationSerializer},
        body=NewConversation,
        once=True,
        refuses=[404],
        example={"project": "WEB", "title": "Certificates"},
    ),
)
describe(
    "api-conversation",
    api.ConversationDetail,
    CHAT,
    get=Operation(
        "getConversation",
        {200: ConversationSerializer, 304: None},
        params=[THE_CONVERSATION],
        cached=True,
        refuses=[404],
        says="One conversation.",
    ),
    patch=Operation(
        "renameConversation",
        {200: ConversationSerializer},
        body=ConversationTitle,
        params=[THE_CONVERSATION],
        once=True,
        versioned=True,
        refuses=[404],
        example={"title": "Certificates"},
    ),
    delete=Operation(
        "deleteConversation", {204: None}, params=[THE_CONVERSATION], versioned=True, refuses=[404, 409]
    ),
)
describe(
    "api-messages",
    api.MessageList,
    CHAT,
    get=Operation(
        "listMessages",
        {200: page_of(MessageSerializer)},
        params=[THE_CONVERSATION],
        paged=True,
        refuses=[404],
    ),
    post=said(
        "sendMessage",
        NewMessage,
        TurnSerializer,
        params=[THE_CONVERSATION, PREFER],
        says="Says something.",
        example={"message": "list my tasks"},
    ),
)
describe(
    "api-turn",
    api.TurnDetail,
    CHAT,
    get=Operation(
        "getTurn", {200: TurnSerializer}, params=[THE_TURN], refuses=[404], says="A turn, finished or not."
    ),
)
describe(
    "api-turn-events",
    None,
    CHAT,
    get=Operation(
        "followTurn",
        {(200, STREAM): EVENTS},
        params=[THE_TURN, LAST_EVENT, NO_CACHE],
        refuses=[404],
        says="The events of a turn, as they happen.",
        more="A connection that was lost is taken up again with the `Last-Event-ID` that was seen.",
    ),
)


def _verb(
    name: str, says: str = "", status: int = 202, shape: Shape = TurnSerializer, **more: Any
) -> Operation:
    return Operation(
        name, {status: shape}, params=[THE_TURN], once=True, refuses=[404, 409], says=says, **more
    )


describe("api-turn-stop", api.TurnStop, CHAT, post=_verb("stopTurn"))
describe("api-turn-retry", api.TurnRetry, CHAT, post=_verb("retryTurn"))
describe(
    "api-turn-approve",
    api.TurnApprove,
    CHAT,
    post=_verb("approveTurn", "Lets the calls that wait run, exactly as they are stored.", body=Decision),
)
describe(
    "api-turn-reject",
    api.TurnReject,
    CHAT,
    post=_verb("rejectTurn", "Lets the calls that wait not run.", body=Decision),
)
describe("api-turn-undo", api.TurnUndo, CHAT, post=_verb("undoTurn", status=200, shape=Undone))
describe("api-turn-redo", api.TurnRedo, CHAT, post=_verb("redoTurn", status=200, shape=Undone))
