"""Memory items as a kind of row whose changes are recorded: what a receipt says, and how undo goes back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.utils import timezone

from accounts.errors import NotFound
from memory.entries import follow
from memory.models import MemoryItem
from memory.upkeep import DELETED
from tasks.access import lock_contents
from tasks.changes import RecordedKind, Snapshot
from tasks.models import Change, Project
from tasks.receipts import due_words

if TYPE_CHECKING:
    from accounts.models import User

MAX_TITLE = 200
Status = MemoryItem.Status

VERBS = {
    "store": "Remembered", "update": "Changed", "supersede": "Replaced", "approve": "Approved",
    "reject": "Rejected", "delete": "Forgot", "restore": "Took back", "evict": "Set aside",
    "expire": "Let expire", "undo": "Undid",
}  # fmt: skip
_UNDONE = {
    Status.ACTIVE: "in use again", Status.SUGGESTED: "waits for your yes again",
    Status.SUPERSEDED: "replaced again", Status.SUPPRESSED: "out of use",
}  # fmt: skip


class MemoryKind(RecordedKind):
    object_type = Change.Object.MEMORY
    model = MemoryItem
    fields = (
        "key", "value", "type", "relevance", "confidence", "subject", "thread", "occurred_at", "status",
        "reason", "superseded_by_id", "valid_from", "ended_at", "local_only", "expires_at",
    )  # fmt: skip

    def project(self, row: MemoryItem) -> Project:
        return row.project

    def ref(self, row: MemoryItem) -> str:
        return row.key

    def title(self, row: MemoryItem) -> str:
        line = " ".join(row.value.split())
        return line if len(line) <= MAX_TITLE else f"{line[: MAX_TITLE - 1].rstrip()}…"

    def receipt(self, change: Change, zone: ZoneInfo) -> str:
        verb = VERBS.get(change.verb, change.verb.capitalize())
        if not change.ref:
            return f"{verb} a memory that is gone by now"
        if change.after.get("status") == Status.SUGGESTED and change.verb == "store":
            verb = "Suggested"
        earlier = " an earlier" if change.before.get("status") == Status.SUPERSEDED else ""
        said = f"{verb}{earlier if change.verb == 'delete' else ''} “{change.ref}”: "
        if change.verb == "undo":
            return said + _UNDONE.get(change.after.get("status", ""), "as it was before")
        if change.verb == "evict":
            return f"{said}{change.title} ({change.after['reason'].partition(':')[0].lower()})"
        if change.verb == "update" and change.before and "value" not in change.after:
            return said + ", ".join(_details(change.after, zone))
        return said + change.title

    def lock(self, actor: User, pk: UUID) -> MemoryItem:
        items = MemoryItem.objects.editable_by(actor).filter(pk=pk)
        item = items.first()
        if item is not None:
            lock_contents(actor, item.project)
            item = items.first()
        if item is None:
            raise NotFound("It is gone for good, or no longer yours.")
        return item

    def unmade(self, row: MemoryItem, made: Snapshot) -> Snapshot:
        now = timezone.now().isoformat()
        return {**made, "status": Status.SUPPRESSED, "reason": DELETED, "ended_at": now}

    def write(self, row: MemoryItem, values: Snapshot) -> None:
        heir = values.get("superseded_by_id")
        if heir and not MemoryItem.objects.filter(pk=heir, project=row.project).exists():
            values = {**values, "superseded_by_id": None}
        super().write(row, values)
        follow(row)


def _details(after: dict[str, Any], zone: ZoneInfo) -> list[str]:
    details = []
    if "type" in after:
        details.append(f"now {after['type']}")
    for name in ("confidence", "relevance"):
        if name in after:
            details.append(f"{name} {after[name]:g}")
    if "local_only" in after:
        details.append("local only" if after["local_only"] else "no longer local only")
    if "expires_at" in after:
        until = due_words(None, after["expires_at"], zone)
        details.append(f"kept until {until}" if until else "kept for good")
    details += [f"new {name}" for name in ("subject", "thread") if name in after]
    return details or ["as before"]
