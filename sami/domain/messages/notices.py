"""How does one of ours want to be told what can wait? Through which channels, not at which hours, and not too often."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum

from sami.domain.language.hours import from_local, to_local
from sami.domain.language.phone import E164
from sami.domain.organisation.sentences import cut
from sami.domain.outcomes.effects import Effect, SendEmail, SendText, TellInApp

SUBJECT_MAX = 80
GROUPED_AFTER = 5
GROUPED_WITHIN = timedelta(minutes=10)
TOGETHER_MAX = 300  # Two segments of a text.
LISTED_MAX = 450  # Three, for who asks.
AT_MOST = 1_500  # Ten, where none may be left out.
_DAY = timedelta(days=1)


class NoticeChannel(StrEnum):
    """Through which an agent may wish to be told."""

    TEXT = "text"
    EMAIL = "email"
    APP = "app"


@dataclass(frozen=True, slots=True)
class Quiet:
    """Local times; where `to` is not later it is that of the next day. The two are never equal."""

    from_: time
    to: time


@dataclass(frozen=True, slots=True)
class Wishes:
    """Empty channels: as the admin wrote it."""

    channels: tuple[NoticeChannel, ...] = ()
    quiet: Quiet | None = None

    def refuse(self, channel: NoticeChannel) -> bool:
        return bool(self.channels) and channel not in self.channels


def read_wishes(channels: Sequence[str], quiet_from: str | None, quiet_to: str | None) -> Wishes:
    """As a row keeps them."""
    quiet = None
    if quiet_from is not None and quiet_to is not None:
        quiet = Quiet(time.fromisoformat(quiet_from), time.fromisoformat(quiet_to))
    return Wishes(tuple(NoticeChannel(channel) for channel in channels), quiet)


def quiet_until(quiet: Quiet | None, zone: str, at: datetime) -> datetime | None:
    """When the quiet hours that `at` is in end; None outside them.

    Compared as instants, date by date: a clock that is set back does not begin them twice (R11).
    """
    if quiet is None:
        return None
    today = to_local(at, zone).date()
    for day in (today - _DAY, today, today + _DAY):
        last = day if quiet.from_ < quiet.to else day + _DAY
        begins, ends = (from_local(datetime.combine(on, of), zone) for on, of in ((day, quiet.from_), (last, quiet.to)))
        if begins <= at < ends:
            return ends
    return None


def held_until(sent_at: Sequence[datetime], at: datetime, after: int = GROUPED_AFTER) -> datetime | None:
    """The instant until which one more text would be too many, given when earlier ones left; None where it is not."""
    recent = sorted(instant for instant in sent_at if instant > at - GROUPED_WITHIN)[-after:]
    return recent[0] + GROUPED_WITHIN if len(recent) == after else None


@dataclass(frozen=True, slots=True)
class Together:
    """`taken`: how many are dealt with by it, the first of which are `shown`; NOTICES lists the others."""

    text: str
    shown: int
    taken: int


def said_together(bodies: Sequence[str], must: int = 0) -> Together:
    """All in one text as far as they fit, each whole or not at all; the first `must` are never hidden.

    Of those as many as one long text holds; the rest of them is said by the next.
    """
    lines = 0
    for count in range(1, len(bodies) + 1):
        length_max = AT_MOST if count <= must else TOGETHER_MAX
        if len(_head(len(bodies)) + _listed(bodies, count) + _and_more(len(bodies) - count)) > length_max:
            break
        lines = count
    if lines < must:
        lines = max(lines, 1)
        return Together(_head(lines) + _listed(bodies, lines)[:AT_MOST], lines, lines)
    if lines == 0:  # Not even one fits whole.
        more = _and_more(len(bodies))
        body = cut(bodies[0], TOGETHER_MAX - len(_head(len(bodies)) + more) - 1)
        return Together(f"{_head(len(bodies))}\n{body}{more}", 0, len(bodies))
    return Together(_head(len(bodies)) + _listed(bodies, lines) + _and_more(len(bodies) - lines), lines, len(bodies))


def listed(bodies: Sequence[str]) -> int:
    """How many of these one answer to NOTICES holds, and at least one."""
    return max(1, sum(len("\n".join(bodies[:count])) <= LISTED_MAX for count in range(1, len(bodies) + 1)))


def _head(count: int) -> str:
    return f"{count} notices:" if count != 1 else "1 notice:"


def _listed(bodies: Sequence[str], count: int) -> str:
    return "".join(f"\n{body}" for body in bodies[:count])


def _and_more(left: int) -> str:
    return f"\nAnd {left} more: text NOTICES." if left else ""


@dataclass(frozen=True, slots=True)
class Notice:
    """Something to tell one of ours, whatever the channel. `key` names the occasion and the person."""

    agent_id: int
    body: str
    key: str
    call: str | None = None
    lead_id: int | None = None
    asks_contact: bool = False
    occasion: str | None = None
    repeats_when_lost: bool = False


def notice_of(effect: SendText | SendEmail | TellInApp, agent_id: int) -> Notice:
    """What goes by text has the key of the notice itself."""
    named = None if isinstance(effect, SendText) else effect.notice
    return Notice(
        agent_id,
        effect.body,
        named or effect.dedupe_key,
        effect.call,
        effect.lead_id,
        asks_contact=not isinstance(effect, TellInApp) and effect.asks_contact,
        occasion=effect.occasion,
        repeats_when_lost=effect.repeats_when_lost,
    )


def by_channels(notice: Notice, channels: Sequence[NoticeChannel], phone: E164, line: E164 | None) -> Iterator[Effect]:
    """The same occasion said through these channels; `line` None: nobody can be texted."""
    for channel in channels:
        match channel:
            case NoticeChannel.TEXT if line is not None:
                yield as_text(notice, phone, line, can_wait=True)
            case NoticeChannel.EMAIL:
                subject, key = cut(notice.body, SUBJECT_MAX), f"{notice.key}/email"
                yield SendEmail(
                    notice.agent_id,
                    subject,
                    notice.body,
                    key,
                    notice.call,
                    notice.lead_id,
                    can_wait=True,
                    asks_contact=notice.asks_contact,
                    notice=notice.key,
                    occasion=notice.occasion,
                    repeats_when_lost=notice.repeats_when_lost,
                )
            case NoticeChannel.APP:
                yield TellInApp(
                    notice.agent_id, notice.body, f"{notice.key}/app", notice.call, notice.lead_id, notice=notice.key
                )


def as_text(notice: Notice, phone: E164, line: E164, *, can_wait: bool, ending: str = "") -> SendText:
    return SendText(
        to=phone,
        line=line,
        body=notice.body,
        dedupe_key=notice.key + ending,
        call=notice.call,
        lead_id=notice.lead_id,
        agent_id=notice.agent_id,
        can_wait=can_wait,
        asks_contact=notice.asks_contact,
        occasion=notice.occasion,
        repeats_when_lost=notice.repeats_when_lost,
    )
