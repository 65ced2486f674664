"""What is looked after, and how often? One line each."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from cadences.pulse import Pulse
from cadences.runner import run_due
from cadences.sweeps import call_backs, calls, duty, leads, sla, tasks, tidying
from sami.calls.deployment import call_settings, delivery_of
from sami.calls.transaction import CallSettings
from sami.carriers.twilio import Carrier
from sami.database.engine import Database
from sami.domain.delivery.heartbeat import EVERY
from sami.domain.delivery.kinds import Track, kinds_on
from sami.lines.nightly import compare_nightly
from sami.outbox.announcer import Announcer
from sami.outbox.delivery import CALL_KINDS, deliver
from sami.outbox.in_doubt import look_up_lost
from sami.outbox.items import Delivery
from sami.settings.loading import Settings
from sami.texts.classifying import classifier_of, classify_next

CLASSIFIED_AT_ONCE = 5
W = TypeVar("W")


@dataclass(frozen=True, slots=True)
class Beat(Generic[W]):
    """Something to look after every so many seconds; `run` gets the worker and this instant."""

    name: str
    every_s: float
    run: Callable[[W, datetime], None]


@dataclass(frozen=True, slots=True)
class Worker:
    """What a beat may use."""

    settings: Settings
    database: Database
    delivery: Delivery
    call_settings: CallSettings
    announcer: Announcer
    pulse: Pulse


def make_worker(settings: Settings, database: Database, carrier: Carrier | None = None) -> Worker:
    delivery = delivery_of(settings, database, carrier)
    announcer, pulse = Announcer(delivery), Pulse()
    return Worker(settings, database, delivery, call_settings(settings), announcer, pulse)


def _deliver_calls(worker: Worker, now: datetime) -> None:
    deliver(worker.delivery, now, kinds=CALL_KINDS)


def _deliver_bot_calls(worker: Worker, now: datetime) -> None:
    """Apart from the legs too: nobody waits on the line for these."""
    deliver(worker.delivery, now, kinds=kinds_on(Track.BOT_CALLS))


def _deliver_rest(worker: Worker, now: datetime) -> None:
    """Apart from the legs: a slow text must not keep a phone from ringing."""
    deliver(worker.delivery, now, kinds=kinds_on(Track.TEXTS))


def _deliver_notices(worker: Worker, now: datetime) -> None:
    """Apart from the texts: a mail server may take half a minute to say nothing."""
    deliver(worker.delivery, now, kinds=kinds_on(Track.NOTICES))


def _classify_texts(worker: Worker, now: datetime) -> None:
    """Apart from everything: whose service it is may take its time."""
    classifier = classifier_of(worker.settings)
    for _ in range(CLASSIFIED_AT_ONCE):
        if classifier is None or not classify_next(worker.database, classifier, now):
            return


def _look_up_lost(worker: Worker, now: datetime) -> None:
    look_up_lost(worker.delivery, now)


def _place_call_backs(worker: Worker, now: datetime) -> None:
    call_backs.place_call_backs(worker.database, worker.call_settings, now)


def _finish_placed(worker: Worker, now: datetime) -> None:
    call_backs.finish_unheard_placed(worker.database, worker.delivery.carrier, worker.call_settings, now)


def _finish_ended(worker: Worker, now: datetime) -> None:
    calls.finish_ended_calls(worker.database, worker.delivery.carrier, worker.call_settings, now)


def _finish_silent(worker: Worker, now: datetime) -> None:
    calls.finish_silent_calls(worker.database, worker.delivery.carrier, worker.call_settings, now)


def _free_talkers(worker: Worker, now: datetime) -> None:
    calls.free_unheard_talkers(worker.database, worker.delivery.carrier, now)


def _look_after_waiting(worker: Worker, now: datetime) -> None:
    calls.look_after_waiting(worker.database, worker.call_settings, now)


def _ask_late_workers(worker: Worker, now: datetime) -> None:
    leads.ask_late_workers(worker.database, worker.settings.workers, now)


def _delete_recordings(worker: Worker, now: datetime) -> None:
    tidying.delete_recordings(worker.database, worker.settings, now)


def _run_cadences(worker: Worker, now: datetime) -> None:
    run_due(worker.database, worker.settings.cadences, now)


def _compare_lines(worker: Worker, now: datetime) -> None:
    compare_nightly(worker.database, worker.delivery.carrier, worker.settings.server.public_url, now)


BEATS: tuple[Beat[Worker], ...] = (
    Beat("heartbeat", EVERY.total_seconds(), lambda worker, now: worker.pulse.write(worker.database, now)),
    Beat("waiting_callers", 1, _look_after_waiting),
    Beat("legs", 1, _deliver_calls),
    Beat("bot_calls", 1, _deliver_bot_calls),
    Beat("texts", 1, _deliver_rest),
    Beat("notices", 2, _deliver_notices),
    Beat("texts_to_classify", 2, _classify_texts),
    Beat("announcements", 1, lambda worker, now: worker.announcer.look(now)),
    Beat("lost_answers", 15, _look_up_lost),
    Beat("ended_offs", 5, lambda worker, now: duty.end_offs(worker.database, now)),
    Beat("empty_teams", 60, lambda worker, now: duty.notice_empty_teams(worker.database, now)),
    Beat("cadences", 5, _run_cadences),
    Beat("waiting_leads", 2, lambda worker, now: leads.assign_waiting(worker.database, now)),
    Beat("sla", 15, lambda worker, now: sla.notice_breaches(worker.database, now)),
    Beat("late_workers", 30, _ask_late_workers),
    Beat("orphaned_leads", 30, lambda worker, now: leads.reassign_orphans(worker.database, now)),
    Beat("reassignments", 30, lambda worker, now: leads.carry_on_reassignments(worker.database, now)),
    Beat("tasks", 15, lambda worker, now: tasks.look_after_tasks(worker.database, now)),
    Beat("failed_actions", 15, lambda worker, now: tasks.retry_actions(worker.database, now)),
    Beat("call_backs", 2, _place_call_backs),
    Beat("ended_calls", 5, _finish_ended),
    Beat("silent_calls", 60, _finish_silent),
    Beat("unheard_placed_calls", 60, _finish_placed),
    Beat("unheard_talks", 60, _free_talkers),
    Beat("left_queues", 300, lambda worker, now: tidying.delete_left_queues(worker.database, now)),
    Beat("old_webhooks", 3600, lambda worker, now: tidying.forget_webhooks(worker.database, now)),
    Beat("old_recordings", 3600, _delete_recordings),
    Beat("lines", 300, _compare_lines),
    Beat("outbox_figures", 15, lambda worker, now: tidying.count_outbox(worker.database, now)),
)
