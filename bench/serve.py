"""`python -m bench.serve floor` (server, bare): another application under the very server of `sami web`."""

import importlib
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from bench.floor import twiml
from sami.settings.loading import load_settings
from webhooks.commands.servers import web
from webhooks.server.lanes import Application, in_lanes

if TYPE_CHECKING:
    from flask import Flask


def server() -> Application:
    """No Flask and no signature: what is left is the server's own."""
    body = twiml().encode()

    def answer(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        start_response("200 OK", [("Content-Type", "text/xml"), ("Content-Length", str(len(body)))])
        return [body]

    return answer


def floor() -> "Flask":
    return _application("bench.floor")


def bare() -> "Flask":
    return _application("bench.bare")


def _application(module: str) -> "Flask":
    made: Flask = importlib.import_module(module).application()
    return in_lanes(made, load_settings().server.threads)  # As `sami web` does.


if __name__ == "__main__":
    name, *arguments = sys.argv[1:]
    web.APPLICATION = f"bench.serve:{name}"
    web.web(args=arguments, prog_name="sami web")
