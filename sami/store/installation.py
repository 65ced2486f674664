"""Which database is this? A name of its own, of which each machine that works with it keeps a copy in a file."""

import secrets

from sqlalchemy import Connection, select
from sqlmodel import Field, SQLModel

from sami.database.tables import insert_on, table_of

_ONLY = 1


class InstallationRow(SQLModel, table=True):
    """The one name. It moves with a backup, so a restored database is the same one."""

    __tablename__ = "installation"

    id: int = Field(default=_ONLY, primary_key=True)
    name: str


installations = table_of(InstallationRow)


def installation_id(db: Connection) -> str | None:
    found: str | None = db.execute(select(installations.c.name).where(installations.c.id == _ONLY)).scalar()
    return found


def name_installation(db: Connection) -> str:
    """The first machine to work with a database names it."""
    insert = insert_on(db.dialect.name, installations).values(id=_ONLY, name=secrets.token_hex(16))
    db.execute(insert.on_conflict_do_nothing(index_elements=["id"]))
    found = installation_id(db)
    assert found is not None, "it was inserted just now, or before"
    return found
