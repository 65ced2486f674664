"""Who owns a lead, by the policy, and why nobody else does."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from sami.domain.agents.gates import AgentFacts
from sami.domain.assignment.distribution import cost_of_turn, pick
from sami.domain.assignment.fitness import Load, Wanted, refusals, requirements
from sami.domain.assignment.policy import By, Policy, Target
from sami.domain.assignment.rules import DEFAULT, Match, RuleName, WrittenRule, match_policy
from sami.domain.language.trace import Decision, Finding, Reason
from sami.domain.leads.exception_kinds import ExceptionKind
from sami.domain.leads.inquiry import Inquiry

NOBODY = "nobody takes leads now"
EVERYBODY = "everybody"  # The pool of an organisation that never published a policy.

NO_POLICY = Match("default", EVERYBODY, Target(), (), (), ())
"""Until a policy is published: in turns, equal weights, over active agents with leads on."""


@dataclass(frozen=True, slots=True)
class AssignmentInputs:
    """`members` are the keys of who the policy's target names, in its order; `agents` are those, their covers and the
    present owner.

    `credits` is each agent's credit in the pool before this turn. `keep`: an owner who is still fit keeps the lead.
    `by_hand`: a person gave it to them.
    `taken_from`: owners who are not asked again. `chance` was drawn before. `policy_version` None: there was none.
    """

    at: datetime
    pool: str
    agents: tuple[AgentFacts, ...]
    credits: Mapping[str, int]
    inquiry: Inquiry = field(default_factory=Inquiry)
    policy_version: int | None = None
    time_zone: str = "UTC"
    members: tuple[str, ...] | None = None
    loads: Mapping[str, Load] = field(default_factory=dict)
    owner: str | None = None
    keep: bool = False
    taken_from: tuple[str, ...] = ()
    chance: int = 0
    by_hand: bool = False


@dataclass(frozen=True, slots=True)
class Assignment:
    """The owner, or none with the reason. `credits` are the pool's credits after the turn, only of who had one.

    `turn` is what the turn changed, as it would have to be given back. `exception` is how people are told of a lead
    that needs them. `may_be_assigned` false: it stays in the pond until somebody claims it.
    """

    owner: str | None
    unowned_reason: str | None
    credits: Mapping[str, int]
    rule: WrittenRule | None = None
    turn: Mapping[str, int] = field(default_factory=dict)
    exception: ExceptionKind | None = None
    may_be_assigned: bool = True


def assign_owner(inputs: AssignmentInputs, policy: Policy | None = None) -> Decision[Assignment]:
    """Decides by the policy of `policy_version`; without one by turns over everybody."""
    match = NO_POLICY if policy is None else match_policy(policy, inputs.inquiry, inputs.at, inputs.time_zone)
    kept = _kept(inputs, match)
    if kept is not None:
        return kept
    if "consent" in match.required and not inputs.inquiry.may_contact:
        refused = Finding("lead", False, Reason.NO_CONSENT)
        return _pond(match, (*match.findings, refused), "the lead may not be contacted", ExceptionKind.UNOWNED)
    if match.target.pond:
        return _left_in_the_pond(match)
    members = _members(inputs)
    verified = policy is not None and policy.verified_only
    wanted = Wanted(inputs.inquiry, match.required, match.target.on_duty, match.is_by_name, inputs.taken_from, verified)
    eligible, findings = _sift(members, inputs.loads, wanted, match.target)
    if not eligible:
        covers, stand_in = _covers(members, inputs, wanted, match.target)
        standing_in = {found.subject for found in stand_in}  # Of them counts what is said of them as covers.
        eligible, findings = covers, (*(f for f in findings if f.subject not in standing_in), *stand_in)
    if not eligible:
        return _pond(match, (*match.findings, *findings), _why_nobody(match, members, findings), ExceptionKind.UNOWNED)
    return _choose(inputs, match, eligible, findings)


def _members(inputs: AssignmentInputs) -> tuple[AgentFacts, ...]:
    if inputs.members is None:
        return inputs.agents
    by_key = {agent.key: agent for agent in inputs.agents}
    return tuple(by_key[key] for key in inputs.members if key in by_key)


def _sift(
    members: Iterable[AgentFacts], loads: Mapping[str, Load], wanted: Wanted, target: Target
) -> tuple[list[AgentFacts], tuple[Finding, ...]]:
    """Who may have the lead, and a finding for everybody."""
    eligible: list[AgentFacts] = []
    findings: list[Finding] = []
    for number, agent in enumerate(members):
        refused = (*_outside(agent, number, target), *refusals(agent, loads.get(agent.key) or Load(), wanted))
        findings += refused or (Finding(agent.key, True, Reason.PASSED),)
        if not refused:
            eligible.append(agent)
    return eligible, tuple(findings)


def _outside(agent: AgentFacts, number: int, target: Target) -> tuple[Finding, ...]:
    """Named by the team or the list, and yet not meant by the rule."""
    if target.by is By.PRIMARY_ONLY and number > 0:
        return (Finding(agent.key, False, Reason.NOT_PRIMARY),)
    if target.by is By.ROUND_ROBIN and target.weights and target.weights.get(agent.key, 0) <= 0:
        return (Finding(agent.key, False, Reason.NO_SHARE),)
    return ()


def _covers(
    members: Sequence[AgentFacts], inputs: AssignmentInputs, wanted: Wanted, target: Target
) -> tuple[list[AgentFacts], tuple[Finding, ...]]:
    """The covers of those who are absent are asked, because nobody who was meant is there."""
    asked_already = {member.key for number, member in enumerate(members) if not _outside(member, number, target)}
    by_key = {agent.key: agent for agent in inputs.agents}
    absent = [agent for agent in members if agent.key in asked_already and agent.away_through and agent.active]
    keys = dict.fromkeys(agent.cover for agent in absent if agent.cover and agent.cover not in asked_already)
    found = [by_key[key] for key in keys if key in by_key]
    asked = replace(wanted, by_name=False)
    eligible, findings = _sift(found, inputs.loads, asked, Target())
    told = tuple(Finding(agent.key, True, Reason.COVERS) for agent in eligible)
    return eligible, (*(finding for finding in findings if not finding.passed), *told)


def _choose(
    inputs: AssignmentInputs, match: Match, eligible: list[AgentFacts], findings: tuple[Finding, ...]
) -> Decision[Assignment]:
    picked = pick(
        eligible,
        match.target,
        loads=inputs.loads,
        credits=inputs.credits,
        inquiry=inputs.inquiry,
        chance=inputs.chance,
    )
    others = tuple(
        Finding(found.subject, False, picked.passed_over)
        if found.passed and found.reason is Reason.PASSED and found.subject != picked.owner
        else found
        for found in findings
    )
    keys = sorted(agent.key for agent in eligible)
    turn = cost_of_turn(picked.owner, keys, match.target.weights) if picked.credits else {}
    chosen = Assignment(picked.owner, None, picked.credits, _rule(match), turn, _exception(match)[1])
    return Decision(chosen, (*match.findings, *others, Finding(picked.owner, True, Reason.CHOSEN, picked.detail)))


def _kept(inputs: AssignmentInputs, match: Match) -> Decision[Assignment] | None:
    """Whoever owns the lead keeps it, if they are still fit for it and one of those the policy means.

    Where it means the pond nobody else has a better claim. What a person decided outranks what the policy would: only
    a hard constraint means others, and only who is gone or unfit by one loses the lead.
    """
    if not inputs.keep or inputs.owner is None or (inputs.owner in inputs.taken_from and not inputs.by_hand):
        return None
    owner = next((agent for agent in inputs.agents if agent.key == inputs.owner), None)
    stays = match.target.pond or (inputs.by_hand and match.kind != "constraint")
    if owner is None or not (stays or _is_meant(owner, inputs, match.target)):
        return None
    load = inputs.loads.get(owner.key) or Load()
    if requirements(owner, load, Wanted(inputs.inquiry, match.required)):
        return None
    kept = Finding(owner.key, True, Reason.KEPT)
    return Decision(Assignment(owner.key, None, {}, _rule(match)), (*match.findings, kept))


def _is_meant(agent: AgentFacts, inputs: AssignmentInputs, target: Target) -> bool:
    return any(
        member.key == agent.key and not _outside(member, number, target)
        for number, member in enumerate(_members(inputs))
    )


def _left_in_the_pond(match: Match) -> Decision[Assignment]:
    if match.kind != "default":
        found = Finding(f"{match.kind} {match.name}", True, Reason.POND)
        return _pond(match, (*match.findings, found), f"{match.name} leaves it in the pond", None, waits=False)
    why, exception = _exception(match)
    found = Finding(DEFAULT, True, Reason.POND, why)
    return _pond(match, (*match.findings, found), why, exception, waits=False)


def _exception(match: Match) -> tuple[str, ExceptionKind | None]:
    """What people are told of a lead that only the default decides about."""
    if match.kind != "default" or match is NO_POLICY:
        return "", None
    if match.unknown:
        return f"incomplete: {', '.join(match.unknown)} not known", ExceptionKind.INCOMPLETE
    return "no rule matches", ExceptionKind.UNMATCHED


def _pond(
    match: Match, findings: tuple[Finding, ...], why: str, exception: ExceptionKind | None, *, waits: bool = True
) -> Decision[Assignment]:
    return Decision(Assignment(None, why, {}, _rule(match), {}, exception, waits), findings)


def _why_nobody(match: Match, members: Sequence[AgentFacts], findings: tuple[Finding, ...]) -> str:
    if match is NO_POLICY:
        return NOBODY
    if not members:
        return f"{match.name}: nobody is in its pool"
    if all(found.reason is Reason.LACKS_LICENCE for found in findings):
        return f"{match.name}: nobody is licensed for it"
    return f"{match.name}: {NOBODY}"


def _rule(match: Match) -> RuleName | None:
    return None if match is NO_POLICY else match.rule
