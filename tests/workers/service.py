"""A customer's scoring service: a real one, on this machine, which checks every signature before it answers."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from itertools import count
from typing import Any

from standardwebhooks import Webhook, WebhookVerificationError  # noqa: TID251 - the other side of the door.

from sami.domain.assignment.policy import WorkerChoice
from sami.settings.sections import WorkersSettings
from tests.support.listening import Respond, body_of, http_server, listening, reply

SECRET = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
_numbers = count()


class Service:
    """`questions` are those whose signature was right; `ids` what each was called."""

    def __init__(self, respond: Respond) -> None:
        self.questions: list[dict[str, Any]] = []
        self.ids: list[str] = []
        self.forged = 0
        self._respond = respond
        self._number = next(_numbers)
        self.server = http_server(self.answer)

    @property
    def place(self) -> str:
        return f"127.0.0.1:{self.server.server_port}"

    @property
    def url(self) -> str:
        return f"http://{self.place}/leads?service={self._number}"  # A port may come twice; a circuit must not.

    @property
    def settings(self) -> WorkersSettings:
        return WorkersSettings(allow_hosts=(self.place,))

    def choice(self, capability: str = "classify", **stated: Any) -> WorkerChoice:
        given = {"version": "acme-1", "url": self.url, "secret": SECRET, "timeout": 0.25}
        return WorkerChoice(capability, **given | stated)

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        body = body_of(request)
        try:
            question = Webhook(SECRET).verify(body, dict(request.headers))
        except WebhookVerificationError:
            self.forged += 1
            reply(request, 401)
            return
        self.questions.append(question)
        self.ids.append(request.headers["webhook-id"])
        self._respond(request)


@contextmanager
def serving(respond: Respond) -> Iterator[Service]:
    service = Service(respond)
    with listening(service.server):
        yield service


def says(document: Any, status: int = 200) -> Respond:
    """Always this, as JSON."""
    return lambda request: reply(request, status, json.dumps(document).encode())
