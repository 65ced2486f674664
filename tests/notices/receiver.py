"""Somebody's receiver of announcements: a real one, on this machine, which checks every signature."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from typing import Any

from standardwebhooks import Webhook, WebhookVerificationError  # noqa: TID251 - the other side of the door.

from tests.support.listening import body_of, http_server, listening, reply


class Receiver:
    """`heard` is what was signed rightly, with `secret`; `statuses` are answered one after the other, then `status`."""

    def __init__(self) -> None:
        self.secret = ""
        self.status = 204
        self.statuses: list[int] = []
        self.headers: dict[str, str] = {}
        self.takes_s = 0.0
        self.heard: list[dict[str, Any]] = []
        self.ids: list[str] = []
        self.bodies: list[bytes] = []
        self.forged = 0
        self.server = http_server(self._take)

    @property
    def place(self) -> str:
        return f"127.0.0.1:{self.server.server_port}"

    @property
    def url(self) -> str:
        return f"http://{self.place}/hooks/sami"

    def _take(self, request: BaseHTTPRequestHandler) -> None:
        body = body_of(request)
        self.bodies.append(body)
        if self.secret:
            try:
                self.heard.append(Webhook(self.secret).verify(body, dict(request.headers)))
                self.ids.append(request.headers["webhook-id"])
            except WebhookVerificationError:
                self.forged += 1
        time.sleep(self.takes_s)
        status = self.statuses.pop(0) if self.statuses else self.status
        reply(request, status, **self.headers)


@contextmanager
def receiver(prepare: Callable[[Receiver], None] = lambda _: None) -> Iterator[Receiver]:
    made = Receiver()
    prepare(made)
    with listening(made.server):
        yield made
