"""Blocked callers are listed, added and let in again; each change is a version of the organisation."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from sami.documents.checks.names import KEYED_BY
from sami.domain.access.scopes import Scope
from sami.organisation.blocking import TABLE, NoOrganisation, NotBlocked, block, blocked_rows, unblock
from sami.organisation.publishing import OrganisationRefused
from webhooks.api.door import Answer, ApiContext, answers
from webhooks.api.operations import Operation
from webhooks.api.refusals import FieldFault, InvalidFields
from webhooks.api.schemas.blocked import BlockedCaller, BlockedQuery, BlockRequest

_NAMES = KEYED_BY[TABLE]


@answers(
    Operation(
        name="list_blocked",
        method="GET",
        path="/blocked",
        scope=Scope.CALLS_READ,
        summary="List blocked callers",
        answers={200: BlockedCaller},
        several=True,
    )
)
def list_blocked(context: ApiContext) -> Answer:
    with context.read() as db:
        return Answer([blocked_document(row) for row in blocked_rows(db)])


@answers(
    Operation(
        name="block_caller",
        method="POST",
        path="/blocked",
        scope=Scope.CALLS_WRITE,
        summary="Block a caller",
        description="They hear one sentence and the call ends: no lead, no ring, no text. In force for the next call.",
        answers={200: BlockedCaller},
        body=BlockRequest,
        refuses=(NoOrganisation,),
    )
)
def block_caller(context: ApiContext, body: BlockRequest) -> Answer:
    row = body.model_dump(mode="json", exclude_none=True)
    with refused_by_field(), context.begin() as db:
        return Answer(blocked_document(block(db, row, by=context.who.by, now=context.now)))


@answers(
    Operation(
        name="unblock_caller",
        method="DELETE",
        path="/blocked",
        scope=Scope.CALLS_WRITE,
        summary="Let a blocked caller in again",
        answers={200: BlockedCaller},
        several=True,
        query=BlockedQuery,
        refuses=(NotBlocked, NoOrganisation),
        description="Answers with those who stay blocked.",
    )
)
def unblock_caller(context: ApiContext, query: BlockedQuery) -> Answer:
    given = [value for name in _NAMES if (value := getattr(query, name)) is not None]
    if len(given) != 1:
        raise InvalidFields(FieldFault("", "names nobody or several", f"give one of {', '.join(_NAMES)}"))
    with context.begin() as db:
        unblock(db, given[0], by=context.who.by, now=context.now)
        return Answer([blocked_document(row) for row in blocked_rows(db)])


@contextmanager
def refused_by_field() -> Iterator[None]:
    try:
        yield
    except OrganisationRefused as refused:
        raise InvalidFields(*(FieldFault(fault.field, fault.wrong, fault.right) for fault in refused.faults)) from None


def blocked_document(row: Mapping[str, Any]) -> BlockedCaller:
    return BlockedCaller.model_validate({"why": "", "until": None, **dict.fromkeys(_NAMES), **row})
