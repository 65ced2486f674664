"""What of a step's output becomes part of the lead: never anything in place of what the lead said itself."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from sami.domain.leads.inquiry import SAID, Inquiry
from sami.domain.leads.once_attributes import moved

# Which steps may replace a value: cleaning is all that validation does, and a score is nobody's word.
_REPLACES: Mapping[str, frozenset[str]] = {
    "validate_contact": frozenset({"name", "phone", "email"}),
    "score": frozenset({"score"}),
}
FILLS = tuple(field.name for field in SAID if field.by_worker)
"""Fields that any step may fill in where the lead says nothing."""


def taken_from(inquiry: Inquiry, capability: str, output: Mapping[str, Any]) -> dict[str, Any]:
    """The part of the output that changes this lead."""
    told, attributes = moved(output.get("attributes", {}))
    output = {**told, **output, "attributes": attributes}
    replaces = _REPLACES.get(capability, frozenset())
    taken = {
        name: value
        for name, value in output.items()
        if (name in replaces or (name in FILLS and not getattr(inquiry, name))) and value != getattr(inquiry, name)
    }
    if output.get("may_contact") is False and inquiry.may_contact:
        taken["may_contact"] = False
    tags = tuple(tag for tag in dict.fromkeys(output.get("tags", ())) if tag not in inquiry.tags)
    if tags:
        taken["tags"] = tags
    attributes = {key: value for key, value in attributes.items() if inquiry.attribute(key) in (None, "")}
    if attributes:
        taken["attributes"] = attributes
    findings = {key: value for key, value in output.get("findings", {}).items() if key not in inquiry.findings}
    if findings:
        taken["findings"] = findings
    return taken


def with_findings(inquiry: Inquiry, taken: Mapping[str, Any]) -> Inquiry:
    """The lead with what was taken; `tags`, `attributes` and `findings` are added to its own."""
    changed = {name: value for name, value in taken.items() if name not in ("tags", "attributes", "findings")}
    return replace(
        inquiry,
        **changed,
        tags=(*inquiry.tags, *taken.get("tags", ())),
        attributes={**inquiry.attributes, **taken.get("attributes", {})},
        findings={**inquiry.findings, **taken.get("findings", {})},
    )


def as_said(inquiry: Inquiry, outputs: Iterable[Mapping[str, Any]]) -> Inquiry:
    """The lead without what earlier steps filled in and nobody has changed since, so that it can be examined again."""
    for output in outputs:
        unsaid: dict[str, Any] = {
            name: None for name in (*FILLS, "score") if name in output and output[name] == getattr(inquiry, name)
        }
        attributes, tags = output.get("attributes", {}), output.get("tags", ())
        ours = {**attributes, **output.get("findings", {})}  # Older steps kept both as attributes.
        inquiry = replace(
            inquiry,
            **unsaid,
            tags=tuple(tag for tag in inquiry.tags if tag not in tags),
            attributes=_without(inquiry.attributes, attributes),
            findings=_without(inquiry.findings, ours),
        )
    return inquiry


def _without(known: Mapping[str, Any], found: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in known.items() if key not in found or found[key] != value}
