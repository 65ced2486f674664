"""What a web process looks after beside answering: a fresh safety net, what it spooled, the database's upkeep."""

import logging
import threading
from collections.abc import Callable

from sami import clock, metrics
from sami.database.away import DatabaseAway
from sami.doctor.installation import keep_installation
from sami.domain.language.hours import prepare
from sami.domain.organisation.document import Bot
from sami.domain.organisation.sentences import sentence
from sami.helper_threads import start_helper
from sami.store.facts import Directory, read_directory
from sami.store.refused_webhooks import add_refusals
from webhooks.twilio.edge import TwilioEdge
from webhooks.twilio.safety_net import SafetyLine, SafetyNumber
from webhooks.twilio.spool_replay import apply_late

EVERY_S = 2.0  # A change of the organisation reaches memory and file within five seconds (R1).

_log = logging.getLogger(__name__)


class Background:
    """One daemon thread. It ends with the process; nothing it does is needed for an answer."""

    def __init__(self, edge: TwilioEdge) -> None:
        self._edge = edge
        self._seen: Directory | None = None
        self._knows_installation = False

    def start(self) -> None:
        start_helper("background", self._run)

    def once(self) -> None:
        """Every duty, each failing alone."""
        for duty in self._duties():
            try:
                duty()
            except DatabaseAway as away:
                _log.info("background_waits", extra={"reason": str(away)})
            except Exception:
                _log.exception("background_failed")

    def _duties(self) -> tuple[Callable[[], None], ...]:
        here = self._edge
        return (
            self._refresh_safety_net,
            self._replay_spool,
            here.database.tend,
            self._write_refusals,
            self._measure,
            self._keep_installation,
        )

    def _run(self) -> None:
        pause = threading.Event()
        while not pause.wait(EVERY_S):
            self.once()

    def _refresh_safety_net(self) -> None:
        with self._edge.database.read() as db:
            directory = read_directory(db)
        if directory is self._seen:
            return
        self._edge.safety_net.refresh(safety_lines(directory))
        # The first look at a holiday calendar takes half a second: not while a caller waits.
        for agent in directory.file.agents:
            prepare(directory.schedule_of(agent.key), clock.utc_now())
        self._seen = directory

    def _replay_spool(self) -> None:
        if self._edge.spool.has_waiting() and not self._edge.database.is_away:
            done = self._edge.spool.replay(lambda record: apply_late(self._edge, record))
            _log.info("spool_replayed", extra={"records": done})

    def _write_refusals(self) -> None:
        """So that `sami doctor` can tell of them; without the database they are counted on in memory."""
        counted = self._edge.refused.take()
        if not counted:
            return
        try:
            with self._edge.database.begin() as db:
                add_refusals(db, counted)
        except Exception:
            self._edge.refused.give_back(counted)
            raise

    def _keep_installation(self) -> None:
        """Which database this machine works with, so that `sami doctor` can tell when it was replaced by another."""
        if self._knows_installation:
            return
        try:
            keep_installation(self._edge.database, self._edge.settings.local_dir)
        except OSError as failure:
            _log.warning(
                "installation_not_kept", extra={"reason": str(failure)}
            )  # Once: a full disk stays full a while.
        self._knows_installation = True

    def _measure(self) -> None:
        metrics.database_away.set(self._edge.database.is_away)
        metrics.spool_records.set(self._edge.spool.records())


def safety_lines(directory: Directory) -> list[SafetyLine]:
    organisation = directory.organisation.name
    return [_safety_line(line.phone, directory.bot_of(line.phone), organisation) for line in directory.file.lines]


def _safety_line(phone: str, bot: Bot | None, organisation: str) -> SafetyLine:
    numbers = [SafetyNumber(number.phone, number.confirm) for number in (bot.fallback if bot else ())]
    if bot is not None and bot.behaviour == "number" and bot.number is not None:
        numbers.insert(0, SafetyNumber(bot.number))
    apology = sentence(bot, "apology") + " " + sentence(bot, "leave_message")
    return SafetyLine(
        line=phone,
        numbers=tuple(numbers),
        hold=sentence(bot, "greeting", organisation=organisation),
        apology=apology,
        sorry=sentence(bot, "placed_apology"),
        voice=(bot.voice if bot else None) or "",
        language=bot.language if bot else "",
    )
