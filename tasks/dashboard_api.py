"""The REST view of the dashboard's figures."""

from __future__ import annotations

from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.errors import Invalid, NotFound
from accounts.models import Team
from accounts.rest.views import ApiView
from tasks.dashboard import dashboard
from tasks.filters import parameters
from tasks.references import find_team
from tasks.serializers import TaskReader

DAYS = {"14": 14, "90": 90}


class Dashboard(ApiView):
    def get(self, request: Request) -> Response:
        """The caller's figures, of one project, a team's or all, by the days of the caller's time zone."""
        given = parameters(request, {"project", "team", "days"})
        now = timezone.now().astimezone(self.actor.zone)
        days = DAYS.get(given.get("days", "14"))
        if days is None:
            raise Invalid.field("days", "must be 14 or 90.")
        project = TaskReader(self.actor, now).project(given["project"]) if "project" in given else None
        team = self.team(given["team"]) if "team" in given else None
        return Response(dashboard(actor=self.actor, project=project, team=team, now=now, days=days))

    def team(self, reference: str) -> Team:
        try:
            return find_team(self.actor, reference)
        except NotFound as missing:
            raise Invalid.field("team", missing.detail) from None
