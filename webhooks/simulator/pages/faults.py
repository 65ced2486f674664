"""What can be broken on purpose: the database is taken away, REST refuses, breaks, is slow, or loses its answers."""

from enum import StrEnum
from pathlib import Path

from webhooks.simulator.network import Network
from webhooks.simulator.rest.faults import RestFault

SLOW_S = 3.0


class RestState(StrEnum):
    WORKS = "works"
    REFUSED = "refused"
    BROKEN = "broken"
    SLOW = "slow"
    LOSES = "loses"


_FAULTS = {
    RestState.REFUSED: RestFault.STATUS_403,
    RestState.BROKEN: RestFault.STATUS_503,
    RestState.LOSES: RestFault.LOSE_ANSWER,
}


class Faults:
    """Each fault is real: the file is gone for every process, every REST request meets the same end."""

    def __init__(self, network: Network, database_file: Path) -> None:
        self._network = network
        self._file = database_file
        self.rest = RestState.WORKS
        revert(database_file)

    @property
    def database_is_away(self) -> bool:
        return not self._file.exists()

    @property
    def rest_delay_s(self) -> float:
        return SLOW_S if self.rest is RestState.SLOW else 0.0

    def take_database_away(self) -> None:
        if self._file.exists():
            self._file.rename(_elsewhere(self._file))

    def put_database_back(self) -> None:
        revert(self._file)

    def break_rest(self, state: RestState) -> None:
        self.rest = state
        fault = _FAULTS.get(state)
        self._network.rest.faults.fail_share(1.0 if fault else 0.0, 0, *([fault] if fault else []))


def revert(database_file: Path) -> None:
    """Where a demo ended while its database was away, the next one begins with it."""
    if _elsewhere(database_file).exists() and not database_file.exists():
        _elsewhere(database_file).rename(database_file)


def _elsewhere(file: Path) -> Path:
    return file.with_name(f"{file.name}.away")
