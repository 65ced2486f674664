"""May this lead be contacted at all, now, and is there anybody who may own it?"""

from collections.abc import Iterator
from dataclasses import replace

from sami.domain.assignment.matching import mismatch
from sami.domain.assignment.pipeline_step import IntakeFacts
from sami.domain.consent.permission import next_permitted
from sami.domain.language.local_time import Clock
from sami.domain.leads.places import locate
from sami.workers.contracts import StepInput, StepOutput


def check_compliance(step: StepInput) -> StepOutput:
    """Forbids contact after an opt-out and while do-not-contact lasts; says everything else as evidence.

    The place is looked up here as well: this step comes before the one that fills it in.
    """
    place = locate(step.inquiry, step.facts.country)
    step = replace(step, inquiry=replace(step.inquiry, country=place.country, state=place.state))
    forbidden = tuple(_forbidden(step.facts))
    evidence = (*forbidden, *_bad_number(step), *_licence(step), _hour(step, place.zones))
    return StepOutput({"may_contact": False} if forbidden else {}, evidence)


def _forbidden(facts: IntakeFacts) -> Iterator[str]:
    if facts.consent == "opted_out":
        yield "This phone opted out: no contact on any channel."
    if facts.do_not_contact_until is not None and facts.do_not_contact_until > facts.at:
        yield f"No contact until {Clock(facts.at, facts.time_zone).note(facts.do_not_contact_until)}."


def _bad_number(step: StepInput) -> Iterator[str]:
    if step.facts.bad_number:
        yield "This number is known to be bad and is not used again."
    elif step.facts.consent == "opted_in":
        yield "This phone opted in."


def _licence(step: StepInput) -> Iterator[str]:
    facts, state = step.facts, step.inquiry.state
    for constraint in step.policy.constraints:
        if constraint.require != "licence":
            continue
        if mismatch(constraint.when, step.inquiry, facts.at, facts.time_zone) is not None:
            continue
        if state is None:
            yield f'"{constraint.name}" asks for a licence, and the lead\'s state is not known.'
        elif state in facts.licensed_states:
            yield f'"{constraint.name}": somebody is licensed for {state}.'
        else:
            yield f'"{constraint.name}": nobody active is licensed for {state}.'


def _hour(step: StepInput, zones: tuple[str, ...]) -> str:
    at = step.facts.at
    if not zones:
        return "Where the lead lives is not known, so its quiet hours are not either."
    opens_at = next_permitted(zones, at)
    times = " or ".join(dict.fromkeys(Clock(at, zone).say(at) for zone in zones))
    if opens_at == at:
        return f"It is {times} at the lead's place: it may be called and texted."
    until = "" if opens_at is None else f" until {Clock(at, step.facts.time_zone).note(opens_at)}"
    return f"It is {times} at the lead's place: quiet hours{until}."
