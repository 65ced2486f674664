"""The reports there are: what each answers, its figures with their definitions, and by what it can be split."""

from collections.abc import Mapping
from dataclasses import dataclass

from sami.domain.reports.figures import Count, Figure, Middle, Minutes, Share

WITHIN_S = 20
"""An answer within so many seconds is good service, where nobody says otherwise."""
WAIT_MAX_S = 3600
OF_CALLS = ("line", "bot", "source", "rule", "day", "hour")
OF_LEADS = ("source", "segment", "owner", "rule", "week", "day")


@dataclass(frozen=True, slots=True)
class Report:
    """`lists` is what its figures count: the list that their links lead to."""

    name: str
    question: str
    lists: str
    by: tuple[str, ...]
    figures: tuple[Figure, ...]


_OFFERED = Count("offered", "Calls to our lines in which a person was wanted: after greeting, menu and questions.")

ANSWERS = Report(
    "answers",
    "How many of those who wanted a person got one?",
    "calls",
    (*OF_CALLS, "agent", "team"),
    (
        _OFFERED,
        Count("answered", "Offered calls that a person accepted and was joined to; a voicemail never counts."),
        Share("answer_rate", "Answered, of offered.", "answered", "offered"),
        Share("through_fallback", "Answered on a fallback number, of answered.", "by_fallback", "answered"),
        Count("abandoned", "Offered calls whose caller left before anything ended the search for a person."),
        Count("call_back_chosen", "Offered calls whose caller chose to be called back; they are not abandoned."),
    ),
)
ANSWERS_BY_AGENT = (
    Count("offers", "Rings of this agent's phone in calls to our lines."),
    Count("accepted", "Offers that the agent accepted and was joined to the caller.", "accepted"),
    Count("lost_races", "Offers that another agent accepted first.", "lost_race"),
    Count("our_faults", "Offers that a fault of ours or of the carrier's ended: error, unknown, blocked_by_carrier."),
    Share(
        "acceptance_rate",
        "Accepted, of offers less lost races and faults of ours.",
        "accepted",
        "offers",
        less=("lost_race", "our_faults"),
    ),
)

WAITS = Report(
    "waits",
    "How long do callers wait, and who gives up?",
    "calls",
    OF_CALLS,
    (
        _OFFERED,
        Middle(
            "asa_mean_s",
            "Mean seconds from wanting a person to being joined, of answered calls.",
            *("answered", "wait"),
            None,
        ),
        Middle("asa_median_s", "Half of the answered waited no longer.", "answered", "wait"),
        Middle("asa_p90_s", "Nine of ten of the answered waited no longer.", "answered", "wait", 0.9),
        Count("abandoned", "Offered calls whose caller left before anything ended the search for a person."),
        Count("short_abandoned", "Abandoned within 5 seconds."),
        Share(
            "abandonment",
            "Abandoned less short, of offered less short.",
            "long_abandoned",
            "offered",
            less=("short_abandoned",),
        ),
        Share(
            "service_level",
            "Answered within the seconds asked for (20), of offered less short.",
            "answered_within",
            "offered",
            less=("short_abandoned",),
        ),
    ),
)

SPEED_TO_LEAD = Report(
    "speed_to_lead",
    "How soon does a lead talk to a person?",
    "leads",
    OF_LEADS,
    (
        Count("came", "Leads that came in within the period, however they came."),
        Share("reached", "Leads that talked with a person by phone since, of those that came.", "reached", "came"),
        Middle("median_s", "Half of those reached were reached no later after intake.", "reached", "to_reached"),
        Middle("p90_s", "Nine of ten of those reached were reached no later.", "reached", "to_reached", 0.9),
        Share("within_5_min", "Reached within 5 minutes of intake, of those that came.", "reached_in_5_min", "came"),
        Middle("owned_median_s", "Intake to the first owner, median.", "owned", "to_owned"),
        Middle(
            "attempted_median_s", "First owner to the first response of a person, median.", "attempted", "to_attempted"
        ),
        Middle(
            "attempt_to_reached_median_s", "First response to the first talk, median.", "reached", "attempt_to_reached"
        ),
    ),
)

ASSIGNMENT = Report(
    "assignment",
    "How soon has a lead an owner?",
    "leads",
    OF_LEADS,
    (
        Count("came", "Leads that came in within the period."),
        Middle("p50_s", "Intake to the first owner: half took no longer.", "owned", "to_owned"),
        Middle("p95_s", "Intake to the first owner: 95 of a hundred took no longer.", "owned", "to_owned", 0.95),
        Share(
            "not_within_a_second", "Without an owner a second after intake, of those that came.", "late_owned", "came"
        ),
        Count("unowned", "Without an owner today."),
    ),
)

