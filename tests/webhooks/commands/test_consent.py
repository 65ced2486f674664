"""`sami consent`: who may be contacted how, changed by hand and by lists, with the proof of every change."""

import csv
import io
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from sami import clock
from sami.consent import ledger
from sami.consent.permissions import permission
from sami.database.engine import Database
from sami.domain.consent.permission import Barred, Channel, ContactHours, Permitted
from sami.domain.language.phone import E164
from sami.store.consents import bars_of, changes_of
from sami.store.leads import insert_lead, timeline
from tests.support.cast import LEE, STRANGER, organisation
from tests.support.signed import publish
from webhooks.cli import commands

MONDAY_10 = datetime(2026, 11, 16, 16, 0, tzinfo=UTC)


class Office:
    def __init__(self, database: Database, folder: Path) -> None:
        self.database, self.folder = database, folder
        self.now = MONDAY_10

    def sami(self, *arguments: str, fails: bool = False) -> Result:
        done = CliRunner().invoke(commands, ["consent", *arguments])
        assert (done.exit_code != 0) == fails, done.output
        return done

    def file(self, content: str, name: str = "list.csv") -> str:
        (self.folder / name).write_text(content)
        return str(self.folder / name)

    def table(self, name: str) -> list[list[str]]:
        return list(csv.reader(io.StringIO((self.folder / name).read_text("utf-8-sig"))))

    def bars(self, phone: str = LEE) -> dict[str, datetime | None]:
        with self.database.read() as db:
            return {row.channel: row.until for row in bars_of(db, phone)}

    def changes(self, phone: str = LEE) -> list[Any]:
        with self.database.read() as db:
            return changes_of(db, phone)

    def may(self, channel: Channel, phone: str = LEE, at: datetime | None = None) -> Any:
        with self.database.read() as db:
            now = at or self.now
            return permission(db, channel, phone=E164(phone), lead_id=None, now=now, hours=ContactHours())


@pytest.fixture
def office(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    monkeypatch.setenv("SAMI_DATABASE__URL", database.url.render_as_string(hide_password=False))
    publish(database, organisation())
    here = Office(database, tmp_path)
    with database.begin() as db:
        made = {"name": "Maria Ortiz", "phone": LEE, "unowned_reason": "nobody was there", "pond_since": MONDAY_10}
        insert_lead(db, **made, attributes={}, created_at=MONDAY_10)
    with clock.use(lambda: here.now):
        yield here


def test_a_channel_is_barred_until_a_day_and_the_other_is_not(office: Office) -> None:
    done = office.sami("set", "(512) 555-0142", "--channel", "text", "--until", "2026-12-24", "--why", "as asked")
    assert done.output == f"{LEE}: no texts until 2026-12-24 06:00 UTC.\n"
    assert isinstance(office.may(Channel.TEXT), Barred)
    assert isinstance(office.may(Channel.CALL), Permitted)
    assert isinstance(office.may(Channel.TEXT, at=datetime(2026, 12, 24, 16, tzinfo=UTC)), Permitted)
    [change] = office.changes()
    assert (change.state, change.channel, change.words) == ("do_not_contact", "text", "as asked")
    assert change.source.startswith("sami consent, ")
    with office.database.read() as db:
        told = [row.text for row in db.execute(timeline.select()) if row.kind == "consent"]
    assert [text.partition(", by")[0] for text in told] == ["No texts until Thu Dec 24 12:00 AM CST"]


def test_a_lead_is_named_by_its_number_and_barred_for_good_on_every_channel(office: Office) -> None:
    assert (
        office.sami("set", "1", "--why", "lawyer's letter").output == f"{LEE}: no calls for good, no texts for good.\n"
    )
    assert office.bars() == {"call": None, "text": None}


def test_a_bar_is_lifted_and_both_changes_stay_in_the_ledger(office: Office) -> None:
    office.sami("set", LEE, "--why", "by mistake")
    office.sami("set", LEE, "--lift", "--channel", "call", "--why", "put right")
    assert office.bars() == {"text": None}
    assert [(row.state, row.channel) for row in office.changes()] == [
        ("do_not_contact", "text"),
        ("do_not_contact", "call"),
        ("lifted", "call"),
    ]
    assert "was not barred" in office.sami("set", LEE, "--lift", "--channel", "call", "--why", "x", fails=True).output


def test_what_they_said_themselves_is_not_lifted(office: Office) -> None:
    with office.database.begin() as db:
        ledger.withdraw(db, phone=E164(LEE), source="text SM1", now=office.now, words="leave me alone")
    office.sami("set", LEE, "--lift", "--why", "they are a customer", fails=True)
    shown = office.sami("show", "1").output.splitlines()
    assert shown == [
        f"{LEE}: opted out of every channel.",
        '  2026-11-16 16:00 UTC  opted out, by text SM1: "leave me alone"',
    ]
    document = json.loads(office.sami("show", LEE, "--json").output)
    assert (document["consent"], document["changes"][0]["words"]) == ("opted_out", "leave me alone")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("show", "hello"), "neither a phone nor a lead"),
        (("show", "77"), "no such lead"),
        (("set", LEE, "--until", "2026-11-16", "--why", "x"), "This day is over"),
        (("set", LEE, "--until", "2027-01-01", "--lift", "--why", "x"), "either --until or --lift"),
        (("set", LEE), "--why"),
        (("import", __file__), "No column holds a phone"),
    ],
)
def test_a_wrong_order_is_refused_in_words(office: Office, arguments: tuple[str, ...], said: str) -> None:
    done = office.sami(*arguments, fails=True)
    assert said in done.output + str(done.exception)
    assert office.changes() == []


