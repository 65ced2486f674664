"""A customer's scoring service: a real one, on this machine, which checks every signature before it answers."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from typing import Any

from standardwebhooks import Webhook, WebhookVerificationError  # noqa: TID251 - the other side of the door.

from sami.domain.policy import WorkerChoice
from sami.settings_sections import WorkersSettings

SECRET = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
_numbers = count()
Respond = Callable[[BaseHTTPRequestHandler], None]


class Service:
    """`questions` are those whose signature was right; `ids` what each was called."""

    def __init__(self, respond: Respond) -> None:
        self.questions: list[dict[str, Any]] = []
        self.ids: list[str] = []
        self.forged = 0
        self._respond = respond
        self._number = next(_numbers)
        service = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = -1  # Head and body in one packet, or each answer costs 40 ms.

            def do_POST(self) -> None:
                service.answer(self)

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True

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
        body = request.rfile.read(int(request.headers["Content-Length"]))
        try:
            question = Webhook(SECRET).verify(body, dict(request.headers))
        except WebhookVerificationError:
            self.forged += 1
            reply(request, 401, b"")
            return
        self.questions.append(question)
        self.ids.append(request.headers["webhook-id"])
        self._respond(request)


@contextmanager
def serving(respond: Respond) -> Iterator[Service]:
    service = Service(respond)
    thread = threading.Thread(target=service.server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield service
    service.server.shutdown()
    service.server.server_close()
    thread.join()


def reply(request: BaseHTTPRequestHandler, status: int, body: bytes, **headers: str) -> None:
    request.send_response(status)
    for name, value in ({"Content-Length": str(len(body))} | headers).items():
        request.send_header(name.replace("_", "-"), value)
    request.end_headers()
    request.wfile.write(body)


def says(document: Any, status: int = 200) -> Respond:
    """Always this, as JSON."""
    return lambda request: reply(request, status, json.dumps(document).encode())
