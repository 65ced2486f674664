"""From which address does a request come, where proxies of ours stand in between?"""

from collections.abc import Sequence
from ipaddress import ip_address, ip_network

from flask import Request

UNKNOWN = "unknown"


def visitor_of(request: Request, trusted: Sequence[str]) -> str:
    return visitor_address(request.remote_addr, request.headers.get("X-Forwarded-For", ""), trusted)


def visitor_address(remote: str | None, forwarded: str, trusted: Sequence[str]) -> str:
    """The nearest address that is not a proxy of ours; what stands further away anybody may have written."""
    hops = [*(hop.strip() for hop in forwarded.split(",") if hop.strip()), remote or ""]
    nearest = hops.pop()
    while hops and _is_among(nearest, trusted):
        nearest = hops.pop()
    try:
        return str(ip_address(nearest))
    except ValueError:
        return UNKNOWN


def _is_among(address: str, networks: Sequence[str]) -> bool:
    try:
        return any(ip_address(address) in ip_network(network) for network in networks)
    except ValueError:
        return False
