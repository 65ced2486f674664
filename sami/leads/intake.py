"""A lead arrives by whichever door: known by phone, by its id at the source or by e-mail, or made new; and when the
transaction ends it has an owner, or a stated reason why not.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import Connection, Row

from sami.actions.workflows import run_for_changes, run_workflows
from sami.apply import apply
from sami.apply.announced import announce_lead
from sami.assignment.owner import Assigned, assign_by_policy, give_turn_back, policy_for
from sami.audit.recording import record_change
from sami.domain.agents.gates import AgentFacts
from sami.domain.assignment.scoring import score_inquiry
from sami.domain.language.actor import Actor, system
from sami.domain.language.phone import E164
from sami.domain.leads.arrivals import (
    ADDRESS,
    NewLead,
    Standing,
    changes_to,
    clashes_with,
    differences,
    fields_of,
    gaps_filled,
    other_contacts,
    retold,
    said_by_form,
)
from sami.domain.leads.doubts import OF_CONTACT, changed_by, findings_of, found_anew
from sami.domain.leads.exception_kinds import ExceptionKind
from sami.domain.leads.inquiry import ONCE_ATTRIBUTES, told_or_found
from sami.domain.leads.stages import PUT_AWAY, Stage
from sami.domain.leads.written_values import changes_as_everywhere
from sami.domain.organisation.document import Trigger
from sami.domain.outcomes.effects import WriteTimeline
from sami.leads.clocks import keep_to_working_hours, start_sla
from sami.leads.owners import reassign
from sami.leads.recipients import notify_both_sides, refuse_agents_phone
from sami.store import leads as store
from sami.store.facts import Directory, agent_facts, owned_lead_with_agents, read_directory
from sami.store.ownership import inquiry_of, oldest_waiting
from sami.store.policies import open_exception
from sami.workers.intake import Prepared, keep_steps, prepare_caller

STICKY_FOR = timedelta(days=30)
NOT_YET_ASSIGNED = "not assigned yet"
PUT_AWAY_BEFORE = "put away before it came here"
NAMED = "the file names them"


@dataclass(frozen=True, slots=True)
class LeadFacts:
    """`owner` and `last_spoke_with` are agents' keys; the latter only within thirty days.

    `is_new`: it came with this very call or text.
    """

    id: int
    name: str
    owner: str | None
    last_spoke_with: str | None = None
    is_new: bool = False


@dataclass(frozen=True, slots=True)
class Received:
    """`decision` is the reference of the decision about the owner; None where nothing had to be decided.

    `before` is what a known lead said of itself where this changed it, and its stage where it came back.
    """

    lead_id: int
    created: bool
    decision: str | None
    before: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Door:
    """How a lead came. `from_visitor`: anybody may have typed this, so it fills a known lead's gaps and replaces
    nothing. `is_record`: it is no news, so it gets an owner and that is all: no stage, workflow, notice or clock.
    """

    from_visitor: bool = False
    is_record: bool = False


TRUSTED = Door()
VISITOR = Door(from_visitor=True)
RECORD = Door(is_record=True)
NOTHING_SAID = Standing()


def receive_lead(
    db: Connection,
    prepared: Prepared,
    *,
    by: Actor,
    now: datetime,
    door: Door = TRUSTED,
    standing: Standing = NOTHING_SAID,
) -> Received:
    """The same lead again is an update and a line on its timeline; it stands as it does here. Raises AgentsPhone."""
    refuse_agents_phone(db, prepared.new.phone)
    return _take_in(db, prepared, by, read_directory(db), now, door=door, standing=standing)


def _take_in(
    db: Connection,
    prepared: Prepared,
    by: Actor,
    directory: Directory,
    now: datetime,
    roster: tuple[AgentFacts, ...] | None = None,
    *,
    door: Door = TRUSTED,
    standing: Standing = NOTHING_SAID,
) -> Received:
    new = prepared.new
    while True:
        row = _find(db, new)
        if row is not None:
            return _receive_again(db, row, prepared, by, directory, now, door, standing)
        fields = fields_of(new, prepared.found)
        said = [name for name in ADDRESS if fields[name] and door.from_visitor]
        lead_id = store.insert_lead(db, **fields, said_by_form=said, **_fresh(now, standing))
        if lead_id is not None:
            return _receive_new(db, lead_id, prepared, by, directory, now, roster, door, standing)
        # Another transaction made this lead in the same millisecond: it is there now (R7).


def recognise_caller(
    db: Connection, *, phone: E164, source: str, directory: Directory, roster: tuple[AgentFacts, ...], now: datetime
) -> LeadFacts | None:
    """The lead of this phone with an owner where anybody may own it; None for an agent's own phone."""
    if any(agent.phone == phone for agent in roster):
        return None
    row, is_new = store.find_lead_by_phone(db, phone), False
    if row is None:
        arrived = prepare_caller(db, phone, source, directory, now)
        received = _take_in(db, arrived, system(source), directory, now, roster)
        row, is_new = store.find_lead(db, received.lead_id), received.created
    elif row.owner_id is None or row.stage in PUT_AWAY:
        _return_to_work(db, row, directory, now, roster=roster)
        run_for_changes(db, before=row, directory=directory, now=now, roster=roster)
        row = store.find_lead(db, row.id)
    assert row is not None, "a lead that was received is there"
    return replace(lead_facts(row, roster, now), is_new=is_new)


