"""A lead changes hands because a person says so, and moves through its stages by the listed moves."""

import pytest
import tomlkit

from sami.database.engine import Database
from sami.domain.assignment.batches import LeadFilter
from sami.domain.language.actor import Actor, ActorKind, person
from sami.errors import SamiError
from sami.leads.bulk import reassign_bulk
from sami.leads.bulk_undo import undo_bulk
from sami.leads.claims import claim
from sami.leads.history import verify_history
from sami.leads.intake import update_lead_fields
from sami.leads.owners import reassign
from sami.leads.refusals import AgentInactive, AgentUnknown, LeadUnknown, ReasonRequired, StageMoveRefused, StageUnknown
from sami.leads.stages import change_stage
from sami.store.facts import read_directory
from sami.store.leads import leads, ownerships, turn_credits_of
from sami.store.policies import open_exception, policy_versions
from tests.support.leading import MINUTE, Business, team

CRM = Actor(ActorKind.API_KEY, "crm")


@pytest.fixture
def business(database: Database) -> Business:
    return Business(database)


def give(
    business: Business, lead_id: int, to: str = "ben", reason: str = "on leave", by: str = "olive", **more: bool
) -> bool:
    return business.do(
        lambda db: reassign(db, lead_id=lead_id, to=to, reason=reason, by=person(by), now=business.now, **more).changed
    )


def test_a_lead_goes_at_once_and_both_sides_hear_why(business: Business) -> None:
    lead = business.lead("ana")
    business.now += MINUTE
    assert give(business, lead)
    assert business.owner(lead) == "ben"
    assert business.history(lead)[-1] == ("ana", "ben", "on leave", "olive")
    assert business.told(lead) == ["From Ana Ruiz to Ben Okafor by olive: on leave"]
    phone = business.find(lead).phone
    assert business.texts_to("ben") == [
        f"Lead L{lead} is yours now: Maria Ortiz, {phone}, from Ana Ruiz. Why: on leave"
    ]
    assert business.texts_to("ana") == [f"Lead L{lead}, Maria Ortiz, went from you to Ben Okafor. Why: on leave"]
    business.expect_true_books()


@pytest.mark.parametrize(
    "switched", [{"leads_on": False}, {"calls_on": False}, {"opted_out": True, "calls_on": False}, {"verified": False}]
)
def test_the_new_owners_switches_do_not_matter(business: Business, switched: dict[str, bool]) -> None:
    business.set_agent("ben", **switched)
    lead = business.lead("ana")
    assert give(business, lead)
    assert business.owner(lead) == "ben"


def test_stage_score_rule_and_clock_stay_as_they_are(business: Business) -> None:
    stated = {"stage": "QUALIFIED", "score": 70, "matched_rule": "rule/Texas", "sla_state": "active"}
    lead = business.lead("ana", **stated, sla_due_at=business.now + 5 * MINUTE)
    before = business.find(lead)
    give(business, lead)
    after = business.find(lead)
    changed = {name for name in before._fields if getattr(before, name) != getattr(after, name)}
    assert changed == {"owner_id", "history_seal", "given_by_hand"}


def test_open_tasks_of_the_old_owner_move_and_nobody_elses(business: Business) -> None:
    lead = business.lead("ana")
    for key in ("ana", "cy"):
        business.task(lead, key)
    give(business, lead)
    assert business.task_owners(lead) == [business.ids["ben"], business.ids["cy"]]


def test_r14_who_gave_a_lead_stands_beside_how_it_is_written(business: Business) -> None:
    lead = business.lead("ana")
    business.do(lambda db: reassign(db, lead_id=lead, to="ben", reason="asked", by=CRM, now=business.now))
    newest = business.rows(ownerships, lead_id=lead)[-1]
    assert (newest.by, newest.actor_kind, newest.actor_key) == ("api/crm", "api_key", "crm")
    assert business.do(lambda db: verify_history(db, lead_id=lead)) == ()


def test_nobody_is_told_of_their_own_act(business: Business) -> None:
    lead = business.lead("ana")
    give(business, lead, by="ana")
    assert business.texts_to("ana") == []
    assert len(business.texts_to("ben")) == 1
    give(business, lead, to="cy", by="cy")
    assert business.texts_to("cy") == []


