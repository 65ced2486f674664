"""The organisation is read and changed whole and row by row, with the checks of `sami apply`; each change a version."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from sami.documents.checks.names import KEYED_BY
from sami.domain.access.scopes import Scope
from sami.organisation.publishing import OrganisationRefused
from sami.organisation.rows import (
    TABLES,
    Standing,
    find_row,
    lock_row,
    lock_whole,
    merged,
    put_row,
    put_whole,
    read_rows,
    read_whole,
    remove_row,
)
from webhooks.api.door import Answer, ApiContext, answers
from webhooks.api.operations import Operation
from webhooks.api.preconditions import SEEN, SEEN_OR_NONE, TAGGED, ChangedMeanwhile, require_seen, tag_header
from webhooks.api.refusals import ApiRefusal, NotFound, RowFault
from webhooks.api.schemas.organisation import TABLE_MODELS, FileRow, OrganisationDocument, OrganisationPatch

PATH = "/organisation"
_REFUSES = (ChangedMeanwhile,)
_IN_FORCE = "In force for the next call; running calls keep the version they began with."


class OrganisationFaulty(ApiRefusal):
    """The organisation would be wrong; nothing was changed."""

    code = OrganisationRefused.code
    status = OrganisationRefused.status


@answers(
    Operation(
        name="read_organisation",
        method="GET",
        path=PATH,
        scope=Scope.ORGANISATION_READ,
        summary="Read the whole organisation",
        description="As `sami export` prints it, without the policy; 404 before there is one.",
        answers={200: OrganisationDocument},
        gives=TAGGED,
        refuses=(NotFound,),
    )
)
def read_organisation(context: ApiContext) -> Answer:
    with context.read() as db:
        return _told(read_whole(db))


@answers(
    Operation(
        name="put_organisation",
        method="PUT",
        path=PATH,
        scope=Scope.ORGANISATION_WRITE,
        summary="Replace the whole organisation",
        description=f"What is not in it goes; agents are deactivated. {_IN_FORCE}",
        answers={200: OrganisationDocument, 201: OrganisationDocument},
        body=OrganisationDocument,
        takes=SEEN_OR_NONE,
        gives=TAGGED,
        refuses=(*_REFUSES, OrganisationFaulty),
    )
)
def put_organisation(context: ApiContext, body: FileRow) -> Answer:
    with context.begin() as db, told_by_row():
        standing = lock_whole(db)
        require_seen(standing)
        return _told(put_whole(db, body.root, by=context.who.by, now=context.now), is_new=standing is None)


@answers(
    Operation(
        name="change_organisation",
        method="PATCH",
        path=PATH,
        scope=Scope.ORGANISATION_WRITE,
        summary="Merge into the organisation (RFC 7396)",
        description=f"null takes a key away; a list that is given is the whole list. {_IN_FORCE}",
        answers={200: OrganisationDocument, 201: OrganisationDocument},
        body=OrganisationPatch,
        takes=SEEN,
        gives=TAGGED,
        refuses=(*_REFUSES, OrganisationFaulty),
    )
)
def change_organisation(context: ApiContext, body: FileRow) -> Answer:
    with context.begin() as db, told_by_row():
        standing = lock_whole(db)
        require_seen(standing)
        wanted = merged(standing.row if standing else {}, body.root)
        return _told(put_whole(db, wanted, by=context.who.by, now=context.now), is_new=standing is None)


def _serve_rows(table: str) -> None:
    """The five operations of one table."""
    word, models = table.removesuffix("s"), TABLE_MODELS[table]
    (field,) = KEYED_BY[table]
    of_table, of_row = f"{PATH}/{table}", f"{PATH}/{table}/<string:{field}>"

    @answers(
        Operation(
            name=f"list_organisation_{table}",
            method="GET",
            path=of_table,
            scope=Scope.ORGANISATION_READ,
            summary=f"List the {table} of the organisation's file",
            answers={200: models.row},
            several=True,
        )
    )
    def list_rows(context: ApiContext) -> Answer:
        with context.read() as db:
            return Answer([models.row(dict(standing.row)) for standing in read_rows(db, table)])

    @answers(
        Operation(
            name=f"read_organisation_{word}",
            method="GET",
            path=of_row,
            scope=Scope.ORGANISATION_READ,
            summary=f"Read one of the {table} as the organisation's file has it",
            answers={200: models.row},
            gives=TAGGED,
        )
    )
    def read_row(context: ApiContext, **path: str) -> Answer:
        with context.read() as db:
            return _told(find_row(db, table, path[field]))

    @answers(
        Operation(
            name=f"put_organisation_{word}",
            method="PUT",
            path=of_row,
            scope=Scope.ORGANISATION_WRITE,
            summary=f"Add one of the {table}, or replace it",
            description=f"It is the whole row. {_IN_FORCE}",
            answers={200: models.row, 201: models.row},
            body=models.put,
            takes=SEEN_OR_NONE,
            gives=TAGGED,
            refuses=(*_REFUSES, OrganisationFaulty),
        )
    )
    def replace_row(context: ApiContext, body: FileRow, **path: str) -> Answer:
        with context.begin() as db, told_by_row():
            standing = lock_row(db, table, path[field])
            require_seen(standing)
            row = put_row(db, table, path[field], body.root, by=context.who.by, now=context.now)
            return _told(row, is_new=standing is None)

    @answers(
        Operation(
            name=f"change_organisation_{word}",
            method="PATCH",
            path=of_row,
            scope=Scope.ORGANISATION_WRITE,
            summary=f"Merge into one of the {table} (RFC 7396)",
            description=f"null takes a key away; a list that is given is the whole list. {_IN_FORCE}",
            answers={200: models.row},
            body=models.patch,
            takes=SEEN,
            gives=TAGGED,
            refuses=(*_REFUSES, OrganisationFaulty),
        )
    )
    def merge_row(context: ApiContext, body: FileRow, **path: str) -> Answer:
        with context.begin() as db, told_by_row():
            standing = _there(lock_row(db, table, path[field]))
            require_seen(standing)
            wanted: Mapping[str, Any] = merged(standing.row, body.root)
            return _told(put_row(db, table, path[field], wanted, by=context.who.by, now=context.now))

    @answers(
        Operation(
            name=f"remove_organisation_{word}",
            method="DELETE",
            path=of_row,
            scope=Scope.ORGANISATION_WRITE,
            summary=f"Take one of the {table} away",
            description=f"Answered is the row as it stood. {_REMOVED.get(table, '')}{_IN_FORCE}",
            answers={200: models.row},
            takes=SEEN,
            refuses=(*_REFUSES, OrganisationFaulty),
        )
    )
    def take_row_away(context: ApiContext, **path: str) -> Answer:
        with context.begin() as db, told_by_row():
            standing = _there(lock_row(db, table, path[field]))
            require_seen(standing)
            remove_row(db, table, path[field], by=context.who.by, now=context.now)
            return Answer(standing.row)


_REMOVED = {"agents": "An agent is deactivated, and keeps their leads until these are given to others. "}


def _told(standing: Standing | None, *, is_new: bool = False) -> Answer:
    found = _there(standing)
    return Answer(found.row, 201 if is_new else 200, tag_header(found))


def _there(standing: Standing | None) -> Standing:
    if standing is None:
        raise NotFound
    return standing


@contextmanager
def told_by_row() -> Iterator[None]:
    try:
        yield
    except OrganisationRefused as refused:
        faults = (RowFault(fault.field, fault.wrong, fault.right, fault.table, fault.row) for fault in refused.faults)
        raise OrganisationFaulty(fields=tuple(faults)) from None


for _table in TABLES:
    _serve_rows(_table)
