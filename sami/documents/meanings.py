"""What does each key of the admin's file mean, and how is it written? `sami init` and the guide for admins say it."""

from collections.abc import Iterator, Mapping
from dataclasses import MISSING, dataclass, fields
from datetime import date
from enum import StrEnum
from typing import Any

from sami.documents.checks.names import FILE_TYPES, key_names, types_within
from sami.domain.assignment.policy import (
    Constraint,
    FirstResponse,
    Policy,
    Rule,
    ScorePoints,
    Target,
    WorkerChoice,
)
from sami.domain.leads.condition import Condition, Range
from sami.domain.organisation.document import (
    Action,
    Agent,
    Blocked,
    Bot,
    Cadence,
    Caps,
    FallbackNumber,
    Line,
    MenuChoice,
    Organisation,
    OutcomeRules,
    OutOfOffice,
    Question,
    Team,
    Workflow,
)


@dataclass(frozen=True, slots=True)
class Meaning:
    """`example` is written as in the file."""

    says: str
    example: str


def _meanings(**keys: tuple[str, str]) -> dict[str, Meaning]:
    """`from` and its like are words of Python's: they are given with an underscore."""
    return {key.rstrip("_"): Meaning(*said) for key, said in keys.items()}


_VALUES = '["Website"]'

MEANINGS: Mapping[type[Any], Mapping[str, Meaning]] = {
    Organisation: _meanings(
        name=("How callers and leads hear of you.", '"Harbor Homes"'),
        country=("How local phone numbers are read, and the country that may be dialled.", '"US"'),
        time_zone=("Whose clock counts where nobody's own does.", '"America/Chicago"'),
        account_owner=("The agent who answers for what nobody else does.", '"olive"'),
        wrap_up=("Seconds of rest after each call before the next may ring.", "15"),
        synonyms=("More words that agents may text, never one of the carrier's.", '{ away = "OFF 60" }'),
    ),
    Agent: _meanings(
        key=("Stable; everything else refers to it.", '"ana"'),
        name=("How colleagues, and leads in texts, hear of them.", '"Ana Ruiz"'),
        phone=("The phone in their pocket, one for each.", '"+15125550101"'),
        email=("For notices by e-mail.", '"ana@example.com"'),
        verified=("Normally set by a test ring (`sami verify KEY`); nobody unverified is rung.", "true"),
        role=("Who is told what: owner, admin, manager, agent or auditor.", '"agent"'),
        calls=("Whether calls ring them, until they switch it.", "true"),
        leads=("Whether they are given leads, until they switch it.", "true"),
        time_zone=("Their clock, where it is not the organisation's.", '"America/New_York"'),
        hours=("Opening hours as OpenStreetMap writes them; absent means always.", '"Mo-Fr 09:00-18:00; PH off"'),
        holidays=("The region whose public holidays PH means.", '"US-TX"'),
        screening=("Whether they hear who calls and press 1; false for a desk phone that is theirs alone.", "true"),
        skills=("What menus and rules may ask for.", '["spanish", "buyers"]'),
        licences=("States in which they may act; a constraint may require it.", '["TX"]'),
        caps=("How many leads they take at most.", "{ open_leads = 80, leads_per_day = 10, leads_per_hour = 4 }"),
        out_of_office=(
            "Vacations, both days included; who covers gets their calls and leads meanwhile.",
            '[{ from = 2026-12-21, to = 2027-01-02, cover = "ben" }]',
        ),
    ),
    Caps: _meanings(
        open_leads=("Leads that are theirs and not closed.", "80"),
        leads_per_day=("Given within a day of their own clock.", "10"),
        leads_per_hour=("Given within an hour.", "4"),
    ),
    OutOfOffice: _meanings(
        from_=("The first day away.", "2026-12-21"),
        to=("The last day away.", "2027-01-02"),
        cover=("Who stands in; without it the group does.", '"ben"'),
    ),
    Team: _meanings(
        key=("Stable; bots and rules refer to it.", '"buyers"'),
        name=("As people say it.", '"Buyers"'),
        manager=("Who hears when nobody of it is on duty.", '"olive"'),
        members=("Keys of agents.", '["ana", "ben"]'),
    ),
    Line: _meanings(
        phone=("A number of your Twilio account.", '"+15125550110"'),
        name=("As agents hear and reports name it.", '"Website"'),
        bot=("The key of the bot that answers it.", '"main"'),
        staff=("Whether agents text their keywords here and are texted from here.", "true"),
    ),
    Bot: _meanings(
        key=("Stable; lines refer to it.", '"main"'),
        greeting=("The first sentence that callers hear.", '"Thanks for calling Harbor Homes."'),
        language=("Of everything it says; complete are English and Spanish.", '"en-US"'),
        behaviour=("rules: agents, then fallback numbers. number: always the one below.", '"rules"'),
        number=('Rung at once where behaviour = "number".', '"+15125550199"'),
        pattern=("assigned_then_group, simultaneous_group or assigned_only.", '"assigned_then_group"'),
        ring_timeout=("Seconds a phone rings, 5 to 300; longer than 22 most voicemails answer first.", "20"),
        max_wait=("Seconds a caller waits for a person in all, 15 to 600.", "90"),
        overlap=("Seconds the owner rings alone before the group joins; 0: only after them.", "0"),
        sticky=("Whether callers are offered first to whom they last spoke with.", "false"),
        max_ring=("Phones that ring at once, 1 to 10.", "10"),
        group_ring=("queue (callers hear music), dial, or hunt (one phone at a time).", '"queue"'),
        caller_id=("What agents see: our line, or the caller.", '"line"'),
        voice=("One of Twilio's.", '"Polly.Joanna-Neural"'),
        hold_music=("A sound on the web.", '"https://static.example.com/hold.mp3"'),
        record=("Whether talks are recorded, which is announced.", "false"),
        sentences=("Any sentence of ours in your words, by its name.", '{ apology = "Nobody could take your call." }'),
        team=("Who rings, instead of whom the lead's rule names.", '"buyers"'),
        fallback=(
            "Phones that are rung last, in order; confirm asks for a 1 there too.",
            '[{ phone = "+15125550190", name = "Front desk", confirm = false }]',
        ),
        menu=(
            "What callers may choose, by key or by word.",
            '[{ digits = "1", words = ["buy"], say = "To buy a home", then = "transfer", skill = "buyers" }]',
        ),
        questions=(
            "Asked before the transfer; answers stay with the lead.",
            '[{ attribute = "timeframe", ask = "When do you plan to move?", choices = ["now", "later"] }]',
        ),
        outcomes=(
            "What happens after each outcome, beside what always does.",
            '{ missed_transfer = { actions = [{ do = "notify", who = "owner" }] } }',
        ),
    ),
    FallbackNumber: _meanings(
        phone=("A phone outside, in the organisation's country.", '"+15125550190"'),
        name=("As reports name it.", '"Front desk"'),
        confirm=("Whether whoever picks up must press 1; true for a person's phone.", "false"),
    ),
    MenuChoice: _meanings(
        digits=("1 to 9 or *; 0 always reaches a person.", '"1"'),
        say=("What it is for, as it is read out.", '"To buy a home"'),
        then=("transfer, voicemail, callback or opt_out.", '"transfer"'),
        words=("What means the same aloud.", '["buy", "buying"]'),
        skill=("What an agent must have to be rung for it.", '"buyers"'),
    ),
    Question: _meanings(
        attribute=("Under which name the answer is kept.", '"timeframe"'),
        ask=("The question.", '"When do you plan to move?"'),
        choices=("What may be answered; absent: anything.", '["now", "later"]'),
    ),
    OutcomeRules: _meanings(actions=("Carried out in order.", '[{ do = "notify", who = "owner", by = ["text"] }]')),
    Action: _meanings(
        do=("The verb; docs/outcomes.md and docs/cadences.md tell what each needs.", '"notify"'),
        who=("owner, account_owner, managers, admins, or an agent's key.", '"owner"'),
        by=("text, email, app, slack, webhook.", '["text"]'),
        say=("The words, with placeholders such as {lead.first_name}.", '"Hi {lead.first_name}."'),
        title=("Of a task.", '"Call {lead.name}"'),
        due=("When a task is due.", '"1 hour"'),
        agent=("Who gets the lead.", '"olive"'),
        stage=("The lead's stage; several where a step asks for one of them.", '"CONTACTING"'),
        tag=("One tag.", '"hot"'),
        cadence=("The key of a cadence.", '"ten-day"'),
        message=("Left on an answering machine.", '"Please call us back."'),
        for_=("How long: a wait, a pause, or no contact at all.", '"1 day"'),
        between=("A wait ends within these hours of the lead's day.", '"09:00-18:00"'),
        on=("A wait ends on one of these weekdays.", '"Mo-Fr"'),
        when=("A condition: see below.", '{ source = ["Zillow"] }'),
        then=("Steps where the condition holds.", '[{ do = "call_lead" }]'),
        else_=("Steps where it does not.", '[{ do = "wait", for = "1 week" }]'),
    ),
    Blocked: _meanings(
        phone=("One caller; or:", '"+15125550666"'),
        prefix=("Every number that begins so, six digits at least; or:", '"+1512555"'),
        withheld_on=("Whoever withholds their number, on this line.", '"+15125550110"'),
        why=("The reason, which `sami why` tells.", '"calls hourly"'),
        until=("The last day, included; absent: until taken away.", "2027-01-31"),
    ),
    Policy: _meanings(
        note=("Why, in a sentence; a changed policy is published with it.", '"Opening policy"'),
        effective_at=("From when on; absent: at once.", "2026-11-01T00:00:00Z"),
        default=("Who gets a lead that no rule decides.", "{ pond = true }"),
        reassign_on=("What decides the owner anew.", '["state", "re_engaged", "owner_deactivated"]'),
        verified_only=("Whether only agents with a verified phone get leads.", "false"),
        constraints=("Before every rule, without exception.", '[{ name = "Licence", require = "licence" }]'),
        rules=("In order; the first that matches decides.", '[{ name = "Night", to = { pond = true } }]'),
        score=("Points that make a lead's score.", '[{ name = "Ready", when = { timeframe = ["now"] }, points = 30 }]'),
        sla=("How soon a lead must hear from a person.", "{ minutes = 5 }"),
        workers=("Versions of what examines leads as they come.", '[{ capability = "enrich", version = "1" }]'),
    ),
    Target: _meanings(
        agent=("One agent; or:", '"olive"'),
        team=("A team; or:", '"buyers"'),
        agents=("Several; or:", '["ana", "ben"]'),
        pond=("Nobody yet: whoever claims it.", "true"),
        by=("round_robin, least_loaded, best_match, random or primary_only.", '"round_robin"'),
        weights=("Per cent of each, 100 in all.", "{ ana = 60, ben = 40 }"),
        on_duty=("Only who may be rung now.", "true"),
    ),
    Constraint: _meanings(
        name=("As decisions name it.", '"Licence"'),
        to=("Who alone may own such a lead; or:", '{ agent = "olive" }'),
        require=("What every owner must have: licence, language or consent.", '"licence"'),
        when=("For which leads; absent: all.", '{ tags = ["strategic"] }'),
    ),
    Rule: _meanings(
        name=("As decisions name it.", '"Texas buyers"'),
        when=("For which leads; absent: all.", '{ state = ["TX"], price = { min = 200000 } }'),
        to=("Who gets them.", '{ team = "buyers", by = "round_robin" }'),
    ),
    ScorePoints: _meanings(
        name=("As the score names it.", '"Ready now"'),
        when=("For which leads.", '{ timeframe = ["now"] }'),
        points=("Added, or taken where negative.", "30"),
    ),
    FirstResponse: _meanings(
        minutes=("From intake to the first response.", "5"),
        sources=("Sources with minutes of their own.", "{ Zillow = 1 }"),
        counts=("always, or the owner's working_hours alone.", '"always"'),
        escalate=("Whether a breach gives the lead to somebody else.", "false"),
    ),
    WorkerChoice: _meanings(
        capability=("What it finds out; `sami workers` lists them.", '"enrich"'),
        version=("Which one runs.", '"1"'),
        canary=("A newer one on trial.", '"2"'),
        share=("Per cent of leads that the newer one gets.", "10"),
        url=("Where the version runs; absent: it is ours.", '"https://score.example.com/leads"'),
        canary_url=("Where the newer one runs.", '"https://score.example.com/leads2"'),
        secret=("Signs what is asked.", '"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"'),
        timeout=("Seconds, all tries together.", "2.0"),
        required=("Whether a lead waits for its answer.", "false"),
    ),
    Condition: _meanings(
        source=("Where the lead came from.", _VALUES),
        type=("What kind of lead.", '["buyer"]'),
        product=("What it is about.", '["condo"]'),
        segment=("Your own grouping.", '["luxury"]'),
        tags=("Any of these tags.", '["strategic"]'),
        city=("", '["Austin"]'),
        zip=("Matched from the beginning.", '["787"]'),
        state=("", '["TX"]'),
        country=("", '["US"]'),
        area_code=("Of the lead's phone.", '["512"]'),
        timeframe=("", '["now"]'),
        language=("Of the lead.", '["es"]'),
        price=("A range, both ends included.", "{ min = 200000, max = 900000 }"),
        score=("A range of the score.", "{ min = 50 }"),
        attributes=("Whatever else a lead says, by name.", '{ pool = ["yes"] }'),
        hours=("Opening hours in the organisation's zone.", '"Mo-Su 20:00-08:00"'),
    ),
    Range: _meanings(min=("At least.", "200000"), max=("At most.", "900000")),
    Cadence: _meanings(
        key=("Stable; actions refer to it.", '"ten-day"'),
        name=("As timelines name it.", '"Ten-day follow-up"'),
        steps=(
            "In order; docs/cadences.md tells how they run.",
            '[{ do = "text_lead", say = "Hi {lead.first_name}." }, { do = "wait", for = "1 day" }]',
        ),
    ),
    Workflow: _meanings(
        key=("Stable.", '"intake"'),
        on=("The trigger: docs/outcomes.md lists them.", '"lead_received"'),
        actions=("Carried out in order.", '[{ do = "assign_by_policy" }]'),
        when=("For which leads; absent: all.", '{ source = ["Website"] }'),
        tag=("For triggers that speak of a tag.", '"hot"'),
        stage=("For triggers that speak of a stage.", '"QUALIFIED"'),
        outcome=("For triggers that speak of an outcome.", '"missed_transfer"'),
    ),
}

