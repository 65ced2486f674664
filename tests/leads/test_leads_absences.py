"""Somebody is back from an absence: what the policy gave to their cover meanwhile may be given to them."""

from datetime import UTC, datetime
from typing import Any

import pytest

from sami.assignment.owner import assign_by_policy
from sami.database.engine import Database
from sami.domain.language.actor import person
from sami.errors import SamiError
from sami.leads.absences import plan_give_back
from sami.leads.bulk import carry_on
from sami.leads.bulk_undo import undo_bulk
from sami.leads.owners import reassign
from sami.leads.refusals import AgentInactive, AgentUnknown, NoAbsence, StillAway
from sami.leads.stages import change_stage
from sami.store.facts import read_directory
from sami.store.leads import find_lead
from sami.store.policies import policy_versions
from tests.support.leading import HOUR, MONDAY_10, Business, team

DAY = 24 * HOUR
AWAY = [{"from": "2026-11-16", "to": "2026-11-18", "cover": "ben"}]


@pytest.fixture
def business(database: Database) -> Business:
    """Ana has all leads by the policy, and is away from Monday to Wednesday; Ben covers."""
    business = Business(database, team(ana={"out_of_office": [_dates(away) for away in AWAY]}))
    row = {"kind": "published", "effective_at": MONDAY_10 - DAY, "published_at": MONDAY_10, "note": "", "share": 100}
    document = {"default": {"agent": "ana"}}
    business.do(lambda db: db.execute(policy_versions.insert().values(**row, document=document, published_by="olive")))
    return business


def _dates(absence: dict[str, str]) -> dict[str, Any]:
    days = {name: datetime.fromisoformat(absence[name]).date() for name in ("from", "to")}
    return {**absence, **days}


def arrive(business: Business, **stated: Any) -> int:
    """A lead that the policy gives to whom it names."""
    lead = business.lead(None, **stated)
    business.do(lambda db: assign_by_policy(db, find_lead(db, lead), read_directory(db), business.now))
    return lead


def give_back(business: Business, agent: str = "ana") -> str:
    ref = business.do(lambda db: plan_give_back(db, agent=agent, by=person("olive"), now=business.now))
    business.do(lambda db: carry_on(db, ref, now=business.now))
    return ref


def test_what_the_cover_was_given_and_still_has_goes_back(business: Business) -> None:
    meant = arrive(business)
    assert business.owner(meant) == "ben"
    business.now += 3 * DAY
    ref = give_back(business)
    assert business.owner(meant) == "ana"
    assert business.history(meant)[-1] == ("ben", "ana", "Ana Ruiz is back", "olive")
    assert business.texts_to("ana") == ["1 lead is yours now, from Ben Okafor. Why: Ana Ruiz is back"]
    business.do(lambda db: undo_bulk(db, ref, by=person("olive"), now=business.now))
    assert business.owner(meant) == "ben"
    business.expect_true_books()


def test_everything_else_stays_with_the_cover(business: Business) -> None:
    closed, moved, own = arrive(business), arrive(business), business.lead("ben")
    business.do(lambda db: change_stage(db, lead_id=closed, stage="CLOSED", by=person("ben"), now=business.now))
    for to in ("cy", "ben"):
        business.do(
            lambda db, to=to: reassign(db, lead_id=moved, to=to, reason="asked", by=person("olive"), now=business.now)
        )
    business.now += 3 * DAY
    give_back(business)
    assert business.owners([closed, moved, own]) == ["ben", "ben", "ben"]


def test_the_absence_ends_at_the_agents_own_midnight(business: Business) -> None:
    business.now = datetime(2026, 11, 19, 5, 59, tzinfo=UTC)  # 23:59 on Wednesday in Chicago.
    last = arrive(business)
    business.now += HOUR
    assert business.owner(arrive(business)) == "ana"
    give_back(business)
    assert business.owner(last) == "ana"


@pytest.mark.parametrize(
    ("agent", "days", "refusal"),
    [
        pytest.param("ana", 1, StillAway, id="still away"),
        pytest.param("cy", 5, NoAbsence, id="was never away"),
        pytest.param("ana", -5, NoAbsence, id="the absence is to come"),
        pytest.param("dee", 5, AgentInactive, id="left"),
        pytest.param("max", 5, AgentUnknown, id="a stranger"),
    ],
)
def test_what_cannot_be_given_back_is_refused(
    business: Business, agent: str, days: int, refusal: type[SamiError]
) -> None:
    business.set_agent("dee", active=False)
    business.now += days * DAY
    with pytest.raises(refusal):
        give_back(business, agent)
