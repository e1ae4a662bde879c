"""What can go wrong with memory beyond the errors that every app shares."""

from __future__ import annotations

from accounts.errors import Conflict


class NotSuggested(Conflict):
    """Only a suggestion can be approved or rejected."""

    code = "not_suggested"
