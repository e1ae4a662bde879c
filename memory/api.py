"""REST views of project memory. `project` is a key or an id; left out, it is the caller's INBOX."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.models import Count
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.errors import Invalid
from accounts.rest.bodies import checked, json_object
from accounts.rest.pages import MAX_LIMIT, filters_of, page_of
from accounts.rest.views import ApiView
from memory import operations
from memory.access import find_item
from memory.models import MemoryItem
from memory.recall import recall
from memory.serializers import hit_json, item_json
from tasks.changes import Origin
from tasks.models import Door, Project
from tasks.operations import ensure_inbox
from tasks.references import find_project
from tasks.rest import refuse_body, retry_safe, row_response, version_asked, versioned_response

ORIGIN = Origin(Door.API)


class ItemFields(serializers.Serializer):
    """What may be written of an item; its words are checked where they are stored."""

    value = serializers.CharField(trim_whitespace=False, allow_blank=True)
    type = serializers.CharField()
    subject = serializers.CharField(allow_blank=True)
    thread = serializers.CharField(allow_blank=True)
    occurred_at = serializers.DateTimeField(allow_null=True)
    relevance = serializers.FloatField()
    confidence = serializers.FloatField()
    expires_at = serializers.DateTimeField(allow_null=True)
    local_only = serializers.BooleanField()


class NewItem(ItemFields):
    key = serializers.CharField()
    project = serializers.CharField()


class Batch(serializers.Serializer):
    project = serializers.CharField()
    items = serializers.ListField(child=serializers.JSONField())


class Recall(serializers.Serializer):
    project = serializers.CharField()
    query = serializers.CharField(trim_whitespace=False, allow_blank=True)
    limit = serializers.IntegerField()
    types = serializers.ListField(child=serializers.CharField())
    min_confidence = serializers.FloatField()
    as_of = serializers.DateTimeField()


class Scope(serializers.Serializer):
    project = serializers.CharField()


class Listing(Scope):
    status = serializers.ChoiceField(MemoryItem.Status.choices)
    type = serializers.ChoiceField(MemoryItem.Type.choices)


class MemoryView(ApiView):
    def project(self, key: str | None) -> Project:
        return find_project(self.actor, key) if key else ensure_inbox(self.actor)

    def named_project(self) -> Project:
        return self.project(checked(Scope, self.request.query_params.dict(), partial=True).get("project"))


class MemoryList(MemoryView):
    def get(self, request: Request) -> Response:
        """A project's items, the latest first: active ones, or those of another `status`."""
        given = checked(Listing, filters_of(request), partial=True)
        rows = MemoryItem.objects.visible_to(self.actor).filter(project=self.project(given.get("project")))
        rows = rows.filter(status=given.get("status", MemoryItem.Status.ACTIVE)).recent()
        if "type" in given:
            rows = rows.filter(type=given["type"])
        return page_of(request, rows, item_json, filters=Listing().fields)

    def delete(self, request: Request) -> Response:
        """Clears a project's memory."""
        return Response({"deleted": self.clear(self.named_project())})

    def clear(self, project: Project) -> int:
        return operations.clear_memory(actor=self.actor, origin=ORIGIN, project=project)


class MemoryStore(MemoryView):
    @retry_safe
    def post(self, request: Request) -> Response:
        """Stores one item, or up to 100 in `items`, all or none."""
        body = json_object(request)
        given = checked(Batch if "items" in body else NewItem, body, partial=True)
        project = self.project(given.pop("project", None))
        items = [item_json(row) for row in self.store(project, given)]
        return Response({"items": items}, status=status.HTTP_201_CREATED)

    def store(self, project: Project, given: dict[str, Any]) -> list[MemoryItem]:
        if "items" not in given:
            return [operations.store_memory(actor=self.actor, origin=ORIGIN, project=project, **given)]
        items = [self.item(number, each) for number, each in enumerate(given["items"])]
        return operations.store_memories(actor=self.actor, origin=ORIGIN, project=project, items=items)

    def item(self, number: int, given: Any) -> Any:
        place = f"items.{number}"
        if not isinstance(given, dict):
            raise Invalid.field(place, "must be a JSON object.")
        return checked(BatchItem, given, place=place, partial=True)


class BatchItem(ItemFields):
    key = serializers.CharField()


