"""What an outbox item wants carried, and how each kind of it is carried: by whom, how often, until when."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from sami.domain.delivery.carrier_codes import Meaning, meaning_for_call, meaning_for_text

LATER_S = (30, 120, 600)  # A text, or a queue to delete, that certainly did not arrive.
SOON_S = (1, 2, 5, 10, 30)  # A caller or an agent is waiting for it.
UNTIL_GONE_S = (60, 600, 3_600, 21_600)  # A recording to delete: the last one counts for every try that follows.
BUSY_S = (2, 4, 8, 16, 32, 64, 128, 240)
# As Standard Webhooks proposes: a receiver may be away for three days and misses nothing.
ANNOUNCED_AGAIN_S = (5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400)


class Kind(StrEnum):
    """What an outbox item wants carried."""

    TEXT = "text"
    RING_LEG = "ring_leg"
    END_LEG = "end_leg"
    REDIRECT_CALLER = "redirect_caller"
    DELETE_QUEUE = "delete_queue"
    DELETE_RECORDING = "delete_recording"
    BOT_CALL = "bot_call"
    TEST_RING = "test_ring"
    EMAIL = "email"
    SLACK = "slack"
    ANNOUNCEMENT = "announcement"


class Track(StrEnum):
    """Kinds that leave together: what is slow on one track holds up nothing on another."""

    LEGS = "legs"
    BOT_CALLS = "bot calls"
    TEXTS = "texts"
    NOTICES = "notices"
    ANNOUNCEMENTS = "announcements"


class WhenLost(StrEnum):
    """What is done where nobody knows whether it happened (R6)."""

    LOOKED_UP = "it would be there twice, and whoever carries it is asked"
    NEVER_KNOWN = "it would be there twice, and nobody can be asked"
    ONCE_MORE = "twice does little harm, more often does"
    REPEATED = "it may happen twice without harm"


@dataclass(frozen=True, slots=True)
class Carriage:
    """How one kind is carried.

    `again_s` and `busy_again_s`: how long each next try waits, after a failure and after "too many requests"; the last
    one counts for all that follow. `matters_for`: later it does more harm than good. `has_no_time`: somebody is on the
    line, so that what fails is done otherwise at once. `is_told_apart`: receivers know repeats by their id, so that
    everything but a plain no is tried again, until `again_s` ends. `meaning` reads the carrier's codes.
    """

    track: Track
    when_lost: WhenLost
    again_s: tuple[int, ...] = LATER_S
    busy_again_s: tuple[int, ...] = BUSY_S
    matters_for: timedelta = timedelta(hours=24)
    by_twilio: bool = True
    has_no_time: bool = False
    is_told_apart: bool = False
    meaning: Callable[[int], Meaning] = meaning_for_call

    @property
    def creates(self) -> bool:
        """It would be there twice if it were asked for twice."""
        return self.when_lost in (WhenLost.LOOKED_UP, WhenLost.NEVER_KNOWN)


_ORDER_IN_CALL = Carriage(Track.LEGS, WhenLost.REPEATED, again_s=SOON_S, matters_for=timedelta(minutes=5))
_CALL_OF_OURS = Carriage(Track.BOT_CALLS, WhenLost.LOOKED_UP)

CARRIAGES: Mapping[Kind, Carriage] = {
    Kind.TEXT: Carriage(Track.TEXTS, WhenLost.LOOKED_UP, meaning=meaning_for_text),
    Kind.RING_LEG: Carriage(Track.LEGS, WhenLost.LOOKED_UP, busy_again_s=(1,), has_no_time=True),
    Kind.END_LEG: _ORDER_IN_CALL,
    Kind.REDIRECT_CALLER: _ORDER_IN_CALL,
    Kind.DELETE_QUEUE: Carriage(Track.TEXTS, WhenLost.REPEATED),
    Kind.DELETE_RECORDING: Carriage(
        Track.TEXTS, WhenLost.REPEATED, again_s=UNTIL_GONE_S, matters_for=timedelta(days=7)
    ),
    Kind.BOT_CALL: _CALL_OF_OURS,
    Kind.TEST_RING: _CALL_OF_OURS,
    Kind.EMAIL: Carriage(Track.NOTICES, WhenLost.NEVER_KNOWN, busy_again_s=LATER_S, by_twilio=False),
    Kind.SLACK: Carriage(Track.NOTICES, WhenLost.ONCE_MORE, by_twilio=False),
    Kind.ANNOUNCEMENT: Carriage(
        Track.ANNOUNCEMENTS,
        WhenLost.REPEATED,
        again_s=ANNOUNCED_AGAIN_S,
        matters_for=timedelta(days=5),
        by_twilio=False,
        is_told_apart=True,
    ),
}


def kinds_on(track: Track) -> tuple[Kind, ...]:
    return tuple(kind for kind in Kind if CARRIAGES[kind].track is track)