def find_owned_lead(
    db: Connection, *, phone: E164, directory: Directory, now: datetime
) -> tuple[LeadFacts, tuple[AgentFacts, ...]] | None:
    """The lead of this phone with the agents it names; None for a lead without an owner, and for an agent's phone.

    Most callers are such leads, and nobody else has to be looked at for them: one short read.
    """
    rows = owned_lead_with_agents(db, phone)
    named = tuple(agent_facts(row, directory, now, phone) for row in rows)
    if not rows or rows[0].lead_stage in PUT_AWAY or any(agent.phone == phone for agent in named):
        return None
    lead = rows[0]
    owner, last = _key_of(lead.owner_id, named), _last_spoke_with(lead, named, now)
    return LeadFacts(lead.lead_id, lead.lead_name, owner, last), named


def lead_facts(row: Row[Any], roster: tuple[AgentFacts, ...], now: datetime) -> LeadFacts:
    return LeadFacts(row.id, row.name, _key_of(row.owner_id, roster), _last_spoke_with(row, roster, now))


def update_lead_fields(
    db: Connection, *, lead_id: int, changes: Mapping[str, Any], by: Actor, directory: Directory, now: datetime
) -> Assigned | None:
    """Change what a lead says of itself; what the policy names as a trigger runs it again. None where it did not."""
    store.lock_ownership(db)
    row = store.lock_lead(db, lead_id)
    assert row is not None, "the edge has looked this lead up"
    meant = changes_as_everywhere(changes, lives_in=row.country, country=directory.organisation.country)
    different = {name: value for name, value in meant.items() if getattr(row, name) != value}
    different = _found_anew(row, different, directory, now)
    if not different:
        return None
    said = said_by_form(row.said_by_form, tuple(different), by_form=False)
    store.update_lead(db, lead_id, **different, said_by_form=said)
    _score_again(db, lead_id, directory, now)
    apply(db, [WriteTimeline(lead_id, "changed", retold(row, different, by))], now)
    before = {name: getattr(row, name) for name in different}
    record_change(db, "lead", lead_id, before=before, after=different, by=by, now=now)
    assigned = _reconsider_if_triggered(db, row, different, directory, now)
    run_for_changes(db, before=row, directory=directory, now=now)
    return assigned


def reconsider(
    db: Connection,
    *,
    lead_id: int,
    why: str,
    directory: Directory,
    now: datetime,
    taken_from: tuple[str, ...] = (),
    only_if_owned: bool = False,
) -> Assigned | None:
    """Run the policy again for a lead; an owner who is still fit keeps it, unless it is taken from them.

    `only_if_owned`: where nobody can be found, they keep it all the same.
    """
    store.lock_ownership(db)
    row = store.lock_lead(db, lead_id)
    if row is None or row.stage in PUT_AWAY:
        return None
    assigned = assign_by_policy(
        db, row, directory, now, why=why, keep=True, taken_from=taken_from, only_if_owned=only_if_owned
    )
    notify_both_sides(db, row, reason=why.replace("_", " "), directory=directory, now=now)
    return assigned


def assign_oldest_waiting(
    db: Connection, *, rule: str | None, state: str | None, directory: Directory, now: datetime
) -> Assigned | None:
    """Give the lead that has waited longest an owner, if somebody may have it now; None where none waits."""
    store.lock_ownership(db)
    oldest = oldest_waiting(db, rule=rule, state=state, limit=1)
    row = store.lock_lead(db, oldest[0]) if oldest else None
    if row is None:
        return None
    assigned = assign_by_policy(db, row, directory, now, only_if_owned=True)
    policy = policy_for(db, row.id, now).policy
    keep_to_working_hours(db, lead_id=row.id, policy=policy, directory=directory)
    if row.sla_state is not None:  # Without a clock it was only a record.
        notify_both_sides(db, row, reason="it waited for an owner", directory=directory, now=now)
    return assigned


def _find(db: Connection, new: NewLead) -> Row[Any] | None:
    """Phone decides, then the id at the source, then the e-mail."""
    found = None if new.phone is None else store.find_lead_by_phone(db, new.phone)
    if found is None and new.source_id is not None:
        found = store.find_lead_by_source_id(db, source=new.source, source_id=new.source_id)
    if found is None and new.email is not None:
        found = store.find_lead_by_email(db, new.email)
    return found


