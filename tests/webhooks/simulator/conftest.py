"""Fixtures of the phone network's own tests."""

import pytest

from tests.webhooks.simulator.program import Program, make_network
from webhooks.simulator.network import Network


@pytest.fixture
def program() -> Program:
    return Program()


@pytest.fixture
def network(program: Program) -> Network:
    return make_network(program)
