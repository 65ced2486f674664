"""Actions of outcomes, workflows and cadences are carried out: one that fails is tried again, the others stand."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import Connection, Row

from sami import logs
from sami.apply import apply
from sami.assignment.owner import assign_by_policy
from sami.database.savepoint import PartFailed, part
from sami.domain.agents.gates import AgentFacts
from sami.domain.language.actor import Actor, ActorKind
from sami.domain.language.phone import E164
from sami.domain.leads.stages import Stage
from sami.domain.organisation.document import Action
from sami.domain.outcomes.actions import UNDO, Acted, Facts, act, asks_the_policy, gives_an_owner, placeholders_of
from sami.domain.outcomes.effects import Effect
from sami.domain.outcomes.outcome_actions import Planned
from sami.domain.outcomes.recipients import Recipients
from sami.store import leads
from sami.store.do_not_call import is_not_to_be_called
from sami.store.facts import Directory
from sami.store.outcomes import failed_actions_due, insert_failed_action, settle_failed_action
from sami.store.recipients import read_recipients

AGAIN_AFTER = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=30), timedelta(hours=2))
# What people read; what was raised stands in the log.
TRIED_AGAIN = "it could not be carried out, and is tried again"
GIVEN_UP = "it could not be carried out, however often it was tried: a person must look"
_SPEAKS_OF_THE_LEAD = frozenset({"notify"})
_SPEAKS_OF_NOBODY = frozenset({"change_stage", "add_tag", "remove_tag"})
_ACTION = TypeAdapter(Action)

_log = logs.logger(__name__)


@dataclass(frozen=True, slots=True)
class Occasion:
    """Something that sets actions going, and what they may say of it; names as in `sami.domain.outcomes.actions.Facts`.

    `values` are placeholders besides those of any lead. `why` is what the lead's history says of an owner whom the
    policy then gives it; empty: what the policy itself says.
    """

    by: ActorKind
    name: str
    key: str
    task_key: str
    values: Mapping[str, str]
    notice: str = ""
    text: str = ""
    line: str | None = None
    lead_line: str | None = None
    lead_id: int | None = None
    phone: str | None = None
    call: str | None = None
    asked_at: datetime | None = None
    later_at: datetime | None = None
    is_urgent: bool = False
    asks_contact: bool = False
    must_be_seen: bool = False
    done_by: str | None = None
    enrolment: int | None = None
    why: str = ""

    @property
    def cause(self) -> str:
        return Actor(self.by, self.name).written


_OCCASION = TypeAdapter(Occasion)
_SHARED = [field.name for field in fields(Occasion) if field.name not in ("values", "why")]


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one action: `done`, `left_out` or `failed`. `decision`: of the policy, where it was asked."""

    do: str
    state: str
    why: str = ""
    decision: str | None = None

    @property
    def document(self) -> dict[str, Any]:
        told = {"do": self.do, "state": self.state, "why": self.why}
        if self.state == "done":
            told["undo"] = UNDO[self.do]
        return told if self.decision is None else told | {"decision": self.decision}


def carry_out(
    db: Connection,
    occasion: Occasion,
    action: Action,
    number: int,
    *,
    directory: Directory,
    now: datetime,
    roster: tuple[AgentFacts, ...] | None = None,
) -> Result:
    """Now, for the lead as the actions before left it. What fails is undone alone, kept, and tried again by a beat."""
    try:
        with part(db):
            return _carry_out(db, occasion, action, number, directory, now, roster)
    except PartFailed as failed:
        return _failed(db, occasion, action, number, failed, now)


def carry_out_planned(
    db: Connection, planned: Collection[Planned], now: datetime, *, fixed: Iterable[Effect] = ()
) -> None:
    """Whoever gets the lead gets it first, so that tasks and notices reach them; `fixed` cannot fail alone."""
    _carry_out_all(db, [each for each in planned if gives_an_owner(each.action)], now)
    apply(db, fixed, now)
    _carry_out_all(db, [each for each in planned if not gives_an_owner(each.action)], now)


def _carry_out_all(db: Connection, actions: Collection[Planned], now: datetime) -> None:
    """What was decided is written all at once; should that fail, each alone, so that one fault costs one action."""
    if not actions:
        return
    try:
        with part(db):
            apply(db, (effect for each in actions for effect in each.effects), now)
            return
    except PartFailed:
        pass
    for each in actions:
        try:
            with part(db):
                apply(db, each.effects, now)
        except PartFailed as failed:
            _failed(db, occasion_of(each.facts), each.action, each.number, failed, now)


def try_again(db: Connection, directory: Directory, now: datetime, *, limit: int) -> int:
    """Failed actions whose time has come, in the caller's transaction; how many there were."""
    due = failed_actions_due(db, at=now, limit=limit)
    for row in due:
        _try_again(db, row, directory, now)
    return len(due)


