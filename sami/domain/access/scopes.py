"""What may a key of the API do? The scopes there are, and whether those of a key cover what is asked."""

from collections.abc import Collection, Mapping
from enum import StrEnum


class Scope(StrEnum):
    """Writing does not include reading: a form that hands leads in need not be able to read them out."""

    LEADS_READ = "leads:read"
    LEADS_WRITE = "leads:write"
    CALLS_READ = "calls:read"
    CALLS_WRITE = "calls:write"
    RECORDINGS_READ = "recordings:read"
    TASKS_READ = "tasks:read"
    TASKS_WRITE = "tasks:write"
    AGENTS_READ = "agents:read"
    AGENTS_WRITE = "agents:write"
    NOTICES_READ = "notices:read"
    NOTICES_WRITE = "notices:write"
    DECISIONS_READ = "decisions:read"
    DECISIONS_WRITE = "decisions:write"
    POLICY_READ = "policy:read"
    POLICY_WRITE = "policy:write"
    ORGANISATION_READ = "organisation:read"
    ORGANISATION_WRITE = "organisation:write"
    REPORTS_READ = "reports:read"
    REPORTS_WRITE = "reports:write"
    USERS_READ = "users:read"
    USERS_WRITE = "users:write"
    AUDIT_READ = "audit:read"
    AUDIT_WRITE = "audit:write"
    EVERYTHING = "*"


SCOPES_EXPLAINED: Mapping[Scope, str] = {
    Scope.LEADS_READ: "read leads, their stories and owners, and exceptions",
    Scope.LEADS_WRITE: "hand leads in, change them, give them to others, settle exceptions",
    Scope.CALLS_READ: "read calls and who is blocked",
    Scope.CALLS_WRITE: "report outcomes, call back, block callers",
    Scope.RECORDINGS_READ: "hear recordings and voicemails",
    Scope.TASKS_READ: "read tasks",
    Scope.TASKS_WRITE: "do tasks and put them off",
    Scope.AGENTS_READ: "read how agents stand",
    Scope.AGENTS_WRITE: "set agents' switches, and how they are told",
    Scope.NOTICES_READ: "read notices to staff",
    Scope.NOTICES_WRITE: "mark notices as read",
    Scope.DECISIONS_READ: "read decisions with their reasons, and take them again",
    Scope.DECISIONS_WRITE: "nothing yet",
    Scope.POLICY_READ: "read the policy, its drafts and versions",
    Scope.POLICY_WRITE: "edit, publish and roll back the policy",
    Scope.ORGANISATION_READ: "read the organisation, the board, where calls to a line end, deliveries and the doctor",
    Scope.ORGANISATION_WRITE: "change the organisation, and ask for test rings",
    Scope.REPORTS_READ: "read reports",
    Scope.REPORTS_WRITE: "nothing yet",
    Scope.USERS_READ: "read who may use the console",
    Scope.USERS_WRITE: "add, change and remove who may use the console",
    Scope.AUDIT_READ: "read who changed what",
    Scope.AUDIT_WRITE: "nothing yet",
    Scope.EVERYTHING: "everything but users",
}

NOT_OF_EVERYTHING = frozenset({Scope.USERS_READ, Scope.USERS_WRITE})
"""Whoever decides who may come in was told so by name."""


def permits(held: Collection[str], needed: Scope) -> bool:
    return needed in held or (Scope.EVERYTHING in held and needed not in NOT_OF_EVERYTHING)
