"""Workflows set going by what happens to a lead: each trigger, each action, in order, once at a time, and to an end."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from structlog.testing import capture_logs

from sami.actions.workflows import run_for_changes, run_workflows, withhold_notices
from sami.apply import apply
from sami.assignment import owner as assigning
from sami.database.away import DatabaseBusy
from sami.database.engine import Database
from sami.domain.language.actor import person
from sami.domain.leads.condition import Condition
from sami.domain.leads.stages import Stage
from sami.domain.organisation.document import Action, Trigger, Workflow
from sami.domain.outcomes.effects import AddTag, AssignOwner, ChangeStage
from sami.domain.outcomes.workflows import CHAIN_MAX
from sami.store.facts import Directory, read_directory
from sami.store.leads import find_lead, insert_lead, ownerships, timeline
from sami.store.people import change_agent, find_agents
from sami.store.work import outbox_items, tasks
from sami.store.workflow_runs import runs_of
from tests.support.cast import ANA, BEN, LEE, LINE, OLIVE, STAFF_LINE, organisation
from tests.support.signed import publish

MONDAY_10 = datetime(2026, 11, 16, 16, 0, tzinfo=UTC)
EVERYTHING = tuple(Trigger)
ASSIGN, NOTIFY = Action("assign_by_policy"), Action("notify", who="owner")


class OneLead:
    """A business with one lead, Maria, and the workflows that a test writes for it."""

    def __init__(self, database: Database) -> None:
        publish(database, organisation())
        self.database = database
        self.workflows: tuple[Workflow, ...] = ()
        with database.begin() as db:
            self._published = read_directory(db)
            self.ids = {row.key: row.id for row in find_agents(db, keys=("ana", "ben", "cy", "olive"))}
            made = insert_lead(
                db,
                name="Maria Ortiz",
                phone=LEE,
                source="Zillow",
                type="buyer",
                city="Austin",
                state="TX",
                price=450_000,
                attributes={},
                tags=["first"],
                unowned_reason="not assigned yet",
                pond_since=MONDAY_10,
                created_at=MONDAY_10,
            )
        assert made is not None, "the database was empty"
        self.id = made

    @property
    def directory(self) -> Directory:
        return replace(self._published, file=replace(self._published.file, workflows=self.workflows))

    def happens(self, trigger: Trigger, *workflows: Workflow, **told: Any) -> str | None:
        self.workflows = workflows or self.workflows
        with self.database.begin() as db:
            return run_workflows(db, trigger=trigger, lead_id=self.id, directory=self.directory, now=MONDAY_10, **told)

    def does(self, *actions: Action, on: Trigger = Trigger.CONTACT_CREATED) -> list[dict[str, Any]]:
        """What became of each, in the order in which they were carried out."""
        self.happens(on, Workflow("w", on, actions))
        results: list[dict[str, Any]] = self.runs[-1].results
        told = ("do", "state", "why")
        return [{name: value for name, value in result.items() if name in told} for result in results]

    def belongs_to(self, key: str) -> None:
        with self.database.begin() as db:
            apply(db, [AssignOwner(self.id, None, self.ids[key], why="test", by=person("test"))], MONDAY_10)

    def set_agent(self, key: str, **values: Any) -> None:
        with self.database.begin() as db:
            change_agent(db, key=key, values=values)

    @property
    def row(self) -> Any:
        with self.database.read() as db:
            return find_lead(db, self.id)

    @property
    def owner(self) -> str | None:
        return next((key for key, agent_id in self.ids.items() if agent_id == self.row.owner_id), None)

    @property
    def runs(self) -> list[Any]:
        with self.database.read() as db:
            return runs_of(db, self.id)

    @property
    def ran(self) -> list[str]:
        return [run.workflow for run in self.runs]

    @property
    def texts(self) -> list[tuple[str, str, str]]:
        """From where, to whom, and the words."""
        rows = [row.payload for row in self.rows(outbox_items) if row.state == "pending"]
        return [(text["line"], text["to"], text["body"]) for text in rows]

    @property
    def told(self) -> list[str]:
        return [f"{entry.kind}: {entry.text}" for entry in self.rows(timeline)]

    def rows(self, table: Any) -> list[Any]:
        with self.database.read() as db:
            return list(db.execute(table.select()))


@pytest.fixture
def lead(database: Database) -> OneLead:
    return OneLead(database)


def done(*verbs: str) -> list[dict[str, Any]]:
    return [{"do": verb, "state": "done", "why": ""} for verb in verbs]


def note(say: str = "Ran.") -> Action:
    return Action("note", say=say)


def tagged(key: str, tag: str, *actions: Action) -> Workflow:
    return Workflow(key, Trigger.TAG_ADDED, actions, tag=tag)


def tag(name: str) -> Action:
    return Action("add_tag", tag=name)


def to(stage: Stage) -> Action:
    return Action("change_stage", stage=(stage,))


# --- The default.


def test_a_new_lead_is_assigned_contacted_and_its_owner_told_where_nothing_was_written(lead: OneLead) -> None:
    decision = lead.happens(Trigger.LEAD_RECEIVED)
    assert (lead.owner, lead.row.stage) == ("ana", "CONTACTING")
    words = f"New lead L{lead.id}: Maria Ortiz, {LEE}, from Zillow, Austin TX: buyer, 450,000."
    assert lead.texts == [(STAFF_LINE, ANA, words)]
    [run] = lead.runs
    assert (run.workflow, run.trigger, [each["do"] for each in run.results]) == (
        "intake",
        "lead_received",
        ["assign_by_policy", "change_stage", "notify"],
    )
    assert run.results[0]["decision"] == decision is not None
    assert lead.rows(outbox_items)[0].dedupe_key == f"workflow/intake/lead/{lead.id}/{run.id}/notice/ana"


def test_where_nobody_may_have_the_lead_the_admins_hear_of_it(lead: OneLead) -> None:
    for key in ("ana", "ben", "cy"):
        lead.set_agent(key, leads_on=False)
    lead.happens(Trigger.LEAD_RECEIVED)
    assert (lead.owner, lead.row.stage) == (None, "CONTACTING")
    [(_, told, words)] = lead.texts
    assert told == OLIVE
    assert words.startswith(f"New lead L{lead.id}, owned by nobody: Maria Ortiz")
    assert lead.runs[0].results[0]["why"] == lead.row.unowned_reason


def test_an_own_workflow_takes_the_place_of_the_default(lead: OneLead) -> None:
    lead.happens(Trigger.LEAD_RECEIVED, Workflow("mine", Trigger.LEAD_RECEIVED, (ASSIGN,)))
    assert (lead.ran, lead.owner, lead.row.stage, lead.texts) == (["mine"], "ana", "NEW", [])


def test_a_new_lead_that_no_workflow_gives_to_anybody_goes_by_the_policy_all_the_same(lead: OneLead) -> None:
    fits_nobody = Workflow("hers", Trigger.LEAD_RECEIVED, (ASSIGN,), when=Condition(state=("NY",)))
    gives_nobody = Workflow("mine", Trigger.LEAD_RECEIVED, (note(),))
    decision = lead.happens(Trigger.LEAD_RECEIVED, fits_nobody, gives_nobody)
    assert (lead.ran, lead.owner) == (["mine", "assignment"], "ana")
    assert decision is not None


def test_a_workflow_that_gives_a_new_lead_to_somebody_leaves_the_policy_out(lead: OneLead) -> None:
    lead.happens(Trigger.LEAD_RECEIVED, Workflow("mine", Trigger.LEAD_RECEIVED, (Action("assign_to", agent="ben"),)))
    assert (lead.ran, lead.owner) == (["mine"], "ben")


# --- Triggers.


@pytest.mark.parametrize("trigger", EVERYTHING)
def test_each_trigger_runs_its_own_workflows_in_the_order_of_the_file(lead: OneLead, trigger: Trigger) -> None:
    written = [Workflow(f"{number}-{on}", on, (note(),)) for number in (2, 1) for on in EVERYTHING]
    lead.happens(trigger, *written, tag="first", stage="NEW", outcome="opt_out")
    assert lead.ran[:2] == [f"2-{trigger}", f"1-{trigger}"]
    assert set(lead.ran[2:]) <= {"assignment"}


@pytest.mark.parametrize(
    ("workflow", "told", "ran"),
    [
        (Workflow("w", Trigger.TAG_ADDED, (note(),), tag="VIP"), {"tag": "vip"}, True),
        (Workflow("w", Trigger.TAG_ADDED, (note(),), tag="VIP"), {"tag": "seller"}, False),
        (Workflow("w", Trigger.STAGE_CHANGED, (note(),), stage=Stage.CLOSED), {"stage": Stage.CLOSED}, True),
        (Workflow("w", Trigger.STAGE_CHANGED, (note(),), stage=Stage.CLOSED), {"stage": "NEW"}, False),
        (Workflow("w", Trigger.OUTCOME_RECORDED, (note(),), outcome="opt_out"), {"outcome": "opt_out"}, True),
        (Workflow("w", Trigger.OUTCOME_RECORDED, (note(),), outcome="opt_out"), {"outcome": "bad_number"}, False),
        (Workflow("w", Trigger.TEXT_RECEIVED, (note(),), when=Condition(state=("tx",))), {}, True),
        (Workflow("w", Trigger.TEXT_RECEIVED, (note(),), when=Condition(state=("NY",))), {}, False),
        (Workflow("w", Trigger.TEXT_RECEIVED, (note(),), when=Condition(timeframe=("now",))), {}, False),
        (Workflow("w", Trigger.TEXT_RECEIVED, (note(),), when=Condition(hours="Mo 09:00-11:00")), {}, True),
        (Workflow("w", Trigger.TEXT_RECEIVED, (note(),), when=Condition(hours="Mo 15:00-17:00")), {}, False),
    ],
)
def test_a_workflow_runs_for_what_it_is_narrowed_to(
    lead: OneLead, workflow: Workflow, told: dict[str, str], ran: bool
) -> None:
    lead.happens(workflow.on, workflow, **told)
    assert lead.ran == (["w"] if ran else [])


def test_what_one_workflow_changed_the_next_one_sees(lead: OneLead) -> None:
    first = Workflow("first", Trigger.TEXT_RECEIVED, (tag("vip"),))
    second = Workflow("second", Trigger.TEXT_RECEIVED, (note(),), when=Condition(tags=("vip",)))
    lead.happens(Trigger.TEXT_RECEIVED, first, second)
    assert lead.ran == ["first", "second"]


# --- Actions.


def test_the_lead_changes_before_anything_is_said_and_the_new_owner_hears_it(lead: OneLead) -> None:
    lead.belongs_to("ana")
    text = Action("text_lead", say="{owner.first_name} will call you, {lead.first_name}.")
    did = lead.does(text, NOTIFY, Action("task", title="Call {lead.name}"), Action("assign_to", agent="ben"))
    assert did == done("assign_to", "task", "notify", "text_lead")
    assert [(task.title, task.owner_id) for task in lead.rows(tasks)] == [("Call Maria Ortiz", lead.ids["ben"])]
    assert [(to, body) for _, to, body in lead.texts] == [
        (BEN, f"New lead L{lead.id}: Maria Ortiz, {LEE}, from Zillow, Austin TX: buyer, 450,000."),
        (LEE, "Ben will call you, Maria."),
    ]
    change = lead.rows(ownerships)[-1]
    assert (change.from_id, change.to_id) == (lead.ids["ana"], lead.ids["ben"])
    assert (change.why, change.by) == ("workflow w", "workflow")


def test_stage_tags_and_notes_stand_on_the_timeline(lead: OneLead) -> None:
    did = lead.does(to(Stage.QUALIFIED), tag("vip"), Action("remove_tag", tag="First"), note("{lead.name} is hot."))
    assert did == done("change_stage", "add_tag", "remove_tag", "note")
    assert (lead.row.stage, lead.row.tags) == ("QUALIFIED", ["vip"])
    assert lead.told == [
        "stage: NEW to QUALIFIED by workflow w",
        "tag: Tag vip added by workflow w",
        "tag: Tag First removed by workflow w",
        "note: Maria Ortiz is hot.",
    ]


def test_the_policy_leaves_a_lead_with_an_owner_who_is_still_fit(lead: OneLead) -> None:
    lead.belongs_to("ben")
    assert lead.does(ASSIGN) == done("assign_by_policy")
    assert lead.owner == "ben"
    lead.set_agent("ben", active=False)
    lead.does(ASSIGN)
    assert lead.owner == "ana"
    assert lead.rows(ownerships)[-1].why.startswith("workflow w: ")


def test_what_changes_nothing_is_left_out_and_says_why(lead: OneLead) -> None:
    lead.belongs_to("ana")
    did = lead.does(Action("assign_to", agent="ana"), to(Stage.NEW), tag("FIRST"))
    assert [(each["state"], each["why"]) for each in did] == [
        ("left_out", "ana owns the lead already"),
        ("left_out", "the lead is NEW already"),
        ("left_out", "the lead has the tag FIRST already"),
    ]
    assert lead.told == []


def test_a_move_that_is_not_listed_is_left_out_and_the_timeline_says_so(lead: OneLead) -> None:
    lead.does(to(Stage.ARCHIVED))
    [did] = lead.does(to(Stage.COMMITTED))
    assert (did["state"], did["why"]) == ("left_out", "a lead may not go from ARCHIVED to COMMITTED")
    assert lead.row.stage == "ARCHIVED"
    assert lead.told[-1].startswith("stage: Stays ARCHIVED: ")


@pytest.mark.parametrize(
    ("trigger", "line", "asked"),
    [(Trigger.CONTACT_CREATED, None, False), (Trigger.TEXT_RECEIVED, STAFF_LINE, True)],
    ids=["by the public line, in permitted hours", "by the line they texted, at any hour"],
)
def test_a_lead_is_texted(lead: OneLead, trigger: Trigger, line: str | None, asked: bool) -> None:
    lead.happens(trigger, Workflow("w", trigger, (Action("text_lead", say="Hi."),)), line=line)
    [item] = lead.rows(outbox_items)
    assert (item.payload["line"], item.payload["for_lead"]) == (line or LINE, True)
    assert (item.payload["asked_at"] is not None) == asked


@pytest.mark.parametrize(
    ("trigger", "told", "words"),
    [
        (Trigger.TAG_ADDED, {"tag": "vip"}, "has a new tag: vip."),
        (Trigger.STAGE_CHANGED, {"stage": "QUALIFIED"}, "is now QUALIFIED."),
        (Trigger.TEXT_RECEIVED, {}, "sent a text."),
        (Trigger.OUTCOME_RECORDED, {"outcome": "missed_transfer"}, "called, and nobody took the call."),
        (Trigger.SLA_BREACHED, {}, "was not answered in time."),
    ],
)
def test_a_notice_without_an_admins_words_says_what_happened(
    lead: OneLead, trigger: Trigger, told: dict[str, str], words: str
) -> None:
    lead.belongs_to("ana")
    lead.happens(trigger, Workflow("w", trigger, (NOTIFY,)), **told)
    assert lead.texts == [(STAFF_LINE, ANA, f"Lead L{lead.id}, Maria Ortiz, {LEE}, {words}")]


def test_who_hears_otherwise_is_not_also_sent_the_notice(lead: OneLead) -> None:
    workflow = Workflow("w", Trigger.CONTACT_CREATED, (NOTIFY, Action("notify", who="olive")))
    lead.belongs_to("ana")
    lead.happens(Trigger.CONTACT_CREATED, workflow)
    with lead.database.begin() as db:
        withhold_notices(db, lead_id=lead.id, agents={"ana"}, why="the offer of the call says it")
    assert [to for _, to, _ in lead.texts] == [OLIVE]


# --- Failures.


def has_a_bug(db: Any) -> None:
    raise KeyError("a bug of ours")


def breaks_a_constraint(db: Any) -> None:
    db.execute(timeline.insert().values(lead_id=None, at=MONDAY_10, kind="half", text="nobody's"))


@pytest.mark.parametrize("breaks", [has_a_bug, breaks_a_constraint])
def test_an_action_that_fails_is_undone_alone_and_the_others_stand(
    lead: OneLead, monkeypatch: pytest.MonkeyPatch, breaks: Callable[[Any], None]
) -> None:
    def breaks_halfway(db: Any, *arguments: Any) -> None:
        db.execute(timeline.insert().values(lead_id=lead.id, at=MONDAY_10, kind="half", text="undone"))
        breaks(db)

    monkeypatch.setattr(assigning, "_record", breaks_halfway)
    with capture_logs() as lines:
        did = lead.does(tag("vip"), ASSIGN, to(Stage.CONTACTING), NOTIFY)
    assert [(line["event"], line["action"]) for line in lines] == [("An action failed.", "assign_by_policy")]
    assert [(each["do"], each["state"], each["why"]) for each in did] == [
        ("add_tag", "done", ""),
        ("assign_by_policy", "failed", "it could not be carried out, and is tried again"),
        ("change_stage", "done", ""),
        ("notify", "done", ""),
    ]
    assert (lead.owner, lead.row.unowned_reason) == (None, "not assigned yet")
    assert lead.told[:2] == ["tag: Tag vip added by workflow w", "stage: NEW to CONTACTING by workflow w"]
    assert [line.split(" by text")[0] for line in lead.told[2:]] == ["notice: Notice to Olive Park"]
    assert [to for _, to, _ in lead.texts] == [OLIVE]


def test_a_database_in_trouble_fails_the_whole_so_that_it_is_tried_again(
    lead: OneLead, monkeypatch: pytest.MonkeyPatch
) -> None:
    def is_busy(*arguments: Any) -> None:
        raise DatabaseBusy("too many at once")

    monkeypatch.setattr(assigning, "_record", is_busy)
    with pytest.raises(DatabaseBusy):
        lead.does(tag("vip"), ASSIGN)
    assert (lead.ran, lead.row.tags) == ([], ["first"])


# --- Chains.


def test_a_workflow_sets_others_going_after_it_is_over(lead: OneLead) -> None:
    begins = Workflow("begins", Trigger.TEXT_RECEIVED, (tag("a"), to(Stage.QUALIFIED), note("begun")))
    beside = Workflow("beside", Trigger.TEXT_RECEIVED, (note("beside"),))
    moved = Workflow("moved", Trigger.STAGE_CHANGED, (note("moved"),), stage=Stage.QUALIFIED)
    lead.happens(Trigger.TEXT_RECEIVED, begins, beside, moved, tagged("tagged", "A", note("tagged")))
    assert lead.ran == ["begins", "beside", "moved", "tagged"]
    assert [entry for entry in lead.told if entry.startswith("note")] == [
        "note: begun",
        "note: beside",
        "note: moved",
        "note: tagged",
    ]


def test_what_was_so_before_sets_nothing_going(lead: OneLead) -> None:
    begins = Workflow("begins", Trigger.TEXT_RECEIVED, (tag("FIRST"), to(Stage.NEW)))
    follows = [Workflow(f"on-{on}", on, (note(),)) for on in (Trigger.TAG_ADDED, Trigger.STAGE_CHANGED)]
    lead.happens(Trigger.TEXT_RECEIVED, begins, *follows)
    assert lead.ran == ["begins"]


def test_a_lead_is_in_a_workflow_once_at_a_time(lead: OneLead) -> None:
    there = tagged("there", "a", Action("remove_tag", tag="a"), tag("b"))
    back = tagged("back", "b", Action("remove_tag", tag="b"), tag("a"))
    lead.happens(Trigger.TAG_ADDED, there, back, tag="a")
    assert lead.ran == ["there", "back", "there"]
    assert {(each["state"], each["why"]) for each in lead.runs[2].results} == {
        ("left_out", "the lead is in this workflow already")
    }
    assert lead.row.tags == ["first", "a"]


def test_the_same_workflow_runs_again_when_it_is_set_going_anew(lead: OneLead) -> None:
    for _ in range(2):
        lead.happens(Trigger.TEXT_RECEIVED, Workflow("w", Trigger.TEXT_RECEIVED, (NOTIFY,)))
    assert lead.ran == ["w", "w"]
    assert len(lead.texts) == 2


def test_a_chain_ends_at_its_limit(lead: OneLead) -> None:
    chain = [tagged(f"w{number}", f"t{number}", tag(f"t{number + 1}")) for number in range(CHAIN_MAX + 3)]
    lead.happens(Trigger.TAG_ADDED, *chain, tag="t0")
    assert lead.ran == [f"w{number}" for number in range(CHAIN_MAX + 1)]
    assert lead.row.tags == ["first", *(f"t{number}" for number in range(1, CHAIN_MAX + 1))]
    [left_out] = lead.runs[-1].results
    assert left_out["state"] == "left_out"
    assert left_out["why"].startswith(f"it would be the {CHAIN_MAX + 1}th workflow in a row: w0, w1")


# --- Changes made elsewhere.


def test_changes_made_by_hand_set_workflows_going(lead: OneLead) -> None:
    lead.workflows = (
        tagged("vips", "vip", note()),
        Workflow("closed", Trigger.STAGE_CHANGED, (note(),), stage=Stage.CLOSED),
    )
    before = lead.row
    by_hand = (AddTag(lead.id, "vip", by=person("ana")), ChangeStage(lead.id, Stage.CLOSED, why="", by=person("ana")))
    for changes, ran in ((by_hand, ["closed", "vips"]), ((), ["closed", "vips"])):
        with lead.database.begin() as db:
            apply(db, changes, MONDAY_10)
            run_for_changes(db, before=before, directory=lead.directory, now=MONDAY_10)
        before = lead.row
        assert lead.ran == ran
