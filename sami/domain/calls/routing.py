"""Which phones ring next in a call, for how long, and why not the others."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from sami.domain.agents.gates import GATES, GATES_OF_WHO_ASKED, AgentFacts, Gate, RingRequest, assess
from sami.domain.language.phone import E164
from sami.domain.language.trace import Decision, Finding, Reason
from sami.domain.organisation.document import Bot, FallbackNumber, Pattern

TWILIO_ADDS_S = 5  # Twilio rings five seconds longer than the timeout it is given (twilio.md, Dial).
SHORTEST_TIMEOUT_S = 5  # The least that <Dial timeout> accepts.
SHORTEST_RING_S = SHORTEST_TIMEOUT_S + TWILIO_ADDS_S
KEPT_FOR_FALLBACK_S = 15
DIAL_NUMBERS_MAX = 10  # The most nouns one <Dial> may hold.


class Stage(StrEnum):
    ASKER = "asker"
    NUMBER = "number"
    OWNER = "owner"
    STICKY = "sticky"
    GROUP = "group"
    FALLBACK = "fallback"


class Way(StrEnum):
    DIAL = "dial"
    QUEUE = "queue"


@dataclass(frozen=True, slots=True)
class RingRules:
    """The part of a bot that decides who rings; times in seconds that a phone really rings."""

    behaviour: str
    number: str | None
    pattern: Pattern
    ring_timeout_s: int
    max_wait_s: int
    overlap_s: int
    sticky: bool
    max_ring: int
    group_ring: str
    fallback: tuple[FallbackNumber, ...]


def ring_rules(bot: Bot) -> RingRules:
    return RingRules(
        behaviour=bot.behaviour,
        number=bot.number,
        pattern=bot.pattern,
        ring_timeout_s=max(SHORTEST_RING_S, bot.ring_timeout),
        max_wait_s=bot.max_wait,
        overlap_s=bot.overlap,
        sticky=bot.sticky,
        max_ring=bot.max_ring,
        group_ring=bot.group_ring,
        fallback=bot.fallback,
    )


@dataclass(frozen=True, slots=True)
class RoutingInputs:
    """Everything that one choice may look at. `position` counts the stages that are over, `rung` the phones dialled.

    `joining` while the owner still rings: the group alone is asked, by `choose_joiners`. `asked_by`: the agent who
    asked for this call, and alone is rung for it.
    """

    at: datetime
    rules: RingRules
    agents: tuple[AgentFacts, ...]
    started_at: datetime
    owner: str | None = None
    pool: tuple[str, ...] = ()
    last_spoke_with: str | None = None
    skill: str | None = None
    caller: str | None = None
    position: int = 0
    tried: tuple[str, ...] = ()
    rung: tuple[str, ...] = ()
    capped: tuple[str, ...] = ()
    legs_possible: bool = True
    joining: bool = False
    asked_by: str | None = None


@dataclass(frozen=True, slots=True)
class Candidate:
    phone: E164
    agent: str | None = None
    name: str = ""
    screened: bool = True


@dataclass(frozen=True, slots=True)
class Ring:
    """Ring these phones now. `position` is where to go on afterwards; after `group_joins_s` the group rings too."""

    stage: Stage
    way: Way
    candidates: tuple[Candidate, ...]
    ring_s: int
    position: int
    group_joins_s: int = 0


@dataclass(frozen=True, slots=True)
class NobodyLeft:
    """No phone is left to ring: the caller may leave a message."""

    position: int


Choice = Ring | NobodyLeft


def stages_of(rules: RingRules) -> tuple[Stage, ...]:
    fallbacks = (Stage.FALLBACK,) * len(rules.fallback)
    if rules.behaviour == "number":
        return (Stage.NUMBER, *fallbacks)
    sticky = (Stage.STICKY,) if rules.sticky else ()
    match rules.pattern:
        case Pattern.ASSIGNED_THEN_GROUP:
            return (Stage.OWNER, *sticky, Stage.GROUP, *fallbacks)
        case Pattern.SIMULTANEOUS_GROUP:
            return (*sticky, Stage.GROUP, *fallbacks)
        case Pattern.ASSIGNED_ONLY:
            return (Stage.OWNER, *fallbacks)


def choose_ring(inputs: RoutingInputs) -> Decision[Choice]:
    """The next ring attempt: stages in order, nobody's seconds spent on a stage that may not ring."""
    if inputs.asked_by is not None:
        asker, findings = _ring_of(Stage.ASKER, inputs)
        return Decision(asker or NobodyLeft(inputs.position), findings)
    findings = ()
    for look in look_at_stages(inputs):
        findings += look.findings
        if look.ring is not None:
            return Decision(look.ring, findings)
    findings += (Finding("voicemail", True, Reason.ENDING),)
    return Decision(NobodyLeft(len(stages_of(inputs.rules))), findings)


