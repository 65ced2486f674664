"""Things that should become true because of a decision; `sami.apply` writes them in the caller's transaction."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sami.domain.language.actor import Actor
from sami.domain.language.phone import E164
from sami.domain.leads.stages import Stage


@dataclass(frozen=True, slots=True)
class SendText:
    """`dedupe_key` is a sentence that names the occasion: the same occasion is never texted twice.

    `for_lead` texts ask consent and permitted hours again when they leave; texts to our own agents do not.
    `asked_at` is the call or text that this answers: within five minutes of it any hour is permitted. `enrolment`: a
    step of a cadence wants it, and what cancels or pauses the cadence holds it back too (R9). `can_wait`: a notice to
    one of ours that keeps to their quiet hours and preferences, and may be said together with others. `asks_contact`:
    it asks one of ours to contact the lead, and does not leave once there is nothing to contact it for (R24).
    `unless_answered`: nor once somebody responded to the lead. `task_id`: nor once the task is done. `not_before`:
    whoever is told is off duty until then. `bundle`: what of this name goes to one person within ten minutes is one
    message, urgent or not. `must_be_seen`: it is never among those that such a message only counts. `occasion`: what
    one made can be cancelled together. `repeats_when_lost`: told a second time rather than perhaps not at all (R6).
    """

    to: E164
    line: E164
    body: str
    dedupe_key: str
    call: str | None = None
    lead_id: int | None = None
    agent_id: int | None = None
    for_lead: bool = False
    asked_at: datetime | None = None
    enrolment: int | None = None
    can_wait: bool = False
    asks_contact: bool = False
    unless_answered: bool = False
    task_id: int | None = None
    not_before: datetime | None = None
    bundle: str | None = None
    must_be_seen: bool = False
    occasion: str | None = None
    repeats_when_lost: bool = False


@dataclass(frozen=True, slots=True)
class SendEmail:
    """To one of ours, at the address they have when it leaves. `notice` names what is told, whatever the channel."""

    agent_id: int
    subject: str
    body: str
    dedupe_key: str
    call: str | None = None
    lead_id: int | None = None
    can_wait: bool = False
    asks_contact: bool = False
    notice: str | None = None
    occasion: str | None = None
    repeats_when_lost: bool = False


@dataclass(frozen=True, slots=True)
class TellInApp:
    """Kept for an agent until they have read it. `can_wait`: by their own channels instead, where they chose some."""

    agent_id: int
    body: str
    dedupe_key: str
    call: str | None = None
    lead_id: int | None = None
    can_wait: bool = False
    notice: str | None = None
    occasion: str | None = None
    repeats_when_lost: bool = False


@dataclass(frozen=True, slots=True)
class PostToSlack:
    body: str
    dedupe_key: str
    call: str | None = None
    lead_id: int | None = None
    asks_contact: bool = False
    occasion: str | None = None


@dataclass(frozen=True, slots=True)
class Announce:
    """To every subscription that asked for this event. `payload` is plain JSON."""

    event: str
    payload: Mapping[str, Any]
    dedupe_key: str
    call: str | None = None
    lead_id: int | None = None
    occasion: str | None = None


@dataclass(frozen=True, slots=True)
class CreateTask:
    """`asks_contact`: with a lead who asked not to be contacted it is done as it is made (R24).

    `is_response`: it is the lead's first response, which is not due before the task is. `occasion`: what one
    made can be closed together.
    """

    dedupe_key: str
    title: str
    owner_id: int | None
    due_at: datetime
    lead_id: int | None = None
    call: str | None = None
    recording_url: str | None = None
    asks_contact: bool = False
    is_response: bool = False
    occasion: str | None = None


@dataclass(frozen=True, slots=True)
class EndWork:
    """Nobody of ours has anything more to contact the lead for, because of an outcome or `do_not_contact`: its tasks
    are done, the clock of its first response ends, and no notice that was written before asks for contact (R24).
    """

    lead_id: int
    because: str
    by: Actor


@dataclass(frozen=True, slots=True)
class AssignOwner:
    """Every owner change says why and who; `decision` refers to the decision behind it, if a policy made it.

    `to_id` None: back to the pond. `turn` is what the turn changed in its pool, so that it can be given back. `batch`
    names the bulk change this is a part of. `by_hand`: a person decided, which outranks what the policy would.
    """

    lead_id: int
    from_id: int | None
    to_id: int | None
    why: str
    by: Actor
    decision: str | None = None
    turn: Mapping[str, Any] | None = None
    batch: str | None = None
    by_hand: bool = False


@dataclass(frozen=True, slots=True)
class ChangeStage:
    """A move that is not listed is left out, and the timeline says so. `why` may be empty."""

    lead_id: int
    stage: Stage
    why: str
    by: Actor


@dataclass(frozen=True, slots=True)
class AddTag:
    """A tag the lead has already, in whatever case, is not added again."""

    lead_id: int
    tag: str
    by: Actor


@dataclass(frozen=True, slots=True)
class RemoveTag:
    lead_id: int
    tag: str
    by: Actor


@dataclass(frozen=True, slots=True)
class WriteTimeline:
    lead_id: int
    kind: str
    text: str
    call: str | None = None


@dataclass(frozen=True, slots=True)
class Enrol:
    """A lead that is in this cadence already stays where it is in it, and its timeline says so."""

    lead_id: int
    cadence: str
    by: Actor
    line: E164 | None = None


@dataclass(frozen=True, slots=True)
class PauseCadences:
    """`until` None: until somebody resumes them."""

    lead_id: int
    until: datetime | None
    why: str
    by: Actor


@dataclass(frozen=True, slots=True)
class CancelCadences:
    """One cadence ends, or all without `cadence`, with what it has yet to send (R9). `call`: what led to it."""

    lead_id: int
    why: str
    by: Actor
    cadence: str | None = None
    call: str | None = None


@dataclass(frozen=True, slots=True)
class DoNotContact:
    """Bars texts and automatic calls until then; None bars them for good, unless they ask."""

    lead_id: int
    until: datetime | None
    why: str
    by: Actor


@dataclass(frozen=True, slots=True)
class OptOut:
    """On every channel, until they say otherwise. `source` is where they said it: "call CA...", "text SM..."."""

    phone: E164
    source: str
    words: str | None = None


@dataclass(frozen=True, slots=True)
class PlaceCall:
    """We call the lead. `agent_first`: an agent is rung first, and the lead when they press 1.

    `message` is left on an answering machine; empty: hang up. `of_call` is the call in which this was asked for.
    `asked_by` is the agent who asked for it, and is the one who is rung. `asked_by_text`: the lead texted for it.
    """

    lead_id: int
    phone: E164
    line: E164
    dedupe_key: str
    agent_first: bool = False
    message: str = ""
    enrolment: int | None = None
    of_call: str | None = None
    asked_at: datetime | None = None
    asked_by: int | None = None
    asked_by_text: bool = False
    occasion: str | None = None


@dataclass(frozen=True, slots=True)
class RingLeg:
    """Create a leg by REST. `timeout_s` is what Twilio is told; past `gives_up_at` it is no longer created."""

    attempt: str
    call: str
    to: E164
    line: E164
    timeout_s: int
    due_at: datetime
    gives_up_at: datetime
    caller_id: E164 | None = None
    call_token: str | None = None


@dataclass(frozen=True, slots=True)
class EndLeg:
    attempt: str
    leg_sid: str


@dataclass(frozen=True, slots=True)
class RedirectCaller:
    """Fetch the waiting caller out of hold music that lasts longer than the phones rang."""

    call: str
    turn: int


@dataclass(frozen=True, slots=True)
class DeleteQueue:
    """Twilio's queues persist; the one named after the call is deleted when the call is over."""

    call: str
    after_s: int = 60


@dataclass(frozen=True, slots=True)
class DeleteRecording:
    """Twilio keeps recordings until somebody deletes them; this one by its SID."""

    recording: str
    call: str


Effect = (
    SendText
    | SendEmail
    | TellInApp
    | PostToSlack
    | Announce
    | Enrol
    | PauseCadences
    | CancelCadences
    | DoNotContact
    | OptOut
    | PlaceCall
    | CreateTask
    | EndWork
    | AssignOwner
    | ChangeStage
    | AddTag
    | RemoveTag
    | WriteTimeline
    | RingLeg
    | EndLeg
    | RedirectCaller
    | DeleteQueue
    | DeleteRecording
)
