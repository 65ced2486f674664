"""The language of the routing table: a row read, lived through in a world, and told again in the table's own words.

    <who is how, what is set> => <who rings in which order> => <who has the caller> [=> <why>]

Left: `ana takes`, `ben off`, `owner ana`, `at 2026-11-16 10:00` (in Chicago), `max_wait=30` (any setting of the bot).
Order: `ana | ben cy | desk`, one attempt after another; `ana + ben cy` where the second joins while the first rings;
`ana 20s` where the seconds matter. End: who talks with the caller, else `voicemail`, `missed` (left in the apology),
`abandoned` (left while phones rang), `gone` (left before), `message`, `opted out`. Why: `ben calls_off` (a gate or
finding), `ana declined` (a word).
"""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from sami.domain.language.hours import from_local
from sami.store import calls as call_store
from sami.store import leads
from tests.support.cast import ANA, BEN, CELL, CY, DEE, DESK, LEE, LINE, OLIVE, agent, cell, desk, olive, organisation
from tests.support.world import MONDAY_10, World
from webhooks.simulator.behaviours import (
    Answers,
    Behaviour,
    Busy,
    DoesNotExist,
    Ignores,
    Voicemail,
    passes,
    passes_for_an_hour,
    says_nothing,
)
from webhooks.simulator.network import SimulatedCall
from webhooks.simulator.people import CallerScript
from webhooks.simulator.rest.faults import RestFault

NUMBERS = {"ana": ANA, "ben": BEN, "cy": CY, "dee": DEE, "olive": OLIVE, "desk": DESK, "cell": CELL}
NAMES = {number: name for name, number in NUMBERS.items()}
FALLBACKS = {"desk": desk(), "cell": cell()}
WITHHELD = "anonymous"

BEHAVIOURS: dict[str, Behaviour] = {
    "takes": Answers(),
    "takes late": Answers(after_s=15),
    "passes": passes(),
    "snoozes": passes_for_an_hour(),
    "silent": says_nothing(),
    "hangs up": Answers(presses="", hangs_up_after_s=2),
    "machine": Voicemail(after_s=3),
    "late machine": Voicemail(after_s=22),
    "rings out": Ignores(),
    "busy": Busy(),
    "declines": Busy(after_s=3),
    "dead": DoesNotExist(),
    "presses 7": Answers(presses="7"),
    "presses 1 late": Answers(press_after_s=9),
    "presses 1 a moment later": Answers(press_after_s=2.02),
}
STATES: dict[str, dict[str, Any]] = {
    "off": {"calls_on": False},
    "unverified": {"verified": False},
    "inactive": {"active": False},
    "stopped": {"calls_on": False, "opted_out": True},
}
MENU = [
    {"digits": "1", "words": ["spanish"], "say": "For Spanish", "then": "transfer", "skill": "spanish"},
    {"digits": "2", "words": ["message"], "say": "To leave a message", "then": "voicemail"},
    {"digits": "3", "words": ["stop calling"], "say": "To be left alone", "then": "opt_out"},
    {"digits": "4", "words": ["buy"], "say": "To buy a home", "then": "transfer"},
]


@dataclass(frozen=True, slots=True)
class Row:
    place: str
    world: str
    rings: str
    end: str
    why: str

    def __str__(self) -> str:
        return f"{self.place} {self.world}"


def read_rows(path: Path) -> Iterator[Row]:
    """`== a heading` begins a part; the `always:` line under it stands before every row of the part."""
    always = ""
    for number, line in enumerate(path.read_text().splitlines(), 1):
        line = line.split("#")[0].strip()
        if line.startswith("=="):
            always = ""
        elif line.startswith("always:"):
            always = line.removeprefix("always:").strip() + ", "
        elif line:
            parts = [part.strip() for part in line.split("=>")]
            assert 3 <= len(parts) <= 4, f"line {number} is no row: {line}"
            world, rings, end, why = (*parts, "")[:4]
            yield Row(f"line {number}:", (always + world).strip(" ,"), rings, end, why)


# The left side.


@dataclass(slots=True)
class Stated:
    """What a row states, collected word by word."""

    at: datetime = MONDAY_10
    agents: dict[str, dict[str, Any]] = field(default_factory=lambda: {key: {} for key in ("ana", "ben", "cy")})
    columns: dict[str, dict[str, Any]] = field(default_factory=dict)
    phones: dict[str, list[Behaviour]] = field(default_factory=dict)
    bot: dict[str, Any] = field(default_factory=dict)
    owner: str | None = "ana"
    spoke: tuple[str, int] | None = None
    caller: str = LEE
    script: CallerScript = field(default_factory=CallerScript)
    is_new: bool = False
    edge: dict[str, Any] = field(default_factory=dict)
    rest: list[tuple[RestFault, int]] = field(default_factory=list)


def read_world(text: str) -> Stated:
    stated = Stated()
    words = [word.strip() for word in re.findall(r'(?:[^,"]|"[^"]*")+', text) if word.strip()]
    for word in sorted(words, key=lambda word: not word.startswith(("at ", "with "))):
        _read_word(stated, word)
    return stated


