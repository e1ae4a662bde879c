"""The pages of teams: all of one's own, one team with all that belongs to it, and a link to join."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import GIVEN, MANAGERS, Role, check_manages
from accounts.errors import DomainError, Forbidden, Invalid, NotFound
from accounts.models import Invitation, Team, TeamMember
from accounts.requests import SignedInRequest
from accounts.signin.invited import remember
from tasks import operations
from tasks.changes import Origin
from tasks.models import Change, Door, Project
from tasks.page_answers import in_their_zone
from tasks.receipts import receipt_text
from tasks.references import find_user
from tasks.team_mail import send_invitation

PAGE = Origin(Door.PAGE)
SHOWN_CHANGES = 20
SHOWN_MEMBERS = 200
ROLES = [(role, Role(role).label) for role in GIVEN]


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@in_their_zone
def show_teams(request: SignedInRequest) -> HttpResponse:
    """The person's teams and invitations. POST makes a team."""
    if request.method == "POST":
        try:
            made = operations.create_team(actor=request.user, origin=PAGE, name=request.POST.get("name", ""))
        except DomainError as refusal:
            return _teams(request, refusal)
        messages.success(request, f"Made the team “{made.name}”. Now invite somebody.")
        return redirect("team", made.pk)
    return _teams(request)


def _teams(request: SignedInRequest, refusal: DomainError | None = None) -> HttpResponse:
    teams = Team.objects.visible_to(request.user).with_counts().by_name()
    own = TeamMember.objects.of(request.user).values_list("team", "role")
    roles = {team: Role(role).label for team, role in own}
    invitations = Invitation.objects.visible_to(request.user).filter(user=request.user)
    added = _added(request, list(roles))
    context = {
        "teams": [(team, roles[team.pk], added.get(team.pk)) for team in teams if team.pk in roles],
        "invitations": invitations.standing(timezone.now()).select_related("team", "invited_by"),
        "refusal": refusal,
        "name": request.POST.get("name", ""),
    }
    return render(request, "teams/list.html", context, status=400 if refusal else 200)


def _added(request: SignedInRequest, teams: list[UUID]) -> dict[UUID | None, Change]:
    """By team, who put the person there without asking, when that is how they last came in."""
    came = Change.objects.visible_to(request.user).filter(
        team__in=teams, verb__in=("add", "join"), after__user_id=str(request.user.pk)
    )
    last = {change.team_id: change for change in came.select_related("actor").order_by("created_at", "id")}
    return {team: change for team, change in last.items() if change.verb == "add"}


@never_cache
@require_http_methods(["GET", "HEAD"])
@login_required
@in_their_zone
def show_team(request: SignedInRequest, pk: UUID) -> HttpResponse:
    return _team(request, get_object_or_404(Team.objects.visible_to(request.user), pk=pk))


def _team(request: SignedInRequest, team: Team, status: int = 200, **more: Any) -> HttpResponse:
    members = TeamMember.objects.visible_to(request.user).filter(team=team).by_rank()
    own = members.get(user=request.user)
    manages = own.role in MANAGERS
    changes = Change.objects.visible_to(request.user).filter(object_id=team.pk).select_related("actor")
    mine = Project.objects.editable_by(request.user).filter(team=None).exclude(key="INBOX")
    context = {
        "team": team,
        "own": own,
        "manages": manages,
        "owns": own.role == Role.OWNER,
        "members": members[:SHOWN_MEMBERS],
        "member_count": members.count(),
        "roles": ROLES,
        "invitations": _invitations(request, team) if manages else (),
        "projects": Project.objects.visible_to(request.user).filter(team=team).with_open_count(),
        "mine": mine if manages else (),
        "history": [
            (change, receipt_text(change, request.user.zone))
            for change in changes.order_by("-created_at", "-id")[:SHOWN_CHANGES]
        ],
        **more,
    }
    return render(request, "teams/team.html", context, status=status)


def _invitations(request: SignedInRequest, team: Team) -> Any:
    standing = Invitation.objects.visible_to(request.user).filter(team=team).standing(timezone.now())
    return standing.order_by("created_at", "id")


