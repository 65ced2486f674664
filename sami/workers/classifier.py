"""A classifier of the customer's own is asked what a text means; signed, bounded, and left alone when it keeps failing.

It is told the words and when they came, and neither name nor phone. What it answers is only ever suggested (S15).
"""

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime

import requests
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from sami import clock
from sami.domain.outcomes import Outcome
from sami.domain.web_address import address_problem, read_address, secret_problem
from sami.posting import TOO_MANY, NotPosted, post, signed
from sami.workers.circuit import circuit_of

RESPONSE_MAX = 64 * 1024
SERVER_ERROR = 500


@dataclass(frozen=True, slots=True)
class Classifier:
    """Where it is and how it is asked; `allow`: inside places that an operator has permitted, as host:port."""

    url: str
    secret: str
    timeout_s: float
    allow: frozenset[str]


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


class NotClassified(Exception):
    """No usable answer; the text is to be read after "the classifier". `temporary`: another try may go better."""

    def __init__(self, why: str, *, temporary: bool = False) -> None:
        super().__init__(why)
        self.temporary = temporary


def classify(classifier: Classifier, question: Question) -> Classified:
    """Raises NotClassified."""
    problem = address_problem(classifier.url, classifier.allow) or secret_problem(classifier.secret)
    address = read_address(classifier.url)
    if problem or address is None:
        raise NotClassified(f"was not asked: it {problem}")
    circuit = circuit_of(classifier.url)
    if not circuit.admits(clock.monotonic()):
        raise NotClassified("was not asked: it failed too often just now", temporary=True)
    body = _written(question)
    headers = signed(classifier.secret, _message_id(question), clock.utc_now(), body)
    try:
        inside = address.place in classifier.allow
        answer = _read(post(address, body, headers, classifier.timeout_s, inside=inside, take=_take))
    except NotPosted as failed:
        circuit.note_failure(clock.monotonic())
        raise NotClassified(str(failed), temporary=failed.temporary) from None
    except NotClassified:
        circuit.note_failure(clock.monotonic())
        raise
    circuit.note_answer()
    return answer


def _written(question: Question) -> str:
    return json.dumps(
        {
            "text": {"id": question.sid, "body": question.body, "at": _instant(question.at)},
            "lead": question.lead,
            "time_zone": question.time_zone,
            "outcomes": [outcome.value for outcome in Outcome],
            "rules": {"outcome": question.rules},
        }
    )


def _message_id(question: Question) -> str:
    """The same for every try, so that a service may tell a repeat."""
    return f"msg_{hashlib.sha256(question.sid.encode()).hexdigest()[:24]}"


def _take(response: requests.Response, ends_at: float) -> bytes:
    status = response.status_code
    if status != requests.codes.ok:
        raise NotClassified(f"answered {status}", temporary=status == TOO_MANY or status >= SERVER_ERROR)
    read = bytearray()
    while piece := response.raw.read1(8 * 1024):
        read += piece
        if len(read) > RESPONSE_MAX:
            raise NotClassified(f"answered more than {RESPONSE_MAX // 1024} kB")
        if clock.monotonic() > ends_at:
            raise NotClassified("did not finish its answer in time", temporary=True)
    return bytes(read)


def _read(answer: bytes) -> Classified:
    try:
        return Classified.model_validate_json(answer)
    except ValidationError:
        raise NotClassified("answered something else than outcome, confidence and at") from None


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
