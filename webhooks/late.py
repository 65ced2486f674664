"""Requests that were answered without the database, applied once it is back."""

import re

from werkzeug.datastructures import MultiDict

from sami import clock
from sami.calls import flow, late
from webhooks import forms
from webhooks.edge import Edge
from webhooks.forms import Form
from webhooks.spool import SpooledRequest

_DIALLED = re.compile(r"/webhooks/voice/dialled/(\d+)")
_QUEUE = re.compile(r"/webhooks/voice/(?:queue|resume)/(\d+)")
_SAFETY = re.compile(r"/webhooks/voice/safety/(\d+)")


def apply_late(here: Edge, record: SpooledRequest) -> None:
    """Raises what the database raises: the record is then kept and tried again."""
    form: Form = MultiDict(record.form)
    now = clock.utc_now()
    sid, settings = form["CallSid"], here.call_settings
    with here.database.begin(here.settings.server.deadline_s) as db:
        if form.get("To"):
            late.keep_unknown_arrival(db, forms.arrival(form), settings, record.received_at, now)
        if found := _DIALLED.fullmatch(record.path):
            late.keep_dial_end(db, sid, int(found[1]), forms.dial_report(form), settings, now)
        elif _QUEUE.fullmatch(record.path):
            ended = forms.queue_ended(form, 0)
            late.keep_queue_end(db, sid, ended.result, ended.caller_left, settings, now)
        elif found := _SAFETY.fullmatch(record.path):
            phone = here.safety_net.phone_at(form.get("To", ""), int(found[1]) - 1)
            late.keep_fallback_end(db, sid, phone, forms.dial_report(form), settings, now)
        elif record.path.endswith("/recording"):
            flow.keep_recording(db, sid, url=form["RecordingUrl"], settings=settings, now=now)
        else:
            late.keep_arrival(db, forms.arrival(form), settings, record.received_at, now)
