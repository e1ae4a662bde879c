"""The pages of teams, through their forms."""

from __future__ import annotations

import re
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.test import Client, TestCase

from accounts.models import Invitation, Role, Team, User
from tasks.models import Project
from tasks.operations import create_project
from tasks.tests.cast import Cast, make_cast
from tasks.tests.making import API


@pytest.fixture
def cast(alice: User, charlie: User) -> Cast:
    return make_cast(alice, charlie)


def page(client: Client, path: str, status: int = 200, **form: Any) -> str:
    response: Any = client.post(path, form, follow=True) if form else client.get(path, follow=True)
    assert response.status_code == status, response.content
    return str(response.content.decode())


def of(cast: Cast, who: str) -> Client:
    client = Client()
    client.force_login(cast.people[who])
    return client


def test_a_team_from_its_making_to_its_end(
    alice: User, charlie: User, as_alice: Client, as_charlie: Client
) -> None:
    assert "You are in no team yet" in page(as_alice, "/teams/")
    assert "must not be empty" in page(as_alice, "/teams/", 400, name=" ")
    page(as_alice, "/teams/", name="Garden & <b>house</b>")
    team = Team.objects.get()
    assert "Garden &amp; &lt;b&gt;house" in page(as_alice, "/teams/")
    path, act = f"/teams/{team.pk}/", f"/teams/{team.pk}/act/"
    page(as_charlie, path, 404)
    shown = page(as_alice, act, verb="invite", whom="Charlie", role="member")
    link = re.search(r"http://testserver(/teams/join/[^\"]+)", shown)
    assert link is not None
    assert "Garden" in page(as_charlie, "/teams/")
    page(as_charlie, link[1], verb="accept")
    assert team.members.get(user=charlie).role == Role.MEMBER
    page(as_charlie, link[1], 404)
    page(as_alice, act, verb="new_project", name="Beds")
    own = create_project(actor=alice, origin=API, key="OWN", name="Own")
    page(as_alice, act, verb="give", project=own.pk)
    assert set(Project.objects.filter(team=team).values_list("key", flat=True)) == {"BEDS", "OWN"}
    assert "still has projects" in page(as_alice, act, 400, verb="delete")
    for project in Project.objects.filter(team=team):
        page(as_alice, act, verb="take", project=project.pk)
    member = team.members.get(user=charlie)
    page(as_alice, act, verb="role", member=member.pk, role="viewer")
    page(as_alice, act, verb="hand_over", member=member.pk)
    page(as_alice, act, verb="rename", name="Mine no more")
    assert "charlie owns" not in page(as_alice, act, verb="leave")
    page(as_charlie, act, verb="delete")
    assert not Team.objects.exists()


@pytest.mark.parametrize("who", ["bob", "vera"])
def test_who_does_not_manage_is_refused(cast: Cast, who: str) -> None:
    client, act = of(cast, who), f"/teams/{cast.team.pk}/act/"
    shown = page(client, f"/teams/{cast.team.pk}/")
    assert 'value="invite"' not in shown and 'value="remove"' not in shown
    adam = cast.team.members.get(user=cast.adam)
    invited = Invitation.objects.create(
        team=cast.team, email="a@example.org", digest="x", expires_at=cast.team.created_at.replace(year=2999)
    )
    for form in (
        {"verb": "invite", "whom": "charlie", "role": "member"},
        {"verb": "role", "member": adam.pk, "role": "viewer"},
        {"verb": "remove", "member": adam.pk},
        {"verb": "rename", "name": "x"},
        {"verb": "revoke", "invitation": invited.pk},
        {"verb": "new_project", "name": "x"},
        {"verb": "take", "project": cast.project.pk},
        {"verb": "delete"},
        {"verb": "hand_over", "member": adam.pk},
    ):
        page(client, act, 403, **form)
    page(client, act, 400, verb="nothing")


def test_a_mistake_keeps_what_was_typed(cast: Cast) -> None:
    act = f"/teams/{cast.team.pk}/act/"
    shown = page(of(cast, "alice"), act, 400, verb="invite", whom="nobody", role="member")
    assert "nobody here is called" in shown and 'value="nobody"' in shown
    assert "must be an e-mail address" in page(
        of(cast, "alice"), act, 400, verb="invite", whom="a@b", role="member"
    )


def test_a_link_is_mailed_where_there_is_mail(cast: Cast, settings: Any) -> None:
    act = f"/teams/{cast.team.pk}/act/"
    form: dict[str, Any] = {"verb": "invite", "whom": "dora@example.org", "role": "viewer"}
    assert "Send this link" in page(of(cast, "alice"), act, **form)
    assert mail.outbox == []
    settings.MAIL, settings.EMAIL_FROM = {"BACKEND": "x"}, "tasklore@example.org"
    assert "on its way" in page(of(cast, "alice"), act, **form)
    assert mail.outbox[0].to == ["dora@example.org"] and "/teams/join/" in mail.outbox[0].body


def test_who_is_added_without_being_asked_is_told_and_may_leave(
    cast: Cast, charlie: User, settings: Any
) -> None:
    settings.MAIL, settings.EMAIL_FROM = {"BACKEND": "x"}, "tasklore@example.org"
    EmailAddress.objects.create(user=charlie, email="charlie@example.org", verified=False)
    client, members = of(cast, "charlie"), f"/api/teams/{cast.team.pk}/members/"

    def add(user: str) -> None:
        body = {"user": user, "role": "member"}
        with TestCase.captureOnCommitCallbacks(execute=True):
            assert of(cast, "alice").post(members, body, "application/json").status_code == 201

    add("charlie")
    assert mail.outbox == []
    assert "alice added you on" in page(client, "/teams/")
    assert "Leave the team" in page(client, f"/teams/{cast.team.pk}/")
    page(client, f"/teams/{cast.team.pk}/act/", verb="leave")
    assert "added you" not in page(client, "/teams/")
    EmailAddress.objects.update(verified=True)
    add("charlie")
    assert mail.outbox[0].to == ["charlie@example.org"]
    assert f"http://testserver/teams/{cast.team.pk}/" in mail.outbox[0].body


def test_queries_do_not_grow_with_the_team(cast: Cast, django_assert_num_queries: Any) -> None:
    client, path = of(cast, "alice"), f"/teams/{cast.team.pk}/"
    # Session, user; the team, oneself, members, their number, invitations, projects, own projects, history.
    with django_assert_num_queries(10):
        client.get(path)
