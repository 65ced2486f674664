"""`sami web`: the production server around the application."""

import importlib
import os
import socket
from typing import TYPE_CHECKING

import click

from sami import logs
from sami.database.away import DatabaseAway
from sami.database.engine import Database
from sami.errors import SamiError
from sami.settings.loading import Settings
from webhooks.commands.servers.lifeline import DRAIN_S, end_with_parent
from webhooks.commands.servers.startup import prepare, refuse_if_behind

if TYPE_CHECKING:
    from flask import Flask

log = logs.logger(__name__)
APPLICATION = "webhooks.commands.servers.web:application"


class AddressTaken(SamiError):
    """The address cannot be listened on."""

    code = "address_taken"


@click.command
@click.option("--parent", type=int, hidden=True, help="End when the process with this id, which started us, ends.")
def web(parent: int | None) -> None:
    """Answer Twilio, the API and the console.

    A database that does not answer does not keep it from starting: callers are then rung through to the fallback.
    """
    settings = prepare()
    settings.require_auth_token()
    _look_at_database(settings)
    serve(APPLICATION, settings, parent)


def application() -> "Flask":
    """What each serving process runs."""
    from webhooks.app import create_app
    from webhooks.server.lanes import in_lanes

    settings = prepare()
    return in_lanes(create_app(settings), settings.server.threads)


def serve(application: str, settings: Settings, parent: int | None) -> None:
    """Serve what this function, written "module:name", makes; until told to stop or until `parent` is gone."""
    importlib.import_module("webhooks.app")  # Once for all of the processes, which share it from then on.
    from webhooks.server.processes import Processes, listen

    server = settings.server
    try:
        listening = listen(server.host, server.port)
    except OSError as failure:
        place = f"{server.host}:{server.port}"
        raise AddressTaken(f"{place}: {failure.strerror}. Set server.host or server.port.") from None
    us = os.getpid()

    def work() -> None:
        end_with_parent(us)  # By the id: whoever starts while we are killed has another parent by then, for good.
        _serve_in_this_process(application, settings, listening)

    Processes(server.processes, work, drain_s=DRAIN_S, parent=parent).run()


def _serve_in_this_process(application: str, settings: Settings, listening: socket.socket) -> None:
    from webhooks.server.http import HttpServer
    from webhooks.server.screen import BODY_MAX, screen_for

    module, _, function = application.partition(":")
    app = getattr(importlib.import_module(module), function)()
    screen = screen_for(signed=settings.twilio.validate_signatures)
    server = HttpServer(app, listening, threads=settings.server.all_threads, screen=screen, body_max=BODY_MAX)
    server.run(drain_s=DRAIN_S)


def _look_at_database(settings: Settings) -> None:
    database = Database(settings.database_url)
    try:
        refuse_if_behind(database.revision())
    except DatabaseAway as away:
        log.warning("The database does not answer; starting on the safety net.", detail=away.detail)
    finally:
        database.close()
