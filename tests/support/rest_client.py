"""Twilio's own client, speaking straight to the phone network: no socket, no thread, no time of its own."""

import logging
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

from twilio.http import HttpClient  # noqa: TID251 - Twilio's own client speaks to the stand-in.
from twilio.http.response import Response  # noqa: TID251 - As above.

from webhooks.simulator.network import Network


class InProcess(HttpClient):
    def __init__(self, network: Callable[[], Network]) -> None:
        super().__init__(logging.getLogger(__name__), is_async=False)
        self._network = network

    def request(self, method: str, url: str, *args: Any, **options: Any) -> Response:
        params, data, _, auth = (*args, None, None, None, None)[:4]
        fields = _pairs(options.get("params", params)) + _pairs(options.get("data", data))
        target = urlsplit(url)
        path = f"{target.path}?{target.query}"
        status, answered, body = self._network().rest.handle(method, path, fields, options.get("auth", auth))
        return Response(status, body, answered)


def _pairs(fields: Mapping[str, object] | None) -> list[tuple[str, str]]:
    many = ((name, value if isinstance(value, list) else [value]) for name, value in (fields or {}).items())
    return [(name, str(each)) for name, values in many for each in values]
