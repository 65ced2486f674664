"""Texts that a classifier of the customer's own is to read: asked after the commit, and its answer suggested.

Our own rules have said what they know by then; where the classifier fails, that stands.
"""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row

from sami import logs
from sami.apply import apply
from sami.consent.permissions import zones_of
from sami.database.engine import Database
from sami.domain.language.local_time import Clock
from sami.domain.language.phone import E164
from sami.domain.messages.customer_readings import read_reply
from sami.domain.messages.wording import customer_texts
from sami.domain.outcomes.effects import SendText, WriteTimeline
from sami.leads.recipients import agent_of, named
from sami.settings.loading import Settings
from sami.store.classifying import claim_to_classify, settle_classified
from sami.store.facts import read_directory
from sami.store.leads import find_lead
from sami.store.suggestions import insert_suggestion
from sami.store.texts import consent_of
from sami.workers.asking import LeftAlone, Service
from sami.workers.classifier import Classified, Question, classify
from sami.workers.contracts import WorkerFailed

LEASE = timedelta(seconds=60)
AGAIN = timedelta(seconds=20)
MATTERS_FOR = timedelta(minutes=10)
"""A suggestion that comes later than this finds the text answered."""
SURE_ENOUGH = 0.5

_log = logs.logger(__name__)


def classifier_of(settings: Settings) -> Service | None:
    """None where there is none."""
    texts = settings.texts
    if not texts.classifier_url:
        return None
    secret, allow = texts.classifier_secret.get_secret_value(), frozenset(settings.workers.allow_hosts)
    return Service(texts.classifier_url, secret, texts.classifier_timeout_s, allow)


def classify_next(database: Database, classifier: Service, now: datetime) -> bool:
    """One text that waits; False where none does. No transaction is open while the classifier thinks."""
    with database.begin() as db:
        text = claim_to_classify(db, now=now, leased_until=now + LEASE)
        if text is None:
            return False
        lead = find_lead(db, text.lead_id)
        zone = zones_of(db, lead, E164(text.phone), now)[0]
    reading = read_reply(text.body, zone, text.at)
    rules = None if reading is None else customer_texts.OUTCOMES.get(reading.asks)
    try:
        found = classify(classifier, Question(text.sid, text.body, text.at, text.lead_id, zone, rules))
    except WorkerFailed as failed:
        _log.warning("The classifier failed.", why=str(failed), text=text.id)
        may_answer = failed.temporary or isinstance(failed, LeftAlone)
        again = may_answer and now + AGAIN - text.at < MATTERS_FOR
        with database.begin() as db:
            settle_classified(db, text.id, again_at=now + AGAIN if again else None)
        return True
    with database.begin() as db:
        settle_classified(db, text.id, again_at=None)
        is_news = (found.outcome, found.at) != (rules, None if reading is None else reading.at)
        if found.outcome is not None and is_news and found.confidence >= SURE_ENOUGH:
            _suggest(db, text, found, zone, now)
    return True


def _suggest(db: Connection, text: Row[Any], found: Classified, zone: str, now: datetime) -> None:
    """To whoever owns the lead by now, and on its timeline."""
    lead = find_lead(db, text.lead_id)
    if lead is None or found.outcome is None:
        return
    directory = read_directory(db)
    noted = customer_texts.looked_like(found.outcome, found.at, directory.clock(now), zone, says="the classifier")
    apply(db, [WriteTimeline(lead.id, "suggestion", noted)], now)
    owner = agent_of(db, lead.owner_id)
    if owner is None or not owner.active or consent_of(db, owner.phone) == "opted_out":
        return
    clock = Clock(now, directory.schedule_of(owner.key).time_zone)
    words = f"A text of {named(lead).called}: {customer_texts.looks_like(found.outcome, found.at, clock, zone)}"
    told = SendText(
        E164(owner.phone), E164(text.line), words, f"classified/{text.sid}", lead_id=lead.id, agent_id=owner.id
    )
    apply(db, [told], now)
    insert_suggestion(
        db,
        lead_id=lead.id,
        agent_id=owner.id,
        outcome=found.outcome.value,
        later_at=found.at,
        text_sid=text.sid,
        at=now,
    )
