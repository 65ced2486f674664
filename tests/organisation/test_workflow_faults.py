"""A workflow that could do nothing, nonsense, or no end of it is refused where it is written."""

from typing import Any

import pytest
import tomlkit

from sami.organisation.applying import merged_document
from tests.assignment.test_policy_faults import FILE, faults_of

BARE = FILE[: FILE.index("[policy]")]
BY_POLICY = {"do": "assign_by_policy"}


def workflow(key: str = "intake", on: str = "lead_received", *actions: Any, **parts: Any) -> dict[str, Any]:
    return {"key": key, "on": on, "actions": list(actions or (BY_POLICY,))} | parts


def file(*workflows: Any) -> str:
    return BARE + tomlkit.dumps({"workflows": list(workflows)})


def acting(**action: Any) -> str:
    return file(workflow("intake", "lead_received", BY_POLICY, action))


# The file, the field, what is wrong, what would be right.
WRONG_WORKFLOWS = {
    "an unknown trigger": (
        file(workflow(on="lead_recieved")),
        "on",
        '"lead_recieved" is not known',
        "did you mean lead_received?",
    ),
    "no trigger": (file({"key": "intake", "actions": [BY_POLICY]}), "on", "is missing", 'on = "lead_received"'),
    "no actions": (file({"key": "intake", "on": "lead_received"}), "actions", "are missing", "assign_by_policy"),
    "empty actions": (file(workflow() | {"actions": []}), "actions", "are missing", "assign_by_policy"),
    "a key in capitals": (file(workflow("Intake")), "key", '"Intake" is not a key', "small letters"),
    "a tag for another trigger": (
        file(workflow(tag="hot")),
        "tag",
        'does not belong to on = "lead_received"',
        'on = "tag_added"',
    ),
    "a stage for another trigger": (
        file(workflow(stage="NEW")),
        "stage",
        'does not belong to on = "lead_received"',
        'on = "stage_changed"',
    ),
    "an outcome for another trigger": (
        file(workflow(outcome="opt_out")),
        "outcome",
        'does not belong to on = "lead_received"',
        'on = "outcome_recorded"',
    ),
    "an unknown outcome": (
        file(workflow(on="outcome_recorded", outcome="missed")),
        "outcome",
        '"missed" is not known',
        "did you mean missed_transfer?",
    ),
    "an unknown stage to come to": (
        file(workflow(on="stage_changed", stage="QUALIFED")),
        "stage",
        '"QUALIFED" is not known',
        "did you mean QUALIFIED?",
    ),
    "an empty tag to wait for": (file(workflow(on="tag_added", tag=" ")), "tag", "is empty", "write something"),
    "a condition with a fault": (
        file(workflow(when={"state": ["Texas"]})),
        "when.state[1]",
        '"Texas" is not how a state is written',
        '"TX"',
    ),
    "an unknown stage": (
        acting(do="change_stage", stage="CONTACTED"),
        "actions[2].stage",
        '"CONTACTED" is not known',
        "CONTACTING",
    ),
    "no stage": (acting(do="change_stage"), "actions[2].stage", "is missing", "needs stage"),
    "no tag": (acting(do="add_tag"), "actions[2].tag", "is missing", "needs tag"),
    "an empty tag": (acting(do="remove_tag", tag=""), "actions[2].tag", "is empty", "write something"),
    "a field of another verb": (
        acting(do="change_stage", stage="NEW", tag="x"),
        "actions[2].tag",
        'does not belong to do = "change_stage"',
        "it takes stage",
    ),
    "a field of no verb": (
        acting(do="assign_by_policy", agent="ana"),
        "actions[2].agent",
        'does not belong to do = "assign_by_policy"',
        "it takes nothing more",
    ),
    "somebody unknown": (
        acting(do="assign_to", agent="max"),
        "actions[2].agent",
        '"max" is not the key of an agent',
        "ana, ben, olive",
    ),
    "nobody told": (acting(do="notify", who="max"), "actions[2].who", '"max" is nobody', "account_owner"),
    "what only a call has": (
        acting(do="text_lead", say="You called {line.name}."),
        "actions[2].say",
        "has the unknown placeholder {line.name}",
        "{lead.first_name}",
    ),
    "no such cadence": (
        acting(do="enrol", cadence="nine-day"),
        "actions[2].cadence",
        '"nine-day" is not the key of a cadence',
        "cadence",
    ),
    "unknown channel": (
        acting(do="notify", who="owner", by=["pigeon"]),
        "actions[2].by[1]",
        '"pigeon" is not known',
        "text, email",
    ),
}


