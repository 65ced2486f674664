"""A lead's story in words: how it came, what was found out, who got it by which rule, who did not and why."""

from collections.abc import Iterator
from datetime import date, datetime
from itertools import groupby

from sami.domain.assignment.owner import Assignment
from sami.domain.assignment.rules import RuleName
from sami.domain.assignment.sla import SlaReading
from sami.domain.language.actor import POLICY
from sami.domain.language.durations import format_seconds
from sami.domain.language.hours import to_local
from sami.domain.language.local_time import Clock
from sami.domain.language.trace import SENTENCES, Finding, Reason
from sami.domain.leads.doubts import said_findings
from sami.domain.leads.enrolments import EnrolmentState
from sami.domain.leads.stages import SlaState
from sami.views.call_words import CallDescription, Moment
from sami.views.formats import said_date, said_day, said_detail, said_time
from sami.views.lead_story import Enrolled, ExceptionRaised, LeadStory, OwnerChanged, StepTaken, WorkflowRun
from sami.views.stored_decisions import StoredDecision

POND = "the pond"

_Said = tuple[datetime, str, tuple[str, ...]]


def describe_lead(story: LeadStory) -> CallDescription:
    said = _Words(story)
    moments = sorted(said.moments(), key=lambda moment: moment[0])
    return CallDescription(
        headline=said.headline(),
        result=" ".join(said.result()),
        moments=tuple(Moment(at, said.instant(at), words, details) for at, words, details in moments),
        tasks=(),
        texts=(),
        cadences=tuple(map(said.cadence, story.cadences)),
    )


