"""What a conversation refuses."""

from __future__ import annotations

from uuid import UUID

from accounts.errors import Conflict


class TurnRunning(Conflict):
    """The conversation is still busy with `turn_id`, or waits for a person's decision."""

    code = "turn_running"

    def __init__(self, turn_id: UUID, *, asks: bool = False) -> None:
        super().__init__(
            "The last message waits for your yes or no. Approve it, reject it, or stop it."
            if asks
            else "The last message is still being answered. Wait for it, or stop it."
        )
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
