"""PostgreSQL: its time-outs, how to hang up on it, and which of its errors mean that it is away."""

import select
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg import sql
from sqlalchemy.engine import make_url

from sami.database.away import DatabaseAway, DatabaseBusy
from sami.errors import SamiError

CONNECT_TIMEOUT_S = 2
IDLE_IN_TRANSACTION_S = 10

_BUSY = frozenset({"40001", "40P01", "55P03", "57014", "25P03", "25P04"})
# Connection, resources, operator, system and data faults; read-only, no such database, not let in.
_AWAY = ("08", "53", "57P", "58", "XX", "28", "3D", "25006")


class HangUp:
    """A second handle on a connection's socket, with which another thread can end a wait that libpq will not end.

    Our own duplicate: the driver's number may belong to another connection by the time the deadline comes.
    """

    def __init__(self, connection: Any) -> None:
        self._socket = socket.socket(fileno=socket.dup(connection.fileno()))

    def __call__(self) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        self._socket.close()


class ScratchRefused(SamiError):
    """The server lets this user make no database, so a backup cannot be proved there."""

    code = "scratch_refused"
    status = 403


@contextmanager
def scratch_database(url: str, name: str) -> Iterator[str]:
    """Another database on the server of `url`, whose address is given; it goes away again."""
    parsed = make_url(url)
    try:
        server = psycopg.connect(
            parsed.set(drivername="postgresql").render_as_string(hide_password=False), autocommit=True
        )
    except psycopg.OperationalError as failure:
        raise DatabaseAway(str(failure)) from failure
    with server:
        try:
            server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        except psycopg.errors.InsufficientPrivilege as failure:
            raise ScratchRefused(
                "Grant CREATEDB, or set SAMI_DATABASE__URL to an embedded one: sqlite:////tmp/x.db."
            ) from failure
        try:
            yield parsed.set(database=name).render_as_string(hide_password=False)
        finally:
            server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


class PostgresServer:
    """A server that bounds what it does itself; a frozen one keeps none of these bounds, so deadlines stand beside."""

    def __init__(self, *, statement_timeout_s: float, lock_timeout_s: float) -> None:
        self._statement_timeout_s = statement_timeout_s
        settings = {
            "statement_timeout": int(statement_timeout_s * 1000),
            "lock_timeout": int(lock_timeout_s * 1000),
            "idle_in_transaction_session_timeout": IDLE_IN_TRANSACTION_S * 1000,
            "timezone": "UTC",
        }
        # The keep-alives notice a host that vanished without a word.
        self.connect_args: dict[str, Any] = {
            "options": " ".join(f"-c {name}={value}" for name, value in settings.items()),
            "connect_timeout": CONNECT_TIMEOUT_S,
            "keepalives_idle": 5,
            "keepalives_interval": 2,
            "keepalives_count": 3,
            "tcp_user_timeout": 5000,
        }

    def check(self) -> None:
        """Nothing to look at from here: asking would cost a round trip."""

    def recognise(self) -> None:
        """Whatever answers at the address is ours."""

    def is_stale(self, connection: Any) -> bool:
        """Whether the server spoke to an idle connection: it only does so to say goodbye. Costs no round trip."""
        poll = select.poll()
        poll.register(connection.fileno(), select.POLLIN)
        return bool(poll.poll(0))

    def connect(self, connect: Callable[[], Any]) -> Any:
        return connect()

    def cutter(self, connection: Any) -> HangUp:
        return HangUp(connection)

    def begin(self, connection: Any, *, write: bool, deadline_s: float | None) -> None:
        """The driver sends BEGIN with the first statement. Who asked for more time may spend it on one statement."""
        if deadline_s is not None and deadline_s > self._statement_timeout_s:
            connection.execute(f"SET LOCAL statement_timeout = {int(deadline_s * 1000)}")

    def end(self, *, write: bool) -> None:
        """No queue to leave."""

    def probe(self, connection: Any) -> None:
        """Raise unless the server answers and was migrated."""
        if connection.execute("SELECT version_num FROM alembic_version").fetchone() is None:
            raise DatabaseAway("The database has no revision.")

    def tend(self) -> None:
        """The server looks after itself."""

    def translate(self, error: BaseException) -> DatabaseAway | None:
        if not isinstance(error, psycopg.Error):
            return None
        state = error.sqlstate
        if state is None:  # Said by the client library: refused, lost, timed out, closed.
            return (
                DatabaseAway(str(error))
                if isinstance(error, psycopg.OperationalError | psycopg.InterfaceError)
                else None
            )
        if state in _BUSY:
            return DatabaseBusy(str(error))
        return DatabaseAway(str(error)) if state.startswith(_AWAY) else None
