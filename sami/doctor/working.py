"""Does a worker live, is anything late, and what failed?"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from sqlalchemy import Connection

from sami.doctor.check import Check, advice, fine, wrong
from sami.domain.delivery.heartbeat import is_alive
from sami.store.calls import count_safety_net_calls
from sami.store.deliveries import oldest_due_at
from sami.store.heartbeats import list_failing_beats, newest_heartbeat_at

LATE_AFTER = timedelta(minutes=1)
LOOK_BACK = timedelta(hours=1)
_LOGS = "The log says why: look for the beat's name."


def check_work(db: Connection, now: datetime) -> Iterator[Check]:
    seen_at = newest_heartbeat_at(db)
    if is_alive(seen_at, now):
        yield fine("worker", "A worker lives.")
    else:
        when = "was ever here" if seen_at is None else f"has said anything since {seen_at:%Y-%m-%d %H:%M} UTC"
        sentence = f"No worker {when}: no leg rings by itself, no text leaves, no cadence goes on."
        yield wrong("worker", sentence, "Start `sami run`, or `sami worker` beside `sami web`.")
    due_at = oldest_due_at(db)
    if due_at is not None and now - due_at > LATE_AFTER:
        late = round((now - due_at).total_seconds() / 60)
        remedy = "See that a worker lives and that Twilio answers; `sami limits` says whether a cap stopped it."
        yield wrong("queue", f"What is to be said outside waits: the oldest is {late} minute(s) late.", remedy)
    for beat in list_failing_beats(db):
        sentence = (
            f"The beat {beat.beat} fails since {beat.since:%Y-%m-%d %H:%M} UTC ({beat.times} times): {beat.error}."
        )
        yield wrong("beats", sentence, _LOGS)
    yield from _safety_net(db, now)


def _safety_net(db: Connection, now: datetime) -> Iterator[Check]:
    answered = count_safety_net_calls(db, since=now - LOOK_BACK)
    if answered:
        sentence = f"{answered} call(s) of the last hour were answered by the safety net: something of ours had failed."
        yield advice(
            "safety_net", sentence, "The log says why: look for `webhook_failed` and `answered_without_database`."
        )
