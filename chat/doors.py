"""Async views that wait for a turn or stream it: one shape each for a message and for the one-shot chat."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, JsonResponse
from django.http.response import HttpResponseBase
from django.views.decorators.csrf import csrf_exempt
from rest_framework.exceptions import MethodNotAllowed, UnsupportedMediaType

from accounts.errors import Invalid, NotFound
from accounts.rest.authentication import SAFE_METHODS, admit
from accounts.rest.bodies import read_json, refuse_unknown
from accounts.rest.views import says_json
from accounts.statements import THE_USER, Statement
from chat.api import MessageList
from chat.database import in_database
from chat.models import Conversation, Turn
from chat.operations import Posted, post_message, start_and_post
from chat.rows import TURN
from chat.serializers import chat_json, turn_json
from chat.streaming import stream_response
from chat.worker import worker
from tasks.text import check_text

if TYPE_CHECKING:
    from accounts.models import User

P = ParamSpec("P")
Speak = Callable[Concatenate[HttpRequest, P], "tuple[User, Posted]"]
TurnJSON = Callable[[Turn], dict[str, Any]]
POLL_SECONDS = 0.2

_TEAM = Statement(
    lambda: (
        Turn.objects.visible_to(THE_USER)
        .filter(pk=TURN)
        .order_by()
        .values_list("conversation__project__team")
    )
)


class WrongMethod(MethodNotAllowed):
    """Says which methods there are, as DRF's own views do."""

    def __init__(self, method: str, allowed: Sequence[str]) -> None:
        super().__init__(method)
        self.allowed = allowed


@csrf_exempt
async def messages_view(request: HttpRequest, pk: str) -> HttpResponseBase:
    """`/api/conversations/{id}/messages/`: GET lists them, POST says something."""
    if request.method in SAFE_METHODS:
        return await in_database(MessageList.as_view(), request, pk=pk)
    # 201 with the finished turn, a stream, or 202: the request's headers choose.
    return await _answer(request, _say, turn_json, pk=pk)


@csrf_exempt
async def chat_view(request: HttpRequest) -> HttpResponseBase:
    """`POST /api/chat/`: one message in, the whole answer out; the conversation is made when not named."""
    return await _answer(request, _chat, chat_json)


@csrf_exempt
async def turn_events_view(request: HttpRequest, pk: str) -> HttpResponseBase:
    """`GET /api/turns/{id}/events/`: the turn as server-sent events, from Last-Event-ID on."""
    return await in_database(_events, request, pk=pk)


def _say(request: HttpRequest, pk: str) -> tuple[User, Posted]:
    user = _admitted(request, "GET", "HEAD", "OPTIONS", "POST")
    body = _body(request, {"message"})
    return user, _post(user, UUID(pk), body["message"], request.headers.get("Idempotency-Key", ""))


def _chat(request: HttpRequest) -> tuple[User, Posted]:
    user = _admitted(request, "POST")
    body = _body(request, {"message", "conversation", "project"})
    return user, _post_once(user, body, request.headers.get("Idempotency-Key", ""))


def _events(request: HttpRequest, pk: str) -> HttpResponseBase:
    user, turn_id = _admitted(request, "GET"), UUID(pk)
    last = request.headers.get("Last-Event-ID", "")
    return stream_response(turn_id, last, reader=_reader(user, turn_id))


