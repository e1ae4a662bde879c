"""What is remembered of a person's own projects."""

from __future__ import annotations

from accounts.personal_data import Part
from memory.models import MemoryItem
from tasks.personal_data import own_projects

PARTS = [Part("memory", lambda user: MemoryItem.objects.filter(project__in=own_projects(user)))]
