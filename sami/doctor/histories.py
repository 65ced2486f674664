"""Was the history of a lead changed behind our back?"""

from collections.abc import Iterator

from sqlalchemy import Connection

from sami.doctor.check import Check, fine, wrong
from sami.leads.history import verify_history

NAME = "histories"
LEADS_NAMED = 5


def check_histories(db: Connection) -> Iterator[Check]:
    """Of every lead (R14); a million changes take about a minute."""
    broken = verify_history(db)
    if not broken:
        yield fine(NAME, "The history of every lead leads to its owner of today, as it was written.")
        return
    named = ", ".join(str(found.lead_id) for found in broken[:LEADS_NAMED])
    more = f" and {len(broken) - LEADS_NAMED} more" if len(broken) > LEADS_NAMED else ""
    sentence = f"Histories were changed behind our back, of {len(broken)} lead(s): {named}{more}."
    yield wrong(NAME, sentence, "`sami why LEAD` says how; compare with a backup.")
