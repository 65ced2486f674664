"""One text to each person about all of a batch, however many leads of theirs it moved."""

from collections import defaultdict
from collections.abc import Iterator

from sqlalchemy import Connection

from sami.domain.language.actor import Actor
from sami.domain.messages.wording import leads
from sami.domain.outcomes.effects import SendText
from sami.leads.recipients import notice
from sami.store.batches import moves_of
from sami.store.facts import read_directory
from sami.store.people import find_agents

POND = "the pond"


def notices_of(db: Connection, batch: str, reason: str, by: Actor) -> Iterator[SendText]:
    """To everybody who got leads and everybody who lost some; `batch` is what the history calls it."""
    moves = moves_of(db, batch)
    people = {row.id: row for row in find_agents(db, ids={agent for pair in moves for agent in pair if agent})}
    got: defaultdict[int, dict[str, int]] = defaultdict(dict)
    lost: defaultdict[int, dict[str, int]] = defaultdict(dict)
    for (before, after), count in moves.items():
        if after is not None:
            got[after][people[before].name if before else POND] = count
        if before is not None:
            lost[before][people[after].name if after else POND] = count
    directory = read_directory(db)
    for agent, counts in sorted(got.items()):
        key = f"batch/{batch}/to/{people[agent].key}"
        yield from notice(people[agent], leads.many_given(counts, reason), key, None, by, directory)
    for agent, counts in sorted(lost.items()):
        key = f"batch/{batch}/from/{people[agent].key}"
        yield from notice(people[agent], leads.many_taken(counts, reason), key, None, by, directory)
