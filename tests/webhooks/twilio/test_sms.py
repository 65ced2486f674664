"""Texts as Twilio brings them: signed, once or twice, in any order, and answered with TwiML or nothing."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from pydantic import SecretStr

from sami import clock
from sami.database.engine import Database
from sami.domain.language.phone import E164
from sami.settings.loading import Settings
from sami.store.leads import insert_lead, leads
from sami.store.senders import lock_sender
from sami.store.texts import (
    consent_changes,
    consent_of,
    insert_texts,
    is_bad_number,
    mark_bad_number,
    takes_no_texts,
    texts,
)
from sami.store.work import outbox_items
from tests.support.cast import ANA, BEN, LEE, LINE, STAFF_LINE, organisation
from tests.support.signed import SignedClient, publish

MONDAY_10 = datetime(2026, 11, 16, 16, 0, tzinfo=UTC)  # 10:00 in Chicago.
SILENCE = '<?xml version="1.0" encoding="UTF-8"?><Response />'


@pytest.fixture
def twilio(settings: Settings, database: Database) -> Iterator[SignedClient]:
    publish(database, organisation())
    with clock.use(lambda: MONDAY_10), SignedClient(settings) as client:
        yield client


def text(twilio: SignedClient, body: str, *, sid: str = "SM1", sender: str = ANA, **fields: str) -> Any:
    form = {"MessageSid": sid, "From": sender, "To": STAFF_LINE, "Body": body, "NumMedia": "0"} | fields
    return twilio.post("/webhooks/sms", **form)


def said(response: Any) -> list[str | None]:
    assert (response.status_code, response.mimetype) == (200, "text/xml")
    return [message.text for message in ElementTree.fromstring(response.text)]  # noqa: S314 - we wrote it.


def rows(database: Database, table: Any) -> list[Any]:
    with database.read() as db:
        return list(db.execute(table.select()))


def agent(database: Database, phone: str) -> Any:
    with database.read() as db:
        return lock_sender(db, phone)


def test_an_agents_word_is_done_and_answered(twilio: SignedClient, database: Database) -> None:
    assert said(text(twilio, "off 30")) == ["You are OFF until 10:30 AM. Text ON to end it sooner."]
    assert agent(database, ANA).calls_off_until == datetime(2026, 11, 16, 16, 30, tzinfo=UTC)


def test_r04_the_same_text_twice_is_answered_alike_and_done_once(twilio: SignedClient, database: Database) -> None:
    first = text(twilio, "OFF 30")
    with clock.use(lambda: MONDAY_10.replace(hour=17)):
        again = text(twilio, "OFF 30")
    assert again.data == first.data
    assert agent(database, ANA).calls_off_until == datetime(2026, 11, 16, 16, 30, tzinfo=UTC)
    assert [row.direction for row in rows(database, texts)] == ["in", "out"]


def test_a_customer_hears_nothing_from_us_and_the_owner_hears_of_it(twilio: SignedClient, database: Database) -> None:
    assert text(twilio, "Is it <still> free?", sender=LEE, To=LINE).text == SILENCE
    [item] = [row for row in rows(database, outbox_items) if row.state == "pending"]
    assert item.dedupe_key == "forward/SM1"
    assert item.payload["body"] == f"Text from a new lead, {LEE}: Is it <still> free?\nAnswer: L1 and your words"


def test_a_picture_without_words_is_told_in_words(twilio: SignedClient, database: Database) -> None:
    text(twilio, "", sender=LEE, NumMedia="1")
    assert rows(database, texts)[0].body == "(a picture)"


def test_attachments_are_kept_as_links_of_the_carriers(twilio: SignedClient, database: Database) -> None:
    link = "https://api.twilio.com/2010-04-01/Accounts/AC1/Messages/MM1/Media/ME"
    good = {f"MediaUrl{number}": f"{link}{number}" for number in range(12)}
    text(twilio, "Look", sender=LEE, NumMedia="12", **good)
    assert rows(database, texts)[0].media == [f"{link}{number}" for number in range(10)]


@pytest.mark.parametrize(
    "link",
    [
        "http://example.com/1",
        "javascript:alert(1)",
        "https://a.example/<b>",
        "https://a.example/ b",
        "//a.example/1",
        "",
    ],
)
def test_s08_what_is_no_plain_link_is_not_kept(twilio: SignedClient, database: Database, link: str) -> None:
    text(twilio, "", sender=LEE, NumMedia="1", MediaUrl0=link)
    assert (rows(database, texts)[0].media, rows(database, texts)[0].body) == ([], "(a picture)")


def test_r04_a_wish_to_stop_that_comes_twice_is_confirmed_alike(twilio: SignedClient, database: Database) -> None:
    first = text(twilio, "leave me alone", sender=LEE)
    assert said(first) == ["You are opted out: no more texts or calls from Harbor Homes. Reply START to undo this."]
    assert text(twilio, "leave me alone", sender=LEE).data == first.data
    assert said(text(twilio, "leave me alone", sid="SM2", sender=LEE)) == []
    assert len(rows(database, consent_changes)) == 1


@pytest.fixture
def lead(database: Database) -> int:
    """Maria waits in the pond."""
    waiting = {"name": "Maria Ortiz", "phone": LEE, "unowned_reason": "nobody was there", "pond_since": MONDAY_10}
    with database.begin() as db:
        made = insert_lead(db, **waiting, attributes={}, created_at=MONDAY_10)
    assert made is not None, "the database was empty"
    return made


def test_take_gives_the_lead_to_who_was_first(twilio: SignedClient, database: Database, lead: int) -> None:
    assert said(text(twilio, "take", sid="SM1")) == [f"L{lead} Maria Ortiz (0 s). Text TAKE L{lead} to take it."]
    assert said(text(twilio, f"Take #{lead}", sid="SM2")) == [f"Lead L{lead} is yours now: Maria Ortiz, {LEE}."]
    second = text(twilio, f"TAKE {lead}", sid="SM3", sender=BEN)
    assert said(second) == [f"Lead L{lead} was already taken by Ana Ruiz."]
    [row] = rows(database, leads)
    assert row.owner_id == agent(database, ANA).id


def test_r04_the_same_take_twice_is_answered_alike(twilio: SignedClient, lead: int) -> None:
    first = text(twilio, f"TAKE {lead}")
    assert text(twilio, f"TAKE {lead}").data == first.data


def test_s05_a_stranger_and_another_line_take_nothing(twilio: SignedClient, database: Database, lead: int) -> None:
    text(twilio, f"TAKE {lead}", sid="SM1", sender=LINE)
    text(twilio, f"TAKE {lead}", sid="SM2", To=LINE)
    assert [row.owner_id for row in rows(database, leads)] == [None]


def test_what_is_answered_cannot_break_the_document(twilio: SignedClient) -> None:
    for number, body in enumerate(("\x00", "O\x00FF", "]]>", "<Redirect/>", "😀")):
        assert len(said(text(twilio, body, sid=f"SM{number}"))) == 1


@pytest.mark.parametrize("kind", ["STOP", "START", "HELP"])
def test_advanced_opt_outs_own_words_are_not_answered(twilio: SignedClient, kind: str) -> None:
    assert text(twilio, "leave me be", OptOutType=kind).text == SILENCE


@pytest.mark.parametrize("missing", ["MessageSid", "From", "To"])
def test_s01_a_text_without_its_names_is_no_text(twilio: SignedClient, database: Database, missing: str) -> None:
    assert text(twilio, "OFF", **{missing: ""}).status_code == 403
    assert rows(database, texts) == []


def test_s01_a_text_that_twilio_did_not_sign_changes_nothing(twilio: SignedClient, database: Database) -> None:
    form = {"MessageSid": "SM1", "From": ANA, "To": STAFF_LINE, "Body": "OFF"}
    assert twilio.post("/webhooks/sms", token="another-token", **form).status_code == 403
    assert agent(database, ANA).calls_on


@pytest.mark.parametrize("path", ["/webhooks/sms", "/webhooks/sms/status"])
def test_r03_what_cannot_be_stored_is_not_acknowledged(settings: Settings, sqlite_url: str, path: str) -> None:
    kept = settings.database.model_copy(update={"url": SecretStr(sqlite_url)})
    with SignedClient(settings.model_copy(update={"database": kept})) as twilio:
        Path(sqlite_url.removeprefix("sqlite:///")).unlink()
        form = {"MessageSid": "SM1", "From": ANA, "To": STAFF_LINE, "Body": "OFF", "MessageStatus": "sent"}
        assert twilio.post(path, **form).status_code == 503


# --- What became of ours.


@pytest.fixture
def sent(twilio: SignedClient, database: Database) -> SignedClient:
    """A text to Lee is on its way."""
    row = {"direction": "out", "phone": E164(LEE), "line": LINE, "body": "Sorry", "dedupe_key": "sorry/1"}
    with database.begin() as db:
        insert_texts(db, [{**row, "at": MONDAY_10, "sid": "SM9", "status": "queued"}])
    return twilio


def report(twilio: SignedClient, status: str, **fields: str) -> Any:
    return twilio.post("/webhooks/sms/status", MessageSid="SM9", MessageStatus=status, To=LEE, From=LINE, **fields)


def test_r04_late_news_never_moves_a_text_back(sent: SignedClient, database: Database) -> None:
    for status in ("sent", "delivered", "sent", "sending", "delivered"):
        assert report(sent, status).status_code == 204
    assert rows(database, texts)[0].status == "delivered"


def test_21610_is_an_opt_out_once(sent: SignedClient, database: Database) -> None:
    for status in ("failed", "undelivered"):
        report(sent, status, ErrorCode="21610")
    with database.read() as db:
        assert consent_of(db, LEE) == "opted_out"
    assert len(rows(database, consent_changes)) == 1
    assert rows(database, texts)[0].error_code == 21610


@pytest.mark.parametrize(
    ("code", "is_bad"), [("30006", False), ("30005", True), ("21211", True), ("30003", False), ("x", False)]
)
def test_a_number_is_bad_only_where_the_code_is_permanent(
    sent: SignedClient, database: Database, code: str, is_bad: bool
) -> None:
    report(sent, "undelivered", ErrorCode=code)
    with database.read() as db:
        assert (is_bad_number(db, LEE), takes_no_texts(db, LEE)) == (is_bad, code == "30006")


def test_a_phone_that_takes_no_texts_may_turn_out_to_be_bad(database: Database) -> None:
    with database.begin() as db:
        for code in (30006, 30005, 21614):
            mark_bad_number(db, phone=LEE, error_code=code, at=datetime(2026, 3, 3, tzinfo=UTC))
        assert (is_bad_number(db, LEE), takes_no_texts(db, LEE)) == (True, False)


def test_news_that_overtakes_the_answer_still_counts(sent: SignedClient, database: Database) -> None:
    fields = {"MessageSid": "SM8", "MessageStatus": "failed", "To": LEE, "ErrorCode": "21610"}
    assert sent.post("/webhooks/sms/status", **fields).status_code == 204
    with database.read() as db:
        assert consent_of(db, LEE) == "opted_out"


def test_a_text_that_has_to_wait_for_its_sender_is_tried_once_more_before_it_is_refused(
    twilio: SignedClient, database: Database
) -> None:
    """Twilio would not bring it again: for a second and a bit somebody else holds the agent."""
    held, let_go = threading.Event(), threading.Event()

    def hold() -> None:
        with database.begin(deadline_s=10) as db:
            lock_sender(db, ANA)
            held.set()
            let_go.wait(1.3)

    holder = threading.Thread(target=hold)
    holder.start()
    held.wait()
    answered = text(twilio, "OFF 30")
    let_go.set()
    holder.join()
    assert said(answered) == ["You are OFF until 10:30 AM. Text ON to end it sooner."]
