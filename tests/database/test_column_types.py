"""Instants and documents survive the trip into a database and back."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
import sqlalchemy as sa

from sami.database.column_types import Json, UtcDateTime, metadata_naming

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
METADATA = sa.MetaData(naming_convention=metadata_naming)
NOTES = sa.Table(
    "notes",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("at", UtcDateTime),
    sa.Column("facts", Json),
)


@pytest.fixture
def connection():
    engine = sa.create_engine("sqlite://")
    with engine.begin() as connection:
        METADATA.create_all(connection)
        yield connection
    engine.dispose()


def test_an_instant_comes_back_in_utc_whatever_zone_it_was_given_in(connection):
    east = NOON.astimezone(timezone(timedelta(hours=9)))
    connection.execute(NOTES.insert().values(at=east))
    [stored] = connection.execute(NOTES.select().with_only_columns(NOTES.c.at)).scalars()
    assert stored == NOON
    assert stored.tzinfo is UTC


def test_a_naive_instant_is_refused(connection):
    with pytest.raises(sa.exc.StatementError, match="time zone"):
        connection.execute(NOTES.insert().values(at=NOON.replace(tzinfo=None)))


def test_instants_sort_and_compare_as_time_does_also_at_whole_seconds(connection):
    moments = [NOON + timedelta(microseconds=us) for us in (1, 0, -1, 999_999, 1_000_000)]
    connection.execute(NOTES.insert(), [{"at": moment} for moment in moments])
    in_order = connection.execute(NOTES.select().with_only_columns(NOTES.c.at).order_by(NOTES.c.at)).scalars().all()
    assert in_order == sorted(moments)
    later = NOTES.select().with_only_columns(sa.func.count()).where(NOTES.c.at > NOON)
    assert connection.execute(later).scalar_one() == 3


def test_a_document_comes_back_and_none_is_null(connection):
    connection.execute(NOTES.insert().values(facts={"name": "José", "tags": [1, None, True]}))
    connection.execute(NOTES.insert().values(facts=None))
    documents = connection.execute(NOTES.select().with_only_columns(NOTES.c.facts).order_by(NOTES.c.id)).scalars().all()
    assert documents == [{"name": "José", "tags": [1, None, True]}, None]
    nulls = NOTES.select().with_only_columns(sa.func.count()).where(NOTES.c.facts.is_(None))
    assert connection.execute(nulls).scalar_one() == 1


def test_a_document_that_json_cannot_hold_is_refused(connection):
    with pytest.raises(sa.exc.StatementError):
        connection.execute(NOTES.insert().values(facts={"score": float("nan")}))
