"""The policy is read, edited as a draft, published, compared and rolled back."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from sami.assignment.policies.differences import diff
from sami.assignment.policies.drafts import DraftNameRefused, UnknownDraft, publish_draft, read_draft, save_draft
from sami.assignment.policies.publishing import (
    NoteMissing,
    UnknownVersion,
    export_policy,
    history,
    read_version,
    rollback,
    scheduled,
)
from sami.assignment.policies.reading import PolicyRefused
from sami.documents.checks.fault import Fault
from sami.domain.access.scopes import Scope
from sami.store.policies import policy_in_force
from webhooks.api.door import Answer, ApiContext, answers
from webhooks.api.masks import with_secrets, without_secrets
from webhooks.api.operations import Operation
from webhooks.api.refusals import ApiRefusal, FieldFault
from webhooks.api.schemas.errors import WrongField
from webhooks.api.schemas.policy import (
    DiffQuery,
    Draft,
    DraftDocument,
    Policy,
    PolicyChange,
    PolicyVersion,
    Publication,
)

DRAFT_PATH = "/policy/drafts/<string:name>"


class PolicyFaulty(ApiRefusal):
    """The policy is wrong; nothing was changed."""

    code = PolicyRefused.code
    status = PolicyRefused.status


@answers(
    Operation(
        name="read_policy",
        method="GET",
        path="/policy",
        scope=Scope.POLICY_READ,
        summary="Read the policy in force",
        answers={200: Policy},
    )
)
def read_policy(context: ApiContext) -> Answer:
    with context.read() as db:
        current = policy_in_force(db, context.now)
        if current is None:
            return Answer(Policy(version=None, document=None))
        version, document = read_version(db, current[0], context.now)
    return Answer(Policy(version=PolicyVersion(**asdict(version)), document=without_secrets(document)))


@answers(
    Operation(
        name="list_policy_versions",
        method="GET",
        path="/policy/versions",
        scope=Scope.POLICY_READ,
        summary="List the versions of the policy, the newest first",
        answers={200: PolicyVersion},
        several=True,
    )
)
def list_policy_versions(context: ApiContext) -> Answer:
    with context.read() as db:
        return Answer([PolicyVersion(**asdict(version)) for version in history(db, context.now)])


@answers(
    Operation(
        name="save_policy_draft",
        method="PUT",
        path=DRAFT_PATH,
        scope=Scope.POLICY_WRITE,
        summary="Save a draft of the policy",
        description="It may have faults, which are answered; what cannot be read as a policy at all is refused.",
        answers={200: Draft},
        body=DraftDocument,
        refuses=(DraftNameRefused, PolicyFaulty),
    )
)
def save_policy_draft(context: ApiContext, name: str, body: DraftDocument) -> Answer:
    with context.begin() as db, _told_by_field():
        document = with_secrets(body.root, _known(db, name, context.now))
        faults = save_draft(db, name, document, context.who.by, context.now)
        draft = read_draft(db, name)
    told = tuple(WrongField(**asdict(fault)) for fault in map(_field_fault, faults))
    return Answer(Draft(**asdict(draft) | {"document": without_secrets(draft.document), "faults": told}))


@answers(
    Operation(
        name="publish_policy_draft",
        method="POST",
        path=f"{DRAFT_PATH}/publish",
        scope=Scope.POLICY_WRITE,
        summary="Publish a draft",
        description="In force from its effective_at, or at once. The draft is gone afterwards.",
        answers={201: PolicyVersion},
        body=Publication,
        refuses=(UnknownDraft, NoteMissing, PolicyFaulty),
    )
)
def publish_policy_draft(context: ApiContext, name: str, body: Publication) -> Answer:
    with context.begin() as db, _told_by_field():
        number = publish_draft(db, name, body.note, context.who.by, context.now)
        version, _ = read_version(db, number, context.now)
    return Answer(PolicyVersion(**asdict(version)), 201)


@answers(
    Operation(
        name="roll_policy_back",
        method="POST",
        path="/policy/versions/<int:number>/rollback",
        scope=Scope.POLICY_WRITE,
        summary="Publish an earlier version again",
        description="As a new version, in force at once. It is checked again: somebody it names may have left.",
        answers={201: PolicyVersion},
        body=Publication,
        refuses=(UnknownVersion, NoteMissing, PolicyFaulty),
    )
)
def roll_policy_back(context: ApiContext, number: int, body: Publication) -> Answer:
    with context.begin() as db, _told_by_field():
        published = rollback(db, number, body.note, context.who.by, context.now)
        version, _ = read_version(db, published, context.now)
    return Answer(PolicyVersion(**asdict(version)), 201)


@answers(
    Operation(
        name="compare_policies",
        method="GET",
        path="/policy/diff",
        scope=Scope.POLICY_READ,
        summary="Read what two policies differ in",
        answers={200: PolicyChange},
        several=True,
        query=DiffQuery,
        refuses=(UnknownVersion, UnknownDraft),
    )
)
def compare_policies(context: ApiContext, query: DiffQuery) -> Answer:
    with context.read() as db:
        return Answer([PolicyChange(**asdict(change)) for change in diff(db, query.a, query.b)])


def _known(db: Connection, draft: str, now: datetime) -> Iterator[Mapping[str, Any]]:
    """The documents whose secrets a reader may have been shown as a mask, what counts more coming later."""
    yield from (document for _, document in scheduled(db, now))
    in_force = export_policy(db, now)
    if in_force is not None:
        yield in_force
    with suppress(UnknownDraft):
        yield read_draft(db, draft).document


@contextmanager
def _told_by_field() -> Iterator[None]:
    try:
        yield
    except PolicyRefused as refused:
        raise PolicyFaulty(fields=tuple(map(_field_fault, refused.faults))) from None


def _field_fault(fault: Fault) -> FieldFault:
    """`rules[Texas buyers].to.team`: the row by its name, as people know it."""
    table = fault.table.removeprefix("policy").removeprefix(".")
    place = f"{table}[{fault.row}]" if fault.row else table
    return FieldFault(".".join(filter(None, (place, fault.field))), fault.wrong, fault.right)
