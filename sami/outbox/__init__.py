"""What is said outside after a commit: claimed with a lease, said once, and never silently lost (R5, R6, R13)."""

from sami.outbox.announcer import Announcer
from sami.outbox.delivering import ALL_KINDS, CALL_KINDS, deliver
from sami.outbox.items import Delivery, RefuseLeg
from sami.outbox.leg_sender import LegSender
from sami.outbox.lost import look_up_lost

__all__ = ["ALL_KINDS", "CALL_KINDS", "Announcer", "Delivery", "LegSender", "RefuseLeg", "deliver", "look_up_lost"]
