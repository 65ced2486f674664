"""A small server of a test's own on this machine, listening in a thread while the test lasts."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import BaseServer

Respond = Callable[[BaseHTTPRequestHandler], None]


def http_server(respond: Respond) -> ThreadingHTTPServer:
    """Answers every GET, POST and DELETE with this, on a free port, and logs nothing."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # Head and body in one packet, or each answer costs 40 ms.

        def _respond(self) -> None:
            respond(self)

        def handle(self) -> None:
            with suppress(ConnectionError):  # Its client was killed.
                super().handle()

        do_GET = do_POST = do_DELETE = _respond

        def log_message(self, *_: object) -> None:
            """A test's own failure says enough."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    return server


@contextmanager
def listening(server: BaseServer) -> Iterator[None]:
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def body_of(request: BaseHTTPRequestHandler) -> bytes:
    return request.rfile.read(int(request.headers.get("Content-Length") or 0))


def reply(request: BaseHTTPRequestHandler, status: int, body: bytes = b"", **headers: str) -> None:
    """`headers` are written with _ for -."""
    request.send_response(status)
    for name, value in ({"Content-Length": str(len(body))} | headers).items():
        request.send_header(name.replace("_", "-"), value)
    request.end_headers()
    request.wfile.write(body)
