"""The addresses of teams, invitations and shares in the OpenAPI document."""

from __future__ import annotations

from rest_framework import serializers

from accounts.access import GIVEN, READERS
from accounts.rest.schema import UUID, Json, Operation, answered_header, describe, etag, in_path, page_of
from tasks import shares_api, teams_api
from tasks.models import TaskShare
from tasks.schema import NOT_MODIFIED
from tasks.schema_shapes import A_TASK, ChangeSerializer
from tasks.text import MAX_NAME

TEAMS, SHARES = "Teams", "Shares"
A_NAME: Json = {"type": "string", "pattern": r"^[\w.@+-]{1,150}$"}
THE_TEAM = in_path("team", UUID, "An id.")
THE_MEMBER = in_path("member", A_NAME, "A user name.")
THE_PERSON = in_path("person", A_NAME, "A user name.")
THE_INVITATION = in_path("invitation", UUID, "An id.")
THE_TASK = in_path("task", A_TASK, "A ref, such as WEB-12, or an id.")
MADE = [answered_header("Location", "Where it is.", [201]), etag(201)]


class TeamChanges(serializers.Serializer):
    name = serializers.CharField(max_length=MAX_NAME)


class TeamSerializer(serializers.Serializer):
    id = serializers.UUIDField()
    name = serializers.CharField()
    role = serializers.ChoiceField(READERS, help_text="Your own.")
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


class MemberSerializer(serializers.Serializer):
    user = serializers.CharField()
    name = serializers.CharField(help_text="The full name, if one is known.")
    role = serializers.ChoiceField(READERS)
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


class NewMember(serializers.Serializer):
    user = serializers.CharField(max_length=150)
    role = serializers.ChoiceField(GIVEN, required=False, default="member")


class MemberChanges(serializers.Serializer):
    role = serializers.ChoiceField(GIVEN)


class Heir(serializers.Serializer):
    user = serializers.CharField(max_length=150, help_text="A member.")


class NewInvitation(serializers.Serializer):
    """One of `user` and `email`."""

    user = serializers.CharField(max_length=150, required=False)
    email = serializers.EmailField(max_length=254, required=False)
    role = serializers.ChoiceField(GIVEN, required=False, default="member")


class InvitationSerializer(serializers.Serializer):
    id = serializers.UUIDField()
    team = serializers.UUIDField()
    team_name = serializers.CharField()
    role = serializers.ChoiceField(GIVEN)
    user = serializers.CharField(allow_null=True)
    email = serializers.CharField(allow_null=True)
    invited_by = serializers.CharField(allow_null=True)
    created_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField()


class Invited(InvitationSerializer):
    link = serializers.URLField(help_text="Shown this once; whoever opens it signed in may join, once.")


class InvitationAnswer(serializers.Serializer):
    """One of the two: the id, or the secret at the end of the link."""

    invitation = serializers.UUIDField(required=False)
    token = serializers.CharField(required=False, max_length=100)


class NewShare(serializers.Serializer):
    user = serializers.CharField(max_length=150)
    permission = serializers.ChoiceField(TaskShare.Permission.choices, required=False, default="view")


class ShareChanges(serializers.Serializer):
    permission = serializers.ChoiceField(TaskShare.Permission.choices)


class ShareSerializer(serializers.Serializer):
    user = serializers.CharField()
    permission = serializers.ChoiceField(TaskShare.Permission.choices)
    shared_by = serializers.CharField(allow_null=True)
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


