"""Signed requests of an arriving call, ready to be written to a socket."""

import itertools
import os
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlencode

from twilio.request_validator import RequestValidator  # noqa: TID251 - the bench plays Twilio.

from bench.ground import ACCOUNT_SID, LEADS, LINE, PATH, PUBLIC_URL, TOKEN, agent_phone, lead_phone, owner_of

_validator = RequestValidator(TOKEN)


@dataclass(frozen=True, slots=True)
class Asked:
    """A request, and the phone that its answer should ring."""

    headers: dict[str, str]
    body: bytes
    wire: bytes
    rings: bytes


def arrivals(mine: int, of: int) -> Iterator[Asked]:
    """New calls without end. Asker `mine` of `of` calls for agents nobody else calls for, each in turn."""
    for lead in itertools.cycle([lead for lead in range(LEADS) if owner_of(lead) % of == mine]):
        yield _arrival(lead)


def _arrival(lead: int) -> Asked:
    caller = lead_phone(lead)
    form = {
        "AccountSid": ACCOUNT_SID,
        "ApiVersion": "2010-04-01",
        "CallSid": f"CA{os.urandom(16).hex()}",
        "CallStatus": "ringing",
        "CallToken": "token",
        "Called": LINE,
        "CalledCity": "AUSTIN",
        "CalledCountry": "US",
        "CalledState": "TX",
        "CalledZip": "78701",
        "Caller": caller,
        "CallerCity": "AUSTIN",
        "CallerCountry": "US",
        "CallerState": "TX",
        "CallerZip": "78702",
        "Direction": "inbound",
        "From": caller,
        "FromCity": "AUSTIN",
        "FromCountry": "US",
        "FromState": "TX",
        "FromZip": "78702",
        "To": LINE,
        "ToCity": "AUSTIN",
        "ToCountry": "US",
        "ToState": "TX",
        "ToZip": "78701",
    }
    body = urlencode(form).encode()
    headers = {
        "X-Twilio-Signature": _validator.compute_signature(PUBLIC_URL + PATH, form),
        "Content-Type": "application/x-www-form-urlencoded",
        "Content-Length": str(len(body)),
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    wire = f"POST {PATH} HTTP/1.1\r\nHost: calls.example.com\r\n{head}\r\n".encode() + body
    return Asked(headers, body, wire, agent_phone(owner_of(lead)).encode())