LIST = f"name,Phone Number,note\nLee,{LEE},x\nStranger,(512) 555-0177,y\nNobody,12,=1+1\nLee again,{LEE},\nEmpty,,\n"


def test_a_list_is_taken_in_with_its_source_and_what_is_wrong_said(office: Office) -> None:
    done = office.sami("import", office.file(LIST), "--why", "registry")
    assert "5 rows: 2 newly listed, 1 listed already, 2 rejected." in done.output
    assert office.bars() == office.bars(STRANGER) == {"call": None, "text": None}
    text, _call = office.changes()
    assert (text.words, text.source.partition(",")[0]) == ("registry", "file list.csv")
    assert office.table("list.rejected.csv") == [
        ["name", "Phone Number", "note", "reason"],
        ["Nobody", "12", "'=1+1", "phone is not a phone number: write it in E.164, for example +15125550142"],
        ["Empty", "", "", "phone is empty: write it in E.164, for example +15125550142"],
    ]
    again = office.sami("import", office.file(LIST))
    assert "5 rows: 0 newly listed, 3 listed already, 2 rejected." in again.output
    assert len(office.changes()) == 2


def test_a_dry_run_says_the_same_and_lists_nobody(office: Office) -> None:
    done = office.sami("import", office.file(LIST), "--dry-run")
    assert "5 rows: 2 newly listed, 1 listed already, 2 rejected." in done.output
    assert "Nobody was listed" in done.output
    assert office.changes() == []
    assert len(office.table("list.rejected.csv")) == 3


def test_a_list_with_an_end_never_shortens_a_longer_one(office: Office) -> None:
    office.sami("set", LEE, "--channel", "text", "--why", "for good")
    office.sami("import", office.file(LIST), "--until", "2027-01-01")
    assert office.bars() == {"call": datetime(2027, 1, 1, 6, tzinfo=UTC), "text": None}
    office.sami("import", office.file(LIST), "--until", "2026-12-01")
    assert office.bars()["call"] == datetime(2027, 1, 1, 6, tzinfo=UTC)


def test_the_column_can_be_named(office: Office) -> None:
    listed = office.file("a,reach\nx,5125550142\n")
    assert "No column holds a phone" in str(office.sami("import", listed, fails=True).exception)
    assert "1 newly listed" in office.sami("import", listed, "--column", "Reach", "--channel", "call").output
    assert office.bars() == {"call": None}


def test_s17_a_long_list_is_taken_in_by_parts(office: Office) -> None:
    rows = "".join(f"+1512556{number:04d}\n" for number in range(501))
    done = office.sami("import", office.file(f"phone\n{rows}"), "--channel", "text")
    assert "501 rows: 501 newly listed" in done.output
    assert office.bars("+15125560500") == {"text": None}


def test_s08_the_proof_holds_every_change_and_no_formula(office: Office) -> None:
    with office.database.begin() as db:
        ledger.withdraw(db, phone=E164(LEE), source="text SM1", now=office.now, words='=HYPERLINK("x")\nstop')
        ledger.give(db, phone=E164(LEE), source="text SM2", now=office.now + timedelta(hours=1), words="START")
    office.sami("set", STRANGER, "--channel", "call", "--until", "2027-01-01", "--why", "@asked")
    path = str(office.folder / "proof.csv")
    assert "3 changes written" in office.sami("export", path).output
    third = ("3", f"'{STRANGER}", "do_not_contact", "call", "2027-01-01T06:00:00Z")
    assert office.table("proof.csv") == [
        ["number", "phone", "change", "channel", "until", "source", "at", "words"],
        ["1", f"'{LEE}", "opted_out", "every", "", "text SM1", "2026-11-16T16:00:00Z", '\'=HYPERLINK("x")\nstop'],
        ["2", f"'{LEE}", "opted_in", "every", "", "text SM2", "2026-11-16T17:00:00Z", "START"],
        [*third, office.changes(STRANGER)[0].source, "2026-11-16T16:00:00Z", "'@asked"],
    ]
    assert "2 changes written" in office.sami("export", path, LEE).output
    assert (office.folder / "proof.csv").stat().st_mode & 0o077 == 0


def test_a_phone_of_an_area_code_newer_than_our_tables_can_be_barred(office: Office) -> None:
    office.sami("set", "621-234-0142", "--why", "asked by letter")
    assert set(office.bars("+16212340142")) == set(Channel)
