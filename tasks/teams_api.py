"""REST views of teams, their members and invitations."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.access import GIVEN, check_manages
from accounts.errors import Invalid, NotFound
from accounts.models import Invitation, Team, TeamMember
from accounts.rest.bodies import checked, json_object
from accounts.rest.pages import page_of
from accounts.rest.views import ApiView
from tasks import operations
from tasks.changes import Origin
from tasks.models import Change, Door
from tasks.references import find_user
from tasks.rest import retry_safe, row_response, version_asked, versioned_response
from tasks.serializers import change_json
from tasks.team_mail import tell_added
from tasks.teams_json import Json, invitation_json, member_json, team_json
from tasks.text import MAX_NAME

ORIGIN = Origin(Door.API)


class TeamBody(serializers.Serializer):
    name = serializers.CharField(max_length=MAX_NAME)


class MemberBody(serializers.Serializer):
    user = serializers.CharField(max_length=150)
    role = serializers.ChoiceField(GIVEN, default="member")


class RoleBody(serializers.Serializer):
    role = serializers.ChoiceField(GIVEN)


class HeirBody(serializers.Serializer):
    user = serializers.CharField(max_length=150)


class InvitationBody(serializers.Serializer):
    user = serializers.CharField(max_length=150, required=False)
    email = serializers.CharField(max_length=254, required=False)
    role = serializers.ChoiceField(GIVEN, default="member")


class AnswerBody(serializers.Serializer):
    """Which invitation: by its id, or by the secret at the end of its link."""

    invitation = serializers.UUIDField(required=False)
    token = serializers.CharField(max_length=100, required=False)


class TeamView(ApiView):
    def named(self, pk: UUID) -> Team:
        found = Team.objects.visible_to(self.actor).filter(pk=pk).first()
        if found is None:
            raise NotFound("There is no such team.")
        return found

    def member(self, team: Team, name: str) -> TeamMember:
        found = (
            TeamMember.objects.visible_to(self.actor).filter(team=team, user__username__iexact=name).first()
        )
        if found is None:
            raise NotFound("There is no such member.")
        return found

    def shown(self, team: Team) -> Json:
        return team_json(team, self.member(team, self.actor.get_username()).role)


class TeamList(TeamView):
    def get(self, request: Request) -> Response:
        """The teams that you are in, by name."""
        rows = TeamMember.objects.of(self.actor).select_related("team").order_by("team__name", "team_id")
        return page_of(request, rows, lambda row: team_json(row.team, row.role))

    @retry_safe
    def post(self, request: Request) -> Response:
        """Makes a team, which is yours."""
        given = checked(TeamBody, json_object(request))
        team = operations.create_team(actor=self.actor, origin=ORIGIN, name=given["name"])
        headers = {"Location": f"/api/teams/{team.pk}/"}
        answer = versioned_response(self.shown(team), team.updated_at)
        return Response(answer.data, status=201, headers={**answer.headers, **headers})


class TeamDetail(TeamView):
    def get(self, request: Request, team: UUID) -> Response:
        """One team, and your role in it."""
        row = self.named(team)
        return row_response(request, self.shown(row), row.updated_at)

    @retry_safe
    def patch(self, request: Request, team: UUID) -> Response:
        """Renames it; its owner and admins may."""
        row = self.named(team)
        given = checked(TeamBody, json_object(request))
        row = operations.rename_team(
            actor=self.actor, origin=ORIGIN, team=row, name=given["name"], version=version_asked(request)
        )
        return versioned_response(self.shown(row), row.updated_at)

    def delete(self, request: Request, team: UUID) -> Response:
        """Ends a team that has no projects any more; its owner may."""
        operations.delete_team(
            actor=self.actor, origin=ORIGIN, team=self.named(team), version=version_asked(request)
        )
        return Response(status=204)


class TeamHistory(TeamView):
    def get(self, request: Request, team: UUID) -> Response:
        """What was changed of the team and who is in it, the latest first."""
        changes = Change.objects.visible_to(self.actor).filter(object_id=self.named(team).pk)
        rows = changes.select_related("actor").order_by("-created_at", "-id")
        return page_of(request, rows, lambda row: change_json(row, self.actor))


class TeamHandOver(TeamView):
    @retry_safe
    def post(self, request: Request, team: UUID) -> Response:
        """Makes another member the owner, of its projects too; you stay as an admin."""
        row = self.named(team)
        given = checked(HeirBody, json_object(request))
        heir = self.member(row, given["user"])
        operations.hand_over(actor=self.actor, origin=ORIGIN, team=row, user=heir.user)
        return Response(self.shown(row))


class MemberList(TeamView):
    def get(self, request: Request, team: UUID) -> Response:
        """Who is in a team, the owner first."""
        rows = TeamMember.objects.visible_to(self.actor).filter(team=self.named(team)).by_rank()
        return page_of(request, rows, member_json)

    @retry_safe
    def post(self, request: Request, team: UUID) -> Response:
        """Takes a user of this server into a team at once, who is told and may leave; invite those who should
        decide for themselves."""
        row = self.named(team)
        given = checked(MemberBody, json_object(request))
        user = find_user(given["user"])
        member = operations.add_member(
            actor=self.actor, origin=ORIGIN, team=row, user=user, role=given["role"]
        )
        page = request.build_absolute_uri(reverse("team", args=[row.pk]))
        transaction.on_commit(lambda: tell_added(member, by=self.actor, page=page))
        return Response(member_json(member), status=201)


class MemberDetail(TeamView):
    def get(self, request: Request, team: UUID, member: str) -> Response:
        """One member."""
        return Response(member_json(self.member(self.named(team), member)))

    @retry_safe
    def patch(self, request: Request, team: UUID, member: str) -> Response:
        """Gives another role; to make an owner, hand the team over."""
        row = self.member(self.named(team), member)
        given = checked(RoleBody, json_object(request))
        changed = operations.change_role(actor=self.actor, origin=ORIGIN, member=row, role=given["role"])
        return Response(member_json(changed))

    def delete(self, request: Request, team: UUID, member: str) -> Response:
        """Takes a member out, or yourself. Their open tasks in the team's projects are nobody's then."""
        row = self.member(self.named(team), member)
        if row.user_id == self.actor.pk:
            operations.leave_team(actor=self.actor, origin=ORIGIN, team=row.team)
        else:
            operations.remove_member(actor=self.actor, origin=ORIGIN, member=row)
        return Response(status=204)


class InvitationList(TeamView):
    def get(self, request: Request, team: UUID) -> Response:
        """The invitations that stand; the team's owner and admins see them."""
        row = self.named(team)
        check_manages(self.actor, row)
        standing = Invitation.objects.visible_to(self.actor).filter(team=row).standing(timezone.now())
        return page_of(request, standing.order_by("created_at", "id"), invitation_json)

    @retry_safe
    def post(self, request: Request, team: UUID) -> Response:
        """Invites by user name or e-mail address; `link` is shown this once, and works once, for a week."""
        row = self.named(team)
        given = checked(InvitationBody, json_object(request))
        invited = operations.invite(
            actor=self.actor, origin=ORIGIN, team=row, role=given["role"], email=given.get("email", ""),
            user=find_user(given["user"]) if "user" in given else None,
        )  # fmt: skip
        link = request.build_absolute_uri(reverse("team_join", args=[invited.secret]))
        return Response({**invitation_json(invited.invitation), "link": link}, status=201)


