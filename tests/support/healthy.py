"""A SAMI to which nothing is missing: connected lines, a worker that lives, a backup of today, behind a proxy."""

import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from sami.domain.language.actor import person
from sami.settings.loading import Settings
from sami.store.backups import note_backup
from sami.store.heartbeats import note_heartbeat
from tests.support.cast import agent, desk, olive, organisation
from tests.support.twilio_server import rest_of, served
from tests.support.world import World
from webhooks.cli import commands

ACCOUNT = "AC" + "0" * 32
Wsgi = Callable[[dict[str, Any], Any], Iterable[bytes]]


@dataclass
class Proxy:
    """What stands between us and the outside; `spoils` is what it does to a request on its way."""

    app: Wsgi | None = None
    spoils: Callable[[dict[str, Any]], None] = field(default=lambda environ: None)
    is_known: bool = True
    """Whether it says for whom it asks."""

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        if self.is_known:
            environ["HTTP_X_FORWARDED_FOR"] = "203.0.113.9"
        self.spoils(environ)
        assert self.app is not None
        return self.app(environ, start_response)


@dataclass
class Healthy:
    world: World
    proxy: Proxy
    settings: Settings
    environment: pytest.MonkeyPatch
    """What commands are told; set back by itself."""

    @property
    def network(self) -> Any:
        return self.world.network

    def do(self, act: Callable[[Any], object]) -> None:
        with self.world.database.begin() as db:
            act(db)

    def look(self) -> list[dict[str, Any]]:
        """What `sami doctor --json` prints."""
        told = CliRunner().invoke(commands, ["doctor", "--json"])
        document = json.loads(told.stdout)
        assert document["ok"] == all(check["ok"] for check in document["checks"]) == (told.exit_code == 0)
        found: list[dict[str, Any]] = document["checks"]
        return found


@contextmanager
def healthy(settings: Settings, environment: pytest.MonkeyPatch, config: Path) -> Iterator[Healthy]:
    proxy, twilio = Proxy(), Proxy()
    with served(proxy) as url, served(twilio) as api_url:
        server = settings.server.model_copy(update={"public_url": url})
        theirs = settings.twilio.model_copy(update={"api_url": api_url})
        settings = settings.model_copy(update={"server": server, "twilio": theirs})
        file = organisation(agents=[agent("ana"), agent("ben"), olive()], bot={"fallback": [desk()]})
        with World(settings, file) as world:
            proxy.app, twilio.app = world.app, rest_of(world.network)
            config.write_text(
                f'[server]\npublic_url = "{url}"\ndata_dir = "{server.data_dir}"\n'
                f'[database]\nurl = "{settings.database_url}"\n'
                f'[twilio]\naccount_sid = "{ACCOUNT}"\nauth_tokens = ["a-made-up-token"]\napi_url = "{api_url}"\n'
                '[fallback]\nnumbers = ["+15125550190"]\n'
            )
            environment.setenv("SAMI_CONFIG", str(config))
            with world.database.begin() as db:
                note_heartbeat(db, worker="here/1", release="1", started_at=world.now, now=world.now)
                note_backup(db, file="sami.backup", row_count=1, by=person("olive"), at=world.now)
            yield Healthy(world, proxy, settings, environment)
