"""R12: what waits to be texted to a phone ends with its STOP, in one statement however much it is."""

import pytest
from sqlalchemy import event

from sami.apply import apply
from sami.consent import ledger
from sami.database.engine import Database
from sami.domain.language.phone import E164
from sami.domain.outcomes.effects import SendEmail, SendText
from sami.store.leads import lock_ownership
from sami.store.work import outbox_items
from tests.support.cast import ANA, LEE, LINE, organisation
from tests.support.counts import count
from tests.support.make import AT as NOW
from tests.support.signed import publish

pytestmark = pytest.mark.races

MANY = count(500, 10_000)


@pytest.fixture(autouse=True)
def _business(database: Database) -> None:
    publish(database, organisation())


def queue(database: Database, phone: str, many: int) -> None:
    effects = [SendText(E164(phone), E164(LINE), f"Text {n}", f"test/{phone}/{n}") for n in range(many)]
    with database.begin(60) as db:
        apply(db, effects, NOW)


def stop(database: Database, phone: str) -> list[str]:
    """The statements that it took."""
    seen: list[str] = []

    def note(_conn: object, _cursor: object, statement: str, *_: object) -> None:
        seen.append(statement)

    with database.begin(60) as db:
        event.listen(db, "before_cursor_execute", note)
        lock_ownership(db)
        assert ledger.withdraw(db, phone=E164(phone), source="text", now=NOW, words="STOP")
    return seen


def states(database: Database) -> dict[tuple[str, str], int]:
    counted: dict[tuple[str, str], int] = {}
    with database.read() as db:
        for item in db.execute(outbox_items.select()):
            key = (str(item.payload.get("to", "mail")), item.state)
            counted[key] = counted.get(key, 0) + 1
    return counted


def test_r12_a_stop_cancels_every_queued_text_to_that_phone_and_no_other(database: Database) -> None:
    queue(database, LEE, MANY)
    queue(database, ANA, 3)
    with database.begin() as db:
        apply(db, [SendEmail(1, "Hello", f"{LEE} called.", "test/mail")], NOW)
    stop(database, LEE)
    assert states(database) == {
        (LEE, "cancelled"): MANY,
        (ANA, "pending"): 3,
        ("mail", "pending"): 1,
    }


def test_r12_many_texts_cost_a_stop_no_more_statements_than_one(database: Database) -> None:
    queue(database, LEE, 50)
    queue(database, ANA, 1)
    assert len(stop(database, LEE)) == len(stop(database, ANA))


def test_r04_what_is_being_sent_already_is_left_to_its_answer(database: Database) -> None:
    queue(database, LEE, 2)
    with database.begin() as db:
        db.execute(outbox_items.update().where(outbox_items.c.id == 1).values(state="sending"))
    stop(database, LEE)
    assert states(database) == {(LEE, "sending"): 1, (LEE, "cancelled"): 1}