def _read_word(stated: Stated, word: str) -> None:  # noqa: C901 - one line for each kind of word.
    subject, _, rest = word.partition(" ")
    if re.match(r"[a-z_]+=", word):
        _read_setting(stated, *word.split("=", 1))
    elif subject in NUMBERS:
        _read_person(stated, subject, rest)
    elif subject == "owner":
        stated.owner = None if rest == "nobody" else rest
    elif subject == "at":
        stated.at = _instant(rest)
    elif subject == "with":
        stated.agents[rest] = {}
    elif subject == "caller":
        _read_caller(stated, rest)
    elif word == "new caller":
        stated.is_new = True
    elif word == "no rest":
        stated.edge["legs_possible"] = False
    elif match := re.fullmatch(r"rest (\w+)(?: (\d+) times)?", word):
        stated.rest.append((RestFault(match[1]), int(match[2] or 100)))
    elif word == "one leg a second":
        stated.edge["legs_per_second"] = 1.0
    elif word == "menu":
        stated.bot["menu"] = MENU
    else:
        raise AssertionError(f"nobody knows what {word!r} means")


def _read_setting(stated: Stated, name: str, value: str) -> None:
    if name == "fallback":
        stated.bot["fallback"] = [FALLBACKS[key] for key in value.split()]
    elif name == "caps":
        stated.edge["fallback_calls_per_minute"] = int(value)
    else:
        plain = value if re.fullmatch(r"[a-z_]+", value) and value not in ("true", "false") else None
        stated.bot[name] = plain or tomllib.loads(f"it = {value}")["it"]


def _read_caller(stated: Stated, rest: str) -> None:
    if rest == "withheld":
        stated.caller = WITHHELD
    elif match := re.fullmatch(r"is (\w+)", rest):
        stated.caller = NUMBERS[match[1]]
    elif match := re.fullmatch(r"leaves after (\d+) s", rest):
        stated.script = replace(stated.script, hangs_up_after_s=float(match[1]))
    elif match := re.fullmatch(r'leaves on "(.+)"', rest):
        stated.script = replace(stated.script, hangs_up_on=match[1])
    elif match := re.fullmatch(r'presses (\S+) on "(.+)"', rest):
        stated.script = replace(stated.script, reactions=(*stated.script.reactions, (match[2], match[1])))
    elif match := re.fullmatch(r'says "(.+)"', rest):
        stated.script = replace(stated.script, speech=(*stated.script.speech, match[1]))
    elif match := re.fullmatch(r"talks (\d+) s", rest):
        stated.script = replace(stated.script, talks_s=float(match[1]))
    else:
        raise AssertionError(f"no caller {rest!r}")


def _read_person(stated: Stated, name: str, rest: str) -> None:  # noqa: C901 - as above.
    columns = stated.columns.setdefault(name, {})
    own = stated.agents.setdefault(name, {}) if name not in FALLBACKS and name != "olive" else {}
    if all(part in BEHAVIOURS for part in rest.split(" then ")):
        stated.phones[name] = [BEHAVIOURS[part] for part in rest.split(" then ")]
    elif rest in STATES:
        columns |= STATES[rest]
    elif rest == "away" or rest.startswith("away covered by "):
        cover = {"cover": rest.split()[-1]} if rest != "away" else {}
        day = stated.at.date()
        own["out_of_office"] = [{"from": day - timedelta(days=1), "to": day + timedelta(days=1)} | cover]
    elif match := re.fullmatch(r"away from (\S+) to (\S+)", rest):
        own["out_of_office"] = [{"from": date.fromisoformat(match[1]), "to": date.fromisoformat(match[2])}]
    elif rest in ("talking", "offered"):
        until = stated.at + timedelta(seconds=3600 if rest == "talking" else 50)
        columns |= {"bridged": rest == "talking", "reserved_until": until, "reserved_call": "CAother"}
    elif match := re.fullmatch(r"(resting|paused|in wrap-up) (-?\d+) s", rest):
        why = {"resting": "rang_out", "paused": "paused", "in wrap-up": "wrap_up"}[match[1]]
        columns |= {"resting_until": stated.at + timedelta(seconds=int(match[2])), "resting_why": why}
    elif match := re.fullmatch(r"off for (-?\d+) s", rest):
        columns |= {"calls_on": False, "calls_off_until": stated.at + timedelta(seconds=int(match[1]))}
    elif match := re.fullmatch(r"reserved until (-?\d+) s", rest):
        columns |= {"reserved_until": stated.at + timedelta(seconds=int(match[1])), "reserved_call": "CAother"}
    elif match := re.fullmatch(r"idle (\d+) min", rest):
        columns["idle_since"] = stated.at - timedelta(minutes=int(match[1]))
    elif match := re.fullmatch(r"works (.+?)(?: in (\S+))?", rest):
        own |= {"hours": match[1], "holidays": "US-TX"} | ({"time_zone": match[2]} if match[2] else {})
    elif match := re.fullmatch(r"spoke last(?: (\d+) days ago)?", rest):
        stated.spoke = (name, int(match[1] or 1))
    elif rest == "unscreened":
        own["screening"] = False
    elif rest == "takes no leads":
        own["leads"] = False
    elif match := re.fullmatch(r"speaks (\w+)", rest):
        own["skills"] = [match[1]]
    else:
        raise AssertionError(f"{name} cannot be {rest!r}")


