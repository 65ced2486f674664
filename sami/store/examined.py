"""What workers found, read back: compared by version, and page by page the leads to examine again."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, case, func, select

from sami.domain.assignment.pipeline_step import StepState
from sami.domain.delivery.carrier_codes import NO_TEXTS_CODES
from sami.store.leads import leads
from sami.store.policies import intake_steps
from sami.store.texts import bad_numbers, consents

REPLAYED = "replay/"
"""How the `run` of a step begins that ran again over a stored lead and changed nothing of it."""

_STEPS = select(intake_steps, intake_steps.c.run.startswith(REPLAYED).label("replayed")).subquery()


@dataclass(frozen=True, slots=True)
class Compared:
    """What one version came to. `owned` is the share of its results whose lead has an owner now."""

    capability: str
    version: str
    canary: bool
    replayed: bool
    results: int
    states: dict[str, int]
    confidence: float
    took_ms: float
    owned: float


def compare_versions(db: Connection, capability: str | None = None) -> list[Compared]:
    """Every version that has results, the canary's share of leads and replays apart from the others."""
    step = _STEPS.c
    keys = (step.capability, step.version, step.canary, step.replayed)
    counted = select(
        *keys,
        func.count().label("results"),
        *(func.sum(case((step.state == state.value, 1), else_=0)).label(state.value) for state in StepState),
        func.avg(step.confidence).label("confidence"),
        func.avg(step.took_ms).label("took_ms"),
        func.avg(case((leads.c.owner_id.is_not(None), 1.0), else_=0.0)).label("owned"),
    ).join(leads, leads.c.id == step.lead_id)
    if capability is not None:
        counted = counted.where(step.capability == capability)
    return [_compared(row) for row in db.execute(counted.group_by(*keys).order_by(*keys))]


def _compared(row: Row[Any]) -> Compared:
    return Compared(
        row.capability,
        row.version,
        bool(row.canary),
        bool(row.replayed),
        row.results,
        {state.value: int(getattr(row, state.value)) for state in StepState},
        float(row.confidence),
        float(row.took_ms),
        float(row.owned),
    )


def leads_since(db: Connection, *, since: datetime, after: int, limit: int) -> list[Row[Any]]:
    """Leads that came in since, past an id, with the `consent` of their phone and whether it is `bad`."""
    page = _WITH_FACTS.where(leads.c.created_at >= since, leads.c.id > after)
    return list(db.execute(page.order_by(leads.c.id).limit(limit)))


def leads_lacking(
    db: Connection, *, capabilities: Collection[str], since: datetime, after: int, limit: int
) -> list[Row[Any]]:
    """Such leads of which one of these capabilities was never asked, but in a replay."""
    page = _lacking(_WITH_FACTS, capabilities).where(leads.c.created_at >= since, leads.c.id > after)
    return list(db.execute(page.order_by(leads.c.id).limit(limit)))


def count_leads_since(db: Connection, *, since: datetime) -> int:
    return int(db.execute(select(func.count()).where(leads.c.created_at >= since)).scalar_one())


def count_lacking(db: Connection, *, capabilities: Collection[str], since: datetime) -> int:
    counted = _lacking(select(func.count(leads.c.id)), capabilities).where(leads.c.created_at >= since)
    return int(db.execute(counted).scalar_one())


def newest_steps_of(db: Connection, lead_ids: Collection[int]) -> dict[int, dict[str, Row[Any]]]:
    """The newest result of each capability for each of these leads, without replays."""
    step = intake_steps.c
    mine = select(intake_steps).where(step.lead_id.in_(lead_ids), step.run.not_like(f"{REPLAYED}%"))
    found: dict[int, dict[str, Row[Any]]] = {lead_id: {} for lead_id in lead_ids}
    for row in db.execute(mine.order_by(step.id)):
        found[row.lead_id][row.capability] = row
    return found


_WITH_FACTS = (
    select(leads, consents.c.state.label("consent"), bad_numbers.c.error_code.not_in(NO_TEXTS_CODES).label("bad"))
    .outerjoin(consents, consents.c.phone == leads.c.phone)
    .outerjoin(bad_numbers, bad_numbers.c.phone == leads.c.phone)
)


def _lacking(page: Select[Any], capabilities: Collection[str]) -> Select[Any]:
    step = intake_steps.c
    has = (
        select(func.count(step.capability.distinct()))
        .where(
            step.lead_id == leads.c.id,
            step.capability.in_(capabilities),
            step.run.not_like(f"{REPLAYED}%"),
            step.state != StepState.SKIPPED.value,
        )
        .scalar_subquery()
    )
    return page.where(has < len(set(capabilities)))