def _carry_out(
    db: Connection,
    occasion: Occasion,
    action: Action,
    number: int,
    directory: Directory,
    now: datetime,
    roster: tuple[AgentFacts, ...] | None,
) -> Result:
    if not asks_the_policy(action):
        acted = act(action, number, _facts(db, occasion, action, directory, now))
        apply(db, acted.effects, now)
        return _result(action, acted)
    lead = None if occasion.lead_id is None else leads.find_lead(db, occasion.lead_id)
    if lead is None:
        return Result(action.do, "left_out", "there is no lead")
    leads.lock_ownership(db)
    assigned = assign_by_policy(db, lead, directory, now, why=occasion.why, keep=True, roster=roster)
    return Result(action.do, "done", assigned.unowned_reason or "", assigned.decision)


def _result(action: Action, acted: Acted) -> Result:
    return Result(action.do, "done" if acted.left_out is None else "left_out", acted.left_out or "")


def _facts(db: Connection, occasion: Occasion, action: Action, directory: Directory, now: datetime) -> Facts:
    row = None if occasion.lead_id is None else leads.find_lead(db, occasion.lead_id)
    recipients = _recipients(db, row, action, directory, now)
    name = "" if row is None else row.name
    facts = Facts(
        **{name: getattr(occasion, name) for name in _SHARED},
        at=now,
        recipients=recipients,
        values={**placeholders_of(name, recipients.owner, directory.organisation.name), **occasion.values},
    )
    if row is None:
        return facts
    return replace(
        facts,
        phone=None if row.phone is None else E164(row.phone),
        stage=Stage(row.stage),
        tags=row.tags,
        do_not_call=action.do in _SPEAKS_OF_THE_LEAD and is_not_to_be_called(db, row.id),
    )


def _recipients(
    db: Connection, row: Row[Any] | None, action: Action, directory: Directory, now: datetime
) -> Recipients:
    if action.do in _SPEAKS_OF_NOBODY:
        return Recipients()
    keys = {key for key in (action.who, action.agent) if key is not None}
    owner_id = None if row is None else row.owner_id
    return read_recipients(db, owner_id=owner_id, keys=keys, directory=directory, now=now)


def occasion_of(facts: Facts) -> Occasion:
    """What can be kept of what an action looked at: the rest is read anew, first of all who owns the lead by then."""
    kept = {name: value for name, value in facts.values.items() if not name.startswith("owner.")}
    return Occasion(**{name: getattr(facts, name) for name in _SHARED}, values=kept, why=facts.cause)


def _failed(
    db: Connection, occasion: Occasion, action: Action, number: int, failed: PartFailed, now: datetime
) -> Result:
    cause = failed.__cause__
    _log.error("An action failed.", cause=occasion.cause, action=action.do, lead_id=occasion.lead_id, exc_info=cause)
    insert_failed_action(
        db,
        key=f"{occasion.key}/action/{number}",
        action=_ACTION.dump_python(action, mode="json", by_alias=True, exclude_defaults=True),
        number=number,
        occasion=_OCCASION.dump_python(occasion, mode="json"),
        lead_id=occasion.lead_id,
        error=TRIED_AGAIN,
        due_at=now + AGAIN_AFTER[0],
        created_at=now,
    )
    return Result(action.do, "failed", TRIED_AGAIN)


def _try_again(db: Connection, row: Row[Any], directory: Directory, now: datetime) -> None:
    """Its dedupe keys are those of the first try, so that nothing of it happens twice."""
    action, occasion = _ACTION.validate_python(row.action), _OCCASION.validate_python(row.occasion)
    try:
        with part(db):
            _carry_out(db, occasion, action, row.number, directory, now, None)
    except PartFailed as failed:
        _put_off(db, row, occasion, action, failed, now)
    else:
        settle_failed_action(db, row.id, state="done", tries=row.tries + 1)


def _put_off(
    db: Connection, row: Row[Any], occasion: Occasion, action: Action, failed: PartFailed, now: datetime
) -> None:
    tries, told = row.tries + 1, {"cause": occasion.cause, "action": action.do, "lead_id": occasion.lead_id}
    if tries > len(AGAIN_AFTER):
        _log.error("An action was given up: a person must look.", exc_info=failed.__cause__, **told)
        settle_failed_action(db, row.id, state="given_up", tries=tries, error=GIVEN_UP)
        return
    _log.warning("An action failed again.", exc_info=failed.__cause__, **told)
    settle_failed_action(db, row.id, tries=tries, due_at=now + AGAIN_AFTER[tries - 1])
