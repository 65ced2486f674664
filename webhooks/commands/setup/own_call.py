"""The step that is a call to oneself: the way that a lead's call would take, walked once and told."""

from threading import Event

import click

from sami import clock
from sami.database.engine import Database
from sami.domain.calls.states import CallState
from sami.store.explanations import newest_call_sid
from sami.views.call_story_rows import explain_call
from sami.views.call_words import describe_call
from webhooks.commands.leads.why import print_telling
from webhooks.commands.setup.asking import Asking, StepFailed

LOOK_EVERY_S = 0.5


def walk_chain(asking: Asking, database: Database, line: str | None, wait_s: float) -> None:
    """Whoever sets up calls one of our lines with a phone of theirs; what became of that call is told once it ended."""
    asking.tell("A call to oneself")
    before = _newest(database)
    click.echo(f"Call {line or 'one of the lines'} from any phone that is no agent's, within {wait_s:.0f} seconds.")
    began, pause, sid = clock.monotonic(), Event(), before
    while clock.monotonic() - began < wait_s:
        sid = _newest(database)
        if sid != before and sid is not None and _is_over(database, sid):
            break
        pause.wait(LOOK_EVERY_S)
    if sid is None or sid == before:
        raise StepFailed("No call came. `sami lines` says where Twilio announces the calls of our numbers.")
    with database.read() as db:
        story = explain_call(db, sid)
    assert story is not None, "the call was just found"
    print_telling(describe_call(story))


def _newest(database: Database) -> str | None:
    with database.read() as db:
        return newest_call_sid(db)


def _is_over(database: Database, sid: str) -> bool:
    with database.read() as db:
        story = explain_call(db, sid)
    return story is not None and story.state == CallState.ENDED
