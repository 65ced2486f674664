"""Statements compiled once for each database, for what runs while a caller waits.

SQLAlchemy's own way to execute costs some 45 µs a statement, this one about 10, and an arriving call needs ten of them.
Values go in by name and rows come out, as they do there; lists of values (`IN`) and server-side cursors do not.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, cast

from sqlalchemy import Connection, Dialect, Row
from sqlalchemy.engine import result_tuple
from sqlalchemy.sql import ClauseElement
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.schema import ScalarElementColumnDefault

Values = Mapping[str, Any]
Process = Callable[[Any], Any] | None


class Prepared:
    """`build` is a statement, or makes one for a dialect's name where the two databases differ."""

    def __init__(self, build: ClauseElement | Callable[[str], ClauseElement]) -> None:
        self._build = build
        self._compiled: dict[tuple[str, ...], _Compiled] = {}

    def run(self, db: Connection, values: Values) -> None:
        self._execute(db, values)[1].close()

    def run_each(self, db: Connection, rows: Iterable[Values]) -> None:
        for row in rows:
            self.run(db, row)

    def first(self, db: Connection, values: Values) -> Row[Any] | None:
        compiled, cursor = self._execute(db, values)
        found = cursor.fetchone()
        cursor.close()
        return None if found is None else compiled.read(found)

    def all(self, db: Connection, values: Values) -> list[Row[Any]]:
        compiled, cursor = self._execute(db, values)
        found = cursor.fetchall()
        cursor.close()
        return [compiled.read(row) for row in found]

    def _execute(self, db: Connection, values: Values) -> tuple["_Compiled", Any]:
        dialect = db.dialect
        asked = (dialect.name, *values)
        compiled = self._compiled.get(asked)
        if compiled is None:
            compiled = self._compiled[asked] = self._compile(dialect, values)
        cursor = db.connection.cursor()
        # Through the dialect, so that what watches or breaks its statements meets these too.
        dialect.do_execute(cursor, compiled.text, compiled.write(values))
        return compiled, cursor

    def _compile(self, dialect: Dialect, values: Values) -> "_Compiled":
        statement = self._build(dialect.name) if callable(self._build) else self._build
        compiler = statement.compile(dialect=dialect, column_keys=list(values))
        assert isinstance(compiler, SQLCompiler), "a statement, no DDL"
        return _Compiled(compiler, dialect)


class _Compiled:
    """The text of one statement, with the way of its values in and of its rows out."""

    def __init__(self, compiler: SQLCompiler, dialect: Dialect) -> None:
        self.text = compiler.string
        constants = {name: bind.effective_value for name, bind in compiler.binds.items() if not bind.required}
        defaults = [(column.key, column.default) for column in compiler.insert_prefetch]
        self._constants = constants | {key: cast(ScalarElementColumnDefault, default).arg for key, default in defaults}
        processes = cast(dict[str, Process], compiler._bind_processors)
        self._writes = [(name, processes.get(name)) for name in compiler.positiontup or compiler.binds]
        self._is_positional = bool(compiler.positiontup)
        columns = compiler._result_columns
        self._reads = [column.type._cached_result_processor(dialect, None) for column in columns]
        self._row = result_tuple([column.keyname for column in columns])

    def write(self, values: Values) -> Any:
        given = {**self._constants, **values}
        if self._is_positional:
            return [given[name] if process is None else process(given[name]) for name, process in self._writes]
        return {name: given[name] if process is None else process(given[name]) for name, process in self._writes}

    def read(self, row: Iterable[Any]) -> Row[Any]:
        cells = zip(self._reads, row, strict=True)
        return self._row([cell if process is None else process(cell) for process, cell in cells])
