"""Does everybody get the share that is theirs? Turns are read as they were taken, one by one."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection

from sami.domain.assignment.policy import Policy
from sami.domain.assignment.rules import RuleName
from sami.domain.reports.tallies import Tally
from sami.reports.asked import Asked
from sami.store.policies import policy_in_force
from sami.store.report_leads import turns_with_pool


def distribution(db: Connection, asked: Asked) -> Mapping[Any, Tally]:
    """By pool and agent. Weights are those of the policy in force today: a turn keeps who could have had it."""
    in_force = policy_in_force(db, asked.period.until)
    weights = _weights(None if in_force is None else in_force[1])
    found: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    fair: dict[tuple[str, str], float] = defaultdict(float)
    turns: Counter[str] = Counter()
    for pool, winner, cost in turns_with_pool(db, asked.period):
        turns[pool] += 1
        found[pool, winner]["received"] += 1
        theirs = {key: weights.get(pool, {}).get(key, 1) for key in cost}
        total = sum(theirs.values())
        for key, weight in theirs.items():
            found[pool, key]["turns"] += 1
            fair[pool, key] += weight / total if total else 0.0
    for (pool, key), counts in found.items():
        counts["absent"] = turns[pool] - counts["turns"]
        counts["fair"] = round(fair[pool, key])
    return {key: Tally(counts) for key, counts in found.items()}


def _weights(policy: Policy | None) -> Mapping[str, Mapping[str, int]]:
    """By the name of the pool, where its rule has weights."""
    if policy is None:
        return {}
    named = {RuleName("rule", rule.name).written: rule.to for rule in policy.rules}
    bound = {RuleName("constraint", one.name).written: one.to for one in policy.constraints if one.to is not None}
    targets = {**named, **bound, RuleName("default").written: policy.default}
    return {pool: target.weights for pool, target in targets.items() if target.weights}
