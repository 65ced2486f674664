"""E-mail and Slack: said once, or seen not to have been said; and by the channel each of ours wants."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, cast

import pytest

from sami.domain.language.phone import E164
from sami.domain.messages.staff_keywords import read_text
from sami.domain.outcomes.effects import PostToSlack, SendEmail, SendText, TellInApp
from sami.store.facts import read_directory
from sami.store.notices import notices
from sami.store.people import change_agent
from sami.store.work import claim_outbox_items
from sami.texts.commands import StaffCommand, obey
from tests.notices.mail_server import HANG_UP, SWALLOW, MailServer
from tests.notices.receiver import Receiver
from tests.support.services import ANA, BEN, LINE, Core

SID = "CA" + "5" * 32
MISSED = f"missed_transfer/{SID}/notice/ana/email"


def mail_to(world: Core, key: str = "ana", **changes: Any) -> SendEmail:
    notice = f"answered/{SID}/notice/{key}"
    values = {"dedupe_key": f"{notice}/email", "notice": notice, "call": SID, "lead_id": None, "can_wait": True}
    return SendEmail(world.agent(key).id, "Ana answered Lee", "Ana answered Lee on Website.", **{**values, **changes})  # type: ignore[arg-type]


def text_to(world: Core, key: str = "ana", number: int = 0, **changes: Any) -> SendText:
    phone = {"ana": ANA, "ben": BEN}[key]
    values = {"agent_id": world.agent(key).id, "can_wait": True, "dedupe_key": f"answered/{number}/notice/{key}"}
    return SendText(E164(phone), E164(LINE), f"Notice {number}.", **{**values, **changes})


# --- E-mail.


def test_a_mail_leaves_once_with_its_link(world: Core, mails: MailServer) -> None:
    world.want(mail_to(world))
    assert (world.deliver(), world.deliver()) == (1, 0)
    (message,) = mails.messages
    assert (message["To"], message["From"]) == ("ana@example.com", "sami@example.com")
    assert message["Subject"] == "Ana answered Lee"
    assert message.get_content() == (f"Ana answered Lee on Website.\n\nhttps://calls.example.com/api/v1/calls/{SID}\n")
    assert world.item.state == "sent"


def test_s08_no_word_of_a_caller_becomes_a_header(world: Core, mails: MailServer) -> None:
    evil = "Lee\r\nBcc: all@example.com\r\n\r\n.\r\nMAIL FROM:<x@y.z>\r\n\x01\u2028Ö"
    world.want(mail_to(world, dedupe_key="a/b/email"), SendEmail(world.agent("ana").id, evil, evil, "evil/email"))
    world.deliver()
    assert len(mails.taken) == 2
    message = mails.messages[1]
    assert message["Bcc"] is None
    assert message["Subject"] == "Lee Bcc: all@example.com . MAIL FROM:<x@y.z> Ö"
    assert [heard for heard in mails.heard if heard.upper().startswith("MAIL")] == ["mail FROM:<sami@example.com>"] * 2


def test_it_goes_to_the_address_they_have_when_it_leaves(world: Core, mails: MailServer) -> None:
    world.want(mail_to(world))
    with world.database.begin() as db:
        change_agent(db, key="ana", values={"email": "new@example.com"})
    world.deliver()
    assert mails.messages[0]["To"] == "new@example.com"


@pytest.mark.parametrize("address", [None, "", "ana", "ana@example.com\r\nRCPT TO:<x@y.z>", "a@b, c@d", "<a@b>"])
def test_who_cannot_be_mailed_is_texted_if_that_was_all_they_had(
    world: Core, mails: MailServer, address: str | None
) -> None:
    with world.database.begin() as db:
        change_agent(db, key="ana", values={"email": address})
    world.want(mail_to(world))
    world.deliver()
    assert mails.heard == []
    assert [(text.to, text.body) for text in world.network.texts] == [(ANA, "Ana answered Lee on Website.")]
    assert [item.state for item in world.items()] == ["cancelled", "sent"]
    assert "address" in world.items()[0].error


def test_who_cannot_be_mailed_is_not_told_twice(world: Core) -> None:
    mail = mail_to(world, "ben")
    world.want(mail, text_to(world, "ben", dedupe_key=f"answered/{SID}/notice/ben"))
    world.deliver()
    assert len(world.network.texts) == 1


def test_a_mail_server_in_trouble_is_asked_again_and_a_plain_no_is_final(world: Core, mails: MailServer) -> None:
    mails.replies = {"RCPT": ["450 4.2.0 greylisted <ana@example.com>"], "DATA": ["451 later"]}
    world.want(mail_to(world))
    world.live(200, step_s=10)
    assert (world.item.state, world.item.tries, len(mails.taken)) == ("sent", 3, 1)
    mails.replies = {"RCPT": ["550 5.1.1 <ana@example.com> unknown"]}
    world.want(mail_to(world, dedupe_key="other/email", notice="other"))
    world.live(30, step_s=10)
    failed, instead = world.items()[1:]
    assert (failed.state, failed.error) == ("failed", "the mail server answered 550 5.1.1")
    assert (instead.dedupe_key, instead.state) == ("other/text", "sent")


def test_a_server_that_is_away_loses_nothing(world: Core, mails: MailServer) -> None:
    mails.replies = {"CONNECT": [HANG_UP, "554 not today"], "EHLO": [HANG_UP], "HELO": [HANG_UP], "DATA": [HANG_UP]}
    world.want(mail_to(world))
    world.live(1000, step_s=10)
    assert len(mails.taken) in (0, 1)
    assert world.items()[0].state in ("sent", "unknown")


def test_r06_a_mail_whose_answer_was_lost_is_not_sent_again(world: Core, mails: MailServer) -> None:
    mails.replies = {"DATA": [SWALLOW]}
    world.want(mail_to(world))
    world.live(2000, step_s=20)
    assert len(mails.taken) == 1
    assert (world.item.state, world.item.leased_until) == ("unknown", None)


def test_r06_staff_are_told_once_more_of_a_missed_transfer_and_that_it_is_again(world: Core, mails: MailServer) -> None:
    mails.replies = {"DATA": [SWALLOW, SWALLOW]}
    world.want(mail_to(world, dedupe_key=MISSED, can_wait=False, repeats_when_lost=True))
    world.live(2000, step_s=20)
    first, again = mails.messages
    assert again.get_content().startswith("(Sent again) ")
    assert first["Message-ID"] == again["Message-ID"]
    assert world.item.state == "unknown"


def test_a_sender_that_died_is_not_taken_for_one_that_never_spoke(world: Core, mails: MailServer) -> None:
    """R5: the mark was set, then the process was gone; nobody knows whether the mail left."""
    world.want(mail_to(world))
    with world.database.begin() as db:
        claim_outbox_items(db, now=world.now, leased_until=world.now, kinds=("email",), limit=1)
    world.live(60, step_s=10)
    assert (world.item.state, mails.taken) == ("unknown", [])


def test_without_twilio_mail_leaves_all_the_same(world: Core, mails: MailServer) -> None:
    world.here.carrier.is_configured = False
    world.want(mail_to(world), text_to(world))
    world.live(60, step_s=10)
    assert [item.state for item in world.items()] == ["sent", "pending"]


# --- Slack.


def test_slack_hears_it_once_and_nothing_in_it_is_a_link(world: Core, hooks: Receiver) -> None:
    world.want(PostToSlack("Missed: <!channel> & <https://evil.example|Lee>", "missed/notice/slack"))
    world.live(30, step_s=10)
    assert hooks.bodies == [b'{"text": "Missed: &lt;!channel&gt; &amp; &lt;https://evil.example|Lee&gt;"}']
    assert world.item.state == "sent"


@pytest.mark.parametrize(
    ("statuses", "asked", "state"),
    [
        pytest.param([429, 200], 2, "sent", id="busy: later"),
        pytest.param([500, 200], 2, "sent", id="lost: once more"),
        pytest.param([500, 500, 200], 2, "failed", id="lost twice: no more"),
        pytest.param([404], 1, "failed", id="no such webhook"),
    ],
)
def test_slack_is_asked_again_only_where_it_makes_sense(
    world: Core, hooks: Receiver, statuses: list[int], asked: int, state: str
) -> None:
    hooks.statuses, hooks.headers = list(statuses), {"Retry-After": "40"}
    world.want(PostToSlack("Hello", "hello/notice/slack"))
    world.live(39, step_s=9)
    assert len(hooks.bodies) == (1 if statuses[0] in (404, 429) else 2)
    world.live(300, step_s=10)
    assert (len(hooks.bodies), world.item.state) == (asked, state)


# --- By the channel they want.


def test_what_can_wait_goes_by_their_own_channels(world: Core, mails: MailServer, wish: Callable[..., None]) -> None:
    wish("ana", "email", "app")
    world.want(text_to(world))
    world.live(5)
    assert world.network.texts == []
    assert [message.get_content() for message in mails.messages] == ["Notice 0.\n"]
    assert [row.body for row in world.rows(notices)] == ["Notice 0."]
    assert world.items()[0].error == "said by email and app instead, as they wish"


def test_urgent_notices_go_by_the_channel_asked(world: Core, mails: MailServer, wish: Callable[..., None]) -> None:
    wish("ana", "email", quiet=("00:00", "23:59"))
    world.want(text_to(world, can_wait=False))
    world.deliver()
    assert (len(world.network.texts), mails.taken) == (1, [])


def test_mail_that_can_wait_becomes_a_text_for_who_wants_texts(
    world: Core, mails: MailServer, wish: Callable[..., None]
) -> None:
    wish("ana", "text")
    world.want(mail_to(world), text_to(world, dedupe_key=f"answered/{SID}/notice/ana"))
    world.live(5)
    assert (len(world.network.texts), mails.taken) == (1, []), "the same occasion is said once"


def test_the_app_is_one_of_the_channels(world: Core, mails: MailServer, wish: Callable[..., None]) -> None:
    wish("ana", "email")
    world.want(
        TellInApp(world.agent("ana").id, "Lee was answered.", "x/notice/ana/app", can_wait=True, notice="x/notice/ana")
    )
    world.want(
        TellInApp(world.agent("ben").id, "Lee was answered.", "x/notice/ben/app", can_wait=True, notice="x/notice/ben")
    )
    world.deliver()
    assert [row.agent_id for row in world.rows(notices)] == [world.agent("ben").id]
    assert len(mails.taken) == 1


def test_who_wants_mail_and_has_no_address_is_texted(world: Core, wish: Callable[..., None]) -> None:
    wish("ben", "email")
    world.want(text_to(world, "ben"))
    world.live(5)
    assert [text.to for text in world.network.texts] == [BEN]


def test_their_quiet_hours_hold_what_can_wait_also_across_midnight(
    world: Core, mails: MailServer, wish: Callable[..., None]
) -> None:
    wish("ana", quiet=("22:00", "07:00"))
    world.now = datetime(2026, 3, 8, 4, 30, tzinfo=UTC)  # Saturday 22:30 in Chicago; the clock is set forward at two.
    world.want(text_to(world), mail_to(world), text_to(world, number=1, can_wait=False))
    world.deliver()
    assert len(world.network.texts) == 1
    opens = datetime(2026, 3, 8, 12, 0, tzinfo=UTC)  # Seven o'clock is five hours behind by then, not six.
    assert {item.due_at for item in world.items() if item.state == "pending"} == {opens}
    world.now = opens - timedelta(seconds=1)
    assert world.deliver() == 0
    world.now = opens
    world.deliver()
    assert (len(world.network.texts), len(mails.taken)) == (2, 1)


def test_they_say_by_text_how_they_want_to_be_told(world: Core, mails: MailServer) -> None:
    with world.database.begin() as db:
        directory = read_directory(db)
        say = partial(obey, db, agent=world.agent("ana"), directory=directory, now=world.now)
        assert say(command=read_staff("NOTICES EMAIL")) == (
            "What can wait comes by email, at any hour. Urgent notices always come."
        )
        assert say(command=read_staff("QUIET 22:00-07:00")) == (
            "What can wait comes by email, not from 10:00 PM to 7:00 AM. Urgent notices always come."
        )
    world.want(text_to(world))
    world.live(3)
    assert (len(mails.taken), world.network.texts) == (1, [])
    with world.database.begin() as db:
        again = partial(obey, db, agent=world.agent("ana"), directory=directory, now=world.now)
        assert again(command=read_staff("NOTICES ANY")).startswith("What can wait comes by whatever your admins chose")
        assert "at any hour" in again(command=read_staff("QUIET OFF"))


def read_staff(body: str) -> StaffCommand:
    return cast(StaffCommand, read_text(body, {}))
