"""What a decision chose, and everything it saw on the way."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

Chosen = TypeVar("Chosen")


class Reason(StrEnum):
    """Why a check passed or failed. A value never changes once released; new ones are added."""

    PASSED = "passed"

    # Gates: why an agent is not rung.
    INACTIVE = "inactive"
    UNVERIFIED = "unverified"
    CALLS_OFF = "calls_off"
    OUT_OF_OFFICE = "out_of_office"
    OUTSIDE_HOURS = "outside_hours"
    ON_CALL = "on_call"
    RESERVED = "reserved"
    RESTING = "resting"
    OPTED_OUT = "opted_out"
    LACKS_SKILL = "lacks_skill"
    ALREADY_TRIED = "already_tried"

    # Assignment: why an agent is not given a lead.
    LEADS_OFF = "leads_off"
    NOT_THEIR_TURN = "not_their_turn"

    # Routing: why an attempt is made, shortened or left out.
    CHOSEN = "chosen"
    NO_OWNER = "no_owner"
    EMPTY_POOL = "empty_pool"
    COVERS = "covers"
    NO_TIME = "no_time"
    MAX_RING = "max_ring"
    SAME_NUMBER = "same_number"
    NUMBER_REFUSED = "number_refused"
    NUMBER_CAP = "number_cap"
    NO_REST = "no_rest"
    ENDING = "ending"


SENTENCES: dict[Reason, str] = {
    Reason.PASSED: "passed every gate",
    Reason.INACTIVE: "is no longer an active agent",
    Reason.UNVERIFIED: "has a phone that was never verified by a test ring",
    Reason.CALLS_OFF: "is off duty",
    Reason.OUT_OF_OFFICE: "is out of office",
    Reason.OUTSIDE_HOURS: "is outside working hours",
    Reason.ON_CALL: "is on a call",
    Reason.RESERVED: "is being offered another call",
    Reason.RESTING: "is resting",
    Reason.OPTED_OUT: "texted STOP, so this phone may not be rung until it texts ON",
    Reason.LACKS_SKILL: "lacks the skill the caller asked for",
    Reason.ALREADY_TRIED: "was already tried in this call",
    Reason.LEADS_OFF: "takes no new leads now",
    Reason.NOT_THEIR_TURN: "was not next in turn",
    Reason.CHOSEN: "was chosen",
    Reason.NO_OWNER: "nobody owns this lead",
    Reason.EMPTY_POOL: "nobody in the group may ring",
    Reason.COVERS: "covers for the owner",
    Reason.NO_TIME: "was left out because the caller's longest wait leaves less than ten seconds",
    Reason.MAX_RING: "was left out because enough phones ring at once already",
    Reason.SAME_NUMBER: "is the caller's own phone or was already rung as a fallback",
    Reason.NUMBER_REFUSED: "is a number this organisation may not dial",
    Reason.NUMBER_CAP: "was dialled too often within a minute",
    Reason.NO_REST: "legs cannot be created, so the group is rung one phone at a time",
    Reason.ENDING: "nobody is left to ring: voicemail",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of one check of one subject (an agent's key, a phone, a stage)."""

    subject: str
    passed: bool
    reason: Reason
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Decision(Generic[Chosen]):
    """A choice with its findings, in the order they were made."""

    chosen: Chosen
    trace: tuple[Finding, ...]
