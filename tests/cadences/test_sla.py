"""Nobody answered in time: once for each lead its people hear of it, and the policy may give it to another."""

from typing import Any

import pytest
import tomlkit

from cadences.beats import BEATS
from cadences.sweeps.sla import notice_breaches
from sami.apply import apply
from sami.database.engine import Database
from sami.domain.language.actor import person
from sami.domain.language.phone import E164
from sami.domain.leads.arrivals import NewLead
from sami.domain.outcomes.effects import CreateTask, DoNotContact
from sami.leads.breaches import breach
from sami.leads.clocks import note_response, start_sla
from sami.leads.intake import receive_lead
from sami.outbox.digests import is_still_wanted
from sami.settings.loading import Settings
from sami.settings.sections import LimitsSettings
from sami.store.policies import policy_versions
from sami.store.work import outbox_items
from sami.store.workflow_runs import workflow_runs
from sami.texts.message import InboundText
from sami.texts.receiving import receive_text
from sami.workers.intake import prepare_lead
from tests.support.cast import PHONES, STAFF_LINE, agent, olive, organisation
from tests.support.leading import HOUR, MINUTE, MONDAY_10, Business, team
from tests.support.services import make_network, make_world
from tests.support.signed import publish


@pytest.fixture
def business(database: Database) -> Business:
    return Business(database)


def timed_lead(business: Business, owner: str | None = "ana", **stated: Any) -> int:
    lead = business.lead(owner, **stated)
    business.do(lambda db: start_sla(db, lead_id=lead, policy=None, source="", now=business.now))
    return lead


def look(business: Business) -> None:
    notice_breaches(business.database, business.now)


def publish_policy(business: Business, **document: Any) -> None:
    row = {"kind": "published", "document": document, "effective_at": MONDAY_10 - HOUR, "published_at": MONDAY_10}
    business.do(lambda db: db.execute(policy_versions.insert().values(**row, note="", share=100, published_by="olive")))


def test_the_owner_and_whoever_runs_the_team_hear_once(business: Business) -> None:
    lead = timed_lead(business)
    phone = business.find(lead).phone
    business.now += 5 * MINUTE + MINUTE / 4
    for _ in range(3):
        look(business)
    assert business.texts_to("ana") == [
        f"Please call Maria Ortiz, {phone}: lead L{lead} was to be answered by 10:05 AM, and nobody has."
    ]
    assert business.texts_to("olive") == [
        f"Lead L{lead}, Maria Ortiz, {phone}, was to be answered by 10:05 AM, and nobody has. It is Ana Ruiz's."
    ]
    assert business.find(lead).sla_state == "breached"
    assert business.told(lead) == ["Nobody responded in time."]
    assert business.open_exceptions(lead) == ["sla_breached"]
    assert business.owner(lead) == "ana"


def test_the_very_instant_is_in_time(business: Business) -> None:
    lead = timed_lead(business)
    business.now += 5 * MINUTE
    look(business)
    assert business.find(lead).sla_state == "active"


def test_managers_are_told_instead_of_admins(database: Database) -> None:
    business = Business(database, team(dee={"role": "manager"}))
    timed_lead(business)
    business.now += 6 * MINUTE
    look(business)
    assert [len(business.texts_to(key)) for key in ("ana", "dee", "olive")] == [1, 1, 0]


def test_a_manager_who_owns_the_lead_hears_once(database: Database) -> None:
    business = Business(database, team(ana={"role": "manager"}))
    timed_lead(business)
    business.now += 6 * MINUTE
    look(business)
    assert len(business.texts_to("ana")) == 1
    assert business.texts_to("ana")[0].startswith("Please call")


def test_of_a_lead_that_nobody_owns_the_admins_hear(business: Business) -> None:
    timed_lead(business, None)
    business.now += 6 * MINUTE
    look(business)
    assert business.texts_to("olive")[0].endswith("Nobody owns it.")