describe(
    "api-teams",
    teams_api.TeamList,
    TEAMS,
    get=Operation("listTeams", {200: page_of(TeamSerializer)}, paged=True),
    post=Operation(
        "addTeam",
        {201: TeamSerializer},
        body=TeamChanges,
        once=True,
        refuses=[409],
        headers=MADE,
        example={"name": "Operations"},
    ),
)
describe(
    "api-team",
    teams_api.TeamDetail,
    TEAMS,
    get=Operation(
        "getTeam", {200: TeamSerializer, 304: NOT_MODIFIED}, params=[THE_TEAM], cached=True, refuses=[404]
    ),
    patch=Operation(
        "renameTeam",
        {200: TeamSerializer},
        body=TeamChanges,
        params=[THE_TEAM],
        once=True,
        versioned=True,
        refuses=[404, 409],
        example={"name": "Platform"},
    ),
    delete=Operation("deleteTeam", {204: None}, params=[THE_TEAM], versioned=True, refuses=[404, 409]),
)
describe(
    "api-team-history",
    teams_api.TeamHistory,
    TEAMS,
    get=Operation(
        "listTeamChanges", {200: page_of(ChangeSerializer)}, params=[THE_TEAM], paged=True, refuses=[404]
    ),
)
describe(
    "api-team-hand-over",
    teams_api.TeamHandOver,
    TEAMS,
    post=Operation(
        "handTeamOver",
        {200: TeamSerializer},
        body=Heir,
        params=[THE_TEAM],
        once=True,
        refuses=[404, 409],
        example={"user": "bob"},
    ),
)
describe(
    "api-team-members",
    teams_api.MemberList,
    TEAMS,
    get=Operation(
        "listMembers", {200: page_of(MemberSerializer)}, params=[THE_TEAM], paged=True, refuses=[404]
    ),
    post=Operation(
        "addMember",
        {201: MemberSerializer},
        body=NewMember,
        params=[THE_TEAM],
        once=True,
        refuses=[404, 409],
        example={"user": "bob", "role": "member"},
    ),
)
describe(
    "api-team-member",
    teams_api.MemberDetail,
    TEAMS,
    get=Operation("getMember", {200: MemberSerializer}, params=[THE_TEAM, THE_MEMBER], refuses=[404]),
    patch=Operation(
        "changeRole",
        {200: MemberSerializer},
        body=MemberChanges,
        params=[THE_TEAM, THE_MEMBER],
        once=True,
        refuses=[404, 409],
        example={"role": "viewer"},
    ),
    delete=Operation("removeMember", {204: None}, params=[THE_TEAM, THE_MEMBER], refuses=[404, 409]),
)
describe(
    "api-team-invitations",
    teams_api.InvitationList,
    TEAMS,
    get=Operation(
        "listInvitations", {200: page_of(InvitationSerializer)}, params=[THE_TEAM], paged=True, refuses=[404]
    ),
    post=Operation(
        "invite",
        {201: Invited},
        body=NewInvitation,
        params=[THE_TEAM],
        once=True,
        refuses=[404, 409],
        example={"email": "bob@example.org", "role": "member"},
    ),
)
describe(
    "api-team-invitation",
    teams_api.InvitationDetail,
    TEAMS,
    delete=Operation("revokeInvitation", {204: None}, params=[THE_TEAM, THE_INVITATION], refuses=[404]),
)
describe(
    "api-invitations",
    teams_api.OwnInvitations,
    TEAMS,
    get=Operation("listOwnInvitations", {200: page_of(InvitationSerializer)}, paged=True),
)
describe(
    "api-invitation-accept",
    teams_api.InvitationAccept,
    TEAMS,
    post=Operation(
        "acceptInvitation", {200: TeamSerializer}, body=InvitationAnswer, once=True, refuses=[404, 409]
    ),
)
describe(
    "api-invitation-decline",
    teams_api.InvitationDecline,
    TEAMS,
    post=Operation("declineInvitation", {204: None}, body=InvitationAnswer, once=True, refuses=[404, 409]),
)
describe(
    "api-task-shares",
    shares_api.ShareList,
    SHARES,
    get=Operation(
        "listShares", {200: page_of(ShareSerializer)}, params=[THE_TASK], paged=True, refuses=[404]
    ),
    post=Operation(
        "shareTask",
        {201: ShareSerializer},
        body=NewShare,
        params=[THE_TASK],
        once=True,
        refuses=[404, 409],
        example={"user": "charlie", "permission": "edit"},
    ),
)
describe(
    "api-task-share",
    shares_api.ShareDetail,
    SHARES,
    get=Operation("getShare", {200: ShareSerializer}, params=[THE_TASK, THE_PERSON], refuses=[404]),
    patch=Operation(
        "changeShare",
        {200: ShareSerializer},
        body=ShareChanges,
        params=[THE_TASK, THE_PERSON],
        once=True,
        refuses=[404, 409],
    ),
    delete=Operation("endShare", {204: None}, params=[THE_TASK, THE_PERSON], refuses=[404]),
)