def _fresh(now: datetime, standing: Standing) -> dict[str, Any]:
    stage, waits = standing.stage or Stage.NEW, standing.stage not in PUT_AWAY
    return {
        "stage": stage.value,
        "unowned_reason": NOT_YET_ASSIGNED if waits else PUT_AWAY_BEFORE,
        "pond_since": now if waits else None,
        "created_at": standing.created_at or now,
    }


def _receive_new(
    db: Connection,
    lead_id: int,
    prepared: Prepared,
    by: Actor,
    directory: Directory,
    now: datetime,
    roster: tuple[AgentFacts, ...] | None,
    door: Door,
    standing: Standing,
) -> Received:
    store.lock_ownership(db)
    row = store.find_lead(db, lead_id)
    assert row is not None, "it was just written"
    keep_steps(db, lead_id, prepared, now)
    told = f"{_came(prepared.new, by)} {standing.told(directory.clock(now))}".rstrip()
    apply(db, [WriteTimeline(lead_id, "received", told)], now)
    if standing.owner is not None:
        reassign(db, lead_id=lead_id, to=standing.owner, reason=NAMED, by=by, now=now, notify=not door.is_record)
    if door.is_record:
        decides = standing.owner is None and row.stage not in PUT_AWAY
        assigned = assign_by_policy(db, row, directory, now, roster=roster) if decides else None
        announce_lead(db, lead_id, now)
        return Received(lead_id, True, None if assigned is None else assigned.decision)
    policy = policy_for(db, lead_id, now).policy
    start_sla(db, lead_id=lead_id, policy=policy, source=row.source, now=now)
    run = partial(run_workflows, db, lead_id=lead_id, directory=directory, now=now, roster=roster)
    decision = run(trigger=Trigger.LEAD_RECEIVED)
    run(trigger=Trigger.CONTACT_CREATED)
    for tag in row.tags:
        run(trigger=Trigger.TAG_ADDED, tag=tag)
    keep_to_working_hours(db, lead_id=lead_id, policy=policy, directory=directory)
    announce_lead(db, lead_id, now)
    return Received(lead_id, True, decision)


def _came(new: NewLead, by: Actor) -> str:
    return f"Came in from {new.source} by {by}." if new.source not in ("", by.written) else f"Came in by {by}."


def _receive_again(
    db: Connection,
    known: Row[Any],
    prepared: Prepared,
    by: Actor,
    directory: Directory,
    now: datetime,
    door: Door,
    standing: Standing,
) -> Received:
    new = prepared.new
    store.lock_ownership(db)
    row = store.lock_lead(db, known.id)
    assert row is not None, "leads are never removed while they arrive"
    differs = differences(row, new) if door.from_visitor else ()
    if door.from_visitor:
        new = gaps_filled(row, new)
    keep_steps(db, row.id, prepared, now)
    taken = store.identities_taken(db, lead_id=row.id, source=new.source, source_id=new.source_id, email=new.email)
    for clash in clashes_with(row, new, taken):
        apply(db, [WriteTimeline(row.id, "clash", clash)], now)
        open_exception(db, lead_id=row.id, kind=ExceptionKind.CLASH, detail=clash, at=now)
    found = _beside(prepared.found)
    changes = {**changes_to(row, new, found, taken), **other_contacts(row, new)}
    changes = _found_anew(row, changes, directory, now)
    said = said_by_form(row.said_by_form, _address_in(new, changes, door), by_form=door.from_visitor)
    if changes or said != row.said_by_form:
        store.update_lead(db, row.id, **changes, said_by_form=said)
        _score_again(db, row.id, directory, now)
    told = (_came(new, by), retold(row, changes, by), _not_taken_over(db, row.id, differs, now))
    apply(db, [WriteTimeline(row.id, "received", " ".join(filter(None, told)))], now)
    if door.is_record:
        return _only_owned(db, row, changes, standing.owner, by, directory, now)
    returns = row.owner_id is None or row.stage in PUT_AWAY
    again = _return_to_work(db, row, directory, now) if returns else None
    assigned = again or _reconsider_if_triggered(db, row, changes, directory, now)
    changed = (*changes, "stage") if row.stage in PUT_AWAY else changes
    before = {name: getattr(row, name) for name in changed}
    run_for_changes(db, before=row, directory=directory, now=now)
    return Received(row.id, False, assigned.decision if assigned else None, before)


def _only_owned(
    db: Connection,
    before: Row[Any],
    changes: Mapping[str, Any],
    owner: str | None,
    by: Actor,
    directory: Directory,
    now: datetime,
) -> Received:
    """A record of a known lead says more of it; nobody's lead is moved or brought back by that."""
    row, assigned = store.find_lead(db, before.id), None
    if row is not None and row.owner_id is None and row.stage not in PUT_AWAY:
        if owner is not None:
            reassign(db, lead_id=row.id, to=owner, reason=NAMED, by=by, now=now, notify=False)
        else:
            assigned = assign_by_policy(db, row, directory, now)
    decision = None if assigned is None else assigned.decision
    return Received(before.id, False, decision, {name: getattr(before, name) for name in changes})


