"""Was the audit changed behind our back?"""

from collections.abc import Iterator

from sqlalchemy import Connection

from sami.audit.verifying import verify_audit
from sami.doctor.check import Check, fine, wrong

NAME = "audit"
PLACES_NAMED = 3


def check_audit(db: Connection) -> Iterator[Check]:
    verified = verify_audit(db)
    if not verified.wrong:
        yield fine(NAME, f"The audit's {verified.end.number} entries are as they were written.")
        return
    told = "; ".join(verified.wrong[:PLACES_NAMED])
    more = f"; and {len(verified.wrong) - PLACES_NAMED} more" if len(verified.wrong) > PLACES_NAMED else ""
    remedy = "`sami audit verify` names every place; compare with a backup, and ask who has the database's password."
    yield wrong(NAME, f"The audit was changed behind our back: {told}{more}.", remedy)
