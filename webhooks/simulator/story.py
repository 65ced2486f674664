"""What did a caller live through? Kept while the call is played, read by tests, terminal and browser."""

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Heard:
    at: datetime
    kind: str
    """say, play, pause, beep, ringing, music."""
    text: str


@dataclass(frozen=True, slots=True)
class Did:
    """What the person on the leg did: a key, or words."""

    at: datetime
    said: str


@dataclass(slots=True)
class Ring:
    """One phone made to ring once; `result` is empty while it rings."""

    phone: str
    leg_sid: str
    call_sid: str
    """The call that rang it: the caller's for a dialled phone, its own for one called by REST."""
    started_at: datetime
    ended_at: datetime | None = None
    result: str = ""

    @property
    def seconds(self) -> float:
        assert self.ended_at is not None, "it still rings"
        return (self.ended_at - self.started_at).total_seconds()


@dataclass(slots=True)
class Talk:
    """Two people joined; `until` is None while they talk."""

    phone: str
    since: datetime
    until: datetime | None = None


@dataclass(slots=True)
class Story:
    began_at: datetime
    heard: list[Heard] = field(default_factory=list)
    rang: list[Ring] = field(default_factory=list)
    joined: list[Talk] = field(default_factory=list)
    did: list[Did] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)

    def tell(self, at: datetime, line: str) -> None:
        minutes, seconds = divmod(round((at - self.began_at).total_seconds()), 60)
        self.lines.append(f"{minutes:02}:{seconds:02} {line}")
