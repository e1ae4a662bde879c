"""Teams, members, invitations and shares in the admin; here, since their verbs are."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from accounts.admin_pages import OperationAdmin, ReadOnlyAdmin
from accounts.models import Invitation, Role, Team, TeamMember
from tasks import operations
from tasks.changes import Origin
from tasks.models import Door, TaskShare

ADMIN = Origin(Door.ADMIN)


@admin.register(Team)
class TeamAdmin(OperationAdmin):
    """Teams. They are deleted on their own page, by their owner, when they have no projects."""

    list_display = ("name", "created_at")
    search_fields = ("name", "members__user__username")
    date_hierarchy = "created_at"
    ordering = ("name",)
    fields = ("name",)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def write(self, request: HttpRequest, form: Any, stored: Team | None) -> Team:
        by: dict[str, Any] = {"actor": request.user, "origin": ADMIN, "name": form.cleaned_data["name"]}
        return operations.rename_team(**by, team=stored) if stored else operations.create_team(**by)


@admin.register(TeamMember)
class TeamMemberAdmin(OperationAdmin):
    """Who is in a team. An owner is made by handing the team over; deleting a member takes them out."""

    list_display = ("user", "team", "role", "created_at")
    list_filter = ("role",)
    list_select_related = ("user", "team")
    search_fields = ("user__username", "team__name")
    ordering = ("team__name", "created_at")
    autocomplete_fields = ("team", "user")
    fields = ("team", "user", "role")
    actions = None

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return () if obj is None else ("team", "user")

    def write(self, request: HttpRequest, form: Any, stored: TeamMember | None) -> TeamMember:
        by: dict[str, Any] = {"actor": request.user, "origin": ADMIN}
        given = form.cleaned_data
        if stored is None:
            return operations.add_member(**by, team=given["team"], user=given["user"], role=given["role"])
        return operations.change_role(**by, member=stored, role=given["role"])

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        is_owner = obj is not None and obj.role == Role.OWNER
        return not is_owner and super().has_delete_permission(request, obj)

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        operations.remove_member(actor=request.user, origin=ADMIN, member=obj)  # type: ignore[arg-type]


@admin.register(Invitation)
class InvitationAdmin(ReadOnlyAdmin):
    list_display = ("team", "user", "email", "role", "invited_by", "expires_at")
    list_select_related = ("team", "user", "invited_by")
    search_fields = ("team__name", "user__username", "email")
    ordering = ("-created_at",)
    exclude = ("digest",)


@admin.register(TaskShare)
class TaskShareAdmin(ReadOnlyAdmin):
    """Who is shown one task. Shares are made and ended on the task's page."""

    list_display = ("task", "user", "permission", "shared_by", "created_at")
    list_filter = ("permission",)
    list_select_related = ("task__project", "user", "shared_by")
    search_fields = ("task__title", "user__username")
    ordering = ("-created_at",)
