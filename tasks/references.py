"""From a person's or a program's words to one row: `WEB-12`, `12`, an id, or a title."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from uuid import UUID

from django.db.models import CharField, F, Q

from accounts.errors import Conflict, Invalid, NotFound
from accounts.models import Team, User
from accounts.statements import THE_USER, Slot, Statement
from tasks.access import people_of
from tasks.models import Project, Task
from tasks.querysets import TaskQuerySet
from tasks.text import MAX_TITLE, check_text, clean_line

MAX_CANDIDATES = 8
LARGEST_NUMBER = 2_147_483_647

_REF = re.compile(r"([A-Za-z][A-Za-z0-9]{0,9})-([0-9]{1,10})")
_NUMBER = re.compile(r"#?([0-9]{1,10})")

_BY_ID = Statement(lambda: Project.objects.visible_to(THE_USER).filter(pk=Slot("project")))
# A person's own project goes before a team's with the same key.
_BY_KEY = Statement(
    lambda: (
        Project.objects.visible_to(THE_USER)
        .filter(key=Slot("key", CharField()))
        .order_by(F("team_id").asc(nulls_first=True))
    )
)


class AmbiguousTask(Conflict):
    """Several tasks fit; `candidates` holds the first few."""

    code = "ambiguous"

    def __init__(self, detail: str, candidates: Sequence[Task]) -> None:
        super().__init__(detail)
        self.candidates = tuple(candidates)


def find_project(actor: User, key: str) -> Project:
    """By key or id; the person's own before a team's. Raises NotFound, naming the projects there are."""
    key = check_text(key, "project").strip()
    found: Project | None
    if (pk := uuid_of(key)) is not None:
        found = _BY_ID.instance(user=actor.pk, project=pk)
    else:
        found = _BY_KEY.instance(user=actor.pk, key=key.upper())
        found = found or Project.objects.visible_to(actor).filter(name__iexact=key).first()
    if found is None:
        projects = Project.objects.visible_to(actor)
        known = ", ".join(projects.order_by("key").values_list("key", flat=True)[:20])
        raise NotFound(f"There is no project “{key[:40]}”. Your projects: {known}.")
    return found


def find_team(actor: User, reference: str) -> Team:
    """By id, among the actor's own. Raises NotFound."""
    pk = uuid_of(check_text(reference, "team").strip())
    found = Team.objects.visible_to(actor).filter(pk=pk).first() if pk else None
    if found is None:
        raise NotFound(f"There is no team “{reference[:40]}” that you belong to; name one by its id.")
    return found


def find_task(actor: User, reference: str, *, project: Project | None = None, trashed: bool = False) -> Task:
    """The one task that `reference` means; a bare number is read in `project`, a title first in `project`.

    Raises Invalid for a reference that is empty or longer than a title, NotFound, or AmbiguousTask with the
    candidates.
    """
    reference = clean_line(reference, "task", longest=MAX_TITLE, required=False)
    if not reference:
        raise Invalid.field("task", "name a task, such as WEB-12 or its title.")
    everything = Task.objects.listed_for(actor)
    tasks = everything.trashed() if trashed else everything.kept()
    if (pk := uuid_of(reference)) is not None:
        return _only(tasks.filter(pk=pk)[:1], reference, trashed)
    if found := nearest(tasks.filter(named_by_ref(reference)), actor, project):
        return _only(found, reference, trashed)
    if (match := _NUMBER.fullmatch(reference)) and project is not None:
        return _only(tasks.filter(project=project, number=_number(match[1]))[:1], reference, trashed)
    return _by_title(tasks, reference, project, trashed)


def named_by_ref(text: str) -> Q:
    """The condition on tasks that `text` names by ref, such as `WEB-12`: none when it is no ref."""
    match = _REF.fullmatch(text.strip())
    return Q(project__key=match[1].upper(), number=_number(match[2])) if match else Q(pk__in=())


def find_user(name: str, field: str = "user") -> User:
    """A user of this server, by name. Raises Invalid."""
    name = check_text(name, field).strip().lstrip("@")
    found = User.objects.filter(username__iexact=name, is_active=True).order_by("username").first()
    if found is None:
        raise Invalid.field(field, f"nobody here is called “{name[:40]}”.")
    return found


def nearest(found: TaskQuerySet, actor: User, project: Project | None = None) -> list[Task]:
    """Of tasks with the same ref: that of `project`, else that of a project of the actor's own, else all."""
    tasks = list(found[:MAX_CANDIDATES])
    if len(tasks) < 2:
        return tasks
    here = [task for task in tasks if project is not None and task.project_id == project.pk]
    own = [task for task in tasks if task.project.team_id is None and task.project.owner_id == actor.pk]
    return here or own or tasks


def find_member(actor: User, project: Project, name: str) -> User:
    """Who can be given tasks of `project`, by user name; "me" is the actor. Raises Invalid."""
    name = check_text(name, "assignee").strip().lstrip("@")
    if name.casefold() in ("me", "myself", actor.get_username().casefold()):
        return actor
    found = people_of(project).filter(username__iexact=name).order_by("username").first()
    if found is not None:
        return found
    raise Invalid.field("assignee", f"nobody called “{name[:40]}” is a member of {project.key}.")


def _by_title(tasks: TaskQuerySet, words: str, project: Project | None, trashed: bool) -> Task:
    # Open tasks in the project at hand win over done ones elsewhere: that is what people mean.
    scopes = [tasks.filter(project=project), tasks] if project is not None else [tasks]
    for scope in scopes:
        open_first = [scope] if trashed else [scope.open(), scope]
        for pool in open_first:
            for match in (pool.titled(words), pool.search(words)):
                found = list(match.order_by("-updated_at")[: MAX_CANDIDATES + 1])
                if found:
                    return _only(found, words, trashed)
    return _only([], words, trashed)


def _only(rows: Iterable[Task], reference: str, trashed: bool) -> Task:
    found = list(rows)
    shown = reference if len(reference) <= 60 else reference[:59] + "…"
    if not found:
        where = " in the trash" if trashed else ""
        raise NotFound(f"There is no task “{shown}”{where}. List the tasks to see what there is.")
    if len(found) > 1:
        raise AmbiguousTask(
            f"Several tasks fit “{shown}”. Say which one, by its number.", found[:MAX_CANDIDATES]
        )
    return found[0]


def _number(digits: str) -> int:
    # PostgreSQL refuses to compare an integer column with a number beyond its range.
    return min(int(digits), LARGEST_NUMBER)


def uuid_of(text: str) -> UUID | None:
    """The id that a text is; None when it is none."""
    if len(text) not in (32, 36):
        return None
    try:
        return UUID(text)
    except ValueError:
        return None
