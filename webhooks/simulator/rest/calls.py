"""How does REST make, move and end calls?"""

from __future__ import annotations

from webhooks.simulator.legs import Exchange, Leg
from webhooks.simulator.paperwork import BY_REST, INBOUND, Reporting, Status
from webhooks.simulator.player.call import CreatedCall, play_created
from webhooks.simulator.rest.shapes import INVALID_PARAMETER, Fields, Json, Refused, is_within, not_found, page, rfc2822
from webhooks.simulator.signals import EndedByRest, Goto, Redirected
from webhooks.simulator.twiml.grammar import LEG_EVENTS

INVALID_TO, FROM_NOT_OURS, NOT_IN_PROGRESS, NO_DOCUMENT = 21211, 21210, 21220, 21205

CREATE_FIELDS = frozenset(
    {
        "To",
        "From",
        "Url",
        "Method",
        "Twiml",
        "FallbackUrl",
        "FallbackMethod",
        "StatusCallback",
        "StatusCallbackEvent",
        "StatusCallbackMethod",
        "Timeout",
        "TimeLimit",
        "CallToken",
        "CallReason",
        "MachineDetection",
        "MachineDetectionTimeout",
        "MachineDetectionSpeechThreshold",
        "MachineDetectionSpeechEndThreshold",
        "MachineDetectionSilenceTimeout",
        "Record",
    }
)
UPDATE_FIELDS = frozenset(
    {"Status", "Url", "Method", "Twiml", "FallbackUrl", "FallbackMethod", "StatusCallback", "TimeLimit"}
)


def create_call(exchange: Exchange, fields: Fields, starts_in_s: float) -> Json:
    """Answers at once; the leg starts its life on the timeline."""
    fields.refuse_unknown(CREATE_FIELDS)
    to = fields.phone("To", INVALID_TO)
    from_ = _permitted_from(exchange, fields)
    wanted = _read_wanted(fields)
    leg = Leg(exchange, direction=BY_REST, from_=from_, to=to, reporting=_read_reporting(fields))
    leg.story.tell(leg.now, f"{to} is called by a REST request")
    exchange.timeline.post(lambda: _start(leg, wanted, starts_in_s))
    return shape_call(leg)


def update_call(exchange: Exchange, path: str, sid: str, fields: Fields) -> Json:
    fields.refuse_unknown(UPDATE_FIELDS)
    leg = find_leg(exchange, path, sid)
    status = fields.find("Status")
    if not leg.is_live:
        raise Refused(400, NOT_IN_PROGRESS, "Call is not in-progress. Cannot redirect.")
    if status is not None:
        _end(leg, status)
    else:
        _redirect(leg, fields)
    return shape_call(leg)


def list_calls(exchange: Exchange, path: str, fields: Fields) -> Json:
    """Newest first."""
    found = [leg for leg in reversed(list(exchange.legs.values())) if _matches(leg, fields)]
    return page(path, "calls", found, shape_call, fields)


def find_leg(exchange: Exchange, path: str, sid: str) -> Leg:
    if sid not in exchange.legs:
        raise not_found(path)
    return exchange.legs[sid]


def shape_call(leg: Leg) -> Json:
    account = leg.exchange.account_sid
    return {
        "sid": leg.sid,
        "account_sid": account,
        "parent_call_sid": leg.parent.sid if leg.parent is not None else None,
        "to": leg.to,
        "to_formatted": leg.to,
        "from": leg.from_,
        "from_formatted": leg.from_,
        "phone_number_sid": None,
        "status": str(leg.status),
        "date_created": rfc2822(leg.created_at),
        "date_updated": rfc2822(leg.ended_at or leg.answered_at or leg.created_at),
        "start_time": rfc2822(leg.answered_at if leg.direction != INBOUND else leg.created_at),
        "end_time": rfc2822(leg.ended_at),
        "duration": None if leg.is_live else str(leg.duration_s),
        "price": None,
        "price_unit": "USD",
        "direction": leg.direction,
        "answered_by": leg.answered_by,
        "annotation": None,
        "api_version": "2010-04-01",
        "forwarded_from": None,
        "group_sid": None,
        "caller_name": None,
        "queue_time": "0",
        "trunk_sid": None,
        "uri": f"/2010-04-01/Accounts/{account}/Calls/{leg.sid}.json",
        "subresource_uris": {},
    }


