"""A customer's own worker, asked over HTTP by the same contract, and left alone when it keeps failing.

What is sent is signed as Standard Webhooks says, and no more is read than an answer may hold (S15).
"""

import hashlib
from functools import partial

import requests

from sami import clock
from sami.domain.web_address import address_problem, read_address, secret_problem
from sami.posting import TOO_MANY, NotPosted, post, signed
from sami.settings_sections import WorkersSettings
from sami.workers.answers import read_answer, written_question
from sami.workers.circuit import Circuit, circuit_of
from sami.workers.contracts import StepInput, StepOutput, Worker, WorkerFailed

RESPONSE_MAX = 64 * 1024
CHUNK = 8 * 1024
SERVER_ERROR = 500


def http_worker(capability: str, version: str, *, url: str, secret: str | None, settings: WorkersSettings) -> Worker:
    circuit = circuit_of(url)
    ask = partial(_ask, capability=capability, version=version, url=url, secret=secret, circuit=circuit)
    return Worker(
        capability,
        version,
        partial(ask, allow=frozenset(settings.allow_hosts)),
        abandoned=lambda: circuit.note_failure(clock.monotonic()),
    )


def _ask(
    asked: StepInput,
    *,
    capability: str,
    version: str,
    url: str,
    secret: str | None,
    circuit: Circuit,
    allow: frozenset[str],
) -> StepOutput:
    problem = address_problem(url, allow)
    address = read_address(url)
    if problem or address is None:
        raise WorkerFailed(f"was not asked: its address {problem}")
    body = written_question(asked, capability, version)
    headers = signed(_usable(secret), _message_id(asked, capability, version), clock.utc_now(), body)
    if not circuit.admits(clock.monotonic()):
        raise WorkerFailed("was not asked: it failed too often just now")
    try:
        inside = address.place in allow
        output = read_answer(post(address, body, headers, asked.timeout_s, inside=inside, take=_take))
    except NotPosted as failed:
        circuit.note_failure(clock.monotonic())
        raise WorkerFailed(str(failed), temporary=failed.temporary) from None
    except WorkerFailed:
        circuit.note_failure(clock.monotonic())
        raise
    circuit.note_answer()
    return output


def _usable(secret: str | None) -> str:
    problem = secret_problem(secret)
    if problem or secret is None:
        raise WorkerFailed(f"was not asked: it {problem}")
    return secret


def _message_id(asked: StepInput, capability: str, version: str) -> str:
    """The same for every try, so that a service may tell a repeat."""
    said = f"{asked.key}/{capability}/{version}/{asked.facts.at.isoformat()}"
    return f"msg_{hashlib.sha256(said.encode()).hexdigest()[:24]}"


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
    """By pieces as they come, so that neither a flood nor a drip goes on for long."""
    read = bytearray()
    while piece := response.raw.read1(CHUNK):
        read += piece
        if len(read) > RESPONSE_MAX:
            raise WorkerFailed(f"answered more than {RESPONSE_MAX // 1024} kB")
        if clock.monotonic() > ends_at:
            raise WorkerFailed("did not finish its answer in time", temporary=True)
    return bytes(read)
