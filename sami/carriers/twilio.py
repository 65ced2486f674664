"""The door of Twilio's REST API: what we ask of it, and what its answers were, in our own words.

Import it when a process starts, never in a voice handler: the library behind it takes a third of a second to load.
"""

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from urllib.parse import urlsplit, urlunsplit

from twilio.http import HttpClient  # noqa: TID251 - the door
from twilio.http.http_client import TwilioHttpClient  # noqa: TID251 - the door
from twilio.http.response import Response  # noqa: TID251 - the door
from twilio.rest import Client  # noqa: TID251 - the door

from sami import logs
from sami.carriers.twilio_answers import answer_in
from sami.domain.delivery.answers import Accepted, NotCarried, Refused, why_not
from sami.domain.delivery.carrier_codes import Meaning, meaning_for_call
from sami.domain.delivery.carrier_words import OVER, CallDirection, CallStatus, CarrierWord, MessageStatus
from sami.errors import SamiError
from sami.settings.sections import TwilioSettings

LEG_EVENTS = ["initiated", "ringing", "answered", "completed"]
# Their clock and ours differ a little, and theirs shows whole seconds.
CLOCKS_DIFFER = timedelta(minutes=1)
LOOK_BACK_MAX = 200
WORD_LOGGED = 40
TRIAL_PREFIX = "Sent from your Twilio trial account - "

W = TypeVar("W", bound=CarrierWord)

_log = logs.logger(__name__)
# The library logs every request with its parameters; ours say what matters, without phones.
_quiet = logging.getLogger("sami.carriers.twilio.http")
_quiet.setLevel(logging.WARNING)


class CarrierError(SamiError):
    """The carrier did not, or perhaps did not, do what was asked."""

    code = "carrier_error"
    status = 502

    def __init__(self, answer: NotCarried) -> None:
        super().__init__(why_not(answer))
        self.answer = answer


class NotConfigured(SamiError):
    """Twilio's account and token are not set, so nothing can be asked of it."""

    code = "carrier_not_configured"


@dataclass(frozen=True, slots=True)
class CallNews:
    """What Twilio knows of a call or leg. `ended_at` None: it goes on."""

    status: CallStatus
    ended_at: datetime | None

    @property
    def is_over(self) -> bool:
        return self.status in OVER or self.ended_at is not None


class _Http(TwilioHttpClient):  # type: ignore[misc]  # The library is not typed.
    """Twilio's client with a timeout and another address: neither `edge` nor `region` can name a host of ours.

    Twilio has a host for each product. Where `api_url` is one of Twilio's, the others are its neighbours, in the same
    region; a test double answers for all of them at one address.
    """

    def __init__(self, api_url: str, timeout_s: float) -> None:
        super().__init__(timeout=timeout_s, logger=_quiet)
        self._base = urlsplit(api_url)

    def request(self, method: str, url: str, *args: Any, **kwargs: Any) -> Response:
        asked = urlsplit(url)
        base = self._base
        netloc, is_twilios = base.netloc, re.fullmatch(r"api(\.[a-z0-9.-]+)?\.twilio\.com", base.netloc)
        if is_twilios:
            netloc = asked.netloc.partition(".")[0] + base.netloc.removeprefix("api")
        path = base.path.rstrip("/") + asked.path
        return super().request(method, urlunsplit((base.scheme, netloc, path, asked.query, "")), *args, **kwargs)