@require_POST
@login_required
@in_their_zone
def act(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """One verb on a team; refused, the page says why and keeps what was typed."""
    team = get_object_or_404(Team.objects.visible_to(request.user), pk=pk)
    verb = request.POST.get("verb", "")
    try:
        if verb == "invite":
            return _invite(request, team)
        if verb not in VERBS:
            raise Invalid.field("verb", f"must be one of invite, {', '.join(VERBS)}.")
        said, goes_to = VERBS[verb](request, team)
    except NotFound:
        raise
    except DomainError as refusal:
        status = 403 if isinstance(refusal, Forbidden) else 400
        return _team(request, team, status, refusal=refusal, refused_verb=verb, given=request.POST)
    messages.success(request, said)
    return redirect(goes_to or reverse("team", args=[team.pk]))


def _invite(request: SignedInRequest, team: Team) -> HttpResponse:
    whom = request.POST.get("whom", "").strip()
    by_address = "@" in whom[1:]
    invited = operations.invite(
        actor=request.user,
        origin=PAGE,
        team=team,
        role=request.POST.get("role", ""),
        user=None if by_address else find_user(whom, "whom"),
        email=whom if by_address else "",
    )
    link = request.build_absolute_uri(reverse("team_join", args=[invited.secret]))
    mailed = by_address and send_invitation(invited.invitation, by=request.user, link=link)
    return _team(request, team, made=invited.invitation, link=link, mailed=mailed)


Said = tuple[str, str]


def _rename(request: SignedInRequest, team: Team) -> Said:
    name = request.POST.get("name", "")
    row = operations.rename_team(actor=request.user, origin=PAGE, team=team, name=name)
    return f"The team is “{row.name}” now.", ""


def _role(request: SignedInRequest, team: Team) -> Said:
    member, role = _member(request, team), request.POST.get("role", "")
    row = operations.change_role(actor=request.user, origin=PAGE, member=member, role=role)
    return f"{row.user.get_username()} is {row.get_role_display().lower()} now.", ""


def _remove(request: SignedInRequest, team: Team) -> Said:
    member = _member(request, team)
    operations.remove_member(actor=request.user, origin=PAGE, member=member)
    return f"{member.user.get_username()} is no longer in the team.", ""


def _leave(request: SignedInRequest, team: Team) -> Said:
    operations.leave_team(actor=request.user, origin=PAGE, team=team)
    return f"You left “{team.name}”.", reverse("teams")


def _hand_over(request: SignedInRequest, team: Team) -> Said:
    heir = _member(request, team)
    operations.hand_over(actor=request.user, origin=PAGE, team=team, user=heir.user)
    return f"{heir.user.get_username()} owns the team now.", ""


def _delete(request: SignedInRequest, team: Team) -> Said:
    operations.delete_team(actor=request.user, origin=PAGE, team=team)
    return f"The team “{team.name}” is gone.", reverse("teams")


def _revoke(request: SignedInRequest, team: Team) -> Said:
    check_manages(request.user, team)
    found = get_object_or_404(
        Invitation.objects.visible_to(request.user).filter(team=team), pk=_uuid(request, "invitation")
    )
    operations.revoke_invitation(actor=request.user, origin=PAGE, invitation=found)
    return "Took the invitation back; its link has ended.", ""


def _new_project(request: SignedInRequest, team: Team) -> Said:
    name = request.POST.get("name", "")
    key = operations.free_key(request.user, name)
    row = operations.create_project(actor=request.user, origin=PAGE, key=key, name=name, team=team)
    return f"Added the project {row.key} “{row.name}” to the team.", ""


def _give(request: SignedInRequest, team: Team) -> Said:
    projects = Project.objects.visible_to(request.user)
    project = get_object_or_404(projects, pk=_uuid(request, "project"))
    operations.update_project(actor=request.user, origin=PAGE, project=project, changes={"team": team})
    return f"{project.key} “{project.name}” is the team's now.", ""


def _take(request: SignedInRequest, team: Team) -> Said:
    projects = Project.objects.visible_to(request.user).filter(team=team)
    project = get_object_or_404(projects, pk=_uuid(request, "project"))
    operations.update_project(actor=request.user, origin=PAGE, project=project, changes={"team": None})
    return f"{project.key} “{project.name}” is your own now.", ""


VERBS: dict[str, Callable[[SignedInRequest, Team], Said]] = {
    "rename": _rename,
    "role": _role,
    "remove": _remove,
    "leave": _leave,
    "hand_over": _hand_over,
    "delete": _delete,
    "revoke": _revoke,
    "new_project": _new_project,
    "give": _give,
    "take": _take,
}


def join(request: HttpRequest, token: str) -> HttpResponse:
    """What a link invites to; POST takes the place. Who is not signed in may make an account for it."""
    return join_as(request, token) if request.user.is_authenticated else greet(request, token)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def greet(request: HttpRequest, token: str) -> HttpResponse:
    path = reverse("team_join", args=[token])
    try:
        invitation = operations.invitation_of(None, token)
    except NotFound:
        return redirect_to_login(path)
    remember(request, invitation)
    return render(request, "teams/join.html", {"invitation": invitation, "then": urlencode({"next": path})})


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@in_their_zone
def join_as(request: SignedInRequest, token: str) -> HttpResponse:
    invitation = operations.invitation_of(request.user, token)
    if request.method == "POST":
        return _answer(request, invitation)
    return render(request, "teams/join.html", {"invitation": invitation})


@require_POST
@login_required
def answer(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """Accepts or declines an invitation that is for the person by name."""
    own = Invitation.objects.visible_to(request.user).filter(user=request.user)
    return _answer(request, get_object_or_404(own, pk=pk))


def _answer(request: SignedInRequest, invitation: Invitation) -> HttpResponse:
    by: dict[str, Any] = {"actor": request.user, "origin": PAGE, "invitation": invitation}
    if request.POST.get("verb") == "decline":
        operations.decline_invitation(**by)
        messages.success(request, f"You declined the invitation to “{invitation.team.name}”.")
        return redirect("teams")
    try:
        operations.accept_invitation(**by)
    except NotFound:
        raise
    except DomainError as refusal:
        messages.error(request, refusal.detail)
        return redirect("teams")
    messages.success(request, f"You are in “{invitation.team.name}” now.")
    return redirect("team", invitation.team_id)


def _member(request: SignedInRequest, team: Team) -> TeamMember:
    members = TeamMember.objects.visible_to(request.user).filter(team=team)
    return get_object_or_404(members, pk=_uuid(request, "member"))


def _uuid(request: SignedInRequest, name: str) -> UUID:
    try:
        return UUID(request.POST.get(name, ""))
    except ValueError:
        raise Invalid.field(name, "choose one.") from None
