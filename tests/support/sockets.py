"""The outside is played, never reached: a socket to another machine is a bug in the test."""

import ipaddress
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch


class OutsideReached(AssertionError):
    """A test tried to talk to another machine."""


@contextmanager
def only_loopback() -> Iterator[None]:
    connect, look_up = socket.socket.connect, socket.getaddrinfo

    def guarded_connect(self: socket.socket, address: Any) -> None:
        if self.family in {socket.AF_INET, socket.AF_INET6}:
            _refuse_outside(address[0])
        connect(self, address)

    def guarded_look_up(host: Any, *args: Any, **kwargs: Any) -> Any:
        if host:
            _refuse_outside(host if isinstance(host, str) else host.decode())
        return look_up(host, *args, **kwargs)

    with patch.object(socket.socket, "connect", guarded_connect), patch.object(socket, "getaddrinfo", guarded_look_up):
        yield


def _refuse_outside(host: str) -> None:
    if host == "localhost":
        return
    try:
        is_ours = ipaddress.ip_address(host).is_loopback or ipaddress.ip_address(host).is_unspecified
    except ValueError:
        is_ours = False
    if not is_ours:
        raise OutsideReached(f"Tests talk to this machine only, not to {host}.")
