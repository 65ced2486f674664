"""What does each of the carrier's codes mean, for a call and for a text? This is the one table of them."""

from dataclasses import dataclass
from enum import StrEnum


class Meaning(StrEnum):
    """What a code is about, in the answer to a request of ours or in a status callback."""

    BAD_NUMBER = "bad_number"
    """Nobody has this number: it is never used again."""
    NO_TEXTS = "no_texts"
    """A landline: calls and call backs are as welcome as before."""
    OPTED_OUT = "opted_out"
    BLOCKED = "blocked"
    """Refused by Twilio or another carrier on the way: filtered, barred, or taken for fraud."""
    REGION_CLOSED = "region_closed"
    """Our account may not reach that country: an admin opens it in Twilio's console."""
    CONFIGURATION = "configuration"
    """Our own fault, which counts against nobody's phone."""
    ONCE_MORE = "once_more"
    """Out of reach for the moment."""
    BUSY = "busy"
    """We ask faster than our account may."""
    GONE = "gone"
    """The call is no longer there: a normal race."""
    NOT_EMPTY = "not_empty"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class CarrierCode:
    """One code by the title of its page. `rfc` where it is a SIP answer that Twilio hands on, which has no page."""

    code: int
    title: str
    call: Meaning = Meaning.OTHER
    text: Meaning = Meaning.OTHER
    rfc: str = ""

    @property
    def source(self) -> str:
        return self.rfc or f"https://www.twilio.com/docs/api/errors/{self.code}"


AUTHENTICATION = 20003

CARRIER_CODES = (
    # SIP answers of the called network, in the status callback of a leg. An HTTP status never comes here.
    CarrierCode(404, "Not Found", call=Meaning.BAD_NUMBER, rfc="RFC 3261, 21.4.5"),
    # Carriers that block by analysis of calls say the one or the other.
    CarrierCode(603, "Decline", call=Meaning.BLOCKED, rfc="RFC 3261, 21.6.2"),
    CarrierCode(607, "Unwanted", call=Meaning.BLOCKED, rfc="RFC 8197"),
    # What <Dial> was asked for.
    CarrierCode(13214, "Dial: Invalid callerId value", call=Meaning.CONFIGURATION),
    CarrierCode(13223, "Dial: Invalid phone number format", call=Meaning.BAD_NUMBER),
    CarrierCode(13224, "Dial: Invalid phone number", call=Meaning.BAD_NUMBER),
    CarrierCode(13225, "Dial: Forbidden phone number", call=Meaning.BLOCKED),
    CarrierCode(13226, "Dial: Invalid country code", call=Meaning.BAD_NUMBER),
    CarrierCode(13227, "Dial: No International Authorization", call=Meaning.REGION_CLOSED),
    # Any request.
    CarrierCode(AUTHENTICATION, "Authenticate", call=Meaning.CONFIGURATION, text=Meaning.CONFIGURATION),
    CarrierCode(20404, "Not Found", call=Meaning.GONE, text=Meaning.GONE),
    CarrierCode(20429, "Too Many Requests", call=Meaning.BUSY, text=Meaning.BUSY),
    # Calls asked for by REST; some of these are said of texts, too.
    CarrierCode(21210, "'From' phone number not verified", call=Meaning.CONFIGURATION),
    CarrierCode(21211, "Invalid 'To' Phone Number", call=Meaning.BAD_NUMBER, text=Meaning.BAD_NUMBER),
    CarrierCode(21214, "'To' phone number cannot be reached", call=Meaning.BAD_NUMBER, text=Meaning.BAD_NUMBER),
    CarrierCode(21215, "Geo Permission configuration is not permitting call", call=Meaning.REGION_CLOSED),
    # A high risk of fraud, a law, or an account without a customer profile.
    CarrierCode(21216, "Call blocked by Twilio", call=Meaning.BLOCKED),
    CarrierCode(21217, "Phone number does not appear to be valid", call=Meaning.BAD_NUMBER, text=Meaning.BAD_NUMBER),
    CarrierCode(21219, "'To' phone number not verified", call=Meaning.CONFIGURATION),
    CarrierCode(21220, "Invalid call state", call=Meaning.GONE),
    # Texts that were refused.
    CarrierCode(21408, "Permission to send an SMS has not been enabled for the region", text=Meaning.REGION_CLOSED),
    CarrierCode(21606, "The 'From' number is not a valid, SMS-capable number", text=Meaning.CONFIGURATION),
    CarrierCode(21608, "The number is unverified; a trial account may not text it", text=Meaning.CONFIGURATION),
    CarrierCode(21610, "Attempt to send to unsubscribed recipient", text=Meaning.OPTED_OUT),
    CarrierCode(21611, "The 'From' number has exceeded the maximum of queued messages", text=Meaning.BUSY),
    CarrierCode(21614, "'To' number is not a valid mobile number", text=Meaning.NO_TEXTS),
    CarrierCode(21635, "'To' number cannot be a landline", text=Meaning.NO_TEXTS),
    # The deletion of a queue.
    CarrierCode(22003, "Queue not empty", call=Meaning.NOT_EMPTY),
    # Texts that did not arrive.
    CarrierCode(30001, "Queue overflow", text=Meaning.BUSY),
    CarrierCode(30003, "Unreachable destination handset", text=Meaning.ONCE_MORE),
    CarrierCode(30004, "Message blocked", text=Meaning.BLOCKED),
    CarrierCode(30005, "Unknown destination handset", text=Meaning.BAD_NUMBER),
    CarrierCode(30006, "Landline or unreachable carrier", text=Meaning.NO_TEXTS),
    CarrierCode(30007, "Message filtered", text=Meaning.BLOCKED),
    CarrierCode(30008, "Unknown error", text=Meaning.ONCE_MORE),
    CarrierCode(30034, "Message from an unregistered number", text=Meaning.CONFIGURATION),
)

_BY_CODE = {known.code: known for known in CARRIER_CODES}

NO_TEXTS_CODES = frozenset(known.code for known in CARRIER_CODES if known.text is Meaning.NO_TEXTS)


def meaning_for_call(code: int | None) -> Meaning:
    known = None if code is None else _BY_CODE.get(code)
    return Meaning.OTHER if known is None else known.call


def meaning_for_text(code: int | None) -> Meaning:
    known = None if code is None else _BY_CODE.get(code)
    return Meaning.OTHER if known is None else known.text
