"""Who did it: a person, a program, a rule of the admin's or SAMI itself; and how rows have always named them."""

from dataclasses import dataclass
from enum import StrEnum


class ActorKind(StrEnum):
    PERSON = "person"
    """One of ours, whom the history names alone."""
    SHELL = "shell"
    """The system's user at the command line."""
    AGENT = "agent"
    """Who said so by text or by key, by their key."""
    API_KEY = "api_key"
    FORM = "form"
    IMPORT = "import"
    POLICY = "policy"
    WORKFLOW = "workflow"
    OUTCOME = "outcome"
    CADENCE = "cadence"
    SYSTEM = "system"
    """What SAMI did by itself; the key says on which occasion."""


_ADDRESSES = {ActorKind.API_KEY: "api", ActorKind.FORM: "form"}
_BY_NAME_ALONE = frozenset({ActorKind.PERSON, ActorKind.SHELL, ActorKind.SYSTEM})
_WORDS = {kind.value: kind for kind in ActorKind if kind not in _BY_NAME_ALONE and kind not in _ADDRESSES}
_OCCASIONS = frozenset({"sami", "call", "call back", "time", "demo", "the one who took the call"})


@dataclass(frozen=True, slots=True)
class Actor:
    """`key` is that of the agent, the API key, the form, the workflow; empty where the kind says all."""

    kind: ActorKind
    key: str = ""

    @property
    def written(self) -> str:
        """As rows, histories and documents name them. It never changes: histories are sealed over it (R14)."""
        if self.kind in _BY_NAME_ALONE:
            return self.key
        if self.kind in _ADDRESSES:
            return f"{_ADDRESSES[self.kind]}/{self.key}"
        return f"{self.kind} {self.key}" if self.key else str(self.kind)

    def __str__(self) -> str:
        return self.written


POLICY = Actor(ActorKind.POLICY)
CALL = Actor(ActorKind.SYSTEM, "call")
TIME = Actor(ActorKind.SYSTEM, "time")


def system(occasion: str) -> Actor:
    return Actor(ActorKind.SYSTEM, occasion)


def person(key: str) -> Actor:
    return Actor(ActorKind.PERSON, key)


def agent_by_text(key: str) -> Actor:
    return Actor(ActorKind.AGENT, key)


def read_actor(written: str) -> Actor:
    """Of a row, which has only what `Actor.written` said. Whom it says nothing else of is a person."""
    if written in _OCCASIONS:
        return Actor(ActorKind.SYSTEM, written)
    for kind, address in _ADDRESSES.items():
        if written.startswith(f"{address}/"):
            return Actor(kind, written.removeprefix(f"{address}/"))
    word, _, key = written.partition(" ")
    return Actor(_WORDS[word], key) if word in _WORDS else Actor(ActorKind.PERSON, written)
