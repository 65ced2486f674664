"""A business that is texted, by agents and by customers."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from sami.database.engine import Database
from sami.domain.delivery.carrier_words import OptOutType
from sami.domain.language.phone import E164
from sami.settings.sections import LimitsSettings
from sami.store.leads import timeline
from sami.store.people import change_agent
from sami.store.senders import lock_sender
from sami.store.texts import consent_of
from sami.store.work import outbox_items
from sami.texts.message import InboundText
from sami.texts.receiving import receive_text
from tests.support.cast import ANA, STAFF_LINE, agent, olive, organisation
from tests.support.signed import publish

MONDAY_10 = datetime(2026, 11, 16, 16, 0, tzinfo=UTC)  # 10:00 in Chicago.
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
FILE = organisation(agents=[agent("ana", hours="Mo-Fr 09:00-18:00"), agent("ben"), agent("cy", calls=False), olive()])


class Texting:
    """A business that is texted; each text a second after the one before unless an instant is given."""

    def __init__(self, database: Database) -> None:
        publish(database, FILE)
        self.database = database
        self.now = MONDAY_10
        self._sids = 0

    def text(
        self,
        body: str,
        *,
        sender: str | None = ANA,
        line: str = STAFF_LINE,
        kind: str | None = None,
        limits: LimitsSettings | None = None,
    ) -> str | None:
        self._sids += 1
        self.now += timedelta(seconds=1)
        inbound = InboundText(
            f"SM{self._sids}",
            None if sender is None else E164(sender),
            E164(line),
            body,
            None if kind is None else OptOutType(kind),
        )
        with self.database.begin() as db:
            return receive_text(db, inbound, limits or LimitsSettings(), self.now)

    def agent(self, phone: str = ANA) -> Any:
        with self.database.read() as db:
            return lock_sender(db, phone)

    def set_agent(self, key: str, **values: Any) -> None:
        with self.database.begin() as db:
            change_agent(db, key=key, values=values)

    def rows(self, table: Any) -> list[Any]:
        with self.database.read() as db:
            return list(db.execute(table.select()))

    def sent(self) -> list[tuple[str, str]]:
        """Key and receiver of every text that waits to be sent."""
        return [(row.dedupe_key, row.payload["to"]) for row in self.waiting()]

    def waiting(self) -> list[Any]:
        """The texts that wait to be sent."""
        return [row for row in self.rows(outbox_items) if row.state == "pending"]

    def said(self) -> list[str]:
        """What customers texted, as their timelines have it."""
        return [row.text for row in self.rows(timeline) if row.kind == "text"]

    def consent(self, phone: str) -> str | None:
        with self.database.read() as db:
            return consent_of(db, phone)

    def do(self, change: Callable[[Any], Any]) -> Any:
        with self.database.begin() as db:
            return change(db)
