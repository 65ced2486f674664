"""How does a caller wait in a queue, and how is the front caller taken out of it?"""

from __future__ import annotations

from datetime import datetime, timedelta

from webhooks.simulator.legs import Departed, Dequeued, Diverted, Joined, Leg, Member, Parted, Queue, Scene, Taken
from webhooks.simulator.paperwork import Status
from webhooks.simulator.player.player_loop import EndCall, LeaveQueue, Page, Repertoire, perform, request_unheeded
from webhooks.simulator.player.repertoires import SCREENING, WAITING
from webhooks.simulator.player.talk import talk
from webhooks.simulator.signals import Goto
from webhooks.simulator.signing import Form
from webhooks.simulator.twiml.document import Element, NotTwiml

QUEUE_SIZE_MAX = 1000
LOOK_S = 0.25  # How often somebody who dialled an empty queue looks again.
WAIT_ROUND_MIN_S = 1.0  # A wait document without any sound is not asked for faster than this.


# The caller's side.


def enqueue(leg: Leg, verb: Element, page: Page) -> Scene[Goto | None]:
    queue = leg.exchange.queue(verb.text)
    action = page.link(verb.find("action"))
    if len(queue.members) >= verb.whole("maxQueueSize", QUEUE_SIZE_MAX):
        return _to_action(action, [("QueueResult", "queue-full")])
    member = Member(leg, leg.now)
    queue.members.append(member)
    leg.story.tell(leg.now, f"waits in queue {queue.name}")
    try:
        result = yield from _stay(member, queue, page.link(verb.find("waitUrl")))
    except (Departed, Diverted) as left:
        request_unheeded(leg, action, _result_form(member, queue, _interrupted(member, left)))
        raise
    return _to_action(action, _result_form(member, queue, result))


def _stay(member: Member, queue: Queue, wait_url: str | None) -> Scene[str]:
    taken: Taken | None = None
    try:
        while True:
            try:
                if taken is None:
                    yield from _hear_wait_documents(member, queue, wait_url)
                elif (yield from _be_joined(member, queue, taken)):
                    return "bridged"
                taken = None
            except Dequeued as dequeued:
                taken = dequeued.taken
    except LeaveQueue:
        return "leave"
    except NotTwiml:
        return "error"
    except EndCall:
        member.leg.close()
        raise Departed from None
    finally:
        _step_out(member, queue)


def _hear_wait_documents(member: Member, queue: Queue, wait_url: str | None) -> Scene[None]:
    """The page is asked again each time it has run out: a clock that costs nothing."""
    leg = member.leg
    while True:
        began_at = leg.now
        if wait_url is None:
            leg.hears("music", "")
            yield from leg.rest(leg.now + timedelta(seconds=60))
        else:
            yield from perform(leg, Goto(wait_url, tuple(_wait_form(member, queue))), WAITING)
        yield from leg.rest(began_at + timedelta(seconds=WAIT_ROUND_MIN_S))


def _be_joined(member: Member, queue: Queue, taken: Taken) -> Scene[bool]:
    """False when whoever took this caller is gone again: the caller keeps the place."""
    leg = member.leg
    if taken.page_url is not None:
        yield from _hear_page(leg, taken.page_url, SCREENING)
    if not member.is_taken_by(taken.by):
        return False
    member.bridged = True
    _step_out(member, queue)
    taken.by.tell(Joined(leg))
    yield from talk(leg, taken.by)
    return True


def _hear_page(leg: Leg, url: str, repertoire: Repertoire) -> Scene[None]:
    try:
        yield from perform(leg, Goto(url), repertoire)
    except NotTwiml:
        return  # Twilio joins all the same.


def _step_out(member: Member, queue: Queue) -> None:
    """Whoever took this caller just as they left must not wait for them."""
    if member not in queue.members:
        return
    queue.members.remove(member)
    member.left_at = member.leg.now
    if member.taken_by is not None and not member.bridged:
        member.taken_by.tell(Parted(member.leg))


def _interrupted(member: Member, left: Exception) -> str:
    if isinstance(left, Departed):
        return "bridged" if member.bridged else "hangup"
    return "redirected-from-bridged" if member.bridged else "redirected"


def _result_form(member: Member, queue: Queue, result: str) -> Form:
    waited_s = ((member.left_at or member.leg.now) - member.joined_at).total_seconds()
    return [("QueueResult", result), ("QueueSid", queue.sid), ("QueueTime", str(round(waited_s)))]


def _wait_form(member: Member, queue: Queue) -> Form:
    waited_s = (member.leg.now - member.joined_at).total_seconds()
    return [
        ("QueueSid", queue.sid),
        ("QueuePosition", str(queue.members.index(member) + 1)),
        ("QueueTime", str(round(waited_s))),
        ("AvgQueueTime", str(round(waited_s))),
        ("CurrentQueueSize", str(len(queue.members))),
    ]


def _to_action(action: str | None, form: Form) -> Goto | None:
    return None if action is None else Goto(action, tuple(form))


# The side of whoever dials the queue.


def dial_queue(leg: Leg, verb: Element, noun: Element, page: Page) -> Scene[Goto | None]:
    action = page.link(verb.find("action"))
    until = leg.now + timedelta(seconds=verb.whole("timeout", 30))
    partner: Leg | None = None
    try:
        partner = yield from _take_front(leg, leg.exchange.queue(noun.text), until, page.link(noun.find("url")))
        if partner is not None:
            limit_s = verb.whole("timeLimit", 4 * 3600)
            yield from talk(leg, partner, leg.now + timedelta(seconds=limit_s))
    except (Departed, Diverted):
        request_unheeded(leg, action, _dialled_form(leg, partner, Status.CANCELED))
        raise
    return _to_action(action, _dialled_form(leg, partner, Status.NO_ANSWER))


def _take_front(leg: Leg, queue: Queue, until: datetime, page_url: str | None) -> Scene[Leg | None]:
    """Join with whoever is first; a caller who leaves at that very instant makes way for the next."""
    while True:
        member = queue.front()
        if member is not None:
            member.taken_by = leg
            member.leg.tell(Taken(leg, member, page_url))
            if (yield from _await_join(leg, member)):
                return member.leg
        elif leg.now >= until:
            return None
        else:
            yield from leg.rest(min(until, leg.now + timedelta(seconds=LOOK_S)))


def _await_join(leg: Leg, member: Member) -> Scene[bool]:
    try:
        while True:
            match (yield from leg.listen(None)):
                case Joined(partner) if partner is member.leg:
                    return True
                case Parted(partner) if partner is member.leg:
                    return False
    except (Departed, Diverted):
        member.taken_by = None
        if member.bridged:
            member.leg.tell(Parted(leg))
        raise


def _dialled_form(leg: Leg, partner: Leg | None, unjoined: Status) -> Form:
    if partner is None:
        return [("DialCallStatus", str(unjoined)), ("DialBridged", "false")]
    talked_s = round((leg.now - leg.story.joined[-1].since).total_seconds())
    return [
        ("DialCallStatus", str(Status.COMPLETED)),
        ("DialBridged", "true"),
        ("DialCallSid", partner.sid),
        ("DialCallDuration", str(talked_s)),
    ]
