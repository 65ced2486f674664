"""How an instant and a document are stored, and how constraints are named, alike on both databases."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Dialect
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import TIMESTAMP, String, Text, TypeDecorator, TypeEngine

# Every constraint needs a name: batch migrations on SQLite rebuild by name, and tests compare CHECKs by name.
metadata_naming: dict[str, str] = {
    "pk": "pk_%(table_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
}

_encode = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode
_decode = json.JSONDecoder().decode
_INSTANT_LENGTH = len("2026-01-31T12:00:00.000000+00:00")


class UtcDateTime(TypeDecorator[datetime]):
    """An aware instant, read back in UTC. A naive one is refused when it is written or compared.

    SQLite holds ISO text of one fixed width, which sorts and compares as the instants do and parses in C.
    """

    impl = String(_INSTANT_LENGTH)
    cache_ok = True

    @property
    def python_type(self) -> type[datetime]:
        return datetime

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        kind: TypeEngine[Any] = TIMESTAMP(timezone=True) if _is_postgres(dialect) else String(_INSTANT_LENGTH)
        return dialect.type_descriptor(kind)

    # The processors themselves, not `process_result_value`: its wrapper doubles the price of every cell read.
    def bind_processor(self, dialect: Dialect) -> Callable[[datetime | None], Any]:
        return _to_utc if _is_postgres(dialect) else _to_text

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], datetime | None]:
        return _to_utc if _is_postgres(dialect) else _from_text

    def literal_processor(self, dialect: Dialect) -> Callable[[datetime], str]:
        return lambda instant: f"'{_to_text(instant)}'"


class Json(TypeDecorator[Any]):
    """A JSON document: JSONB on PostgreSQL, compact text on SQLite; None is SQL NULL on both."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        kind: TypeEngine[Any] = JSONB(none_as_null=True) if _is_postgres(dialect) else Text()
        return dialect.type_descriptor(kind)

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        return value if value is None or _is_postgres(dialect) else _encode(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        return value if value is None or _is_postgres(dialect) else _decode(value)


def _is_postgres(dialect: Dialect) -> bool:
    return dialect.name == "postgresql"


def _to_utc(instant: datetime | None) -> datetime | None:
    if instant is None:
        return None
    if instant.tzinfo is None:
        raise ValueError("an instant needs a time zone: a naive datetime is never stored")
    return instant.astimezone(UTC)


def _to_text(instant: datetime | None) -> str | None:
    aware = _to_utc(instant)
    return None if aware is None else aware.isoformat(timespec="microseconds")


def _from_text(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
