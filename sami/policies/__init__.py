"""The policy from draft to decision: edited, checked, published, compared, rolled back, tried on some of the leads."""

from sami.documents.checks import Fault
from sami.policies.differences import diff, document_of, policy_changes
from sami.policies.drafting import Draft, DraftNameRefused, UnknownDraft, drafts, publish_draft, read_draft, save_draft
from sami.policies.pilots import Comparison, NoPilot, PilotRefused, Side, compare_pilot, end_pilot, start_pilot
from sami.policies.publishing import (
    NoteMissing,
    NotScheduled,
    UnknownVersion,
    Version,
    check,
    export_policy,
    history,
    publish,
    read_version,
    rollback,
    scheduled,
    standing_faults,
    withdraw,
)
from sami.policies.reading import PolicyRefused, plain, read_text, typed, write_text

__all__ = [
    "Comparison",
    "Draft",
    "DraftNameRefused",
    "Fault",
    "NoPilot",
    "NotScheduled",
    "NoteMissing",
    "PilotRefused",
    "PolicyRefused",
    "Side",
    "UnknownDraft",
    "UnknownVersion",
    "Version",
    "check",
    "compare_pilot",
    "diff",
    "document_of",
    "drafts",
    "end_pilot",
    "export_policy",
    "history",
    "plain",
    "policy_changes",
    "publish",
    "publish_draft",
    "read_draft",
    "read_text",
    "read_version",
    "rollback",
    "save_draft",
    "scheduled",
    "standing_faults",
    "start_pilot",
    "typed",
    "withdraw",
    "write_text",
]
