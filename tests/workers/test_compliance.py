"""May the lead be contacted, now, and may anybody here own it: said as evidence, forbidden where the law forbids."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from sami.domain.assignment.policy import Constraint, Policy
from sami.domain.leads.condition import Condition
from sami.workers.compliance import check_compliance
from tests.support.make import AT
from tests.workers.asking import LEAD, asked

LICENCE = Constraint("Licence", require="licence")
QUIET = "It is 10:00 AM at the lead's place: it may be called and texted."


@pytest.mark.parametrize(
    ("facts", "may_contact", "said"),
    [
        pytest.param({}, True, "", id="nothing against it"),
        pytest.param({"consent": "opted_in"}, True, "This phone opted in.", id="it asked for it"),
        pytest.param(
            {"consent": "opted_out"}, False, "This phone opted out: no contact on any channel.", id="it opted out"
        ),
        pytest.param(
            {"do_not_contact_until": AT + timedelta(days=1)},
            False,
            "No contact until Tue Nov 17 10:00 AM CST.",
            id="not until tomorrow",
        ),
        pytest.param({"do_not_contact_until": AT}, True, "", id="from this instant on again"),
        pytest.param(
            {"bad_number": True},
            True,
            "This number is known to be bad and is not used again.",
            id="a bad number forbids itself, not the lead",
        ),
    ],
)
def test_an_opt_out_and_do_not_contact_forbid(facts: dict[str, Any], may_contact: bool, said: str) -> None:
    found = check_compliance(asked(**facts))
    assert found.output == ({} if may_contact else {"may_contact": False})
    assert " ".join(found.evidence) == f"{said} {QUIET}".strip()


@pytest.mark.parametrize(
    ("when", "lead", "licensed", "said"),
    [
        pytest.param(
            Condition(), {}, {"TX"}, '"Licence": somebody is licensed for TX.', id="for the area code's state"
        ),
        pytest.param(Condition(), {"state": "NY"}, {"TX"}, '"Licence": nobody active is licensed for NY.', id="nobody"),
        pytest.param(
            Condition(),
            {"phone": None},
            {"TX"},
            '"Licence" asks for a licence, and the lead\'s state is not known.',
            id="a state that is not known",
        ),
        pytest.param(Condition(state=("NY",)), {}, set(), None, id="a constraint about other states"),
        pytest.param(
            Condition(state=("TX",)), {}, set(), '"Licence": nobody active is licensed for TX.', id="about ours"
        ),
    ],
)
def test_a_licence_is_asked_for_where_the_policy_does(
    when: Condition, lead: dict[str, Any], licensed: set[str], said: str | None
) -> None:
    policy = Policy(constraints=(replace(LICENCE, when=when),))
    found = check_compliance(asked(replace(LEAD, **lead), policy, licensed_states=frozenset(licensed)))
    assert [sentence for sentence in found.evidence if "icen" in sentence] == ([] if said is None else [said])


def test_without_such_a_constraint_no_licence_is_spoken_of() -> None:
    policy = Policy(constraints=(Constraint("Language", require="language"),))
    assert check_compliance(asked(policy=policy)).evidence == (QUIET,)


@pytest.mark.parametrize(
    ("at", "lead", "said"),
    [
        ("14:00", {}, "It is 8:00 AM at the lead's place: it may be called and texted."),
        ("13:59", {}, "It is 7:59 AM at the lead's place: quiet hours until Mon Nov 16 8:00 AM CST."),
        ("14:30", {"state": "CA"}, "It is 6:30 AM at the lead's place: quiet hours until Mon Nov 16 10:00 AM CST."),
        ("14:30", {"phone": "+12085550142"}, "It is 7:30 AM or 6:30 AM at the lead's place: quiet hours until "
         "Mon Nov 16 10:00 AM CST."),
        ("23:59", {"zip": "96813"}, "It is 1:59 PM at the lead's place: it may be called and texted."),
        ("12:00", {"phone": None}, "Where the lead lives is not known, so its quiet hours are not either."),
    ],
)  # fmt: skip
def test_quiet_hours_are_the_leads_own(at: str, lead: dict[str, Any], said: str) -> None:
    instant = datetime.fromisoformat(f"2026-11-16T{at}:00+00:00")
    assert check_compliance(asked(replace(LEAD, **lead), at=instant)).evidence == (said,)
