"""What a preview says is what then happens, under a moved clock."""

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from cadences.trying import Tried, try_out
from cadences.waits import SEARCH
from sami.database.engine import Database
from sami.settings.sections import CadencesSettings
from sami.store.cadences import enrolments
from sami.store.leads import find_lead
from sami.store.outbound_calls import placed_calls
from tests.support.cadencing import CALL, DAY, TEXT, Cadencing, Steps
from tests.support.counts import count
from tests.support.leading import MONDAY_10

DEFINITIONS = count(60, 1_000)
AT_ONCE = 20  # Cadences of one file.

PHONES = {  # A phone of each numbering plan, and states that lie in several zones.
    "US": ("+1512555{:04d}", "+1212555{:04d}", "+1808555{:04d}", "+1907555{:04d}", "+1623555{:04d}"),
    "GB": ("+44740012{:04d}", "+44207946{:04d}"),
    "AU": ("+6141234{:04d}",),
    "IN": ("+919812{:06d}",),
    "BR": ("+5511987{:06d}",),
    "NZ": ("+642112{:05d}",),
}
STATES = (None, "TX", "FL", "AZ", "ID", "NY", "HI")
UNITS = ("minutes", "hours", "days", "weeks", "months")
WINDOWS = ("09:00-18:00", "08:30-12:00", "19:00-24:00", "01:30-03:30", "06:00-07:00", "00:00-24:00")
WEEKDAYS = ("Mo-Fr", "Sa-Su", "Tu,Th", "Su", "Fr-Mo")


def preview(business: Cadencing, lead: int, key: str = "cadence", at: datetime | None = None) -> Tried:
    with business.database.read() as db:
        return try_out(db, key, find_lead(db, lead), business.settings, now=business.now, at=at)


def said(tried: Tried) -> list[tuple[datetime, str, str | None]]:
    return [(moment.at, moment.said, moment.left_out) for moment in tried.moments]


def test_a_preview_says_what_comes_when_and_in_which_words(database: Database) -> None:
    business = Cadencing(database, cadence=[TEXT, DAY, CALL, {"do": "task", "title": "Call {lead.name}"}])
    tried = preview(business, business.lead())
    tomorrow = MONDAY_10 + timedelta(days=1)
    assert said(tried) == [
        (MONDAY_10, "Hi Maria, it is Ana.", None),
        (tomorrow, "hangs up on a machine", None),
        (tomorrow, "Call Maria Ortiz (for the owner, due in 5 minutes)", None),
    ]
    assert (tried.zones, tried.ending.at, tried.ending.why) == (("America/Chicago",), tomorrow, "every step was taken")


def test_a_preview_writes_nothing(database: Database) -> None:
    business = Cadencing(database, cadence=[TEXT])
    preview(business, business.lead())
    assert business.rows(enrolments) == []


def test_who_is_in_it_already_sees_what_is_still_to_come(database: Database) -> None:
    business = Cadencing(database, cadence=[TEXT, DAY, CALL])
    lead = business.lead()
    business.enrol(lead)
    business.run()
    tried = preview(business, lead)
    assert [(moment.at, moment.do) for moment in tried.moments] == [(MONDAY_10 + timedelta(days=1), "call_lead")]
    assert tried.stands_at == 1


def test_as_if_it_began_at_another_time(database: Database) -> None:
    business = Cadencing(database, cadence=[TEXT])
    night = datetime(2026, 7, 4, 5, 0, tzinfo=UTC)
    tried = preview(business, business.lead(), at=night)
    assert [moment.at for moment in tried.moments] == [datetime(2026, 7, 4, 13, 0, tzinfo=UTC)]


@pytest.mark.parametrize("seed", range(0, DEFINITIONS, AT_ONCE))
def test_what_was_previewed_is_what_then_happens(sqlite_url: str, seed: int) -> None:
    """For definitions, zones and instants made up at random."""
    chance = random.Random(seed)
    database = Database(sqlite_url)
    business = Cadencing(database, **{f"cadence{number}": made_up(chance) for number in range(AT_ONCE)})
    for number in range(AT_ONCE):
        business.settings = made_up_settings(chance)
        business.now = MONDAY_10 + timedelta(minutes=chance.randrange(60 * 24 * 365))
        lead = made_up_lead(business, chance, number)
        tried = preview(business, lead, f"cadence{number}")
        enrolment = business.enrol(lead, f"cadence{number}")
        business.live(until=tried.ending.at + SEARCH)
        assert business.acted(enrolment) == expected(tried), (seed, number)
        assert business.standing(enrolment)[0] == tried.ending.state, (seed, number)
        assert words(business, lead) == expected_words(tried), (seed, number)
        business.do(lambda db: db.execute(placed_calls.delete()))
    database.close()


