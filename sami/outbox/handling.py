"""Who prepares each kind of outbox item, what follows once it was carried, and how a lost one is found."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from sami.domain.delivery.answers import Accepted, Answer
from sami.domain.delivery.kinds import Kind
from sami.domain.delivery.retry import DeliveryDecision
from sami.outbox import announcements, legs, notices, outbound_calls, recordings, texts, verification
from sami.outbox.items import Delivery, Item, Ready

Prepare = Callable[[Connection, Item, Delivery, datetime], Ready]
After = Callable[[Connection, Item, Answer | None, DeliveryDecision, Delivery, datetime], None]
Find = Callable[[Delivery, Item], Accepted | None]


@dataclass(frozen=True, slots=True)
class Handling:
    """How one kind is spoken; how it is carried, `domain/delivery/kinds` says.

    `after` runs in the transaction that writes down what came of it; with `locks_call` its call is locked first.
    `unsaid` runs after it was cancelled at the last moment, and `never_found` after its answer was lost for good.
    `gives_up_at`: it says itself until when it has sense, and looks at that itself.
    """

    prepare: Prepare
    after: After | None = None
    find: Find | None = None
    locks_call: bool = False
    unsaid: Callable[[Connection, Item, Delivery, datetime], None] | None = None
    never_found: Callable[[Connection, Item, datetime], None] | None = None
    gives_up_at: Callable[[Item], datetime] | None = None


HANDLINGS: Mapping[Kind, Handling] = {
    Kind.TEXT: Handling(
        texts.prepare_text,
        after=lambda db, item, answer, decision, _, now: texts.after_text(db, item, answer, decision, now),
        find=texts.find_text,
    ),
    Kind.RING_LEG: Handling(
        legs.prepare_ring,
        after=legs.after_ring,
        find=legs.find_leg,
        locks_call=True,
        unsaid=legs.free_unrung,
        gives_up_at=lambda item: legs.leg_of(item).gives_up_at,
    ),
    Kind.END_LEG: Handling(
        lambda db, item, _, __: legs.prepare_end(db, item),
        after=lambda db, item, _, decision, __, now: legs.after_end(db, item, decision, now),
    ),
    Kind.REDIRECT_CALLER: Handling(lambda db, item, here, _: legs.prepare_redirect(db, item, here)),
    Kind.DELETE_QUEUE: Handling(lambda _, item, __, ___: legs.prepare_deletion(item)),
    Kind.DELETE_RECORDING: Handling(lambda _, item, __, ___: recordings.prepare_deletion(item)),
    Kind.BOT_CALL: Handling(
        outbound_calls.prepare_bot_call,
        after=lambda db, item, answer, decision, _, now: outbound_calls.after_bot_call(db, item, answer, decision, now),
        find=outbound_calls.find_bot_call,
        never_found=outbound_calls.forget_bot_call,
    ),
    Kind.TEST_RING: Handling(
        verification.prepare_test_ring,
        after=lambda db, item, answer, decision, _, now: verification.after_test_ring(db, item, answer, decision, now),
        find=verification.find_ringing,
    ),
    Kind.EMAIL: Handling(
        notices.prepare_email,
        after=lambda db, item, _, decision, __, now: notices.after_email(db, item, decision, now),
    ),
    Kind.SLACK: Handling(lambda _, item, here, __: notices.prepare_slack(item, here)),
    Kind.ANNOUNCEMENT: Handling(
        announcements.prepare_announcement,
        after=lambda db, item, answer, _, __, now: announcements.after_announcement(db, item, answer, now),
    ),
}
