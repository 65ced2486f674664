"""The contract in JSON: what a customer's worker is asked, and what may stand in its answer."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from sami.documents.lead_schema import TypeOf, with_lead_fields
from sami.domain.leads.fields import Kind, LeadField
from sami.domain.leads.inquiry import SAID
from sami.workers.contracts import StepInput, StepOutput, WorkerFailed

TEXT_MAX, ATTRIBUTES_MAX, TAGS_MAX, EVIDENCE_MAX, LIST_MAX = 200, 32, 32, 16, 32
PRICE_MAX = 10**15
SCORE_MAX = 1_000_000


def _plain(text: str) -> str:
    if not text.isprintable():
        raise ValueError("holds what cannot be printed")
    return text


Text = Annotated[str, StringConstraints(max_length=TEXT_MAX), AfterValidator(_plain)]
Key = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,63}$")]
Scalar = bool | Annotated[int, Field(ge=-PRICE_MAX, le=PRICE_MAX)] | Annotated[float, Field(allow_inf_nan=False)] | Text


class _Schema(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", hide_input_in_errors=True)


def _coded(field: LeadField) -> Any:
    return (Annotated[str, StringConstraints(pattern=f"^{field.form.pattern}$")] if field.form else Text) | None


_FILLED: Mapping[Kind, TypeOf] = {
    Kind.LINE: _coded,
    Kind.PRICE: lambda _: Annotated[int, Field(ge=0, le=PRICE_MAX)] | None,
}


@with_lead_fields(_FILLED, [field for field in SAID if field.by_worker], default=None)
class Output(_Schema):
    """Fields of the lead that a worker may fill in, and never more than that."""

    score: Annotated[int, Field(ge=-SCORE_MAX, le=SCORE_MAX)] | None = None
    may_contact: Literal[False] | None = None
    tags: Annotated[list[Text], Field(max_length=TAGS_MAX)] | None = None
    attributes: (
        Annotated[
            dict[Key, Scalar | Annotated[list[Scalar], Field(max_length=LIST_MAX)]], Field(max_length=ATTRIBUTES_MAX)
        ]
        | None
    ) = None


class Answer(_Schema):
    output: Output = Field(default_factory=Output)
    evidence: Annotated[list[Text], Field(max_length=EVIDENCE_MAX)] = Field(default_factory=list)
    confidence: Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)] = 1.0


def written_question(step: StepInput, capability: str, version: str) -> str:
    """All that is known of the lead; nothing of the policy and nothing of any other lead."""
    facts = step.facts
    question = {
        "capability": capability,
        "version": version,
        "key": step.key,
        "at": facts.at.isoformat(),
        "inquiry": {name: value for name, value in asdict(step.inquiry).items() if name != "id"},
        "facts": {
            "country": facts.country,
            "time_zone": facts.time_zone,
            "consent": facts.consent,
            "do_not_contact_until": _instant(facts.do_not_contact_until),
            "bad_number": facts.bad_number,
        },
    }
    return json.dumps(question, separators=(",", ":"))


def read_answer(body: bytes) -> StepOutput:
    """Refused as a whole where anything in it is not of the contract: half an answer is nobody's."""
    try:
        answer = Answer.model_validate_json(body)
    except ValidationError as error:
        raise WorkerFailed(f"answered garbage: {_first_complaint(error)}") from None
    return StepOutput(answer.output.model_dump(exclude_none=True), tuple(answer.evidence), answer.confidence)


def _first_complaint(error: ValidationError) -> str:
    """Where and of which kind; never what stood there."""
    problem = error.errors(include_input=False, include_url=False, include_context=False)[0]
    place = ".".join(str(part) for part in problem["loc"] if str(part) in _NAMES)
    return f"{place or 'its answer'}: {problem['type']}"


def _instant(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()


_NAMES = frozenset({*Answer.model_fields, *Output.model_fields})
