"""A lead, what is known beside it, and a policy, with what a test states."""

from dataclasses import replace
from typing import Any

from sami.domain.assignment.pipeline_step import IntakeFacts
from sami.domain.assignment.policy import Policy
from sami.domain.language.phone import E164
from sami.domain.leads.inquiry import Inquiry
from sami.workers.contracts import StepInput
from tests.support.cast import LEE
from tests.support.make import AT

FACTS = IntakeFacts(at=AT, country="US", time_zone="America/Chicago")  # Monday, 10:00 in Chicago.
LEAD = Inquiry(name="Lee Park", phone=E164(LEE), email="lee@example.com")


def asked(inquiry: Inquiry = LEAD, policy: Policy | None = None, *, timeout_s: float = 10, **facts: Any) -> StepInput:
    """`timeout_s` is far more than an answer of this machine takes, also on a busy one."""
    return StepInput("lead/1", inquiry, replace(FACTS, **facts), policy or Policy(), timeout_s)
