"""Too many notices to one person are held for a while, and then said in one text.

Each of them stays an item of its own, under way until the one that speaks for all has come to its end; then it is
written that it went the same way. A crash at any instant leaves either all of them waiting or the one that speaks.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row

from sami.apply.items import lane_of, new_item
from sami.domain.delivery.kinds import Kind
from sami.domain.messages.notices import GROUPED_AFTER, GROUPED_WITHIN, held_until, said_together
from sami.domain.outcomes.effects import SendText
from sami.outbox.items import MEMBERS, Item, Joined, PutOff
from sami.store import work
from sami.store.digests import due_in_lane, join_items, sent_in_lane, waiting_until
from sami.store.do_not_call import is_answered, is_work_over
from sami.store.notices import insert_notice

HELD = "many notices at once"


def is_still_wanted(db: Connection, item: Item | Row[Any]) -> bool:
    """What asks one of ours to contact a lead is not said once there is nothing to contact it for (R24)."""
    lead_id, task_id = item.payload.get("lead_id"), item.payload.get("task_id")
    if task_id is not None and not work.is_task_open(db, int(task_id)):
        return False
    if lead_id is None:
        return True
    if item.payload.get("unless_answered") and is_answered(db, int(lead_id)):
        return False
    return not (item.payload.get("asks_contact") and is_work_over(db, int(lead_id), since=item.created_at))


def held_lane(lane: str) -> str:
    return f"{lane}/held"


def hold_or_join(db: Connection, item: Item, text: SendText, now: datetime) -> PutOff | Joined | None:
    """None: it is said by itself. Of a bundle one is enough for the next to be said with others."""
    lane = lane_of(text)
    if lane is None:
        return None
    together_after = GROUPED_AFTER if text.bundle is None else 1
    if item.lane == held_lane(lane):
        others = _still_wanted(db, due_in_lane(db, held_lane(lane), now=now))
        return _join(db, item, text, lane, others, now) if others else None
    until = waiting_until(db, held_lane(lane), after=now)
    until = until or held_until(sent_in_lane(db, lane, since=now - GROUPED_WITHIN), now, together_after)
    if until is not None:
        return PutOff(until, HELD, lane=held_lane(lane))
    others = _still_wanted(db, due_in_lane(db, lane, now=now))
    return _join(db, item, text, lane, others, now) if len(others) >= together_after else None


def _still_wanted(db: Connection, others: Sequence[Any]) -> list[Any]:
    """The rest is cancelled when its own turn comes; and what speaks for others is said as it is."""
    return [row for row in others if MEMBERS not in row.payload and is_still_wanted(db, row)]


def _must(row: Row[Any]) -> bool:
    return bool(row.payload.get("must_be_seen"))


def _body(row: Row[Any]) -> str:
    return str(row.payload["body"])


def _join(
    db: Connection, item: Item, text: SendText, lane: str, others: Sequence[Any], now: datetime
) -> Joined | PutOff:
    """Many that come due together, when quiet hours end, are as many at once."""
    notices = sorted(
        [(not text.must_be_seen, item.id, text.body), *((not _must(row), row.id, _body(row)) for row in others)]
    )
    together = said_together([body for *_, body in notices], must=sum(not can for can, *_ in notices))
    said = {number: body for _, number, body in notices[: together.taken]}
    if item.id not in said:  # Of what none may be hidden of, this one is said with the next.
        return PutOff(now + GROUPED_WITHIN, HELD, lane=held_lane(lane))
    key = f"{lane}/together/{min(said)}"
    payload = {
        "to": text.to,
        "line": text.line,
        "body": together.text,
        "dedupe_key": key,
        "agent_id": text.agent_id,
        MEMBERS: list(said),
    }
    work.insert_outbox_items(db, [new_item(Kind.TEXT, key, payload, due_at=now, now=now, lane=lane)])
    why = f"said together with others: {key}"
    join_items(db, list(said), why=why)
    for _, number, body in notices[together.shown : together.taken]:
        insert_notice(db, dedupe_key=f"{key}/{number}", agent_id=text.agent_id, body=body, at=now)
    return Joined(why)
