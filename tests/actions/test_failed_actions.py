"""An action that fails is undone alone, kept, and tried again until it works or somebody must look."""

from typing import Any

import pytest

from cadences.sweeps.tasks import retry_actions
from sami.actions import running as service
from sami.actions.running import AGAIN_AFTER, GIVEN_UP, TRIED_AGAIN, Occasion, carry_out_planned
from sami.database.engine import Database
from sami.domain.language.actor import Actor, ActorKind
from sami.domain.organisation.document import Action
from sami.domain.outcomes.actions import Facts
from sami.domain.outcomes.effects import AddTag, CreateTask, WriteTimeline
from sami.domain.outcomes.outcome_actions import Planned
from sami.domain.outcomes.recipients import Recipients
from sami.store.facts import read_directory
from sami.store.leads import update_lead
from sami.store.outcomes import failed_actions
from tests.support.leading import MINUTE, Business

TAG, NOTE = Action("add_tag", tag="hot"), Action("note", say="Called.")


@pytest.fixture
def business(database: Database) -> Business:
    return Business(database)


def occasion(lead_id: int) -> Occasion:
    return Occasion(ActorKind.OUTCOME, "missed_transfer", "missed_transfer/CA1", "task/CA1", {}, lead_id=lead_id)


def carry_out(business: Business, action: Action, lead_id: int, number: int = 0) -> str:
    def act(db: Any) -> str:
        directory = read_directory(db)
        done = service.carry_out(db, occasion(lead_id), action, number, directory=directory, now=business.now)
        return done.state

    return business.do(act)


class Breaks:
    """Applying anything fails so often, then works; what was written before it failed is undone."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, times: int) -> None:
        self._apply, self.left = service.apply, times
        monkeypatch.setattr(service, "apply", self)

    def __call__(self, db: Any, effects: Any, now: Any) -> None:
        self._apply(db, effects, now)
        if self.left > 0:
            self.left -= 1
            raise KeyError("a bug")


def tags(business: Business, lead_id: int) -> list[str]:
    return list(business.find(lead_id).tags)


def test_it_is_done_a_minute_later_and_once(business: Business, monkeypatch: pytest.MonkeyPatch) -> None:
    lead_id = business.lead()
    Breaks(monkeypatch, 1)
    assert carry_out(business, TAG, lead_id) == "failed"
    assert tags(business, lead_id) == []
    retry_actions(business.database, business.now)
    assert tags(business, lead_id) == [], "not yet"
    for _ in range(3):
        business.now += MINUTE
        retry_actions(business.database, business.now)
    assert tags(business, lead_id) == ["hot"]
    assert sum(text.startswith("Tag hot added") for text in business.told(lead_id)) == 1
    assert [(row.state, row.tries) for row in business.rows(failed_actions)] == [("done", 2)]


def test_what_fails_again_and_again_is_given_up_and_seen(business: Business, monkeypatch: pytest.MonkeyPatch) -> None:
    lead_id = business.lead()
    Breaks(monkeypatch, 100)
    carry_out(business, TAG, lead_id)
    for after in AGAIN_AFTER:
        business.now += after
        retry_actions(business.database, business.now)
    [row] = business.rows(failed_actions)
    assert (row.state, row.tries, row.error) == ("given_up", len(AGAIN_AFTER) + 1, GIVEN_UP)
    assert tags(business, lead_id) == []


def planned(number: int, action: Action, lead_id: int, *effects: Any) -> Planned:
    facts = Facts(ActorKind.OUTCOME, "missed_transfer", "missed_transfer/CA1", "task/CA1", Business.BEGAN, Recipients())
    return Planned(action, number, facts, effects)


def test_of_an_outcomes_actions_the_one_that_fails_is_kept_and_the_others_stand(business: Business) -> None:
    """The second refers to an agent who does not exist, which only the database knows."""
    lead_id = business.lead()
    broken = CreateTask("task/CA1/1", "Call", 9_999, business.now, lead_id)
    actions = [
        planned(0, TAG, lead_id, AddTag(lead_id, "hot", Actor(ActorKind.OUTCOME))),
        planned(1, Action("task", title="Call", who="gone"), lead_id, broken),
        planned(2, NOTE, lead_id, WriteTimeline(lead_id, "note", "Called.")),
    ]
    business.do(lambda db: carry_out_planned(db, actions, business.now))
    assert tags(business, lead_id) == ["hot"]
    assert "Called." in business.told(lead_id)
    [row] = business.rows(failed_actions)
    assert (row.key, row.action) == ("missed_transfer/CA1/action/1", {"do": "task", "title": "Call", "who": "gone"})


def test_what_failed_is_told_in_words_and_not_by_what_was_raised(
    business: Business, monkeypatch: pytest.MonkeyPatch
) -> None:
    lead_id = business.lead()
    Breaks(monkeypatch, 2)
    directory = business.do(read_directory)
    done = business.do(
        lambda db: service.carry_out(db, occasion(lead_id), TAG, 0, directory=directory, now=business.now)
    )
    assert done.document == {"do": "add_tag", "state": "failed", "why": TRIED_AGAIN}
    business.now += AGAIN_AFTER[0]
    retry_actions(business.database, business.now)
    [row] = business.rows(failed_actions)
    assert (row.error, row.state) == (TRIED_AGAIN, "pending")


def test_what_fails_twice_at_once_is_kept_once(business: Business, monkeypatch: pytest.MonkeyPatch) -> None:
    lead_id = business.lead()
    Breaks(monkeypatch, 2)
    for _ in range(2):
        carry_out(business, TAG, lead_id)
    assert len(business.rows(failed_actions)) == 1


def test_what_is_tried_again_names_who_owns_the_lead_by_then(business: Business) -> None:
    lead_id = business.lead("ana")
    note = Action("note", say="{owner.first_name} is to call {lead.name}.")
    named = {"owner.first_name": "Ana", "lead.name": "the number ending 0142"}
    facts = Facts(
        *(ActorKind.OUTCOME, "missed_transfer", "missed_transfer/CA1", "task/CA1", business.now, Recipients()),
        values=named,
        lead_id=lead_id,
    )
    broken = CreateTask("task/CA1/0", "Call", 9_999, business.now, lead_id)
    business.do(lambda db: carry_out_planned(db, [Planned(note, 0, facts, (broken,))], business.now))
    business.do(lambda db: update_lead(db, lead_id, owner_id=business.ids["ben"]))
    business.now += AGAIN_AFTER[0]
    retry_actions(business.database, business.now)
    assert "Ben is to call the number ending 0142." in business.told(lead_id)
