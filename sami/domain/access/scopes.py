"""What may a key of the API do? The scopes there are, and whether those of a key cover what is asked."""

from collections.abc import Collection
from enum import StrEnum


class Scope(StrEnum):
    """Writing does not include reading: a form that hands leads in need not be able to read them out."""

    LEADS_READ = "leads:read"
    LEADS_WRITE = "leads:write"
    CALLS_READ = "calls:read"
    CALLS_WRITE = "calls:write"
    TASKS_READ = "tasks:read"
    TASKS_WRITE = "tasks:write"
    AGENTS_READ = "agents:read"
    AGENTS_WRITE = "agents:write"
    NOTICES_READ = "notices:read"
    NOTICES_WRITE = "notices:write"
    DECISIONS_READ = "decisions:read"
    POLICY_READ = "policy:read"
    POLICY_WRITE = "policy:write"
    EVERYTHING = "*"


def permits(held: Collection[str], needed: Scope) -> bool:
    return Scope.EVERYTHING in held or needed in held
