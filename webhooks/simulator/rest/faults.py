"""How does REST fail? Each fault says whether the request was obeyed all the same."""

from __future__ import annotations

import json
import random
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

RestAnswer = tuple[int, dict[str, str], str]

HTML = "<html><body><h1>502 Bad Gateway</h1></body></html>"
NOT_FOUND = "<html><body><h1>404 Not Found</h1></body></html>"


class RestFault(StrEnum):
    REFUSE = "refuse"
    SLOW_BEFORE = "slow_before"
    SLOW_AFTER = "slow_after"
    LOSE_ANSWER = "lose_answer"
    STATUS_500 = "status_500"
    STATUS_500_AFTER = "status_500_after"
    STATUS_503 = "status_503"
    STATUS_429 = "status_429"
    STATUS_403 = "status_403"
    NOT_TWILIO = "not_twilio"
    HTML_BODY = "html_body"
    HALF_BODY = "half_body"

    @property
    def is_obeyed(self) -> bool:
        return self in OBEYED


FAILURES = tuple(fault for fault in RestFault if fault is not RestFault.STATUS_403)
"""But for a plain no, which is an answer and no failure."""

OBEYED = frozenset({RestFault.SLOW_AFTER, RestFault.LOSE_ANSWER, RestFault.STATUS_500_AFTER, RestFault.HALF_BODY})

_STATUSES = {
    RestFault.STATUS_500: (500, 20500, "Internal Server Error"),
    RestFault.STATUS_500_AFTER: (500, 20500, "Internal Server Error"),
    RestFault.STATUS_503: (503, 20503, "Service Unavailable"),
    RestFault.STATUS_429: (429, 20429, "Too Many Requests"),
    RestFault.STATUS_403: (403, 20403, "Forbidden"),
}


def answer_with(fault: RestFault, real: Callable[[], RestAnswer]) -> RestAnswer:
    """Raises what a client would see as a broken connection, or answers something odd."""
    answered = real() if fault.is_obeyed else (0, {}, "")
    match fault:
        case RestFault.REFUSE:
            raise ConnectionRefusedError("nothing listens")
        case RestFault.SLOW_BEFORE | RestFault.SLOW_AFTER:
            raise TimeoutError("no answer in time")
        case RestFault.LOSE_ANSWER:
            raise ConnectionResetError("the answer was lost")
        case RestFault.HTML_BODY:
            return 502, {"Content-Type": "text/html"}, HTML
        case RestFault.NOT_TWILIO:
            return 404, {"Content-Type": "text/html"}, NOT_FOUND
        case RestFault.HALF_BODY:
            status, headers, body = answered
            return status, headers, body[: len(body) // 2]
        case _:
            status, code, message = _STATUSES[fault]
            error = {"code": code, "message": message, "more_info": "", "status": status}
            return status, {"Content-Type": "application/json"}, json.dumps(error)


@dataclass(slots=True)
class RestFaults:
    """Planned faults first, then chance."""

    planned: deque[tuple[str, RestFault]] = field(default_factory=deque)
    share: float = 0.0
    kinds: tuple[RestFault, ...] = FAILURES
    chance: random.Random = field(default_factory=random.Random)

    def fail_next(self, fault: RestFault, times: int = 1, path_holds: str = "") -> None:
        """Fail the next requests whose `METHOD path` holds these words."""
        self.planned.extend([(path_holds, fault)] * times)

    def fail_share(self, share: float, seed: int, *kinds: RestFault) -> None:
        self.share, self.kinds, self.chance = share, kinds or FAILURES, random.Random(seed)

    def draw(self, method: str, path: str) -> RestFault | None:
        for place, (path_holds, fault) in enumerate(self.planned):
            if path_holds in f"{method} {path}":
                del self.planned[place]
                return fault
        return self.chance.choice(self.kinds) if self.chance.random() < self.share else None
