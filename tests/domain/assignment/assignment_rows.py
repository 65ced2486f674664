"""How a row of `assignment_table.txt` is read: a policy by name, a lead, a team's state, and who owns the lead and why.

    policy            | lead                        | team                  | owner | why the others, or the lead, not
    weighted          | state=TX price=300000       | ana ben cy:off        | ana   | ben:not_their_turn cy:leads_off

A team's words after a key: off (leads), calls-off, closed (outside hours), gone (inactive), away, away>dee (with a
cover), full (open leads), day, hour (caps), load=3 (open leads), tasks=2, credit=-5, TX (a licence), spanish (a skill).
"""

from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from sami.domain.agents.gates import AgentFacts
from sami.domain.assignment.fitness import Load
from sami.domain.assignment.owner import AssignmentInputs, assign_owner
from sami.domain.assignment.policy import By, Constraint, Policy, Rule, Target
from sami.domain.assignment.rules import match_policy
from sami.domain.language.phone import E164, area_code_of
from sami.domain.language.trace import Decision
from sami.domain.leads.condition import Condition, Range
from sami.domain.leads.inquiry import Inquiry
from sami.domain.organisation.document import Caps
from tests.support.make import AT, agent

ZONE = "America/Chicago"
TEAM = ("ana", "ben", "cy")
ALL = Condition()


def _by(by: By, **stated: Any) -> Policy:
    return Policy(rules=(Rule("Everybody", Target(team="team", by=by, **stated)),))


def _when(target: Target | None = None, **fields: Any) -> Policy:
    return Policy(
        rules=(Rule("Some", target or Target(agent="ana"), Condition(**fields)),), default=Target(team="team")
    )


STRATEGIC = Constraint("Strategic", Condition(tags=("strategic",)), Target(agent="olive"))
TERRITORY = Constraint("Texas", Condition(state=("TX",)), Target(agents=("ben", "dee")))
LICENCE = Constraint("Licence", require="licence")
LANGUAGE = Constraint("Language", require="language")
CONSENT = Constraint("Consent", require="consent")
TURNS = (Rule("Everybody", Target(team="team")),)

POLICIES: dict[str, Policy | None] = {
    "none": None,
    "turns": _by(By.ROUND_ROBIN),
    "weighted": _by(By.ROUND_ROBIN, weights={"ana": 60, "ben": 40}),
    "least": _by(By.LEAST_LOADED),
    "best": _by(By.BEST_MATCH),
    "random": _by(By.RANDOM),
    "primary": _by(By.PRIMARY_ONLY),
    "on_duty": _by(By.ROUND_ROBIN, on_duty=True),
    "one": Policy(rules=(Rule("One", Target(agent="ana")),)),
    "list": Policy(rules=(Rule("List", Target(agents=("dee", "cy"))),)),
    "pond": Policy(rules=(Rule("Pond", Target(pond=True)),)),
    "empty": Policy(),
    "strategic": Policy(constraints=(STRATEGIC, TERRITORY), rules=TURNS),
    "licence": Policy(constraints=(LICENCE,), rules=TURNS),
    "language": Policy(constraints=(LANGUAGE,), rules=TURNS),
    "consent": Policy(constraints=(CONSENT,), rules=TURNS),
    "source": _when(source=("Zillow", "Website")),
    "type": _when(type=("buyer",)),
    "product": _when(product=("condo",)),
    "segment": _when(segment=("luxury",)),
    "tags": _when(tags=("vip", "hot")),
    "city": _when(city=("Austin",)),
    "zip": _when(zip=("787", "75201*")),
    "state": _when(state=("TX", "OK")),
    "country": _when(country=("US",)),
    "area": _when(area_code=("512", "737")),
    "price": _when(price=Range(200_000, 500_000)),
    "cheap": _when(price=Range(max=200_000)),
    "timeframe": _when(timeframe=("now",)),
    "score": _when(score=Range(min=50)),
    "attribute": _when(attributes={"plan": ("gold",), "pets": ("true",)}),
    "hours": _when(hours="Mo-Fr 08:00-12:00"),
    "night": _when(Target(pond=True), hours="Mo-Su 20:00-08:00"),
    "several": _when(state=("TX",), type=("buyer",), price=Range(min=200_000)),
    "ordered": Policy(
        rules=(
            Rule("Texas", Target(agent="ben"), Condition(state=("TX",))),
            Rule("Buyers", Target(agent="cy"), Condition(type=("buyer",))),
            Rule("Rest", Target(agent="ana")),
        )
    ),
}

