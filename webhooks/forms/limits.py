"""How often may one visitor, and everybody together, send a form? Counted in memory, by each web process for itself."""

import threading
from datetime import datetime
from ipaddress import ip_address, ip_network

from webhooks.server.visitors import UNKNOWN

KEYS_MAX = 10_000
ADDRESS_WINDOW_S = 600
FORM_WINDOW_S = 60
_V6_OF_ONE = 64  # One household has all the addresses of such a network.


class Window:
    """Windows are those of the clock, so that one number for each key is all there is to remember."""

    def __init__(self, seconds: int, most: int) -> None:
        self._seconds, self._most = seconds, most
        self._lock = threading.Lock()
        self._number = 0
        self._counts: dict[str, int] = {}

    def take(self, key: str, now: datetime) -> int | None:
        """None where there was room, else for how many seconds there is none."""
        number, gone = divmod(int(now.timestamp()), self._seconds)
        with self._lock:
            if number != self._number:
                self._number, self._counts = number, {}
            taken = self._counts.get(key, 0)
            if taken >= self._most or (key not in self._counts and len(self._counts) >= KEYS_MAX):
                return self._seconds - gone
            self._counts[key] = taken + 1
        return None


class Limits:
    """One visitor's limit comes first, so that a busy one does not use up the form's for the others."""

    def __init__(self, *, posts_per_address: int, posts_per_form: int) -> None:
        self._addresses = Window(ADDRESS_WINDOW_S, posts_per_address)
        self._forms = Window(FORM_WINDOW_S, posts_per_form)

    def take(self, form: str, address: str, now: datetime) -> int | None:
        """None where the form may be sent, else for how many seconds it may not."""
        waits = self._addresses.take(address, now)
        return self._forms.take(form, now) if waits is None else waits


def one_household(address: str) -> str:
    """A visitor of IPv6 has a whole network to write from."""
    if address == UNKNOWN or ip_address(address).version == 4:
        return address
    return str(ip_network((address, _V6_OF_ONE), strict=False))
