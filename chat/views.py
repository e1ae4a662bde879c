"""The chat page, its fragments, and the forms that work without JavaScript."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from functools import partial
from typing import TypeVar
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.db.models import Model, QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.errors import Conflict, DomainError
from accounts.requests import SignedInRequest
from chat import operations
from chat.llm.selection import current_assistant_label
from chat.models import MAX_MESSAGE_LENGTH, Conversation, Message, Turn
from chat.talk import Talk, list_conversations, read_exchange, read_talk
from chat.worker import worker
from tasks.changes import Origin
from tasks.models import INBOX, Door, Project
from tasks.operations import ensure_inbox
from tasks.panel import panel
from tasks.references import find_project
from tasks.undo import UndoConflict, redo_turn, undo_turn

Row = TypeVar("Row", bound=Model)

PAGE = Origin(Door.PAGE)
EXAMPLES = (
    "Add buy milk tomorrow at 5pm, high priority",
    "What should I do next?",
    "Show what is due this week",
)


@never_cache
@require_safe
@login_required
def home(request: SignedInRequest) -> HttpResponse:
    """The newest conversation, or the empty state."""
    newest = Conversation.objects.listed_for(request.user).recent().first()
    if newest is not None:
        return redirect("conversation", newest.pk)
    return _page(request, ensure_inbox(request.user))


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def new(request: SignedInRequest) -> HttpResponse:
    """`?project=` takes a key or an id. The conversation is made by its first message."""
    named = request.POST.get("project") or request.GET.get("project") or INBOX
    project = find_project(request.user, named)
    if request.method != "POST":
        return _page(request, project)
    text = request.POST.get("message", "")
    try:
        posted = operations.start_and_post(actor=request.user, project=str(project.pk), text=text)
    except DomainError as error:
        return _page(request, project, refused=error, text=text)
    return _answer(posted)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def conversation(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """POST says something: the way without JavaScript. `?project=` chooses the tasks beside it."""
    row = get_object_or_404(Conversation.objects.visible_to(request.user), pk=pk)
    if request.method == "POST":
        text = request.POST.get("message", "")
        try:
            posted = operations.post_message(actor=request.user, conversation=row, text=text)
        except DomainError as error:
            return _page(request, row.project, row, refused=error, text=text)
        return _answer(posted)
    return _page(request, row.project, row)


@never_cache
@require_safe
@login_required
def talk(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """The talk of a page that is open: 204 when `?seen=` is what the page has already."""
    row = get_object_or_404(Conversation.objects.visible_to(request.user), pk=pk)
    found = read_talk(request.user, row)
    if found.seen == request.GET.get("seen"):
        return HttpResponse(status=204)
    return render(request, "chat/talk.html", {"conversation": row, "talk": found})


@never_cache
@require_safe
@login_required
def conversations(request: SignedInRequest) -> HttpResponse:
    """The list at the left: `?before=` is the conversation to go on from, `?current=` the open one."""
    mine = Conversation.objects.visible_to(request.user)
    before, current = _named(request, "before", mine), _named(request, "current", mine)
    listed = list_conversations(request.user, before=before)
    whole = "HX-Request" not in request.headers
    template = "chat/conversations.html" if whole else "chat/conversation_rows.html"
    return render(request, template, {"conversations": listed, "conversation": current})


@require_POST
@login_required
def rename(request: SignedInRequest, pk: UUID) -> HttpResponse:
    row = get_object_or_404(Conversation.objects.visible_to(request.user), pk=pk)
    try:
        operations.rename_conversation(
            actor=request.user, conversation=row, title=request.POST.get("title", "")
        )
    except DomainError as error:
        return _page(request, row.project, row, refused=error)
    return redirect("conversation", pk)


@require_POST
@login_required
def share(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """Opens it to all who see its project, or with `shared=no` closes it again."""
    row = get_object_or_404(Conversation.objects.visible_to(request.user), pk=pk)
    try:
        operations.share_conversation(
            actor=request.user, conversation=row, shared=request.POST.get("shared") == "yes"
        )
    except DomainError as error:
        return _page(request, row.project, row, refused=error)
    return redirect("conversation", pk)


@require_POST
@login_required
def delete(request: SignedInRequest, pk: UUID) -> HttpResponse:
    row = get_object_or_404(Conversation.objects.visible_to(request.user), pk=pk)
    try:
        operations.delete_conversation(actor=request.user, conversation=row)
    except DomainError as error:
        return _page(request, row.project, row, refused=error)
    return redirect("home")


@never_cache
@require_safe
@login_required
def show_turn(request: SignedInRequest, pk: UUID, turn_pk: UUID) -> HttpResponse:
    turn = _turn(request, pk, turn_pk)
    return _render_turn(request, turn)


@require_POST
@login_required
def act_on_turn(request: SignedInRequest, pk: UUID, turn_pk: UUID, verb: str) -> HttpResponse:
    """`undo`, `redo`, `stop`, `retry`, `approve` or `reject`."""
    turn = _turn(request, pk, turn_pk)
    by_htmx = "HX-Request" in request.headers
    try:
        conflicts = TURN_VERBS[verb](request, turn)
    except DomainError as error:
        if not by_htmx:
            return _page(request, turn.conversation.project, turn.conversation, refused=error)
        response = _render_turn(request, turn)
        response["HX-Trigger"] = json.dumps({"refused": {"detail": error.detail}})
        return response
    if not by_htmx:
        return redirect(f"{reverse('conversation', args=[pk])}#turn-{turn_pk}")
    response = _render_turn(request, turn, conflicts)
    response["HX-Trigger"] = "tasks-changed"
    return response


def _undo(request: SignedInRequest, turn: Turn) -> Sequence[UndoConflict]:
    operations.check_writes(request.user, turn)
    return undo_turn(actor=request.user, origin=PAGE, turn_id=turn.pk).conflicts


def _redo(request: SignedInRequest, turn: Turn) -> Sequence[UndoConflict]:
    operations.check_writes(request.user, turn)
    return redo_turn(actor=request.user, origin=PAGE, turn_id=turn.pk).conflicts


def _stop(request: SignedInRequest, turn: Turn) -> Sequence[UndoConflict]:
    operations.request_stop(actor=request.user, turn=turn)
    worker().stop(turn.pk)
    worker().submit(turn.pk)
    return ()


def _retry(request: SignedInRequest, turn: Turn) -> Sequence[UndoConflict]:
    operations.retry_turn(actor=request.user, turn=turn)
    worker().submit(turn.pk)
    return ()


def _decide(request: SignedInRequest, turn: Turn, *, approved: bool) -> Sequence[UndoConflict]:
    # Of a card that another tab has decided, and of the next one, only what was looked at may run.
    digest = request.POST.get("digest", "")
    operations.decide_approval(actor=request.user, turn=turn, approved=approved, digest=digest)
    worker().submit(turn.pk)
    return ()


TURN_VERBS: dict[str, Callable[[SignedInRequest, Turn], Sequence[UndoConflict]]] = {
    "undo": _undo,
    "redo": _redo,
    "stop": _stop,
    "retry": _retry,
    "approve": partial(_decide, approved=True),
    "reject": partial(_decide, approved=False),
}


def _answer(posted: operations.Posted) -> HttpResponse:
    worker().submit(posted.turn_id)
    return redirect(f"{reverse('conversation', args=[posted.conversation_id])}#turn-{posted.turn_id}")


def _turn(request: SignedInRequest, pk: UUID, turn_pk: UUID) -> Turn:
    return get_object_or_404(Turn.objects.visible_to(request.user), pk=turn_pk, conversation=pk)


def _render_turn(
    request: SignedInRequest, turn: Turn, conflicts: Sequence[UndoConflict] = ()
) -> HttpResponse:
    exchange = read_exchange(request.user, turn, conflicts)
    return render(request, "chat/turn.html", {"exchange": exchange, "conversation": turn.conversation})


def _page(
    request: SignedInRequest,
    project: Project,
    row: Conversation | None = None,
    *,
    refused: DomainError | None = None,
    text: str = "",
) -> HttpResponse:
    before = _named(request, "before", Turn.objects.visible_to(request.user))
    said = Message.objects.visible_to(request.user).filter(conversation=row)
    reaching = _named(request, "message", said) if row else None
    chosen = find_project(request.user, request.GET["project"]) if request.GET.get("project") else project
    context = {
        "project": project,
        "conversation": row,
        "talk": read_talk(request.user, row, before=before, reaching=reaching) if row else Talk(),
        "conversations": list_conversations(request.user),
        "panel": panel(request.user, chosen),
        "assistant": current_assistant_label(),
        "examples": EXAMPLES,
        "max_length": MAX_MESSAGE_LENGTH,
        "refused": refused,
        "text": text,
    }
    return render(request, "chat/page.html", context, status=_status(refused))


def _status(refused: DomainError | None) -> int:
    if refused is None:
        return 200
    return 409 if isinstance(refused, Conflict) else 400


def _named(request: SignedInRequest, parameter: str, rows: QuerySet[Row]) -> Row | None:
    """The row that a parameter of the address names, if it names one; 404 for one that is not the user's."""
    value = request.GET.get(parameter)
    if not value:
        return None
    try:
        return get_object_or_404(rows, pk=UUID(value))
    except ValueError:
        raise Http404 from None
