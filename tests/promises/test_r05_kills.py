"""R5: a worker is killed at any instant: nothing is lost unseen, and nothing said twice.

Every commit and every outside call is an instant of its own at which the process ends, just before and just after;
then instants are drawn at random. After each death another worker goes on where the lease ends. Who died between
marking a text and having it answered may have sent it: it is looked up, and where it is never found it is shown as
unknown (R6); only a notice to staff of a missed transfer is then said once more.
"""

import random
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from sami.database.engine import Database
from sami.domain.language.actor import person
from sami.domain.language.phone import E164
from sami.domain.outcomes.effects import DeleteQueue, Effect, Enrol, PlaceCall, SendText
from sami.organisation.applying import apply_file
from sami.settings.loading import Settings
from sami.store.cadences import enrolment_steps, enrolments
from sami.store.leads import insert_lead
from tests.support.counts import count
from tests.support.dying_worker import DIED, Life, Nursery, rest_over_http
from tests.support.edges import Kind
from tests.support.services import ANA, LINE, NOON, Core, make_network, make_world

EDGE_EVERY = count(12, 1)
KILLS = count(60, 500)
LIVES_MAX = 40
AGAIN = "(Sent again) "
LATER = timedelta(seconds=90)  # Past every lease.
DAYTIME = timedelta(hours=6)  # From noon on: later leads are left alone, and hardly anything would be said.
CADENCE = """
[[cadences]]
key = "two-texts"
name = "Two texts"
steps = [
  { do = "text_lead", say = "First to {lead.name}." },
  { do = "text_lead", say = "Second to {lead.name}." },
]
"""


@pytest.fixture(scope="module")
def nursery() -> Iterator[Nursery]:
    with Nursery() as nursery:
        yield nursery


@pytest.fixture
def world(database: Database, settings: Settings) -> Iterator[Core]:
    network = make_network(settings)
    with rest_over_http(network) as address:
        twilio = settings.twilio.model_copy(update={"api_url": address})
        world = make_world(database, settings.model_copy(update={"twilio": twilio}), network)
        with database.begin() as db:
            apply_file(db, CADENCE, prune=False, by=person("test"), now=NOON + timedelta(seconds=1))
        yield world


def named(number: int, each: str) -> str:
    """In letters: a name with a digit is no name that we would say."""
    return f"Maria {''.join(chr(ord('a') + int(digit)) for digit in str(number))}{each}"


def want(world: Core, number: int) -> None:
    """One of each kind of thing to say; `number` tells this round from the others."""
    names = {each: named(number, each) for each in "abc"}
    with world.database.begin() as db:
        ids = [
            insert_lead(
                db,
                phone=f"+1512557{number * 10 + place:04d}",
                name=name,
                attributes={},
                unowned_reason="nobody was there",
                created_at=world.now,
            )
            for place, name in enumerate(names.values())
        ]
    leads = [each for each in ids if each is not None]
    to_staff = SendText(
        E164(ANA), E164(LINE), f"Missed {number}.", f"missed/CA{number}/ana", agent_id=1, repeats_when_lost=True
    )
    to_lead = SendText(
        E164(f"+1512557{number * 10:04d}"), E164(LINE), f"Sorry {number}.", f"sorry/{number}", for_lead=True
    )
    effects: list[Effect] = [to_staff, to_lead, DeleteQueue(f"CA{number}", after_s=0)]
    effects += [Enrol(lead_id, "two-texts", person("test"), E164(LINE)) for lead_id in leads[:2]]
    phone = E164(f"+1512557{number * 10 + 2:04d}")
    effects.append(PlaceCall(leads[2], phone, E164(LINE), f"call/{number}"))
    world.want(*effects)


def expected(number: int) -> Counter[str]:
    said = [f"Missed {number}.", f"Sorry {number}."]
    said += [f"{which} to {named(number, each)}." for which in ("First", "Second") for each in "ab"]
    return Counter(said)


