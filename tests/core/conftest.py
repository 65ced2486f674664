"""What speaks outside is tried with the phone network behind our own door."""

import pytest

from sami.database.engine import Database
from sami.settings.loading import Settings
from tests.core.carrying import World, make_network, make_world


@pytest.fixture
def world(database: Database, settings: Settings) -> World:
    """An organisation, the phone network, and the door between them."""
    return make_world(database, settings, make_network(settings))