def test_who_left_and_who_is_not_to_be_told_is_not_told(business: Business) -> None:
    lead = business.lead("ana")
    business.set_agent("ana", active=False)
    give(business, lead)
    assert business.texts_to("ana") == []
    give(business, lead, to="cy", notify=False)
    assert len(business.texts_to("ben")) == 1
    assert business.texts_to("cy") == []


def test_a_lead_that_is_theirs_already_stays_and_nothing_is_written(business: Business) -> None:
    lead = business.lead("ana")
    assert not give(business, lead, to="ana")
    assert len(business.history(lead)) == 1
    assert business.told(lead) == business.texts_to("ana") == []


def test_a_lead_of_the_pond_leaves_its_list(business: Business) -> None:
    lead = business.lead(None, may_be_assigned=False)
    business.do(lambda db: open_exception(db, lead_id=lead, kind="unmatched", detail="", at=business.now))
    give(business, lead)
    row = business.find(lead)
    assert (row.unowned_reason, row.pond_since, row.may_be_assigned) == (None, None, True)
    assert business.open_exceptions(lead) == []
    assert business.history(lead) == [(None, "ben", "on leave", "olive")]


@pytest.mark.parametrize(
    ("wrong", "refusal", "code"),
    [
        pytest.param({"reason": " \n"}, ReasonRequired, "reason_required", id="without a reason"),
        pytest.param({"to": "max"}, AgentUnknown, "agent_unknown", id="to a stranger"),
        pytest.param({"to": "dee"}, AgentInactive, "agent_inactive", id="to somebody who left"),
        pytest.param({"lead_id": 999}, LeadUnknown, "lead_unknown", id="of no lead"),
    ],
)
def test_what_cannot_be_is_refused_by_name(
    business: Business, wrong: dict[str, object], refusal: type[SamiError], code: str
) -> None:
    business.set_agent("dee", active=False)
    asked = {"lead_id": business.lead("ana"), "to": "ben", "reason": "on leave"} | wrong
    with pytest.raises(refusal) as refused:
        business.do(lambda db: reassign(db, by=person("olive"), now=business.now, **asked))  # type: ignore[arg-type]
    assert refused.value.code == code
    assert [row.owner_id for row in business.rows(leads)] == [business.ids["ana"]]


def test_a_turn_is_counted_only_where_asked(business: Business) -> None:
    first, second = business.lead("ana"), business.lead("ana")
    give(business, first)
    assert business.do(lambda db: turn_credits_of(db, pool="everybody")) == {}
    give(business, second, counts_as_turn=True)
    ids = business.ids
    credits = business.do(lambda db: turn_credits_of(db, pool="everybody"))
    assert credits == {ids["ana"]: 1, ids["ben"]: -3, ids["cy"]: 1, ids["dee"]: 1}


def test_a_counted_turn_costs_what_it_would_have_cost_by_the_rule(business: Business) -> None:
    row = {"kind": "published", "note": "", "share": 100, "published_by": "olive", "published_at": business.now}
    document = {"default": {"agents": ["ana", "ben", "cy"], "weights": {"ana": 50, "ben": 30, "cy": 20}}}
    effective_at = business.now - MINUTE
    business.do(
        lambda db: db.execute(policy_versions.insert().values(**row, document=document, effective_at=effective_at))
    )
    business.set_agent("ana", leads_on=False)
    lead, other = business.lead("cy"), business.lead("cy")
    give(business, lead, to="ben", counts_as_turn=True)
    ids = business.ids
    credits = {ids["ben"]: -20, ids["cy"]: 20}
    assert business.do(lambda db: turn_credits_of(db, pool="default")) == credits
    assert business.rows(ownerships, lead_id=lead)[-1].turn == {"pool": "default", "cost": {"ben": -20, "cy": 20}}
    give(business, other, to="dee", counts_as_turn=True)  # Dee takes no turns there.
    assert business.do(lambda db: turn_credits_of(db, pool="default")) == credits
    business.expect_true_books()


# --- Stages.


def move(business: Business, lead_id: int, stage: str) -> None:
    business.do(lambda db: change_stage(db, lead_id=lead_id, stage=stage, by=person("olive"), now=business.now))


def test_a_stage_changes_with_a_line_on_the_timeline(business: Business) -> None:
    lead = business.lead("ana")
    move(business, lead, "qualified ")
    assert business.find(lead).stage == "QUALIFIED"
    move(business, lead, "QUALIFIED")
    assert business.told(lead) == ["NEW to QUALIFIED by olive"]