PLACES: Mapping[type[Any], str] = {
    Caps: "caps of an agent",
    OutOfOffice: "out_of_office of an agent",
    FallbackNumber: "fallback of a bot",
    MenuChoice: "menu of a bot",
    Question: "questions of a bot",
    OutcomeRules: "outcomes.NAME of a bot",
    Action: "actions of outcomes and workflows, steps of cadences",
    Target: "to of rules and constraints, default of the policy",
    Constraint: "constraints of the policy",
    Rule: "rules of the policy",
    ScorePoints: "score of the policy",
    FirstResponse: "sla of the policy",
    WorkerChoice: "workers of the policy",
    Condition: "when of rules, workflows and steps",
    Range: "price and score of a condition",
}
"""Where tables stand that are no table of the file themselves."""


def kinds_in_file() -> Iterator[type[Any]]:
    """Every table that a file can hold: those of the file, then those within them, each once."""
    waiting, seen = list(FILE_TYPES.values()), set[type[Any]]()
    while waiting:
        kind = waiting.pop(0)
        if kind in seen:
            continue
        seen.add(kind)
        yield kind
        waiting += [found for key in key_names(kind) for found in types_within(kind, key) if found in MEANINGS]


def default_of(kind: type[Any], key: str) -> str | None:
    """As it is written in the file; None where the key must be given, empty where its absence means something."""
    field = next(field for field in fields(kind) if field.name.rstrip("_") == key)
    value = field.default_factory() if field.default_factory is not MISSING else field.default
    if value is MISSING:
        return None
    match value:
        case bool():
            return str(value).lower()
        case StrEnum() | str():
            return f'"{value}"' if value else ""
        case int() | float():
            return str(value)
        case date() | None | () | {}:
            return ""
    return ""
