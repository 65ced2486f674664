"""A report is taken back: how things stood is kept with it, and what can be is put back within a quarter of an hour."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row

from sami.apply import apply
from sami.audit.recording import record
from sami.domain.audit.entry import Verb
from sami.domain.language.actor import Actor
from sami.domain.leads.outcome import Outcome
from sami.domain.outcomes.effects import WriteTimeline
from sami.errors import SamiError
from sami.store import cadences, calls, leads, work
from sami.store.outcomes import last_report_of, mark_undone

UNDONE_WITHIN = timedelta(minutes=15)
TAKEN_BACK = "taken_back"
_FOR_GOOD = frozenset({Outcome.OPT_OUT, Outcome.BAD_NUMBER})
_OF_A_LEAD = ("stage", "pond_since", "do_not_contact_until", "work_ended_at", "outreach_stopped_at")
_OF_AN_ENROLMENT = ("state", "paused_until", "due_at", "reason", "by", "ended_at", "call")


class NothingToUndo(SamiError):
    """Nothing was reported of this call in the last fifteen minutes."""

    code = "nothing_to_undo"
    status = 409


class NotUndone(SamiError):
    """A wish to stop, or a number that is nobody's, is not taken back by whoever reported it."""

    code = "not_undone"
    status = 409

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(f"It is {outcome.value}.")
        self.outcome = outcome


def standing(db: Connection, call: Row[Any]) -> dict[str, Any]:
    """The call, its lead, and what is to be done and said, as plain values."""
    lead = None if call.lead_id is None else leads.find_lead(db, call.lead_id)
    found: dict[str, Any] = {"call": {"outcome": call.outcome, "reported": call.reported}}
    if lead is None:
        return found
    return found | {
        "lead": {name: _plain(getattr(lead, name)) for name in _OF_A_LEAD},
        "tasks": {str(row.id): _plain(row.due_at) for row in work.open_tasks_about(db, lead.id)},
        "enrolments": {
            str(row.id): {name: _plain(getattr(row, name)) for name in _OF_AN_ENROLMENT}
            for row in cadences.enrolments_of(db, lead.id)
        },
    }


def take_back(db: Connection, call: Row[Any], *, by: Actor, now: datetime) -> Outcome:
    """What was reported last; `call` is locked. Raises NothingToUndo and NotUndone."""
    report = last_report_of(db, call.id)
    if report is None or report.before is None or now - report.at > UNDONE_WITHIN:
        raise NothingToUndo
    outcome = Outcome(report.outcome)
    if outcome in _FOR_GOOD:
        raise NotUndone(outcome)
    before, after = report.before["before"], report.before["after"]
    mark_undone(db, report.id, at=now)
    calls.update_call(db, call.id, **before["call"])
    if call.lead_id is not None and "lead" in before:
        _put_lead_back(db, call.lead_id, before["lead"], after["lead"])
        _put_tasks_back(db, call, report, before["tasks"], after["tasks"], now)
        _put_cadences_back(db, call.lead_id, before["enrolments"], after["enrolments"], now)
        said = f"{by} took back what was reported: {outcome.value.replace('_', ' ')}"
        apply(db, [WriteTimeline(call.lead_id, "outcome", said, call.sid)], now)
    record(db, Verb.UNDONE, "outcome", call.sid, before={"outcome": outcome.value}, by=by, now=now)
    return outcome


def _put_lead_back(db: Connection, lead_id: int, before: dict[str, Any], after: dict[str, Any]) -> None:
    """Only what is still as the report left it: who changed it since meant it so."""
    leads.lock_ownership(db)
    lead = leads.find_lead(db, lead_id)
    changed = {name for name in before if before[name] != after[name] and _plain(getattr(lead, name)) == after[name]}
    if lead is not None and lead.owner_id is not None:
        changed.discard("pond_since")
    if changed:
        leads.update_lead(db, lead_id, **{name: _value(name, before[name]) for name in changed})


def _put_tasks_back(
    db: Connection, call: Row[Any], report: Row[Any], before: dict[str, str], after: dict[str, str], now: datetime
) -> None:
    work.close_tasks_made(db, occasion=f"task/{call.sid}/report/{report.id}", because=TAKEN_BACK, at=now)
    for number, due_at in before.items():
        task = work.lock_task(db, int(number))
        if task is None:
            continue
        if task.state == "done" and task.closed_because == report.outcome and task.done_at == report.at:
            undone = {
                "state": "open",
                "done_at": None,
                "done_by": None,
                "actor_kind": None,
                "actor_key": None,
                "closed_because": None,
            }
            work.update_task(db, task.id, **undone, due_at=_value("due_at", due_at))
        elif task.state == "open" and _plain(task.due_at) == after.get(number) != due_at:
            work.update_task(db, task.id, due_at=_value("due_at", due_at), reminded_at=None, escalated_at=None)


def _put_cadences_back(
    db: Connection, lead_id: int, before: dict[str, Any], after: dict[str, Any], now: datetime
) -> None:
    rows = {str(row.id): row for row in cadences.enrolments_of(db, lead_id)}
    for number, was in before.items():
        row, became = rows[number], after.get(number)
        if became == was or {name: _plain(getattr(row, name)) for name in _OF_AN_ENROLMENT} != became:
            continue
        values = {name: _value(name, value) for name, value in was.items()}
        due_at = values["due_at"]
        cadences.revert(db, row.id, **{**values, "due_at": None if due_at is None else max(due_at, now)})


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


def _value(name: str, plain: Any) -> Any:
    return datetime.fromisoformat(plain) if plain is not None and name.endswith(("_at", "_until", "_since")) else plain