@dataclass(frozen=True, slots=True)
class StageLook:
    """What became of one stage: the ring it makes, or why it makes none."""

    stage: Stage
    ring: Ring | None
    findings: tuple[Finding, ...]


def look_at_stages(inputs: RoutingInputs) -> Iterator[StageLook]:
    """One after the other, to the first that rings."""
    stages = stages_of(inputs.rules)
    for position in range(inputs.position, len(stages)):
        here = inputs if position == inputs.position else replace(inputs, position=position)
        look = StageLook(stages[position], *_ring_of(stages[position], here))
        yield look
        if look.ring is not None:
            return


def choose_joiners(inputs: RoutingInputs) -> Decision[Choice]:
    """Who joins while the owner still rings (overlap): the group stage alone, as legs or not at all."""
    ring, findings = _ring_group(inputs)
    return Decision(ring if ring is not None else NobodyLeft(inputs.position), findings)


def _ring_of(stage: Stage, inputs: RoutingInputs) -> tuple[Ring | None, tuple[Finding, ...]]:
    match stage:
        case Stage.ASKER:
            return _ring_agent(stage, inputs.asked_by, inputs, GATES_OF_WHO_ASKED)
        case Stage.NUMBER:
            return _ring_number(inputs)
        case Stage.OWNER:
            return _ring_owner(inputs)
        case Stage.STICKY:
            return _ring_agent(Stage.STICKY, inputs.last_spoke_with, inputs)
        case Stage.GROUP:
            return _ring_group(inputs)
        case Stage.FALLBACK:
            return _ring_fallback(inputs)


def _ring_number(inputs: RoutingInputs) -> tuple[Ring | None, tuple[Finding, ...]]:
    phone = E164(inputs.rules.number or "")
    ring_s, no_time = _agent_seconds(Stage.NUMBER, inputs)
    if ring_s is None:
        return None, no_time
    candidate = Candidate(phone, screened=False)
    found = Finding(phone, True, Reason.CHOSEN, "always to one number")
    return Ring(Stage.NUMBER, Way.DIAL, (candidate,), ring_s, inputs.position + 1), (found,)


def _ring_owner(inputs: RoutingInputs) -> tuple[Ring | None, tuple[Finding, ...]]:
    if inputs.owner is None:
        return None, (Finding("owner", False, Reason.NO_OWNER),)
    ring, findings = _ring_agent(Stage.OWNER, inputs.owner, inputs)
    owner = _find(inputs.agents, inputs.owner)
    if ring is None and owner is not None and owner.away_through is not None and owner.cover is not None:
        ring, cover_findings = _ring_agent(Stage.OWNER, owner.cover, inputs)
        covers = Finding(owner.cover, True, Reason.COVERS, f"for {owner.key}")
        findings += (covers, *cover_findings) if ring is not None else cover_findings
    has_group = inputs.rules.pattern is Pattern.ASSIGNED_THEN_GROUP
    joins = has_group and 0 < inputs.rules.overlap_s < (ring.ring_s if ring else 0) and inputs.legs_possible
    if ring is not None and joins and inputs.rules.group_ring == "queue":
        ring = replace(ring, way=Way.QUEUE, group_joins_s=inputs.rules.overlap_s)
    return ring, findings


def _ring_agent(
    stage: Stage, key: str | None, inputs: RoutingInputs, gates: tuple[Gate, ...] = GATES
) -> tuple[Ring | None, tuple[Finding, ...]]:
    """One agent's phone alone, when every gate lets it ring."""
    agent = _find(inputs.agents, key)
    if agent is None:
        return None, () if key is None else (Finding(key, False, Reason.INACTIVE),)
    refused = assess(agent, RingRequest(inputs.at, inputs.skill, inputs.tried), gates)
    if refused:
        return None, refused
    ring_s, no_time = _agent_seconds(stage, inputs)
    if ring_s is None:
        return None, no_time
    found = Finding(agent.key, True, Reason.CHOSEN, f"{stage} rings {ring_s} s")
    return Ring(stage, Way.DIAL, (_candidate(agent),), ring_s, inputs.position + 1), (found,)


def _ring_group(inputs: RoutingInputs) -> tuple[Ring | None, tuple[Finding, ...]]:
    willing, findings = _willing(inputs)
    if not willing:
        return None, (*findings, Finding("group", False, Reason.EMPTY_POOL))
    ring_s, no_time = _agent_seconds(Stage.GROUP, inputs)
    if ring_s is None:
        return None, findings + no_time
    ringing, cut = willing[: inputs.rules.max_ring], willing[inputs.rules.max_ring :]
    way, hunting = _way(ringing, inputs)
    if hunting:
        # Whoever does not ring now has a turn of their own: `max_ring` is about phones that ring at once.
        ringing, cut = willing[:1], []
        if not inputs.legs_possible:
            findings += (Finding("group", False, Reason.NO_REST),)
    findings += tuple(Finding(agent.key, False, Reason.MAX_RING) for agent in cut)
    if way is Way.DIAL:
        ringing = ringing[:DIAL_NUMBERS_MAX]
    findings += tuple(Finding(a.key, True, Reason.CHOSEN, f"group rings {ring_s} s") for a in ringing)
    after = inputs.position if hunting else inputs.position + 1
    return Ring(Stage.GROUP, way, tuple(map(_candidate, ringing)), ring_s, after), findings


