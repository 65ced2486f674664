"""How is it seen? From SAMI's rows and from the network, at this instant."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from sami import clock
from sami.database.away import DatabaseAway
from sami.domain.agents.gates import AgentFacts
from sami.domain.language.hours import clock_time, to_local
from sami.domain.language.local_time import Clock
from sami.store.facts import read_roster
from sami.views.call_story_rows import explain_call
from sami.views.call_words import CallDescription, describe_call
from webhooks.simulator.legs import Leg
from webhooks.simulator.pages.captions import captions_of, is_machine, partner_of
from webhooks.simulator.pages.directory import Caller, Handset, read_callers
from webhooks.simulator.pages.duty import Duty, duty_of
from webhooks.simulator.pages.live_story import story_of
from webhooks.simulator.pages.stage import Stage
from webhooks.simulator.pages.view import Bubble, CallView, LineView, PhoneView, View

BUBBLES_MAX = 20
CALLERS_FOR_S = 3.0
UNKNOWN = Duty("unknown", "Not known while the database is away", "")


@dataclass(frozen=True, slots=True)
class _Known:
    """What the database says; kept, so that the page stays useful while it is away."""

    roster: dict[str, AgentFacts]
    callers: tuple[Caller, ...]
    telling: CallDescription | None
    has_outcome: bool


class Viewer:
    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._known = _Known({}, (), None, False)
        self._callers_until = 0.0

    def look(self) -> View:
        stage = self._stage
        now = clock.utc_now()
        is_away = not self._read() or stage.faults.database_is_away
        local = to_local(now, stage.directory.organisation.time_zone)
        return View(
            business=stage.directory.organisation.name,
            time=_said(local),
            is_faster=stage.is_faster,
            is_night=not 8 <= local.hour < 18,
            database="away" if stage.faults.database_is_away else "returning" if is_away else "answers",
            rest=str(stage.faults.rest),
            callers=self._known.callers,
            lines=tuple(LineView(line.phone, line.name) for line in stage.directory.file.lines),
            phones=tuple(
                self._phone(handset, is_away) for handset in (*stage.handsets, *stage.notice_customers(self.name))
            ),
            call=self._call(is_away),
        )

    def name(self, phone: str) -> str:
        for handset in self._stage.handsets:
            if handset.phone == phone:
                return handset.name
        caller = next((caller for caller in self._known.callers if caller.phone == phone), None)
        return (caller.name if caller is not None else "") or phone

    def _read(self) -> bool:
        """False while the database is away."""
        stage = self._stage
        try:
            with stage.database.read() as db:
                roster = {agent.key: agent for agent in read_roster(db, stage.directory, clock.utc_now())}
                story = None if stage.call is None else explain_call(db, stage.call.sid)
                callers = self._callers(db, roster)
        except DatabaseAway:
            return False
        has_outcome = story is not None and story.outcome is not None
        self._known = _Known(roster, callers, None if story is None else describe_call(story), has_outcome)
        return True

    def _callers(self, db: Connection, roster: dict[str, AgentFacts]) -> tuple[Caller, ...]:
        """Forty look-ups, for names that hardly ever change: not twice a second."""
        if clock.monotonic() < self._callers_until:
            return self._known.callers
        self._callers_until = clock.monotonic() + CALLERS_FOR_S
        return read_callers(db, {agent.id: agent.key for agent in roster.values()})

    def _phone(self, handset: Handset, is_away: bool) -> PhoneView:
        stage = self._stage
        leg = stage.leg_of(handset.phone)
        partner = None if leg is None else partner_of(leg)
        return PhoneView(
            key=handset.key,
            phone=handset.phone,
            name=handset.name,
            kind=handset.kind,
            is_desk=handset.is_desk,
            state=stage.network.phone(handset.phone).state,
            is_ignored=leg is not None and leg.sid in stage.ignored,
            is_machine=leg is not None and is_machine(leg) and leg.answered_at is not None,
            partner=None if partner is None else self._partner_name(partner),
            habit=stage.habits[handset.key],
            duty=self._duty(handset, is_away),
            captions=() if leg is None else captions_of(leg, self._partner_name),
            texts=self._texts(handset.phone),
        )

    def _duty(self, handset: Handset, is_away: bool) -> Duty | None:
        agent = self._known.roster.get(handset.key)
        if handset.kind != "agent":
            return None
        if agent is None or is_away:
            return UNKNOWN
        schedule = self._stage.directory.schedule_of(handset.key)
        return duty_of(agent, schedule, Clock(clock.utc_now(), schedule.time_zone))

    def _texts(self, phone: str) -> tuple[Bubble, ...]:
        texts = [text for text in list(self._stage.network.exchange.texts.values()) if phone in (text.to, text.from_)]
        return tuple(Bubble(text.from_ == phone, text.body) for text in texts[-BUBBLES_MAX:])

    def _call(self, is_away: bool) -> CallView | None:
        call = self._stage.call
        if call is None:
            return None
        leg = self._stage.network.legs[call.sid]
        return CallView(
            sid=call.sid,
            caller=self.name(leg.from_),
            line=self._line_name(leg.to),
            is_live=call.is_live,
            is_talking=partner_of(leg) is not None,
            state=self._state(leg),
            captions=captions_of(leg, self._partner_name),
            story=story_of(self._stage.network, leg, self.name),
            why=None if is_away else self._known.telling,
            has_outcome=self._known.has_outcome and not is_away,
        )

    def _state(self, leg: Leg) -> str:
        if not leg.is_live:
            return "The call is over"
        partner = partner_of(leg)
        if partner is not None:
            return f"Talking with {self._partner_name(partner)}"
        ringing = [handset.name for handset in self._stage.handsets if self._rings(handset)]
        if ringing:
            return f"Waiting while {_joined(ringing)} {'is' if len(ringing) == 1 else 'are'} rung"
        return "Listening" if leg.answered_at is not None else "Ringing"

    def _rings(self, handset: Handset) -> bool:
        return self._stage.network.phone(handset.phone).state == "ringing"

    def _talks(self, handset: Handset) -> bool:
        return self._stage.network.phone(handset.phone).state == "talking"

    def _partner_name(self, phone: str) -> str:
        """A leg called by REST is joined with the line's own number: behind it is the caller, or whom we called."""
        call = self._stage.call
        called = next((handset.name for handset in self._stage.customers.values() if self._talks(handset)), None)
        if called is not None and phone in self._stage.network.exchange.lines:
            return called
        if call is not None and phone in self._stage.network.exchange.lines:
            return self.name(self._stage.network.legs[call.sid].from_)
        return self.name(phone)

    def _line_name(self, phone: str) -> str:
        line = self._stage.directory.lines.get(phone)
        return phone if line is None else line.name


def _said(local: datetime) -> str:
    return f"{local:%A, %B} {local.day}, {clock_time(local)}"


def _joined(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
