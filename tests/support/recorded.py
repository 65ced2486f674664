"""Real calls kept request by request, to be played again to an empty business in another order (R4).

What a caller and a called phone are told is asked for in the order in which it happened, because the network waits for
each answer before it goes on. Everything else is news, and news may be late: it may be overtaken by anything, and by
any other news, but comes neither before what it tells of nor before somebody has asked for it.
"""

import itertools
import json
import logging
import random
import re
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from twilio.http import HttpClient  # noqa: TID251 - Twilio's own client speaks to the recording.
from twilio.http.response import Response  # noqa: TID251 - As above.

from sami.calls.deployment import delivery_of
from sami.carriers.twilio import Carrier
from sami.database.engine import Database
from sami.domain.delivery.kinds import Kind
from sami.domain.language.actor import person
from sami.organisation.applying import apply_file
from sami.outbox.delivery import deliver
from sami.settings.loading import Settings
from sami.store import calls, leads, people, work
from tests.support.emptied import empty_tables
from tests.support.web_processes import OtherProcess, Posted, Said, WebProcess, ask_all
from tests.support.world import MONDAY_10, World
from webhooks.simulator.behaviours import Behaviour
from webhooks.simulator.network import SimulatedCall
from webhooks.simulator.people import CallerScript
from webhooks.simulator.posting import CallbackFaults, Request

_LEG = re.compile(r"/leg/([0-9a-f]{16})")
_FINAL = frozenset({"completed", "busy", "no-answer", "failed", "canceled"})
NOW = MONDAY_10  # One instant for all: what differs between two orders is then no matter of time.
# What a process read of a published version it keeps by version and instant: no two may share both.
_instants = (NOW - timedelta(microseconds=number) for number in itertools.count(1))


@dataclass(frozen=True, slots=True)
class Step:
    """A request, or (without a path) the creation of the legs that were just ordered.

    `path` names an attempt by the turn and phone it has in every replay; `needs` are the steps before it.
    """

    path: str
    form: tuple[tuple[str, str], ...]
    needs: frozenset[int]

    @property
    def is_document(self) -> bool:
        return bool(self.path) and not self.path.endswith("/status")

    def get(self, name: str) -> str:
        return dict(self.form).get(name, "")


@dataclass(frozen=True)
class Script:
    """A whole call. `leg_sids` are the legs made by REST, by phone, in the order of their creation."""

    organisation: str
    sid: str
    steps: tuple[Step, ...]
    leg_sids: dict[str, tuple[str, ...]]


def record(
    settings: Settings,
    organisation: str,
    phones: dict[str, Behaviour],
    caller: CallerScript | None = None,
    callbacks: CallbackFaults | None = None,
) -> tuple[Script, dict[str, Any]]:
    """The call as it goes without any disorder, and what `sami why` says of it."""
    with World(settings, organisation, beats=()) as world:
        world.network.callbacks = callbacks or CallbackFaults()
        for number, behaviour in phones.items():
            world.phone(number, behaviour)
        call = world.call(script=caller)
        return _script(world, organisation, call), world.why(call)


def _script(world: World, organisation: str, call: SimulatedCall) -> Script:
    with world.database.read() as db:
        row = calls.find_call(db, call.sid)
        assert row is not None, "the call was just lived through"
        labels = {attempt.ref: _label(attempt) for attempt in calls.attempts_of(db, row.id)}
    legs: dict[str, tuple[str, ...]] = {}
    for leg in world.network.legs.values():
        if leg.direction == "outbound-api":
            legs[leg.to] = (*legs.get(leg.to, ()), leg.sid)
    return Script(organisation, call.sid, tuple(_steps(world, labels)), legs)


def _label(attempt: Any) -> str:
    return f"{attempt.turn}:{attempt.phone}"


def _steps(world: World, labels: dict[str, str]) -> Iterator[Step]:
    told = _told(world)
    for number, (at, request) in enumerate(told):
        if request is None:
            ordered = [i for i in range(number) if told[i][1] is not None and b"<Enqueue" in told[i][1].body]
            yield Step("", (), frozenset(ordered[-1:]))
            continue
        path = urlsplit(request.url).path
        yield Step(
            _LEG.sub(lambda found: f"/leg/{labels[found[1]]}", path),
            tuple(request.form),
            frozenset(i for i in range(number) if _comes_first(told[i], (at, request), world)),
        )


Told = tuple[datetime, Request | None]


def _told(world: World) -> list[Told]:
    """Every request but those of texts and of the waiting caller, who asks again and again; and each making of legs."""
    told: list[Told] = [
        (request.at, request)
        for request in world.network.requests
        if "/voice/wait/" not in request.url and "/sms" not in request.url
    ]
    made = {asked.at for asked in world.network.rest.requests if asked.path.endswith("/Calls.json")}
    told += [(at, None) for at in made]
    # Legs are made after the document that ordered them and before anything that they cause.
    return sorted(told, key=lambda one: (one[0], one[1] is not None and "/leg/" in one[1].url))


