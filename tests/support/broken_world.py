"""A world in which one request, or the database, fails at a chosen instant, and the call is played on to its end."""

import gc
from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from werkzeug.exceptions import HTTPException

from sami.database.away import DatabaseAway
from sami.settings.loading import Settings
from sami.store.work import tasks_of_call
from tests.support.edges import NUDGE, Died, Edges, Kind
from tests.support.world import World
from webhooks.app import create_app
from webhooks.simulator.client import Answer, ConnectionFailed
from webhooks.simulator.network import SimulatedCall
from webhooks.twilio.background import Background


class BrokenWorld(World):
    """The first request to `endpoint` is watched by `edges`; those to `unanswered` get no answer of ours at all.

    `away`: the database file is gone from the watched request on. An empty organisation: the database has one.
    """

    def __init__(
        self,
        settings: Settings,
        organisation: str,
        *,
        endpoint: str,
        edges: Edges | None = None,
        unanswered: Iterable[str] = (),
        away: bool = False,
        seed: int = 0,
    ) -> None:
        self.endpoint = endpoint
        self.edges = edges or Edges()
        self.unanswered = set(unanswered)
        self._has_fallen_back = bool(self.unanswered)  # The fallback URL is asked for once in a call.
        self.away = away
        self.watched: Answer | None = None
        self.was_asked = False
        self.left_in_spool: list[str] = []
        self.tasks: list[Any] = []
        self.statuses: list[tuple[str, int]] = []
        super().__init__(settings, organisation, seed=seed, beats=(), forgives=("faults",))
        self._stack.enter_context(self.edges.installed())
        self._urls = self.app.url_map.bind("")

    def nudge(self) -> None:
        self.edges.cross(NUDGE, super().nudge, fails=lambda kind: OSError(kind))

    def reached_somebody(self, call: SimulatedCall) -> bool:
        """The caller spoke with a person, or left a message."""
        return bool(call.joined) or any("a recording of" in line for line in call.story)

    def restart(self) -> None:
        """The process is gone with all it knew; the kernel has taken its locks; another one starts."""
        self._bury()
        gc.collect()  # A cursor that the traceback kept would hold SQLite's lock on.
        self.app = create_app(self.settings, legs_sender=self, background=False)
        self.client = self.app.test_client()

    def _publish(self, organisation: str, at: datetime) -> None:
        if organisation:
            super()._publish(organisation, at)

    def take_database_away(self) -> None:
        for path in self._database_files():
            path.rename(path.with_name(f"away-{path.name}"))

    def bring_database_back(self) -> None:
        file = self.settings.embedded_database
        assert file is not None
        for path in file.parent.glob("away-*"):
            path.rename(path.with_name(path.name.removeprefix("away-")))

    def _send_legs(self) -> None:
        with suppress(DatabaseAway):
            super()._send_legs()

    def settle(self) -> None:
        """The database is there again, and the web process's own thread has looked after what it spooled."""
        if self.away:
            self.bring_database_back()
        self.edge.database.close()
        Background(self.edge).once()
        spool = self.settings.local_dir / "spool"
        self.left_in_spool = [line for path in spool.glob("*.jsonl") for line in path.read_text().splitlines()]
        with self.database.read() as db:
            self.tasks = [task for call in self.network.calls for task in tasks_of_call(db, call.sid)]

    def __exit__(self, *failed: Any) -> None:
        self._bury()
        super().__exit__(*failed)

    def _post(self, url: str, form: Any, headers: dict[str, str]) -> Answer:
        endpoint = self._endpoint_of(url)
        if endpoint in self.unanswered:
            self.unanswered.discard(endpoint)
            return Answer(502, "text/html", b"Bad gateway")
        if endpoint == self.endpoint and not self.was_asked:
            self.was_asked = True
            answer = self._post_watched(url, form, headers)
            self.watched = answer
        else:
            answer = super()._post(url, form, headers)
        self.statuses.append((endpoint, answer.status))
        return answer

    def _post_watched(self, url: str, form: Any, headers: dict[str, str]) -> Answer:
        if self.away:
            self.take_database_away()
        with suppress(Died), self.edges.watching():
            return super()._post(url, form, headers)
        self.restart()
        if self.edges.kind is Kind.EXIT_AFTER or self._has_fallen_back:
            raise ConnectionFailed("the process died")  # Asked once more.
        return Answer(502, "text/html", b"Bad gateway")  # A proxy stands before us: not asked again.

    def _endpoint_of(self, url: str) -> str:
        try:
            endpoint, _ = self._urls.match(urlsplit(url).path, method="POST")
            return str(endpoint)
        except HTTPException:
            return ""

    def _bury(self) -> None:
        for file in (self.edge.spool._current, *self.edge.spool._sealed):
            if file is not None:
                file.close()
        self.edge.spool._current, self.edge.spool._sealed = None, []
        self.edge.database.close()

    def _database_files(self) -> list[Path]:
        file = self.settings.embedded_database
        assert file is not None
        ours = [file, Path(f"{file}-wal"), Path(f"{file}-shm")]
        return [path for path in ours if path.exists()]
