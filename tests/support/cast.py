"""The cast: Ana and Ben are available, Cy is off duty, Dee is on the other team, Olive owns the account, Lee calls."""

from typing import Any

import tomlkit

ANA, BEN, CY, DEE, OLIVE = "+15125550101", "+15125550102", "+15125550103", "+15125550104", "+15125550109"
LEE, STRANGER = "+15125550142", "+15125550177"
LINE, STAFF_LINE = "+15125550100", "+15125550110"
DESK, CELL = "+15125550190", "+15125550191"
PHONES = {"ana": ANA, "ben": BEN, "cy": CY, "dee": DEE, "olive": OLIVE}
KEYS = {phone: key for key, phone in PHONES.items()}


def agent(key: str, **stated: Any) -> dict[str, Any]:
    names = {"ana": "Ana Ruiz", "ben": "Ben Okafor", "cy": "Cy Lund", "dee": "Dee Marsh", "olive": "Olive Park"}
    return {"key": key, "name": names[key], "phone": PHONES[key], "verified": True} | stated


def organisation(*, agents: list[dict[str, Any]] | None = None, bot: dict[str, Any] | None = None) -> str:
    """The file of a business in Texas: one line with one bot. `bot` states what differs from the defaults."""
    people = agents or [agent("ana"), agent("ben"), agent("cy", calls=False), olive()]
    keys = [person["key"] for person in people]
    document = {
        "organisation": {
            "name": "Harbor Homes",
            "country": "US",
            "time_zone": "America/Chicago",
            "account_owner": "olive",
        },
        "agents": people,
        "teams": [{"key": "buyers", "name": "Buyers", "members": [k for k in keys if k in ("ana", "ben", "cy")]}],
        "lines": [
            {"phone": LINE, "name": "Website", "bot": "main"},
            {"phone": STAFF_LINE, "name": "Staff", "bot": "main", "staff": True},
        ],
        "bots": [{"key": "main", "greeting": "Thanks for calling Harbor Homes."} | (bot or {})],
    }
    return tomlkit.dumps(document)


def olive(**stated: Any) -> dict[str, Any]:
    return agent("olive", role="owner", calls=False, leads=False) | stated


def desk(confirm: bool = False) -> dict[str, Any]:
    return {"phone": DESK, "name": "Front desk", "confirm": confirm}


def cell() -> dict[str, Any]:
    return {"phone": CELL, "name": "Olive's cell", "confirm": True}
