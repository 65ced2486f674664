"""Time as both databases reckon with it: SQLite has no type for it, and each a function of its own."""

from typing import Any

from sqlalchemy import Integer
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement


class seconds_between(FunctionElement[int]):
    """Whole seconds from the first instant to the second."""

    type = Integer()
    inherit_cache = True


class seconds_since_1970(FunctionElement[int]):
    """Whole seconds from 1970 in UTC to an instant."""

    type = Integer()
    inherit_cache = True


@compiles(seconds_between, "sqlite")
def _between_on_sqlite(element: Any, compiler: Any, **options: Any) -> str:
    first, second = (compiler.process(clause, **options) for clause in element.clauses)
    return f"CAST((julianday({second}) - julianday({first})) * 86400.0 + 0.0005 AS INTEGER)"


@compiles(seconds_between, "postgresql")
def _between_on_postgresql(element: Any, compiler: Any, **options: Any) -> str:
    first, second = (compiler.process(clause, **options) for clause in element.clauses)
    return f"CAST(floor(EXTRACT(EPOCH FROM ({second} - {first})) + 0.0005) AS INTEGER)"


@compiles(seconds_since_1970, "sqlite")
def _since_1970_on_sqlite(element: Any, compiler: Any, **options: Any) -> str:
    (instant,) = (compiler.process(clause, **options) for clause in element.clauses)
    return f"CAST(strftime('%s', {instant}) AS INTEGER)"


@compiles(seconds_since_1970, "postgresql")
def _since_1970_on_postgresql(element: Any, compiler: Any, **options: Any) -> str:
    (instant,) = (compiler.process(clause, **options) for clause in element.clauses)
    return f"CAST(floor(EXTRACT(EPOCH FROM {instant})) AS BIGINT)"