@pytest.mark.parametrize("stage", ["CLOSED", "ARCHIVED", "TRASHED"])
def test_what_was_put_away_needs_no_answer(business: Business, stage: str) -> None:
    timed_lead(business, stage=stage)
    business.now += HOUR
    look(business)
    assert business.texts_to("olive") == []


def test_who_answers_at_the_last_moment_is_faster_than_the_sweep(business: Business) -> None:
    lead = timed_lead(business)
    business.now += 6 * MINUTE
    business.do(lambda db: note_response(db, lead_id=lead, at=business.now, how="a call was answered"))
    assert not business.do(lambda db: breach(db, lead, business.now))
    assert business.texts_to("ana") == []


@pytest.mark.parametrize(
    "policy", [{"sla": {"escalate": True}}, {"reassign_on": ["sla_breached"]}], ids=["escalate", "reassign_on"]
)
def test_a_breach_gives_the_lead_to_another_where_the_policy_says_so(
    business: Business, policy: dict[str, Any]
) -> None:
    publish_policy(business, **policy, default={"agents": ["ana", "ben"]})
    lead = timed_lead(business)
    business.now += 6 * MINUTE
    look(business)
    assert business.owner(lead) == "ben"
    before, after, why, by = business.history(lead)[-1]
    assert (before, after, by) == ("ana", "ben", "policy")
    assert why.startswith("sla_breached")
    phone = business.find(lead).phone
    assert business.texts_to("ana") == [f"Lead L{lead}, Maria Ortiz, went from you to Ben Okafor. Why: sla breached"]
    assert business.texts_to("ben") == [
        f"Lead L{lead} is yours now: Maria Ortiz, {phone}, from Ana Ruiz. Why: sla breached"
    ]
    assert business.texts_to("olive")[0].endswith("and nobody has. It is Ben Okafor's.")
    assert business.find(lead).sla_state == "breached"
    business.expect_true_books()


def test_who_is_the_only_one_keeps_the_lead(business: Business) -> None:
    publish_policy(business, sla={"escalate": True}, default={"agent": "ana"})
    lead = timed_lead(business)
    business.now += 6 * MINUTE
    look(business)
    assert business.owner(lead) == "ana"
    assert len(business.history(lead)) == 1


def test_a_breach_sets_workflows_going(database: Database) -> None:
    escalation = '[[workflows]]\nkey = "late"\non = "sla_breached"\nactions = [{ do = "add_tag", tag = "late" }]\n'
    people = [agent("ana"), olive()]
    business = Business(database, f"{organisation(agents=people)}\n{escalation}")
    lead = timed_lead(business)
    business.now += 6 * MINUTE
    look(business)
    assert business.find(lead).tags == ["late"]
    assert [run.trigger for run in business.rows(workflow_runs)] == ["sla_breached"]


def test_the_beat_looks_every_fifteen_seconds() -> None:
    assert [beat.every_s for beat in BEATS if beat.name == "sla"] == [15]


def test_a_clock_may_count_the_owners_working_hours_only(database: Database) -> None:
    file = team(ana={"hours": "Mo-Fr 12:00-18:00"}, ben={"leads": False}, cy={"leads": False}, dee={"leads": False})
    policy = {"note": "hours", "sla": {"minutes": 5, "counts": "working_hours"}, "default": {"agent": "ana"}}
    business = Business(database, file + tomlkit.dumps({"policy": policy}))
    prepared = prepare_lead(database, NewLead(phone="+15125550177"), now=business.now)
    lead = business.do(lambda db: receive_lead(db, prepared, by=person("test"), now=business.now).lead_id)
    assert business.owner(lead) == "ana"
    assert business.find(lead).sla_due_at == MONDAY_10 + 2 * HOUR + 5 * MINUTE
    business.now += 2 * HOUR
    look(business)
    assert business.find(lead).sla_state == "active"


NIGHT = 16 * HOUR  # From Monday 10:00 to Tuesday 2:00 in Chicago.


def worked(database: Database) -> Business:
    """Ana and Dee, who manages, work by day."""
    hours = "Mo-Fr 09:00-18:00"
    return Business(database, team(ana={"hours": hours}, dee={"role": "manager", "calls": False, "hours": hours}))


