"""Calling tools as the turn does: by name, with JSON arguments, in somebody's place."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from accounts.models import User
from chat.models import Conversation
from chat.tools.registry import ToolContext, call_tool
from tasks.changes import Origin
from tasks.models import Door, Project
from tasks.tests.making import make_turn

ZURICH = ZoneInfo("Europe/Zurich")
WEDNESDAY = datetime(2026, 11, 25, 12, tzinfo=ZURICH)


@dataclass(frozen=True, slots=True)
class Caller:
    """One person's tools: `caller("add_task", title="Buy milk")` is the result object."""

    context: ToolContext

    def __call__(self, tool: str, /, **arguments: Any) -> dict[str, Any]:
        """The result; fails the test when the tool refuses."""
        outcome = call_tool(tool, arguments, self.context)
        assert not outcome.failed, outcome.result
        return outcome.result

    def refused(self, tool: str, /, **arguments: Any) -> dict[str, Any]:
        """The error object; fails the test when the tool does not refuse."""
        outcome = call_tool(tool, arguments, self.context)
        assert outcome.failed, outcome.result
        assert outcome.result.keys() == {"error"}
        error: dict[str, Any] = outcome.result["error"]
        assert error["code"] and error["message"]
        return error

    def at(self, now: datetime) -> Caller:
        return Caller(replace(self.context, now=now))

    def in_new_turn(self) -> Caller:
        """The same person in the next turn of the same conversation."""
        context = self.context
        home = Conversation.objects.get(turns=context.origin.turn_id)
        turn = make_turn(context.actor, context.project, conversation=home)
        return Caller(replace(context, origin=Origin(Door.CHAT, turn.pk)))


def caller_for(user: User, project: Project) -> Caller:
    """`user`, in a turn of a new conversation about `project`, on Wednesday 25 November 2026 at noon."""
    turn = make_turn(user, project)
    return Caller(
        ToolContext(
            actor=user,
            origin=Origin(Door.CHAT, turn.pk),
            project=project,
            now=WEDNESDAY.astimezone(user.zone),
            conversation_id=turn.conversation_id,
        )
    )
