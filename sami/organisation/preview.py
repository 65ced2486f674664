"""What an admin should know before this goes live, though nothing of it is wrong."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from sami.documents.checks.fault import Document, Row
from sami.domain.language.opening_hours import holiday_dates
from sami.organisation.changes import SWITCHES, rows_of
from sami.store.people import StoredAgent

SHORTEST_RING_S = 10  # Twilio adds five seconds to a dial, and dials for five at least.
HOLIDAYS_SHOWN = 5


def preview(
    document: Document, stored: Mapping[str, StoredAgent], confirmed: Mapping[str, datetime], now: datetime
) -> Iterator[str]:
    """`confirmed`: when each phone last passed a test ring."""
    for key, agent in rows_of(document, "agents").items():
        yield from (f"[[agents]] {key}: {text}" for text in _of_agent(agent, stored.get(key), now))
    skills = {skill for agent in rows_of(document, "agents").values() for skill in agent.get("skills", ())}
    for key, bot in rows_of(document, "bots").items():
        yield from (f"[[bots]] {key}: {text}" for text in (*_of_bot(bot, confirmed), *_of_menu(bot, skills)))


def _of_agent(agent: Row, stored: StoredAgent | None, now: datetime) -> Iterator[str]:
    if stored is not None and stored.active:
        for switch in SWITCHES:
            if switch in agent and agent[switch] != getattr(stored, switch):
                is_now = "on" if getattr(stored, switch) else "off"
                yield f"{switch} is now {is_now} and stays so; the file sets it only when an agent is created."
    if "holidays" in agent:
        dates = holiday_dates(agent["holidays"], now.year)
        first = ", ".join(f"{day:%b} {day.day}" for day in dates[:HOLIDAYS_SHOWN])
        yield f"holidays {agent['holidays']} has {len(dates)} dates in {now.year}: {first} ..."


def _of_bot(bot: Row, confirmed: Mapping[str, datetime]) -> Iterator[str]:
    if bot.get("ring_timeout", SHORTEST_RING_S) < SHORTEST_RING_S:
        yield f"ring_timeout {bot['ring_timeout']} rings {SHORTEST_RING_S} seconds: no phone can be rung for less."
    if "number" in bot and bot.get("behaviour", "rules") != "number":
        yield 'number is not used; it needs behaviour = "number".'
    unverified = [fallback["phone"] for fallback in bot.get("fallback", ()) if fallback["phone"] not in confirmed]
    if unverified:
        yield (
            f"fallback numbers are not verified: {', '.join(unverified)}. They ring all the same; "
            f"`sami verify {unverified[0]}` rings one and asks for a 1."
        )
    if "hold_music" in bot:
        yield (
            "hold_music should be a loop of at most five seconds: only when it ends can a waiting caller be "
            "offered something else."
        )


def _of_menu(bot: Row, skills: set[Any]) -> Iterator[str]:
    for choice in bot.get("menu", ()):
        if "skill" in choice and choice["skill"] not in skills:
            yield f"menu {choice['digits']} asks for the skill {choice['skill']}, which no agent has."
