"""From what an operation answers to what can be asked next of it: the links of the description (OpenAPI 3.1)."""

from collections.abc import Iterator, Mapping
from typing import Any

from sami.documents.checks.names import KEYED_BY
from sami.organisation.rows import TABLES

Json = dict[str, Any]
Parameters = Mapping[str, str]

_LEAD: Parameters = {"id": "$response.body#/id"}
_BATCH: Parameters = {"ref": "$response.body#/id"}
_FIRST: Parameters = {"id": "$response.body#/0/id"}
_CALL: Parameters = {"call_sid": "$response.body#/0/sid"}
_AGENT: Parameters = {"key": "$response.body#/0/key"}
_SAME_AGENT: Parameters = {"key": "$request.path.key"}
_NEWEST: Parameters = {"number": "$response.body#/0/version"}
_OF_LEADS = ("read_lead", "change_lead", "give_lead", "claim_lead", "add_note", "log_attempt", "read_timeline")

LINKS: Mapping[str, Mapping[str, Parameters]] = {
    "hand_in_lead": dict.fromkeys((*_OF_LEADS, "read_history"), _LEAD),
    "list_tasks": {"change_task": _FIRST},
    "list_exceptions": {"change_exception": _FIRST},
    "list_notices": {"change_notice": _FIRST},
    "list_calls": dict.fromkeys(("read_call", "report_outcome", "call_back", "block_who_called"), _CALL),
    "read_call": {"read_decision": {"id": "$response.body#/decisions/0/id"}},
    "read_decision": {"replay_decision": {"id": "$request.path.id"}},
    "list_agents": dict.fromkeys(("read_agent", "change_agent", "put_agent_off", "put_agent_on"), _AGENT),
    "put_agent_off": dict.fromkeys(("read_agent", "put_agent_on"), _SAME_AGENT),
    "reassign_leads": dict.fromkeys(("read_reassignment", "undo_reassignment"), _BATCH),
    "block_caller": {"unblock_caller": {"phone": "$response.body#/phone"}},
    "save_policy_draft": {"publish_policy_draft": {"name": "$request.path.name"}},
    "list_policy_versions": {"roll_policy_back": _NEWEST},
    "list_organisation_versions": {
        "read_organisation_version": _NEWEST,
        "roll_organisation_back": _NEWEST,
        "compare_organisations": {"from": "$response.body#/0/version"},
    },
}


def links_of(operation: str) -> Json:
    """By the name of what is linked to, which names its operation."""
    linked = {**LINKS.get(operation, {}), **dict(_of_rows(operation))}
    return {name: {"operationId": name, "parameters": dict(parameters)} for name, parameters in linked.items()}


def _of_rows(operation: str) -> Iterator[tuple[str, Parameters]]:
    """A row that was put can be read, changed and taken away."""
    for table in TABLES:
        word, (field,) = table.removesuffix("s"), KEYED_BY[table]
        if operation in (f"put_organisation_{word}", f"change_organisation_{word}"):
            for verb in ("read", "change", "remove"):
                yield f"{verb}_organisation_{word}", {field: f"$request.path.{field}"}
