"""What happens is announced, from a call's first ring to what follows from it, and only where somebody asked."""

import json
from typing import Any

import pytest

from sami.apply import apply
from sami.domain.language.actor import person
from sami.domain.outcomes.effects import CancelCadences
from sami.notices.subscriptions import subscribe
from sami.outbox.delivery import deliver
from sami.settings.loading import Settings
from sami.store.cadences import insert_enrolment
from sami.store.work import outbox_items
from tests.notices.receiver import Receiver
from tests.support.cast import LEE, organisation
from tests.support.world import World


@pytest.fixture
def told_of(settings: Settings, hooks: Receiver) -> Settings:
    return settings.model_copy(update={"notices": settings.notices.model_copy(update={"allow_hosts": (hooks.place,)})})


def said(world: World, hooks: Receiver) -> dict[str, list[dict[str, Any]]]:
    while deliver(world.worker.delivery, world.now, kinds=("announcement",)):
        pass
    found: dict[str, list[dict[str, Any]]] = {}
    for body in hooks.bodies:
        announced = json.loads(body)
        found.setdefault(announced["type"], []).append(announced["data"])
    return found


def test_a_missed_call_of_somebody_new_is_announced_step_by_step(told_of: Settings, hooks: Receiver) -> None:
    with World(told_of, organisation(), beats=()) as world:
        with world.database.begin() as db:
            subscribe(db, url=hooks.url, events=(), allow=frozenset({hooks.place}), by=person("olive"), now=world.now)
        call = world.call()
        found = said(world, hooks)
        (created,), (outcome,), (task,) = found["lead.created"], found["call.outcome"], found["task.created"]
        (assigned, *_) = found["lead.assigned"]
        assert (created["lead"]["phone"], created["lead"]["source"]) == (LEE, "Website")
        assert created["owner"] == assigned["to"] == task["owner"]
        assert (outcome["call"], outcome["outcome"], outcome["by"]) == (call.sid, "missed_transfer", "call")
        assert {created["lead"]["id"], assigned["lead"], outcome["lead"], task["lead"]} == {created["lead"]["id"]}
        lead = created["lead"]["id"]
        with world.database.begin() as db:
            state = {"state": "active", "version": 1, "step_from": world.now, "enrolled_at": world.now}
            insert_enrolment(db, lead_id=lead, cadence="hello", **state)
            apply(db, [CancelCadences(lead, "missed transfer", person("outcome missed_transfer"))], world.now)
        (ended,) = said(world, hooks)["cadence.ended"]
        assert (ended["lead"], ended["cadence"], ended["state"]) == (lead, "hello", "cancelled")


def test_where_nobody_asked_nothing_is_written(settings: Settings) -> None:
    with World(settings, organisation(), beats=()) as world:
        world.call()
        with world.database.read() as db:
            kinds = {row.kind for row in db.execute(outbox_items.select())}
        assert "announcement" not in kinds
