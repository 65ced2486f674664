"""What do we text to staff about leads that changed hands, wait in the pond, or were not answered in time?

Plain letters only: one sign outside GSM-7 makes a text cost double. Names and reasons are sent as they are written.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from sami.domain.language.durations import format_duration
from sami.domain.language.phone import E164, last_four
from sami.domain.organisation.sentences import cut

NAME_LENGTH_MAX = 40
REASON_LENGTH_MAX = 100


@dataclass(frozen=True, slots=True)
class NamedLead:
    """A lead as staff are told of it; `number` is its id, by which they may take it."""

    number: int
    name: str
    phone: E164 | None = None
    email: str | None = None
    do_not_call: bool = False

    @property
    def called(self) -> str:
        if self.name:
            return cut(self.name, NAME_LENGTH_MAX)
        if self.phone is not None:
            return f"caller ending {last_four(self.phone)}"
        return self.email or "a lead without a name"

    @property
    def with_phone(self) -> str:
        known = f"{self.called}, {self.phone}" if self.phone is not None else self.called
        return f"{known} (asked not to be contacted: do not call)" if self.do_not_call else known


# --- Changes of owner.


def given(lead: NamedLead, before: str | None, reason: str) -> str:
    """`before`: the name of who had it, None where nobody did."""
    source = "" if before is None else f", from {before}"
    return f"Lead L{lead.number} is yours now: {lead.with_phone}{source}. Why: {_reason(reason)}"


def taken(lead: NamedLead, after: str, reason: str) -> str:
    return f"Lead L{lead.number}, {lead.called}, went from you to {after}. Why: {_reason(reason)}"


def many_given(before: Mapping[str, int], reason: str) -> str:
    """`before`: how many come from whom, by name; the pond is somebody too."""
    return f"{_leads(sum(before.values()))} yours now, from {_shares(before)}. Why: {_reason(reason)}"


def many_taken(after: Mapping[str, int], reason: str) -> str:
    count = sum(after.values())
    return f"{count} {'lead' if count == 1 else 'leads'} of yours went to {_shares(after)}. Why: {_reason(reason)}"


# --- The pond.


def claimed(lead: NamedLead) -> str:
    return f"Lead L{lead.number} is yours now: {lead.with_phone}."


def taken_by_another(number: int, owner: str) -> str:
    return f"Lead L{number} was already taken by {owner}."


def yours_already(lead: NamedLead) -> str:
    return f"Lead L{lead.number} is yours already: {lead.with_phone}."


def no_such_lead(number: int) -> str:
    return f"There is no lead L{number}. Text TAKE for the list."


def not_for_you(number: int, why: str) -> str:
    """`why`: the agent's name and what keeps the lead from them."""
    return f"Lead L{number} stays where it is: {why}."


def pond(oldest: Sequence[tuple[NamedLead, timedelta]], more: int) -> str:
    """Each with how long it has waited, the oldest first."""
    if not oldest:
        return "No lead waits in the pond."
    lines = "; ".join(f"L{lead.number} {lead.called} ({_age(waited)})" for lead, waited in oldest)
    rest = f"; and {more} more" if more else ""
    return f"{lines}{rest}. Text TAKE L{oldest[0][0].number} to take it."


# --- The first response.


def not_answered_by_you(lead: NamedLead, due: str) -> str:
    return f"Please call {lead.with_phone}: lead L{lead.number} was to be answered by {due}, and nobody has."


def not_answered(lead: NamedLead, owner: str | None, due: str) -> str:
    whose = "Nobody owns it." if owner is None else f"It is {owner}'s."
    return f"Lead L{lead.number}, {lead.with_phone}, was to be answered by {due}, and nobody has. {whose}"


def _reason(reason: str) -> str:
    return cut(reason, REASON_LENGTH_MAX)


def _leads(count: int) -> str:
    return "1 lead is" if count == 1 else f"{count} leads are"


def _shares(counts: Mapping[str, int]) -> str:
    if len(counts) == 1:
        return next(iter(counts))
    return ", ".join(f"{name} ({count})" for name, count in counts.items())


def _age(waited: timedelta) -> str:
    return format_duration(timedelta(minutes=waited // timedelta(minutes=1)))
