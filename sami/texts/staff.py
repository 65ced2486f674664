"""An agent texts: their words are obeyed on staff lines, and answered once, shortly, and not too often."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, Row

from sami import duty, logs
from sami.apply import apply
from sami.domain.effects import SendText
from sami.domain.texting import Consent, OptOut, read_text
from sami.domain.wording import agent_opted_out, not_staff_line
from sami.settings_sections import LimitsSettings
from sami.store.facts import read_roster
from sami.store.texts import consent_of, insert_texts, replies_since
from sami.texts.heard import Heard, keep

_log = logs.logger(__name__)


def hear_agent(db: Connection, heard: Heard, agent: Row[Any], limits: LimitsSettings) -> str | None:
    """The reply; None after STOP and past the cap, where what was asked is done all the same."""
    keep(db, heard, agent_id=agent.id)
    if heard.consent is not None:
        if isinstance(heard.consent, OptOut) and duty.stop(db, agent=agent):
            apply(db, _opt_out_notices(db, heard, agent), heard.now)
        return None  # The carrier answers its own words.
    reply = _obeyed(db, heard, agent)
    if consent_of(db, heard.phone) == "opted_out":
        return None
    if replies_since(db, phone=heard.phone, since=heard.counted_since) >= limits.replies_per_sender:
        _log.warning("A reply was withheld: too many in ten minutes.", agent=agent.key)
        return None
    _keep_reply(db, heard, agent, reply)
    return reply


def _obeyed(db: Connection, heard: Heard, agent: Row[Any]) -> str:
    lines = heard.directory.lines
    line = lines.get(heard.text.line)
    if line is None or not line.staff:
        return not_staff_line(next((line.phone for line in lines.values() if line.staff), None))
    command = read_text(heard.text.body, heard.directory.organisation.synonyms)
    assert not isinstance(command, Consent), "the carrier's words are read before"
    return duty.obey(db, agent=agent, command=command, directory=heard.directory, now=heard.now)


def _opt_out_notices(db: Connection, heard: Heard, agent: Row[Any]) -> Iterator[SendText]:
    """STOP blocks whatever we could tell the agent, so the admins are told."""
    for admin in heard.directory.admins_among(read_roster(db, heard.directory, heard.now)):
        if admin.id != agent.id:
            yield SendText(
                to=admin.phone,
                line=heard.text.line,
                body=agent_opted_out(agent.name),
                dedupe_key=f"stop/{heard.text.sid}/{admin.key}",
                agent_id=admin.id,
            )


def _keep_reply(db: Connection, heard: Heard, agent: Row[Any], reply: str) -> None:
    """A reply travels in the answer to its question, so the carrier never tells us its SID."""
    row = {
        "direction": "out",
        "phone": heard.phone,
        "line": heard.text.line,
        "body": reply,
        "dedupe_key": f"reply/{heard.text.sid}",
        "status": "sent",
        "agent_id": agent.id,
        "at": heard.now,
    }
    insert_texts(db, [row])