@pytest.mark.parametrize(("text", "field", "wrong", "right"), WRONG_WORKFLOWS.values(), ids=WRONG_WORKFLOWS.keys())
def test_a_wrong_workflow_is_refused_with_what_would_be_right(text: str, field: str, wrong: str, right: str) -> None:
    faults = faults_of(text)
    assert [(fault.table, fault.field) for fault in faults] == [("workflows", field)], [str(fault) for fault in faults]
    assert wrong in faults[0].wrong
    assert right in faults[0].right


@pytest.mark.parametrize("step", [{"do": "wait", "for": "1 day"}, {"do": "stop_if", "stage": "QUALIFIED"}])
def test_steps_of_cadences_do_not_belong_into_workflows(step: dict[str, Any]) -> None:
    assert [fault.wrong for fault in faults_of(acting(**step))] == [f'"{step["do"]}" belongs into cadences only']


def stage(key: str, after: str | None, then: str) -> dict[str, Any]:
    narrowed = {} if after is None else {"stage": after}
    return workflow(key, "stage_changed", {"do": "note", "say": "x"}, {"do": "change_stage", "stage": then}, **narrowed)


def tag(key: str, after: str | None, then: str) -> dict[str, Any]:
    narrowed = {} if after is None else {"tag": after}
    return workflow(key, "tag_added", {"do": "add_tag", "tag": then}, **narrowed)


LOOPS = {
    "itself": ((stage("a", "NEW", "NEW"),), [("a", "actions[2]", "a -> a")]),
    "itself, whichever stage": ((stage("a", None, "CONTACTING"),), [("a", "actions[2]", "a -> a")]),
    "two stages": (
        (stage("a", "NEW", "CLOSED"), stage("b", "CLOSED", "NEW")),
        [("a", "actions[2]", "a -> b -> a")],
    ),
    "a tag in other letters": ((tag("a", "hot", "Hot"),), [("a", "actions[1]", "a -> a")]),
    "by way of a tag": (
        (
            stage("a", "NEW", "CLOSED"),
            workflow("b", "stage_changed", {"do": "add_tag", "tag": "won"}, stage="CLOSED"),
            workflow("c", "tag_added", {"do": "change_stage", "stage": "NEW"}, tag="won"),
        ),
        [("a", "actions[2]", "a -> b -> c -> a")],
    ),
    "two loops that share one": (
        (
            tag("a", "1", "2"),
            workflow("b", "tag_added", {"do": "add_tag", "tag": "1"}, {"do": "add_tag", "tag": "3"}, tag="2"),
            tag("c", "3", "2"),
        ),
        [("a", "actions[1]", "a -> b -> a"), ("c", "actions[1]", "c -> b -> c")],
    ),
}


@pytest.mark.parametrize(("workflows", "told"), LOOPS.values(), ids=LOOPS.keys())
def test_workflows_that_lead_back_to_themselves_are_refused_once(
    workflows: tuple[Any, ...], told: list[tuple[str, str, str]]
) -> None:
    faults = faults_of(file(*workflows))
    assert [(fault.row, fault.field, fault.wrong.removeprefix("leads back to itself: ")) for fault in faults] == told


NO_LOOPS = {
    "one after the other": (stage("a", "NEW", "CONTACTING"), stage("b", "CONTACTING", "CLOSED")),
    "another tag": (tag("a", "hot", "warm"),),
    "a tag taken away": (workflow("a", "tag_added", {"do": "remove_tag", "tag": "hot"}, tag="hot"),),
    "intake that sets others going": (
        workflow("intake", "lead_received", {"do": "change_stage", "stage": "CONTACTING"}),
        workflow("a", "stage_changed", {"do": "add_tag", "tag": "hot"}, stage="CONTACTING"),
    ),
}


@pytest.mark.parametrize("workflows", NO_LOOPS.values(), ids=NO_LOOPS.keys())
def test_workflows_that_end_have_no_fault(workflows: tuple[Any, ...]) -> None:
    merged_document({}, file(*workflows), prune=False)


def test_a_workflow_stands_there_once() -> None:
    assert [fault.wrong for fault in faults_of(file(workflow(), workflow()))] == ['"intake" stands there twice'] * 2