def _address_in(new: NewLead, changes: Mapping[str, Any], door: Door) -> list[str]:
    """A visitor's word counts where it was taken over; anybody else's also where it only confirms what is known."""
    return [name for name in ADDRESS if name in changes or (getattr(new, name) and not door.from_visitor)]


def _not_taken_over(db: Connection, lead_id: int, differs: tuple[str, ...], now: datetime) -> str:
    """What a visitor says otherwise is kept where a person can read and use it."""
    if not differs:
        return ""
    detail = f"Not taken over from the form: {'; '.join(differs)}."
    open_exception(db, lead_id=lead_id, kind=ExceptionKind.FORM_DIFFERS, detail=detail, at=now)
    return detail


def _beside(found: Mapping[str, Any]) -> dict[str, Any]:
    """Without doubts about what this one arrival said: those about the lead are found anew."""
    kept = {name: value for name, value in found.get("findings", {}).items() if name not in OF_CONTACT}
    return {**found, "findings": kept}


def _found_anew(row: Row[Any], changes: Mapping[str, Any], directory: Directory, now: datetime) -> dict[str, Any]:
    """The changes, with what we find out by ourselves about the lead as it then is."""
    before = inquiry_of(row, opted_out=False, at=now)
    country, kept = directory.organisation.country, changes.get("findings", row.findings)
    findings = found_anew(kept, findings_of(before, country), findings_of(changed_by(before, changes), country))
    others = {name: value for name, value in changes.items() if name != "findings"}
    return others if findings == row.findings else {**others, "findings": findings}


def _score_again(db: Connection, lead_id: int, directory: Directory, now: datetime) -> None:
    """The points of all that is known of the lead now, not only of what it said this time."""
    points = policy_for(db, lead_id, now).policy
    row = store.find_lead(db, lead_id)
    if points is None or not points.score or row is None:
        return
    inquiry = inquiry_of(row, opted_out=False, at=now)
    total = score_inquiry(points.score, inquiry, now, directory.organisation.time_zone).total
    if total != row.score:
        store.update_lead(db, lead_id, score=total)


def _return_to_work(
    db: Connection,
    row: Row[Any],
    directory: Directory,
    now: datetime,
    *,
    roster: tuple[AgentFacts, ...] | None = None,
) -> Assigned:
    """A lead that was put away and comes back returns to CONTACTING, and its owner is checked; one without gets one."""
    store.lock_ownership(db)
    if row.stage in PUT_AWAY:
        store.update_lead(db, row.id, stage=Stage.CONTACTING.value)
        apply(db, [WriteTimeline(row.id, "stage", f"{row.stage} to CONTACTING: the lead came back")], now)
    fresh = store.find_lead(db, row.id)
    assert fresh is not None, "it was just there"
    return assign_by_policy(
        db, fresh, directory, now, keep=True, roster=roster, why="" if row.owner_id is None else "re-engaged"
    )


def _reconsider_if_triggered(
    db: Connection, before: Row[Any], changes: Mapping[str, Any], directory: Directory, now: datetime
) -> Assigned | None:
    governing = policy_for(db, before.id, now)
    triggers = () if governing.policy is None else governing.policy.reassign_on
    hit = next((name for name in triggers if _has_changed(name, before, changes)), None)
    if hit is None:
        return None
    assigned = reconsider(db, lead_id=before.id, why=f"{hit} changed", directory=directory, now=now)
    if assigned is not None and assigned.changed and before.owner_id is not None:
        give_turn_back(db, before.id, owner_id=before.owner_id)  # It came to the wrong area.
    return assigned


def _has_changed(name: str, before: Row[Any], changes: Mapping[str, Any]) -> bool:
    if name.startswith("attributes."):
        key = name.partition(".")[2]
        if key in ONCE_ATTRIBUTES and key in changes:
            return True
        after = changes.get("attributes", before.attributes), changes.get("findings", before.findings)
        return bool(told_or_found(key, *after) != told_or_found(key, before.attributes, before.findings))
    return name in changes


def _last_spoke_with(row: Row[Any], roster: tuple[AgentFacts, ...], now: datetime) -> str | None:
    recent = row.last_spoke_at is not None and row.last_spoke_at > now - STICKY_FOR
    return _key_of(row.last_spoke_with_id, roster) if recent else None


def _key_of(agent_id: int | None, roster: tuple[AgentFacts, ...]) -> str | None:
    return next((agent.key for agent in roster if agent.id == agent_id), None)
