"""The addresses of project memory in the OpenAPI document."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.rest.schema import Json, Operation, among, describe, in_path, one_of, page_of, query
from memory import api
from memory.fields import MAX_KEY, MAX_VALUE
from memory.models import MemoryItem
from memory.operations import MAX_BATCH
from memory.recall import MAX_LIMIT, MAX_QUERY, TYPES
from tasks.schema_shapes import A_PROJECT, ProjectKey, ProjectName

MEMORY = "Memory"
ITEM_EXAMPLE: Json = {
    "id": "01a201a9-7b20-7e33-8c14-5d6e7f8091a2", "project": "INBOX", "key": "staging-port",
    "value": "Staging runs on port 8443", "type": "context", "subject": "staging", "thread": "",
    "occurred_at": None, "relevance": 0.5, "confidence": 1.0, "status": "active", "reason": "",
    "superseded_by": None, "valid_from": "2026-11-22T08:00:00+00:00", "ended_at": None, "local_only": False,
    "expires_at": None, "source_message": None, "recall_count": 0, "last_recalled_at": None,
    "created_at": "2026-11-22T08:00:00+00:00", "updated_at": "2026-11-22T08:00:00+00:00",
}  # fmt: skip
HIT_EXAMPLE: Json = {
    "key": "staging-port", "value": "Staging runs on port 8443", "type": "context", "score": 0.91,
    "why": "It says “staging” and “port”.",
    "source": {"message": None, "conversation": None, "subject": "staging", "thread": "", "at": None},
}  # fmt: skip


@extend_schema_field({"type": "string", "maxLength": MAX_KEY, "pattern": r"\S"})
class Key(serializers.CharField):
    """One line."""


@extend_schema_field({"type": "string", "maxLength": MAX_VALUE, "pattern": r"\S"})
class Words(serializers.CharField):
    """Text of several lines."""


def _share(**more: Any) -> Any:
    return serializers.FloatField(min_value=0, max_value=1, **more)


class ItemChanges(serializers.Serializer):
    """What may be written of an item."""

    value = Words(required=False)
    type = serializers.ChoiceField(MemoryItem.Type.choices, required=False)
    subject = serializers.CharField(required=False, max_length=MAX_KEY, help_text="Whom or what it is about.")
    thread = serializers.CharField(required=False, max_length=MAX_KEY, help_text="Where it was said.")
    occurred_at = serializers.DateTimeField(
        required=False, allow_null=True, help_text="When it was said or happened."
    )
    relevance = _share(required=False)
    confidence = _share(required=False)
    expires_at = serializers.DateTimeField(required=False, allow_null=True, help_text="In the future.")
    local_only = serializers.BooleanField(
        required=False, help_text="Never sent to a model on another machine."
    )


class BatchItem(ItemChanges):
    """An item to keep; without a `key` it gets one of its own."""

    value = Words()
    type = serializers.ChoiceField(MemoryItem.Type.choices)
    key = Key(required=False)


class NewItem(BatchItem):
    """One item to keep."""

    project = ProjectName(required=False)


class NewItems(serializers.Serializer):
    """Items to keep, all or none."""

    project = ProjectName(required=False)
    items = serializers.ListField(child=BatchItem(), min_length=1, max_length=MAX_BATCH)


class Scope(serializers.Serializer):
    project = ProjectName(required=False)


class Question(serializers.Serializer):
    project = ProjectName(required=False)
    query = serializers.CharField(max_length=MAX_QUERY)
    limit = serializers.IntegerField(required=False, min_value=1, max_value=MAX_LIMIT)
    types = serializers.ListField(child=serializers.ChoiceField(TYPES), required=False)
    min_confidence = _share(required=False)
    as_of = serializers.DateTimeField(required=False, help_text="What was held true then.")


class ItemSerializer(serializers.Serializer):
    id = serializers.UUIDField()
    project = ProjectKey()
    key = serializers.CharField()
    value = serializers.CharField()
    type = serializers.ChoiceField(MemoryItem.Type.choices)
    subject = serializers.CharField()
    thread = serializers.CharField()
    occurred_at = serializers.DateTimeField(allow_null=True)
    relevance = _share()
    confidence = _share()
    status = serializers.ChoiceField(MemoryItem.Status.choices)
    reason = serializers.CharField(help_text="Why it is out of use.")
    superseded_by = serializers.UUIDField(allow_null=True)
    valid_from = serializers.DateTimeField()
    ended_at = serializers.DateTimeField(allow_null=True)
    local_only = serializers.BooleanField()
    expires_at = serializers.DateTimeField(allow_null=True)
    source_message = serializers.UUIDField(allow_null=True)
    recall_count = serializers.IntegerField()
    last_recalled_at = serializers.DateTimeField(allow_null=True)
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


class ItemWithHistory(ItemSerializer):
    history = ItemSerializer(many=True, help_text="What it superseded, the latest first.")


class Items(serializers.Serializer):
    items = ItemSerializer(many=True)


class Source(serializers.Serializer):
    message = serializers.UUIDField(allow_null=True)
    conversation = serializers.UUIDField(allow_null=True)
    subject = serializers.CharField()
    thread = serializers.CharField()
    at = serializers.DateTimeField(allow_null=True)


class HitSerializer(serializers.Serializer):
    key = serializers.CharField()
    value = serializers.CharField()
    type = serializers.ChoiceField(TYPES)
    score = serializers.FloatField()
    why = serializers.CharField(help_text="Why it was found, in words.")
    source = Source()  # type: ignore[assignment]


class Hits(serializers.Serializer):
    hits = HitSerializer(many=True, help_text="The best first.")


def _counts(name: str, keys: list[str]) -> Any:
    return type(name, (serializers.Serializer,), {key: serializers.IntegerField() for key in keys})()


class Counted(serializers.Serializer):
    count = serializers.IntegerField(help_text="In use.")
    by_status = _counts("ItemsByStatus", MemoryItem.Status.values)
    by_type = _counts("ItemsByType", MemoryItem.Type.values)


class Cleared(serializers.Serializer):
    deleted = serializers.IntegerField()


KEY: Json = {"type": "string", "minLength": 1}
LINE: Json = {"type": "string", "pattern": "^[^/]+$"}
THE_ITEM = in_path(
    "key", KEY, "The key of an item. `store`, `recall`, `count` and `clear` are addresses of their own."
)
THE_LINE = in_path("key", LINE, "The key of an item.")
IN_PROJECT = query("project", A_PROJECT, "A key or an id; left out, it is your INBOX.")
ASKED = [
    IN_PROJECT,
    query(
        "query", {"type": "string", "minLength": 1, "maxLength": MAX_QUERY}, "The question.", required=True
    ),
    query("limit", {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": 5}, "How many hits."),
    query("types", among(TYPES), "Of these types alone.", listed=True),
    query("min_confidence", {"type": "number", "minimum": 0, "maximum": 1}, "At least so sure."),
    query("as_of", {"type": "string", "format": "date-time"}, "What was held true then."),
]
describe(
    "api-memory",
    api.MemoryList,
    MEMORY,
    get=Operation(
        "listMemory",
        {200: page_of(ItemSerializer)},
        paged=True,
        refuses=[404],
        params=[
            IN_PROJECT,
            query(
                "status",
                {"type": "string", "enum": MemoryItem.Status.values, "default": "active"},
                "Of that state.",
            ),
            query("type", {"type": "string", "enum": MemoryItem.Type.values}, "Of that type."),
        ],
    ),
    delete=Operation(
        "forgetProject", {200: Cleared}, params=[IN_PROJECT], refuses=[404], reply={"deleted": 3}
    ),
)
describe(
    "api-memory-store",
    api.MemoryStore,
    MEMORY,
    post=Operation(
        "storeMemory",
        {201: Items},
        once=True,
        refuses=[404, 409],
        body=one_of("ItemOrItems", NewItem, NewItems),
        example={"key": "staging-port", "value": "Staging runs on port 8443", "type": "context"},
        reply={"items": [ITEM_EXAMPLE]},
    ),
)
describe(
    "api-memory-recall",
    api.MemoryRecall,
    MEMORY,
    get=Operation("recallMemory", {200: Hits}, params=ASKED, refuses=[404], reply={"hits": [HIT_EXAMPLE]}),
    post=Operation(
        "recallMemoryByBody",
        {200: Hits},
        body=Question,
        refuses=[404],
        reads=True,
        example={"query": "which port has staging?"},
        reply={"hits": [HIT_EXAMPLE]},
    ),
)
describe(
    "api-memory-count",
    api.MemoryCount,
    MEMORY,
    get=Operation("countMemory", {200: Counted}, params=[IN_PROJECT], refuses=[404]),
)
describe(
    "api-memory-clear",
    api.MemoryClear,
    MEMORY,
    post=Operation(
        "clearMemory",
        {200: Cleared},
        body=Scope,
        params=[IN_PROJECT],
        once=True,
        refuses=[404],
        reply={"deleted": 3},
    ),
    delete=Operation(
        "deleteAllMemory", {200: Cleared}, params=[IN_PROJECT], refuses=[404], reply={"deleted": 3}
    ),
)
describe(
    "api-memory-item",
    api.MemoryDetail,
    MEMORY,
    get=Operation(
        "getItem",
        {200: ItemWithHistory, 304: None},
        params=[THE_ITEM, IN_PROJECT],
        refuses=[404, 405],
        cached=True,
        reply={**ITEM_EXAMPLE, "history": []},
    ),
    patch=Operation(
        "changeItem",
        {200: ItemSerializer},
        body=ItemChanges,
        once=True,
        versioned=True,
        params=[THE_ITEM, IN_PROJECT],
        refuses=[404, 405, 409],
        example={"value": "Staging runs on port 9443"},
        reply=ITEM_EXAMPLE,
    ),
    delete=Operation(
        "deleteItem",
        {204: None},
        params=[THE_ITEM, IN_PROJECT],
        refuses=[404, 405],
        versioned=True,
    ),
)


def _verb(name: str, says: str) -> Operation:
    return Operation(
        name,
        {200: ItemSerializer},
        params=[THE_LINE, IN_PROJECT],
        once=True,
        refuses=[404, 409],
        says=says,
        reply=ITEM_EXAMPLE,
    )


describe(
    "api-memory-approve", api.MemoryApprove, MEMORY, post=_verb("approveItem", "Makes a suggestion active.")
)
describe(
    "api-memory-reject", api.MemoryReject, MEMORY, post=_verb("rejectItem", "Takes a suggestion out of use.")
)
describe(
    "api-memory-restore",
    api.MemoryRestore,
    MEMORY,
    post=_verb("restoreItem", "Puts the item that last had this key to use again, if it is suppressed."),
)
