"""docs/announcements.md shows every event as it is really said."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from sami.apply.announced import _OF_A_LEAD
from sami.carriers.outgoing_webhooks import announcement_body
from sami.domain.outcomes import announcements
from sami.domain.outcomes.announcements import Event
from sami.domain.outcomes.effects import Announce
from tests.support.make import AT

PAGE = (Path(__file__).parents[2] / "docs" / "announcements.md").read_text()
SHOWN: list[dict[str, Any]] = [json.loads(block) for block in re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)]
NOTICE: dict[str, Any] = {"text": "", "who": [], "lead": None, "call": None}
SAID = [
    announcements.lead_created(1, dict.fromkeys(_OF_A_LEAD), None, AT),
    announcements.lead_assigned(1, None, "ana", why="", by="", change="x", at=AT),
    announcements.call_outcome("CA1", "missed_transfer", lead_id=1, by="call", at=AT, abandoned=True, answered_by=None),
    announcements.task_created(1, "", owner=None, due_at=AT, lead_id=1, call=None),
    announcements.cadence_ended(1, "x", state="completed", why="", by="", at=AT),
    Announce(Event.NOTICE, NOTICE, "x"),
]


def test_every_event_has_its_example() -> None:
    assert {said["type"] for said in SHOWN} == set(Event) == {said.event for said in SAID}


@pytest.mark.parametrize("said", SAID, ids=lambda said: said.event)
def test_an_example_has_the_keys_that_are_sent(said: Announce) -> None:
    (shown,) = [example for example in SHOWN if example["type"] == said.event]
    sent = json.loads(announcement_body(said.event, AT, said.payload))
    assert _keys(shown) == _keys(sent)


def _keys(document: Any) -> Any:
    return {key: _keys(value) for key, value in document.items()} if isinstance(document, dict) else None
