"""The pages of projects: all of them, one's settings, and what can be done with them."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.errors import Invalid, Stale
from accounts.models import Team
from accounts.requests import SignedInRequest
from tasks import operations
from tasks.changes import Origin
from tasks.models import Project
from tasks.operations import ProjectFields
from tasks.page_answers import Done, acts, in_their_zone, is_script, rights
from tasks.page_edit import assignable
from tasks.pulse import pulse_of
from tasks.text import clean_search

WRITABLE = ("name", "key", "description", "status")
STATUS_VERBS = {"archive": "archived", "pause": "paused", "activate": "active"}


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@in_their_zone
def show_projects(request: SignedInRequest) -> HttpResponse:
    """Those that are not archived; with `?archived`, those that are. `q` finds. POST adds one."""
    if request.method == "POST":
        return create(request)
    archived, query = "archived" in request.GET, clean_search(request.GET.get("q", ""), "q")
    pulse = pulse_of(request.user)
    seen = Project.objects.visible_to(request.user)
    shown = seen.filter(status="archived") if archived else seen.exclude(status="archived")
    for word in query.split():
        shown = shown.filter(Q(name__icontains=word) | Q(key__iexact=word))
    context = {
        "projects": list(shown.with_counts().select_related("team").order_by("name", "id")),
        "teams": Team.objects.editable_by(request.user).by_name(),
        "archived": archived,
        "q": query,
        "pulse": pulse,
    }
    return render(
        request, "tasks/project_rows.html" if is_script(request) else "tasks/projects.html", context
    )


@acts
def create(request: SignedInRequest, origin: Origin) -> Done:
    given = request.POST
    name = given.get("name", "")
    project = operations.create_project(
        actor=request.user,
        origin=origin,
        name=name,
        key=given.get("key", "").strip() or operations.free_key(request.user, name),
        description=given.get("description", ""),
        team=_team(request, given.get("team", "")),
    )
    return Done(f"Added the project {project.key} “{project.name}”.", goes_to=project.get_absolute_url())


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@in_their_zone
def settings(request: SignedInRequest, pk: UUID) -> HttpResponse:
    if request.method == "POST":
        return save(request, pk=pk)
    project = get_object_or_404(Project.objects.editable_by(request.user).select_related("team"), pk=pk)
    context = {
        "project": project,
        "statuses": [choice for choice in Project.Status.choices if choice[0] != "archived"],
        "people": assignable(project),
        "teams": Team.objects.editable_by(request.user).by_name(),
        **rights(request.user, project),
    }
    return render(request, "tasks/project_settings.html", context)


@acts
def save(request: SignedInRequest, origin: Origin, pk: UUID) -> Done:
    project = get_object_or_404(Project.objects.visible_to(request.user), pk=pk)
    changes: ProjectFields = {name: request.POST[name] for name in WRITABLE if name in request.POST}  # type: ignore[assignment]
    if "team" in request.POST:
        changes["team"] = _team(request, request.POST["team"])
    saved = operations.update_project(
        actor=request.user, origin=origin, project=project, changes=changes, version=_version(request)
    )
    return Done(f"Saved {saved.key}.", goes_to=reverse("project_settings", args=[saved.pk]))


@acts
def act(request: SignedInRequest, origin: Origin, pk: UUID) -> Done:
    """`archive`, `pause`, `activate`, `delete` or `restore`."""
    verb, actor = request.POST.get("verb", ""), request.user
    if verb == "restore":
        project = get_object_or_404(Project.objects.restorable_by(actor), pk=pk)
        operations.restore_project(actor=actor, origin=origin, project=project)
        return Done(f"Restored {project.key} “{project.name}” with its tasks.", goes_to=reverse("trash"))
    project = get_object_or_404(Project.objects.visible_to(actor), pk=pk)
    what = f"{project.key} “{project.name}”"
    if verb == "delete":
        operations.delete_project(actor=actor, origin=origin, project=project)
        return Done(f"Moved {what} to the trash with its tasks.", goes_to=reverse("projects"))
    if verb not in STATUS_VERBS:
        raise Invalid.field("verb", f"must be delete, restore or one of {', '.join(STATUS_VERBS)}.")
    status = STATUS_VERBS[verb]
    operations.update_project(actor=actor, origin=origin, project=project, changes={"status": status})
    return Done(f"{what} is {status} now.", goes_to=reverse("projects"))


def _team(request: SignedInRequest, named: str) -> Team | None:
    """A team of the person's by its id, or nobody's but their own. Raises Invalid."""
    if not named:
        return None
    try:
        found = Team.objects.visible_to(request.user).filter(pk=UUID(named)).first()
    except ValueError:
        found = None
    if found is None:
        raise Invalid.field("team", "is none of your teams.")
    return found


def _version(request: SignedInRequest) -> datetime:
    try:
        return datetime.fromisoformat(request.POST.get("version", ""))
    except ValueError:
        raise Stale("Read the settings again: they did not say which version they are.") from None
