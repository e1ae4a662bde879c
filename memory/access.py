"""Who may do what with memory: whoever may write in the project, and nobody else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from accounts.errors import NotFound
from memory.models import MemoryItem
from tasks.access import acting_for, lock_contents

if TYPE_CHECKING:
    from accounts.models import User
    from tasks.changes import Origin
    from tasks.models import Project


def lock_memory(actor: User, origin: Origin, project: Project) -> Project:
    """The project, locked, so that writers of one project's memory take turns. NotFound or Forbidden."""
    return lock_contents(acting_for(actor, origin, project), project)


def find_item(actor: User, project: Project, key: str) -> MemoryItem:
    """The active item with this key, else the one waiting for a yes. Raises NotFound."""
    items = MemoryItem.objects.visible_to(actor).filter(project=project, key=key)
    found = items.active().first() or items.suggested().first()
    if found is None:
        raise NotFound(f"There is no memory “{key[:60]}” in {project.key}.")
    return found


def lock_item(actor: User, origin: Origin, item: MemoryItem) -> MemoryItem:
    """The item as it is now, its project locked. Raises NotFound or Forbidden."""
    lock_memory(actor, origin, item.project)
    person = acting_for(actor, origin, item.project)
    row = MemoryItem.objects.editable_by(person).filter(pk=item.pk).first()
    if row is None:
        raise NotFound("There is no such memory.")
    return row
