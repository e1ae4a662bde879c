"""Every role × every verb, as a table: allowed, forbidden to who may look, or not there."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from accounts.errors import Conflict, DomainError, Forbidden, Invalid, NotFound
from accounts.models import Role, Team, TeamMember, User
from conftest import make_user
from memory.models import MemoryItem
from memory.operations import clear_memory, delete_memory, store_memory, update_memory
from memory.recall import recall
from tasks import operations
from tasks.changes import Origin
from tasks.dashboard import figures
from tasks.models import Change, Door, Project, Task, TaskShare
from tasks.references import find_project
from tasks.tests.cast import Cast, make_cast
from tasks.tests.making import API, add, last_change

OK, NO, NONE = "", "forbidden", "not_found"
READ = {"alice": OK, "adam": OK, "bob": OK, "vera": OK, "charlie": NONE}
WRITE = {**READ, "vera": NO}
MANAGE = {**WRITE, "bob": NO}
OWN = {**MANAGE, "adam": NO}

Verb = Callable[[Cast, dict[str, Any]], Any]
ARCHIVED: Any = {"status": "archived"}
VERBS: dict[str, tuple[dict[str, str], Verb]] = {
    "recall": (READ, lambda c, by: recall(actor=by["actor"], project=c.project, query="far")),
    "add a task": (WRITE, lambda c, by: operations.add_task(**by, project=c.project, title="New")),
    "change a task": (WRITE, lambda c, by: operations.update_task(**by, task=c.task, changes={"title": "x"})),
    "complete a task": (WRITE, lambda c, by: operations.complete_task(**by, task=c.task)),
    "reopen a task": (WRITE, lambda c, by: operations.reopen_task(**by, task=c.task)),
    "delete a task": (WRITE, lambda c, by: operations.delete_task(**by, task=c.task)),
    "restore a task": (WRITE, lambda c, by: operations.restore_task(**by, task=c.task)),
    "share a task": (WRITE, lambda c, by: operations.share_task(**by, task=c.task, user=make_user("dora"))),
    "store a memory": (
        WRITE, lambda c, by: store_memory(**by, project=c.project, value="far", type="context")
    ),
    "change a memory": (WRITE, lambda c, by: update_memory(**by, item=item(c), changes={"value": "x"})),
    "delete a memory": (WRITE, lambda c, by: delete_memory(**by, item=item(c))),
    "clear the memory": (WRITE, lambda c, by: clear_memory(**by, project=c.project)),
    "change a project": (
        MANAGE, lambda c, by: operations.update_project(**by, project=c.project, changes={"name": "x"})
    ),
    "archive a project": (
        MANAGE, lambda c, by: operations.update_project(**by, project=c.project, changes=ARCHIVED)
    ),
    "take a project": (
        MANAGE, lambda c, by: operations.update_project(**by, project=c.project, changes={"team": None})
    ),
    "delete a project": (MANAGE, lambda c, by: operations.delete_project(**by, project=c.project)),
    "make a project": (
        MANAGE, lambda c, by: operations.create_project(**by, key="NEW", name="New", team=c.team)
    ),
    "rename the team": (MANAGE, lambda c, by: operations.rename_team(**by, team=c.team, name="x")),
    "invite": (MANAGE, lambda c, by: operations.invite(**by, team=c.team, email="dora@example.org")),
    "change a role": (MANAGE, lambda c, by: operations.change_role(**by, member=member(c), role="viewer")),
    "remove a member": (MANAGE, lambda c, by: operations.remove_member(**by, member=member(c))),
    "hand over": (OWN, lambda c, by: operations.hand_over(**by, team=c.team, user=c.adam)),
    "leave": (
        {**READ, "alice": "conflict"},
        lambda c, by: operations.leave_team(**by, team=c.team),
    ),
    "delete the team": (
        {**OWN, "alice": "conflict"}, lambda c, by: operations.delete_team(**by, team=c.team)
    ),
}  # fmt: skip


def item(cast: Cast) -> MemoryItem:
    return store_memory(actor=cast.alice, origin=API, project=cast.project, value="near", type="context")


def member(cast: Cast, name: str = "eve") -> TeamMember:
    user = User.objects.filter(username=name).first() or make_user(name)
    return operations.add_member(actor=cast.alice, origin=API, team=cast.team, user=user, role="member")


@pytest.fixture
def cast(alice: User, charlie: User) -> Cast:
    return make_cast(alice, charlie)


def refs(tasks: Iterable[Task]) -> set[str]:
    return {task.ref for task in tasks}


@pytest.mark.parametrize("name", VERBS)
def test_every_role_and_verb(cast: Cast, name: str) -> None:
    expected, verb = VERBS[name]
    for who in ("charlie", "vera", "bob", "adam", "alice"):
        with tried():
            assert _code(verb, cast, who) == expected[who], who


def _code(verb: Verb, cast: Cast, who: str) -> str:
    try:
        with transaction.atomic():
            verb(cast, {"actor": cast.people[who], "origin": API})
    except DomainError as refusal:
        return refusal.code
    return OK


@contextmanager
def tried() -> Iterator[None]:
    """Takes back what one role did before the next tries."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.mark.parametrize("who", READ)
