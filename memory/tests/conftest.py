from __future__ import annotations

import pytest

from accounts.models import User
from memory.tests.talk import remember, twin
from tasks.models import Project

LEAK = "LEAK: the sign-in of the other project breaks on Safari since we decided on PostgreSQL for deploys"


@pytest.fixture
def neighbours(web: Project, alice: User, charlie: User) -> list[Project]:
    """Two projects beside WEB that hold nearly the same text: another of Alice's, and one of Charlie's."""
    others = [twin(alice), twin(charlie, "WEB")]
    for project in others:
        remember(project, LEAK, key="leak", subject="Dana")
    return others