_SWITCHES: dict[str, dict[str, Any]] = {
    "off": {"leads_on": False},
    "calls-off": {"calls_on": False},
    "closed": {"open_now": False},
    "gone": {"active": False},
    "away": {"away_through": date(2026, 11, 20)},
}
_FULL = {
    "full": Load(open_leads=5, caps=Caps(open_leads=5)),
    "day": Load(today=3, caps=Caps(leads_per_day=3)),
    "hour": Load(this_hour=1, caps=Caps(leads_per_hour=1)),
}


@dataclass(frozen=True, slots=True)
class AssignmentRow:
    number: int
    policy: str
    lead: str
    team: str
    owner: str
    why: str

    def __str__(self) -> str:
        return f"{self.number} {self.policy}: {self.lead or 'any lead'}, {self.team}"


def read_rows() -> list[AssignmentRow]:
    lines = Path(__file__).with_name("assignment_table.txt").read_text(encoding="utf-8").splitlines()
    rows = [(number, line) for number, line in enumerate(lines, 1) if line.strip() and not line.startswith("#")]
    return [AssignmentRow(number, *(cell.strip() for cell in line.split("|"))) for number, line in rows]


def decide(row: AssignmentRow) -> Decision[Any]:
    return assign_owner(inputs_of(row), POLICIES[row.policy])


def inputs_of(row: AssignmentRow) -> AssignmentInputs:
    people = [_person(word) for word in row.team.split()]
    inquiry, chance, owner = _inquiry(row.lead)
    policy = POLICIES[row.policy]
    target = Target() if policy is None else match_policy(policy, inquiry, AT, ZONE).target
    return AssignmentInputs(
        at=AT,
        pool="pool",
        agents=tuple(person for person, _, _ in people),
        credits={person.key: credit for person, _, credit in people},
        inquiry=inquiry,
        policy_version=None if policy is None else 1,
        time_zone=ZONE,
        members=_members(target),
        loads={person.key: load for person, load, _ in people},
        owner=owner,
        keep=owner is not None,
        chance=chance,
    )


def _members(target: Target) -> tuple[str, ...] | None:
    if target.agent:
        return (target.agent,)
    return target.agents or (TEAM if target.team else None)


def _person(written: str) -> tuple[AgentFacts, Load, int]:
    key, *states = written.split(":")
    person, load, credit = agent(key), Load(), 0
    for state in states:
        word, _, value = state.partition("=")
        if word in _SWITCHES:
            person = replace(person, **_SWITCHES[word])
        elif word.startswith("away>"):
            person = replace(person, away_through=date(2026, 11, 20), cover=word.removeprefix("away>"))
        elif word in _FULL:
            load = replace(_FULL[word], licences=load.licences)
        elif word == "load":
            load = replace(load, open_leads=int(value))
        elif word == "tasks":
            load = replace(load, open_tasks=int(value))
        elif word == "credit":
            credit = int(value)
        elif word.isupper():
            load = replace(load, licences=(*load.licences, word))
        else:
            person = replace(person, skills=(*person.skills, word))
    return person, load, credit


def _inquiry(written: str) -> tuple[Inquiry, int, str | None]:
    """`chance=`, `owner=` and `no-consent` stand beside the lead's own fields; `.plan=gold` is an attribute."""
    fields: dict[str, Any] = {"attributes": {}}
    chance, owner = 0, None
    for word in written.split():
        name, _, value = word.partition("=")
        if name == "no-consent":
            fields["may_contact"] = False
        elif name == "chance":
            chance = int(value)
        elif name == "owner":
            owner = value
        elif name.startswith("."):
            fields["attributes"][name[1:]] = value == "yes" or value
        elif name == "phone":
            fields |= {"phone": E164(value), "area_code": area_code_of(E164(value))}
        elif name in ("price", "score"):
            fields[name] = int(value)
        else:
            fields[name] = tuple(value.split(",")) if name == "tags" else value
    return Inquiry(id=7, **fields), chance, owner
