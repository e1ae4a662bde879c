"""A long demonstration conversation."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import transaction

from chat.llm.selection import BUILT_IN
from chat.models import Conversation, Message, Turn
from tasks.demo import ordered_id
from tasks.demo_words import TALK
from tasks.models import Task

if TYPE_CHECKING:
    from accounts.models import User
    from tasks.models import Project

TITLE = "A year of work"
PAUSE = timedelta(hours=17)
THINKING = timedelta(milliseconds=400)


@transaction.atomic
def make_conversation(
    *, owner: User, project: Project, messages: int, seed: int, now: datetime
) -> Conversation:
    """A conversation of `messages` messages (an even number) in finished turns, the last before `now`.

    It talks about tasks of `project`, which must have some.
    """
    random = Random(seed)
    conversation = Conversation.objects.create(user=owner, project=project, title=TITLE)
    tasks = list(Task.objects.filter(project=project, deleted_at=None).order_by("number")[:200])
    said: list[Message] = []
    turns: list[Turn] = []
    for n in range(messages // 2, 0, -1):
        asked = now - n * PAUSE
        task = random.choice(tasks)
        words = {"ref": task.ref, "title": task.title, "count": random.randrange(2, 40)}
        question, answer = (text.format(**words) for text in random.choice(TALK))
        turn = Turn(
            pk=UUID(ordered_id(asked, random)),
            created_at=asked,
            conversation=conversation,
            status=Turn.Status.DONE,
            provider=BUILT_IN,
            draft=answer,
            finished_at=asked + THINKING,
        )
        for role, text, at in (("user", question, asked), ("assistant", answer, asked + THINKING)):
            pk = UUID(ordered_id(at, random))
            said.append(Message(pk=pk, created_at=at, conversation=conversation, role=role, content=text))
        turn.user_message, turn.reply = said[-2:]
        said[-1].metadata = {"turn": str(turn.pk)}
        turns.append(turn)
    _insert(Message, said)
    _insert(Turn, turns)
    return conversation


def _insert(model: type[Message] | type[Turn], rows: list[Message] | list[Turn]) -> None:
    # An insert stamps every row with the present.
    instants = [row.created_at for row in rows]
    model.objects.bulk_create(rows, batch_size=500)  # type: ignore[arg-type]
    for row, instant in zip(rows, instants, strict=True):
        row.created_at = instant
    model.objects.bulk_update(rows, ["created_at"], batch_size=250)  # type: ignore[arg-type]
