"""Twilio's stand-in at an address of this machine, for commands, which make a client of their own."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from flask import Flask
from werkzeug.serving import WSGIRequestHandler, make_server

from webhooks.simulator.network import Network
from webhooks.simulator.rest.blueprint import rest_blueprint


class _Silent(WSGIRequestHandler):
    def log(self, *_: object) -> None:
        """Nobody reads it."""

    def send_response(self, code: int, message: str | None = None) -> None:
        """Without a date of its own: answers are dated by the network's clock."""
        self.send_response_only(code, message)


@contextmanager
def served_rest(network: Network) -> Iterator[str]:
    """The address of its REST API, to be `twilio.api_url`."""
    with served(rest_of(network)) as url:
        yield url


def rest_of(network: Network) -> Flask:
    app = Flask("twilio")
    app.register_blueprint(rest_blueprint(network.rest))
    return app


@contextmanager
def served(app: Callable[..., object]) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=_Silent)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
