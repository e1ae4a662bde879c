"""What a turn asks of the database before its model speaks and after: a fixed number of statements."""

from __future__ import annotations

from django.db import connection
from django.test.utils import CaptureQueriesContext

from chat import budgets, persistence
from chat.afterwards import index_said
from chat.llm.types import Step
from chat.operations import start_and_post
from chat.tests.person import Person
from chat.tests.scripted_server import ScriptedServer

# The turn with all about it, and its lease. The messages before it, and twice whether there is anything to
# recall. Projects, tasks, messages and finished calls for the request; what was recalled, and the tokens.
BEGINS_WITH = 11
# The turn with all about it, the reply, the calls that did not run, the turn, the conversation, the receipts.
ENDS_WITH = 6
# The turns to index, whether they were about memory, twice, what is local-only; the conversation alone, the
# turn, the memories and the entries of its messages, the last place, the neighbours, and two entries.
INDEXES_WITH = 12
BRACKETS = ("BEGIN", "SAVEPOINT", "RELEASE", "COMMIT")


def test_a_turn_takes_few_statements(person: Person, model: ScriptedServer) -> None:
    posted = start_and_post(actor=person.user, project=None, text="Which carpet does the corridor get?")
    with CaptureQueriesContext(connection) as beginning:
        begun = persistence.begin(posted.turn_id, "here")
    assert begun is not None and begun[1] is not None and begun[1].reserved is not None
    budgets.settle(begun[1].reserved, Step(text="A red one."))
    with CaptureQueriesContext(connection) as ending:
        persistence.finish(
            posted.turn_id, worker="here", status="done", text="A red one.", step=Step(), metadata={}
        )
    with CaptureQueriesContext(connection) as indexing:
        assert index_said(posted.conversation_id) == 2
    counted = [
        sum(not str(query["sql"]).startswith(BRACKETS) for query in each)
        for each in (beginning, ending, indexing)
    ]
    assert counted == [BEGINS_WITH, ENDS_WITH, INDEXES_WITH]
