"""Verbs on conversations and turns, up to the moment a worker takes over."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db import IntegrityError, OperationalError, transaction
from django.utils import timezone

from accounts.errors import Conflict, Forbidden, Invalid, NotFound
from accounts.rows import insert, update
from accounts.statements import THE_USER, Slot, Statement
from chat.approvals import REJECTED, asked_until, digest_of, waiting_calls
from chat.errors import ApprovalChanged, ApprovalExpired, NotAwaiting, NotRetryable, TurnRunning
from chat.models import MAX_MESSAGE_LENGTH, Conversation, Message, ToolCall, Turn
from memory.models import RecallEntry
from tasks.access import check_version, writes_in
from tasks.idempotency import lock_refused, once
from tasks.models import Project
from tasks.operations import ensure_inbox
from tasks.references import find_project
from tasks.text import clean_line, clean_text

if TYPE_CHECKING:
    from accounts.models import User

MAX_CONVERSATION_TITLE = 120

_CONVERSATION: Any = Slot("conversation")
_SPEAKING = Statement(
    lambda: (
        Conversation.objects.writable_by(THE_USER)
        .select_for_update(of=("self",))
        .filter(pk=_CONVERSATION)
        .order_by()
    )
)
_LIVE = Statement(
    lambda: Turn.objects.filter(conversation=_CONVERSATION).live().order_by().values_list("pk", "status")[:1]
)


@dataclass(frozen=True, slots=True)
class Posted:
    """A committed message and the turn that will answer it."""

    conversation_id: UUID
    message_id: UUID
    turn_id: UUID


def start_conversation(
    *, actor: User, project: Project | str | None = None, title: str = "", shared: bool = False
) -> Conversation:
    """`project` is a project, its key or its id; left out, it is the actor's INBOX.

    Raises Invalid, NotFound, and Forbidden for who only looks at the project.
    """
    if isinstance(project, str):
        project = find_project(actor, project)
    home = project or ensure_inbox(actor)
    if not writes_in(actor, home):
        raise Forbidden(f"You may look at {home.key}, not start a conversation there.")
    if shared:
        _check_shareable(home)
    fields = {"title": clean_line(title, "title", longest=MAX_CONVERSATION_TITLE)} if title else {}
    conversation = Conversation(user=actor, project=home, shared=shared, **fields)
    insert(conversation)
    return conversation


@transaction.atomic
def share_conversation(
    *, actor: User, conversation: Conversation, shared: bool, version: datetime | None = None
) -> Conversation:
    """Opens a conversation to all who see its project, or closes it again to all but who began it.

    Raises Invalid for a project of one person, NotFound, Forbidden and Stale.
    """
    row = _mine(actor, conversation)
    check_version(row, version)
    if shared != row.shared:
        if shared:
            _check_shareable(row.project)
        row.shared = shared
        row.save(update_fields=["shared", "updated_at"])
        # What was said there is recalled by those who may read it.
        said = RecallEntry.objects.filter(message__conversation=row)
        said.update(speaker_of=None if shared else row.user_id)
    return row


@transaction.atomic
def rename_conversation(
    *, actor: User, conversation: Conversation, title: str, version: datetime | None = None
) -> Conversation:
    """Raises Invalid, NotFound, or Stale for another `version` than the present one."""
    row = _mine(actor, conversation)
    check_version(row, version)
    row.title = clean_line(title, "title", longest=MAX_CONVERSATION_TITLE)
    row.save(update_fields=["title", "updated_at"])
    return row


@transaction.atomic
def delete_conversation(*, actor: User, conversation: Conversation, version: datetime | None = None) -> None:
    """Deletes it with its messages; tasks and their change records stay. Raises TurnRunning and Stale."""
    row = _mine(actor, conversation)
    check_version(row, version)
    live = row.turns.live().first()
    if live is not None:
        raise _busy(str(live.pk), live.status)
    row.delete()


def post_message(*, actor: User, conversation: Conversation, text: str, idempotency_key: str = "") -> Posted:
    """Commits a user message and its queued turn. The same key posts once.

    Raises Invalid, NotFound, TurnRunning while another turn is live, Conflict while another message takes its
    time to be posted, KeyReused.
    """
    content = clean_message(text)
    if not idempotency_key:
        return _post(actor, conversation, content)
    request = {"conversation": str(conversation.pk), "message": content}

    def perform() -> dict[str, str]:
        posted = _post(actor, conversation, content)
        return {"message": str(posted.message_id), "turn": str(posted.turn_id)}

    stored: Any = once(actor=actor, key=idempotency_key, request=request, perform=perform)
    return Posted(conversation.pk, UUID(stored["message"]), UUID(stored["turn"]))


def start_and_post(*, actor: User, project: str | None, text: str, idempotency_key: str = "") -> Posted:
    """A conversation and its first message, together; the same key starts one conversation."""
    content = clean_message(text)

    @transaction.atomic
    def perform() -> dict[str, str]:
        conversation = start_conversation(actor=actor, project=project)
        posted = _begin_turn(actor, conversation, content)
        ids = (posted.conversation_id, posted.message_id, posted.turn_id)
        return dict(zip(("conversation", "message", "turn"), map(str, ids), strict=True))

    if idempotency_key:
        request = {"project": project, "message": content}
        stored: Any = once(actor=actor, key=idempotency_key, request=request, perform=perform)
    else:
        stored = perform()
    return Posted(UUID(stored["conversation"]), UUID(stored["message"]), UUID(stored["turn"]))


def clean_message(text: object) -> str:
    """A message as it is stored: trimmed, not empty, at most 4,096 characters. Raises Invalid."""
    content = clean_text(text, "message", longest=MAX_MESSAGE_LENGTH)
    if not content:
        clean_line(content, "message", longest=MAX_MESSAGE_LENGTH)
    return content


def request_stop(*, actor: User, turn: Turn) -> Turn:
    """Asks the worker to stop; what waits for approval is rejected. Stopping twice is stopping once."""
    with transaction.atomic():
        row = _lock_turn(actor, turn)
        if row.status == Turn.Status.AWAITING_APPROVAL:
            row.tool_calls.exclude(status__in=ToolCall.FINISHED).update(
                status=ToolCall.Status.REJECTED, result=REJECTED, updated_at=timezone.now()
            )
            row.status = Turn.Status.QUEUED
        if row.is_live and not row.stop_requested:
            row.stop_requested = True
        row.save(update_fields=["status", "stop_requested", "updated_at"])
    return row


@transaction.atomic
def retry_turn(*, actor: User, turn: Turn) -> Turn:
    """Queues a failed turn again; the tool calls that it finished keep their results and do not run twice.

    Raises NotRetryable for a turn that did not fail, or that is not the conversation's last one.
    """
    row = _lock_turn(actor, turn)
    if row.status not in Turn.RETRYABLE:
        raise NotRetryable("Only an answer that failed can be tried again.")
    if row.conversation.turns.filter(created_at__gt=row.created_at).exists():
        raise NotRetryable("The conversation has gone on since; send the message again instead.")
    row.status, row.error, row.stop_requested, row.attempts = Turn.Status.QUEUED, {}, False, 0
    row.lease_owner, row.lease_expires_at, row.finished_at, row.indexed_at = "", None, None, None
    row.ran_seconds = 0
    row.save()
    return row


@transaction.atomic
def decide_approval(*, actor: User, turn: Turn, approved: bool, digest: str | None = None) -> Turn:
    """Approves or rejects every call that the turn waits with, as stored.

    `digest` stands for the calls that the actor was shown. Raises NotAwaiting, ApprovalExpired, and
    ApprovalChanged when others wait by now.
    """
    row = _lock_turn(actor, turn)
    if row.status != Turn.Status.AWAITING_APPROVAL:
        raise NotAwaiting("This turn does not wait for an approval; it was decided already.")
    if asked_until(row) <= timezone.now():
        raise ApprovalExpired("This waited for more than a day, so nothing of it runs. Ask for it again.")
    if digest is not None and digest != digest_of(waiting_calls(row)):
        raise ApprovalChanged("What waits now is not what you decided on. Look at it, and decide again.")
    waiting = row.tool_calls.filter(status=ToolCall.Status.AWAITING_APPROVAL)
    if approved:
        waiting.update(status=ToolCall.Status.APPROVED, updated_at=timezone.now())
    else:
        waiting.update(status=ToolCall.Status.REJECTED, result=REJECTED, updated_at=timezone.now())
    row.status, row.lease_expires_at, row.lease_owner = Turn.Status.QUEUED, None, ""
    row.save(update_fields=["status", "lease_expires_at", "lease_owner", "updated_at"])
    return row


def _busy(turn_id: str, status: str) -> TurnRunning:
    return TurnRunning(UUID(turn_id), asks=status == Turn.Status.AWAITING_APPROVAL)


@transaction.atomic
def _post(actor: User, conversation: Conversation, content: str) -> Posted:
    try:
        row: Conversation | None = _SPEAKING.instance(user=actor.pk, conversation=conversation.pk)
    except OperationalError as error:
        if lock_refused(error):
            raise Conflict(
                "Somebody is saying something here at this moment. Try again in a moment."
            ) from error
        raise
    if row is None:
        raise _refusal(actor, conversation)
    if live := _LIVE.values(conversation=row.pk):
        raise _busy(*live[0])
    try:
        with transaction.atomic():
            posted = _begin_turn(actor, row, content)
    except IntegrityError:
        # A turn that failed was tried again at this moment: that does not lock the conversation.
        raise _busy(*_LIVE.values(conversation=row.pk)[0]) from None
    update(row, "updated_at")
    return posted


def _begin_turn(actor: User, conversation: Conversation, content: str) -> Posted:
    message = Message(conversation=conversation, role=Message.Role.USER, content=content, author=actor)
    insert(message)
    turn = Turn(conversation=conversation, user_message=message)
    insert(turn)
    return Posted(conversation.pk, message.pk, turn.pk)


def check_writes(actor: User, turn: Turn) -> None:
    """That the actor may take back what the turn did. Raises Forbidden for who only looks at the project."""
    if not Conversation.objects.writable_by(actor).filter(pk=turn.conversation_id).exists():
        raise Forbidden("You may read this conversation, and not change it.")


def _check_shareable(project: Project) -> None:
    if project.team_id is None:
        raise Invalid.field("shared", f"nobody but you sees {project.key}: only a team's project has others.")


def _mine(actor: User, conversation: Conversation) -> Conversation:
    """The conversation, locked, to be changed. Raises NotFound and Forbidden."""
    rows = Conversation.objects.editable_by(actor).select_for_update(of=("self",))
    row = rows.filter(pk=conversation.pk).first()
    if row is None:
        raise _refusal(actor, conversation)
    return row


def _refusal(actor: User, conversation: Conversation) -> Forbidden | NotFound:
    if Conversation.objects.visible_to(actor).filter(pk=conversation.pk).exists():
        return Forbidden("You may read this conversation, and not change it.")
    return NotFound("There is no such conversation.")


def _lock_turn(actor: User, turn: Turn) -> Turn:
    row = Turn.objects.editable_by(actor).select_for_update(of=("self",)).filter(pk=turn.pk).first()
    if row is None:
        if Turn.objects.visible_to(actor).filter(pk=turn.pk).exists():
            raise Forbidden("Only who asked decides about it: it acts with their rights.")
        raise NotFound("There is no such turn.")
    return row
