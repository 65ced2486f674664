"""Many leads change hands in one go, and go back: as `sami reassign` does it."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection

from sami import clock
from sami.database.away import DatabaseBusy
from sami.domain.access.scopes import Scope
from sami.domain.assignment.batches import LeadFilter, Preview
from sami.leads.bulk import PART, Progress, carry_on, plan_bulk, preview_bulk
from sami.leads.bulk_results import BatchResult, result_of
from sami.leads.bulk_undo import Undone, undo_part
from sami.leads.refusals import (
    AgentInactive,
    AgentUnknown,
    BatchUndone,
    BatchUnknown,
    FilterEmpty,
    ReasonRequired,
    SplitRefused,
)
from webhooks.api.door import Answer, ApiContext, answers
from webhooks.api.idempotency import GIVES, TAKES, Repeatable
from webhooks.api.leads import POND
from webhooks.api.operations import Operation
from webhooks.api.refusals import IdempotencyKeyReused
from webhooks.api.schemas.reassignments import LeadsWanted, LeftAlone, Moved, NewReassignment, Reassignment

REASSIGNMENT_PATH = "/reassignments/<string:ref>"
WITHIN_S = 15.0
"""What is not moved within this time is left to the worker."""
PLANNED_WITHIN_S = 30.0


@answers(
    Operation(
        name="reassign_leads",
        method="POST",
        path="/reassignments",
        scope=Scope.LEADS_WRITE,
        summary="Give many leads to others",
        description=(
            "At once, whatever the new owners' switches say; who moved a lead meanwhile knew better, and it is left "
            "alone. Where `remaining` is not 0, a worker goes on with those: read it again."
        ),
        answers={200: Reassignment, 201: Reassignment},
        body=NewReassignment,
        refuses=(AgentUnknown, AgentInactive, FilterEmpty, SplitRefused, ReasonRequired, IdempotencyKeyReused),
        takes=TAKES,
        gives=GIVES,
    )
)
def reassign_leads(context: ApiContext, body: NewReassignment) -> Answer:
    wanted, split = _filter(body.filter), body.to.split or {body.to.agent or "": 1}
    if body.dry_run:
        with context.read() as db:
            return Answer(_would_be(preview_bulk(db, filter=wanted, split=split)))
    repeatable = Repeatable.read(context, body)
    with context.begin(PLANNED_WITHIN_S) as db:
        if repeatable and (earlier := repeatable.claim(db, context)):
            return earlier
        said: dict[str, Any] = {"reason": body.reason, "by": context.who.by, "notify": body.notify}
        ref = plan_bulk(db, filter=wanted, split=split, now=context.now, **said)
        if repeatable:
            repeatable.keep(db, _answer(db, ref, 201))
    _in_parts(context, lambda db: carry_on(db, ref, now=context.now))
    with context.begin() as db:
        answer = _answer(db, ref, 201)
        if repeatable:
            repeatable.keep(db, answer)
        return answer


@answers(
    Operation(
        name="read_reassignment",
        method="GET",
        path=REASSIGNMENT_PATH,
        scope=Scope.LEADS_READ,
        summary="Read what came of a reassignment",
        answers={200: Reassignment},
        refuses=(BatchUnknown,),
    )
)
def read_reassignment(context: ApiContext, ref: str) -> Answer:
    with context.read() as db:
        return _answer(db, ref, 200)


@answers(
    Operation(
        name="undo_reassignment",
        method="DELETE",
        path=REASSIGNMENT_PATH,
        scope=Scope.LEADS_WRITE,
        summary="Take a reassignment back",
        description=(
            "What is still where it was put goes back; what changed hands since is left alone and named. Where "
            "`remaining` is not 0, ask again; what is finished is taken back once."
        ),
        answers={200: Reassignment},
        refuses=(BatchUnknown, BatchUndone),
    )
)
def undo_reassignment(context: ApiContext, ref: str) -> Answer:
    parts = iter((True,))
    _in_parts(
        context,
        lambda db: undo_part(db, ref, by=context.who.by, now=context.now, begin=next(parts, False), limit=PART),
    )
    with context.read() as db:
        return _answer(db, ref, 200)


def _in_parts(context: ApiContext, act: Callable[[Connection], Progress | Undone]) -> None:
    """Each part is a transaction of its own, because whoever gives a lead to anybody waits for it."""
    ends_at = clock.monotonic() + WITHIN_S
    is_finished = False
    while not is_finished and clock.monotonic() < ends_at:
        try:
            with context.begin() as db:
                is_finished = act(db).is_finished
        except DatabaseBusy:
            continue  # Calls go first; what was not committed is done again.


def _filter(wanted: LeadsWanted) -> LeadFilter:
    return LeadFilter(
        owner=None if wanted.owner == POND else wanted.owner,
        unowned=wanted.owner == POND,
        stage=wanted.stage,
        source=wanted.source,
        tag=wanted.tag,
        state=wanted.state,
        created_after=wanted.from_,
        created_before=None if wanted.to is None else wanted.to - timedelta(microseconds=1),
        search=wanted.q,
    )


def _answer(db: Connection, ref: str, status: int) -> Answer:
    return Answer(_document(result_of(db, ref)), status)


def _document(result: BatchResult) -> Reassignment:
    return Reassignment(
        id=result.ref,
        moves=_moves(result.moves),
        conflicts=tuple(LeftAlone(lead=left.lead_id, why=left.why) for left in result.left),
        remaining=result.remaining,
        undone=result.undone,
    )


def _would_be(preview: Preview) -> Reassignment:
    return Reassignment(id=None, moves=_moves(preview.moves), conflicts=(), remaining=preview.moving, undone=False)


def _moves(
    counted: Mapping[tuple[str | None, str | None], int] | Mapping[tuple[str | None, str], int],
) -> tuple[Moved, ...]:
    rows = sorted(((from_ or "", to or "", count) for (from_, to), count in counted.items()))
    return tuple(Moved(from_=from_ or None, to=to or None, leads=count) for from_, to, count in rows)
