"""`sami web`, of which one process ends in the middle of its first request: DIES says where, DIED exists afterwards."""

import os
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from flask import Flask, request

from tests.support.edges import Edges, Kind
from webhooks import cli
from webhooks.commands.servers import web

_installed = ExitStack()


def application() -> Flask:
    app = web.application()
    died = Path(os.environ["DIED"])
    kind, nth = os.environ["DIES"].rsplit(":", 1)

    def die() -> None:
        died.touch()
        os._exit(1)

    edges = Edges(Kind(kind), int(nth), die=die)
    _installed.enter_context(edges.installed())
    serve = app.full_dispatch_request

    def dispatch(*args: Any) -> object:
        if request.method != "POST" or died.exists():
            return serve(*args)
        with edges.watching():
            return serve(*args)

    app.full_dispatch_request = dispatch  # type: ignore[method-assign, assignment]
    return app


if __name__ == "__main__":
    web.APPLICATION = "tests.support.dying_web:application"
    cli.main()
