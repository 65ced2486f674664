"""Nobody answered in time: once for each lead its people hear of it, and the policy may give it to another."""

from typing import Any

import pytest
import tomlkit

from cadences.beats import BEATS
from cadences.sweeps.sla import notice_breaches
from sami.intake import NewLead, prepare_lead, receive_lead
from sami.leads import note_response, start_sla
from sami.leads.breaches import breach
from sami.store.db import Database
from sami.store.policies import policy_versions
from sami.store.workflow_runs import workflow_runs
from tests.cast import agent, olive, organisation
from tests.core.leading import HOUR, MINUTE, MONDAY_10, Business, team


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
    lead = business.do(lambda db: receive_lead(db, prepared, by="test", now=business.now).lead_id)
    assert business.owner(lead) == "ana"
    assert business.find(lead).sla_due_at == MONDAY_10 + 2 * HOUR + 5 * MINUTE
    business.now += 2 * HOUR
    look(business)
    assert business.find(lead).sla_state == "active"