def expected(tried: Tried) -> list[tuple[datetime, str]]:
    choices = ("stop_if", "branch")
    return [(each.at, each.do) for each in tried.moments if each.left_out is None and each.do not in choices]


def expected_words(tried: Tried) -> list[str]:
    return [each.said for each in tried.moments if each.do == "text_lead" and each.left_out is None]


def words(business: Cadencing, lead: int) -> list[str]:
    return [body for _, body in business.texts(lead)]


def made_up_settings(chance: random.Random) -> CadencesSettings:
    return CadencesSettings(
        quiet_to=chance.choice(("08:00", "09:30")),
        quiet_from=chance.choice(("20:00", "17:45", "21:00")),
        sundays=chance.random() < 0.7,
        contacts_per_day=chance.randint(1, 4),
    )


def made_up_lead(business: Cadencing, chance: random.Random, number: int) -> int:
    country = chance.choice(("US", "US", "US", *PHONES))
    phone = chance.choice(PHONES[country]).format(AT_ONCE * chance.randrange(50, 500) + number)
    stage = chance.choice(("NEW", "CONTACTING", "QUALIFIED"))
    place = {"state": chance.choice(STATES)} if country == "US" else {"country": country}
    stated: dict[str, Any] = {"name": f"Maria {number}", "phone": phone, "stage": stage, **place}
    if chance.random() < 0.1:
        stated |= {"phone": None, "email": f"maria{number}@example.com"}
    return business.lead(
        chance.choice(("ana", "ben")), **stated, tags=chance.sample(["hot", "cold"], chance.randint(0, 2))
    )


def made_up(chance: random.Random, depth: int = 0) -> Steps:
    steps = [made_up_step(chance, depth) for _ in range(chance.randint(1, 6 if depth == 0 else 3))]
    return [*steps, TEXT] if depth == 0 else steps


def made_up_step(chance: random.Random, depth: int) -> dict[str, Any]:
    kind = chance.choice(("text", "text", "call", "wait", "wait", "wait", "branch", "stop_if", "lead", "other"))
    match kind:
        case "text":
            return {"do": "text_lead", "say": "{lead.first_name}: {owner.name}, {organisation.name}."}
        case "call":
            return CALL
        case "wait":
            return made_up_wait(chance)
        case "branch" if depth < 3:
            ways = {"then": made_up(chance, depth + 1)} | (
                {"else": made_up(chance, depth + 1)} if chance.random() < 0.5 else {}
            )
            return {"do": "branch", "when": made_up_condition(chance), **ways}
        case "stop_if":
            return {"do": "stop_if", **chance.choice(tuple(made_up_stops(chance)))}
        case "lead":
            return chance.choice(tuple(made_up_changes(chance)))
    return {"do": "note", "say": "On its way."}


def made_up_wait(chance: random.Random) -> dict[str, Any]:
    parts: dict[str, Any] = {"for": f"{chance.choice((1, 2, 3, 12, 31))} {chance.choice(UNITS)}"}
    parts |= {"between": chance.choice(WINDOWS)} if chance.random() < 0.4 else {}
    parts |= {"on": chance.choice(WEEKDAYS)} if chance.random() < 0.3 else {}
    if len(parts) > 1 and chance.random() < 0.3:
        del parts["for"]
    return {"do": "wait", **parts}


def made_up_condition(chance: random.Random) -> dict[str, Any]:
    return chance.choice(({"tags": ["hot"]}, {"state": ["TX", "NY"]}, {"hours": "Mo-Fr 09:00-17:00"}))


def made_up_stops(chance: random.Random) -> Iterator[dict[str, Any]]:
    yield {"tag": "stop"}
    yield {"stage": ["COMMITTED"]}
    yield {"stage": ["QUALIFIED"], "when": made_up_condition(chance)}


def made_up_changes(chance: random.Random) -> Iterator[dict[str, Any]]:
    yield {"do": "add_tag", "tag": chance.choice(("hot", "stop"))}
    yield {"do": "remove_tag", "tag": "hot"}
    yield {"do": "change_stage", "stage": chance.choice(("QUALIFIED", "COMMITTED", "ARCHIVED", "NEW"))}
    yield {"do": "assign_to", "agent": chance.choice(("ana", "ben"))}
    yield {"do": "pause_cadences", "for": "3 days"}
    yield {"do": "do_not_contact", "for": "2 days"}
    yield {"do": "cancel_cadences"}