def _comes_first(earlier: Told, later: Told, world: World) -> bool:
    (earlier_at, first), (later_at, then) = earlier, later
    assert then is not None, "the making of legs is asked for elsewhere"
    if first is None:  # Legs are told of, and picked up, once they were made.
        return earlier_at <= later_at and then.get("Direction") != "inbound"
    if _is_news(first):
        return _is_final(first) and _left(then) and earlier_at <= later_at
    led_there = first.get("CallSid") == then.get("CallSid") and not _is_unheeded(first)
    return earlier_at < later_at or led_there or urlsplit(then.url).path.encode() in first.body


def _is_news(request: Request) -> bool:
    return urlsplit(request.url).path.endswith("/status")


def _is_final(request: Request) -> bool:
    return "/leg/" in request.url and request.get("CallStatus") in _FINAL


def _is_unheeded(request: Request) -> bool:
    """Whoever it is about was gone already: the network waited for no answer."""
    return request.get("CallStatus") in _FINAL


def _left(request: Request) -> bool:
    """The caller was told to leave the queue, because of what was heard of every leg."""
    return request.get("QueueResult") == "leave" and "/queue/" in request.url


# --- Orders.


def may_follow(script: Script, done: set[int]) -> list[int]:
    return [n for n, step in enumerate(script.steps) if n not in done and step.needs <= done]


def orders_of_the_last(script: Script, events: int) -> Iterator[tuple[int, ...]]:
    """Every order of the last events that may be, after the others as they came."""
    before = tuple(range(max(0, len(script.steps) - events)))
    yield from _orders(script, before)


