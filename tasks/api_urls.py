"""Every address answers with and without its trailing slash.

A task is named by its id or its ref, a project by its id or its key.
"""

from __future__ import annotations

from typing import Any

from django.urls import URLPattern, re_path

from tasks import (
    api,
    bulk_api,
    comments_api,
    dashboard_api,
    projects_api,
    shares_api,
    teams_api,
    transfer_api,
)
from tasks.serializers import PROJECT, TASK, UUID

USER = r"[\w.@+-]{1,150}"
NAMES = {
    "<task>": f"(?P<task>{TASK})",
    "<project>": f"(?P<project>{PROJECT})",
    "<comment>": f"(?P<comment>{UUID})",
    "<team>": f"(?P<team>{UUID})",
    "<invitation>": f"(?P<invitation>{UUID})",
    "<member>": f"(?P<member>{USER})",
    "<person>": f"(?P<person>{USER})",
}


def at(pattern: str, view: Any, name: str) -> URLPattern:
    for short, full in NAMES.items():
        pattern = pattern.replace(short, full)
    found: URLPattern = re_path(rf"^{pattern}/?$", view.as_view(), name=name)
    return found


urlpatterns = [
    at("tasks", api.TaskList, "api-tasks"),
    at("tasks/bulk", bulk_api.TaskBulk, "api-tasks-bulk"),
    at("tasks/export", transfer_api.TaskExport, "api-tasks-export"),
    at("tasks/import", transfer_api.TaskImport, "api-tasks-import"),
    at("tasks/<task>", api.TaskDetail, "api-task"),
    at("tasks/<task>/complete", api.TaskComplete, "api-task-complete"),
    at("tasks/<task>/reopen", api.TaskReopen, "api-task-reopen"),
    at("tasks/<task>/restore", api.TaskRestore, "api-task-restore"),
    at("tasks/<task>/history", api.TaskHistory, "api-task-history"),
    at("tasks/<task>/comments", comments_api.CommentList, "api-task-comments"),
    at("tasks/<task>/comments/<comment>", comments_api.CommentDetail, "api-task-comment"),
    at("tasks/<task>/shares", shares_api.ShareList, "api-task-shares"),
    at("tasks/<task>/shares/<person>", shares_api.ShareDetail, "api-task-share"),
    at("teams", teams_api.TeamList, "api-teams"),
    at("teams/<team>", teams_api.TeamDetail, "api-team"),
    at("teams/<team>/history", teams_api.TeamHistory, "api-team-history"),
    at("teams/<team>/hand-over", teams_api.TeamHandOver, "api-team-hand-over"),
    at("teams/<team>/members", teams_api.MemberList, "api-team-members"),
    at("teams/<team>/members/<member>", teams_api.MemberDetail, "api-team-member"),
    at("teams/<team>/invitations", teams_api.InvitationList, "api-team-invitations"),
    at("teams/<team>/invitations/<invitation>", teams_api.InvitationDetail, "api-team-invitation"),
    at("invitations", teams_api.OwnInvitations, "api-invitations"),
    at("invitations/accept", teams_api.InvitationAccept, "api-invitation-accept"),
    at("invitations/decline", teams_api.InvitationDecline, "api-invitation-decline"),
    at("dashboard", dashboard_api.Dashboard, "api-dashboard"),
    at("projects", projects_api.ProjectList, "api-projects"),
    at("projects/<project>", projects_api.ProjectDetail, "api-project"),
    at("projects/<project>/restore", projects_api.ProjectRestore, "api-project-restore"),
    at("projects/<project>/history", projects_api.ProjectHistory, "api-project-history"),
]
