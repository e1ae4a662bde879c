"""REST views of the comments on a task."""

from __future__ import annotations

from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

from accounts.errors import Invalid, NotFound
from accounts.rest.bodies import json_object, refuse_unknown
from accounts.rest.pages import page_of
from tasks import operations
from tasks.api import ORIGIN, TaskView
from tasks.models import Comment, Task
from tasks.rest import Answer, answered, etag_of, row_response, version_asked
from tasks.serializers import comment_json


class CommentView(TaskView):
    def comments(self, task: str) -> Any:
        """Those of the task that the address names. Raises NotFound."""
        named = Task(pk=self.record(self.named(task)).json["id"])
        rows = Comment.objects.visible_to(self.actor).kept().filter(task=named)
        return rows.select_related("task__project", "author")

    def comment(self, task: str, pk: str) -> Comment:
        found: Comment | None = self.comments(task).filter(pk=pk).first()
        if found is None:
            raise NotFound("There is no such comment.")
        return found

    def text(self, request: Request) -> str:
        given = json_object(request)
        refuse_unknown(given, {"text"})
        if "text" not in given:
            raise Invalid.field("text", "is required.")
        return given["text"]  # type: ignore[no-any-return]

    def commented(self, comment: Comment, status: int = 200, location: str = "") -> Answer:
        body = comment_json(comment)
        return Answer(status, body, etag_of(comment.updated_at, body), location)


class CommentList(CommentView):
    def get(self, request: Request, task: str) -> Response:
        """What people said about the task, the oldest first."""
        return page_of(request, self.comments(task).order_by("created_at", "id"), comment_json)

    def post(self, request: Request, task: str) -> Response:
        """Adds a comment."""
        text = self.text(request)

        def perform() -> Answer:
            named = self.named(task)
            home = self.home_of(named)
            made = operations.add_comment(
                actor=self.actor, origin=ORIGIN, task=Task(pk=named.pk, project=home), text=text
            )
            return self.commented(made, 201, f"/api/tasks/{named.pk}/comments/{made.pk}/")

        return answered(self, perform)


class CommentDetail(CommentView):
    def get(self, request: Request, task: str, comment: str) -> Response:
        """One comment."""
        found = self.comment(task, comment)
        return row_response(request, comment_json(found), found.updated_at)

    def patch(self, request: Request, task: str, comment: str) -> Response:
        """Says it otherwise; only who wrote it may."""
        text, version = self.text(request), version_asked(request)

        def perform() -> Answer:
            found = self.comment(task, comment)
            return self.commented(
                operations.update_comment(
                    actor=self.actor, origin=ORIGIN, comment=found, text=text, version=version
                )
            )

        return answered(self, perform)

    def delete(self, request: Request, task: str, comment: str) -> Response:
        """Deletes it; only who wrote it may."""
        found = self.comment(task, comment)
        operations.delete_comment(
            actor=self.actor, origin=ORIGIN, comment=found, version=version_asked(request)
        )
        return Response(status=204)
