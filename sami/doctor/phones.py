"""Whose phone will no call ring, and why? Whose phone was verified so long ago that it should be rung again?"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from sqlalchemy import Connection

from sami.doctor.check import Check, advice, fine, wrong
from sami.domain.agents.verification import is_stale
from sami.store.people import StoredAgent, stored_agents
from sami.store.verification import confirmed_phones

NAME = "phones"
_ON_AGAIN = "Who is switched off texts ON, or an admin says `sami set agents.KEY.calls true`."
_WHY = {
    "opted_out": "texted STOP, which also means off duty until ON",
    "calls_off": "calls switched off",
    "unverified": "a phone that was never verified",
}


def silent_agents(agents: Iterable[StoredAgent]) -> Mapping[str, list[StoredAgent]]:
    """Active agents whom no call rings at any hour, by why; the first reason of each."""
    silent: dict[str, list[StoredAgent]] = {}
    for agent in agents:
        why = _why_silent(agent) if agent.active else None
        if why is not None:
            silent.setdefault(why, []).append(agent)
    return silent


def tell_of_silent(agents: Iterable[StoredAgent]) -> str | None:
    """One sentence that names everybody whom no call will ring, why, and the remedy; None where there is nobody."""
    told = _silence(agents)
    return None if told is None else f"{told[0]} {told[1]}".rstrip()


def _silence(agents: Iterable[StoredAgent]) -> tuple[str, str] | None:
    """The sentence, and its remedy."""
    everybody = [agent for agent in agents if agent.active]
    silent = silent_agents(everybody)
    if not silent:
        return None
    parts = [f"{', '.join(_named(agent) for agent in those)} ({_WHY[why]})" for why, those in silent.items()]
    nobody = sum(map(len, silent.values())) == len(everybody)
    begin = "No call will ring anybody" if nobody else "No call will ring"
    unverified = silent.get("unverified", [])
    remedy = f"Verify a phone by a test ring: `sami verify {unverified[0].key}`." if unverified else ""
    return f"{begin}: {'; '.join(parts)}.", remedy


def check_phones(db: Connection, now: datetime) -> Iterator[Check]:
    agents = [agent for agent in stored_agents(db).values() if agent.active]
    told = _silence(agents)
    if not agents:
        yield advice(NAME, "There is no agent yet.", "Describe them in a file and apply it: `sami apply FILE`.")
    elif told is None:
        yield fine(NAME, "Every agent's phone is verified and switched on.")
    elif told[0].startswith("No call will ring anybody"):
        yield wrong(NAME, told[0], told[1] or _ON_AGAIN)
    else:
        yield advice(NAME, *told)
    yield from _stale(agents, confirmed_phones(db), now)


def _stale(agents: Iterable[StoredAgent], confirmed: Mapping[str, datetime], now: datetime) -> Iterator[Check]:
    names = {agent.phone: agent.key for agent in agents}
    old = [names.get(phone, phone) for phone, at in confirmed.items() if is_stale(at, now)]
    if old:
        sentence = f"Verified more than 90 days ago: {', '.join(old)}."
        yield advice("verification", sentence, f"Ring them once more, for example `sami verify {old[0]}`.")


def _why_silent(agent: StoredAgent) -> str | None:
    if agent.opted_out:
        return "opted_out"
    if not agent.calls:
        return "calls_off"
    return None if agent.verified else "unverified"


def _named(agent: StoredAgent) -> str:
    return f"{agent.name} [{agent.key}]"
