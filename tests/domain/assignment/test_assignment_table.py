"""Policy by lead by team: who owns the lead, and why not each of the others. The rows are in `assignment_table.txt`."""

import re

import pytest
from pydantic import TypeAdapter

from sami.domain.assignment.owner import AssignmentInputs, assign_owner
from sami.domain.language.trace import SENTENCES, Reason
from tests.domain.assignment.assignment_rows import POLICIES, AssignmentRow, decide, inputs_of, read_rows

ROWS = read_rows()
INPUTS = TypeAdapter(AssignmentInputs)


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_the_lead_goes_to_whom_the_table_names(row: AssignmentRow) -> None:
    decision = decide(row)
    assert (decision.chosen.owner or "-") == row.owner
    refused = [f"{f.subject}:{f.reason}" for f in decision.trace if not f.passed and " " not in f.subject]
    assert sorted(refused) == sorted(re.sub(r'".*"', "", row.why).split())
    assert decision.chosen.unowned_reason == next(iter(re.findall(r'"(.*)"', row.why)), None)


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_r15_facts_that_were_stored_lead_to_the_same_owner(row: AssignmentRow) -> None:
    inputs, policy = inputs_of(row), POLICIES[row.policy]
    again = INPUTS.validate_json(INPUTS.dump_json(inputs))
    assert assign_owner(again, policy) == assign_owner(inputs, policy)


def test_there_are_enough_rows_and_every_reason_of_an_assignment_stands_in_one() -> None:
    assert len(ROWS) >= 150
    told = {found.reason for row in ROWS for found in decide(row).trace}
    of_assignment = list(Reason)[list(Reason).index(Reason.LEADS_OFF) : list(Reason).index(Reason.POND) + 1]
    elsewhere = {Reason.HAD_IT_BEFORE, Reason.NOT_NAMED}  # Only told: whom a lead was taken from, who is not meant.
    assert set(of_assignment) - told == elsewhere
    assert all(reason in SENTENCES for reason in Reason)
