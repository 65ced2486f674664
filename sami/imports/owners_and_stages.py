"""Whose is a lead of a file, how far is it and since when? Read where somebody asked for it, never guessed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sami.domain.language.past_dates import read_past
from sami.domain.leads.arrivals import Standing
from sami.domain.leads.stages import Stage
from sami.domain.leads.written_values import Wrong
from sami.store.people import StoredAgent

STANDING = ("owner", "stage", "created_at")
"""What a column may say of a lead besides its fields; no column is taken for one of them by its name alone."""


@dataclass(frozen=True, slots=True)
class StandingReader:
    """Dates without a zone are local in `zone`; `now` is when the import began."""

    agents: tuple[StoredAgent, ...]
    zone: str
    now: datetime

    def read(self, written: Mapping[str, str]) -> Standing | tuple[Wrong, ...]:
        """Every fault at once; what is empty is left to the policy, to NEW, and to now."""
        owner = _owner(written["owner"], self.agents) if written.get("owner") else None
        stage = _stage(written["stage"]) if written.get("stage") else None
        created_at = self._created_at(written["created_at"]) if written.get("created_at") else None
        if isinstance(owner, Wrong) or isinstance(stage, Wrong) or isinstance(created_at, Wrong):
            return tuple(fault for fault in (owner, stage, created_at) if isinstance(fault, Wrong))
        return Standing(owner, stage, created_at)

    def _created_at(self, text: str) -> datetime | Wrong:
        at = read_past(text, self.zone)
        if at is None:
            right = "write it like 2024-03-05 14:30, 3/5/2024 2:30 PM or Mar 5, 2024 (the month before the day)"
            return Wrong("created_at", "is not a date", right)
        return at if at <= self.now else Wrong("created_at", "lies ahead", "write when the lead came in")


def _owner(text: str, agents: Iterable[StoredAgent]) -> str | Wrong:
    """By key, e-mail address or name, the first of them that anybody has."""
    meant, found = _plain(text), list[StoredAgent]()
    for ways in ("key", "email", "name"):
        found = found or [agent for agent in agents if _plain(getattr(agent, ways) or "") == meant]
    active = [agent for agent in found if agent.active]
    if len(active) == 1:
        return active[0].key
    if active:
        return Wrong("owner", f"is the name of {len(active)} agents", f"write one key: {_keys(active)}")
    if found:
        return Wrong("owner", "is an agent who has left", "name one who is there, or leave it empty for the policy")
    return Wrong("owner", "is no agent", "write the key, the name or the e-mail address of one")


def _keys(agents: Iterable[StoredAgent]) -> str:
    return " or ".join(agent.key for agent in agents)


def _stage(text: str) -> Stage | Wrong:
    name = _plain(text).replace(" ", "_").replace("-", "_").upper()
    if name in Stage.__members__:
        return Stage[name]
    return Wrong("stage", "is no stage", f"write one of {', '.join(Stage)}")


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())
