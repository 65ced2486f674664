"""A recording is deleted at Twilio."""

from sami.carriers.twilio import Carrier
from sami.domain.delivery.answers import Accepted
from sami.outbox.items import Item, Ready


def prepare_deletion(item: Item) -> Ready:
    sid = str(item.payload["recording"])

    def delete(carrier: Carrier) -> Accepted:
        carrier.delete_recording(sid)
        return Accepted()

    return delete
