"""What we say by ourselves to people outside is counted and capped in the transaction that lets it leave (S25).

A cap on one phone, line or country holds back what is for it. A cap on all together stops everything of the kind until
an owner or an admin lifts it: so much was never meant, or somebody makes us say it.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from sami import logs
from sami.audit.recording import record
from sami.domain.audit.entry import Verb
from sami.domain.consent.caps import Cap, Limits, Per, Spent, caps_on, first_reached
from sami.domain.language.actor import Actor
from sami.domain.language.phone import E164
from sami.notices.admins import tell_admins
from sami.store import caps as store
from sami.store.facts import read_directory

LOOK_AGAIN = timedelta(minutes=5)
KEPT = timedelta(days=2)

_log = logs.logger(__name__)
_LEFT_OUT = {
    Spent.TEXTS: "Who calls or fills in a form meanwhile gets no text from us",
    Spent.CALLS: "Nobody is called by the bot meanwhile",
}


@dataclass(frozen=True, slots=True)
class Over:
    """Nothing more may leave now. `until`: when there may be room again."""

    why: str
    until: datetime


def spend(db: Connection, spent: Spent, *, phone: E164, line: E164, limits: Limits, now: datetime) -> Over | None:
    """None where it was counted and may leave. To be asked last: what is counted is not taken back."""
    store.lock_spending(db)
    stop = store.stop_of(db, spent)
    if stop is not None:
        return Over(f"{spent.value} are stopped: {stop.why}", now + LOOK_AGAIN)
    home = read_directory(db).organisation.country
    caps = caps_on(spent, phone=phone, line=line, home=home, limits=limits)
    began = {cap.name: cap.per.begins_at(now) for cap in caps}
    reached = first_reached(caps, store.spent_since(db, began))
    if reached is None:
        store.spend(db, began)
        return None
    if reached.of == "all":
        _stop(db, reached, now)
        return Over(f"{spent.value} are stopped: {reached.why}", now + LOOK_AGAIN)
    _log.warning("A cap holds something back.", kind=spent.value, of=reached.of, per=reached.per.value)
    return Over(reached.why, reached.per.ends_at(now))


def lift(db: Connection, kinds: tuple[Spent, ...], *, by: Actor, now: datetime) -> list[str]:
    """What was stopped may leave again, and is counted from nothing; the kinds that were stopped."""
    store.lock_spending(db)
    lifted = store.lift_stops(db, kinds=kinds, by=by, at=now)
    store.forget_counted(db, (f"{kind}/{per}/all/" for kind in lifted for per in Per))
    if lifted:
        record(db, Verb.LIFTED, "limit", ", ".join(lifted), by=by, now=now)
    _log.info("A stop was lifted.", kinds=lifted, by=by.written)
    return lifted


def forget_old_spending(db: Connection, now: datetime) -> None:
    store.forget_spending(db, before=now - KEPT)


def _stop(db: Connection, cap: Cap, now: datetime) -> None:
    """Whoever may lift it hears of it at once."""
    _log.error("A cap on everybody together was reached: a person must look.", kind=cap.spent.value, why=cap.why)
    store.insert_stop(db, kind=cap.spent, why=cap.why, at=now)
    directory = read_directory(db)
    what = "Texts to leads" if cap.spent is Spent.TEXTS else "Calls to leads"
    body = f"{what} are stopped: {cap.why}. {_LEFT_OUT[cap.spent]}. Look who came in, then: sami limits lift"
    tell_admins(db, body, f"limits/{cap.spent}/{now.isoformat()}", directory=directory, now=now)
