"""S15: outgoing webhooks reach no inside address, whatever is written, resolved or answered."""

import socket
from datetime import timedelta

import pytest

from sami.carriers.outgoing_webhooks import announce
from sami.database.engine import Database
from sami.domain.delivery.answers import Accepted
from sami.domain.language.actor import person
from sami.domain.language.web_address import address_problem
from sami.domain.outcomes.effects import Announce
from sami.notices.subscriptions import SubscriptionRefused, subscribe
from sami.store.notices import announcement_tries, subscriptions
from tests.notices.conftest import hooks, mails, world
from tests.notices.receiver import Receiver
from tests.support.services import NOON, Core
from tests.workers.test_http import NAME, Resolver

__all__ = ["hooks", "mails", "world"]

SECRET = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
NOWHERE: frozenset[str] = frozenset()

HOSTILE = [
    # Not https, or nothing of the web.
    "http://hooks.example.com/", "ftp://hooks.example.com/", "file:///etc/passwd", "gopher://hooks.example.com/",
    "javascript:alert(1)", "//hooks.example.com/", "hooks.example.com", "", "https://", "https:///hooks",
    # This machine and its neighbours, in every writing.
    "https://127.0.0.1/", "https://127.1/", "https://2130706433/", "https://0x7f000001/", "https://0177.0.0.1/",
    "https://127.0.0.1.:443/", "https://0.0.0.0/", "https://0/", "https://10.0.0.5/", "https://172.16.0.1/",
    "https://192.168.1.1/", "https://100.64.0.1/", "https://169.254.169.254/latest/meta-data/",
    "https://168.63.129.16/", "https://192.0.0.192/", "https://198.18.0.1/", "https://224.0.0.1/",
    "https://240.0.0.1/", "https://255.255.255.255/", "https://localhost/", "https://LOCALHOST/",
    "https://localhost./", "https://db.internal/", "https://printer.local/", "https://metadata.google.internal/",
    "https://router.lan/", "https://intranet/", "https://1.0.0.127.in-addr.arpa/",
    "https://[::1]/", "https://[::]/", "https://[::ffff:127.0.0.1]/", "https://[::ffff:a9fe:a9fe]/",
    "https://[fd00:ec2::254]/", "https://[fe80::1]/", "https://[fe80::1%25eth0]/", "https://[fec0::1]/",
    "https://[64:ff9b::a00:5]/", "https://[2002:7f00:1::]/", "https://[2001:db8::1]/", "https://[ff02::1]/",
    # Two readers that disagree about where the host ends.
    "https://user@127.0.0.1/", "https://hooks.example.com@127.0.0.1/", "https://hooks.example.com:443@127.0.0.1/",
    "https://127.0.0.1#@hooks.example.com/", "https://hooks.example.com\\@127.0.0.1/",
    "https://hooks.example.com\t.internal/", "https://hooks.example.com\r\nHost: 127.0.0.1/", "https://hooks.example.com:0/",
    "https://hooks.example.com:99999/", "https://hooks.exam\u200bple.com/", "https://①②⑦.⓪.⓪.①/",
    "https://hooks。example。com/", "https://%31%32%37.0.0.1/", " https://hooks.example.com/",
    "https://hooks.example.com/ HTTP/1.1\r\nX: y",
]  # fmt: skip


def test_s15_there_are_sixty_hostile_addresses() -> None:
    assert len(set(HOSTILE)) == len(HOSTILE) >= 60


@pytest.mark.parametrize("url", HOSTILE)
def test_s15_a_hostile_address_is_neither_kept_nor_asked(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    resolver = Resolver(monkeypatch, "93.184.215.14")
    assert address_problem(url) is not None
    told = announce(url, SECRET, "key", "{}", allow=NOWHERE)
    assert (told.status, told.detail.startswith("its address is ") or "has no host" in told.detail) == (None, True)
    assert (resolver.looked_up, resolver.connected) == (0, [])


def test_s15_a_hostile_address_makes_no_subscription(sqlite_url: str) -> None:
    database = Database(sqlite_url)
    for url in HOSTILE:
        with database.begin() as db, pytest.raises(SubscriptionRefused):
            subscribe(db, url=url, events=(), allow=NOWHERE, by=person("olive"), now=NOON)
    with database.read() as db:
        assert list(db.execute(subscriptions.select())) == []
    database.close()


@pytest.mark.parametrize(
    "inside", ["127.0.0.1", "10.0.0.5", "169.254.169.254", "168.63.129.16", "100.64.0.1", "0.0.0.1", "::1", "fe80::1",
               "fd00:ec2::254", "::ffff:10.0.0.5", "64:ff9b::a00:5", "2002:a00:5::"],
)  # fmt: skip
def test_s15_a_name_that_leads_inside_is_not_followed(monkeypatch: pytest.MonkeyPatch, inside: str) -> None:
    resolver = Resolver(monkeypatch, inside)
    told = announce(f"https://{NAME}/", SECRET, "key", "{}", allow=NOWHERE)
    assert (told.status, told.detail) == (None, "was not asked: its name leads to an inside network")
    assert resolver.connected == []


def test_s15_a_name_that_leads_elsewhere_the_second_time_is_looked_up_once(monkeypatch: pytest.MonkeyPatch) -> None:
    resolver = Resolver(monkeypatch, "93.184.215.14", "127.0.0.1")
    told = announce(f"https://{NAME}/", SECRET, "key", "{}", allow=NOWHERE)
    assert not isinstance(told.answer, Accepted)
    assert (resolver.looked_up, resolver.connected) == (1, ["93.184.215.14"])


def test_s15_a_redirect_is_not_followed_and_counts_as_no(world: Core, hooks: Receiver) -> None:
    allow = frozenset(world.here.settings.notices.allow_hosts)
    with world.database.begin() as db:
        hooks.secret = subscribe(db, url=hooks.url, events=(), allow=allow, by=person("olive"), now=world.now).secret
    hooks.status, hooks.headers = 307, {"Location": f"http://{hooks.place}/elsewhere"}
    world.want(Announce("notice", {}, "a/notice/webhook"))
    world.live(3)
    assert [row.status for row in world.rows(announcement_tries)] == [307]
    assert len(hooks.bodies) == 1


def test_s15_what_was_permitted_before_is_asked_about_again_at_every_try(
    world: Core, hooks: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An operator who takes a place from allow_hosts means it, also for what is under way."""
    with world.database.begin() as db:
        subscribe(db, url=hooks.url, events=(), allow=frozenset({hooks.place}), by=person("olive"), now=world.now)
    emptied = world.here.settings.notices.model_copy(update={"allow_hosts": ()})
    object.__setattr__(world.here.settings, "notices", emptied)
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_: pytest.fail("nothing is looked up"))
    world.want(Announce("notice", {}, "a/notice/webhook"))
    world.now += timedelta(seconds=1)
    world.deliver()
    assert world.items("announcement")[1].state == "failed"
    assert hooks.bodies == []