def _instant(text: str) -> datetime:
    """A local time of Chicago, or an instant in UTC that ends in Z."""
    if text.endswith("Z"):
        return datetime.fromisoformat(text.removesuffix("Z")).replace(tzinfo=UTC)
    return from_local(datetime.fromisoformat(text), "America/Chicago")


# Living through it.


def live_through(world: World, stated: Stated) -> SimulatedCall:
    people = [agent(key, **({"leads": False} if stated.owner is None else {}) | own) for key, own in _in_order(stated)]
    world.start_over(organisation(agents=[*people, olive()], bot=stated.bot), at=stated.at)
    world.set_calls(**({"legs_possible": True, "legs_per_second": 0.0, "fallback_calls_per_minute": 60} | stated.edge))
    for key, columns in stated.columns.items():
        if columns:
            world.set_agent(key, **columns)
    for name, behaviours in stated.phones.items():
        world.phone(NUMBERS[name], *behaviours)
    for fault, times in stated.rest:
        world.network.rest.faults.fail_next(fault, times, "/Calls.json")
    if stated.caller == LEE and not stated.is_new:
        _know_the_lead(world, stated)
    call = world.network.call(stated.caller, LINE, stated.script)
    world.network.run()
    return call


def _in_order(stated: Stated) -> list[tuple[str, dict[str, Any]]]:
    return sorted((key, own) for key, own in stated.agents.items())


def _know_the_lead(world: World, stated: Stated) -> None:
    owner_id = world.agent(stated.owner).id if stated.owner else None
    values: dict[str, Any] = {"owner_id": owner_id, "unowned_reason": None if owner_id else "nobody takes leads now"}
    if stated.spoke is not None:
        key, days = stated.spoke
        values |= {"last_spoke_with_id": world.agent(key).id, "last_spoke_at": stated.at - timedelta(days=days)}
    with world.database.begin() as db:
        leads.insert_lead(db, phone=LEE, name="Lee Ortiz", attributes={}, created_at=stated.at, **values)


# The right side.


def rings_of(world: World, call: SimulatedCall, seconds: bool) -> str:
    """`ana | ben cy`, from the phones that rang in truth; our own rows only say which of them were one attempt."""
    with world.database.read() as db:
        row = call_store.find_call(db, call.sid)
        attempts = [] if row is None else call_store.attempts_of(db, row.id)
    unclaimed = [ring for ring in world.network.rings if row is None or ring.started_at >= row.arrived_at]
    groups: dict[tuple[int, bool], list[str]] = {}
    first_offer: dict[int, datetime] = {}
    for attempt in attempts:
        ring = next((r for r in unclaimed if r.phone == attempt.phone and r.started_at >= attempt.offered_at), None)
        if ring is None or (attempt.ended in ("error", "unknown") and not attempt.leg_sid):
            continue  # Never made to ring, as far as anybody knows.
        unclaimed.remove(ring)
        joined = attempt.offered_at - first_offer.setdefault(attempt.turn, attempt.offered_at) > timedelta(seconds=1)
        name = NAMES[ring.phone] + (f" {round(ring.seconds)}s" if seconds else "")
        groups.setdefault((attempt.turn, joined), []).append(name)
    assert not unclaimed, f"rang without an attempt: {unclaimed}"
    text = ""
    for (_, joined), names in groups.items():
        text += (" + " if joined else " | " if text else "") + " ".join(names)
    return text or "-"


def in_one_order(rings: str) -> str:
    """Within one attempt the phones ring at once, so their order says nothing."""
    parts = re.split(r" ([|+]) ", rings)
    return " ".join(" ".join(sorted(re.findall(r"[a-z]+(?: \d+s)?|[|+-]", part))) for part in parts)


def end_of(call: SimulatedCall, why: dict[str, Any]) -> str:
    match why["outcome"], why["abandoned"]:
        case None, _:
            return "gone"
        case "successful_transfer", _:
            return " ".join(NAMES[talk.phone] for talk in call.joined)
        case "missed_transfer", True:
            return "abandoned"
        case "missed_transfer", False:
            return "voicemail" if any(heard.kind == "beep" for heard in call.heard) else "missed"
        case "needs_follow_up", _:
            return "message"
        case outcome, _:
            return str(outcome).replace("_", " ").replace("opt out", "opted out")


def reasons_of(why: dict[str, Any]) -> set[str]:
    """Every failed finding and every word, as `ben calls_off`."""
    named = {a["phone"]: a["agent"] or NAMES[a["phone"]] for a in why["attempts"]} | NAMES
    words = {f"{named[attempt['phone']]} {attempt['ended']}" for attempt in why["attempts"]}
    failed = [found for decision in why["decisions"] for found in decision["trace"] if not found["passed"]]
    return words | {f"{named.get(found['subject'], found['subject'])} {found['reason']}" for found in failed}
