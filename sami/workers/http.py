"""A customer's own worker, asked over HTTP by the same contract; the door of the two libraries that make that safe.

What is sent is signed as Standard Webhooks says. A host is looked up once and only the address that was looked at is
connected to, redirects are not followed, and no more is read than an answer may hold (S15).
"""

import hashlib
import os
from collections.abc import Mapping
from functools import lru_cache, partial
from http.cookiejar import DefaultCookiePolicy
from ipaddress import ip_address
from typing import Any, cast

import requests
from requests_hardened import Config, HTTPSession  # noqa: TID251 - the door
from requests_hardened.ip_filter import InvalidIPAddress  # noqa: TID251 - the door
from requests_hardened.ip_filter_adapter import IPFilterAdapter  # noqa: TID251 - the door
from standardwebhooks import Webhook  # noqa: TID251 - the door
from urllib3 import Timeout
from urllib3.exceptions import HTTPError
from urllib3.exceptions import TimeoutError as TooSlow

from sami import clock
from sami.domain.web_address import WebAddress, address_problem, is_public, read_address, secret_problem
from sami.settings_sections import WorkersSettings
from sami.workers.answers import read_answer, written_question
from sami.workers.circuit import Circuit, circuit_of
from sami.workers.contracts import StepInput, StepOutput, Worker, WorkerFailed

RESPONSE_MAX = 64 * 1024
CHUNK = 8 * 1024
TOO_MANY = 429
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
    headers = _signed(_signer(secret), _message_id(asked, capability, version), body)
    if not circuit.admits(clock.monotonic()):
        raise WorkerFailed("was not asked: it failed too often just now")
    try:
        output = read_answer(_post(address, body, headers, asked.timeout_s, inside=address.place in allow))
    except WorkerFailed:
        circuit.note_failure(clock.monotonic())
        raise
    circuit.note_answer()
    return output


def _signer(secret: str | None) -> Webhook:
    problem = secret_problem(secret)
    if problem or secret is None:
        raise WorkerFailed(f"was not asked: it {problem}")
    return Webhook(secret)


def _message_id(asked: StepInput, capability: str, version: str) -> str:
    """The same for every try, so that a service may tell a repeat."""
    said = f"{asked.key}/{capability}/{version}/{asked.facts.at.isoformat()}"
    return f"msg_{hashlib.sha256(said.encode()).hexdigest()[:24]}"


def _signed(signer: Webhook, message_id: str, body: str) -> dict[str, str]:
    now = clock.utc_now()  # Of this try: whoever receives it refuses an old one.
    return {
        "Content-Type": "application/json",
        "Accept": "application/json",
        "Accept-Encoding": "identity",
        "User-Agent": "SAMI",
        "webhook-id": message_id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": signer.sign(message_id, now, body),
    }


def _post(address: WebAddress, body: str, headers: Mapping[str, str], timeout_s: float, *, inside: bool) -> bytes:
    ends_at = clock.monotonic() + timeout_s
    session = _session(os.getpid(), inside)
    try:
        with session.post(
            str(address),
            data=body.encode(),
            headers=headers,
            timeout=cast(Any, Timeout(total=timeout_s)),  # To connect and to begin to answer, both together.
            stream=True,
            allow_redirects=False,
        ) as response:
            _refuse_unless_ok(response)
            return _read(response, ends_at)
    except InvalidIPAddress:
        raise WorkerFailed("was not asked: its name leads to an inside network") from None
    except requests.exceptions.SSLError:
        raise WorkerFailed("could not show a certificate of its own") from None
    except (requests.Timeout, TooSlow):
        raise WorkerFailed("did not answer in time", temporary=True) from None
    except (requests.RequestException, HTTPError):
        raise WorkerFailed("could not be reached, or broke off", temporary=True) from None


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


class _PublicOnly(IPFilterAdapter):  # type: ignore[misc]  # The library is not typed.
    """Also the addresses that the library lets through. The address it hands on is the one that is connected to."""

    def build_connection_pool_key_attributes(self, *args: Any, **kwargs: Any) -> Any:
        host, pool = super().build_connection_pool_key_attributes(*args, **kwargs)
        address = ip_address(host["host"].strip("[]"))
        if not is_public(address):
            raise InvalidIPAddress(address)
        return host, pool


@lru_cache(maxsize=4)
def _session(process: int, inside: bool) -> requests.Session:
    """Of this process: connections kept open must not be shared with a child."""
    session: requests.Session = HTTPSession(Config(not inside, False, True, None))
    if not inside:
        session.mount("https://", _PublicOnly(is_https_proto=True))
    session.trust_env = False  # Neither a proxy nor somebody's password file.
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    return session
