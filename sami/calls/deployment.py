"""What the deployment's settings say of calls, and how its outbox speaks for them."""

from datetime import datetime
from functools import partial

from sqlalchemy import Connection

from sami.calls.transaction import CallSettings
from sami.calls.undelivered_legs import leg_refused
from sami.carriers.twilio import Carrier
from sami.consent.permissions import contact_hours
from sami.database.engine import Database
from sami.outbox.items import Delivery
from sami.settings.loading import Settings


def call_settings(settings: Settings) -> CallSettings:
    """Legs need an account to be created in and a token to say who asks."""
    return CallSettings(
        legs_possible=bool(settings.twilio.account_sid and settings.twilio.auth_tokens),
        legs_per_second=settings.twilio.calls_per_second,
        time_limit_s=settings.limits.call_time_limit_s,
        fallback_calls_per_minute=settings.limits.fallback_calls_per_minute,
        contact_hours=contact_hours(settings.cadences),
    )


def delivery_of(settings: Settings, database: Database, carrier: Carrier | None = None) -> Delivery:
    """The outbox with its way back to calls; every process makes its own."""
    refuse_leg = partial(_refuse_leg, call_settings(settings))
    return Delivery(database, carrier or Carrier(settings.twilio), settings, refuse_leg)


def _refuse_leg(settings: CallSettings, db: Connection, ref: str, code: int | None, now: datetime) -> None:
    leg_refused(db, ref, code, settings, now)
