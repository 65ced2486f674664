"""A classifier of the customer's own reads texts once they are taken in; what it answers is suggested to the owner."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest

from sami.database.engine import Database
from sami.domain.language.phone import E164
from sami.settings.sections import LimitsSettings
from sami.store.leads import timeline
from sami.store.texts import texts
from sami.texts.classifying import classify_next
from sami.texts.message import InboundText
from sami.texts.receiving import receive_text
from sami.workers import asking
from tests.support.cast import ANA, LEE, LINE
from tests.support.texting import Texting
from tests.workers.service import SECRET, Respond, Service, says, serving

LATER = {"outcome": "contact_later", "confidence": 0.9, "at": "2026-11-17T21:00:00Z"}


class Read(Texting):
    """A business with a classifier; `read` is one round of the beat."""

    service: Service

    def write(self, body: str, sender: str = LEE) -> None:
        self._sids += 1
        inbound = InboundText(f"SM{self._sids}", E164(sender), E164(LINE), body)
        with self.database.begin() as db:
            receive_text(db, inbound, LimitsSettings(), self.now, classify=True)

    def read(self, secret: str = SECRET) -> bool:
        allow = self.service.settings.allow_hosts
        return classify_next(self.database, asking.Service(self.service.url, secret, 5.0, frozenset(allow)), self.now)

    def suggested(self) -> list[str]:
        return [row.text for row in self.rows(timeline) if row.kind == "suggestion"]

    def told(self) -> list[Any]:
        return [row for row in self.waiting() if row.dedupe_key.startswith("classified/")]


@pytest.fixture
def business(database: Database) -> Read:
    return Read(database)


@contextmanager
def answering(business: Read, respond: Respond) -> Iterator[Service]:
    with serving(respond) as service:
        business.service = service
        yield service


def test_its_answer_becomes_the_suggestion(business: Read) -> None:
    business.write("let me sleep on it")
    with answering(business, says(LATER)) as service:
        assert (business.read(), business.read()) == (True, False)
    assert business.suggested() == [
        "Looks like they want to be contacted later, Tue Nov 17 3:00 PM CST, says the classifier."
    ]
    [told] = business.told()
    assert told.payload["to"] == ANA
    assert (
        told.payload["body"] == "A text of caller ending 0142: Looks like they want to be contacted later, Tue 3:00 PM."
    )
    [question] = service.questions
    assert question["text"] == {"id": "SM1", "body": "let me sleep on it", "at": "2026-11-16T16:00:00Z"}
    assert (question["time_zone"], question["rules"]) == ("America/Chicago", {"outcome": None})
    assert LEE not in str(question)


@pytest.mark.parametrize(
    "answer",
    [
        {"outcome": None, "confidence": 1.0, "at": None},
        {"outcome": "not_interested", "confidence": 0.3},
        {"outcome": "sold", "confidence": 1.0},
        {"outcome": "opt_out", "confidence": 2},
        {"outcome": "contact_later", "confidence": 1, "at": "tomorrow"},
        ["not_interested"],
        {"outcome": "opt_out", "confidence": 1, "do": "call"},
    ],
)
def test_what_is_unsure_or_no_answer_is_not_suggested(business: Read, answer: Any) -> None:
    business.write("hm")
    with answering(business, says(answer)):
        assert (business.read(), business.read()) == (True, False)
    assert (business.suggested(), business.told()) == ([], [])


def test_what_our_rules_said_is_not_said_again(business: Read) -> None:
    business.write("call me tomorrow at 3")
    with answering(business, says(LATER)) as service:
        business.read()
    assert service.questions[0]["rules"] == {"outcome": "contact_later"}
    assert (len(business.suggested()), business.told()) == (1, [])


def test_an_opt_out_that_only_the_classifier_sees_is_for_a_person_to_decide(business: Read) -> None:
    business.write("you people again")
    with answering(business, says({"outcome": "opt_out", "confidence": 0.8})):
        business.read()
    assert "Looks like they want no more texts or calls" in business.suggested()[0]
    assert business.consent(LEE) is None


def test_where_it_fails_our_own_rules_stand_and_it_is_asked_again_for_a_while(business: Read) -> None:
    business.write("not interested")
    with answering(business, says({}, status=503)) as service:
        for _ in range(40):
            business.read()
            business.now += timedelta(seconds=20)
    assert 1 < len(service.questions) <= 30
    assert [row.classify_at for row in business.rows(texts) if row.direction == "in"] == [None]
    assert business.suggested() == ["Looks like they are not interested."]


def test_a_wrong_secret_is_not_tried_again(business: Read) -> None:
    business.write("hm")
    with answering(business, says(LATER)) as service:
        assert (business.read("whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"), business.read()) == (True, False)
    assert (service.forged, business.told()) == (1, [])


def test_s15_an_inside_address_is_never_asked(business: Read) -> None:
    business.write("hm")
    for url in ("http://127.0.0.1:1/x", "http://169.254.169.254/latest", "https://localhost/x", "ftp://a.example/x"):
        assert classify_next(business.database, asking.Service(url, SECRET, 5.0, frozenset()), business.now) in (
            True,
            False,
        )
    assert business.told() == []


@pytest.mark.parametrize("body", ["STOP", "leave me alone", "call me", "START", "don't text me, call me"])
def test_what_is_obeyed_at_once_is_asked_of_nobody(business: Read, body: str) -> None:
    business.write(body)
    assert [row.classify_at for row in business.rows(texts) if row.direction == "in"] == [None]


def test_two_workers_never_ask_about_one_text_at_once(business: Read) -> None:
    business.write("hm")
    seen: list[bool] = []

    def respond(handler: Any) -> None:
        seen.append(business.read())
        says(LATER)(handler)

    with answering(business, respond):
        assert business.read()
    assert seen == [False]
