"""Rows as the documents that the API answers."""

from collections.abc import Callable, Sequence
from datetime import datetime
from operator import attrgetter
from typing import Any, TypeVar
from urllib.parse import urlencode

from flask import request
from sqlalchemy import Connection, Row

from sami.store.facts import Directory
from sami.views import agent, lead, task
from webhooks.api.schemas.agents import Agent
from webhooks.api.schemas.leads import Lead, Owner, OwnerChange, TimelineEntry
from webhooks.api.schemas.notices import Notice
from webhooks.api.schemas.tasks import Task

Shown = TypeVar("Shown")


def lead_documents(db: Connection, rows: Sequence[Row[Any]], now: datetime) -> list[Lead]:
    return [Lead(**document) for document in lead.lead_documents(db, rows, now)]


def lead_document(db: Connection, row: Row[Any], now: datetime) -> Lead:
    return Lead(**lead.lead_document(db, row, now))


def owner_document(row: Row[Any]) -> Owner | None:
    owner = lead.owner_document(row.owner_key, row.owner_name)
    return None if owner is None else Owner(**owner)


def timeline_document(row: Row[Any]) -> TimelineEntry:
    return TimelineEntry(at=row.at, kind=row.kind, text=row.text, call=row.call)


def history_document(row: Row[Any]) -> OwnerChange:
    return OwnerChange(
        from_=row.from_key, to=row.to_key, why=row.why, who=row.by, at=row.at, decision=decision_link(row.decision)
    )


def task_document(row: Row[Any]) -> Task:
    return Task(**task.task_document(row))


def agent_document(row: Row[Any], directory: Directory, now: datetime) -> Agent:
    return Agent(**agent.agent_document(row, directory, now))


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


def page_of(
    rows: list[Shown], limit: int, cursor_of: Callable[[Shown], int] = attrgetter("id")
) -> tuple[list[Shown], dict[str, str]]:
    """The rows of this page and the header that leads to the next. One more row than the limit is read, to know."""
    if len(rows) <= limit:
        return rows, {}
    page = rows[:limit]
    parameters = {**request.args.to_dict(), "limit": str(limit), "cursor": str(cursor_of(page[-1]))}
    return page, {"Link": f'<{request.path}?{urlencode(parameters)}>; rel="next"'}
