"""Rows as the documents that the API answers."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from flask import request
from sqlalchemy import Connection, Row

from sami.agents.switches import standing_of
from sami.store.facts import Directory
from sami.views import lead as views
from webhooks.api.schemas.agents import Agent, Calls
from webhooks.api.schemas.leads import Lead, Owner, OwnerChange, TimelineEntry
from webhooks.api.schemas.notices import Notice, Notices, Quiet
from webhooks.api.schemas.tasks import Task


def lead_documents(db: Connection, rows: Sequence[Row[Any]], now: datetime) -> list[Lead]:
    return [Lead(**document) for document in views.lead_documents(db, rows, now)]


def lead_document(db: Connection, row: Row[Any], now: datetime) -> Lead:
    return Lead(**views.lead_document(db, row, now))


def owner_document(row: Row[Any]) -> Owner | None:
    owner = views.owner_document(row.owner_key, row.owner_name)
    return None if owner is None else Owner(**owner)


def timeline_document(row: Row[Any]) -> TimelineEntry:
    return TimelineEntry(at=row.at, kind=row.kind, text=row.text, call=row.call)


def history_document(row: Row[Any]) -> OwnerChange:
    return OwnerChange(
        from_=row.from_key, to=row.to_key, why=row.why, who=row.by, at=row.at, decision=decision_link(row.decision)
    )


def task_document(row: Row[Any]) -> Task:
    return Task(
        id=row.id,
        title=row.title,
        owner=row.owner_key,
        due_at=row.due_at,
        state=row.state,
        lead=row.lead_id,
        call=row.call,
        recording_url=row.recording_url,
        created_at=row.created_at,
        done_at=row.done_at,
        done_by=row.done_by,
        closed_because=row.closed_because,
    )


def agent_document(row: Row[Any], directory: Directory, now: datetime) -> Agent:
    standing = standing_of(row, directory, now)
    return Agent(
        key=row.key,
        name=row.name,
        active=row.active,
        verified=row.verified,
        calls=Calls(on=standing.calls_on, until=standing.until, reason=standing.reason),
        leads=standing.leads_on,
        leads_until=standing.leads_off_until,
        inside_hours=standing.inside_hours,
        reserved=standing.reserved,
        next_shift_at=standing.next_shift_at,
        notices=_notices(row),
    )


def _notices(row: Row[Any]) -> Notices:
    quiet = None if row.quiet_from is None else Quiet(from_=row.quiet_from, to=row.quiet_to)
    return Notices(channels=tuple(row.channels or ()), quiet=quiet)


def notice_document(row: Row[Any]) -> Notice:
    return Notice(
        id=row.id,
        agent=row.agent_key,
        body=row.body,
        call=row.call,
        lead=row.lead_id,
        at=row.at,
        read=row.read_at is not None,
        read_at=row.read_at,
    )


def decision_link(ref: str | None) -> str | None:
    return None if ref is None else f"/api/v1/decisions/{ref}"


def page_of(rows: list[Row[Any]], limit: int) -> tuple[list[Row[Any]], dict[str, str]]:
    """The rows of this page and the header that leads to the next. One more row than the limit is read, to know."""
    if len(rows) <= limit:
        return rows, {}
    page = rows[:limit]
    parameters = {**request.args.to_dict(), "limit": str(limit), "cursor": str(page[-1].id)}
    return page, {"Link": f'<{request.path}?{urlencode(parameters)}>; rel="next"'}
