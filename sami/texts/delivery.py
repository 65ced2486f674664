"""What does the carrier say became of a text of ours?"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from sami import logs
from sami.consent.bad_numbers import learn_bad_number
from sami.consent.ledger import withdraw
from sami.domain.delivery.carrier_codes import Meaning, meaning_for_text
from sami.domain.delivery.carrier_words import MessageStatus
from sami.domain.language.phone import E164
from sami.store.texts import mark_bad_number, note_text_status

_log = logs.logger(__name__)


@dataclass(frozen=True, slots=True)
class DeliveryReport:
    """News of one text to `phone`, which is None where that is no phone."""

    sid: str
    status: MessageStatus
    phone: E164 | None
    error_code: int | None


def note_delivery(db: Connection, report: DeliveryReport, now: datetime) -> None:
    """Move the text's state forward, and keep what a permanent code says of the phone.

    The code counts also where the text is not known by this SID yet: news may overtake the answer that names it.
    """
    note_text_status(db, sid=report.sid, status=report.status, error_code=report.error_code)
    if report.phone is None or report.error_code is None:
        return
    match meaning_for_text(report.error_code):
        case Meaning.OPTED_OUT:
            words = f"carrier code {report.error_code}"
            withdraw(db, phone=report.phone, source=f"status {report.sid}", now=now, words=words)
        case Meaning.BAD_NUMBER:
            learn_bad_number(db, report.phone, report.error_code, now)
        case Meaning.NO_TEXTS:
            mark_bad_number(db, phone=report.phone, error_code=report.error_code, at=now)
        case Meaning.BLOCKED | Meaning.REGION_CLOSED | Meaning.CONFIGURATION:
            _log.error("A text was refused: a person must look.", text_sid=report.sid, error_code=report.error_code)
        case _:
            pass
