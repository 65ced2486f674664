"""Is there somebody behind every target, and do its shares make a whole?"""

from collections.abc import Iterator

from sami.documents.checks.fault import Problem, Row, quoted
from sami.documents.checks.known import Known, refer, unknown
from sami.domain.assignment.policy import By

WHOLE = 100


def check_target(to: Row, known: Known) -> Iterator[Problem]:
    yield from _check_one_kind(to)
    yield from refer(to, "agent", known.agents, "agent")
    yield from refer(to, "team", known.teams, "team")
    yield from _check_list(to, known)
    yield from _check_way(to)
    pool = _pool(to, known)
    yield from _check_pool(to, pool, known)
    yield from _check_weights(to, pool, known)


def _check_one_kind(to: Row) -> Iterator[Problem]:
    named = [kind for kind in ("agent", "team", "agents", "pond") if to.get(kind) not in (None, False)]
    if len(named) > 1:
        yield Problem("", f"names {' and '.join(named)}", "leave one of them")
    elif not named and "weights" not in to:
        yield Problem("", "names nobody", "write agent, team, agents, or pond = true")


def _check_list(to: Row, known: Known) -> Iterator[Problem]:
    agents = to.get("agents", ())
    for number, key in enumerate(agents, 1):
        if key not in known.agents:
            yield unknown(f"agents[{number}]", key, known.agents, "agent")
        if key in agents[: number - 1]:
            yield Problem(f"agents[{number}]", f"{quoted(key)} stands there twice", "name everybody once")


def _check_way(to: Row) -> Iterator[Problem]:
    """How one of several is chosen, where there are not several."""
    alone = next((kind for kind in ("pond", "agent") if to.get(kind)), None)
    for field in ("by", "weights"):
        if field in to and alone is not None:
            whom = "the pond" if alone == "pond" else "one agent"
            yield Problem(field, f"does not belong to {whom}", "leave it out; it chooses among a team or a list")
    if to.get("pond") and "on_duty" in to:
        yield Problem("on_duty", "does not belong to the pond", "leave it out")
    if "weights" in to and alone is None and to.get("by", By.ROUND_ROBIN) != By.ROUND_ROBIN:
        yield Problem("weights", f"do not belong to by = {quoted(to['by'])}", 'write by = "round_robin"')


def _pool(to: Row, known: Known) -> tuple[str, ...] | None:
    """The keys of whom the target means. None where it is the pond, or where its own fault has been told."""
    if "agent" in to:
        return (to["agent"],) if to["agent"] in known.agents else None
    if "team" in to:
        return known.members.get(to["team"])
    if to.get("agents") is not None:
        return tuple(to["agents"])
    return tuple(to["weights"]) if to.get("weights") and not to.get("pond") else None


def _check_pool(to: Row, pool: tuple[str, ...] | None, known: Known) -> Iterator[Problem]:
    if pool is None:
        return
    field = next((kind for kind in ("agent", "team", "agents") if kind in to), "weights")
    meant = pool[:1] if to.get("by") == By.PRIMARY_ONLY else pool
    if not pool:
        right = (
            "give it members, or name somebody else"
            if field == "team"
            else "name somebody, or leave the lead to the pond"
        )
        yield Problem(field, f"{quoted(to[field])} has nobody in it", right)
    elif known.inactive.issuperset(meant):
        names = ", ".join(meant)
        yield Problem(field, f"has no active agent: {names} left", "name somebody who is there")


def _check_weights(to: Row, pool: tuple[str, ...] | None, known: Known) -> Iterator[Problem]:
    weights = to.get("weights", {})
    if "weights" in to and not weights:
        yield Problem("weights", "are empty", "write the share of each in per cent, or leave them out for equal shares")
    for key, weight in weights.items():
        if key not in known.agents:
            yield unknown(f"weights.{key}", key, known.agents, "agent")
        elif pool and key not in pool:
            yield Problem(f"weights.{key}", "is not in the pool", f"use {', '.join(pool)}")
        if not 0 <= weight <= WHOLE:
            yield Problem(f"weights.{key}", f"{weight} is out of range", f"write a number from 0 to {WHOLE}")
    total = sum(weights.values())
    if weights and total != WHOLE and all(0 <= weight <= WHOLE for weight in weights.values()):
        yield Problem("weights", f"total {total}", f"make them total {WHOLE}")
