"""A lead's story as a document: JSON values only, instants in UTC with Z."""

from dataclasses import asdict
from typing import Any

from sami.views.call_document import as_plain
from sami.views.decision import decision_document
from sami.views.lead import owner_document
from sami.views.lead_story import LeadStory, OwnerChanged


def lead_why_document(story: LeadStory) -> dict[str, Any]:
    """What `sami why LEAD --json` prints."""
    document = {
        "id": story.lead.number,
        "name": story.lead.name,
        "phone": story.lead.phone,
        "email": story.lead.email,
        "source": story.source,
        "stage": story.stage,
        "created_at": story.created_at,
        "owner": owner_document(story.owner, story.names.get(story.owner or "", "")),
        "unowned_reason": story.unowned_reason,
        "pond_since": story.pond_since,
        "may_be_assigned": story.may_be_assigned,
        "policy_version": story.policy_version,
        "rule": None if story.rule is None else story.rule.written,
        "findings": dict(story.findings),
        "sla": None if story.sla is None else asdict(story.sla),
        "history": [_change(change) for change in story.changes],
        "history_fault": story.broken,
        "decisions": [decision_document(decision) for decision in story.decisions],
        "steps": [asdict(step) for step in story.steps],
        "workflows": [asdict(run) for run in story.runs],
        "exceptions": [asdict(raised) for raised in story.exceptions],
        "cadences": [asdict(enrolled) for enrolled in story.cadences],
    }
    return {name: as_plain(value) for name, value in document.items()}


def _change(change: OwnerChanged) -> dict[str, Any]:
    values = {**asdict(change), "by": change.by.written}
    return {"from": values.pop("from_"), **values}
