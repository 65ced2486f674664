"""What does Twilio's REST API answer? Any client, of any thread; what it causes happens on the timeline."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import format_datetime
from urllib.parse import parse_qsl, urlsplit

from webhooks.simulator.legs import Exchange, Queue
from webhooks.simulator.rest.calls import create_call, find_leg, list_calls, shape_call, update_call
from webhooks.simulator.rest.faults import RestAnswer, RestFaults, answer_with
from webhooks.simulator.rest.numbers import find_number, list_numbers, shape_number, update_number
from webhooks.simulator.rest.recordings import (
    MediaAnswer,
    delete_recording,
    find_recording,
    give_sound,
    list_recordings,
    shape_recording,
)
from webhooks.simulator.rest.registrations import Registrations, read_registrations
from webhooks.simulator.rest.shapes import Fields, Json, Refused, not_found, page, rfc2822
from webhooks.simulator.rest.texts import create_message, find_message, list_messages
from webhooks.simulator.signing import Form

Auth = tuple[str, str] | None


@dataclass(frozen=True, slots=True)
class RestRequest:
    """One request of the program, and the status it was given; None when the answer was lost."""

    at: datetime
    method: str
    path: str
    form: Form
    status: int | None


class Rest:
    def __init__(self, exchange: Exchange, auth_token: str) -> None:
        self.faults = RestFaults()
        self.requests: list[RestRequest] = []
        self.creates_per_s: float | None = None
        """More calls than this are refused with 429."""
        self.starts_per_s: float | None = None
        """More calls than this are accepted and wait their turn, as on a new account."""
        self.listing_delay_s = 0.0
        """How long a text is missing from the list."""
        self.clock_ahead = timedelta()
        """How far the clock that answers are dated by is ahead of the network's."""
        self.registrations = Registrations()
        self._exchange = exchange
        self._tokens = {auth_token}
        self._created: list[datetime] = []
        self._next_start_at = exchange.timeline.now
        self._lock = threading.RLock()

    def accept_token(self, token: str) -> None:
        self._tokens.add(token)

    def handle(self, method: str, path: str, form: Form, auth: Auth) -> RestAnswer:
        """Raises ConnectionRefusedError, ConnectionResetError or TimeoutError where a fault says so."""
        target = urlsplit(path)
        fields = Fields([*parse_qsl(target.query, keep_blank_values=True), *form])
        status: int | None = None
        with self._lock:
            try:
                answer = self._answer_or_fail(method, target.path, fields, auth)
                status = answer[0]
            finally:
                at = self._exchange.timeline.now
                self.requests.append(RestRequest(at, method, target.path, fields.form, status))
        return answer

    def give_sound(self, path: str, range_: str | None, auth: Auth) -> MediaAnswer:
        """What stands at a recording's own address. Raises as `handle` does."""
        with self._lock:
            fault = self.faults.draw("GET", path)
            if fault is not None:
                status, headers, body = answer_with(fault, lambda: (200, {}, ""))
                return status, headers, body.encode()
            try:
                self._check(auth)
                return give_sound(self._exchange, path, range_)
            except Refused as refused:
                return refused.status, {"Content-Type": "application/json"}, json.dumps(refused.body).encode()

    def _answer_or_fail(self, method: str, path: str, fields: Fields, auth: Auth) -> RestAnswer:
        fault = self.faults.draw(method, path)
        if fault is None:
            return self._answer(method, path, fields, auth)
        return answer_with(fault, lambda: self._answer(method, path, fields, auth))

    def _answer(self, method: str, path: str, fields: Fields, auth: Auth) -> RestAnswer:
        try:
            self._check(auth)
            about = self._read_account(path, fields) if method == "GET" else None
            status, body = (200, about) if about is not None else self._route(method, path, fields)
        except Refused as refused:
            status, body = refused.status, refused.body
        text = "" if body is None else json.dumps(body)
        date = format_datetime(self._exchange.timeline.now + self.clock_ahead, usegmt=True)
        return status, {"Content-Type": "application/json", "Date": date}, text

    def _check(self, auth: Auth) -> None:
        if auth is None or auth[0] != self._exchange.account_sid or auth[1] not in self._tokens:
            raise Refused(401, 20003, "Authenticate")

    def _read_account(self, path: str, fields: Fields) -> Json | None:
        """What is asked of the account itself and of its standing with carriers; None for everything else."""
        if path.startswith("/v1/"):
            return read_registrations(self._exchange, self.registrations, path, fields)
        is_account = path == f"/2010-04-01/Accounts/{self._exchange.account_sid}.json"
        return _shape_account(self._exchange) if is_account else None

    def _route(self, method: str, path: str, fields: Fields) -> tuple[int, Json | None]:
        exchange = self._exchange
        prefix = f"/2010-04-01/Accounts/{exchange.account_sid}/"
        if not path.startswith(prefix) or not path.endswith(".json"):
            raise not_found(path)
        match method, path.removeprefix(prefix).removesuffix(".json").split("/"):
            case "POST", ["Calls"]:
                return 201, create_call(exchange, fields, self._admit_call())
            case "GET", ["Calls"]:
                return 200, list_calls(exchange, path, fields)
            case "POST", ["Calls", sid]:
                return 200, update_call(exchange, path, sid, fields)
            case "GET", ["Calls", sid]:
                return 200, shape_call(find_leg(exchange, path, sid))
            case "POST", ["Messages"]:
                return 201, create_message(exchange, fields)
            case "GET", ["Messages"]:
                return 200, list_messages(exchange, path, fields, self.listing_delay_s)
            case "GET", ["Messages", sid]:
                return 200, find_message(exchange, path, sid)
            case _, [("Recordings" | "IncomingPhoneNumbers") as kept, *sids]:
                route = self._route_recordings if kept == "Recordings" else self._route_numbers
                return route(method, path, sids, fields)
            case _:
                return self._route_queues(method, path, fields)

    def _route_numbers(self, method: str, path: str, sids: list[str], fields: Fields) -> tuple[int, Json | None]:
        """Listed, read and changed; none is bought or given back here."""
        exchange = self._exchange
        match method, sids:
            case "GET", []:
                return 200, list_numbers(exchange, path, fields)
            case "GET", [sid]:
                return 200, shape_number(exchange, find_number(exchange, path, sid))
            case "POST", [sid]:
                return 200, update_number(exchange, path, sid, fields)
            case _:
                raise not_found(path)

    def _route_recordings(self, method: str, path: str, sids: list[str], fields: Fields) -> tuple[int, Json | None]:
        exchange = self._exchange
        match method, sids:
            case "GET", []:
                return 200, list_recordings(exchange, path, fields)
            case "GET", [sid]:
                return 200, shape_recording(exchange, find_recording(exchange, path, sid))
            case "DELETE", [sid]:
                delete_recording(exchange, path, sid)
                return 204, None
            case _:
                raise not_found(path)

    def _route_queues(self, method: str, path: str, fields: Fields) -> tuple[int, Json | None]:
        queues = self._exchange.queues
        match method, path.rsplit("/", 2)[-2:]:
            case "GET", [_, "Queues.json"]:
                return 200, page(path, "queues", list(queues.values()), self._shape_queue, fields)
            case "GET", ["Queues", file]:
                return 200, self._shape_queue(self._find_queue(path, file))
            case "DELETE", ["Queues", file]:
                queue = self._find_queue(path, file)
                if queue.members:
                    raise Refused(400, 22003, "Queue is not empty")
                del queues[queue.name]
                return 204, None
            case _:
                raise not_found(path)

    def _find_queue(self, path: str, file: str) -> Queue:
        for queue in list(self._exchange.queues.values()):
            if queue.sid == file.removesuffix(".json"):
                return queue
        raise not_found(path)

    def _shape_queue(self, queue: Queue) -> Json:
        account = self._exchange.account_sid
        return {
            "sid": queue.sid,
            "account_sid": account,
            "friendly_name": queue.name,
            "current_size": len(queue.members),
            "max_size": 1000,
            "average_wait_time": 0,
            "date_created": rfc2822(queue.created_at),
            "date_updated": rfc2822(queue.created_at),
            "uri": f"/2010-04-01/Accounts/{account}/Queues/{queue.sid}.json",
            "subresource_uris": {},
        }

    def _admit_call(self) -> float:
        """Within the account's rate, or 429; answers how long the call waits for its turn."""
        now = self._exchange.timeline.now
        self._created = [at for at in self._created if now - at < timedelta(seconds=1)]
        if self.creates_per_s is not None and len(self._created) >= self.creates_per_s:
            raise Refused(429, 20429, "Too Many Requests")
        self._created.append(now)
        if self.starts_per_s is None:
            return 0.0
        start_at = max(now, self._next_start_at)
        self._next_start_at = start_at + timedelta(seconds=1 / self.starts_per_s)
        return (start_at - now).total_seconds()


def _shape_account(exchange: Exchange) -> Json:
    """Never the token, which Twilio shows to its owner here."""
    return {
        "sid": exchange.account_sid,
        "owner_account_sid": exchange.account_sid,
        "friendly_name": "Phones of the simulator",
        "status": "active",
        "type": "Full",
        "date_created": rfc2822(exchange.timeline.now),
        "date_updated": rfc2822(exchange.timeline.now),
        "uri": f"/2010-04-01/Accounts/{exchange.account_sid}.json",
        "subresource_uris": {},
    }