def test_what_each_role_sees(cast: Cast, who: str) -> None:
    user, seen = cast.people[who], who != "charlie"
    item(cast)
    assert Project.objects.visible_to(user).filter(pk=cast.project.pk).exists() == seen
    assert Task.objects.visible_to(user).filter(pk=cast.task.pk).exists() == seen
    assert Task.objects.listed_for(user).filter(pk=cast.task.pk).exists() == seen
    assert MemoryItem.objects.visible_to(user).exists() == seen
    assert Team.objects.visible_to(user).exists() == seen
    assert Change.objects.visible_to(user).filter(object_id=cast.task.pk).exists() == seen
    assert Change.objects.visible_to(user).filter(object_id=cast.team.pk).exists() == seen
    assert figures(actor=user, project=None, now=timezone.now())["open"] == int(seen)


def test_who_leaves_sees_nothing_more_and_has_no_open_task(cast: Cast) -> None:
    bobs = add(cast.alice, cast.project, "Bob's", assignee=cast.bob)
    done = add(cast.alice, cast.project, "Done", assignee=cast.bob, status="done")
    operations.leave_team(actor=cast.bob, origin=API, team=cast.team)
    assert not Task.objects.visible_to(cast.bob).exists()
    for task in (bobs, done):
        task.refresh_from_db()
    assert (bobs.assignee, done.assignee) == (None, cast.bob)
    assert last_change(bobs).after == {"assignee_id": None}
    with pytest.raises(NotFound):
        operations.complete_task(actor=cast.bob, origin=API, task=bobs)


def test_only_the_team_can_be_assigned(cast: Cast) -> None:
    add(cast.bob, cast.project, "Vera's", assignee=cast.vera)
    with pytest.raises(Invalid):
        add(cast.alice, cast.project, "Charlie's", assignee=cast.charlie)
    mine = operations.ensure_inbox(cast.alice)
    with pytest.raises(Invalid):
        add(cast.alice, mine, "Bob's", assignee=cast.bob)


def test_the_owner_stays_until_the_team_is_handed_over(cast: Cast) -> None:
    owner = cast.team.members.get(user=cast.alice)
    for verb in (
        lambda: operations.remove_member(actor=cast.adam, origin=API, member=owner),
        lambda: operations.change_role(actor=cast.adam, origin=API, member=owner, role="member"),
    ):
        with pytest.raises(Forbidden):
            verb()
    operations.hand_over(actor=cast.alice, origin=API, team=cast.team, user=cast.bob)
    roles = {each.user.username: each.role for each in cast.team.members.select_related("user")}
    assert (roles["bob"], roles["alice"]) == (Role.OWNER, Role.ADMIN)
    assert Project.objects.get(pk=cast.project.pk).owner == cast.bob
    operations.leave_team(actor=cast.alice, origin=API, team=cast.team)
    assert not Project.objects.visible_to(cast.alice).filter(key="OPS").exists()


def test_deleting_a_person_leaves_the_teams_work(cast: Cast) -> None:
    mine = add(cast.alice, operations.ensure_inbox(cast.alice), "Mine")
    cast.alice.delete()
    assert not Task.objects.filter(pk=mine.pk).exists()
    assert cast.team.members.get(role=Role.OWNER).user == cast.adam
    kept = Task.objects.visible_to(cast.vera).get(pk=cast.task.pk)
    assert (kept.project.owner, kept.created_by) == (cast.adam, None)
    for person in (cast.adam, cast.bob, cast.vera):
        person.delete()
    assert not Team.objects.exists() and not Task.objects.filter(pk=cast.task.pk).exists()