def _orders(script: Script, done: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
    if len(done) == len(script.steps):
        yield done
    for following in may_follow(script, set(done)):
        yield from _orders(script, (*done, following))


def shuffled(script: Script, chance: random.Random) -> list[int]:
    """One order of all steps, with repeats: each may come again, and a third time, at any later moment."""
    order: list[int] = []
    repeats: list[int] = []
    while len(set(order)) < len(script.steps):
        if repeats and chance.random() < 0.3:
            order.append(repeats.pop(chance.randrange(len(repeats))))
            continue
        step = chance.choice(may_follow(script, set(order)))
        order.append(step)
        repeats += [step] * chance.choice((0, 0, 1, 1, 2))
    return order + repeats


# --- Replays.


@dataclass(frozen=True)
class Played:
    """What is true in the end, and the first words that each document was answered with."""

    state: dict[str, Any]
    documents: dict[int, str]

    def difference(self, other: "Played") -> list[tuple[Any, Any]]:
        """What is not the same in both."""
        mine, theirs = self.state | self.documents, other.state | other.documents
        return [(mine.get(name), theirs.get(name)) for name in {*mine, *theirs} if mine.get(name) != theirs.get(name)]


class Stage:
    """An empty business to which calls are played again and again. `others`: by processes of their own."""

    def __init__(self, settings: Settings, web: WebProcess | None, others: Sequence[OtherProcess] = ()) -> None:
        self._web, self._others = web, others
        self._legs = _RecordedLegs()
        self.database = Database(settings.database_url)
        self._delivery = delivery_of(settings, self.database, Carrier(settings.twilio, self._legs))
        self._published = ""

    def play(self, script: Script, order: Sequence[int], noise: random.Random | None = None) -> Played:
        """`noise`: the waiting caller asks too, and legs tell something nobody knows."""
        self._empty(script)
        play = _Play(self, script, {}, {})
        if self._others:
            _play_at_once(play, order)
        else:
            for number in order:
                play.step(number)
                if noise is not None and noise.random() < 0.2:
                    play.disturb(noise)
        return Played(self._state(script.sid, play.labels), play.documents)

    def say(self, posted: list[Posted]) -> list[Said]:
        if self._web is not None:
            return [self._web.answer(one) for one in posted]
        return ask_all(self._others, posted)

    def make_legs(self, script: Script) -> None:
        self._legs.sids = {phone: deque(sids) for phone, sids in script.leg_sids.items()}
        deliver(self._delivery, NOW, kinds=(Kind.RING_LEG,))

    def _empty(self, script: Script) -> None:
        """The same people, nobody ever rung. Another organisation is published anew."""
        kept = {"organisation_version", "agent"} if self._published == script.organisation else set()
        with self.database.begin() as db:
            empty_tables(db, kept)
            if kept:
                db.execute(people.agents.update().values(_RESTED).where(people.agents.c.role == "agent"))
                return
            apply_file(db, script.organisation, prune=False, by=person("test"), now=next(_instants))
            self._published = script.organisation

    def _state(self, sid: str, labels: dict[str, str]) -> dict[str, Any]:
        with self.database.read() as db:
            row = calls.find_call(db, sid)
            assert row is not None, "every call is known"
            attempts = calls.attempts_of(db, row.id)
            tasks = work.tasks_of_call(db, sid)
            items = db.execute(work.outbox_items.select()).all()
            agents = db.execute(people.agents.select().order_by(people.agents.c.key)).all()
            owners = db.execute(leads.leads.select()).all()
        return {
            "call": (row.state, row.outcome, row.abandoned, row.safety_net, row.ended_at, row.joined_at is not None),
            "accepted by": labels.get(row.accepted_by or ""),
            "attempts": {_label(attempt): (attempt.ended, attempt.pressed) for attempt in attempts},
            "tasks": [(task.dedupe_key, task.title, task.owner_id, task.due_at) for task in tasks],
            "said": sorted(_named(item.dedupe_key, labels) for item in items if item.kind not in _OF_NO_CONSEQUENCE),
            "agents": {agent.key: {name: getattr(agent, name) for name in _RESTED} for agent in agents},
            "leads": [(lead.phone, lead.owner_id, lead.last_spoke_with_id) for lead in owners],
        }


_A_RUN = re.compile(r"(workflow/\w+/lead)/\d+/\d+")
# Ending a leg that has ended, and fetching a caller who has left, come to nothing; a sweep deletes queues all the same.
_OF_NO_CONSEQUENCE = (Kind.END_LEG, Kind.REDIRECT_CALLER, Kind.DELETE_QUEUE)
# What a call may change of an agent, and what is there before the first. Those off duty here are not agents by role.
_RESTED: dict[str, Any] = {
    "calls_on": True,
    "calls_off_until": None,
    "resting_until": None,
    "resting_why": None,
    "misses": 0,
    "reserved_until": None,
    "reserved_call": None,
    "bridged": False,
    "idle_since": None,
}


@dataclass
class _Play:
    stage: Stage
    script: Script
    labels: dict[str, str]
    documents: dict[int, str]

    def step(self, number: int) -> None:
        self.hear([number], [self.posted(number)] if self.script.steps[number].path else [])

    def hear(self, numbers: list[int], posted: list[Posted]) -> None:
        for number in numbers:
            if not self.script.steps[number].path:
                self.stage.make_legs(self.script)
        told = [number for number in numbers if self.script.steps[number].path]
        for number, said in zip(told, self.stage.say(posted), strict=True):
            self._check(number, said)

    def posted(self, number: int) -> Posted:
        step = self.script.steps[number]
        return Posted(self._addressed(step.path), list(step.form), NOW)

    def disturb(self, chance: random.Random) -> None:
        """None of this changes anything: the waiting caller asks, or a leg or call tells something unheard of."""
        turn = chance.randrange(4)
        form = list(self.script.steps[0].form)
        ref = chance.choice([*{label: ref for ref, label in self.labels.items()}.values(), "0" * 16])
        strange = [(name, "dreaming" if name == "CallStatus" else value) for name, value in form]
        posted = chance.choice(
            [
                Posted(f"/webhooks/voice/wait/{turn}", form, NOW),
                Posted("/webhooks/voice/status", strange, NOW),
                Posted(f"/webhooks/voice/leg/{ref}/status", strange, NOW),
                Posted(f"/webhooks/voice/leg/{'f' * 16}", form, NOW),
            ]
        )
        (said,) = self.stage.say([posted])
        assert said.status in (200, 204)

    def _check(self, number: int, said: Said) -> None:
        assert said.status in (200, 204), f"{self.script.steps[number].path}: {said}"
        self._learn()
        words = _named(said.body, self.labels)
        assert self.documents.setdefault(number, words) == words, "the same step hears the same words"

    def _addressed(self, path: str) -> str:
        """As it is called in this replay."""
        refs = {label: ref for ref, label in self.labels.items()}
        return re.sub(r"/leg/([^/]+)", lambda found: f"/leg/{refs[found[1]]}", path)

    def _learn(self) -> None:
        with self.stage.database.read() as db:
            row = calls.find_call(db, self.script.sid)
            attempts = [] if row is None else calls.attempts_of(db, row.id)
        self.labels.update({attempt.ref: _label(attempt) for attempt in attempts})


def _play_at_once(play: _Play, order: Sequence[int]) -> None:
    """Two at a time in two processes, where the second does not wait for the first."""
    waiting = deque(order)
    while waiting:
        first = waiting.popleft()
        together = [first]
        if waiting and _go_together(play.script, first, waiting[0]):
            together.append(waiting.popleft())
        play.hear(together, [play.posted(number) for number in together if play.script.steps[number].path])


def _go_together(script: Script, first: int, second: int) -> bool:
    paths = script.steps[first].path, script.steps[second].path
    return all(paths) and first not in script.steps[second].needs


def _named(text: str, labels: dict[str, str]) -> str:
    """Without the numbers of rows, which PostgreSQL never gives out twice: there is one lead in each story."""
    for ref, label in labels.items():
        text = text.replace(ref, label)
    return _A_RUN.sub(r"\1", text)


class _RecordedLegs(HttpClient):  # type: ignore[misc]  # The library is not typed.
    """Twilio, as far as making legs goes: the same phone gets the leg that it had in the recording."""

    def __init__(self) -> None:
        super().__init__(logging.getLogger(__name__), is_async=False)
        self.sids: dict[str, deque[str]] = {}

    def request(self, method: str, url: str, *args: Any, **options: Any) -> Response:
        fields = dict(options.get("data") or (args[1] if len(args) > 1 else {}))
        return Response(201, json.dumps({"sid": self.sids[str(fields["To"])].popleft(), "status": "queued"}))
