"""The door to ourselves from outside: what does our public address answer, and if nothing, why?"""

from collections.abc import Mapping
from dataclasses import dataclass

import requests

TIMEOUT_S = 5.0
BODY_MAX = 4_096
_UNKNOWN_NAME = ("NameResolutionError", "gaierror")


@dataclass(frozen=True, slots=True)
class Reached:
    """`location`: where a redirect points."""

    status: int
    body: str
    location: str = ""


@dataclass(frozen=True, slots=True)
class NotReached:
    """`why` is to be read after the address."""

    why: str
    is_name_unknown: bool = False


def ask_ourselves(
    url: str, fields: Mapping[str, str] | None = None, headers: Mapping[str, str] | None = None
) -> Reached | NotReached:
    """Fields are posted as a form; without any it is a GET. Redirects are not followed: a form would be lost."""
    try:
        with requests.Session() as session:
            session.trust_env = False
            with session.request(
                "GET" if fields is None else "POST",
                url,
                data=fields,
                headers=headers,
                timeout=TIMEOUT_S,
                allow_redirects=False,
                stream=True,
            ) as answer:
                body = next(answer.iter_content(BODY_MAX), b"").decode("utf-8", "replace")
                return Reached(answer.status_code, body, answer.headers.get("Location", ""))
    except requests.exceptions.SSLError:
        return NotReached("shows no certificate that is trusted")
    except requests.Timeout:
        return NotReached(f"did not answer within {TIMEOUT_S:.0f} seconds")
    except requests.RequestException as failed:
        if any(name in repr(failed) for name in _UNKNOWN_NAME):
            return NotReached("has a name that nobody knows", is_name_unknown=True)
        return NotReached("does not answer")
