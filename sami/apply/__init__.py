"""Effects to rows, in the caller's transaction. Nothing is said outside here: the outbox speaks after the commit."""

from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime
from typing import Any, assert_never

from sqlalchemy import Connection

from sami.apply.items import outbox_item
from sami.apply.notices import notify_in_app
from sami.apply.outreach import cancel_cadences, do_not_contact, enrol, opt_out, pause_cadences, place_call
from sami.apply.owners import assign_owner, change_stage, change_tags
from sami.apply.tasks import create_task, end_work
from sami.domain.outcomes.effects import (
    AddTag,
    Announce,
    AssignOwner,
    CancelCadences,
    ChangeStage,
    CreateTask,
    DeleteQueue,
    DeleteRecording,
    DoNotContact,
    Effect,
    EndLeg,
    EndWork,
    Enrol,
    OptOut,
    PauseCadences,
    PlaceCall,
    PostToSlack,
    RedirectCaller,
    RemoveTag,
    RingLeg,
    SendEmail,
    SendText,
    TellInApp,
    WriteTimeline,
)
from sami.store import leads, work
from sami.store.subscriptions import is_wanted


def apply(db: Connection, effects: Iterable[Effect], now: datetime) -> None:  # noqa: C901 - a table.
    items: list[dict[str, Any]] = []
    for effect in effects:
        match effect:
            case SendText() | SendEmail() | PostToSlack():
                items.append(outbox_item(effect, now))
            case Announce():
                if is_wanted(db, effect.event):
                    items.append(outbox_item(effect, now))
            case RingLeg() | EndLeg() | RedirectCaller() | DeleteQueue() | DeleteRecording():
                items.append(outbox_item(effect, now))
            case TellInApp():
                items += notify_in_app(db, effect, now)
            case CreateTask():
                create_task(db, effect, now)
            case EndWork():
                end_work(db, effect, now)
            case AssignOwner():
                assign_owner(db, effect, now)
            case ChangeStage():
                change_stage(db, effect, now)
            case AddTag() | RemoveTag():
                change_tags(db, effect, now)
            case WriteTimeline():
                leads.insert_timeline_entry(db, at=now, **asdict(effect))
            case Enrol():
                enrol(db, effect, now)
            case PauseCadences():
                pause_cadences(db, effect, now)
            case CancelCadences():
                cancel_cadences(db, effect, now)
            case DoNotContact():
                do_not_contact(db, effect, now)
            case OptOut():
                opt_out(db, effect, now)
            case PlaceCall():
                items += place_call(db, effect, now)
            case _:
                assert_never(effect)
    if items:
        work.insert_outbox_items(db, items)