def _willing(inputs: RoutingInputs) -> tuple[list[AgentFacts], tuple[Finding, ...]]:
    asked = RingRequest(inputs.at, inputs.skill, inputs.tried)
    findings: tuple[Finding, ...] = ()
    willing: list[AgentFacts] = []
    for key in inputs.pool:
        agent = _find(inputs.agents, key)
        refused = (Finding(key, False, Reason.INACTIVE),) if agent is None else assess(agent, asked)
        findings += refused
        if agent is not None and not refused:
            willing.append(agent)
    return order_agents(willing), findings


def order_agents(agents: list[AgentFacts]) -> list[AgentFacts]:
    """Longest idle first; who never had a call before those who did; ties by key."""
    return sorted(agents, key=lambda agent: (agent.idle_since is not None, agent.idle_since or 0, agent.key))


def _way(ringing: list[AgentFacts], inputs: RoutingInputs) -> tuple[Way, bool]:
    """How the group rings, and whether one phone at a time.

    One <Dial> with several screened phones would be won by the first voicemail to pick up (twilio.md, fact 1).
    """
    unscreened = not any(agent.screening for agent in ringing)
    if inputs.rules.group_ring == "dial" and unscreened and len(inputs.pool) <= DIAL_NUMBERS_MAX:
        return Way.DIAL, False
    if inputs.rules.group_ring == "hunt" or not inputs.legs_possible:
        return Way.DIAL, True
    return Way.QUEUE, False


def _ring_fallback(inputs: RoutingInputs) -> tuple[Ring | None, tuple[Finding, ...]]:
    number, is_first = _fallback_at(inputs)
    if number.phone in inputs.rung or number.phone == inputs.caller:
        return None, (Finding(number.phone, False, Reason.SAME_NUMBER),)
    if number.phone in inputs.capped:
        return None, (Finding(number.phone, False, Reason.NUMBER_CAP),)
    rest = _rest_s(inputs)
    ring_s = min(inputs.rules.ring_timeout_s, rest)
    if is_first:
        ring_s = max(KEPT_FOR_FALLBACK_S, ring_s)
    if ring_s < SHORTEST_RING_S:
        return None, (Finding(number.phone, False, Reason.NO_TIME, f"{rest} s left"),)
    candidate = Candidate(E164(number.phone), None, number.name, number.confirm)
    found = Finding(number.phone, True, Reason.CHOSEN, f"fallback rings {ring_s} s")
    return Ring(Stage.FALLBACK, Way.DIAL, (candidate,), ring_s, inputs.position + 1), (found,)


def _fallback_at(inputs: RoutingInputs) -> tuple[FallbackNumber, bool]:
    """The fallback of this position, and whether none was rung before it (only that one is promised its seconds)."""
    index = inputs.position - stages_of(inputs.rules).index(Stage.FALLBACK)
    earlier = {number.phone for number in inputs.rules.fallback[:index]}
    return inputs.rules.fallback[index], earlier.isdisjoint(inputs.rung)


def _agent_seconds(stage: Stage, inputs: RoutingInputs) -> tuple[int | None, tuple[Finding, ...]]:
    """Seconds that this attempt may ring within the caller's longest wait; None when under ten are left."""
    rest = _rest_s(inputs)
    kept = KEPT_FOR_FALLBACK_S if inputs.rules.fallback else 0
    ring_s = min(inputs.rules.ring_timeout_s, rest - kept)
    if ring_s < SHORTEST_RING_S:
        return None, (Finding(stage, False, Reason.NO_TIME, f"{rest} s left"),)
    return ring_s, ()


def _rest_s(inputs: RoutingInputs) -> int:
    return int(inputs.rules.max_wait_s - (inputs.at - inputs.started_at).total_seconds())


def _candidate(agent: AgentFacts) -> Candidate:
    return Candidate(agent.phone, agent.key, agent.name, agent.screening)


def _find(agents: tuple[AgentFacts, ...], key: str | None) -> AgentFacts | None:
    return next((agent for agent in agents if agent.key == key), None)


def timeout_to_send_s(ring_s: int) -> int:
    """What Twilio must be told for a phone to ring `ring_s` seconds in truth."""
    return max(SHORTEST_TIMEOUT_S, ring_s - TWILIO_ADDS_S)
