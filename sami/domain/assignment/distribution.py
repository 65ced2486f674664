"""One of several who may have the lead: by turns (smooth weighted round robin), by load, by skills, or by lot."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sami.domain.agents.gates import AgentFacts
from sami.domain.assignment.fitness import Load
from sami.domain.assignment.policy import By, Target
from sami.domain.language.trace import Reason
from sami.domain.leads.fields import LeadField
from sami.domain.leads.inquiry import SAID, Inquiry

_NAMES_SKILLS = tuple(field for field in SAID if field.names_skills)
_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class Pick:
    """Who, why the others were not, and the pool's credits after the turn where it cost one."""

    owner: str
    passed_over: Reason
    detail: str
    credits: Mapping[str, int] = field(default_factory=dict)


def pick(
    eligible: Sequence[AgentFacts],
    target: Target,
    *,
    loads: Mapping[str, Load],
    credits: Mapping[str, int],
    inquiry: Inquiry,
    chance: int,
) -> Pick:
    """`chance` is a number drawn before, so that the same facts draw the same agent again."""
    keys = sorted(agent.key for agent in eligible)
    match target.by:
        case By.ROUND_ROBIN:
            owner, after = next_turn(keys, target.weights, credits)
            return Pick(owner, Reason.NOT_THEIR_TURN, "round robin", after)
        case By.LEAST_LOADED:
            owner = min(keys, key=lambda key: (_load(loads, key).weight, key))
            return Pick(owner, Reason.MORE_LOADED, f"least loaded: {_load(loads, owner).weight} leads and tasks")
        case By.BEST_MATCH:
            return _best_match(eligible, loads, inquiry)
        case By.RANDOM:
            return Pick(keys[chance % len(keys)], Reason.NOT_DRAWN, "drawn by lot")
        case By.PRIMARY_ONLY:
            return Pick(keys[0], Reason.NOT_PRIMARY, "the first of the list")


def _best_match(eligible: Sequence[AgentFacts], loads: Mapping[str, Load], inquiry: Inquiry) -> Pick:
    """Most of the skills that the inquiry speaks of; among equals the least loaded."""
    asked = words_of(inquiry)
    suits = {agent.key: sorted(skill for skill in agent.skills if skill.casefold() in asked) for agent in eligible}
    owner = min(suits, key=lambda key: (-len(suits[key]), _load(loads, key).weight, key))
    skills = ", ".join(suits[owner]) or "no skill asked for"
    return Pick(owner, Reason.LESS_SUITED, f"best match: {skills}")


def words_of(inquiry: Inquiry) -> frozenset[str]:
    """What the lead asks for, as whole values and as single words, without regard to case."""
    said = {field.name: _called(field, getattr(inquiry, field.name)) for field in _NAMES_SKILLS}
    values = [str(value) for told in (said, inquiry.attributes, inquiry.findings) for value in _flat(told) if value]
    return frozenset(word.casefold() for value in values for word in (value, *_WORD.findall(value)))


def _called(field: LeadField, value: Any) -> Any:
    return (value, *field.words(value)) if field.words and value else value


def _flat(attributes: Mapping[str, object]) -> list[object]:
    return [
        item
        for value in attributes.values()
        for item in (value if isinstance(value, (list, tuple)) else [value])
        if not isinstance(item, bool)
    ]


def _load(loads: Mapping[str, Load], key: str) -> Load:
    return loads.get(key) or Load()


def next_turn(
    eligible: Sequence[str], weights: Mapping[str, int], credits: Mapping[str, int]
) -> tuple[str, Mapping[str, int]]:
    """Every eligible agent gains their weight, the highest credit wins (ties by key) and loses the sum of the weights.

    The absent neither gain nor lose, so that who comes back gets their normal share. A weight that is not given is one.
    """
    weight = {key: weights.get(key, 1) for key in eligible}
    after = {key: credits.get(key, 0) + weight[key] for key in eligible}
    winner = min(after, key=lambda key: (-after[key], key))
    after[winner] -= sum(weight.values())
    return winner, after


def cost_of_turn(winner: str, eligible: Sequence[str], weights: Mapping[str, int]) -> Mapping[str, int]:
    """What each credit changed by in this turn; taking it away again gives the turn back."""
    weight = {key: weights.get(key, 1) for key in eligible}
    return {key: own - (sum(weight.values()) if key == winner else 0) for key, own in weight.items()}
