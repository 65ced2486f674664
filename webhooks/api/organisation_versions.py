"""The organisation's versions are listed, read, compared, and rolled back to."""

from dataclasses import asdict

from sami.domain.access.scopes import Scope
from sami.organisation.versions import (
    ReasonMissing,
    UnknownOrganisationVersion,
    compare,
    history,
    in_force,
    read_version,
    roll_back,
)
from webhooks.api.documents import page_of
from webhooks.api.door import Answer, ApiContext, answers
from webhooks.api.operations import LINK, Operation
from webhooks.api.organisation import OrganisationFaulty, told_by_row
from webhooks.api.schemas.organisation_versions import (
    OrganisationChange,
    OrganisationDiffQuery,
    OrganisationVersion,
    OrganisationVersionWithDocument,
    Return,
    VersionsQuery,
)

PATH = "/organisation/versions"


@answers(
    Operation(
        name="list_organisation_versions",
        method="GET",
        path=PATH,
        scope=Scope.ORGANISATION_READ,
        summary="List the versions of the organisation, the newest first",
        answers={200: OrganisationVersion},
        several=True,
        query=VersionsQuery,
        gives=LINK,
    )
)
def list_organisation_versions(context: ApiContext, query: VersionsQuery) -> Answer:
    with context.read() as db:
        found = history(db, before=query.cursor or None, limit=query.limit + 1)
    page, link = page_of(found, query.limit, lambda entry: entry.version)
    return Answer([OrganisationVersion(**asdict(entry)) for entry in page], headers=link)


@answers(
    Operation(
        name="read_organisation_version",
        method="GET",
        path=f"{PATH}/<int:number>",
        scope=Scope.ORGANISATION_READ,
        summary="Read a version of the organisation",
        answers={200: OrganisationVersionWithDocument},
        refuses=(UnknownOrganisationVersion,),
    )
)
def read_organisation_version(context: ApiContext, number: int) -> Answer:
    with context.read() as db:
        entry, document = read_version(db, number)
    return Answer(OrganisationVersionWithDocument(**asdict(entry), document=document))


@answers(
    Operation(
        name="roll_organisation_back",
        method="POST",
        path=f"{PATH}/<int:number>/rollback",
        scope=Scope.ORGANISATION_WRITE,
        summary="Put an earlier version of the organisation in force again",
        description=(
            "As a new version, which is answered. It is checked again: a phone may have passed to somebody else. "
            "200 where it says what is in force already."
        ),
        answers={200: OrganisationVersion, 201: OrganisationVersion},
        body=Return,
        refuses=(UnknownOrganisationVersion, ReasonMissing, OrganisationFaulty),
    )
)
def roll_organisation_back(context: ApiContext, number: int, body: Return) -> Answer:
    with context.begin() as db, told_by_row():
        applied = roll_back(db, number, body.note, by=context.who.by, now=context.now)
        entry, _ = read_version(db, applied.version)
    return Answer(OrganisationVersion(**asdict(entry)), 201 if applied.published else 200)


@answers(
    Operation(
        name="compare_organisations",
        method="GET",
        path="/organisation/diff",
        scope=Scope.ORGANISATION_READ,
        summary="Read what two versions of the organisation differ in",
        description="Without `to`, from that version to the one in force.",
        answers={200: OrganisationChange},
        several=True,
        query=OrganisationDiffQuery,
        refuses=(UnknownOrganisationVersion,),
    )
)
def compare_organisations(context: ApiContext, query: OrganisationDiffQuery) -> Answer:
    with context.read() as db:
        to = in_force(db) if query.to is None else query.to
        return Answer([OrganisationChange(**asdict(change)) for change in compare(db, query.from_, to)])
