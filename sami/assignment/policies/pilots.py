"""A draft decides about a share of the leads for a time, beside the policy in force; then the two are compared."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row

from sami.assignment.policies.drafts import read_draft
from sami.assignment.policies.publishing import UnknownVersion, check
from sami.assignment.policies.reading import PolicyRefused, plain
from sami.audit.recording import record
from sami.domain.audit.entry import Verb
from sami.domain.language.actor import Actor
from sami.errors import SamiError
from sami.store import policy_versions as store
from sami.store.actors import actor_columns
from sami.store.people import lock_publishing

SHARE_MIN, SHARE_MAX = 1, 99


class PilotRefused(SamiError):
    """This draft cannot go on trial."""

    code = "pilot_refused"
    status = 422


class NoPilot(SamiError):
    """No policy is on trial."""

    code = "no_pilot"
    status = 404


@dataclass(frozen=True, slots=True)
class Side:
    """Leads that came in during the trial and were first decided by this side.

    `owned` at once, by that decision; `answered` by a person since. `agents` tells how many of them each got.
    """

    leads: int
    owned: int
    answered: int
    agents: Mapping[str, int]

    @property
    def owned_share(self) -> float:
        return self.owned / self.leads if self.leads else 0.0

    @property
    def answered_share(self) -> float:
        return self.answered / self.leads if self.leads else 0.0


@dataclass(frozen=True, slots=True)
class Comparison:
    """`share` is what the pilot was to decide, in per cent; `ended_at` may lie ahead."""

    version: int
    share: int
    started_at: datetime
    ended_at: datetime
    pilot: Side
    rest: Side


def start_pilot(db: Connection, draft: str, share: int, until: datetime, by: Actor, now: datetime) -> int:
    """The number of the version on trial. Raises PolicyRefused with every fault, PilotRefused and UnknownDraft."""
    lock_publishing(db)
    document = plain(read_draft(db, draft).document)
    if not SHARE_MIN <= share <= SHARE_MAX:
        raise PilotRefused(f"Its share is {share} per cent; it may be {SHARE_MIN} to {SHARE_MAX}.")
    if until <= now:
        raise PilotRefused("It would end before it begins.")
    running = [row for row in store.standing_versions(db, now) if row.kind == "pilot"]
    if running:
        raise PilotRefused(f"Version {running[0].version} is on trial; end that one first.")
    faults = check(db, document)
    if faults:
        raise PolicyRefused(faults)
    span = {"effective_at": now, "ends_at": until, "share": share}
    told = {"note": f"Pilot of the draft {draft}", "published_at": now, **actor_columns(by, "published_by")}
    version = store.insert_version(db, kind="pilot", document=document, **span, **told)
    record(db, Verb.TRIED, "policy", version, by=by, now=now, after={"draft": draft, "share": share, "ends_at": until})
    return version


def end_pilot(db: Connection, by: Actor, now: datetime) -> int:
    """The number of the version whose trial ends with this. Raises NoPilot."""
    lock_publishing(db)
    ended = store.end_pilots(db, at=now)
    if not ended:
        raise NoPilot
    record(db, Verb.ENDED, "policy", ended[-1], by=by, now=now)
    return ended[-1]


def compare_pilot(db: Connection, version: int | None = None) -> Comparison:
    """What the two sides of a trial came to; without a version, of the newest one. Raises NoPilot, UnknownVersion."""
    row = _pilot(db, version)
    counted = store.first_decisions(db, since=row.effective_at, until=row.ends_at)
    mine = [entry for entry in counted if entry.policy_version == row.version]
    others = [entry for entry in counted if entry.policy_version != row.version]
    return Comparison(row.version, row.share, row.effective_at, row.ends_at, _side(mine), _side(others))


def _pilot(db: Connection, version: int | None) -> Row[Any]:
    pilots = [row for row in store.list_versions(db) if row.kind == "pilot"]
    if version is None:
        if not pilots:
            raise NoPilot
        return pilots[0]
    found = next((row for row in pilots if row.version == version), None)
    if found is None:
        raise UnknownVersion(f"{version} was never on trial.")
    return found


def _side(counted: list[Row[Any]]) -> Side:
    agents: dict[str, int] = {}
    for entry in counted:
        if entry.agent is not None:
            agents[entry.agent] = agents.get(entry.agent, 0) + entry.leads
    return Side(
        leads=sum(entry.leads for entry in counted),
        owned=sum(agents.values()),
        answered=sum(entry.answered for entry in counted),
        agents=dict(sorted(agents.items())),
    )
