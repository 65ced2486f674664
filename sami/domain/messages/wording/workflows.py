"""What do workflows text to staff where the admin wrote no words? Who it is, how to reach them, and what happened.

Plain letters only: one sign outside GSM-7 makes a text cost double. Names are sent as they are written.
"""

from sami.domain.leads.inquiry import SAID, Inquiry
from sami.domain.leads.outcome import Outcome
from sami.domain.messages.wording.leads import NAME_LENGTH_MAX
from sami.domain.organisation.document import Trigger
from sami.domain.organisation.sentences import cut
from sami.domain.outcomes.outcome_actions import SAID_OF_THEM
from sami.domain.outcomes.workflows import Event

WANTS_LENGTH_MAX = 80


def notice(event: Event, lead: Inquiry, *, is_owned: bool) -> str:
    match event.trigger:
        case Trigger.LEAD_RECEIVED | Trigger.CONTACT_CREATED:
            return new_lead(lead, is_owned=is_owned)
        case Trigger.TAG_ADDED:
            return f"{_known(lead)} has a new tag: {event.tag}."
        case Trigger.STAGE_CHANGED:
            return f"{_known(lead)} is now {event.stage}."
        case Trigger.TEXT_RECEIVED:
            return f"{_known(lead)} sent a text."
        case Trigger.OUTCOME_RECORDED:
            return f"{_known(lead)} {SAID_OF_THEM[Outcome(event.outcome or Outcome.MISSED_TRANSFER)]}."
        case Trigger.SLA_BREACHED:
            return f"{_known(lead)} was not answered in time."


def new_lead(lead: Inquiry, *, is_owned: bool) -> str:
    """Who, where from and what they want."""
    state = "" if is_owned else ", owned by nobody"
    place = " ".join(word for word in (lead.city, lead.state) if word)
    said = (_who(lead), f"from {lead.source}" if lead.source else "", place)
    wants = _wants(lead)
    return f"New lead L{lead.id}{state}: {', '.join(word for word in said if word)}{f': {wants}' if wants else ''}."


def _known(lead: Inquiry) -> str:
    return f"Lead L{lead.id}, {_who(lead)},"


def _who(lead: Inquiry) -> str:
    """The name and the best way to reach them."""
    said = (cut(lead.name, NAME_LENGTH_MAX), lead.phone or lead.email)
    return ", ".join(word for word in said if word) or "without a name"


def _wants(lead: Inquiry) -> str:
    said = (_worded(getattr(lead, field.name)) for field in SAID if field.is_wish)
    return cut(", ".join(word for word in said if word), WANTS_LENGTH_MAX)


def _worded(value: str | int | None) -> str:
    return f"{value:,}" if isinstance(value, int) else value or ""
