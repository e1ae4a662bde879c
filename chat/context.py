"""From the rows of a conversation to one request: the history that fits, the situation, the tools."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from itertools import groupby
from uuid import UUID

from django.utils import timezone

from accounts.models import User
from accounts.statements import THE_USER, Slot, Statement
from chat import others, prompts
from chat.llm.selection import BUILT_IN, is_remote
from chat.llm.types import (
    AssistantMessage,
    ChatMessage,
    KnownTask,
    Request,
    Situation,
    ToolSpec,
    UserMessage,
)
from chat.llm.types import ToolCall as Call
from chat.llm.types import ToolResult as Answer
from chat.models import MAX_MESSAGE_LENGTH, Message, ToolCall, Turn
from chat.recalled import is_private, memory_lines, window
from chat.rows import TURN
from chat.summaries import earlier_in_short
from chat.tools.registry import all_tools
from memory.privacy import LocalOnly
from tasks.models import Change, Project, Task

SHOWN_TASKS = 15
# What a person may say at once; a longer reply is shown by its beginning.
LONGEST_SHOWN = MAX_MESSAGE_LENGTH
KNOWN_TASKS = 2000
KNOWN_DONE = 200
TURNS_REMEMBERED = 5


_CALLS = Statement(
    lambda: ToolCall.objects.filter(turn=TURN, status__in=ToolCall.FINISHED).order_by("step", "position")
)
_PROJECTS = Statement(
    lambda: (
        Project.objects.visible_to(THE_USER)
        .active()
        .exclude(pk=Slot("project"))
        .order_by("key")
        .values_list("key")[:20]
    )
)
_TASKS = Statement(
    lambda: (
        Task.objects.visible_to(THE_USER).filter(project=Slot("project")).open().by_urgency()[:SHOWN_TASKS]
    )
)


def build_request(turn: Turn) -> Request:
    """What the next step of `turn` is asked: its finished tool calls are part of the question.

    The built-in assistant gets the person's bare words and reads the situation itself; a model gets
    the situation as text at the head of the words, and no list of every task.
    """
    user, project = turn.speaker, turn.conversation.project
    now = timezone.now().astimezone(user.zone)
    words = turn.user_message.content
    local = LocalOnly(user) if is_remote(turn.provider) else None
    if turn.provider == BUILT_IN:
        situation = _situation(turn, now)
    else:
        situation = Situation(now=now, project=project.key)
        words = f"{_situation_text(user, project, now, memory_lines(turn, local))}\n\n{words}"
    return Request(
        system=prompts.RULES,
        messages=(*_history(turn, local), UserMessage(words), *step_messages(turn)),
        tools=_offered(),
        situation=situation,
    )


@cache
def _offered() -> tuple[ToolSpec, ...]:
    return tuple(each.spec for each in all_tools().values())


def step_messages(turn: Turn) -> list[ChatMessage]:
    """The steps that are committed: what the assistant called, and what came back."""
    messages: list[ChatMessage] = []
    calls = _CALLS.instances(turn=turn.pk)
    text = turn.draft
    for _, group in groupby(calls, key=lambda call: call.step):
        step = list(group)
        messages.append(AssistantMessage(text, tuple(_call(row) for row in step)))
        messages.extend(_answer(row) for row in step)
        text = ""
    return messages


def _history(turn: Turn, local: LocalOnly | None) -> list[ChatMessage]:
    """The last messages; for a model, what was said before them stands in short at the head of the first."""
    said = window(turn)
    shown = [_shown(row, local) for row in said]
    if turn.provider == BUILT_IN:
        return shown
    others.note(turn, is_so=others.in_messages(turn.speaker, said) or others.in_conversation(turn))
    earlier = earlier_in_short(turn, said, local)
    if not earlier:
        return shown
    head = prompts.summary_text(earlier)
    if shown and isinstance(shown[0], UserMessage):
        # In one message, because some servers refuse two of the same role in a row.
        return [UserMessage(f"{head}\n\n{shown[0].text}"), *shown[1:]]
    return [UserMessage(head), *shown]


def _shown(row: Message, local: LocalOnly | None) -> ChatMessage:
    if local and is_private(row, local):
        text = prompts.WITHHELD
    else:
        text = row.content if len(row.content) <= LONGEST_SHOWN else f"{row.content[:LONGEST_SHOWN]}…"
    return UserMessage(text) if row.role == Message.Role.USER else AssistantMessage(text)


def _situation_text(user: User, project: Project, now: datetime, memories: Sequence[str]) -> str:
    projects = _PROJECTS.rows(user=user.pk, project=project.pk)
    tasks = _TASKS.instances(user=user.pk, project=project.pk)
    return prompts.situation_text(
        now=now,
        project=project,
        others=[key for (key,) in projects],
        tasks=tasks,
        unread=others.written_by_others(user, tasks),
        memories=memories,
        day_first=user.day_first,
    )


def _situation(turn: Turn, now: datetime) -> Situation:
    user, project = turn.speaker, turn.conversation.project
    listed, touched = _before(turn)
    keys = Project.objects.visible_to(user).order_by("key").values_list("key", flat=True)
    return Situation(
        now=now,
        project=project.key,
        tasks=_known_tasks(user),
        listed=listed,
        touched=touched,
        projects=tuple(keys),
        day_first=user.day_first,
    )


def _known_tasks(user: User) -> tuple[KnownTask, ...]:
    tasks = (
        Task.objects.listed_for(user)
        .kept()
        .only("number", "title", "status", "due_date", "due_at", "project__key")
    )
    open_tasks = list(tasks.open().order_by("-updated_at")[:KNOWN_TASKS])
    done = list(tasks.done().by_completion()[:KNOWN_DONE])
    return tuple(
        KnownTask(each.ref, each.title, not each.is_open, each.due_text(user.zone))
        for each in open_tasks + done
    )


def _before(turn: Turn) -> tuple[Sequence[str], Sequence[str]]:
    """The tasks last listed ("the second") and last changed ("it"), newest turn first. A list that came after
    a change makes "it" one of the list; talk in between takes nothing away."""
    earlier = Turn.objects.filter(conversation=turn.conversation_id, created_at__lt=turn.created_at)
    turns = list(earlier.order_by("-created_at", "-id").values_list("pk", flat=True)[:TURNS_REMEMBERED])
    lists: dict[UUID, list[str]] = {}
    calls = ToolCall.objects.filter(turn__in=turns, name="list_tasks", status=ToolCall.Status.DONE)
    for row in calls.order_by("step", "position").only("turn_id", "result"):
        lists[row.turn_id] = [each["task"] for each in (row.result or {})["tasks"]]
    changes: dict[UUID, dict[str, None]] = {}
    changed = Change.objects.filter(turn__in=turns, object_type=Change.Object.TASK).exclude(verb="undo")
    added: dict[UUID, list[str]] = {}
    for pk, ref, verb in changed.order_by("created_at", "id").values_list("turn", "ref", "verb"):
        changes.setdefault(pk, {})[ref] = None
        if verb == "create":
            added.setdefault(pk, []).append(ref)
    # An answer lists the several that it added.
    lists = {pk: refs for pk, refs in added.items() if len(refs) > 1} | lists
    touched: list[str] = []
    for pk in turns:
        touched = touched or list(changes.get(pk, ()))
        if pk in lists:
            return lists[pk], touched or lists[pk][:1] * (len(lists[pk]) == 1)
    return (), touched


def _call(row: ToolCall) -> Call:
    return Call(row.call_id, row.name, row.arguments, row.invalid)


def _answer(row: ToolCall) -> Answer:
    return Answer(row.call_id, row.name, row.result or {}, row.status != ToolCall.Status.DONE)
