"""Where nothing is ever sent (S15): sixty addresses that lead, or look as if they led, to the inside."""

import pytest

from sami.domain.language.web_address import address_problem, read_address

HOSTILE = [
    # This machine.
    "https://localhost/", "https://LOCALHOST:8443/", "https://localhost./", "https://127.0.0.1/", "https://127.8.8.8/",
    "https://127.1/", "https://127.0.1/", "https://0.0.0.0/", "https://0/", "https://[::1]/", "https://[::]/",
    "https://foo.localhost/", "https://[0:0:0:0:0:0:0:1]/",
    # The same in other writings of a number.
    "https://2130706433/", "https://0x7f000001/", "https://0x7f.0x0.0x0.0x1/", "https://017700000001/",
    "https://0177.0.0.1/", "https://127.0.0.0x1/", "https://00127.0.0.1/", "https://1.1.1.1.1/", "https://127.0.0.1./",
    "https://①②⑦.⓪.⓪.①/", "https://１２７.0.0.1/", "https://127。0。0。1/",
    # Where a cloud's machines ask about themselves.
    "https://169.254.169.254/latest/meta-data/", "https://[fd00:ec2::254]/", "https://168.63.129.16/",
    "https://100.100.100.200/", "https://192.0.0.192/", "https://metadata.google.internal/", "https://metadata/",
    "https://2852039166/", "https://[::ffff:169.254.169.254]/",
    # Private networks.
    "https://10.0.0.1/", "https://172.16.0.1/", "https://172.31.255.255/", "https://192.168.1.1/", "https://100.64.0.1/",
    "https://[fc00::1]/", "https://[fe80::1]/", "https://[fec0::1]/", "https://printer.local/", "https://db.lan/",
    "https://intranet/", "https://wiki.corp/", "https://10.in-addr.arpa/",
    # One protocol's address inside the other's.
    "https://[::ffff:127.0.0.1]/", "https://[::ffff:7f00:1]/", "https://[::127.0.0.1]/", "https://[64:ff9b::7f00:1]/",
    "https://[2002:7f00:1::]/", "https://[2001:0:7f00:1::]/", "https://192.88.99.1/",
    # Nobody's, or everybody's.
    "https://224.0.0.1/", "https://255.255.255.255/", "https://240.0.0.1/", "https://[ff02::1]/", "https://192.0.2.1/",
    "https://[2001:db8::1]/",
    # Two readers, two hosts.
    "https://score.example.com@127.0.0.1/", "https://127.0.0.1:80@score.example.com/", "https://a:b@score.example.com/",
    "https://score.example.com\\@127.0.0.1/", "https://score.example.com#@127.0.0.1/", "https://127.0.0.1#.example.com/",
    "https://score.example.com%2f@127.0.0.1/", "https://score.example.com%00.internal/", "https:///127.0.0.1/",
    "https:127.0.0.1/", "//127.0.0.1/", "https://score.example.com\n.internal/", "https://score.example.com\t/",
    " https://score.example.com/", "https://score.example.com /", "https://scоre.example.com/", "https://[::1%25lo]/",
    "https://score.example.com:0/", "https://score.example.com:99999/", "https://score.example.com:８443/",
    # Another protocol.
    "http://score.example.com/", "file:///etc/passwd", "gopher://score.example.com/", "ftp://score.example.com/",
    "dict://127.0.0.1:11211/", "unix:///run/docker.sock", "javascript:alert(1)", "HTTPS://score.example.com/",
    "", "score.example.com", "https://", "https://-score.example.com/", f"https://{'a' * 64}.example.com/",
    f"https://score.example.com/{'a' * 3000}",
]  # fmt: skip


@pytest.mark.parametrize("url", HOSTILE)
def test_s15_a_hostile_address_is_refused_before_it_is_looked_up(url: str) -> None:
    assert address_problem(url) is not None


def test_s15_there_are_sixty_of_them_and_more() -> None:
    assert len(set(HOSTILE)) >= 60


@pytest.mark.parametrize(
    "url",
    ["https://score.example.com", "https://score.example.com/", "https://score.example.com:8443/leads?v=2&x=%20",
     "https://xn--mnchen-3ya.example/", "https://a.b.c.d.example.co.uk/~lee/(1)", "https://1.1.1.1/",
     "https://[2606:4700:4700::1111]/", "https://my_score.example.com/", "https://0.pool.example.com/"],
)  # fmt: skip
def test_an_address_of_the_public_network_is_permitted(url: str) -> None:
    assert address_problem(url) is None


def test_an_inside_service_is_permitted_by_its_host_and_port_alone() -> None:
    allow = frozenset({"scoring.internal:8080", "[::1]:9000"})
    assert address_problem("http://scoring.internal:8080/leads", allow) is None
    assert address_problem("http://[::1]:9000/", allow) is None
    assert address_problem("http://scoring.internal:8081/leads", allow) == "is not https"
    assert address_problem("https://scoring.internal/leads", allow) == "is a name of an inside network"
    assert address_problem("http://scoring.internal:8080@score.example.com/", allow) is not None


def test_an_address_is_put_together_again_from_what_was_read() -> None:
    assert str(read_address("https://Score.Example.com/a?b=c")) == "https://score.example.com:443/a?b=c"
    assert str(read_address("https://[2606:4700::1111]")) == "https://[2606:4700::1111]:443/"
