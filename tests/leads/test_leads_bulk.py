"""Many leads change hands in one go, in parts that can be carried on, and go back where nobody moved them since."""

from collections import Counter
from typing import Any

import pytest

from sami.database.engine import Database
from sami.domain.assignment.batches import LeadFilter
from sami.domain.language.actor import person
from sami.domain.leads.stages import Stage
from sami.errors import SamiError
from sami.leads.bulk import carry_on, plan_bulk, preview_bulk, reassign_bulk
from sami.leads.bulk_undo import Undone, undo_bulk, undo_part
from sami.leads.owners import reassign
from sami.leads.refusals import AgentInactive, AgentUnknown, BatchUndone, BatchUnknown, FilterEmpty, SplitRefused
from sami.leads.stages import change_stage
from sami.store.access import lead_batches
from sami.store.leads import ownerships
from tests.support.leading import HOUR, MINUTE, Business

ANAS = LeadFilter(owner="ana")
SPLIT = {"ben": 60, "dee": 40}


@pytest.fixture
def business(database: Database) -> Business:
    return Business(database)


def plan(business: Business, wanted: LeadFilter = ANAS, split: dict[str, int] | None = None, **more: Any) -> str:
    asked = {"reason": "Ana leaves", "by": person("olive"), "now": business.now} | more
    return business.do(lambda db: plan_bulk(db, filter=wanted, split=split or SPLIT, **asked))


def move(business: Business, wanted: LeadFilter = ANAS, split: dict[str, int] | None = None, **more: Any) -> str:
    asked = {"reason": "Ana leaves", "by": person("olive"), "now": business.now} | more
    return business.do(lambda db: reassign_bulk(db, filter=wanted, split=split or SPLIT, **asked))


def undo(business: Business, ref: str) -> Undone:
    return business.do(lambda db: undo_bulk(db, ref, by=person("olive"), now=business.now))


def test_leads_go_by_weights_in_one_batch(business: Business) -> None:
    leads = [business.lead("ana") for _ in range(10)]
    bens = business.lead("ben")
    ref = move(business)
    assert Counter(business.owners(leads)) == {"ben": 6, "dee": 4}
    assert business.owners(leads)[:5] == ["ben", "dee", "ben", "dee", "ben"]
    assert business.history(leads[0])[-1] == ("ana", "ben", "Ana leaves", "olive")
    assert {row.batch for row in business.rows(ownerships) if row.lead_id in leads and row.from_id} == {ref}
    assert business.told(leads[0]) == [f"Reassigned in batch {ref} by olive: Ana leaves"]
    assert len(business.history(bens)) == 1
    business.expect_true_books()


def test_each_person_hears_once_however_many_leads_moved(business: Business) -> None:
    for owner in [*["ana"] * 7, *["cy"] * 3]:
        business.lead(owner, source="Zillow")
    move(business, LeadFilter(source="zillow"), {"ben": 1}, by=person("cy"), reason="Ben knows them")
    assert business.texts_to("ben") == ["10 leads are yours now, from Ana Ruiz (7), Cy Lund (3). Why: Ben knows them"]
    assert business.texts_to("ana") == ["7 leads of yours went to Ben Okafor. Why: Ben knows them"]
    assert business.texts_to("cy") == []


def test_nobody_is_told_where_nobody_should_be(business: Business) -> None:
    business.lead("ana")
    ref = move(business, notify=False)
    undo(business, ref)
    assert business.texts_to("ana") == business.texts_to("ben") == []


def test_tasks_move_with_their_leads(business: Business) -> None:
    lead = business.lead("ana")
    business.task(lead, "ana")
    move(business, split={"ben": 1})
    assert business.task_owners(lead) == [business.ids["ben"]]


def test_a_preview_says_what_would_move_and_moves_nothing(business: Business) -> None:
    leads = [business.lead("ana", stage=stage) for stage in ("NEW", "QUALIFIED", "CLOSED", "NEW", "NEW")]
    preview = business.do(lambda db: preview_bulk(db, filter=ANAS, split={"ana": 1, "ben": 4}))
    assert (preview.found, preview.stay, preview.moves) == (5, 1, {("ana", "ben"): 4})
    assert preview.stages == {Stage.NEW: 3, Stage.QUALIFIED: 1, Stage.CLOSED: 1}
    assert set(business.owners(leads)) == {"ana"}
    assert business.rows(lead_batches) == []


