"""`sami web`: the production server around the application."""

import logging
from typing import TYPE_CHECKING

import click

from sami import logs
from sami.settings import Settings
from sami.store.db import Database, DatabaseAway
from webhooks.commands.ground import prepare, refuse_if_behind
from webhooks.commands.lifeline import DRAIN_S, end_with_parent

if TYPE_CHECKING:
    from flask import Flask

log = logs.logger(__name__)
APPLICATION = "webhooks.commands.web:application"


@click.command
@click.option("--parent", type=int, hidden=True, help="End when the process with this id, which started us, ends.")
def web(parent: int | None) -> None:
    """Answer Twilio, the API and the console.

    A database that does not answer does not keep it from starting: callers are then rung through to the fallback.
    """
    settings = prepare()
    settings.require_auth_token()
    _look_at_database(settings)
    if parent is not None:
        end_with_parent(parent)
    serve = _serve_with_granian if settings.server.engine == "granian" else _serve_with_gunicorn
    serve(settings)


def application() -> "Flask":
    """What each serving process runs; the server that started it is its parent."""
    from webhooks.app import create_app
    from webhooks.lanes import in_lanes

    settings = prepare()
    end_with_parent()
    return in_lanes(create_app(settings), settings.server.threads)


def _look_at_database(settings: Settings) -> None:
    database = Database(settings.database_url)
    try:
        refuse_if_behind(database.revision())
    except DatabaseAway as away:
        log.warning("The database does not answer; starting on the safety net.", detail=away.detail)
    finally:
        database.close()


def _serve_with_granian(settings: Settings) -> None:
    from granian import Granian
    from granian.constants import Interfaces
    from granian.log import LogLevels

    server = settings.server
    logging.getLogger("_granian").addFilter(_is_no_worry_about_threads)
    Granian(
        APPLICATION,
        factory=True,
        address=server.host,
        port=server.port,
        interface=Interfaces.WSGI,
        workers=server.processes,
        blocking_threads=server.all_threads,
        respawn_failed_workers=True,
        respawn_interval=1.0,
        workers_kill_timeout=DRAIN_S,
        websockets=False,
        log_level=LogLevels.warning,
        log_dictconfig={"formatters": {}, "handlers": {}, "loggers": {"_granian": {}}},  # To our own handler.
    ).serve()


def _is_no_worry_about_threads(record: logging.LogRecord) -> bool:
    """Most of our threads stand in line and do nothing; granian counts them all at every start."""
    return "Python threads" not in record.getMessage()


def _serve_with_gunicorn(settings: Settings) -> None:
    from webhooks.commands.gunicorn_server import Gunicorn

    Gunicorn(APPLICATION, settings.server, drain_s=DRAIN_S).run()
