"""S26: what people type is inert everywhere: no name of anybody or anything makes a document that Twilio refuses."""

import random
import sys
import unicodedata
from datetime import timedelta
from typing import Any

import pytest
import tomlkit

from sami.carriers.mail import written
from sami.settings.loading import Settings
from sami.settings.sections import MailSettings
from sami.store.leads import leads
from tests.support.cast import ANA, BEN, LEE, agent, olive, organisation
from tests.support.counts import count
from tests.support.world import MONDAY_10, World
from webhooks.simulator.behaviours import Answers, passes
from webhooks.simulator.people import CallerScript
from webhooks.twilio.twiml import render_message

NAMES = count(20, 400)
HOSTILE = (
    "Bob \uffff",
    "\ufffe",
    "\x01\x0b\x1f",
    "</Say><Dial>+19005550100</Dial>",
    "\"&<>'",
    "\u2028\u202e\u0085",
    "]]>",
)


def any_character(chance: random.Random) -> str:
    """All of Unicode, but for halves of letters and NUL, which no database holds."""
    while True:
        code = chance.choice((chance.randrange(1, 0x250), chance.randrange(1, sys.maxunicode + 1)))
        if not 0xD800 <= code <= 0xDFFF:
            return chr(code)


def names(chance: random.Random, number: int) -> list[str]:
    made = ["".join(any_character(chance) for _ in range(chance.randint(1, 200))) for _ in range(number)]
    return [*HOSTILE, *made]


def business(name: str) -> str:
    """Everything of ours is called so, but for control characters, which the file refuses; with a letter before it."""
    called = "A" + "".join(letter for letter in name if unicodedata.category(letter) not in ("Cc", "Zl", "Zp"))
    document: dict[str, Any] = tomlkit.parse(
        organisation(
            agents=[agent("ana", name=called[:200]), agent("ben", name=called[:200]), olive()],
            bot={"pattern": "simultaneous_group"},
        )
    ).unwrap()
    for line in document["lines"]:
        line["name"] = called[:100]
    document["organisation"]["name"] = called[:100]
    return tomlkit.dumps(document)


@pytest.mark.timeout(count(300, 3_600))
def test_s26_no_name_makes_a_document_that_twilio_refuses_or_a_miss(settings: Settings) -> None:
    number = NAMES if settings.embedded_database else NAMES // 8
    every = names(random.Random(26), number)
    with World(settings, business(""), beats=()) as world:
        for name in every:
            world.start_over(business(name))
            world.phone(ANA, Answers(2, "1", 8, talks_s=5))
            world.phone(BEN, Answers(9, "1", 1.2))
            world.call(LEE, CallerScript(hangs_up_after_s=5))
            rename_everybody(world, name)
            world.network.run_for(60)
            call = world.call(LEE)
            assert [talk.phone for talk in call.joined] == [ANA], name
            assert [world.agent(key).misses for key in ("ana", "ben")] == [0, 0], name
            assert world.broken_rules == [], name
            world.expect_no_faults()


def rename_everybody(world: World, name: str) -> None:
    """Straight into the table, as it may stand there from before anything was dropped where it is taken in."""
    with world.database.begin() as db:
        db.execute(leads.update().values(name=name))


def test_s26_a_call_back_and_a_text_hold_no_such_name_either(settings: Settings) -> None:
    with World(settings, business("")) as world:
        for name in HOSTILE:
            world.start_over(business(name), at=MONDAY_10 + timedelta(seconds=1))
            world.phone(ANA, passes(2, 3))
            world.phone(BEN, passes(2, 3))
            world.call(LEE, CallerScript(hangs_up_after_s=5))
            rename_everybody(world, name)
            world.call(LEE, CallerScript(keys=[(40, "1")]))
            world.network.run_for(120)
            assert world.agent("ana").misses == 0
            assert world.broken_rules == [], name
            world.expect_no_faults()


@pytest.mark.parametrize("name", HOSTILE)
def test_s26_texts_and_mail_hold_nothing_that_xml_or_a_mail_server_cannot(name: str) -> None:
    settings = MailSettings(host="mail.example.com", from_address="sami@example.com")
    message = written(settings, to="ana@example.com", subject=name, body=name, key="1").as_string()
    for document in (render_message(f"Hello {name}"), message):
        assert not {"\uffff", "\ufffe", "\x01", "\x0b", "\x1f"} & set(document)
