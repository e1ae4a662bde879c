"""Every verb on projects, tasks, shares and teams: check access, validate, write row and change together.

Those that change a row take the `version` (its `updated_at`) that the actor has seen, and raise Stale when
the row is another by now; without one they change it as it is.
"""

from __future__ import annotations

from tasks.operations.comments import add_comment, delete_comment, update_comment
from tasks.operations.fields import Due, TaskFields
from tasks.operations.invitations import GONE as INVITATION_GONE
from tasks.operations.invitations import (
    Invited,
    accept_invitation,
    decline_invitation,
    invitation_of,
    invite,
    revoke_invitation,
)
from tasks.operations.projects import (
    ProjectFields,
    create_project,
    delete_project,
    ensure_inbox,
    free_key,
    restore_project,
    update_project,
)
from tasks.operations.shares import share_task, unshare_task
from tasks.operations.tasks import (
    Completed,
    add_task,
    complete_task,
    delete_task,
    reopen_task,
    restore_task,
    update_task,
)
from tasks.operations.teams import (
    add_member,
    change_role,
    create_team,
    delete_team,
    hand_over,
    leave_team,
    remove_member,
    rename_team,
)

__all__ = [
    "INVITATION_GONE",
    "Completed",
    "Due",
    "Invited",
    "ProjectFields",
    "TaskFields",
    "accept_invitation",
    "add_comment",
    "add_member",
    "add_task",
    "change_role",
    "complete_task",
    "create_project",
    "create_team",
    "decline_invitation",
    "delete_comment",
    "delete_project",
    "delete_task",
    "delete_team",
    "ensure_inbox",
    "free_key",
    "hand_over",
    "invitation_of",
    "invite",
    "leave_team",
    "remove_member",
    "rename_team",
    "reopen_task",
    "restore_project",
    "restore_task",
    "revoke_invitation",
    "share_task",
    "unshare_task",
    "update_comment",
    "update_project",
    "update_task",
]
