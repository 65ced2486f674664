"""Who may ask the API for what: keys are made, found by what a request brings, and revoked."""

import re
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy import Connection

from sami.audit.recording import record
from sami.domain.access.scopes import Scope
from sami.domain.audit.entry import Verb
from sami.domain.language.actor import Actor, ActorKind
from sami.errors import SamiError
from sami.store import access as store
from sami.store.actors import actor_columns
from sami.store.people import find_agents

KEY_BYTES = 32
NOTED_AGAIN_AFTER = timedelta(hours=1)  # A write for every request would cost more than most requests.

_KEY = re.compile(r"sami_[A-Za-z0-9_-]{43}")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")


class KeyNameRefused(SamiError):
    """A key's name is letters, digits, dots, - and _, at most 64 of them."""

    code = "key_name_refused"
    status = 422


class KeyNameTaken(SamiError):
    """A key of this name exists, or did: what it changed is recorded under its name, so choose another."""

    code = "key_name_taken"
    status = 409


class UnknownScope(SamiError):
    """There is no such scope."""

    code = "unknown_scope"
    status = 422


class NoSuchAgent(SamiError):
    """A key can belong to an active agent only."""

    code = "key_of_nobody"
    status = 422


class UnknownKey(SamiError):
    """No key of this name is in use."""

    code = "unknown_key"
    status = 404


@dataclass(frozen=True, slots=True)
class ApiKey:
    """Whoever asks. `by` is how changes made with this key are recorded; `agent` is the key of whom it belongs to."""

    id: int
    name: str
    scopes: tuple[str, ...]
    last_used_at: datetime | None = None
    agent: str | None = None

    @property
    def by(self) -> Actor:
        return Actor(ActorKind.API_KEY, self.name)


def create_key(
    db: Connection, *, name: str, scopes: Collection[str], by: Actor, now: datetime, agent: str | None = None
) -> str:
    """The new key itself, which is shown this once and kept only as its hash (S16). `agent`: whose it is, by key.

    Raises UnknownScope, KeyNameRefused, KeyNameTaken or NoSuchAgent.
    """
    if not _NAME.fullmatch(name):
        raise KeyNameRefused
    unknown = [scope for scope in scopes if scope not in set(Scope)]
    if unknown or not scopes:
        raise UnknownScope(f"Asked for: {', '.join(unknown) or 'none'}; known are {', '.join(Scope)}.")
    key = f"sami_{secrets.token_urlsafe(KEY_BYTES)}"
    held = list(dict.fromkeys(scopes))
    belongs = {"agent_id": None if agent is None else _agent_id(db, agent)}
    made = {"created_at": now, **actor_columns(by, "created_by")}
    if not store.insert_api_key(db, name=name, hash=_hash(key), scopes=held, **belongs, **made):
        raise KeyNameTaken
    record(db, Verb.MADE, "api_key", name, by=by, now=now, after={"scopes": held})
    return key


def _agent_id(db: Connection, key: str) -> int:
    found = find_agents(db, keys=(key,))
    if not found or not found[0].active:
        raise NoSuchAgent(f"Asked for: {key}.")
    return int(found[0].id)


def find_key(db: Connection, key: str) -> ApiKey | None:
    """The key as it is in use; what does not look like one is refused without asking."""
    row = store.find_api_key(db, _hash(key)) if _KEY.fullmatch(key) else None
    return None if row is None else ApiKey(row.id, row.name, tuple(row.scopes), row.last_used_at, row.agent)


def is_use_unnoted(key: ApiKey, now: datetime) -> bool:
    return key.last_used_at is None or now - key.last_used_at >= NOTED_AGAIN_AFTER


def note_use(db: Connection, key: ApiKey, now: datetime) -> None:
    store.note_api_key_used(db, key.id, at=now)


def revoke_key(db: Connection, *, name: str, by: Actor, now: datetime) -> None:
    if not store.revoke_api_key(db, name=name, at=now):
        raise UnknownKey
    record(db, Verb.REVOKED, "api_key", name, by=by, now=now)


def _hash(key: str) -> str:
    """Plain SHA-256: 256 random bits cannot be guessed, so nothing need be made slow."""
    return sha256(key.encode()).hexdigest()
