"""The ground the other tests stand on holds: both databases are there, and nothing else is reached."""

import socket

import pytest

from migrations import newest_revision
from sami.database.engine import Database
from tests.support.sockets import OutsideReached


def test_each_test_gets_a_migrated_database(database: Database) -> None:
    assert database.revision() == newest_revision()


def test_other_machines_cannot_be_reached() -> None:
    with socket.socket() as attempt, pytest.raises(OutsideReached):
        attempt.connect(("192.0.2.1", 80))
