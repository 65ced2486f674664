"""`python -m bench.profiling`: how many statements an arriving call needs, and where its time goes.

In one process without a server, on the database that SAMI_DATABASE__URL names.
"""

import cProfile
import io
import pstats
import sys
from collections.abc import Callable, Iterator
from typing import Any

from flask import Flask
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from werkzeug.test import EnvironBuilder

from bench import bare
from bench.asking import Asked, arrivals
from bench.ground import AGENTS, PATH
from sami.store.people import agents
from webhooks.app import create_app
from webhooks.commands.servers.startup import prepare
from webhooks.twilio.edge import TwilioEdge

ROUNDS = 8
LINES = 25


def main() -> None:
    app = create_app(prepare(), background=False)
    asking = arrivals(0, 1)
    for _ in range(ROUNDS):  # Until nothing is done for the first time.
        _ring_everybody(app, asking, lambda answer: answer())
    ours, theirs = _statements(app, next(asking)), _bare_statements()
    print(f"Statements of an arriving call: {ours} of SAMI's, {theirs} bare.")
    if "--profile" in sys.argv:
        profile = cProfile.Profile()
        for _ in range(ROUNDS):
            _ring_everybody(app, asking, profile.runcall)
        told = io.StringIO()
        pstats.Stats(profile, stream=told).sort_stats("tottime").print_stats(LINES)
        print(told.getvalue())


def _ring_everybody(app: Flask, asking: Iterator[Asked], run: Callable[[Callable[[], Any]], Any]) -> None:
    edge: TwilioEdge = app.extensions["sami"]
    with edge.database.begin() as db:
        db.execute(agents.update().values(reserved_until=None, reserved_call=None))
    for _ in range(AGENTS):
        asked = next(asking)
        body = run(lambda asked=asked: _answer(app, asked))
        assert asked.rings in body, body


def _answer(app: Flask, asked: Asked) -> bytes:
    builder = EnvironBuilder(PATH, method="POST", input_stream=io.BytesIO(asked.body), headers=asked.headers)
    return b"".join(app.wsgi_app(builder.get_environ(), lambda *_: None))


def _statements(app: Flask, asked: Asked) -> int:
    counted = []
    true = SQLiteDialect_pysqlite.do_execute

    def count(self: Any, cursor: Any, statement: str, *args: Any, **kwargs: Any) -> None:
        counted.append(statement)
        true(self, cursor, statement, *args, **kwargs)

    SQLiteDialect_pysqlite.do_execute = count
    try:
        _answer(app, asked)
    finally:
        SQLiteDialect_pysqlite.do_execute = true
    return len(counted)


def _bare_statements() -> int:
    counted = []

    def count(statement: str, values: Any) -> Any:
        counted.append(statement)
        return [(1, 1)]

    with Flask(__name__).test_request_context(PATH, method="POST", data={"CallSid": "CA", "From": "+1", "To": "+2"}):
        bare.work(count, lambda at: at)
    return len(counted)


if __name__ == "__main__":
    main()
