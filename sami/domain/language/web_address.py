"""May we be sent to this address at all? What can be said of it before its name is looked up (S15).

An address is read by one pattern and put together again from what was read: two parsers that disagree about where a
host ends have sent many a request elsewhere.
"""

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

LENGTH_MAX = 2048
_PORTS = {"https": 443, "http": 80}
_HOST = r"(?P<host>[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])"
_PATH = r"(?P<path>/[A-Za-z0-9._~!$&'()*+,;=:@%/?-]*)?"
_ADDRESS = re.compile(rf"(?P<scheme>https?)://{_HOST}(?::(?P<port>[0-9]{{1,5}}))?{_PATH}")
_NAME = re.compile(r"(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]")
_SECRET = re.compile(
    r"(?:whsec_)?(?:[A-Za-z0-9+/]{4}){8,}(?:[A-Za-z0-9+/]{2}(?:==)?|[A-Za-z0-9+/]{3}=?)?"  # As Standard Webhooks says.
)
# Names that never mean a machine on the public network, whatever a resolver of ours would say.
_INSIDE = ("localhost", "local", "internal", "intranet", "private", "corp", "home", "lan", "arpa", "test", "invalid")

# Public by their number, and yet inside: the machine that a cloud's machines ask about themselves.
_DENIED = frozenset({ip_address("168.63.129.16")})
_REACHABLE_V6 = ip_network("2000::/3")
# Addresses of one protocol inside the other's, and what older tables of the language take for public.
_NOT_PUBLIC = tuple(
    ip_network(net)
    for net in (
        "192.0.0.0/24",
        "192.88.99.0/24",
        "2001::/23",
        "2001:db8::/32",
        "2002::/16",
        "3fff::/20",
        "5f00::/16",
    )
)


@dataclass(frozen=True, slots=True)
class WebAddress:
    """`path` begins with a slash and carries the query. `host` is in small letters, IPv6 without its brackets."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def place(self) -> str:
        """As an allow-list writes it."""
        return f"{self._host}:{self.port}"

    def __str__(self) -> str:
        return f"{self.scheme}://{self._host}:{self.port}{self.path}"

    @property
    def _host(self) -> str:
        return f"[{self.host}]" if ":" in self.host else self.host


def read_address(url: str) -> WebAddress | None:
    """None for whatever is not plainly a web address: no user, no fragment, no blanks, no letters beyond ASCII."""
    found = _ADDRESS.fullmatch(url) if len(url) <= LENGTH_MAX else None
    if found is None:
        return None
    port = int(found["port"] or _PORTS[found["scheme"]])
    if not 0 < port < 65536:
        return None
    return WebAddress(found["scheme"], found["host"].strip("[]").lower(), port, found["path"] or "/")


def address_problem(url: str, allow: frozenset[str] = frozenset()) -> str | None:
    """Why nothing is sent there, to be read after the address; None where it may be. `allow` holds host:port."""
    address = read_address(url)
    if address is None:
        return "is not a plain web address such as https://score.example.com/leads"
    if address.place in allow:
        return None
    if address.scheme != "https":
        return "is not https"
    if ":" not in address.host and _NAME.fullmatch(address.host):
        inside = address.host.rpartition(".")[2] in _INSIDE
        return "is a name of an inside network" if inside else None
    try:
        number = ip_address(address.host)
    except ValueError:
        return "has no host on the public network"
    return None if is_public(number) else "is not on the public network"


def secret_problem(secret: str | None) -> str | None:
    """Why nothing sent there could be signed with this, to be read after the worker's name; None where it could."""
    if not secret:
        return "has no secret to sign with"
    return None if _SECRET.fullmatch(secret) else "has a secret that is not base64 of 24 bytes or more"


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Whether this is somebody else's machine, and not one of ours or of the network that ours are in."""
    if isinstance(address, IPv6Address) and (inner := address.ipv4_mapped) is not None:
        address = inner
    if address in _DENIED or not address.is_global or address.is_multicast or address.is_reserved:
        return False
    if any(address in net for net in _NOT_PUBLIC if net.version == address.version):
        return False
    return address.version == 4 or address in _REACHABLE_V6