class InvitationDetail(TeamView):
    def delete(self, request: Request, team: UUID, invitation: UUID) -> Response:
        """Takes an invitation back: its link ends."""
        row = self.named(team)
        check_manages(self.actor, row)
        found = Invitation.objects.visible_to(self.actor).filter(team=row, pk=invitation).first()
        if found is None:
            raise NotFound("There is no such invitation.")
        operations.revoke_invitation(actor=self.actor, origin=ORIGIN, invitation=found)
        return Response(status=204)


class OwnInvitations(ApiView):
    def get(self, request: Request) -> Response:
        """The invitations that are for you by your user name."""
        own = Invitation.objects.visible_to(self.actor).filter(user=self.actor).standing(timezone.now())
        return page_of(request, own.order_by("created_at", "id"), invitation_json)


class InvitationAccept(ApiView):
    @retry_safe
    def post(self, request: Request) -> Response:
        """Makes you a member of the team that invited you."""
        member = operations.accept_invitation(actor=self.actor, origin=ORIGIN, invitation=self.asked(request))
        return Response(team_json(member.team, member.role))

    def asked(self, request: Request) -> Invitation:
        given: Any = checked(AnswerBody, json_object(request))
        if len(given) != 1:
            raise Invalid.field("invitation", "send the id of an invitation, or the token of its link.")
        if "token" in given:
            return operations.invitation_of(self.actor, given["token"])
        own = Invitation.objects.visible_to(self.actor).filter(user=self.actor, pk=given["invitation"])
        found = own.first()
        if found is None:
            raise NotFound(operations.INVITATION_GONE)
        return found


class InvitationDecline(InvitationAccept):
    @retry_safe
    def post(self, request: Request) -> Response:
        """Turns down an invitation that is for you by your user name."""
        operations.decline_invitation(actor=self.actor, origin=ORIGIN, invitation=self.asked(request))
        return Response(status=204)
