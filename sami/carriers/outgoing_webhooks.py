"""The door of outgoing webhooks: one try to deliver an announcement, and what the receiver made of it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

import requests

from sami import clock
from sami.carriers.safe_post import NotPosted, post, signed
from sami.domain.delivery.answers import Accepted, Answer, Lost, Refused, TryLater, Unreached
from sami.domain.language.instants import rfc3339
from sami.domain.language.web_address import address_problem, read_address, secret_problem

TIMEOUT_S = 10.0
GONE = 410
RETRY_AFTER_MAX_S = 24 * 3600


@dataclass(frozen=True, slots=True)
class Told:
    """`status` None: no answer came."""

    answer: Answer
    status: int | None
    took_ms: int
    detail: str


def announcement_body(event: str, at: datetime, data: Mapping[str, Any]) -> str:
    """The same bytes at every try."""
    said = {"type": event, "timestamp": rfc3339(at), "data": data}
    return json.dumps(said, ensure_ascii=False, separators=(",", ":"))


def message_id(key: str) -> str:
    """The same at every try and replay, so that a receiver may tell a repeat."""
    return f"msg_{sha256(key.encode()).hexdigest()[:24]}"


def announce(
    url: str, secret: str, key: str, body: str, *, allow: frozenset[str], timeout_s: float = TIMEOUT_S
) -> Told:
    """Whatever goes wrong is an answer. Redirects are not followed, and inside addresses not asked (S15)."""
    problem = address_problem(url, allow) or secret_problem(secret)
    address = read_address(url)
    if problem or address is None:
        return Told(Refused(0, 0, f"its address {problem}"), None, 0, f"its address {problem}")
    began = clock.monotonic()
    headers = signed(secret, message_id(key), clock.utc_now(), body)
    try:
        status, after_s = post(address, body, headers, timeout_s, inside=address.place in allow, take=_take)
    except NotPosted as failed:
        answer = Lost(str(failed)) if failed.arrived else Unreached(str(failed))
        return Told(answer, None, _ms_since(began), str(failed))
    return Told(_read(status, after_s), status, _ms_since(began), f"answered {status}")


def _read(status: int, after_s: int) -> Answer:
    if 200 <= status < 300:
        return Accepted(status=str(status))
    if status == GONE:
        return Refused(0, status, "answered 410: gone for good")
    return TryLater(f"answered {status}", after_s)


def _take(response: requests.Response, _ends_at: float) -> tuple[int, int]:
    """What stands in the body is of no concern."""
    return response.status_code, retry_after_s(response.headers)


def retry_after_s(headers: Mapping[str, str]) -> int:
    """Dates, which the header may hold too, count as nothing: our own patience is long enough."""
    asked = headers.get("Retry-After", "")
    return min(int(asked), RETRY_AFTER_MAX_S) if asked.isascii() and asked.isdigit() and len(asked) < 10 else 0


def _ms_since(began: float) -> int:
    return round((clock.monotonic() - began) * 1000)
