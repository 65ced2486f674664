"""What waits for a lead's old phone does not leave once the phone was corrected: it may be anybody's."""

from datetime import timedelta

import pytest

from sami.consent.permissions import permission
from sami.domain.consent.permission import Barred, Channel, ContactHours, Permitted
from sami.domain.language.actor import person
from sami.domain.language.phone import E164
from sami.domain.outcomes.effects import SendText
from sami.leads.intake import update_lead_fields
from sami.store.facts import read_directory
from sami.store.leads import insert_lead
from tests.support.services import CALLER, LINE, Core

OTHER = "+15125550188"


def lead_with_phone(world: Core) -> int:
    with world.database.begin() as db:
        values = {"unowned_reason": "nobody was there", "pond_since": world.now, "created_at": world.now}
        lead_id = insert_lead(db, phone=CALLER, name="Lee", email="lee@example.com", attributes={}, **values)
    assert lead_id is not None
    return lead_id


def correct(world: Core, lead_id: int, phone: str) -> None:
    with world.database.begin() as db:
        update_lead_fields(
            db,
            lead_id=lead_id,
            changes={"phone": phone},
            by=person("api/crm"),
            directory=read_directory(db),
            now=world.now,
        )


def text(lead_id: int, phone: str, key: str) -> SendText:
    return SendText(E164(phone), E164(LINE), "Hi.", key, for_lead=True, lead_id=lead_id)


def test_what_is_queued_for_the_old_phone_is_cancelled_when_it_would_leave(world: Core) -> None:
    lead = lead_with_phone(world)
    world.want(text(lead, CALLER, "old"))
    correct(world, lead, OTHER)
    world.deliver()
    assert world.network.texts == []
    assert world.item.state == "cancelled"
    assert "corrected since" in str(world.item.error)


def test_what_is_queued_for_the_new_phone_or_for_one_that_is_unchanged_leaves(world: Core) -> None:
    lead = lead_with_phone(world)
    world.want(text(lead, CALLER, "first"))
    world.deliver()
    correct(world, lead, OTHER)
    world.want(text(lead, OTHER, "second"))
    world.deliver()
    assert [sent.to for sent in world.network.texts] == [CALLER, OTHER]


@pytest.mark.parametrize("channel", list(Channel))
def test_neither_texts_nor_calls_go_to_the_old_phone_until_it_is_theirs_again(world: Core, channel: Channel) -> None:
    lead = lead_with_phone(world)

    def may() -> object:
        with world.database.begin() as db:
            return permission(
                db,
                channel,
                phone=E164(CALLER),
                lead_id=lead,
                now=world.now + timedelta(minutes=1),
                hours=ContactHours(),
            )

    assert may() == Permitted()
    correct(world, lead, OTHER)
    assert may() == Barred("their phone was corrected since")
    correct(world, lead, CALLER)
    assert may() == Permitted()
