"""R9: after a cadence was cancelled or paused, no step of it starts, and no text of it leaves.

A worker that claims, takes a step and delivers its text is stopped before each of its statements in turn, and somebody
who cancels is let go there, in whole or in part. What had started and left is read inside the cancelling transaction,
as its last act: nothing may come after it.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import Connection

from cadences.runner import run_due
from sami.apply import apply
from sami.calls.deployment import delivery_of
from sami.carriers.twilio import Carrier
from sami.domain.language.actor import person
from sami.domain.language.phone import E164
from sami.domain.leads.stages import Stage
from sami.domain.outcomes.effects import CancelCadences, ChangeStage, Effect, OptOut, PauseCadences
from sami.outbox.delivery import deliver
from sami.outbox.items import Delivery
from sami.settings.loading import Settings
from sami.store.cadences import enrolment_steps
from sami.store.leads import lock_ownership
from sami.store.outbound_calls import placed_calls
from sami.store.work import outbox_items
from tests.support.cadencing import Cadencing, Steps
from tests.support.cast import LINE
from tests.support.counts import count
from tests.support.leading import MONDAY_10
from tests.support.patience import patient
from tests.support.rest_client import InProcess
from tests.support.stepping import Actor, stepping
from webhooks.simulator.network import Network

INTERLEAVINGS = count(40, 5_000)
TEXT = {"do": "text_lead", "say": "Hi {lead.first_name}."}
CADENCES: dict[str, Steps] = {
    "text": [TEXT, TEXT],
    "stage": [{"do": "change_stage", "stage": "CONTACTING"}, TEXT],
    "owner": [{"do": "assign_to", "agent": "ben"}, {"do": "task", "title": "Call"}, TEXT],
    "call": [{"do": "call_lead"}, TEXT],
}
EARLY = 12  # Statements around the claim and the first locks; every second interleaving is there.
_LEFT = ("sending", "sent", "unknown")
_ENDED = "successful transfer"


def cancels(lead: int, phone: E164, key: str) -> Iterator[tuple[Effect, ...]]:
    """Each way in which a cadence is cancelled or held back."""
    yield (CancelCadences(lead, _ENDED, person("outcome successful_transfer"), call="CA1"),)
    yield (OptOut(phone, "text SM1"), CancelCadences(lead, "opt out", person("outcome opt_out")))
    yield (CancelCadences(lead, _ENDED, person("olive"), cadence=key),)
    yield (ChangeStage(lead, Stage.ARCHIVED, "", person("olive")),)
    yield (PauseCadences(lead, None, "they replied", person("text SM1")),)


@dataclass(frozen=True, slots=True)
class Said:
    """What a cadence has done: steps that acted, and items of it that left."""

    steps: int
    left: int


class Race:
    """One lead in one cadence, with a worker and somebody who cancels."""

    def __init__(self, business: Cadencing, delivery: Delivery, number: int, chance: random.Random) -> None:
        self.business, self.here, self.chance = business, delivery, chance
        self.key = tuple(CADENCES)[number % len(CADENCES)]
        phone = E164(f"+1512{5560000 + number:07d}")
        self.lead = business.lead(phone=phone)
        self.enrolment = business.enrol(self.lead, self.key)
        self.effects = chance.choice(tuple(cancels(self.lead, phone, self.key)))
        self.before: Said | None = None

    def work(self) -> None:
        run_due(self.here.database, self.here.settings.cadences, self.business.now)
        deliver(self.here, self.business.now)

    def cancel(self) -> None:
        with self.here.database.begin() as db:
            lock_ownership(db)
            apply(db, self.effects, self.business.now)
            self.before = self.look(db)

    def look(self, db: Connection) -> Said:
        steps = db.execute(enrolment_steps.select().where(enrolment_steps.c.enrolment_id == self.enrolment))
        items = db.execute(outbox_items.select().where(outbox_items.c.state.in_(_LEFT)))
        mine = [item for item in items if item.dedupe_key.startswith(f"enrolment/{self.enrolment}/")]
        return Said(len(list(steps)), len(mine))

    def run(self, after: int) -> int:
        """The worker's first `after` statements, then the other, in part or in whole; how many it crossed in all."""
        worker, other = Actor(self.work).start(), Actor(self.cancel).start()
        worker.go(after)
        for _ in range(self.chance.randrange(3)):
            other.go(self.chance.randint(1, 6))
            worker.go(self.chance.randint(0, 6))
        other.finish()
        worker.finish()
        for actor in (other, worker):
            actor.join()
        return worker.crossed

    def end(self) -> None:
        """Whatever was left half done is done, and a day goes by."""
        self.business.now += timedelta(minutes=2)
        self.work()
        self.business.now += timedelta(days=1)
        self.work()


@pytest.mark.timeout(count(120, 3_600))
def test_r09_after_the_cancel_no_step_starts_and_no_text_leaves(database_url: str, settings: Settings) -> None:
    database = patient(database_url)
    business = Cadencing(database, **CADENCES)
    network = a_network(settings)
    carrier = Carrier(settings.twilio, InProcess(lambda: network))
    here = replace(delivery_of(settings, database, carrier), settings=without_pace(settings))
    reached, acted, stopped = 0, 0, 0
    with stepping():
        for number in range(INTERLEAVINGS):
            chance = random.Random(number)
            business.now = MONDAY_10 + timedelta(minutes=number % 300)
            race = Race(business, here, number, chance)
            after = number // 2 % (EARLY if number % 2 else max(EARLY, reached))
            reached = max(reached, race.run(after))
            race.end()
            with database.read(60) as db:
                told = race.look(db)
            assert told == race.before, f"interleaving {number}: {race.key}, {race.effects}"
            acted, stopped = acted + bool(told.steps), stopped + (told.steps == 0)
            clear(business)
    database.close()
    assert min(acted, stopped) > INTERLEAVINGS / 20, "each came first now and then, or nothing is proved"


def a_network(settings: Settings) -> Network:
    token = settings.twilio.auth_tokens[0].get_secret_value()
    network = Network(nobody_answers, start=MONDAY_10, account_sid=settings.twilio.account_sid, auth_token=token)
    network.add_line(LINE, f"{settings.public_url}/webhooks/voice")
    return network


def nobody_answers(*_: Any) -> Any:
    raise AssertionError("nothing is posted while time stands still")


def without_pace(settings: Settings) -> Settings:
    """A turn of its line would make every second text wait, and prove less."""
    cadences = settings.cadences.model_copy(update={"texts_per_line": 1_000.0, "texts_per_account": 1_000.0})
    return settings.model_copy(update={"cadences": cadences})


def clear(business: Cadencing) -> None:
    """What is still to be sent of one race is no concern of the next."""
    for table in (outbox_items, placed_calls):
        business.do(partial(wipe, table=table))


def wipe(db: Connection, *, table: Any) -> None:
    db.execute(table.delete())
