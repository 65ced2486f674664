"""What can hands do in the demo? Every act of the page and of the terminal, checked once."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from pathlib import Path

from sami import clock
from sami.database.engine import Database
from sami.errors import SamiError
from sami.helper_threads import start_helper
from sami.store.facts import read_directory
from webhooks.simulator.legs import Leg
from webhooks.simulator.network import Network, SimulatedCall
from webhooks.simulator.pages import business
from webhooks.simulator.pages.casting import find_cast, habits_in
from webhooks.simulator.pages.directory import Handset, customer, handsets_of
from webhooks.simulator.pages.faults import Faults
from webhooks.simulator.pages.habits import HABITS, MACHINE
from webhooks.simulator.pages.plots import CALLER, PLOTS
from webhooks.simulator.people import CallerScript
from webhooks.simulator.signals import PickedUp

KEYS = frozenset("0123456789*#")
FASTER = 4  # Times.
FASTER_TICK_S = 0.1
TEXT_MAX = 320
WEEK_S = 7 * 24 * 3600
BY_HAND = CallerScript(voicemail_s=None)


class NotPossible(SamiError):
    """This cannot be done now."""

    code = "not_possible"
    status = 409

    def __str__(self) -> str:
        return self.detail or self.sentence


class Stage:
    """One network, one business, one call at a time. `move_time` moves the phones' time and SAMI's together."""

    def __init__(self, network: Network, database: Database, file: Path, move_time: Callable[[float], None]) -> None:
        self.network = network
        self.database = database
        self.faults = Faults(network, file)
        self.call: SimulatedCall | None = None
        self.ignored: set[str] = set()
        """SIDs of legs that a hand lets ring."""
        self.habits: dict[str, str] = {}
        self.customers: dict[str, Handset] = {}
        """Whom the business called, by phone: their phones are shown from then on."""
        self._hurries = False
        self._move_time = move_time
        with database.read() as db:
            self.directory = read_directory(db)
        self.handsets = handsets_of(self.directory)
        for handset in self.handsets:
            self.behave(handset.key, "manual")

    # The caller.

    def place_call(self, caller: str, line: str, script: CallerScript = BY_HAND) -> str:
        """The new call's SID."""
        self._refuse_second_call()
        if line not in self.network.exchange.lines:
            raise NotPossible("That is no line of this business.")
        if not caller.startswith("+") or not caller[1:].isdigit():
            raise NotPossible("Pick a caller first.")
        self.ignored.clear()
        self._hurries = False
        self.call = self.network.call(caller, line, script)
        return self.call.sid

    def press(self, keys: str) -> None:
        self._live_call().press(_keys(keys))

    def say(self, words: str) -> None:
        self._live_call().say(_words(words))

    def hang_up(self) -> None:
        self._live_call().hang_up()

    # A rung phone.

    def answer(self, key: str) -> None:
        self._ringing(key)
        self.network.phone(self.handset(key).phone).answer()

    def ignore(self, key: str) -> None:
        self.ignored.add(self._ringing(key).sid)

    def let_voicemail_answer(self, key: str) -> None:
        leg = self._ringing(key)

        def answer() -> None:
            leg.behaviour = MACHINE
            leg.cast(MACHINE.script)
            leg.tell(PickedUp())

        leg.timeline.post(answer)

    def press_on(self, key: str, keys: str) -> None:
        self._talking(key)
        for pressed in _keys(keys):
            self.network.phone(self.handset(key).phone).press(pressed)

    def hang_up_on(self, key: str) -> None:
        self._talking(key)
        self.network.phone(self.handset(key).phone).hang_up()

    def behave(self, key: str, habit: str) -> None:
        if habit not in HABITS:
            raise NotPossible(f"By itself a phone does one of these: {', '.join(HABITS)}.")
        self.network.add_phone(self.handset(key).phone, HABITS[habit].behaviour)
        self.habits[key] = habit

    def text(self, key: str, body: str) -> None:
        """From an agent's phone to the staff's line."""
        handset = self.handset(key)
        staff = next((line.phone for line in self.directory.file.lines if line.staff), None)
        if handset.kind != "agent" or staff is None:
            raise NotPossible("Only agents text their words, to a line for staff.")
        self.network.text(handset.phone, staff, _words(body))

    # The four calls that play themselves.

    def play(self, story: str) -> str:
        """Everybody's habits become those of the story; at night it begins the next morning."""
        if story not in PLOTS:
            raise NotPossible(f"The stories are {', '.join(PLOTS)}.")
        self._refuse_second_call()
        plot = PLOTS[story]
        with self.database.read() as db:
            cast = find_cast(db, plot, clock.utc_now())
        if cast is None:
            self.move_to_morning()
            with self.database.read() as db:
                cast = find_cast(db, plot, clock.utc_now())
        if cast is None:
            raise NotPossible("Nobody who owns a lead is on duty: text ON from an agent's phone.")
        self.behave_all(habits_in(plot, cast, self.handsets))
        return self.place_call(cast.caller, self.directory.file.lines[0].phone, CALLER)

    def behave_all(self, habits: Mapping[str, str]) -> None:
        for key, habit in habits.items():
            self.behave(key, habit)

    # Time.

    def move_on(self, seconds: float) -> None:
        self._refuse_second_call("The clock is not moved while a call goes on.")
        if not 0 < seconds <= WEEK_S:
            raise NotPossible("The clock moves on, by a week at most.")
        self._move_time(seconds)

    def hurry(self, *, faster: bool) -> None:
        """While this call lasts, four seconds pass in one, for the phones and for SAMI alike."""
        self._live_call()
        was, self._hurries = self.is_faster, faster
        if faster and not was:
            start_helper("faster", self._hurry)

    @property
    def is_faster(self) -> bool:
        return self._hurries and self.call is not None and self.call.is_live

    def _hurry(self) -> None:
        pause = threading.Event()
        while self.is_faster:
            pause.wait(FASTER_TICK_S)
            self._move_time((FASTER - 1) * FASTER_TICK_S)

    def move_to_morning(self) -> None:
        now = clock.utc_now()
        self.move_on((business.next_morning(now) - now).total_seconds())

    # Who is who.

    def notice_customers(self, name: Callable[[str], str]) -> tuple[Handset, ...]:
        """Whoever is called and is none of ours: their phone rings until a hand answers it."""
        ours = {handset.phone for handset in self.handsets}
        for phone in list(self.network.exchange.phones.values()):
            is_called = any(leg.direction != "inbound" for leg in list(phone.legs))
            if is_called and phone.number not in ours and phone.number not in self.customers:
                handset = customer(phone.number, name(phone.number))
                self.customers[phone.number] = handset
                self.habits[handset.key] = "manual"
        return tuple(self.customers.values())

    def handset(self, key: str) -> Handset:
        known = (*self.handsets, *self.customers.values())
        found = next((handset for handset in known if handset.key == key), None)
        if found is None:
            raise NotPossible("There is no such phone.")
        return found

    def leg_of(self, phone: str) -> Leg | None:
        """The leg this phone rings or talks on, else its last one since the call began."""
        live = self.network.phone(phone).legs
        if live:
            return live[-1]
        began = None if self.call is None else self.network.legs[self.call.sid].created_at
        for leg in reversed(list(self.network.legs.values())):
            if began is None or leg.created_at < began:
                return None
            if leg.far_number == phone and leg.direction != "inbound":
                return leg
        return None

    def _ringing(self, key: str) -> Leg:
        legs = self.network.phone(self.handset(key).phone).legs
        if not legs or legs[-1].answered_at is not None:
            raise NotPossible("That phone does not ring.")
        return legs[-1]

    def _talking(self, key: str) -> Leg:
        legs = self.network.phone(self.handset(key).phone).legs
        if not legs or legs[-1].answered_at is None:
            raise NotPossible("That phone is not on a call.")
        return legs[-1]

    def _live_call(self) -> SimulatedCall:
        if self.call is None or not self.call.is_live:
            raise NotPossible("Nobody is calling: press Call first.")
        return self.call

    def _refuse_second_call(self, why: str = "One call at a time: hang up first.") -> None:
        if self.call is not None and self.call.is_live:
            raise NotPossible(why)


def _keys(keys: str) -> str:
    if not keys or len(keys) > 20 or not set(keys) <= KEYS:
        raise NotPossible("A keypad has the keys 0 to 9, * and #.")
    return keys


def _words(text: str) -> str:
    if not text.strip() or len(text) > TEXT_MAX:
        raise NotPossible(f"Write something, {TEXT_MAX} letters at most.")
    return text.strip()
