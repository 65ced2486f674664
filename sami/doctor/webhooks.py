"""Which webhooks were refused since yesterday, and why? A wrong token or address refuses every call, else unseen."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row

from sami.doctor.check import Check, advice, fine, wrong
from sami.domain.access.refused_webhooks import EXPLAINED, RefusedBecause
from sami.store.refused_webhooks import last_accepted_webhook_at, refusals_since

LOOK_BACK = timedelta(days=1)
NAME = "webhooks"


def check_refused_webhooks(db: Connection, now: datetime) -> Iterator[Check]:
    """Wrong where nothing was accepted since; where something was, the refused came from strangers most likely."""
    refused = refusals_since(db, now - LOOK_BACK)
    if not refused:
        yield fine(NAME, "No webhook was refused within a day.")
    accepted_at = last_accepted_webhook_at(db)
    for row in refused:
        yield _check(row, accepted_at)


def _check(row: Row[Any], accepted_at: datetime | None) -> Check:
    because = RefusedBecause(row.cause)
    words, remedy = EXPLAINED[because]
    sentence = (
        f"{row.times} webhook(s) of the last day {words}. The last came at {row.last_at:%Y-%m-%d %H:%M} UTC and was "
        f"checked against {row.address}."
    )
    if accepted_at is not None and accepted_at > row.last_at:
        return advice(NAME, f"{sentence} Genuine ones have been accepted since.", remedy)
    if because is RefusedBecause.NO_SIGNATURE:
        return advice(NAME, sentence, remedy)
    return wrong(NAME, sentence, remedy)
