"""Tables are emptied as a new database has them: of the audit its end stays, which says that nothing was recorded."""

from collections.abc import Collection

from sqlalchemy import Connection
from sqlmodel import SQLModel

from sami.store.audit import audit_end


def empty_tables(db: Connection, kept: Collection[str] = ()) -> None:
    for table in reversed(SQLModel.metadata.sorted_tables):
        if table.name not in kept:
            db.execute(table.update().values(number=0, seal=None) if table is audit_end else table.delete())
