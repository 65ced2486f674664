"""Enrolments that are due take their next step: claimed with a lease, one transaction for each, no step twice (R5, R9).

Any number of workers do so at once. What ends or holds back a cadence writes the lead's or the enrolment's row, and a
step holds both until it is committed: it comes before such a change altogether, or not at all.
"""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row

from cadences.definitions import Step, changes_the_lead, steps_of
from cadences.enrolment import name_of
from cadences.plan import EnrolmentFacts, LeaveOut, Next, Passed, Send, Stop, Wait, look_again_at, move_to, next_action
from cadences.reading import read_facts
from sami import clock, logs
from sami.actions.running import Occasion, carry_out
from sami.apply import apply
from sami.database.away import DatabaseAway, DatabaseBusy
from sami.database.engine import Database
from sami.domain.language.actor import TIME, Actor, ActorKind
from sami.domain.leads.enrolments import OPEN_STATES, EnrolmentState, StepState
from sami.domain.outcomes.announcements import cadence_ended
from sami.domain.outcomes.effects import WriteTimeline
from sami.settings.sections import CadencesSettings
from sami.store import cadences
from sami.store.facts import Directory, read_directory
from sami.store.leads import lock_lead, lock_ownership

CLAIMED_AT_ONCE = 100
RUN_MAX_S = 10.0
LEASE = timedelta(seconds=60)
"""Longer than a run: what a worker that died had claimed is due again after it."""

_log = logs.logger(__name__)


def run_due(database: Database, settings: CadencesSettings, now: datetime, *, most: int | None = None) -> int:
    """How many enrolments were looked at; `most` of them, else as many as a run has time for."""
    began, looked_at = clock.monotonic(), 0
    while (most is None or looked_at < most) and clock.monotonic() - began <= RUN_MAX_S:
        limit = CLAIMED_AT_ONCE if most is None else min(CLAIMED_AT_ONCE, most - looked_at)
        claimed = claim(database, now, limit=limit)
        if not claimed:
            break
        for number, enrolment in enumerate(claimed):
            if clock.monotonic() - began > RUN_MAX_S:
                give_back(database, claimed[number:], now)
                break
            take_step(database, enrolment, settings, now)
            looked_at += 1
    return looked_at


def claim(database: Database, now: datetime, *, limit: int) -> list[Row[Any]]:
    with database.begin() as db:
        return cadences.claim_due(db, now=now, leased_until=now + LEASE, limit=limit)


def give_back(database: Database, claimed: list[Row[Any]], now: datetime) -> None:
    """What there was no time for is due again at once, and not only when the lease ends."""
    with database.begin() as db:
        cadences.release(db, [enrolment.id for enrolment in claimed], leased_until=now + LEASE, due_at=now)


def take_step(database: Database, claimed: Row[Any], settings: CadencesSettings, now: datetime) -> None:
    """One that fails stays claimed until its lease ends, and keeps no other from its turn."""
    try:
        with database.begin() as db:
            _take_step(db, claimed, settings, now)
    except DatabaseBusy:
        _log.warning("A step of a cadence waits for the database.", enrolment=claimed.id, cadence=claimed.cadence)
    except DatabaseAway:
        raise
    except Exception:
        _log.exception("A step of a cadence failed; it is tried again.", enrolment=claimed.id, cadence=claimed.cadence)


def _take_step(db: Connection, claimed: Row[Any], settings: CadencesSettings, now: datetime) -> None:
    steps = _steps(db, claimed)
    if not steps:
        _end_without_steps(db, claimed, now)
        return
    if changes_the_lead(steps, claimed.position):
        lock_ownership(db)
    lead = lock_lead(db, claimed.lead_id)
    enrolment = cadences.lock_enrolment(db, claimed.id)
    # Somebody else took its step, ended it or held it back since: nothing is to be done, or not by us.
    if lead is None or enrolment is None or enrolment.position != claimed.position or not _is_awake(enrolment, now):
        return
    directory = read_directory(db)
    if enrolment.state == EnrolmentState.PAUSED:
        _wake(db, enrolment, directory, now)
    facts = read_facts(
        db,
        lead,
        steps,
        position=enrolment.position,
        step_from=enrolment.step_from,
        directory=directory,
        settings=settings,
        now=now,
    )
    _Taking(db, enrolment, facts, directory, now).carry_on(next_action(facts, now))


def _steps(db: Connection, enrolment: Row[Any]) -> tuple[Step, ...]:
    """Those of the version that the lead began with; none where a restored database no longer knows them."""
    cadence = read_directory(db, enrolment.version).cadences.get(enrolment.cadence)
    return () if cadence is None else steps_of(cadence)


def _end_without_steps(db: Connection, claimed: Row[Any], now: datetime) -> None:
    lock_lead(db, claimed.lead_id)
    why, by, cancelled = "there is no such cadence", Actor(ActorKind.CADENCE, claimed.cadence), EnrolmentState.CANCELLED
    stands = {"state": cancelled, "position": claimed.position, "why": why, "by": by, "at": now}
    if cadences.end_enrolment(db, claimed.id, **stands):
        apply(db, [WriteTimeline(claimed.lead_id, "cadence", f"{claimed.cadence} {cancelled}: {why}")], now)


