"""A customer's own service is asked over HTTP, and left alone when it keeps failing.

What is sent is signed as Standard Webhooks says, and no more is read than an answer may hold (S15).
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import requests

from sami import clock
from sami.carriers.safe_post import TOO_MANY, NotPosted, post, signed
from sami.circuit import circuit_of
from sami.domain.language.web_address import address_problem, read_address, secret_problem
from sami.workers.contracts import WorkerFailed

RESPONSE_MAX = 64 * 1024
CHUNK = 8 * 1024
SERVER_ERROR = 500

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Service:
    """`allow`: inside places that an operator has permitted, as host:port."""

    url: str
    secret: str | None
    timeout_s: float
    allow: frozenset[str]


class LeftAlone(WorkerFailed):
    """It failed too often just now, and was not even asked."""

    def __init__(self) -> None:
        super().__init__("was not asked: it failed too often just now")


def ask(service: Service, named: str, body: str, read: Callable[[bytes], T]) -> T:
    """What `read` makes of the answer to the question of that name; raises WorkerFailed.

    What `read` raises counts against the service.
    """
    problem = address_problem(service.url, service.allow)
    address = read_address(service.url)
    if problem or address is None:
        raise WorkerFailed(f"was not asked: its address {problem}")
    headers = signed(_usable(service.secret), named, clock.utc_now(), body)
    circuit = circuit_of(service.url)
    if not circuit.admits(clock.monotonic()):
        raise LeftAlone
    try:
        inside = address.place in service.allow
        answer = read(post(address, body, headers, service.timeout_s, inside=inside, take=_take))
    except NotPosted as failed:
        circuit.note_failure(clock.monotonic())
        raise WorkerFailed(str(failed), temporary=failed.temporary) from None
    except Exception:
        circuit.note_failure(clock.monotonic())
        raise
    circuit.note_answer()
    return answer


def message_id(*said: str) -> str:
    """The same for every try of the same question, so that a service may tell a repeat."""
    return f"msg_{hashlib.sha256('/'.join(said).encode()).hexdigest()[:24]}"


def _usable(secret: str | None) -> str:
    problem = secret_problem(secret)
    if problem or secret is None:
        raise WorkerFailed(f"was not asked: it {problem}")
    return secret


def _take(response: requests.Response, ends_at: float) -> bytes:
    _refuse_unless_ok(response)
    return _read(response, ends_at)


def _refuse_unless_ok(response: requests.Response) -> None:
    status = response.status_code
    if status != requests.codes.ok:
        raise WorkerFailed(f"answered {status}", temporary=status == TOO_MANY or status >= SERVER_ERROR)
    if response.headers.get("Content-Encoding", "identity") != "identity":
        raise WorkerFailed("answered in a compressed form, which nobody asked for")


def _read(response: requests.Response, ends_at: float) -> bytes:
    """Reads piece by piece, so that neither a flood nor a drip goes on for long."""
    read = bytearray()
    while piece := response.raw.read1(CHUNK):
        read += piece
        if len(read) > RESPONSE_MAX:
            raise WorkerFailed(f"answered more than {RESPONSE_MAX // 1024} kB")
        if clock.monotonic() > ends_at:
            raise WorkerFailed("did not finish its answer in time", temporary=True)
    return bytes(read)
