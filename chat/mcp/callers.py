"""Who calls over MCP, with which program, and what that may do."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.utils import timezone
from uuid_utils.compat import uuid7

from accounts.models import Scope
from accounts.rest.authentication import Identity, check_scope
from chat.tools.registry import Risk, Tool, ToolContext, all_tools
from tasks.changes import Origin
from tasks.models import MAX_CLIENT_NAME, Door
from tasks.operations import ensure_inbox

if TYPE_CHECKING:
    from accounts.models import ApiToken, User

READS = ("resources/list", "resources/read", "completion/complete")
# Says who asks, having checked that they may do what takes that scope. Raises Unauthenticated and Forbidden.
Authorize = Callable[[Scope | None], Identity]


@dataclass(frozen=True, slots=True)
class Caller:
    """A person, by the token that a program of theirs sent."""

    user: User
    token: ApiToken | None
    client: str

    def may_use(self, tool: Tool) -> bool:
        return self.token is None or self.token.may(scope_of_tool(tool))

    def context(self) -> ToolContext:
        """What a tool needs to know for one call: outside of a conversation, so in the INBOX."""
        return ToolContext(
            actor=self.user,
            origin=Origin(Door.MCP, call_id=uuid7(), client=self.client),
            project=ensure_inbox(self.user),
            now=timezone.now().astimezone(self.user.zone),
        )


def caller(identity: Identity, client: str | None) -> Caller:
    """`client` is the name that the program gave itself; without one it goes by its token's."""
    named = _shown(client or "") or _shown(identity.token.name if identity.token else "")
    return Caller(identity.user, identity.token, named)


def check(identity: Identity, scope: Scope | None) -> Identity:
    """The identity, when it has that scope. Raises InsufficientScope."""
    if scope is not None:
        check_scope(identity.token, writes=scope is Scope.WRITE)
    return identity


def scope_of(method: Any, params: Any) -> Scope | None:
    """The scope that a message takes, as it came; None where any token will do."""
    if method in READS:
        return Scope.READ
    name = params.get("name") if method == "tools/call" and isinstance(params, Mapping) else None
    tool = all_tools().get(name) if isinstance(name, str) else None
    return scope_of_tool(tool) if tool else None


def scope_of_tool(tool: Tool) -> Scope:
    return Scope.READ if tool.risk is Risk.READ else Scope.WRITE


def _shown(name: str) -> str:
    printable = "".join(letter if letter.isprintable() else " " for letter in name[:1000])
    return " ".join(printable.split())[:MAX_CLIENT_NAME]
