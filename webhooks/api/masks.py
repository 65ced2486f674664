"""A policy's secrets are never read out: a mask stands for each, and a mask that comes back is what it stood for."""

from collections.abc import Iterable, Mapping
from typing import Any

from sami.assignment.policies.changes import SECRET
from webhooks.api.refusals import FieldFault, InvalidFields

Document = Mapping[str, Any]


def without_secrets(policy: Document) -> dict[str, Any]:
    """Only workers have one."""
    if "workers" not in policy:
        return dict(policy)
    return {**policy, "workers": [{**row, "secret": SECRET} if "secret" in row else row for row in policy["workers"]]}


def with_secrets(policy: dict[str, Any], known: Iterable[Document]) -> dict[str, Any]:
    """A secret is kept for the same capability at the same address only: elsewhere it would be another's."""
    masked = [number for number, row in enumerate(_workers(policy)) if row.get("secret") == SECRET]
    if not masked:
        return policy
    kept = {_place(row): row.get("secret") for document in known for row in _workers(document)}
    workers = list(policy["workers"])
    for number in masked:
        secret = kept.get(_place(workers[number]))
        if secret is None:
            field = f"workers[{number + 1}].secret"
            raise InvalidFields(FieldFault(field, "is the mask of a secret that is not known", "send the secret"))
        workers[number] = {**workers[number], "secret": secret}
    return {**policy, "workers": workers}


def _workers(policy: Document) -> list[Any]:
    """Those that can be looked at; a draft may hold anything. The places of all are kept."""
    rows = policy.get("workers")
    return [row if isinstance(row, dict) else {} for row in rows] if isinstance(rows, list) else []


def _place(worker: Document) -> tuple[str, str]:
    return str(worker.get("capability")), str(worker.get("url"))
