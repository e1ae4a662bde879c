"""A team: Alice owns it, Adam is an admin, Bob a member, Vera a viewer; and Charlie is not in it."""

from __future__ import annotations

from dataclasses import dataclass

from accounts.models import Role, Team, User
from conftest import make_user
from tasks.models import Project, Task
from tasks.operations import add_member, create_project, create_team
from tasks.tests.making import API, add

ROLES = {"adam": Role.ADMIN, "bob": Role.MEMBER, "vera": Role.VIEWER}


@dataclass(frozen=True, slots=True)
class Cast:
    """`people` by name; the team, its project OPS, and a task in it."""

    people: dict[str, User]
    team: Team
    project: Project
    task: Task

    def __getattr__(self, name: str) -> User:
        return self.people[name]


def make_cast(alice: User, charlie: User) -> Cast:
    """Made through the operations."""
    people = {"alice": alice, "charlie": charlie} | {name: make_user(name) for name in ROLES}
    team = create_team(actor=alice, origin=API, name="Operations")
    for name, role in ROLES.items():
        add_member(actor=alice, origin=API, team=team, user=people[name], role=role)
    project = create_project(actor=alice, origin=API, key="OPS", name="Running it", team=team)
    return Cast(people, team, project, add(alice, project, "Rotate the keys"))
