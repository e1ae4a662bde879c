"""REST views of shares: a task shown to one person alone."""

from __future__ import annotations

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.errors import NotFound
from accounts.rest.bodies import checked, json_object
from accounts.rest.pages import page_of
from tasks import operations
from tasks.api import ORIGIN, TaskView
from tasks.models import Task, TaskShare
from tasks.references import find_user
from tasks.rest import retry_safe
from tasks.teams_json import share_json


class ShareBody(serializers.Serializer):
    user = serializers.CharField(max_length=150)
    permission = serializers.ChoiceField(TaskShare.Permission.choices, default="view")


class PermissionBody(serializers.Serializer):
    permission = serializers.ChoiceField(TaskShare.Permission.choices)


class ShareView(TaskView):
    def task(self, reference: str) -> Task:
        task = self.named(reference)
        self.record(task)
        return task

    def share(self, reference: str, person: str) -> TaskShare:
        shares = TaskShare.objects.visible_to(self.actor).filter(task=self.task(reference))
        found = shares.filter(user__username__iexact=person).first()
        if found is None:
            raise NotFound("There is no such share.")
        return found


class ShareList(ShareView):
    def get(self, request: Request, task: str) -> Response:
        """Whom a task is shared with; who has a share alone sees that one."""
        rows = TaskShare.objects.visible_to(self.actor).filter(task=self.task(task))
        return page_of(request, rows.order_by("created_at", "id"), share_json)

    @retry_safe
    def post(self, request: Request, task: str) -> Response:
        """Shows a task to one person, to look at or to edit, and nothing else of its project."""
        row = self.task(task)
        given = checked(ShareBody, json_object(request))
        share = operations.share_task(
            actor=self.actor, origin=ORIGIN, task=row, user=find_user(given["user"]),
            permission=given["permission"],
        )  # fmt: skip
        return Response(share_json(share), status=201)


class ShareDetail(ShareView):
    def get(self, request: Request, task: str, person: str) -> Response:
        """One share."""
        return Response(share_json(self.share(task, person)))

    @retry_safe
    def patch(self, request: Request, task: str, person: str) -> Response:
        """Changes what the person may do."""
        share = self.share(task, person)
        given = checked(PermissionBody, json_object(request))
        changed = operations.share_task(
            actor=self.actor, origin=ORIGIN, task=share.task, user=share.user, permission=given["permission"]
        )
        return Response(share_json(changed))

    def delete(self, request: Request, task: str, person: str) -> Response:
        """Ends a share; the person may give it up, too."""
        share = self.share(task, person)
        operations.unshare_task(actor=self.actor, origin=ORIGIN, task=share.task, user=share.user)
        return Response(status=204)