SLA = Report(
    "sla",
    "Are leads answered in the time we set ourselves?",
    "leads",
    ("source", "owner", "segment", "week", "day"),
    (
        Count("with_clock", "Leads that came in within the period and have a first-response clock."),
        Share("met", "Answered in time, of those whose clock has ended in time or late.", "sla_met", "sla_ended"),
        Count("breached", "Not answered in time.", "sla_breached"),
        Middle(
            "overrun_median_s", "How much later than due the first response came, median.", "answered_late", "overrun"
        ),
        Count("running", "The clock still runs.", "sla_active"),
        Count("ended", "The lead is not to be contacted any more.", "sla_closed"),
    ),
)

DISTRIBUTION = Report(
    "distribution",
    "Does everybody get the share that is theirs?",
    "leads",
    ("pool",),
    (
        Count("received", "Leads that a turn of this pool gave to the agent and that were not given back."),
        Count("fair", "What the weights of today's policy would have given them of the turns they could have had."),
        Count("turns", "Turns of the pool in which the agent could have been given the lead.", "turns"),
        Count("absent", "Turns of the pool for which a gate or a cap ruled the agent out.", "absent"),
    ),
)

CONVERSION = Report(
    "conversion",
    "What becomes of leads?",
    "leads",
    ("source", "segment", "week", "owner", "rule"),
    (
        Count("came", "Leads that came in within the period."),
        Share("contacting", "Leads that have left NEW, of those that came; put away or not.", "past_new", "came"),
        Share("qualified", "Leads that stand at QUALIFIED or beyond, of those that came.", "at_QUALIFIED", "came"),
        Share("committed", "Leads that stand at COMMITTED or beyond, of those that came.", "at_COMMITTED", "came"),
        Share(
            "in_contract", "Leads that stand at IN_CONTRACT or beyond, of those that came.", "at_IN_CONTRACT", "came"
        ),
        Share("closed", "Leads that stand at CLOSED, of those that came.", "at_CLOSED", "came"),
        Middle("closed_days_median_s", "Intake to the move to CLOSED, median.", "seen_closed", "to_closed"),
    ),
)

MISSED = Report(
    "missed",
    "Are missed callers called back?",
    "calls",
    OF_CALLS,
    (
        Count("missed", "Calls to our lines whose outcome is missed_transfer."),
        Share("called_back", "Missed calls whose task was done, of missed.", "missed_done", "missed"),
        Middle("median_s", "End of the call to its task being done, median.", "missed_done", "to_done"),
        Count("open", "Missed calls whose task is still open.", "missed_open"),
        Count("answered_by_text", "Missed callers who texted us within a day after the call.", "missed_texted"),
    ),
)

COVERAGE = Report(
    "coverage",
    "Is somebody able to ring while we are open?",
    "agents",
    ("day", "hour"),
    (
        Minutes("open_min", "Minutes in which at least one agent's hours are open.", "open"),
        Minutes("two_min", "Minutes in which at least two agents are inside their hours and not away.", "two"),
        Minutes("one_min", "Minutes in which exactly one is.", "one"),
        Minutes("none_min", "Minutes in which everybody whose hours are open is away.", "none"),
        Share(
            "occupancy",
            "Talk and wrap-up, of the time that agents were inside their hours and not away.",
            "busy",
            "able",
        ),
    ),
)

FALLBACKS = Report(
    "fallbacks",
    "Which calls reach the fallback numbers, and why?",
    "calls",
    ("number", "gate"),
    (
        Count("reached", "Calls to our lines that rang this fallback number.", "rang"),
        Count("answered", "Of these, answered there.", "took"),
        Share("answer_rate", "Answered, of reached.", "took", "rang"),
    ),
)

CADENCES = Report(
    "cadences",
    "What do cadences bring?",
    "leads",
    ("cadence", "ended_by"),
    (
        Count("begun", "Enrolments that began within the period."),
        Count("texts", "Texts sent by their steps."),
        Count("calls", "Calls placed by their steps."),
        Share("answered", "Enrolments whose lead replied or talked with a person, of begun.", "replied", "begun"),
        Share("opted_out", "Enrolments that an opt-out ended, of begun.", "opted_out", "begun"),
        Share("completed", "Enrolments that came to their end, of begun.", "completed", "begun"),
        Count("running", "Still active or paused."),
    ),
)

EXCEPTIONS = Report(
    "exceptions",
    "What did no rule decide, and is it looked at?",
    "exceptions",
    ("kind",),
    (
        Count("opened", "Exceptions that arose within the period."),
        Count("closed", "Of these, closed by now."),
        Count("open_at_end", "Open at the end of the period, however old."),
    ),
)

REPORTS: Mapping[str, Report] = {
    report.name: report
    for report in (
        *(ANSWERS, WAITS, SPEED_TO_LEAD, ASSIGNMENT, SLA, DISTRIBUTION),
        *(CONVERSION, MISSED, COVERAGE, FALLBACKS, CADENCES, EXCEPTIONS),
    )
}


def figures_of(report: Report, by: str | None) -> tuple[Figure, ...]:
    """An agent is measured by the offers they had, not by calls that never rang them."""
    return ANSWERS_BY_AGENT if report is ANSWERS and by in ("agent", "team") else report.figures
