"""R5, R6: a process that dies at any instant while notices leave loses none of them, and says none twice unseen."""

import gc
import smtplib  # noqa: TID251 - the edge itself.
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any
from unittest.mock import patch

import pytest

from sami.domain.language.actor import person
from sami.domain.language.phone import E164
from sami.domain.outcomes.effects import Announce, Effect, PostToSlack, SendEmail, SendText
from sami.notices.subscriptions import subscribe
from sami.store.notices import announcement_tries
from tests.notices.conftest import hooks, mails, wish, world
from tests.notices.mail_server import MailServer
from tests.notices.receiver import Receiver, receiver
from tests.support.counts import NIGHTLY
from tests.support.edges import COMMIT, EXECUTE, HTTP, Died, Edges, Kind
from tests.support.services import BEN, LINE, Core

__all__ = ["hooks", "mails", "wish", "world"]

MAIL = "mail"
WATCHED = {COMMIT, HTTP, MAIL} | ({EXECUTE} if NIGHTLY else set())
MANY = 7


def wanted(world: Core, occasion: str) -> list[Effect]:
    """One of each, and so many texts that they are said as one."""
    ana, ben = world.agent("ana").id, world.agent("ben").id
    texts = [
        SendText(E164(BEN), E164(LINE), f"{occasion}, {number}.", f"{occasion}/{number}", agent_id=ben, can_wait=True)
        for number in range(MANY)
    ]
    return [
        SendEmail(ana, occasion, occasion, f"{occasion}/email"),
        PostToSlack(occasion, f"{occasion}/slack"),
        Announce("notice", {"occasion": occasion}, f"{occasion}/webhook"),
        *texts,
    ]


@contextmanager
def watched(edges: Edges) -> Iterator[None]:
    true = smtplib.SMTP.data

    def data(itself: Any, message: Any) -> Any:
        return edges.cross(MAIL, lambda: true(itself, message), fails=lambda kind: OSError(kind))

    with edges.installed(), patch.object(smtplib.SMTP, "data", data), edges.watching():
        yield


def deliver_all(world: Core) -> None:
    while world.deliver():
        pass


@pytest.mark.parametrize("kind", [Kind.EXIT_BEFORE, Kind.EXIT_AFTER])
def test_r05_dying_at_any_commit_and_outside_call_loses_no_notice_and_repeats_none_unseen(
    world: Core, mails: MailServer, hooks: Receiver, kind: Kind
) -> None:
    with receiver() as crm:
        allowed = world.here.settings.notices.model_copy(update={"allow_hosts": (hooks.place, crm.place)})
        object.__setattr__(world.here.settings, "notices", allowed)
        with world.database.begin() as db:
            crm.secret = subscribe(
                db, url=crm.url, events=(), allow=frozenset({crm.place}), by=person("olive"), now=world.now
            ).secret
        plain = Edges()
        world.want(*wanted(world, "plain"))
        with watched(plain):
            deliver_all(world)
        points = [number for number, name in enumerate(plain.crossed, 1) if name in WATCHED]
        assert len(points) >= 15
        for point in points if NIGHTLY else points[kind is Kind.EXIT_AFTER :: 2]:
            occasion = f"point {point}"
            world.pass_time(3600)
            world.want(*wanted(world, occasion))
            with suppress(Died), watched(Edges(kind, point)):
                deliver_all(world)
            gc.collect()  # A cursor that the traceback kept would hold SQLite's lock on.
            world.database.close()
            world.live(25 * 60, step_s=150)
            _expect_true_books(world, mails, hooks, crm, occasion)
        assert crm.forged == 0
        tried = len(world.rows(announcement_tries))
        assert tried in range(len(crm.bodies) - len(points), len(crm.bodies) + 1), "hardly any try is missing"


def _expect_true_books(world: Core, mails: MailServer, hooks: Receiver, crm: Receiver, occasion: str) -> None:
    states = {item.dedupe_key: item.state for item in world.items() if item.dedupe_key.startswith(occasion + "/")}
    assert set(states.values()) <= {"sent", "unknown"}, states
    mailed = sum(message["Subject"] == occasion for message in mails.messages)
    assert mailed == 1 or (mailed == 0 and states[f"{occasion}/email"] == "unknown")
    posted = sum(f'"{occasion}"'.encode() in body for body in hooks.bodies)
    assert posted in (1, 2), "once more at most"
    assert states[f"{occasion}/slack"] == "sent"
    heard = [ident for said, ident in zip(crm.heard, crm.ids, strict=True) if said["data"]["occasion"] == occasion]
    assert (len(set(heard)), len(heard) in (1, 2)) == (1, True)
    texts = [text.body for text in world.network.texts if f"{occasion}, 0." in text.body]
    members = {states[f"{occasion}/{number}"] for number in range(MANY)}
    assert len(members) == 1, "they went the same way"
    assert len(texts) == 1 or (texts == [] and members == {"unknown"})
