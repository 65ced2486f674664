"""A decision as a document: the one form of it, for the API, the command line and the console."""

import json
from collections.abc import Sequence
from typing import Any

from pydantic_core import to_jsonable_python
from sqlalchemy import Row

from sami.domain.language.trace import Decision, Finding
from sami.views.stored_decisions import StoredDecision, chosen_document


def decision_document(stored: StoredDecision) -> dict[str, Any]:
    """As it stands within a call or a lead, which is known there."""
    return _document(stored, choice_document(stored.decision))


def whole_decision_document(row: Row[Any]) -> dict[str, Any]:
    """Facts, trace and choice as they were stored, also by a release that named more or less."""
    choice = {"trace": json.loads(row.trace), "chosen": json.loads(row.chosen)}
    return {**_document(row, choice), "lead": row.lead_id, "facts": json.loads(row.facts)}


def choice_document(decision: Decision[Any]) -> dict[str, Any]:
    return {"trace": trace_document(decision.trace), "chosen": chosen_document(decision.chosen)}


def trace_document(trace: Sequence[Finding]) -> list[dict[str, Any]]:
    return [to_jsonable_python(found) for found in trace]


def _document(of: StoredDecision | Row[Any], choice: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": of.ref,
        "kind": of.kind,
        "at": of.at,
        "policy_version": of.policy_version,
        "version": of.version,
        **choice,
    }
