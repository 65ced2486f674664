"""Somebody's receiver of announcements: a real one, on this machine, which checks every signature."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from standardwebhooks import Webhook, WebhookVerificationError  # noqa: TID251 - the other side of the door.


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
        ours = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = -1

            def do_POST(self) -> None:
                ours._take(self)

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True

    @property
    def place(self) -> str:
        return f"127.0.0.1:{self.server.server_port}"

    @property
    def url(self) -> str:
        return f"http://{self.place}/hooks/sami"

    def _take(self, request: BaseHTTPRequestHandler) -> None:
        body = request.rfile.read(int(request.headers["Content-Length"]))
        self.bodies.append(body)
        if self.secret:
            try:
                self.heard.append(Webhook(self.secret).verify(body, dict(request.headers)))
                self.ids.append(request.headers["webhook-id"])
            except WebhookVerificationError:
                self.forged += 1
        time.sleep(self.takes_s)
        status = self.statuses.pop(0) if self.statuses else self.status
        request.send_response(status)
        for name, value in {"Content-Length": "0", **self.headers}.items():
            request.send_header(name, value)
        request.end_headers()


@contextmanager
def receiver(prepare: Callable[[Receiver], None] = lambda _: None) -> Iterator[Receiver]:
    made = Receiver()
    prepare(made)
    thread = threading.Thread(target=made.server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield made
    made.server.shutdown()
    made.server.server_close()
    thread.join()
