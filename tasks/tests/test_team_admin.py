"""Teams in the admin: written by operations, with a record that names the operator."""

from __future__ import annotations

from typing import Any

from django.test import Client
from django.urls import reverse

from accounts.models import Invitation, Team, TeamMember, User
from tasks.models import Change, TaskShare
from tasks.operations import invite, share_task
from tasks.tests.cast import make_cast
from tasks.tests.making import API


def test_operators_change_roles_and_take_members_out(alice: User, charlie: User) -> None:
    cast = make_cast(alice, charlie)
    invite(actor=alice, origin=API, team=cast.team, user=charlie)
    share_task(actor=alice, origin=API, task=cast.task, user=charlie)
    olga = User.objects.create_superuser("olga", password="x")
    client = Client()
    client.force_login(olga)
    for model in (Team, TeamMember, Invitation, TaskShare):
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}_change"
        shown: Any = client.get(reverse(name, args=[model._default_manager.all()[0].pk]))
        assert shown.status_code == 200
        assert Invitation.objects.get().digest not in shown.content.decode()
        assert client.get(reverse(f"{name}list")).status_code == 200
    bob, owner = (cast.team.members.get(user=user) for user in (cast.bob, alice))
    client.post(reverse("admin:accounts_teammember_change", args=[bob.pk]), {"role": "viewer"})
    bob.refresh_from_db()
    assert bob.role == "viewer"
    refused: Any = client.post(
        reverse("admin:accounts_teammember_change", args=[owner.pk]), {"role": "viewer"}
    )
    assert "The owner stays the owner" in refused.content.decode()
    client.post(reverse("admin:accounts_teammember_delete", args=[bob.pk]), {"post": "yes"})
    assert not cast.team.members.filter(user=cast.bob).exists()
    client.post(reverse("admin:accounts_team_change", args=[cast.team.pk]), {"name": "Renamed"})
    verbs = (
        Change.objects.filter(team=cast.team, actor=olga)
        .order_by("created_at")
        .values_list("verb", flat=True)
    )
    assert list(verbs) == ["role", "remove", "rename"]
