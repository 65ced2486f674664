"""Requests that were answered without the database, applied once it is back."""

import logging
import re
from datetime import datetime, timedelta

from sqlalchemy import Connection
from werkzeug.datastructures import MultiDict

from sami import clock
from sami.calls import inbound, late_results
from webhooks.twilio import form_fields
from webhooks.twilio.edge import TwilioEdge
from webhooks.twilio.form_fields import Form
from webhooks.twilio.spool import SpooledRequest

_DIALLED = re.compile(r"/webhooks/voice/dialled/(\d+)")
_QUEUE = re.compile(r"/webhooks/voice/(?:queue|resume)/(\d+)")
_SAFETY = re.compile(r"/webhooks/voice/safety/(\d+)")
# Whoever picked up, and any key of theirs: after a fault there we hang up on them.
_ASKED = re.compile(r"/webhooks/voice/leg/(\w+)(?:/key(?:/\d+)?)?")


RECORDING_WAITS = timedelta(days=1)

_log = logging.getLogger(__name__)


def apply_late(edge: TwilioEdge, record: SpooledRequest) -> bool:
    """False for a recording that came before its call. Raises what the database raises: the record is tried again."""
    form: Form = MultiDict(record.form)
    now = clock.utc_now()
    sid, settings = form["CallSid"], edge.call_settings
    with edge.database.begin() as db:
        if found := _ASKED.fullmatch(record.path):
            late_results.keep_unheard_key(db, found[1], sid, form.get("Digits", ""), settings, record.received_at, now)
            return True
        if form_fields.line_of(form):
            late_results.keep_unknown_arrival(db, form_fields.arrival(form), settings, record.received_at, now)
        if found := _DIALLED.fullmatch(record.path):
            late_results.keep_dial_end(db, sid, int(found[1]), form_fields.dial_report(form), settings, now)
        elif _QUEUE.fullmatch(record.path):
            ended = form_fields.queue_ended(form, 0)
            late_results.keep_queue_end(db, sid, ended.result, ended.caller_left, settings, record.received_at, now)
        elif found := _SAFETY.fullmatch(record.path):
            phone = edge.safety_net.phone_at(form_fields.line_of(form), int(found[1]) - 1)
            late_results.keep_fallback_end(db, sid, phone, form_fields.dial_report(form), settings, now)
        elif record.path.endswith("/recording"):
            return _keep_recording(db, edge, record, form["RecordingUrl"], now)
        else:
            late_results.keep_arrival(db, form_fields.arrival(form), settings, record.received_at, now)
    return True


def is_asking(path: str) -> bool:
    """A request of a rung phone whose person has not taken the call yet."""
    return _ASKED.fullmatch(path) is not None


def _keep_recording(db: Connection, edge: TwilioEdge, record: SpooledRequest, url: str, now: datetime) -> bool:
    """Its arrival may lie in another process's spool; what nobody ever called with is given up, and said."""
    try:
        inbound.keep_recording(db, record.call_sid, url=url, settings=edge.call_settings, now=now)
    except inbound.CallUnknown:
        if now - record.received_at < RECORDING_WAITS:
            return False
        _log.error("recording_of_no_call", extra={"call_sid": record.call_sid})
    return True
