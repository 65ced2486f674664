"""Is there a business to answer for, and is anybody there for it, now and in the days to come?"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from sqlalchemy import Connection

from sami.doctor.check import Check, advice, fine, wrong
from sami.domain.agents.duty import is_on_duty, next_return
from sami.store.facts import Directory, read_roster

WITHIN = timedelta(days=7)


def check_organisation(directory: Directory) -> Iterator[Check]:
    if directory.version is None or not directory.file.lines:
        sentence = "The organisation is empty: there is no line that a call could come to."
        yield wrong(
            "organisation", sentence, "`sami init` writes a file to begin with, `sami apply FILE` puts it in force."
        )
    else:
        yield fine("organisation", f"Version {directory.version} of the organisation is in force.")


def check_duty(db: Connection, directory: Directory, now: datetime) -> Iterator[Check]:
    """Of those whom a call may ring at all; who may not is another question."""
    able = [agent for agent in read_roster(db, directory, now) if agent.active and agent.verified]
    if not able:
        return
    on_duty = [agent for agent in able if is_on_duty(agent, now)]
    if on_duty:
        yield fine("duty", f"{len(on_duty)} agent(s) are on duty now.")
        return
    returns_at = next_return([(agent, directory.schedule_of(agent.key)) for agent in able], now)
    if returns_at is None or returns_at > now + WITHIN:
        remedy = "Change their hours or end their off: `sami set agents.KEY.hours`, or ON by text."
        yield wrong("duty", "Nobody whom a call may ring is on duty within 7 days.", remedy)
    else:
        when = directory.clock(now).say(returns_at)
        sentence = f"Nobody is on duty now; the next is at {when}. Until then callers reach the fallback numbers."
        yield advice("duty", sentence, "Whoever should be texts ON; hours: `sami set agents.KEY.hours`.")
