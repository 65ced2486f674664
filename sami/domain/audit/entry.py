"""One entry of the audit: who changed what, from where, before and after; sealed over the entry before it.

The seal covers what was said only by a salted hash of it. Whoever is erased takes what was said of them along with the
salt: nobody can guess it from the hash, and every seal still fits.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sami.domain.language.actor import Actor
from sami.domain.language.seal import seal_over, sealed_instant

CANONICAL_FORM = 1


class Door(StrEnum):
    """Where whoever changed something came in."""

    API = "api"
    CONSOLE = "console"
    SHELL = "shell"
    TEXT = "text"
    CALL = "call"
    FORM = "form"
    CLOCK = "clock"
    """Nobody came: time passed, or one change caused another."""


@dataclass(frozen=True, slots=True)
class Origin:
    """`place`: the address somebody came from, or the account of the operating system; empty where there is none."""

    door: Door
    place: str = ""


class Verb(StrEnum):
    ADDED = "added"
    CHANGED = "changed"
    REMOVED = "removed"
    PUBLISHED = "published"
    ROLLED_BACK = "rolled back"
    WITHDRAWN = "withdrawn"
    TRIED = "tried"
    ENDED = "ended"
    MADE = "made"
    REVOKED = "revoked"
    GIVEN = "given"
    CLAIMED = "claimed"
    REPORTED = "reported"
    REPEATED = "repeated"
    UNDONE = "undone"
    PAUSED = "paused"
    RESUMED = "resumed"
    CANCELLED = "cancelled"
    IMPORTED = "imported"
    LIFTED = "lifted"
    CONFIRMED = "confirmed"
    ASKED = "asked"
    CONNECTED = "connected"
    RELEASED = "released"
    RESTORED = "restored"


@dataclass(frozen=True, slots=True)
class Said:
    """What an entry says that may name a person: which row, what only changed of it, and why.

    `before` and `after` are JSON as text: a database writes JSON of its own anew, and the seal would break.
    """

    place: str
    key: str
    before: str | None
    after: str | None
    why: str


@dataclass(frozen=True, slots=True)
class Entry:
    """`thing` is a kind of row: `organisation.agents`, `lead`, `api_key`."""

    at: datetime
    by: Actor
    door: Door
    verb: Verb
    thing: str
    said: Said


@dataclass(frozen=True, slots=True)
class SealedEntry:
    """As it is kept; entries are numbered without a gap. `salt` None: what was said was erased, and only then."""

    number: int
    entry: Entry
    salt: str | None
    digest: str
    seal: str


NOTHING_SAID = Said("", "", None, None, "")


def digest_of(said: Said, salt: str) -> str:
    """The hash that stands in the seal for what was said."""
    return seal_over(salt, said.place, said.key, said.before, said.after, said.why)


def seal_of(number: int, entry: Entry, digest: str, previous: str | None) -> str:
    """Over the whole entry, what was said by its hash, and over the seal of the entry before."""
    return seal_over(
        CANONICAL_FORM,
        number,
        sealed_instant(entry.at),
        entry.by.kind.value,
        entry.by.key,
        entry.door.value,
        entry.verb.value,
        entry.thing,
        digest,
        previous,
    )


def sealed(number: int, entry: Entry, salt: str, previous: str | None) -> SealedEntry:
    digest = digest_of(entry.said, salt)
    return SealedEntry(number, entry, salt, digest, seal_of(number, entry, digest, previous))
