"""How many texts does one new lead mean at most, as the admin wrote the workflows and cadences?"""

from collections.abc import Iterable
from dataclasses import dataclass

from sami.domain.organisation.document import Action, OrganisationFile, Trigger
from sami.domain.outcomes.workflows import workflows_on

_ON_ARRIVAL = (Trigger.LEAD_RECEIVED, Trigger.CONTACT_CREATED)


@dataclass(frozen=True, slots=True)
class IntakeTexts:
    """To our own people, to the lead at once, and to the lead by the cadences it is enrolled in."""

    to_us: int
    to_lead: int
    by_cadence: int


def texts_of_intake(file: OrganisationFile) -> IntakeTexts:
    """Whatever the conditions of a workflow say of a lead: at most."""
    actions = [
        action
        for trigger in _ON_ARRIVAL
        for workflow in workflows_on(file.workflows, trigger)
        for action in workflow.actions
    ]
    enrolled = {action.cadence for action in actions if action.do == "enrol"}
    return IntakeTexts(
        sum(action.do == "notify" and "text" in action.by for action in actions),
        _to_lead(actions),
        sum(_to_lead(cadence.steps) for cadence in file.cadences if cadence.key in enrolled),
    )


def _to_lead(actions: Iterable[Action]) -> int:
    """Counts one way of each branch, because a lead takes only one."""
    return sum(
        max(_to_lead(action.then), _to_lead(action.else_)) if action.do == "branch" else action.do == "text_lead"
        for action in actions
    )
