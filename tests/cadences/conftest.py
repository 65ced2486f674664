"""Sweeps are tried on an organisation with the phone network behind our own door."""

import pytest

from sami.settings import Settings
from sami.store.db import Database
from tests.core.carrying import World, make_network, make_world


@pytest.fixture
def world(database: Database, settings: Settings) -> World:
    """An organisation, the phone network, and the door between them."""
    return make_world(database, settings, make_network(settings))
