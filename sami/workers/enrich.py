"""What can be known of where a lead lives without asking anybody: country, state, region, time zones."""

from dataclasses import replace
from typing import Any

from sami.domain.leads.inquiry import Inquiry
from sami.domain.leads.places import ZONES_MAX, Place, locate
from sami.workers.contracts import StepInput, StepOutput


def enrich(step: StepInput) -> StepOutput:
    """By the address, else by the phone."""
    return _found(locate(step.inquiry, step.facts.country), step.inquiry)


def enrich_by_phone(step: StepInput) -> StepOutput:
    """As before ZIPs were read: the phone is all that tells."""
    bare = replace(step.inquiry, zip=None, state=None)
    return _found(locate(bare, step.facts.country), step.inquiry)


def _found(place: Place, inquiry: Inquiry) -> StepOutput:
    findings: dict[str, Any] = {}
    if place.region:
        findings["region"] = place.region
    if 0 < len(place.zones) <= ZONES_MAX:
        findings["time_zones"] = list(place.zones)
    output = {
        name: value
        for name, value in (("country", place.country), ("state", place.state), ("findings", findings))
        if value and not (name != "findings" and getattr(inquiry, name))
    }
    return StepOutput(output, place.evidence, place.confidence)
