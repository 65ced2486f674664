"""Where a call to a line ends that nobody takes, stage by stage: who rings, for how long, and why somebody does not."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from sami.domain.agents.verification import is_stale
from sami.domain.calls.chain import LineChain, Link
from sami.domain.calls.refused_agents import AGENT_REASONS, refused_agents
from sami.domain.calls.routing import Stage
from sami.domain.language.trace import SENTENCES, Finding

VOICEMAIL, SAFETY_NET, BLOCKED = "voicemail", "safety_net", "blocked"


def chain_document(
    chain: LineChain, *, agents: Mapping[str, Mapping[str, Any]], confirmed: Mapping[str, datetime]
) -> dict[str, Any]:
    """`agents`: name, phone and when verified, by key; `confirmed`: when each phone last passed a test ring."""
    ends_in = SAFETY_NET if chain.bot is None else BLOCKED if chain.blocked is not None else VOICEMAIL
    steps = [_step(chain, link, agents, confirmed) for link in chain.links]
    if ends_in == VOICEMAIL:
        steps.append(_empty(VOICEMAIL, steps[-1]["starts_s"] + (steps[-1]["seconds"] or 0) if steps else 0))
    return {
        "line": chain.line.phone,
        "name": chain.line.name,
        "bot": None if chain.bot is None else chain.bot.key,
        "at": chain.at,
        "owner": chain.owner,
        "steps": steps,
        "ends_in": ends_in,
        "problems": list(_problems(chain, confirmed)),
    }


def _step(
    chain: LineChain, link: Link, agents: Mapping[str, Mapping[str, Any]], confirmed: Mapping[str, datetime]
) -> dict[str, Any]:
    ring, findings = link.look.ring, link.look.findings
    rung = [] if ring is None else ring.candidates
    who = [
        {
            "agent": candidate.agent,
            "name": candidate.name,
            "phone": candidate.phone,
            "gate": None,
            "detail": "",
            "verified_at": confirmed.get(candidate.phone)
            if candidate.agent is None
            else agents[candidate.agent]["verified_at"],
        }
        for candidate in rung
    ]
    who += [_refused(found, agents) for found in refused_agents(findings, ())]
    passed_over = None if ring is not None else next(_of_the_stage(findings), None)
    return {
        "stage": str(link.look.stage),
        "starts_s": round((link.at - chain.at).total_seconds()),
        "seconds": None if ring is None else ring.ring_s,
        "who": who,
        "gate": None if passed_over is None else str(passed_over.reason),
        "detail": "" if passed_over is None else passed_over.detail,
    }


def _empty(stage: str, starts_s: int) -> dict[str, Any]:
    return {"stage": stage, "starts_s": starts_s, "seconds": None, "who": [], "gate": None, "detail": ""}


def _refused(found: Finding, agents: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    known = agents.get(found.subject, {})
    return {
        "agent": found.subject,
        "name": known.get("name", ""),
        "phone": known.get("phone"),
        "gate": str(found.reason),
        "detail": found.detail,
        "verified_at": known.get("verified_at"),
    }


def _of_the_stage(findings: tuple[Finding, ...]) -> Iterator[Finding]:
    """Why the stage as a whole does not ring; where only its one agent may not, that is why."""
    yield from (found for found in findings if not found.passed and found.reason not in AGENT_REASONS)
    yield from (found for found in findings if not found.passed)


def _problems(chain: LineChain, confirmed: Mapping[str, datetime]) -> Iterator[dict[str, str]]:
    if chain.bot is None:
        yield _problem("no_bot", "The line has no bot: its callers hear the safety net.")
        return
    if chain.blocked is not None:
        return
    if all(link.look.ring is None for link in chain.links):
        yield _problem("nobody_rings", "Nobody's phone would ring: the caller may only leave a message.")
    if not chain.bot.fallback:
        yield _problem("no_fallback", "No fallback number stands behind the agents.")
    for link in chain.links:
        if link.look.stage is Stage.FALLBACK and link.look.ring is None:
            found = link.look.findings[0]
            yield _problem("fallback_left_out", f"Fallback {found.subject} {SENTENCES[found.reason]}.")
    for number in chain.bot.fallback:
        if number.phone not in confirmed:
            yield _problem("fallback_unverified", f"{number.phone} was never verified; it rings all the same.")
        elif is_stale(confirmed[number.phone], chain.at):
            yield _problem("fallback_stale", f"{number.phone} was last verified more than 90 days ago.")


def _problem(code: str, sentence: str) -> dict[str, str]:
    return {"code": code, "sentence": sentence}
