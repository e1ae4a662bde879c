"""REST view of many tasks at once: each of them is written, or refused, on its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.errors import DomainError, Invalid
from accounts.rest.bodies import refuse_unknown
from accounts.rest.views import ApiView
from tasks.api import TaskView
from tasks.reading import Json
from tasks.rest import Answer, answered, version_of
from tasks.serializers import checked_reference

MAX_ITEMS = 100


class TaskBulk(TaskView):
    def post(self, request: Request) -> Response:
        """Adds up to 100 tasks."""
        reader = self.reader()
        return self.each(request, lambda item: self.add(item, reader))

    def patch(self, request: Request) -> Response:
        """Changes up to 100 tasks: each item names its task in `id`, and may bring its ETag in `if_match`."""
        reader = self.reader()

        def change(item: Json) -> Answer:
            task = self.named(checked_reference(item.pop("id", None), "id"))
            version = version_of(item.pop("if_match", "*"), "if_match")
            return self.answer(self.change(task, item, reader, version=version))

        return self.each(request, change)

    def each(self, request: Request, write: Callable[[Json], Answer]) -> Response:
        items = listed(request.data, "tasks", most=MAX_ITEMS)
        return answered(self, lambda: Answer(200, {"results": [self.result(item, write) for item in items]}))

    def result(self, item: Any, write: Callable[[Json], Answer]) -> Json:
        try:
            if not isinstance(item, dict):
                raise Invalid("must be a JSON object.")
            answer = write(dict(item))
        except DomainError as error:
            body = problem_of(self, error)
            return {"status": body["status"], "error": body}
        return {"status": answer.status, "task": answer.body, "etag": answer.etag}


def listed(body: Any, name: str, *, most: int) -> list[Any]:
    """The items of a body that is a list, or an object that holds it under `name`. Raises Invalid."""
    if isinstance(body, dict):
        refuse_unknown(body, {name})
        body = body.get(name)
    if not isinstance(body, list) or not 1 <= len(body) <= most:
        raise Invalid.field(name, f"must be a list of 1 to {most} tasks.")
    return body


def problem_of(view: ApiView, error: DomainError) -> Json:
    """The body that the answer to `error` alone would have."""
    handle = view.get_exception_handler()
    problem: Json = orjson.loads(handle(error, view.get_exception_handler_context()).content)
    return problem