def _is_awake(enrolment: Row[Any], now: datetime) -> bool:
    if enrolment.state == EnrolmentState.PAUSED:
        return enrolment.paused_until is not None and enrolment.paused_until <= now
    return enrolment.state in OPEN_STATES


def _wake(db: Connection, enrolment: Row[Any], directory: Directory, now: datetime) -> None:
    cadences.resume_enrolments(
        db, lead_id=enrolment.lead_id, cadence=None, why="its pause is over", by=TIME, at=now, only=enrolment.id
    )
    told = f"{name_of(directory, enrolment.cadence)} goes on: its pause is over"
    apply(db, [WriteTimeline(enrolment.lead_id, "cadence", told)], now)


class _Taking:
    """One enrolment's turn, in its one transaction."""

    def __init__(
        self, db: Connection, enrolment: Row[Any], facts: EnrolmentFacts, directory: Directory, now: datetime
    ) -> None:
        self._db, self._enrolment, self._facts, self._directory, self._now = db, enrolment, facts, directory, now

    def carry_on(self, decided: Next) -> None:
        self._write_passed(decided.passed)
        match decided:
            case Wait(until, _, position, step_from):
                self._stand(move_to(self._facts, position, step_from), until)
            case Stop(state, why, position):
                self._end(state, why, position)
            case LeaveOut(position, why):
                self._leave_out(position, why)
            case Send(position):
                self._send(position)

    def _send(self, position: int) -> None:
        step = self._facts.steps[position]
        result = carry_out(self._db, self._occasion(step), step.action, 0, directory=self._directory, now=self._now)
        if result.state == StepState.LEFT_OUT:
            self._leave_out(position, result.why)
            return
        self._write_step(position, StepState(result.state), result.why)
        self._go_on(step)

    def _leave_out(self, position: int, why: str) -> None:
        self._write_step(position, StepState.LEFT_OUT, why)
        self._tell(f"{self._name}, step {position + 1} ({self._facts.steps[position].action.do}), is left out: {why}")
        self._go_on(self._facts.steps[position])

    def _go_on(self, step: Step) -> None:
        after = move_to(self._facts, step.next, self._now)
        due_at = look_again_at(after, self._now)
        self._stand(after, due_at)
        if due_at is None:
            decided = next_action(after, self._now)
            assert isinstance(decided, Stop), "there is no step left"
            self._end(decided.state, decided.why, decided.position)

    def _stand(self, facts: EnrolmentFacts, due_at: datetime | None) -> None:
        cadences.stand_at(
            self._db, self._enrolment.id, position=facts.position, step_from=facts.step_from, due_at=due_at
        )

    def _end(self, state: EnrolmentState, why: str, position: int) -> None:
        """Unless its last step has ended it already."""
        by = Actor(ActorKind.CADENCE, self._enrolment.cadence)
        ended = cadences.end_enrolment(
            self._db, self._enrolment.id, state=state, position=position, why=why, by=by, at=self._now
        )
        if ended:
            self._tell(f"{self._name} {state}: {why}")
            lead, cadence = self._enrolment.lead_id, self._enrolment.cadence
            said = cadence_ended(lead, cadence, state=state, why=why, by=by.written, at=self._now)
            apply(self._db, [said], self._now)

    def _write_passed(self, passed: tuple[Passed, ...]) -> None:
        for each in passed:
            self._write_step(each.position, StepState.DONE, each.why)

    def _write_step(self, position: int, state: StepState, why: str) -> None:
        step = {"enrolment_id": self._enrolment.id, "position": position, "state": state.value, "why": why}
        do = self._facts.steps[position].action.do
        cadences.insert_steps(self._db, [{**step, "do": do, "at": self._now}])

    def _tell(self, text: str) -> None:
        apply(self._db, [WriteTimeline(self._enrolment.lead_id, "cadence", text)], self._now)

    @property
    def _name(self) -> str:
        return name_of(self._directory, self._enrolment.cadence)

    def _occasion(self, step: Step) -> Occasion:
        key = f"enrolment/{self._enrolment.id}/step/{step.position}"
        line = self._enrolment.line
        return Occasion(
            by=ActorKind.CADENCE,
            name=self._enrolment.cadence,
            key=key,
            task_key=f"{key}/task",
            values={},
            notice=f"{self._facts.inquiry.name or 'A lead'} has come to step {step.position + 1} of {self._name}.",
            line=self._directory.staff_line,
            lead_line=line if line in self._directory.lines else self._directory.public_line,
            lead_id=self._enrolment.lead_id,
            asks_contact=True,
            enrolment=self._enrolment.id,
            why=f"cadence {self._enrolment.cadence}",
        )
