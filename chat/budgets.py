"""How many tokens of models a person may use a day: kept in the database, so that it holds everywhere."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import orjson
from django.conf import settings
from django.db import connection
from django.db.models import BigIntegerField, DateTimeField, F, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone
from uuid_utils.compat import uuid7

from accounts.models import User
from accounts.statements import Slot, Update, fetch
from chat.llm.types import AssistantMessage, ChatMessage, Request, Step, ToolResult, ToolSpec, UserMessage
from chat.metrics import MODEL_REQUESTS, MODEL_TOKENS
from chat.models import TokenUse
from tasks.querysets import day_bounds

# Every time zone is a whole number of quarters from UTC: sums of quarters are sums of anybody's day.
MOST_TOKENS = 10_000_000
# Of English and of JSON, by the tokenizers in use; other scripts have fewer letters to a token.
LETTERS_PER_TOKEN = 4


_FIELDS: list[Any] = [
    TokenUse._meta.get_field(name)
    for name in ("id", "created_at", "updated_at", "user", "quarter", "prompt_tokens", "completion_tokens")
]
_COUNT = """
    INSERT INTO chat_tokenuse
        (id, created_at, updated_at, user_id, quarter, prompt_tokens, completion_tokens)
    VALUES (%s, %s, %s, %s, %s, %s, %s)
    ON CONFLICT (user_id, quarter) DO UPDATE
    SET prompt_tokens = chat_tokenuse.prompt_tokens + excluded.prompt_tokens RETURNING id"""
_SETTLE = Update(
    lambda: TokenUse.objects.filter(pk=Slot("use")),
    prompt_tokens=F("prompt_tokens") + Slot("prompt", BigIntegerField()),
    completion_tokens=F("completion_tokens") + Slot("completion", BigIntegerField()),
    updated_at=Slot("now", DateTimeField()),
)


_schemas: dict[str, tuple[ToolSpec, str]] = {}


class BudgetSpent(Exception):
    """The day's tokens are used up; the text is a sentence for the person, with when there will be more."""


@dataclass(frozen=True, slots=True)
class Budget:
    """A person's day: `used` of `limit` tokens, none with a limit of 0; it begins anew at `resets_at`."""

    used: int
    limit: int
    resets_at: datetime

    @property
    def is_spent(self) -> bool:
        return 0 < self.limit <= self.used

    @property
    def share(self) -> int:
        """Used of a hundred; 0 without a limit."""
        return min(100, self.used * 100 // self.limit) if self.limit else 0


@dataclass(frozen=True, slots=True)
class Reservation:
    """What a request to a model has been counted with, until it is known what it took."""

    use_id: UUID
    purpose: str
    prompt_tokens: int


def today(user: User) -> Budget:
    """What a person has used since midnight in their time zone, over all doors."""
    return _budget(user.pk, user.zone)


def reserve(user: User, request: Request, purpose: str = "turn") -> Reservation:
    """To be called before a model is asked, in a transaction of little else, and `settle` after.

    What it counts beforehand stays counted when the process dies: a crash does not give tokens back. Raises
    BudgetSpent, having counted nothing: then ask no model.
    """
    if settings.DAILY_TOKEN_BUDGET:
        # One at a time: those that ask at the same moment see what the others have reserved.
        _count(user.pk, 0)
        budget = _budget(user.pk, user.zone)
        if budget.is_spent:
            MODEL_REQUESTS.add(purpose, "over budget")
            raise BudgetSpent(_refusal(budget, user.zone))
    estimate = tokens_of(request.system, *map(_said, request.messages), *map(_schema, request.tools))
    use_id = _count(user.pk, estimate)
    MODEL_REQUESTS.add(purpose, "sent")
    return Reservation(use_id, purpose, estimate)


def settle(reserved: Reservation, step: Step, *, answered: bool = True) -> None:
    """Counts what a request took: what its server says, else an estimate; nothing if it was not answered."""
    prompt, completion = reported_tokens(step)
    if answered or prompt or completion or step.text or step.calls:
        prompt = prompt or reserved.prompt_tokens
        completion = completion or tokens_of(step.text, *(_json(dict(call.arguments)) for call in step.calls))
    _SETTLE.run(
        use=reserved.use_id, prompt=prompt - reserved.prompt_tokens, completion=completion, now=timezone.now()
    )
    MODEL_TOKENS.add("prompt", reserved.purpose, count=prompt)
    MODEL_TOKENS.add("completion", reserved.purpose, count=completion)


def reported_tokens(step: Step) -> tuple[int, int]:
    """Prompt and completion tokens by the server's word, which is not always a number that a column holds."""
    prompt, completion = step.usage.prompt_tokens, step.usage.completion_tokens
    return min(max(prompt, 0), MOST_TOKENS), min(max(completion, 0), MOST_TOKENS)


def tokens_of(*texts: str) -> int:
    """About how many tokens some texts are."""
    return -(-sum(map(len, texts)) // LETTERS_PER_TOKEN)


def forget_old_use(before: datetime) -> int:
    """Deletes what was counted before then; returns how many quarters of an hour."""
    return TokenUse.objects.filter(quarter__lt=before).delete()[0]


def _count(user_id: UUID, prompt_tokens: int) -> UUID:
    """Adds to this quarter of an hour, whose row stays locked for this transaction; returns its id."""
    now = timezone.now()
    values = (uuid7(), now, now, user_id, _quarter(now), prompt_tokens, 0)
    bound = [field.get_db_prep_save(value, connection) for field, value in zip(_FIELDS, values, strict=True)]
    use_id = fetch(_COUNT, bound)[0][0]
    return use_id if isinstance(use_id, UUID) else UUID(use_id)


def _budget(user_id: UUID, zone: ZoneInfo) -> Budget:
    start, end = day_bounds(timezone.now().astimezone(zone).date(), zone)
    uses = TokenUse.objects.filter(user=user_id, quarter__gte=start, quarter__lt=end)
    used = uses.aggregate(total=Coalesce(Sum(F("prompt_tokens") + F("completion_tokens")), 0))["total"]
    return Budget(used, settings.DAILY_TOKEN_BUDGET, end)


def _quarter(moment: datetime) -> datetime:
    return moment.replace(minute=moment.minute // 15 * 15, second=0, microsecond=0)


def _refusal(budget: Budget, zone: ZoneInfo) -> str:
    until = budget.resets_at.astimezone(zone)
    return (
        f"Today's {budget.limit:,} tokens are used up, so no model was asked; "
        f"there are new ones at {until:%H:%M} ({zone})."
    )


def _said(message: ChatMessage) -> str:
    match message:
        case UserMessage(text):
            return text
        case AssistantMessage(text, calls):
            return text + "".join(_json(dict(call.arguments)) + call.name for call in calls)
        case ToolResult():
            return _json(dict(message.content))


def _schema(tool: ToolSpec) -> str:
    # The same few tools go with every request.
    kept = _schemas.get(tool.name)
    if kept is None or kept[0] is not tool:
        kept = _schemas[tool.name] = (tool, _json(dict(tool.parameters)))
    return kept[1]


def _json(value: Any) -> str:
    return orjson.dumps(value, default=dict).decode()
