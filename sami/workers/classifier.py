"""A classifier of the customer's own is asked what a text means; signed, bounded, and left alone when it keeps failing.

It is told the words and when they came, and neither name nor phone. What it answers is only ever suggested (S15).
"""

import json
from dataclasses import dataclass
from datetime import datetime

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from sami.domain.language.instants import rfc3339
from sami.domain.leads.outcome import Outcome
from sami.workers.asking import Service, ask, message_id
from sami.workers.contracts import WorkerFailed


@dataclass(frozen=True, slots=True)
class Question:
    """One text. `rules`: what our own rules take it for, None where they do not know."""

    sid: str
    body: str
    at: datetime
    lead: int
    time_zone: str
    rules: Outcome | None


class Classified(BaseModel):
    """What it takes the text for; None: nothing in particular. `at`: when they want to hear from us."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    outcome: Outcome | None
    confidence: float = Field(ge=0, le=1, allow_inf_nan=False)
    at: AwareDatetime | None = None


def classify(classifier: Service, question: Question) -> Classified:
    """Raises WorkerFailed."""
    return ask(classifier, message_id(question.sid), _written(question), _read)


def _written(question: Question) -> str:
    return json.dumps(
        {
            "text": {"id": question.sid, "body": question.body, "at": rfc3339(question.at, timespec="seconds")},
            "lead": question.lead,
            "time_zone": question.time_zone,
            "outcomes": [outcome.value for outcome in Outcome],
            "rules": {"outcome": question.rules},
        }
    )


def _read(answer: bytes) -> Classified:
    try:
        return Classified.model_validate_json(answer)
    except ValidationError:
        raise WorkerFailed("answered something else than outcome, confidence and at") from None
