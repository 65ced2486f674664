"""Notices leave by text, e-mail and Slack: what can wait keeps to the person's channels and quiet hours."""

from datetime import datetime
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import Connection, Row

from sami.apply import apply
from sami.apply.items import outbox_item
from sami.carriers import mail
from sami.carriers.slack import post_to_slack
from sami.carriers.twilio import Carrier
from sami.domain.delivery.answers import Answer
from sami.domain.delivery.retry import DeliveryDecision, GivenUp
from sami.domain.language.phone import E164
from sami.domain.messages.notices import NoticeChannel, Wishes, as_text, by_channels, notice_of, quiet_until
from sami.domain.outcomes.effects import PostToSlack, SendEmail, SendText
from sami.outbox.digests import hold_or_join
from sami.outbox.items import Cancelled, Delivery, Item, Joined, PutOff, Ready
from sami.settings.sections import is_mail_address
from sami.store import work
from sami.store.digests import state_of
from sami.store.facts import read_directory
from sami.store.notices import has_notice, wishes_of
from sami.store.people import find_agents

_EMAIL = TypeAdapter(SendEmail)
_SLACK = TypeAdapter(PostToSlack)
_NEVER_SAID = frozenset({None, "cancelled", "failed"})


def email_of(item: Item) -> SendEmail:
    return _EMAIL.validate_python(item.effect)


def hold_notice(db: Connection, item: Item, text: SendText, now: datetime) -> Cancelled | PutOff | Joined | None:
    """What becomes of a text to one of ours that can wait; None: it leaves now."""
    if text.agent_id is None or not (text.can_wait or text.bundle):
        return None
    held = _by_wish(db, text, _agent(db, text.agent_id), NoticeChannel.TEXT, now) if text.can_wait else None
    return held or hold_or_join(db, item, text, now)


def prepare_email(db: Connection, item: Item, delivery: Delivery, now: datetime) -> Ready:
    """To the address they have now."""
    email = email_of(item)
    agent = _agent(db, email.agent_id)
    if not agent.active:
        return Cancelled("no longer one of ours")
    held = _by_wish(db, email, agent, NoticeChannel.EMAIL, now) if email.can_wait else None
    if held is not None:
        return held
    problem = _unreachable(agent.email, delivery)
    if problem is not None:
        text_instead(db, email, now)
        return Cancelled(problem)

    def send(_carrier: Carrier) -> Answer:
        return mail.send_mail(
            delivery.settings.mail,
            to=agent.email,
            subject=email.subject,
            body=email.body + _link(email, delivery),
            key=email.dedupe_key,
        )

    return send


def after_email(db: Connection, item: Item, decision: DeliveryDecision, now: datetime) -> None:
    """What no mail server takes reaches them all the same."""
    if isinstance(decision, GivenUp):
        text_instead(db, email_of(item), now)


def prepare_slack(item: Item, delivery: Delivery) -> Ready:
    url = delivery.settings.notices.slack_url.get_secret_value()
    if not url:
        return Cancelled("notices.slack_url is not set")
    body, allow = _SLACK.validate_python(item.payload).body, frozenset(delivery.settings.notices.allow_hosts)

    def send(_carrier: Carrier) -> Answer:
        return post_to_slack(url, body, allow=allow)

    return send


def text_instead(db: Connection, email: SendEmail, now: datetime) -> None:
    """Unless they are told by another channel anyway. Their quiet hours stand; their wish for e-mail cannot."""
    notice, agent = notice_of(email, email.agent_id), _agent(db, email.agent_id)
    line = read_directory(db).staff_line
    if state_of(db, notice.key) not in _NEVER_SAID or has_notice(db, f"{notice.key}/app"):
        return
    if line is None or not agent.active:
        return
    text = as_text(notice, E164(agent.phone), line, can_wait=False, ending="/text")
    quiet = wishes_of(db, agent.id).quiet if email.can_wait else None
    item = outbox_item(text, now)
    item["due_at"] = quiet_until(quiet, _zone(db, agent), now) or now
    work.insert_outbox_items(db, [item])


def _by_wish(
    db: Connection, said: SendText | SendEmail, agent: Row[Any], channel: NoticeChannel, now: datetime
) -> Cancelled | PutOff | None:
    wishes: Wishes = wishes_of(db, agent.id)
    if wishes.refuse(channel):
        line = read_directory(db).staff_line
        apply(db, by_channels(notice_of(said, agent.id), wishes.channels, E164(agent.phone), line), now)
        return Cancelled(f"said by {' and '.join(wishes.channels)} instead, as they wish")
    until = quiet_until(wishes.quiet, _zone(db, agent), now)
    return None if until is None else PutOff(until, "their quiet hours")


def _unreachable(address: str | None, delivery: Delivery) -> str | None:
    if not address:
        return "they have no e-mail address"
    if not is_mail_address(address):
        return "their address is no e-mail address"
    return None if delivery.settings.mail.host else "mail.host is not set"


def _link(email: SendEmail, delivery: Delivery) -> str:
    base = delivery.settings.server.public_url
    if not base or (email.lead_id is None and email.call is None):
        return "\n"
    return f"\n\n{base}/api/v1/" + (f"calls/{email.call}\n" if email.call else f"leads/{email.lead_id}\n")


def _agent(db: Connection, agent_id: int) -> Row[Any]:
    (agent,) = find_agents(db, ids=(agent_id,))
    return agent


def _zone(db: Connection, agent: Row[Any]) -> str:
    return read_directory(db).schedule_of(agent.key).time_zone