def said(world: Core) -> Counter[str]:
    return Counter(text.body for text in world.network.texts)


def calls_to(world: Core, number: int) -> int:
    phone = f"+1512557{number * 10 + 2:04d}"
    return sum(1 for leg in world.network.legs.values() if leg.to == phone)


def go_on(world: Core, nursery: Nursery) -> None:
    """Workers that nobody kills, until all is settled."""
    for _ in range(LIVES_MAX):
        world.pass_time(LATER.total_seconds())
        assert nursery.live(Life(world.here.settings, world.now)) == 0
        waits = any(item.state in ("pending", "sending", "unknown") and item.leased_until for item in world.items())
        waits = waits or any(item.state == "pending" for item in world.items())
        if not waits and not any(row.state == "active" for row in world.rows(enrolments)):
            return
    raise AssertionError("something is never settled")


def expect_said_once(world: Core, rounds: int) -> None:
    """Everything wanted has its item, every item is settled, and what was heard is what the items say."""
    heard = said(world)
    wanted = Counter(body for number in range(rounds) for body in expected(number).elements())
    texts = {item.payload["body"].removeprefix(AGAIN): item for item in world.items("text")}
    assert set(texts) == set(wanted)
    for body, item in texts.items():
        times = heard[body] + heard[AGAIN + body]
        assert (item.state, times) in {("sent", 1), ("unknown", 0)}, (body, item.state, times)
        was_said_again = item.payload["body"].startswith(AGAIN)
        assert times == 1 or item.payload["for_lead"] or was_said_again, "staff are told once more"
    calls = {item.dedupe_key: item.state for item in world.items("bot_call")}
    for number in range(rounds):
        assert (calls[f"call/{number}"], calls_to(world, number)) in {("sent", 1), ("unknown", 0)}
    steps = Counter((row.enrolment_id, row.position) for row in world.rows(enrolment_steps))
    assert set(steps.values()) == {1}
    assert len(steps) == 2 * len(world.rows(enrolments))
    unknown = sum(item.state == "unknown" for item in world.items())
    print(f"{rounds} rounds, {len(world.items())} items, {unknown} of them unknown")  # noqa: T201 - to be quoted.


@pytest.mark.timeout(count(240, 3_600))
@pytest.mark.parametrize("kind", [Kind.EXIT_BEFORE, Kind.EXIT_AFTER], ids=["before", "after"])
def test_r05_a_worker_ends_at_every_commit_and_every_outside_call(
    world: Core, nursery: Nursery, tmp_path: Path, kind: Kind
) -> None:
    counted = tmp_path / "crossed"
    want(world, 0)
    assert nursery.live(Life(world.here.settings, world.now, crossed=counted)) == 0
    edges = int(counted.read_text())
    assert edges > 20
    rounds = 1
    for dies_at in range(1 + rounds % EDGE_EVERY, edges + 1, EDGE_EVERY):
        want(world, rounds)
        rounds += 1
        ended = nursery.live(Life(world.here.settings, world.now, kind, dies_at))
        assert ended in (DIED, 0), "0: what was left over of the round before made another way of it"
        world.pass_time(LATER.total_seconds())
    go_on(world, nursery)
    expect_said_once(world, rounds)


@pytest.mark.timeout(count(240, 3_600))
def test_r05_a_worker_is_killed_at_instants_drawn_at_random(world: Core, nursery: Nursery) -> None:
    chance, began = random.Random(5), world.now
    killed, rounds = 0, 0
    while killed < KILLS:
        if world.now - began > DAYTIME:
            go_on(world, nursery)
            began += timedelta(days=1)
            world.pass_time((began - world.now).total_seconds())
        if rounds * 4 <= killed:
            want(world, rounds)
            rounds += 1
        life = Life(world.here.settings, world.now)
        killed += nursery.live(life, killed_after_s=chance.uniform(0.005, 0.4)) != 0
        world.pass_time(LATER.total_seconds())
    go_on(world, nursery)
    expect_said_once(world, rounds)
