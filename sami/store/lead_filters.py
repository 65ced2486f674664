"""What of a lead a filter compares, and how: for lists and for leads that change hands together."""

import re
from collections.abc import Iterator
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, literal, or_, select

from sami.domain.assignment.batches import LeadFilter
from sami.store.leads import leads
from sami.store.selections import LEADS_COUNTED

_DIGITS_OF_A_PHONE = re.compile(r"[\d\s().+-]{3,}")


def leads_that_fit(db: Connection, wanted: LeadFilter, owner_id: int | None) -> Iterator[ColumnElement[bool]]:
    """`owner_id` is whom the filter's owner means."""
    if wanted.owner is not None:
        yield leads.c.owner_id == owner_id
    if wanted.unowned:
        yield leads.c.owner_id.is_(None)
    same = {leads.c.source: wanted.source, leads.c.state: wanted.state}
    equal = {
        leads.c.stage: wanted.stage,
        leads.c.segment: wanted.segment,
        leads.c.matched_rule: wanted.rule,
    }
    yield from (_same(column, value) for column, value in same.items() if value is not None)
    yield from (column == value for column, value in equal.items() if value is not None)
    yield from _in_period(wanted)
    if wanted.tag is not None:
        yield _has_tag(db, wanted.tag)
    if wanted.search is not None:
        yield _says(wanted.search)
    if wanted.counted is not None:
        yield LEADS_COUNTED[wanted.counted]


def _in_period(wanted: LeadFilter) -> Iterator[ColumnElement[bool]]:
    if wanted.created_after is not None:
        yield leads.c.created_at >= wanted.created_after
    if wanted.created_before is not None:
        yield leads.c.created_at <= wanted.created_before


def _same(column: ColumnElement[Any], value: str) -> ColumnElement[bool]:
    return func.lower(column) == func.lower(literal(value))


def _says(search: str) -> ColumnElement[bool]:
    if _DIGITS_OF_A_PHONE.fullmatch(search):
        return leads.c.phone.contains(re.sub(r"\D", "", search))
    in_name = func.lower(leads.c.name).contains(search.lower(), autoescape=True)
    return or_(in_name, leads.c.email.contains(search.lower(), autoescape=True))


def _has_tag(db: Connection, tag: str) -> ColumnElement[bool]:
    each = func.jsonb_array_elements_text if db.dialect.name == "postgresql" else func.json_each
    listed = each(leads.c.tags).table_valued("value")
    return select(literal(1)).select_from(listed).where(_same(listed.c.value, tag)).exists()