def wakes(business: Business, key: str) -> list[Any]:
    """When each text to them may leave."""
    return [row.due_at for row in business.rows(outbox_items) if row.payload["to"] == PHONES[key]]


def test_nobody_off_duty_is_woken_by_a_breach(database: Database) -> None:
    business = worked(database)
    business.now += NIGHT
    timed_lead(business)
    business.now += 6 * MINUTE
    look(business)
    nine = MONDAY_10 + 23 * HOUR
    assert (wakes(business, "ana"), wakes(business, "dee")) == ([nine], [nine])
    assert "was to be answered by 2:05 AM" in business.texts_to("ana")[0]


def test_who_is_off_or_out_of_office_is_told_when_they_are_back(database: Database) -> None:
    business = worked(database)
    business.set_agent("ana", calls_on=False, calls_off_until=business.now + 3 * HOUR)
    timed_lead(business)
    business.now += 6 * MINUTE
    look(business)
    assert wakes(business, "ana") == [MONDAY_10 + 3 * HOUR]
    assert wakes(business, "dee") == [business.now]


def test_what_was_answered_meanwhile_is_not_said_in_the_morning(database: Database) -> None:
    business = worked(database)
    business.now += NIGHT
    lead = timed_lead(business)
    business.now += 6 * MINUTE
    look(business)
    [to_ana, _] = [row for row in business.rows(outbox_items) if row.payload.get("bundle")]
    assert business.do(lambda db: is_still_wanted(db, to_ana))
    business.do(lambda db: note_response(db, lead_id=lead, at=business.now + HOUR, how="Ben called"))
    assert not business.do(lambda db: is_still_wanted(db, to_ana))


def test_the_response_to_a_missed_call_is_not_due_before_its_task(database: Database) -> None:
    business = worked(database)
    lead = timed_lead(business)
    due_at = MONDAY_10 + 23 * HOUR
    missed = CreateTask("missed/CA1", "Call back", business.ids["ana"], due_at, lead, is_response=True)
    business.do(lambda db: apply(db, [missed], business.now))
    assert business.find(lead).sla_due_at == due_at
    later = DoNotContact(lead, due_at + HOUR, "asked", person("test"))
    business.do(lambda db: apply(db, [later], business.now))
    assert business.find(lead).sla_due_at == due_at + HOUR
    business.now += 6 * HOUR
    look(business)
    assert business.texts_to("ana") == []


def test_several_breaches_of_one_person_are_one_message(database: Database, settings: Settings) -> None:
    """All at once, and those of the next ten minutes."""
    business = Business(database)
    world = make_world(database, settings, make_network(settings))
    world.network.add_line(STAFF_LINE, "https://calls.example.com/webhooks/voice")
    publish(database, team())
    world.now = business.now

    def pass_time(minutes: float) -> list[str]:
        business.now = world.now = business.now + minutes * MINUTE
        look(business)
        for _ in range(3):
            world.deliver(limit=50)
        return [text.body for text in world.network.texts_to(PHONES["ana"])]

    for number in range(3):
        timed_lead(business, name=f"Lee Number{number}")
    pass_time(2)
    for _ in range(2):
        timed_lead(business, name="Jo")
    [said] = pass_time(4)
    assert said.startswith("3 notices:\nPlease call Lee Number0")
    assert len(pass_time(2)) == 1
    assert pass_time(9)[1:] == [said for said in pass_time(1) if said.startswith("2 notices:\nPlease call Jo")]


def test_done_and_an_attempt_by_text_stop_the_clock(business: Business) -> None:
    for words in ("DONE T1", "NO ANSWER L2"):
        lead = timed_lead(business)
        business.task(lead, "ana")
        text = InboundText(f"SM{lead}", E164(PHONES["ana"]), E164(STAFF_LINE), words)
        business.do(lambda db, text=text: receive_text(db, text, LimitsSettings(), business.now))
        assert business.find(lead).sla_state == "met", words