def _start(leg: Leg, wanted: CreatedCall, starts_in_s: float) -> None:
    if wanted.time_limit_s is not None:
        leg.plan(starts_in_s + wanted.time_limit_s, EndedByRest())
    leg.timeline.after(starts_in_s, lambda: leg.begin(play_created(leg, wanted)) if leg.is_live else None)


def _permitted_from(exchange: Exchange, fields: Fields) -> str:
    """One of our lines, or a live caller's own number with the token of that very call."""
    from_, token = fields.get("From"), fields.find("CallToken")
    if from_ in exchange.lines:
        return from_
    if token is not None and any(
        leg.call_token == token and leg.from_ == from_ and leg.is_live for leg in list(exchange.legs.values())
    ):
        return from_
    raise Refused(400, FROM_NOT_OURS, f"The source phone number provided, {from_}, is not yet verified")


def _read_wanted(fields: Fields) -> CreatedCall:
    limit_s = fields.whole("TimeLimit", 4 * 3600, 86_400)
    return CreatedCall(
        goto=_read_goto(fields),
        fallback_url=fields.url("FallbackUrl"),
        ring_s=fields.whole("Timeout", 60, 600),
        time_limit_s=limit_s,
        detects_machine=_read_detection(fields),
    )


def _read_detection(fields: Fields) -> str:
    mode = fields.get("MachineDetection")
    if mode not in ("", "Enable", "DetectMessageEnd"):
        raise Refused(400, INVALID_PARAMETER, f"MachineDetection must be Enable or DetectMessageEnd, not {mode}")
    return mode


def _read_goto(fields: Fields) -> Goto:
    twiml, address = fields.find("Twiml"), fields.url("Url")
    if twiml is None and address is None:
        raise Refused(400, NO_DOCUMENT, "Url or Twiml is required")
    if fields.get("Method", "POST") != "POST":
        raise Refused(400, NO_DOCUMENT, "This network posts only")
    return Goto(address or "", twiml=twiml)


def _read_reporting(fields: Fields) -> Reporting:
    asked = [word for value in fields.all("StatusCallbackEvent") for word in value.split()]
    if not set(asked) <= LEG_EVENTS:
        raise Refused(400, 21626, f"Invalid StatusCallbackEvent: {asked}")
    return Reporting(fields.url("StatusCallback"), frozenset(asked or ["completed"]))


def _end(leg: Leg, status: str) -> None:
    if status not in ("completed", "canceled"):
        raise Refused(400, 21218, f"Invalid Status: {status}")
    if status == "canceled" and leg.status is Status.IN_PROGRESS:
        raise Refused(400, NOT_IN_PROGRESS, "Call is in progress. Cannot cancel.")
    leg.timeline.post(lambda: _end_now(leg))


def _end_now(leg: Leg) -> None:
    """One that still waits for its turn never begins."""
    if leg.status is Status.QUEUED:
        leg.close(Status.CANCELED)
    else:
        leg.tell(EndedByRest())


def _redirect(leg: Leg, fields: Fields) -> None:
    goto = _read_goto(fields)
    if leg.status is not Status.IN_PROGRESS:
        raise Refused(400, NOT_IN_PROGRESS, "Call is not in-progress. Cannot redirect.")
    leg.timeline.post(lambda: leg.tell(Redirected(goto)))


def _matches(leg: Leg, fields: Fields) -> bool:
    parent = leg.parent.sid if leg.parent is not None else None
    facts = {"To": leg.to, "From": leg.from_, "Status": str(leg.status), "ParentCallSid": parent}
    asked = ((name, fields.find(name)) for name in facts)
    return all(value is None or facts[name] == value for name, value in asked) and all(
        is_within(at, fields, name)
        for name, at in (("StartTime", leg.created_at), ("EndTime", leg.ended_at))
        if at is not None
    )