class Carrier:
    """Every method raises CarrierError with what became of the request. Any thread may use it."""

    def __init__(self, settings: TwilioSettings, http: HttpClient | None = None) -> None:
        self.is_configured = bool(settings.account_sid and settings.auth_tokens)
        self.timeout_s = settings.timeout_s
        self._client: Client | None = None
        if self.is_configured:
            token = settings.auth_tokens[0].get_secret_value()
            http = http or _Http(settings.api_url, settings.timeout_s)
            # An environment of its own: TWILIO_EDGE and the like of somebody else's must not change ours.
            self._client = Client(settings.account_sid, token, http_client=http, environment={"": ""})

    def create_call(
        self,
        *,
        to: str,
        from_: str,
        url: str,
        status_callback: str,
        timeout_s: int,
        time_limit_s: int,
        call_token: str | None = None,
        fallback_url: str | None = None,
        machine_detection: str | None = None,
    ) -> str:
        """The new leg's SID. `from_` is a line of ours, or the caller's number with the token of their call.

        `machine_detection`: "Enable" tells at once who answers, "DetectMessageEnd" waits for a machine's beep.
        """
        asked = {"call_token": call_token, "fallback_url": fallback_url, "machine_detection": machine_detection}
        optional: dict[str, Any] = {name: value for name, value in asked.items() if value is not None}
        with self.asked() as client:
            call = client.calls.create(
                to=to,
                from_=from_,
                url=url,
                status_callback=status_callback,
                status_callback_event=LEG_EVENTS,
                timeout=timeout_s,
                time_limit=time_limit_s,
                **optional,
            )
            return _sid(call.sid)

    def end_call(self, sid: str) -> None:
        with self.asked() as client:
            client.calls(sid).update(status=CallStatus.COMPLETED.value)

    def redirect_call(self, sid: str, url: str) -> None:
        with self.asked() as client:
            client.calls(sid).update(url=url, method="POST")

    def send_text(self, *, to: str, from_: str, body: str, status_callback: str) -> Accepted:
        with self.asked() as client:
            text = client.messages.create(to=to, from_=from_, body=body, status_callback=status_callback)
            return Accepted(_sid(text.sid), _word(MessageStatus, text.status or MessageStatus.QUEUED))

    def find_text(
        self, *, to: str, from_: str, body: str, since: datetime, known: frozenset[str] = frozenset()
    ) -> Accepted | None:
        """The newest such text after an instant, but for those whose SIDs are known to belong to others."""
        with self.asked() as client:
            for text in client.messages.stream(to=to, from_=from_, limit=LOOK_BACK_MAX):
                if not _is_since(text.date_created, since):
                    return None
                if text.sid not in known and (text.body or "").removeprefix(TRIAL_PREFIX).strip() == body.strip():
                    return Accepted(_sid(text.sid), _word(MessageStatus, text.status or MessageStatus.QUEUED))
        return None

    def find_call(self, *, to: str, from_: str, since: datetime, known: frozenset[str] = frozenset()) -> str | None:
        """The newest call we created to this phone after an instant, but for those whose SIDs are known."""
        with self.asked() as client:
            for call in client.calls.stream(to=to, from_=from_, limit=LOOK_BACK_MAX):
                if not _is_since(call.date_created, since):
                    return None
                if call.direction == CallDirection.OUTBOUND_API and call.sid not in known:
                    return _sid(call.sid)
        return None

    def call_status(self, sid: str) -> CallStatus | None:
        """None for a call that Twilio does not know."""
        news = self.call_news(sid)
        return None if news is None else news.status

    def call_news(self, sid: str) -> CallNews | None:
        try:
            with self.asked() as client:
                call = client.calls(sid).fetch()
                return CallNews(_word(CallStatus, str(call.status)), call.end_time)
        except CarrierError as error:
            if isinstance(error.answer, Refused) and meaning_for_call(error.answer.code) is Meaning.GONE:
                return None
            raise

    def delete_queue(self, friendly_name: str) -> None:
        """Nothing happens where no queue has this name. Twilio cannot look one up by name, so all are listed."""
        with self.asked() as client:
            for queue in client.queues.stream(page_size=1000):
                if queue.friendly_name == friendly_name:
                    client.queues(_sid(queue.sid)).delete()
                    return

    def delete_recording(self, sid: str) -> None:
        """Nothing happens where it is gone."""
        try:
            with self.asked() as client:
                client.recordings(sid).delete()
        except CarrierError as error:
            if not (isinstance(error.answer, Refused) and meaning_for_call(error.answer.code) is Meaning.GONE):
                raise

    @contextmanager
    def asked(self) -> Iterator[Client]:
        """Twilio's library, for this room alone: whatever it raises becomes a CarrierError."""
        if self._client is None:
            raise NotConfigured
        try:
            yield self._client
        except Exception as error:
            raise CarrierError(answer_in(error)) from error


def _is_since(created: datetime | None, since: datetime) -> bool:
    """A row without a date is as new as any."""
    if created is None:
        return True
    aware = created if created.tzinfo is not None else created.replace(tzinfo=UTC)
    return aware >= since - CLOCKS_DIFFER


def _word(words: type[W], written: str) -> W:
    """A word that nobody knows here is logged, and is no fault."""
    word = words(written)
    if word != written:
        _log.warning("Twilio answers with an unknown word.", word=written[:WORD_LOGGED])
    return word


def _sid(sid: str | None) -> str:
    if not sid:
        raise ValueError("the answer names nothing")
    return sid
