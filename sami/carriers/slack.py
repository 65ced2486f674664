"""The door of Slack: one line of text to the incoming webhook that the operator set."""

import json

import requests

from sami.carriers.safe_post import JSON_HEADERS, TOO_MANY, NotPosted, post
from sami.domain.delivery.answers import Accepted, Answer, Lost, Refused, TryLater, Unreached
from sami.domain.language.characters import storable
from sami.domain.language.web_address import address_problem, read_address

TIMEOUT_S = 10.0
SERVER_ERROR = 500
RETRY_AFTER_S = 30
RETRY_AFTER_MAX_S = 3600
_ESCAPED = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})


def post_to_slack(url: str, text: str, *, allow: frozenset[str], timeout_s: float = TIMEOUT_S) -> Answer:
    """Whatever goes wrong is an answer. Nothing in the text becomes a link or calls a channel together."""
    problem, address = address_problem(url, allow), read_address(url)
    if problem or address is None:
        return Refused(0, 0, f"notices.slack_url {problem}")
    body = json.dumps({"text": storable(text).translate(_ESCAPED)}, ensure_ascii=False)
    try:
        return post(address, body, JSON_HEADERS, timeout_s, inside=address.place in allow, take=_take)
    except NotPosted as failed:
        return Lost(f"Slack {failed}") if failed.arrived else Unreached(f"Slack {failed}")


def _take(response: requests.Response, _ends_at: float) -> Answer:
    status = response.status_code
    if 200 <= status < 300:
        return Accepted(status=str(status))
    if status == TOO_MANY:
        asked = response.headers.get("Retry-After", "")
        after_s = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 6 else RETRY_AFTER_S
        return TryLater("Slack answered 429", min(after_s, RETRY_AFTER_MAX_S))
    if status >= SERVER_ERROR:
        return Lost(f"Slack answered {status}")
    return Refused(0, status, f"Slack answered {status}")
