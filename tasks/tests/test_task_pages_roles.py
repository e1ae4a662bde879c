"""What the pages show to each role of a team, and to whom one task is shared with."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from conftest import make_user
from tasks import operations
from tasks.models import Project, Task
from tasks.pulse import pulse_of
from tasks.tests.making import API, add, verbs_of

SCRIPT = {"HX-Request": "true"}
CONTROLS = ('class="pick"', 'class="check"', 'id="quick-add"', "data-movable", 'id="facts"', 'id="comment"')


@pytest.fixture
def crew(alice: User, charlie: User) -> Project:
    """Alice's team with Bob as member and Vera as viewer, and its project. Charlie is a stranger."""
    team = operations.create_team(actor=alice, origin=API, name="Crew")
    for name, role in (("bob", "member"), ("vera", "viewer")):
        operations.add_member(actor=alice, origin=API, team=team, user=make_user(name), role=role)
    return operations.create_project(actor=alice, origin=API, key="CREW", name="Ship", team=team)


@pytest.fixture
def task(alice: User, crew: Project) -> Task:
    return add(alice, crew, "Scrub the deck")


def client_of(name: str) -> Client:
    client = Client()
    client.force_login(User.objects.get(username=name))
    return client


def pages(client: Client, project: Project, task: Task) -> str:
    paths = (project.get_absolute_url(), reverse("board", args=[project.pk]), task.get_absolute_url())
    return "".join(client.get(path).content.decode() for path in paths)


def writes(client: Client, project: Project, task: Task) -> list[int]:
    return [
        client.post(reverse(name, args=args), fields, headers=SCRIPT).status_code
        for name, args, fields in (
            ("task_edit", [task.pk], {"title": "Mine"}),
            ("task_add", [], {"project": str(project.pk), "text": "More"}),
            ("task_comment", [task.pk], {"text": "Hello"}),
            ("share", [task.pk], {"user": "charlie"}),
            ("project_act", [project.pk], {"verb": "archive"}),
        )
    ]


def test_a_viewer_reads_and_has_no_controls(crew: Project, task: Task) -> None:
    html = pages(client_of("vera"), crew, task)
    assert html.count("Scrub the deck") >= 3
    assert [control for control in CONTROLS if control in html] == []
    assert "Settings of Ship" not in html and "Shared with" not in html
    assert writes(client_of("vera"), crew, task) == [403] * 5
    act = {"task": str(task.pk), "verb": "complete"}
    assert (
        "may look" in client_of("vera").post(reverse("tasks_act"), act, headers=SCRIPT).json()["refused"][0]
    )
    assert verbs_of(task) == ["create"]


def test_a_member_works_and_a_manager_manages(crew: Project, task: Task) -> None:
    html = pages(client_of("bob"), crew, task)
    assert [control for control in CONTROLS if control not in html] == []
    assert "Settings of Ship" not in html and "vera" in html
    assert client_of("bob").get(reverse("project_settings", args=[crew.pk])).status_code == 404
    assert writes(client_of("bob"), crew, task) == [200, 200, 200, 200, 403]
    assert "Settings of Ship" in pages(client_of("alice"), crew, task)
    assert "vera" in client_of("alice").get(reverse("project_settings", args=[crew.pk])).content.decode()


@pytest.mark.parametrize(("permission", "status"), [("view", 403), ("edit", 200)])
def test_a_shared_task_is_seen_and_its_project_is_not(
    alice: User, charlie: User, crew: Project, task: Task, as_alice: Client, permission: str, status: int
) -> None:
    stranger, before = client_of("charlie"), pulse_of(charlie)
    assert stranger.get(task.get_absolute_url()).status_code == 404
    said = as_alice.post(
        reverse("share", args=[task.pk]), {"user": "Charlie", "permission": permission}, headers=SCRIPT
    ).json()
    assert "Shared CREW-1 with charlie" in said["said"] and said["undo"] is None
    assert pulse_of(charlie) != before
    html = stranger.get(task.get_absolute_url()).content.decode()
    assert ('id="facts"' in html) == (permission == "edit") and 'id="share-user"' not in html
    assert "Scrub the deck" in stranger.get(reverse("tasks")).content.decode()
    assert stranger.get(crew.get_absolute_url()).status_code == 404
    edited = stranger.post(reverse("task_edit", args=[task.pk]), {"title": "Swab it"}, headers=SCRIPT)
    assert edited.status_code == status
    share = task.shares.get()
    given_up = stranger.post(reverse("unshare", args=[share.pk]), headers=SCRIPT).json()
    assert given_up["go"] == "/tasks/" and stranger.get(task.get_absolute_url()).status_code == 404


def test_a_key_of_two_teams_leads_to_both(alice: User, crew: Project, as_alice: Client) -> None:
    own = operations.create_project(actor=alice, origin=API, key="CREW", name="My own crew")
    tasks = [add(alice, crew), add(alice, own)]
    answer = as_alice.get("/projects/CREW/", follow=True).content.decode()
    assert own.get_absolute_url() in answer and crew.get_absolute_url() in answer
    assert as_alice.get("/tasks/crew-1/")["Location"] == tasks[1].get_absolute_url()
    found = as_alice.get(reverse("tasks"), {"q": "crew-1"}).content.decode()
    assert all(task.get_absolute_url() in found for task in tasks)


def test_projects_are_made_saved_archived_and_restored(alice: User, crew: Project, as_alice: Client) -> None:
    made = as_alice.post(
        reverse("projects"), {"name": "Garden & home", "team": str(crew.team_id)}, headers=SCRIPT
    ).json()
    project = Project.objects.get(name="Garden & home")
    assert (made["go"], project.key, project.team) == (project.get_absolute_url(), "GARD", crew.team)
    settings, act = reverse("project_settings", args=[project.pk]), reverse("project_act", args=[project.pk])
    fields = {"name": "Garden", "team": "", "version": project.updated_at.isoformat()}
    assert as_alice.post(settings, fields, headers=SCRIPT).status_code == 200
    stale = as_alice.post(settings, {**fields, "name": "Lost"}, headers=SCRIPT)
    assert stale.status_code == 409 and "changed since" in stale.json()["detail"]
    project.refresh_from_db()
    assert (project.name, project.team) == ("Garden", None)
    as_alice.post(act, {"verb": "archive"}, headers=SCRIPT)
    assert project.get_absolute_url() not in as_alice.get(reverse("projects")).content.decode()
    assert 'id="quick-add"' not in as_alice.get(project.get_absolute_url()).content.decode()
    as_alice.post(act, {"verb": "delete"}, headers=SCRIPT)
    assert "Garden" in as_alice.get(reverse("trash")).content.decode()
    as_alice.post(act, {"verb": "restore"}, headers=SCRIPT)
    assert as_alice.get(project.get_absolute_url()).status_code == 200
