"""Why should a person look at a lead? The kinds of exceptions; one stays open until it is closed, or over."""

from enum import StrEnum


class ExceptionKind(StrEnum):
    REASSIGNED = "reassigned"
    UNMATCHED = "unmatched"
    INCOMPLETE = "incomplete"
    UNOWNED = "unowned"
    WORKER_FAILED = "worker_failed"
    CLASH = "clash"
    DELAYED = "delayed"
    SLA_BREACHED = "sla_breached"
    FORM_DIFFERS = "form_differs"


OF_THE_POND = frozenset({ExceptionKind.UNOWNED, ExceptionKind.UNMATCHED, ExceptionKind.INCOMPLETE})
"""Over once the lead has an owner."""
