"""Who plays in a story? A caller whose owner is on duty, the owner, and the others who would ring."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import Connection

from sami.domain.agents.gates import RingRequest, assess
from sami.store.facts import read_directory, read_roster
from webhooks.simulator.pages.directory import read_callers
from webhooks.simulator.pages.plots import Plot

if TYPE_CHECKING:
    from datetime import datetime

    from webhooks.simulator.pages.directory import Handset


@dataclass(frozen=True, slots=True)
class Cast:
    """`owner` and `others` are keys of phones; only screened ones are asked to press anything."""

    caller: str
    owner: str
    others: tuple[str, ...]


def find_cast(db: Connection, plot: Plot, now: datetime) -> Cast | None:
    """None where nobody who owns a lead may ring now, or nobody else where the group must take it."""
    roster = read_roster(db, read_directory(db), now)
    free = [agent.key for agent in roster if agent.screening and not assess(agent, RingRequest(now))]
    callers = read_callers(db, {agent.id: agent.key for agent in roster})
    caller = next((caller for caller in callers if caller.owner in free), None)
    if caller is None or (plot.needs_group and len(free) < 2):
        return None
    return Cast(caller.phone, caller.owner, tuple(key for key in free if key != caller.owner))


def habits_in(plot: Plot, cast: Cast, handsets: Sequence[Handset]) -> dict[str, str]:
    """What each phone does in this story."""
    return {handset.key: _habit(plot, cast, handset) for handset in handsets}


def _habit(plot: Plot, cast: Cast, handset: Handset) -> str:
    if handset.kind == "fallback":
        return plot.fallback
    if handset.key == cast.owner:
        return plot.owner
    habit = plot.first if handset.key in cast.others[:1] else plot.others
    # Whoever lifts an unscreened phone has the call, so its voicemail would end the story too soon.
    return "ignores" if handset.is_desk and habit == "voicemail" else habit
