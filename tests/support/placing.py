"""Calls that we place ourselves, for tests: a lead, a call to them, and what became of it."""

from typing import Any

from sami.apply import apply
from sami.domain.language.phone import E164
from sami.domain.outcomes.effects import PlaceCall
from sami.store import leads
from sami.store.outbound_calls import placed_calls
from tests.support.cast import LEE, LINE
from tests.support.world import World


def know_lead(world: World, *, owner: str | None = "ana", phone: str = LEE, name: str = "Lee Ortiz") -> int:
    owner_id = None if owner is None else world.agent(owner).id
    with world.database.begin() as db:
        lead_id = leads.insert_lead(
            db,
            phone=phone,
            name=name,
            owner_id=owner_id,
            unowned_reason=None if owner_id else "nobody takes leads now",
            attributes={},
            created_at=world.now,
        )
    assert lead_id is not None, "a lead is made once"
    return lead_id


def place(world: World, lead_id: int, **stated: Any) -> None:
    """As a cadence's step, a text or a choice in a call would."""
    wanted: dict[str, Any] = {"lead_id": lead_id, "phone": E164(LEE), "line": E164(LINE), "dedupe_key": "test/call/1"}
    with world.database.begin() as db:
        apply(db, [PlaceCall(**wanted | stated)], world.now)


def placed(world: World, key: str = "test/call/1") -> Any:
    with world.database.read() as db:
        return db.execute(placed_calls.select().where(placed_calls.c.dedupe_key == key)).one()


def timeline(world: World) -> list[str]:
    with world.database.read() as db:
        rows = db.execute(leads.timeline.select().order_by(leads.timeline.c.id)).all()
    return [row.text for row in rows if row.kind == "call"]
