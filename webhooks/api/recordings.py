"""The recording of a call is heard: fetched from Twilio with our credentials, and passed on as it comes."""

import re
from contextlib import ExitStack

from flask import request

from sami.carriers.recordings import RangeRefused, RecordingGone, RecordingUnavailable, open_recording
from sami.domain.access.scopes import Scope
from sami.domain.calls.recordings import recording_sid
from sami.store.calls import find_call
from webhooks.api.door import ApiContext, Stream, answers, gate
from webhooks.api.operations import Operation
from webhooks.api.refusals import NotFound

SOUND = "audio/mpeg"
_RANGE = re.compile(r"bytes=(\d{1,12}-\d{0,12}|-\d{1,12})")


@answers(
    Operation(
        name="hear_recording",
        method="GET",
        path="/calls/<string:call_sid>/recording",
        scope=Scope.RECORDINGS_READ,
        summary="Hear the recording of a call, or the message that was left",
        description="404 where there is none, or no longer. It is as long as Twilio takes to give it; no copy is kept.",
        answers={},
        streams=SOUND,
        refuses=(RecordingGone, RangeRefused, RecordingUnavailable),
        takes={
            "Range": "The part that is wanted, such as bytes=0-65535; anything else than one range of bytes is all."
        },
        gives={
            "Accept-Ranges": "bytes",
            "Content-Range": "Which part it is, with 206.",
        },
    )
)
def hear_recording(context: ApiContext, call_sid: str) -> Stream:
    with context.read() as db:
        call = find_call(db, call_sid)
    settings = context.edge.settings.twilio
    sid = (
        None if call is None or call.recording_url is None else recording_sid(call.recording_url, settings.account_sid)
    )
    if sid is None:
        raise NotFound
    asked = request.headers.get("Range", "")
    with ExitStack() as stack:
        # The thread is busy until the last part was given, which is after this place was left.
        stack.callback(gate().hold_room())
        with gate().away():
            sound = open_recording(settings, sid, range_=asked if _RANGE.fullmatch(asked) else None)
        stack.callback(sound.close)
        headers = {name: value for name, value in sound.headers.items() if name != "Content-Type"}
        return Stream(sound.parts, SOUND, stack.pop_all().close, sound.status, headers)
