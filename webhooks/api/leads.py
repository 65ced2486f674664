"""Leads are read out: one, all, what happened to them, and who owned them."""

from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, Row

from sami.domain.access.scopes import Scope
from sami.domain.assignment.batches import LeadFilter
from sami.domain.language.phone import parse_phone
from sami.leads.refusals import AgentUnknown
from sami.store import pages
from sami.store.facts import read_directory
from sami.views.lead import find_leads
from webhooks.api.documents import history_document, lead_document, lead_documents, page_of, timeline_document
from webhooks.api.door import Answer, ApiContext, answers
from webhooks.api.operations import LINK, Operation
from webhooks.api.refusals import FieldFault, InvalidFields, NotFound
from webhooks.api.schemas.leads import Lead, LeadQuery, OwnerChange, PageQuery, TimelineEntry

POND = "pond"  # No agent's key: nobody owns what is in it.
LEAD_PATH = "/leads/<int:id>"


@answers(
    Operation(
        name="read_lead",
        method="GET",
        path=LEAD_PATH,
        scope=Scope.LEADS_READ,
        summary="Read a lead",
        answers={200: Lead},
    )
)
def read_lead(context: ApiContext, id: int) -> Answer:
    with context.read() as db:
        return Answer(lead_document(db, require_row(pages.show_lead(db, id)), context.now))


@answers(
    Operation(
        name="list_leads",
        method="GET",
        path="/leads",
        scope=Scope.LEADS_READ,
        summary="Find a lead by phone or e-mail, or list leads",
        description=(
            "With phone or email the answer is that one lead, or 404, and no other filter may stand beside them. "
            "Without, it is a list of those that fit every filter given, oldest first."
        ),
        answers={200: Lead},
        one_or_several=True,
        query=LeadQuery,
        refuses=(NotFound, AgentUnknown),
        gives=LINK,
    )
)
def list_leads(context: ApiContext, query: LeadQuery) -> Answer:
    with context.read() as db:
        wanted = _filter(query)
        if query.phone is not None or query.email is not None:
            if not wanted.is_empty:
                raise InvalidFields(FieldFault("", "names one lead and a filter", "leave the filter out"))
            return Answer(lead_document(db, require_row(_one(db, query)), context.now))
        rows = find_leads(db, wanted, after=query.cursor, limit=query.limit + 1)
        page, link = page_of(rows, query.limit)
        return Answer(lead_documents(db, page, context.now), headers=link)


@answers(
    Operation(
        name="read_timeline",
        method="GET",
        path=f"{LEAD_PATH}/timeline",
        scope=Scope.LEADS_READ,
        summary="Read what happened to a lead",
        answers={200: TimelineEntry},
        several=True,
        query=PageQuery,
        gives=LINK,
    )
)
def read_timeline(context: ApiContext, id: int, query: PageQuery) -> Answer:
    with context.read() as db:
        require_row(pages.show_lead(db, id))
        rows = pages.timeline_of(db, id, after=query.cursor, limit=query.limit + 1)
    page, link = page_of(rows, query.limit)
    return Answer([timeline_document(row) for row in page], headers=link)


@answers(
    Operation(
        name="read_history",
        method="GET",
        path=f"{LEAD_PATH}/history",
        scope=Scope.LEADS_READ,
        summary="Read who owned a lead, and why that changed",
        answers={200: OwnerChange},
        several=True,
        query=PageQuery,
        gives=LINK,
    )
)
def read_history(context: ApiContext, id: int, query: PageQuery) -> Answer:
    with context.read() as db:
        require_row(pages.show_lead(db, id))
        rows = pages.history_of(db, id, after=query.cursor, limit=query.limit + 1)
    page, link = page_of(rows, query.limit)
    return Answer([history_document(row) for row in page], headers=link)


def require_row(row: Row[Any] | None) -> Row[Any]:
    if row is None:
        raise NotFound
    return row


def _filter(query: LeadQuery) -> LeadFilter:
    return LeadFilter(
        owner=None if query.owner == POND else query.owner,
        unowned=query.owner == POND,
        stage=query.stage,
        source=query.source,
        tag=query.tag,
        created_after=query.from_,
        created_before=None if query.to is None else query.to - timedelta(microseconds=1),
        search=query.q,
        segment=query.segment,
        rule=query.rule,
        counted=query.counted,
    )


def _one(db: Connection, query: LeadQuery) -> Row[Any] | None:
    if query.phone is None:
        return pages.show_lead_by_email(db, (query.email or "").strip().lower())
    by_phone = pages.show_lead_by_phone(db, readable_phone(db, query.phone))
    return None if by_phone is None or query.email not in (None, by_phone.email) else by_phone


def readable_phone(db: Connection, written: str, field: str = "phone") -> str:
    """A + that was not escaped arrives as a blank."""
    country = read_directory(db).organisation.country
    plussed = f"+{written.strip()}" if written.startswith(" ") else written
    phone = parse_phone(plussed, country)
    if phone is None:
        right = f"write it in E.164, for example +15125550142, or as it is dialled in {country}"
        raise InvalidFields(FieldFault(field, "is not a phone number", right))
    return phone
