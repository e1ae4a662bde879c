"""A conversation as its page shows it: what was said, what was done, and what really changed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts.errors import DomainError
from chat.approvals import digest_of, waiting_calls
from chat.chips import Chip, chips_of
from chat.extraction import may_extract
from chat.llm.selection import BUILT_IN
from chat.models import Conversation, Message, ToolCall, Turn
from chat.tools.registry import ON_A_MEMORY
from memory.references import find_memory
from tasks.receipts import Receipt, day_words, receipts
from tasks.references import find_project, find_task
from tasks.undo import UndoConflict

if TYPE_CHECKING:
    from accounts.models import User

MOST_TURNS = 40
MOST_REACHED = 400
MOST_BESIDE = 3
MOST_CONVERSATIONS = 30
# For so long after a reply the page looks again for what the exchange taught.
LEARNING = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class Request:
    """A tool call that waits for a yes; `about` is what the task or the memory that it names says."""

    call: ToolCall
    about: str


@dataclass(frozen=True, slots=True)
class Exchange:
    """One turn: a message, its answer and the receipts of what the answer changed."""

    turn: Turn
    said_at: str
    receipts: list[Receipt]
    requests: list[Request]
    is_last: bool
    conflicts: Sequence[UndoConflict] = ()
    chips: Sequence[Chip] = ()
    learns: bool = False

    @property
    def text(self) -> str:
        """The reply, or as much of it as there is."""
        if self.turn.reply:
            return self.turn.reply.content
        return str(self.turn.error.get("text", self.turn.draft))

    @property
    def assistant(self) -> str:
        """Who answered."""
        if self.turn.provider in ("", BUILT_IN):
            return "Built-in assistant"
        return f"{self.turn.model} · {self.turn.provider}"

    @property
    def notice(self) -> str:
        return str(self.turn.reply.metadata.get("notice", "")) if self.turn.reply else ""

    @property
    def choices(self) -> list[str]:
        """What the reply offers to answer, while it is the last word."""
        return list(self.turn.reply.metadata.get("choices", [])) if self.turn.reply and self.is_last else []

    @property
    def digest(self) -> str:
        """Stands for what waits for a yes, as it is shown."""
        return digest_of([each.call for each in self.requests])

    @property
    def reasons(self) -> list[str]:
        """Why it is asked about, a sentence each."""
        reasons = dict.fromkeys(each.call.asked_because for each in self.requests)
        return [str(ToolCall.Reason(reason).label) for reason in reasons if reason]

    @property
    def can_undo(self) -> bool:
        return not self.turn.is_live and any(not receipt["undone"] for receipt in self.receipts)

    @property
    def can_redo(self) -> bool:
        """Whether all of it is undone, so that there is an undo to take back."""
        return not self.turn.is_live and bool(self.receipts) and not self.can_undo

    @property
    def can_retry(self) -> bool:
        return self.is_last and self.turn.status in Turn.RETRYABLE

    @property
    def changed_nothing(self) -> bool:
        return not self.turn.is_live and not self.receipts


@dataclass(frozen=True, slots=True)
class Talk:
    """The last exchanges in order. `earlier` is the turn to page back from; `live` the one in the making."""

    exchanges: list[Exchange] = field(default_factory=list)
    earlier: Turn | None = None

    @property
    def live(self) -> Turn | None:
        return next((each.turn for each in self.exchanges if each.turn.is_live), None)

    @property
    def seen(self) -> str:
        """What changes when there is something newer to show."""
        last = self.exchanges[-1].turn if self.exchanges else None
        return f"{last.pk}:{last.updated_at.timestamp()}" if last else ""


@dataclass(frozen=True, slots=True)
class ConversationList:
    """`older` is the conversation to page back from."""

    rows: list[Conversation]
    older: Conversation | None


def read_talk(
    user: User, conversation: Conversation, *, before: Turn | None = None, reaching: Message | None = None
) -> Talk:
    """The last turns, or those before `before`; as many more as it takes to reach a message, up to 400."""
    turns = conversation.turns.all()
    if before is not None:
        turns = turns.filter(_earlier_than(before))
    most = MOST_TURNS
    if reaching is not None:
        since = turns.filter(created_at__gte=reaching.created_at).count() + MOST_BESIDE
        most = min(max(most, since), MOST_REACHED)
    newest = list(_with_everything(turns).order_by("-created_at", "-id")[: most + 1])
    shown = newest[:most][::-1]
    exchanges = list(_exchanges(user, shown, ends=before is None))
    return Talk(exchanges, shown[0] if len(newest) > most else None)


def read_exchange(user: User, turn: Turn, conflicts: Sequence[UndoConflict] = ()) -> Exchange:
    row = _with_everything(Turn.objects.visible_to(user)).get(pk=turn.pk)
    is_last = not row.conversation.turns.filter(created_at__gt=row.created_at).exists()
    chips = chips_of(user, [row]).get(row.pk, ())
    return _exchange(user, row, timezone.now(), is_last=is_last, conflicts=conflicts, chips=chips)


def list_conversations(user: User, *, before: Conversation | None = None) -> ConversationList:
    rows = Conversation.objects.listed_for(user).recent()
    if before is not None:
        same = Q(updated_at=before.updated_at, id__lt=before.pk)
        rows = rows.filter(Q(updated_at__lt=before.updated_at) | same)
    found = list(rows[: MOST_CONVERSATIONS + 1])
    shown = found[:MOST_CONVERSATIONS]
    return ConversationList(shown, shown[-1] if len(found) > MOST_CONVERSATIONS else None)


def _with_everything(turns: QuerySet[Turn]) -> QuerySet[Turn]:
    return turns.select_related("user_message__author", "reply").prefetch_related("tool_calls", "changes")


def _earlier_than(turn: Turn) -> Q:
    return Q(created_at__lt=turn.created_at) | Q(created_at=turn.created_at, id__lt=turn.pk)


def _exchanges(user: User, turns: Sequence[Turn], *, ends: bool) -> Iterator[Exchange]:
    now, chips = timezone.now(), chips_of(user, turns)
    for position, turn in enumerate(turns, start=1):
        is_last = ends and position == len(turns)
        yield _exchange(user, turn, now, is_last=is_last, chips=chips.get(turn.pk, ()))


def _exchange(
    user: User,
    turn: Turn,
    now: datetime,
    *,
    is_last: bool,
    chips: Sequence[Chip],
    conflicts: Sequence[UndoConflict] = (),
) -> Exchange:
    calls = waiting_calls(turn) if turn.status == Turn.Status.AWAITING_APPROVAL else ()
    return Exchange(
        turn=turn,
        said_at=_clock(turn.created_at.astimezone(user.zone), now.astimezone(user.zone)),
        receipts=receipts(turn.changes.all(), user.zone),
        requests=list(_requests(user, turn, calls)),
        is_last=is_last,
        conflicts=conflicts,
        chips=chips,
        learns=_learns(turn, now),
    )


def _learns(turn: Turn, now: datetime) -> bool:
    if turn.finished_at is None or now - turn.finished_at > LEARNING:
        return False
    return may_extract(turn) and not any(each.object_type == "memory" for each in turn.changes.all())


def _requests(user: User, turn: Turn, calls: Iterable[ToolCall]) -> Iterator[Request]:
    for call in calls:
        yield Request(call, _about(user, turn, call))


def _about(user: User, turn: Turn, call: ToolCall) -> str:
    project, arguments = turn.conversation.project, call.arguments
    try:
        if call.name in ON_A_MEMORY:
            home = find_project(user, arguments["project"]) if arguments.get("project") else project
            return find_memory(user, home, arguments["key"]).value
        if isinstance(arguments.get("task"), str):
            return find_task(user, arguments["task"], project=project).title
    except DomainError:
        pass
    return ""


def _clock(then: datetime, now: datetime) -> str:
    return f"{then:%H:%M}" if then.date() == now.date() else f"{day_words(then.date())} {then:%H:%M}"