class MemoryRecall(MemoryView):
    read_only_post = True

    def get(self, request: Request) -> Response:
        """What fits a question best. `types` may be repeated, or separated by commas."""
        given: dict[str, Any] = dict(request.query_params.items())
        if "types" in given:
            listed = ",".join(request.query_params.getlist("types"))
            given["types"] = [each.strip() for each in listed.split(",") if each.strip()]
        return self.answer(given)

    def post(self, request: Request) -> Response:
        """What fits a question best."""
        return self.answer(json_object(request))

    def answer(self, body: Mapping[str, Any]) -> Response:
        given = checked(Recall, body, partial=True)
        if "query" not in given:
            raise Invalid.field("query", "is required.")
        project = self.project(given.pop("project", None))
        hits = recall(actor=self.actor, project=project, **given)
        return Response({"hits": [hit_json(hit) for hit in hits]})


class MemoryCount(MemoryView):
    def get(self, request: Request) -> Response:
        """How many items are in use, and how many there are by status and by type."""
        rows = MemoryItem.objects.visible_to(self.actor).filter(project=self.named_project())
        by_status = dict.fromkeys(MemoryItem.Status.values, 0)
        by_type = dict.fromkeys(MemoryItem.Type.values, 0)
        counted = rows.order_by().values_list("status", "type").annotate(count=Count("pk"))
        for state, kind, count in counted:
            by_status[state] += count
            by_type[kind] += count * (state == MemoryItem.Status.ACTIVE)
        return Response(
            {"count": by_status[MemoryItem.Status.ACTIVE], "by_status": by_status, "by_type": by_type}
        )


class MemoryClear(MemoryList):
    http_method_names = ["post", "delete", "options"]

    @retry_safe
    def post(self, request: Request) -> Response:
        """Clears a project's memory."""
        given = checked(Scope, {**request.query_params.dict(), **json_object(request)}, partial=True)
        return Response({"deleted": self.clear(self.project(given.get("project")))})


class MemoryDetail(MemoryView):
    def item(self, key: str) -> MemoryItem:
        return find_item(self.actor, self.named_project(), key)

    def get(self, request: Request, key: str) -> Response:
        """One item, with what it superseded, the latest first."""
        row = self.item(key)
        rows = MemoryItem.objects.visible_to(self.actor).filter(project=row.project)
        earlier = rows.history(row.key).exclude(pk=row.pk)[:MAX_LIMIT]
        body = item_json(row) | {"history": [item_json(each) for each in earlier]}
        return row_response(request, body, row.updated_at)

    @retry_safe
    def patch(self, request: Request, key: str) -> Response:
        """Changes the fields given; another value supersedes the item."""
        changes: Any = checked(ItemFields, json_object(request), partial=True)
        row = operations.update_memory(
            actor=self.actor,
            origin=ORIGIN,
            item=self.item(key),
            changes=changes,
            version=version_asked(request),
        )
        return versioned_response(item_json(row), row.updated_at)

    def delete(self, request: Request, key: str) -> Response:
        """Takes it out of recall; it is removed for good after 30 days."""
        operations.delete_memory(
            actor=self.actor, origin=ORIGIN, item=self.item(key), version=version_asked(request)
        )
        return Response(status=status.HTTP_204_NO_CONTENT)


class MemoryApprove(MemoryDetail):
    http_method_names = ["post", "options"]
    decide = staticmethod(operations.approve_suggestion)

    @retry_safe
    def post(self, request: Request, key: str) -> Response:
        """Decides a suggestion."""
        refuse_body(request)
        rows = MemoryItem.objects.visible_to(self.actor).filter(project=self.named_project(), key=key)
        row = self.decide(actor=self.actor, origin=ORIGIN, item=rows.suggested().first() or self.item(key))
        return Response(item_json(row))


class MemoryReject(MemoryApprove):
    decide = staticmethod(operations.reject_suggestion)


class MemoryRestore(MemoryDetail):
    http_method_names = ["post", "options"]

    @retry_safe
    def post(self, request: Request, key: str) -> Response:
        """Puts the item that last had this key to use again, if it is suppressed."""
        refuse_body(request)
        rows = MemoryItem.objects.visible_to(self.actor).filter(project=self.named_project())
        row = rows.history(key).filter(status=MemoryItem.Status.SUPPRESSED).first() or self.item(key)
        return Response(item_json(operations.restore_memory(actor=self.actor, origin=ORIGIN, item=row)))