def _streamed(speak: Speak[P]) -> Callable[Concatenate[HttpRequest, P], HttpResponseBase]:
    """Says something, and answers with the stream of its turn."""

    def view(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        user, posted = speak(request, *args, **kwargs)
        worker().submit(posted.turn_id)
        return stream_response(posted.turn_id, reader=_reader(user, posted.turn_id))

    return view


# The API's entry answers these without the detour over the event loop.
messages_view.sync_views = dict.fromkeys(("get", "head", "options"), MessageList.as_view())  # type: ignore[attr-defined]
messages_view.stream_views = {"post": _streamed(_say)}  # type: ignore[attr-defined]
chat_view.stream_views = {"post": _streamed(_chat)}  # type: ignore[attr-defined]
turn_events_view.sync_views = {"get": _events}  # type: ignore[attr-defined]


def _admitted(request: HttpRequest, *methods: str) -> User:
    """Who asks, by token or session; refuses every method but `methods`.

    The caller is known, has the scope and the CSRF token that the method takes, and is within the limits.
    """
    identity = admit(request, writes=request.method not in SAFE_METHODS)
    if request.method not in methods:
        raise WrongMethod(str(request.method), methods)
    return identity.user


async def _answer(
    request: HttpRequest, speak: Speak[P], as_json: TurnJSON, *args: P.args, **kwargs: P.kwargs
) -> HttpResponseBase:
    if "text/event-stream" in request.headers.get("Accept", ""):
        return await in_database(_streamed(speak), request, *args, **kwargs)
    _, posted = await in_database(speak, request, *args, **kwargs)
    running = worker().submit(posted.turn_id)
    if "respond-async" in request.headers.get("Prefer", ""):
        ids = {
            "conversation": str(posted.conversation_id),
            "turn": str(posted.turn_id),
            "message": str(posted.message_id),
        }
        return JsonResponse(ids, status=202)
    # Shielded: a caller who hangs up must not take the turn along.
    await asyncio.shield(asyncio.wrap_future(running))
    finished = await _settled(posted.turn_id, as_json)
    live = finished["status"] in Turn.LIVE
    return JsonResponse(finished, status=202 if live else 201)


async def _settled(turn_id: UUID, as_json: TurnJSON) -> dict[str, Any]:
    # Another process may hold it: then its rows are what there is to watch, while it may take.
    until = time.monotonic() + settings.TURN_MAX_SECONDS + 30
    while True:
        state = await in_database(_turn_as, turn_id, as_json)
        runs = state["status"] in (Turn.Status.QUEUED, Turn.Status.RUNNING)
        if not runs or time.monotonic() > until:
            return state
        await asyncio.sleep(POLL_SECONDS)


def _turn_as(turn_id: UUID, as_json: TurnJSON) -> dict[str, Any]:
    return as_json(
        Turn.objects.select_related("conversation__user", "user_message__author", "reply").get(pk=turn_id)
    )


def _reader(user: User, turn_id: UUID) -> User | None:
    """Who reads a turn along and may lose sight of it while it runs: somebody of a team. Raises NotFound."""
    found = _TEAM.rows(user=user.pk, turn=turn_id)
    if not found:
        raise NotFound("There is no such turn.")
    return user if found[0][0] else None


def _post(user: User, conversation_id: UUID, text: Any, key: str) -> Posted:
    conversation = Conversation.objects.visible_to(user).filter(pk=conversation_id).first()
    if conversation is None:
        raise NotFound("There is no such conversation.")
    return post_message(actor=user, conversation=conversation, text=text, idempotency_key=key)


def _post_once(user: User, body: Mapping[str, Any], key: str) -> Posted:
    named, project = body.get("conversation"), body.get("project")
    if named is not None:
        return _post(user, _uuid(named), body["message"], key)
    if project is not None:
        project = check_text(project, "project")
    return start_and_post(actor=user, project=project, text=body["message"], idempotency_key=key)


def _uuid(value: Any) -> UUID:
    try:
        return UUID(str(value))
    except ValueError:
        raise Invalid.field("conversation", "must be the id of a conversation.") from None


def _body(request: HttpRequest, known: set[str]) -> dict[str, Any]:
    if request.body and not says_json(request.content_type):
        raise UnsupportedMediaType(str(request.content_type))
    body = read_json(request.body)
    if not isinstance(body, dict):
        raise Invalid("The body must be a JSON object.")
    refuse_unknown(body, known)
    if "message" not in body:
        raise Invalid.field("message", "is required.")
    return body
