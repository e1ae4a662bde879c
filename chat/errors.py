"""What a conversation refuses."""

from __future__ import annotations

from uuid import UUID

from accounts.errors import Conflict


class TurnRunning(Conflict):
    """The conversation is still busy with `turn_id`."""

    code = "turn_running"

    def __init__(self, turn_id: UUID) -> None:
        super().__init__("The last message is still being answered. Wait for it, or stop it.")
        self.named["turn"] = str(turn_id)


class NotRetryable(Conflict):
    code = "not_retryable"


class NotAwaiting(Conflict):
    code = "not_awaiting_approval"


class ApprovalExpired(Conflict):
    """The question is too old to be answered."""

    code = "approval_expired"


class ApprovalChanged(Conflict):
    """What waits is not what the decision was about."""

    code = "approval_changed"
