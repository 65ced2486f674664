"""Where does a call end that nobody takes? Every stage in its turn, as the call itself decides it, ring after ring."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sami.domain.agents.gates import AgentFacts
from sami.domain.calls.moves import begin_inbound, begin_ring, join_round
from sami.domain.calls.routing import (
    Ring,
    RoutingInputs,
    Stage,
    StageLook,
    choose_joiners,
    look_at_stages,
    stages_of,
)
from sami.domain.calls.states import CallProgress
from sami.domain.organisation.document import Bot, Line

AgentsAt = Callable[[datetime], tuple[AgentFacts, ...]]


@dataclass(frozen=True, slots=True)
class Link:
    """One stage of the chain, looked at when its turn came."""

    at: datetime
    look: StageLook


@dataclass(frozen=True, slots=True)
class LineChain:
    """`owner` is whose lead the caller is, or would become; `blocked`: this caller is kept out, and why."""

    line: Line
    bot: Bot | None
    at: datetime
    owner: str | None
    blocked: str | None
    links: tuple[Link, ...]


def walk_chain(inputs: RoutingInputs, agents_at: AgentsAt) -> Iterator[Link]:
    """From the beginning of a transfer to its end, while nobody takes the call. `agents_at`: how they are by then."""
    progress = begin_inbound()
    while True:
        looks = tuple(look_at_stages(inputs))
        yield from (Link(inputs.at, look) for look in looks)
        ring = looks[-1].ring if looks else None
        if ring is None:
            return
        ends_at = inputs.at + timedelta(seconds=ring.ring_s)
        progress = begin_ring(progress, ring, (), inputs.at, ends_at, None, False)
        if ring.group_joins_s:
            joins_at = inputs.at + timedelta(seconds=ring.group_joins_s)
            joining = replace(_later(inputs, progress, joins_at, agents_at), joining=True)
            decision = choose_joiners(joining)
            if isinstance(decision.chosen, Ring):
                yield Link(joins_at, StageLook(Stage.GROUP, decision.chosen, decision.trace))
                position = stages_of(inputs.rules).index(Stage.GROUP) + 1
                group_ends_at = joins_at + timedelta(seconds=decision.chosen.ring_s)
                progress = join_round(progress, decision.chosen, (), position, group_ends_at)
                ends_at = progress.round_ends_at or ends_at
        inputs = _later(inputs, progress, ends_at, agents_at)


def _later(inputs: RoutingInputs, progress: CallProgress, at: datetime, agents_at: AgentsAt) -> RoutingInputs:
    return replace(
        inputs,
        at=at,
        agents=agents_at(at),
        position=progress.position,
        tried=progress.tried,
        rung=progress.rung,
    )
