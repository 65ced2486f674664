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
    CAP_OPEN_LEADS = "cap_open_leads"
    CAP_LEADS_PER_DAY = "cap_leads_per_day"
    CAP_LEADS_PER_HOUR = "cap_leads_per_hour"
    OFF_DUTY = "off_duty"
    LACKS_LICENCE = "lacks_licence"
    LACKS_LANGUAGE = "lacks_language"
    NO_SHARE = "no_share"
    NOT_PRIMARY = "not_primary"
    MORE_LOADED = "more_loaded"
    LESS_SUITED = "less_suited"
    NOT_DRAWN = "not_drawn"
    HAD_IT_BEFORE = "had_it_before"
    KEPT = "kept"
    NOT_NAMED = "not_named"

    # Policy: why a rule decides about a lead, or does not.
    MATCHED = "matched"
    DIFFERS = "differs"
    UNKNOWN_FIELD = "unknown_field"
    OUTSIDE_RULE_HOURS = "outside_rule_hours"
    DEFAULT = "default"
    NO_CONSENT = "no_consent"
    POND = "pond"

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
    Reason.CAP_OPEN_LEADS: "has as many open leads as they may have",
    Reason.CAP_LEADS_PER_DAY: "was given as many leads today as they may be",
    Reason.CAP_LEADS_PER_HOUR: "was given as many leads within an hour as they may be",
    Reason.OFF_DUTY: "is not on duty, and the rule asks for who is",
    Reason.LACKS_LICENCE: "holds no licence for the lead's state",
    Reason.LACKS_LANGUAGE: "does not speak the lead's language",
    Reason.NO_SHARE: "has no share in this rule",
    Reason.NOT_PRIMARY: "is not the first of the list, and the rule asks for nobody else",
    Reason.MORE_LOADED: "has more open leads and tasks",
    Reason.LESS_SUITED: "has fewer of the skills the lead asks for",
    Reason.NOT_DRAWN: "was not drawn",
    Reason.HAD_IT_BEFORE: "is the owner from whom the lead is taken",
    Reason.KEPT: "keeps the lead",
    Reason.NOT_NAMED: "is not whom the policy names for such leads",
    Reason.MATCHED: "matches this lead",
    Reason.DIFFERS: "does not match this lead",
    Reason.UNKNOWN_FIELD: "cannot match, because the lead does not say",
    Reason.OUTSIDE_RULE_HOURS: "is not active at this time",
    Reason.DEFAULT: "decides, because no rule matches",
    Reason.NO_CONSENT: "may not be contacted",
    Reason.POND: "nobody owns it until somebody claims it",
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
