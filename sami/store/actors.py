"""Who did it, as rows keep it: written as ever, and beside it of which kind and by which key."""

from typing import Any

from sami.domain.language.actor import Actor, ActorKind, read_actor


def actor_columns(by: Actor, column: str = "by") -> dict[str, Any]:
    """`column` keeps the written form, which histories are sealed over and documents show."""
    return {column: by.written, "actor_kind": by.kind.value, "actor_key": by.key}


def actor_of(row: Any, column: str = "by") -> Actor:
    if row.actor_kind is None:
        return read_actor(getattr(row, column))
    return Actor(ActorKind(row.actor_kind), row.actor_key)
