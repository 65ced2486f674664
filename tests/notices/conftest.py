"""A world whose notices go to servers of this test."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from sami.database.engine import Database
from sami.domain.messages.notices import NoticeChannel, Wishes, read_wishes
from sami.settings.loading import Settings
from sami.store.notices import save_wishes
from tests.notices.mail_server import MailServer, mail_server
from tests.notices.receiver import Receiver, receiver
from tests.support.services import Core, make_network, make_world


@pytest.fixture
def mails() -> Iterator[MailServer]:
    with mail_server() as server:
        yield server


@pytest.fixture
def hooks() -> Iterator[Receiver]:
    with receiver() as server:
        yield server


@pytest.fixture
def world(database: Database, settings: Settings, mails: MailServer, hooks: Receiver) -> Core:
    """An organisation, the phone network, a mail server, and somebody who listens for announcements and as Slack."""
    sections: dict[str, Any] = {
        "mail": {"host": "127.0.0.1", "port": mails.port, "security": "none", "from_address": "sami@example.com"},
        "notices": {"slack_url": hooks.url, "allow_hosts": [hooks.place]},
    }
    made = make_world(database, settings, make_network(settings))
    made.here = replace(made.here, settings=Settings.model_validate(settings.model_dump() | sections))
    return made


@pytest.fixture
def wish(world: Core) -> Callable[..., None]:
    """How an agent wants to be told what can wait."""

    def save(key: str, *channels: NoticeChannel | str, quiet: tuple[str, str] | None = None) -> None:
        wishes: Wishes = read_wishes(channels, *(quiet or (None, None)))
        with world.database.begin() as db:
            save_wishes(db, world.agent(key).id, wishes, at=world.now)

    return save