def test_a_move_that_is_not_listed_is_refused_with_those_that_are(business: Business) -> None:
    lead = business.lead("ana", stage="ARCHIVED")
    with pytest.raises(StageMoveRefused, match="may go to CONTACTING, TRASHED, and not to CLOSED") as refused:
        move(business, lead, "CLOSED")
    assert refused.value.code == "stage_move_refused"
    with pytest.raises(StageUnknown, match="known are NEW, CONTACTING"):
        move(business, lead, "WON")
    with pytest.raises(LeadUnknown):
        move(business, 999, "CLOSED")


def test_what_was_put_away_does_not_wait_in_the_pond_until_it_comes_back(business: Business) -> None:
    lead = business.lead(None)
    move(business, lead, "TRASHED")
    assert business.find(lead).pond_since is None
    move(business, lead, "ARCHIVED")
    business.now += MINUTE
    move(business, lead, "CONTACTING")
    assert business.find(lead).pond_since == business.now


def test_closing_and_reopening_count_against_the_owners_cap(business: Business) -> None:
    lead = business.lead("ana")
    for stage in ("CLOSED", "CONTACTING", "TRASHED", "ARCHIVED", "CONTACTING"):
        move(business, lead, stage)
        business.expect_true_books()


# What a person decided outranks what the policy would.

CYS = LeadFilter(owner="cy")
TRIGGERS = {
    "note": "Texas for Ana, the rest in turns",
    "reassign_on": ["state", "owner_deactivated"],
    "rules": [{"name": "Texas", "when": {"state": ["TX"]}, "to": {"agent": "ana"}}],
    "constraints": [
        {"name": "Oklahoma is Dee's", "when": {"state": ["OK"]}, "to": {"agent": "dee"}},
        {"name": "Licence", "when": {"state": ["NM"]}, "require": "licence"},
    ],
    "default": {"agent": "ana"},
}


@pytest.fixture
def governed(database: Database) -> Business:
    return Business(database, team(dee={"licences": ["NM"]}) + tomlkit.dumps({"policy": TRIGGERS}))


def change(business: Business, lead_id: int, **changes: str) -> str | None:
    business.now += MINUTE
    business.do(
        lambda db: update_lead_fields(
            db, lead_id=lead_id, changes=changes, by=person("crm"), directory=read_directory(db), now=business.now
        )
    )
    return business.owner(lead_id)


@pytest.mark.parametrize("way", ["given", "claimed", "in bulk"])
def test_a_lead_that_a_person_gave_stays_whatever_the_policy_would_say(governed: Business, way: str) -> None:
    lead = governed.lead("cy" if way != "claimed" else None, state="LA")
    if way == "given":
        give(governed, lead, "ben", "promised to the customer")
    elif way == "claimed":
        governed.do(
            lambda db: claim(db, lead_id=lead, agent_id=governed.ids["ben"], by=person("ben"), now=governed.now)
        )
    else:
        governed.do(
            lambda db: reassign_bulk(
                db, filter=CYS, split={"ben": 1}, reason="Cy leaves", by=person("olive"), now=governed.now
            )
        )
    assert change(governed, lead, state="TX") == "ben"
    assert change(governed, lead, state="OK") == "dee", "but a hard constraint means somebody else"
    assert change(governed, lead, state="TX") == "ana", "whom the policy gave it, it may take it from"


def test_a_lead_given_by_hand_to_who_is_unfit_by_a_hard_constraint_goes(governed: Business) -> None:
    lead = governed.lead("cy", state="LA")
    give(governed, lead, "ben")
    assert change(governed, lead, state="NM") != "ben"


def test_a_lead_given_by_hand_goes_on_when_its_owner_is_gone(governed: Business) -> None:
    lead = governed.lead("cy", state="LA")
    give(governed, lead, "ben")
    governed.set_agent("ben", active=False)
    assert change(governed, lead, state="TX") == "ana"


def test_a_bulk_move_that_is_undone_leaves_the_lead_to_the_policy_again(governed: Business) -> None:
    lead = governed.lead("cy", state="LA")
    done = governed.do(
        lambda db: reassign_bulk(
            db, filter=CYS, split={"ben": 1}, reason="Cy leaves", by=person("olive"), now=governed.now
        )
    )
    governed.do(lambda db: undo_bulk(db, done, by=person("olive"), now=governed.now))
    assert governed.owner(lead) == "cy"
    assert change(governed, lead, state="TX") == "ana"