class _Words:
    def __init__(self, story: LeadStory) -> None:
        self._story = story
        self._clock = Clock(story.created_at, story.zone)

    def headline(self) -> str:
        story, lead = self._story, self._story.lead
        source = f" from {story.source}" if story.source else ""
        at = f"on {said_date(story.created_at, story.zone)} at {said_time(story.created_at, story.zone)}"
        return f"Lead L{lead.number}, {lead.with_phone}, came in{source} {at}. Stage: {story.stage}."

    def result(self) -> Iterator[str]:
        """Who owns it and by what, and whether somebody answered in time."""
        story = self._story
        newest = story.changes[-1] if story.changes else None
        if story.owner is not None and newest is not None:
            yield f"{self._name(story.owner)} owns it since {self.instant(newest.at)}: {newest.why}{self._by(newest)}."
        elif story.owner is not None:
            yield f"{self._name(story.owner)} owns it."
        else:
            waits = "" if story.may_be_assigned else " It stays there until somebody claims it."
            yield f"Nobody owns it: {story.unowned_reason}.{waits}"
        if story.rule is not None:
            yield f"It belongs to {_rule(story.rule, story.policy_version)}."
        if story.sla is not None:
            yield self._answered(story.sla)
        if found := said_findings(story.findings):
            yield f"We found out: {found}."
        if story.broken is not None:
            yield f"Its history was changed behind our back: {story.broken}."

    def moments(self) -> Iterator[_Said]:
        """In the order in which they belong within one instant."""
        yield from map(self._step, self._story.steps)
        yield from map(self._decision, self._story.decisions)
        decided = {decision.ref for decision in self._story.decisions}
        yield from (self._change(change) for change in self._story.changes if change.decision not in decided)
        yield from map(self._run, self._story.runs)
        for raised in self._story.exceptions:
            yield from self._exception(raised)

    def cadence(self, enrolled: Enrolled) -> str:
        """Where the lead stands in it, and what or who brought that about."""
        why = enrolled.reason and f": {enrolled.reason}"
        by = enrolled.by and f", by {enrolled.by}"
        match enrolled.state:
            case EnrolmentState.ACTIVE if enrolled.due_at is not None:
                return f"{enrolled.cadence} goes on {self.instant(enrolled.due_at)} with step {enrolled.step}."
            case EnrolmentState.PAUSED:
                until = enrolled.paused_until
                end = "somebody resumes it" if until is None else self.instant(until)
                return f"{enrolled.cadence} pauses at step {enrolled.step} until {end}{why}{by}."
            case state:
                at = "" if enrolled.ended_at is None else f" {self.instant(enrolled.ended_at)}"
                return f"{enrolled.cadence} was {state}{at}{why}{by}."

    def instant(self, at: datetime) -> str:
        return f"{said_day(_day(at, self._story.zone))} {said_time(at, self._story.zone)}"

    def _answered(self, clock: SlaReading) -> str:
        due = said_time(clock.due_at, self._story.zone)
        took = "" if clock.took_s is None else f" after {format_seconds(clock.took_s)}"
        match clock.state:
            case SlaState.ACTIVE:
                return f"It is to be answered by {due}."
            case SlaState.MET:
                return f"It was answered in time,{took}."
            case SlaState.BREACHED if clock.took_s is None:
                return f"Nobody has answered it; that was due by {due}, {format_seconds(clock.overrun_s or 0)} ago."
            case SlaState.ENDED:
                return "Nobody has to answer it any more: it is not to be contacted."
            case SlaState.BREACHED:
                return f"It was answered{took}, {format_seconds(clock.overrun_s or 0)} late."

    def _step(self, step: StepTaken) -> _Said:
        trial = " on trial" if step.canary else ""
        tries = f" at try {step.tries}" if step.tries > 1 else ""
        sure = "" if step.state != "done" else f", confidence {step.confidence:g}"
        failed = (f"Error: {step.error}.",) if step.error else ()
        worker = f"Worker {step.capability} {step.version}{trial}"
        return step.at, f"{worker}: {step.state}{tries}{sure}.", (*step.evidence, *failed)

    def _decision(self, stored: StoredDecision) -> _Said:
        chosen, trace = stored.decision.chosen, stored.decision.trace
        assert isinstance(chosen, Assignment), "a lead's decision is about its owner"
        by = "without a policy" if chosen.rule is None else f"by {_rule(chosen.rule, stored.policy_version)}"
        if chosen.owner is None:
            said = f"Left in the pond {by}: {chosen.unowned_reason}."
        else:
            way = next((found.detail for found in trace if found.reason is Reason.CHOSEN and found.detail), "")
            kept = any(found.reason is Reason.KEPT for found in trace)
            verb = "Stayed with" if kept else "Given to"
            said = f"{verb} {self._name(chosen.owner)} {by}{f': {way}' if way else ''}."
        return stored.at, said, tuple(self._findings(trace, chosen))

    def _findings(self, trace: tuple[Finding, ...], chosen: Assignment) -> Iterator[str]:
        """Every rule and every candidate, each once with all that was found of it."""
        told = [found for found in trace if found.subject != chosen.owner or not found.passed]
        for subject, findings in groupby(told, key=lambda found: found.subject):
            said = " and ".join(f"{SENTENCES[found.reason]}{self._detail(found)}" for found in findings)
            name = self._name(subject)
            yield f"{name[:1].upper()}{name[1:]} {said}."

    def _change(self, change: OwnerChanged) -> _Said:
        """One that no stored decision made."""
        before, after = (POND if key is None else self._name(key) for key in (change.from_, change.to))
        batch = f", in batch {change.batch}" if change.batch else ""
        return change.at, f"From {before} to {after}{self._by(change)}: {change.why}{batch}.", ()

    def _run(self, run: WorkflowRun) -> _Said:
        results = (
            f"{_plain(result['do'])}: {_plain(result['state'])}{_why(result.get('why'))}" for result in run.results
        )
        return run.at, f"Workflow {run.workflow} ran, set going by {_plain(run.trigger)}.", tuple(results)

    def _exception(self, raised: ExceptionRaised) -> Iterator[_Said]:
        detail = f": {raised.detail}" if raised.detail else ""
        yield raised.at, f"Listed as an exception, {_plain(raised.kind)}{detail}.", ()
        if raised.closed_at is not None:
            yield raised.closed_at, f"The exception {_plain(raised.kind)} was closed by {raised.closed_by}.", ()

    def _by(self, change: OwnerChanged) -> str:
        return "" if change.by == POLICY else f", by {self._name(change.by.written)}"

    def _name(self, key: str) -> str:
        return self._story.names.get(key, key)

    def _detail(self, found: Finding) -> str:
        return said_detail(found, self._clock.say)


def _day(at: datetime, zone: str) -> date:
    return to_local(at, zone).date()


def _rule(rule: RuleName, policy_version: int | None) -> str:
    return f"the {rule.kind}{f' {rule.name}' if rule.name else ''} of policy version {policy_version}"


def _why(why: object) -> str:
    return f" ({why})" if why else ""


def _plain(word: object) -> str:
    return str(word).replace("_", " ")
