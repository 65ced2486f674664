"""How does a request reach the program? A function the network is given; this one speaks real HTTP."""

from collections.abc import Callable
from dataclasses import dataclass

import requests

from webhooks.simulator.signing import Form

WEBHOOK_LIMIT_S = 15


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    content_type: str
    body: bytes


class ConnectionFailed(Exception):
    """Nothing was listening, or the connection broke before an answer."""


class TooSlow(Exception):
    """No answer within the 15 seconds a webhook has."""


Post = Callable[[str, Form, dict[str, str]], Answer]


def post_over_http(url: str, form: Form, headers: dict[str, str]) -> Answer:
    try:
        response = requests.post(url, data=form, headers=headers, timeout=WEBHOOK_LIMIT_S)
    except requests.ReadTimeout as error:
        raise TooSlow(str(error)) from error
    except requests.RequestException as error:
        raise ConnectionFailed(str(error)) from error
    return Answer(response.status_code, response.headers.get("Content-Type", ""), response.content)