FILTERS: dict[str, LeadFilter] = {
    "by stage": LeadFilter(stage=Stage.QUALIFIED),
    "by source, whatever its case": LeadFilter(source="ZILLOW"),
    "by tag": LeadFilter(tag="Vip"),
    "by state": LeadFilter(state="tx"),
    "by when it came": LeadFilter(created_after=Business.BEGAN + HOUR, created_before=Business.BEGAN + 2 * HOUR),
    "by all of it": LeadFilter("ana", Stage.QUALIFIED, "Zillow", "vip", "TX", Business.BEGAN, Business.BEGAN + HOUR),
}


@pytest.mark.parametrize("wanted", FILTERS.values(), ids=FILTERS.keys())
def test_a_filter_finds_what_it_says(business: Business, wanted: LeadFilter) -> None:
    came = {"created_at": business.now + HOUR}
    stated = {"stage": "QUALIFIED", "source": "Zillow", "tags": ["new", "vip"], "state": "TX"}
    meant = business.lead("ana", **stated, **came)
    other = business.lead("ana", tags=["vipers"], source="Zill", state="TN", created_at=business.now + 3 * HOUR)
    move(business, wanted, {"ben": 1})
    assert business.owners([meant, other]) == ["ben", "ana"]


@pytest.mark.parametrize(
    ("wrong", "refusal"),
    [
        pytest.param({"wanted": LeadFilter()}, FilterEmpty, id="every lead there is"),
        pytest.param({"wanted": LeadFilter(owner="max")}, AgentUnknown, id="of a stranger"),
        pytest.param({"split": {"max": 1}}, AgentUnknown, id="to a stranger"),
        pytest.param({"split": {"ben": 1, "cy": 1}}, AgentInactive, id="to somebody who left"),
        pytest.param({"split": {"ben": 0}}, SplitRefused, id="by no weight"),
        pytest.param({"split": {"ben": 1_001}}, SplitRefused, id="by a weight beyond measure"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_planned(
    business: Business, wrong: dict[str, Any], refusal: type[SamiError]
) -> None:
    business.set_agent("cy", active=False)
    lead = business.lead("ana")
    with pytest.raises(refusal):
        plan(business, **wrong)
    assert business.rows(lead_batches) == []
    assert business.owner(lead) == "ana"


def test_leads_of_somebody_who_left_can_be_divided(business: Business) -> None:
    lead = business.lead("ana")
    business.set_agent("ana", active=False)
    move(business, split={"ben": 1})
    assert business.owner(lead) == "ben"
    assert business.texts_to("ana") == []


# --- In parts.


def test_a_batch_moves_in_parts_and_tells_at_the_end(business: Business) -> None:
    leads = [business.lead("ana") for _ in range(7)]
    ref = plan(business, split={"ben": 1})
    assert set(business.owners(leads)) == {"ana"}
    seen = []
    for _ in range(3):
        progress = business.do(lambda db: carry_on(db, ref, now=business.now, limit=3))
        seen.append((progress.done, progress.planned, len(business.texts_to("ben"))))
        business.expect_true_books()
    assert seen == [(3, 4, 0), (6, 1, 0), (7, 0, 1)]
    assert business.do(lambda db: carry_on(db, ref, now=business.now)).is_finished
    assert len(business.texts_to("ben")) == 1


def test_an_interrupted_batch_can_be_undone(business: Business) -> None:
    leads = [business.lead("ana") for _ in range(5)]
    ref = plan(business, split={"ben": 1})
    business.do(lambda db: carry_on(db, ref, now=business.now, limit=2))
    undone = undo(business, ref)
    assert (undone.given_back, undone.left) == (2, ())
    assert set(business.owners(leads)) == {"ana"}
    with pytest.raises(BatchUndone):
        business.do(lambda db: carry_on(db, ref, now=business.now))
    business.expect_true_books()


def test_who_moved_a_lead_before_its_turn_knew_better(business: Business) -> None:
    leads = [business.lead("ana") for _ in range(2)]
    ref = plan(business, split={"ben": 1})
    business.do(
        lambda db: reassign(db, lead_id=leads[0], to="cy", reason="asked", by=person("olive"), now=business.now)
    )
    progress = business.do(lambda db: carry_on(db, ref, now=business.now))
    assert (progress.done, progress.left) == (1, 1)
    assert business.owners(leads) == ["cy", "ben"]


def test_who_leaves_meanwhile_gets_nothing_more(business: Business) -> None:
    lead = business.lead("ana")
    ref = plan(business, split={"ben": 1})
    business.set_agent("ben", active=False)
    assert business.do(lambda db: carry_on(db, ref, now=business.now)).left == 1
    assert business.owner(lead) == "ana"


# --- Undone.


def test_an_undo_gives_back_and_says_so_once_to_each(business: Business) -> None:
    leads = [business.lead(owner) for owner in ("ana", "ana", "cy")]
    ref = move(business, LeadFilter(stage=Stage.NEW), {"ben": 1})
    business.now += MINUTE
    assert undo(business, ref) == Undone(ref, 3, (), 0)
    assert business.owners(leads) == ["ana", "ana", "cy"]
    assert business.history(leads[2])[-1] == ("ben", "cy", f"undo of {ref} (Ana leaves)", "olive")
    assert business.texts_to("ana")[-1] == f"2 leads are yours now, from Ben Okafor. Why: undo of {ref} (Ana leaves)"
    assert len(business.texts_to("ben")) == 2
    business.expect_true_books()


def test_a_second_undo_is_refused(business: Business) -> None:
    lead = business.lead("ana")
    ref = move(business, split={"ben": 1})
    undo(business, ref)
    business.do(lambda db: reassign(db, lead_id=lead, to="ben", reason="asked", by=person("olive"), now=business.now))
    with pytest.raises(BatchUndone):
        undo(business, ref)
    assert business.owner(lead) == "ben"
    with pytest.raises(BatchUnknown):
        undo(business, "made-up")


def test_an_undo_leaves_alone_what_was_moved_since_and_names_it(business: Business) -> None:
    away, there_and_back, still = (business.lead("ana") for _ in range(3))
    ref = move(business, split={"ben": 1})
    for lead, to in ((away, "cy"), (there_and_back, "cy"), (there_and_back, "ben")):
        business.do(
            lambda db, i=lead, t=to: reassign(db, lead_id=i, to=t, reason="asked", by=person("olive"), now=business.now)
        )
    undone = undo(business, ref)
    assert [(left.lead_id, left.why) for left in undone.left] == [
        (away, "changed hands since"),
        (there_and_back, "changed hands since"),
    ]
    assert (undone.given_back, business.owners([away, there_and_back, still])) == (1, ["cy", "ben", "ana"])


def test_nothing_goes_back_to_somebody_who_left(business: Business) -> None:
    lead = business.lead("ana")
    ref = move(business, split={"ben": 1})
    business.set_agent("ana", active=False)
    assert [left.why for left in undo(business, ref).left] == ["who had it is no longer active"]
    assert business.owner(lead) == "ben"


def test_leads_of_the_pond_go_back_as_they_were(business: Business) -> None:
    since = business.now - HOUR
    lead = business.lead(None, pond_since=since, unowned_reason="no rule matches", may_be_assigned=False, state="TX")
    ref = move(business, LeadFilter(state="TX"), {"ben": 1})
    assert business.owner(lead) == "ben"
    business.now += MINUTE
    undo(business, ref)
    row = business.find(lead)
    assert (row.owner_id, row.pond_since, row.unowned_reason, row.may_be_assigned) == (
        None,
        since,
        "no rule matches",
        False,
    )
    business.expect_true_books()


def test_what_happened_to_a_lead_besides_stays(business: Business) -> None:
    lead = business.lead("ana")
    ref = move(business, split={"ben": 1})
    business.do(lambda db: change_stage(db, lead_id=lead, stage="CLOSED", by=person("ben"), now=business.now))
    undo(business, ref)
    assert (business.owner(lead), business.find(lead).stage) == ("ana", "CLOSED")
    business.expect_true_books()


def test_an_undo_that_was_interrupted_goes_on(business: Business) -> None:
    leads = [business.lead("ana") for _ in range(5)]
    ref = move(business, split={"ben": 1})
    first = business.do(lambda db: undo_part(db, ref, by=person("olive"), now=business.now, begin=True, limit=2))
    assert (first.given_back, first.remaining, len(business.texts_to("ana"))) == (2, 3, 1)
    assert undo(business, ref).given_back == 5
    assert set(business.owners(leads)) == {"ana"}
    assert len(business.texts_to("ana")) == 2
    business.expect_true_books()