def test_a_key_is_unique_in_a_team_and_the_inbox_stays_personal(cast: Cast) -> None:
    with pytest.raises(Conflict):
        operations.create_project(actor=cast.adam, origin=API, key="OPS", name="Again", team=cast.team)
    own = operations.create_project(actor=cast.bob, origin=API, key="OPS", name="Bob's own")
    with pytest.raises(Invalid):
        operations.create_project(actor=cast.alice, origin=API, key="INBOX", name="x", team=cast.team)
    inbox = operations.ensure_inbox(cast.alice)
    with pytest.raises(Invalid):
        operations.update_project(actor=cast.alice, origin=API, project=inbox, changes={"team": cast.team})
    # One's own is meant first; the other is there by its id.
    assert find_project(cast.bob, "OPS") == own
    assert find_project(cast.bob, str(cast.project.pk)) == cast.project
    assert find_project(cast.vera, "OPS") == cast.project


def test_a_shared_task_is_all_that_is_seen(cast: Cast) -> None:
    other = add(cast.alice, cast.project, "Secret")
    task = add(cast.alice, cast.project, "Shown", parent=other, blocked_by=[other], recurrence="FREQ=DAILY")
    operations.share_task(actor=cast.bob, origin=API, task=task, user=cast.charlie)
    assert refs(Task.objects.listed_for(cast.charlie).filter(project=cast.project)) == {task.ref}
    assert not Project.objects.visible_to(cast.charlie).filter(key="OPS").exists()
    by: dict[str, Any] = {"actor": cast.charlie, "origin": API}
    with pytest.raises(Forbidden):
        operations.complete_task(**by, task=task)
    with pytest.raises(NotFound):
        operations.add_task(**by, project=cast.project, title="New")
    operations.share_task(actor=cast.bob, origin=API, task=task, user=cast.charlie, permission="edit")
    following = operations.complete_task(**by, task=task).next_task
    assert following is not None and following.shares.get().user == cast.charlie
    mine = operations.ensure_inbox(cast.charlie)
    for verb in (
        lambda: operations.delete_task(**by, task=task),
        lambda: operations.update_task(**by, task=task, changes={"project": mine}),
        lambda: operations.share_task(**by, task=task, user=make_user("dora")),
    ):
        with pytest.raises(Forbidden):
            verb()
    operations.unshare_task(**by, task=task, user=cast.charlie)
    assert refs(Task.objects.listed_for(cast.charlie)) == {following.ref}
    assert last_change(task).verb == "unshare"


def test_what_an_operator_may(cast: Cast) -> None:
    olga = User.objects.create_user("olga", is_staff=True)
    by: dict[str, Any] = {"actor": olga, "origin": Origin(Door.ADMIN)}
    operations.complete_task(**by, task=cast.task)
    operations.share_task(**by, task=cast.task, user=cast.charlie)
    operations.change_role(**by, member=cast.team.members.get(user=cast.bob), role="viewer")
    with pytest.raises(NotFound):
        operations.change_role(
            actor=olga, origin=API, member=cast.team.members.get(user=cast.bob), role="admin"
        )
    assert TaskShare.objects.get().shared_by == olga


def test_an_invitation_works_once_and_for_whom_it_is(cast: Cast) -> None:
    by: dict[str, Any] = {"origin": API}
    named = operations.invite(actor=cast.alice, **by, team=cast.team, user=cast.charlie, role="viewer")
    with pytest.raises(NotFound):
        operations.invitation_of(make_user("dora"), named.secret)
    with pytest.raises(NotFound):
        operations.accept_invitation(
            actor=User.objects.get(username="dora"), **by, invitation=named.invitation
        )
    found = operations.invitation_of(cast.charlie, named.secret)
    assert operations.accept_invitation(actor=cast.charlie, **by, invitation=found).role == "viewer"
    with pytest.raises(NotFound):
        operations.accept_invitation(actor=cast.charlie, **by, invitation=found)
    mailed = operations.invite(actor=cast.alice, **by, team=cast.team, email="Dora@Example.org")
    again = operations.invite(actor=cast.alice, **by, team=cast.team, email="dora@example.org")
    dora = User.objects.get(username="dora")
    with pytest.raises(NotFound):
        operations.invitation_of(dora, mailed.secret)
    again.invitation.expires_at = again.invitation.created_at
    again.invitation.save()
    with pytest.raises(NotFound):
        operations.invitation_of(dora, again.secret)
