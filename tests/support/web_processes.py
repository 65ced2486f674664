"""One web process as the phone network meets it, here or in a process of its own: signed requests in, answers out."""

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime
from multiprocessing.connection import Connection as Pipe
from typing import Self
from urllib.parse import urlencode

from sami import clock
from sami.settings.loading import Settings
from tests.support.patience import patient
from tests.support.processes import CONTEXT
from webhooks.app import create_app
from webhooks.simulator.signing import Form, sign


@dataclass(frozen=True, slots=True)
class Posted:
    """A request of the network. `dies` means that the process ends after its commit and before its answer."""

    path: str
    form: Form
    at: datetime
    dies: bool = False


@dataclass(frozen=True, slots=True)
class Said:
    status: int
    body: str


class WebProcess:
    """The application and its memory. What it would say outside is left to whoever plays the worker.

    Its database is patient: whoever waits for a lock longer than a caller should is answered by the safety net, and
    what is said then is R1's matter.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.nudged = 0
        self._now: datetime | None = None
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        self._stack.enter_context(clock.use(self._time))
        self.app = create_app(self.settings, legs_sender=self, background=False)
        edge = self.app.extensions["sami"]
        edge.database.close()
        database = patient(self.settings.database_url)
        self.app.extensions["sami"] = replace(edge, database=database)
        self._stack.callback(database.close)
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def nudge(self) -> None:
        self.nudged += 1

    def answer_together(self, posted: Sequence[Posted]) -> list[Said]:
        """Each in a thread of its own."""
        with ThreadPoolExecutor(len(posted)) as threads:
            return list(threads.map(self.answer, posted))

    def answer(self, posted: Posted) -> Said:
        self._now = posted.at
        token = self.settings.twilio.auth_tokens[0].get_secret_value()
        response = self.app.test_client().post(
            posted.path,
            data=urlencode(posted.form),
            headers={"X-Twilio-Signature": sign(token, self.settings.public_url + posted.path, posted.form)},
            content_type="application/x-www-form-urlencoded",
        )
        return Said(response.status_code, response.get_data(as_text=True))

    def _time(self) -> datetime:
        # Read once while the application is made, before anything was posted.
        return self._now or datetime.fromisoformat("2026-01-01T00:00:00+00:00")


class OtherProcess:
    """A web process of its own: several requests posted at once are answered at once, by threads.

    It takes seconds to start, so it is started once and opened on one database after the other.
    """

    def __init__(self) -> None:
        self._pipe, theirs = CONTEXT.Pipe()
        self._process = CONTEXT.Process(target=_serve, args=(theirs,), daemon=True)
        self._process.start()
        theirs.close()

    def open(self, settings: Settings) -> None:
        self._pipe.send(settings)

    def post(self, *posted: Posted) -> None:
        self._pipe.send(posted)

    def hear(self) -> list[Said] | None:
        """None where the process died before it answered."""
        said: list[Said] | None = self._pipe.recv()
        return said

    def stop(self) -> None:
        self._pipe.close()
        self._process.join(timeout=10)


@contextmanager
def two_processes() -> Iterator[tuple[OtherProcess, OtherProcess]]:
    both = OtherProcess(), OtherProcess()
    yield both
    for process in both:
        process.stop()


def ask_all(processes: Sequence[OtherProcess], posted: Sequence[Posted]) -> list[Said]:
    """All at once, dealt to the processes in turn; the answers in the order of the requests."""
    asked = processes[: len(posted)]
    for number, process in enumerate(asked):
        process.post(*posted[number :: len(asked)])
    said: list[Said | None] = [None] * len(posted)
    for number, process in enumerate(asked):
        said[number :: len(asked)] = process.hear() or []
    assert None not in said, "no process of these dies"
    return [one for one in said if one is not None]


def _serve(pipe: Pipe) -> None:
    with ExitStack() as stack, suppress(EOFError):
        while True:
            asked: Settings | Sequence[Posted] = pipe.recv()
            if isinstance(asked, Settings):
                stack.close()
                web = stack.enter_context(WebProcess(asked))
            elif any(one.dies for one in asked):
                _die_with(asked, web.settings)
                pipe.send(None)
            else:
                pipe.send(web.answer_together(asked))


def _die_with(posted: Sequence[Posted], settings: Settings) -> None:
    """A web process like this one, forked because starting one takes seconds, ends after its commit."""
    child = os.fork()
    if child == 0:
        WebProcess(settings).__enter__().answer_together(posted)
        os._exit(9)
    os.waitpid(child, 0)
