"""A token of a website's form is nowhere kept; that one was made is."""

from datetime import datetime

from sqlalchemy import Connection

from sami.audit.recording import record
from sami.domain.access.form_tokens import FormToken
from sami.domain.audit.entry import Verb
from sami.domain.language.actor import Actor


def note_form_token(db: Connection, form: str, token: FormToken, *, by: Actor, now: datetime) -> None:
    record(db, Verb.MADE, "form_token", form, after={"until": token.expires_at}, by=by, now=now)
