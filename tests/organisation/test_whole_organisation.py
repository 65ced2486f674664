"""A file with everything a file may hold applies whole, is exported equal, and changes nothing the second time."""

import tomllib

from sami.database.engine import Database
from sami.domain.language.actor import person
from sami.organisation.applying import apply_file, export_text
from tests.support import SUPPORT
from tests.support.leading import MONDAY_10

WHOLE = (SUPPORT / "organisation_whole.toml").read_text(encoding="utf-8")


def test_every_table_applies_and_exports_equal(database: Database) -> None:
    with database.begin(30) as db:
        applied = apply_file(db, WHOLE, prune=False, by=person("test"), now=MONDAY_10)
        exported = export_text(db, MONDAY_10)
    assert applied.published
    written, back = tomllib.loads(WHOLE), tomllib.loads(exported)
    assert back.keys() == written.keys()
    assert back == written
    with database.begin(30) as db:
        again = apply_file(db, exported, prune=True, by=person("test"), now=MONDAY_10)
    assert (again.published, again.changes) == (False, ())
