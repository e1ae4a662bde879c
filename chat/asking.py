"""Asks the configured model for what nobody waits for: within its person's budget, in one try."""

from __future__ import annotations

import asyncio
import contextlib
from uuid import UUID

from django.db import transaction

from accounts.models import User
from chat import budgets
from chat.database import in_database
from chat.llm import types as llm
from chat.llm.selection import current_assistant

PATIENCE_SECONDS = 120.0


async def ask_in_background(user_id: UUID, request: llm.Request, *, purpose: str) -> llm.Step:
    """The whole answer. Raises AssistantError, TimeoutError, and BudgetSpent when no model may be asked."""
    reserved = await in_database(_reserve, user_id, request, purpose)
    step, answered = llm.Step(), True
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            async with contextlib.aclosing(current_assistant().reply(request)) as events:  # type: ignore[type-var]
                async for event in events:
                    match event:
                        case llm.TextDelta(text):
                            step.text += text
                        case llm.CallRequested(call):
                            step.calls.append(call)
                        case llm.Usage():
                            step.usage = event
    except llm.AssistantError:
        answered = False
        raise
    finally:
        await in_database(budgets.settle, reserved, step, answered=answered)
    return step


@transaction.atomic
def _reserve(user_id: UUID, request: llm.Request, purpose: str) -> budgets.Reservation:
    return budgets.reserve(User.objects.get(pk=user_id), request, purpose)
