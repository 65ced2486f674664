"""A POST to an address that somebody else chose; the door of the two libraries that make that safe.

What is sent is signed as Standard Webhooks says. A host is looked up once and only the address that was looked at is
connected to, redirects are not followed, and neither proxies nor cookies come from anywhere (S15).
"""

import os
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import lru_cache
from http.cookiejar import DefaultCookiePolicy
from ipaddress import ip_address
from typing import Any, TypeVar, cast

import requests
from requests_hardened import Config, HTTPSession  # noqa: TID251 - the door
from requests_hardened.ip_filter import InvalidIPAddress  # noqa: TID251 - the door
from requests_hardened.ip_filter_adapter import IPFilterAdapter  # noqa: TID251 - the door
from standardwebhooks import Webhook  # noqa: TID251 - the door
from urllib3 import Timeout
from urllib3.exceptions import HTTPError, NewConnectionError
from urllib3.exceptions import TimeoutError as TooSlow

from sami import clock
from sami.domain.language.web_address import WebAddress, is_public

TOO_MANY = 429
JSON_HEADERS = {
    "Content-Type": "application/json",
    "Accept": "application/json",
    "Accept-Encoding": "identity",
    "User-Agent": "SAMI",
}

T = TypeVar("T")


class NotPosted(Exception):
    """No usable answer; the text is to be read after the name of the other side.

    `temporary`: another try may go better. `arrived`: perhaps it was taken in all the same.
    """

    def __init__(self, why: str, *, temporary: bool = False, arrived: bool = False) -> None:
        super().__init__(why)
        self.temporary = temporary
        self.arrived = arrived


def signed(secret: str, message_id: str, at: datetime, body: str) -> dict[str, str]:
    """The headers of this try at this instant: whoever receives it refuses an old one."""
    return {
        **JSON_HEADERS,
        "webhook-id": message_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": Webhook(secret).sign(message_id, at, body),
    }


def post(
    address: WebAddress,
    body: str,
    headers: Mapping[str, str],
    timeout_s: float,
    *,
    inside: bool,
    take: Callable[[requests.Response, float], T],
) -> T:
    """What `take` makes of the answer; it is told by when, on the monotonic clock, it must have read it.

    `inside`: an operator has permitted this place, wherever it is. Raises NotPosted.
    """
    ends_at = clock.monotonic() + timeout_s
    try:
        with _session(os.getpid(), inside).post(
            str(address),
            data=body.encode(),
            headers=headers,
            timeout=cast(Any, Timeout(total=timeout_s)),  # To connect and to begin to answer, both together.
            stream=True,
            allow_redirects=False,
        ) as response:
            return take(response, ends_at)
    except InvalidIPAddress:
        raise NotPosted("was not asked: its name leads to an inside network") from None
    except requests.exceptions.SSLError:
        raise NotPosted("could not show a certificate of its own") from None
    except (requests.ConnectTimeout, requests.Timeout, TooSlow) as slow:
        arrived = not isinstance(slow, requests.ConnectTimeout)
        raise NotPosted("did not answer in time", temporary=True, arrived=arrived) from None
    except (requests.RequestException, HTTPError) as failed:
        arrived = not _never_connected(failed)
        raise NotPosted("could not be reached, or broke off", temporary=True, arrived=arrived) from None


def _never_connected(error: Exception) -> bool:
    """`requests` wraps what urllib3 gave up for, which says why."""
    wrapped = error.args[0] if error.args else None
    return isinstance(getattr(wrapped, "reason", wrapped), NewConnectionError)


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
    """The connections of this process: those kept open must not be shared with a child."""
    session: requests.Session = HTTPSession(Config(not inside, False, True, None))
    if not inside:
        session.mount("https://", _PublicOnly(is_https_proto=True))
    session.trust_env = False  # Neither a proxy nor somebody's password file.
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    return session
