"""`sami import-leads`: what a file of leads becomes, what is rejected and why, and how it is undone."""

import csv
import io
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import tomlkit
from click.testing import CliRunner, Result

from cadences.sweeps.leads import assign_waiting
from sami import clock
from sami.assignment.owner import give_turn_back
from sami.database.away import DatabaseAway, DatabaseBusy
from sami.database.engine import Database
from sami.domain.language.actor import person
from sami.domain.leads.arrivals import NewLead
from sami.imports import batch as importing
from sami.leads.intake import receive_lead, update_lead_fields
from sami.leads.owners import reassign
from sami.leads.stages import change_stage
from sami.store import access, leads, people, policies, work
from sami.store.cadences import enrolments
from sami.store.clocks import overdue_leads
from sami.store.facts import read_directory
from sami.workers.intake import prepare_lead
from tests.support.cast import ANA, agent, olive, organisation
from tests.support.signed import publish
from tests.support.world import MONDAY_10
from webhooks.cli import commands
from webhooks.commands.leads import file_rows, import_rows

PHONE = "+1512555{:04d}"


class Office:
    """A business with Ana and Ben, its database, and somebody at the terminal."""

    def __init__(self, database: Database, folder: Path) -> None:
        self.database, self.folder = database, folder
        self.now = MONDAY_10

    def sami(self, *arguments: str, given: str | None = None) -> Result:
        return CliRunner().invoke(commands, ["import-leads", *arguments], input=given)

    def file(self, content: str | bytes, name: str = "leads.csv") -> str:
        path = self.folder / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return str(path)

    def imports(self, content: str | bytes, *arguments: str) -> Result:
        """A file that is imported without asking."""
        done = self.sami(self.file(content), "--yes", *arguments)
        assert done.exit_code == 0, done.output
        return done

    def rejected(self, name: str = "leads.rejected.csv") -> list[list[str]]:
        return list(csv.reader(io.StringIO((self.folder / name).read_text("utf-8-sig"))))

    def leads(self) -> list[Any]:
        with self.database.read() as db:
            return list(db.execute(leads.leads.select().order_by(leads.leads.c.id)))

    def attributes(self, *names: str) -> dict[str, Any]:
        """Of the first lead, without what workers found out."""
        return {name: value for name, value in self.leads()[0].attributes.items() if name in names}

    def lead(self, phone: str) -> Any:
        with self.database.read() as db:
            return leads.find_lead_by_phone(db, phone)

    def timeline(self, lead_id: int) -> list[str]:
        with self.database.read() as db:
            mine = leads.timeline.select().where(leads.timeline.c.lead_id == lead_id).order_by(leads.timeline.c.id)
            return [row.text for row in db.execute(mine)]

    def credits(self) -> dict[str, int]:
        with self.database.read() as db:
            names = {row.id: row.key for row in db.execute(people.agents.select())}
            return {names[row.agent_id]: row.credit for row in db.execute(leads.turn_credits.select())}

    def batches(self) -> list[Any]:
        with self.database.read() as db:
            return list(db.execute(access.lead_batches.select().order_by(access.lead_batches.c.id)))

    def entries(self) -> list[Any]:
        with self.database.read() as db:
            return list(db.execute(access.lead_batch_entries.select().order_by(access.lead_batch_entries.c.id)))

    def later(self, **passed: float) -> datetime:
        self.now += timedelta(**passed or {"minutes": 1})
        return self.now


@pytest.fixture
def office(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    monkeypatch.setenv("SAMI_DATABASE__URL", database.url.render_as_string(hide_password=False))
    publish(database, organisation(agents=[agent("ana"), agent("ben"), olive()]))
    here = Office(database, tmp_path)

    def ticking() -> datetime:
        here.now += timedelta(milliseconds=1)
        return here.now

    with clock.use(ticking):
        yield here


def table(count: int, start: int = 1000) -> str:
    rows = [f"Lead {number},{PHONE.format(start + number)}" for number in range(count)]
    return "\n".join(["Name,Phone", *rows]) + "\n"


# What a file says.


def test_columns_are_known_by_what_they_are_often_called(office: Office) -> None:
    done = office.imports(
        "First Name,Last Name,Phone Number,E-mail,Zip Code,State,Lead Source,Price,Tags,Shoe size\n"
        'Lee,Ortiz,(512) 555-0142,LEE@Example.com,78704,texas,Zillow,"$350,000",a; b,43\n'
    )
    [lead] = office.leads()
    said = (lead.name, lead.phone, lead.email, lead.zip, lead.state, lead.source, lead.price, lead.tags)
    assert said == ("Lee Ortiz", "+15125550142", "lee@example.com", "78704", "TX", "Zillow", 350000, ["a", "b"])
    assert "43" not in lead.attributes.values()
    assert lead.owner_id is not None
    assert "Not imported: Shoe size." in done.output
    assert "1 rows: 1 new, 0 known, 0 rejected." in done.output


def test_a_column_is_what_the_command_line_says(office: Office) -> None:
    office.imports(
        "Who,Reach,Budget,Source,Notes\nLee,512-555-0142,high,Fair,hello\n",
        *("--map", "Who=name", "--map", "reach=phone", "--map", "Budget=attributes.budget"),
        *("--map", "Source=", "--source", "trade fair"),
    )
    [lead] = office.leads()
    assert (lead.name, lead.source, office.attributes("budget")) == ("Lee", "trade fair", {"budget": "high"})


def test_the_mapping_and_three_rows_are_shown_before_anything_is_imported(office: Office) -> None:
    asked = office.sami(office.file(table(5)), given="n\n")
    assert asked.exit_code == 1
    assert "Phone   phone  +15125551000  +15125551001  +15125551002" in asked.output
    assert office.leads() == []
    assert office.sami(office.file(table(5)), given="y\n").exit_code == 0
    assert len(office.leads()) == 5


def test_a_file_that_cannot_be_read_imports_nothing(office: Office) -> None:
    content = table(3).encode() + "Zoë,512-555-0142\n".encode("cp1252")
    refused = office.sami(office.file(content), "--yes")
    assert (refused.exit_code, "is not UTF-8 in line 5" in str(refused.exception)) == (1, True)
    assert office.sami(office.file(table(3)), "--yes", "--map", "Fone=phone").exit_code == 1
    nowhere = office.sami(office.file(table(3)), "--yes", "--rejects", str(office.folder / "nowhere" / "rejects.csv"))
    assert "The rejected rows cannot be written to" in str(nowhere.exception)
    assert (office.leads(), office.batches()) == ([], [])
    office.imports(content, "--encoding", "cp1252")
    assert office.leads()[3].name == "Zoë"


def test_wrong_usage_ends_with_2(office: Office) -> None:
    path = office.file(table(1))
    for arguments in ([], [path, "--list"], [path, "--encoding", "rot13"], [path, "--map", "phone"], ["nowhere.csv"]):
        assert office.sami(*arguments).exit_code == 2, arguments
    assert office.sami(path, "--yes", "--rejects", path).exit_code == 2


# What is rejected.

MIXED = (
    "Name,Phone,E-mail,Price\n"
    "Good,512-555-0142,,\n"
    "Short,12,,\n"
    "Nothing,,,\n"
    "Many,5,x@,lots\n"
    f"Ana,{ANA},,\n"
    "Long,512-555-0143,,,more\n"
    "Same,512-555-0142,,\n"
    "Mail,,lee@example.com,\n"
    "Filled in,512-555-0144,lee@example.com,\n"
    "Both,512-555-0144,,\n"
    "Nul\0,512-555-0145,,\n"
)
REASONS = [
    ("Short", "phone is not a phone number: write it in E.164, for example +15125550142, or as it is dialled in US"),
    ("Nothing", "phone is missing, and so is email: write a phone, an email or both"),
    (
        "Many",
        "phone is not a phone number: write it in E.164, for example +15125550142, or as it is dialled in US; email is "
        "not an e-mail address: write it like lee@example.com; price is not a price: write whole units, for example "
        "350000",
    ),
    ("Ana", "phone is the phone of an agent: write the lead's own"),
    (
        "Long",
        "row has 5 cells, but 4 columns are named: put a cell that holds the delimiter in quotation marks",
    ),
    ("Nul", "row held a NUL, taken out here: look it through again"),
]


def test_a_row_is_rejected_with_every_reason_and_the_others_are_imported(office: Office) -> None:
    done = office.imports(MIXED)
    assert "11 rows: 2 new, 3 known, 6 rejected." in done.output
    headers, *rows = office.rejected()
    assert headers == ["Name", "Phone", "E-mail", "Price", "reason"]
    assert [(row[0], row[4]) for row in rows] == REASONS
    assert rows[4] == ["Long", "512-555-0143", "", "", REASONS[4][1], "more"]
    assert [lead.phone for lead in office.leads()] == ["+15125550142", "+15125550144"]


DOUBTFUL = (
    "Name,Phone,E-mail\nLee,ask my wife,lee@example.com\nKim,512-555-0142,kim@example.com\nMax,12,\n"
    "Lee,512-555-0144,lee@example.com\n"
)


@pytest.mark.parametrize("flags", [["--dry-run"], ["--yes"], ["--yes", "--as-new"]])
def test_a_row_whose_phone_cannot_be_read_is_a_lead_by_its_email_and_the_doubt_is_said(
    office: Office, flags: list[str]
) -> None:
    done = office.sami(office.file(DOUBTFUL), *flags)
    assert "4 rows: 2 new, 1 known, 1 rejected." in done.output
    assert [line for line in done.output.splitlines() if "doubt" in line] == [
        "row 1 is a lead, with a doubt: phone is not a phone number: it is kept as it was written; the e-mail address "
        "is enough"
    ]
    assert [row[0] for row in office.rejected()[1:]] == ["Max"]
    if "--dry-run" in flags:
        assert office.leads() == []
        return
    lee, kim = office.leads()
    assert (lee.email, lee.phone) == ("lee@example.com", "+15125550144"), "filled in by the row that had one"
    assert (kim.phone, "phone_as_written" in kim.findings) == ("+15125550142", False)


def test_of_many_doubts_the_first_are_said_and_the_others_counted(office: Office) -> None:
    rows = "".join(f"call me,{number}@example.com\n" for number in range(23))
    said = office.imports(f"Phone,E-mail\n{rows}").output.splitlines()
    assert sum("with a doubt" in line for line in said) == 20
    assert "and 3 more; each stands with its lead (sami why lead)" in said


def test_a_dry_run_says_what_the_import_then_does_and_writes_no_lead(office: Office) -> None:
    tried = office.sami(office.file(MIXED), "--dry-run")
    assert tried.exit_code == 0
    assert "Nothing was imported: this was a dry run." in tried.output
    assert (office.leads(), office.batches()) == ([], [])
    rejected, said = office.rejected(), [line for line in tried.output.splitlines() if " rows: " in line]
    (office.folder / "leads.rejected.csv").unlink()
    done = office.imports(MIXED)
    assert [line for line in done.output.splitlines() if " rows: " in line] == said
    assert office.rejected() == rejected


def test_a_dry_run_knows_whom_the_database_knows(office: Office) -> None:
    known = NewLead(phone="+15125550142", source="zillow", source_id="z1")
    _receive(office, known)
    content = (
        "Phone,Email,Source,Source ID\n"
        ",a@example.com,zillow,z1\n"  # Known by its id, and has this address from now on.
        "512-555-0143,a@example.com,,\n"  # Known by that address, of another phone: a clash, nobody new.
        "512-555-0143,,,\n"  # So this one is new.
        ",b@example.com,zillow,z2\n"
        "512-555-0143,b@example.com,zillow,z3\n"  # Known by phone; the address is another lead's, the id is not.
        ",c@example.com,zillow,z3\n"
    )
    said = "6 rows: 2 new, 4 known, 0 rejected."
    assert said in office.sami(office.file(content), "--dry-run").output
    assert said in office.imports(content).output


def test_rejected_rows_are_imported_once_they_are_corrected(office: Office) -> None:
    office.imports("Name,Mobile,Budget\nLee,+15125550,=1+1\n", "--map", "Budget=attributes.budget")
    path = office.folder / "leads.rejected.csv"
    text = path.read_bytes().decode("utf-8-sig")
    assert text.startswith('"Name","Mobile","Budget","reason"\r\n"Lee","\'+15125550","\'=1+1","phone is not')
    path.write_text(text.replace("'+15125550", "'+15125550142"), "utf-8-sig")
    done = office.sami(str(path), "--yes", "--map", "Budget=attributes.budget")
    assert "1 rows: 1 new, 0 known, 0 rejected." in done.output
    assert "Not imported" not in done.output
    [lead] = office.leads()
    assert (lead.phone, office.attributes("budget")) == ("+15125550142", {"budget": "=1+1"})


def test_s08_nothing_in_a_file_steers_the_terminal(office: Office) -> None:
    done = office.imports("Na\x1b[2Jme,Phone\n[red]\x1b]0;pwned\x07Lee,512-555-0142\n", "--map", "Na\x1b[2Jme=")
    assert "\x1b" not in done.output
    assert "\x07" not in done.output
    assert "[red]" in done.output


# Again, interrupted, undone.


def test_importing_again_makes_no_lead_twice(office: Office) -> None:
    office.imports(table(5))
    done = office.imports(table(5))
    assert "5 rows: 0 new, 5 known, 0 rejected." in done.output
    assert len(office.leads()) == 5
    assert [batch.finished_at is not None for batch in office.batches()] == [True, True]


def _break_after(monkeypatch: pytest.MonkeyPatch, rows: int, fault: Callable[[], BaseException]) -> None:
    true, left = importing.import_row, iter(range(rows))

    def import_row(*args: Any, **kwargs: Any) -> Any:
        came = true(*args, **kwargs)
        if next(left, None) is None:
            raise fault()  # In the row's own transaction: it is not kept.
        return came

    monkeypatch.setattr(import_rows, "import_row", import_row)


@pytest.mark.parametrize(
    "fault", [DatabaseAway, KeyboardInterrupt, RuntimeError], ids=["database away", "Ctrl-C", "a bug"]
)
def test_an_interrupted_import_is_carried_on(
    office: Office, monkeypatch: pytest.MonkeyPatch, fault: Callable[[], BaseException]
) -> None:
    content = table(4) + "Nobody,1\n" + table(8, 2000).partition("\n")[2]
    with monkeypatch.context() as broken:
        _break_after(broken, 6, fault)
        stopped = office.sami(office.file(content), "--yes")
    assert stopped.exit_code == 1
    [batch] = office.batches()
    assert f"Import {batch.ref} stopped before the end of the file" in stopped.output
    assert len(office.leads()) == len(office.entries()) == 6
    assert "interrupted" in office.sami("--list").output
    before = {lead.id: office.timeline(lead.id) for lead in office.leads()}
    tried = office.sami(office.file(content), "--dry-run")
    done = office.imports(content)
    said = "13 rows: 6 new, 0 known, 6 imported before, 1 rejected."
    assert said in tried.output
    assert said in done.output
    assert len(office.rejected()) == 2
    assert len(office.leads()) == 12
    assert {lead_id: office.timeline(lead_id) for lead_id in before} == before
    assert [row.ref for row in office.batches()] == [batch.ref]
    assert "12 moved to TRASHED" in office.sami("--undo", batch.ref).output


def test_a_row_is_imported_once_whichever_process_is_faster(office: Office) -> None:
    prepared = prepare_lead(office.database, NewLead(phone=PHONE.format(1000)), now=office.now)
    with office.database.begin() as db:
        batch = importing.begin_import(db, title="leads.csv", digest="same", by=person("ana"), now=office.now)
        importing.import_row(db, batch, 1, prepared, as_new=False, now=office.now)
    lines = office.timeline(1)
    with pytest.raises(importing.ImportedTwice), office.database.begin() as db:
        importing.import_row(db, batch, 1, prepared, as_new=False, now=office.later())
    assert (len(office.entries()), office.timeline(1)) == (1, lines)


def test_an_interrupted_import_is_undone(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as broken:
        _break_after(broken, 3, RuntimeError)
        office.sami(office.file(table(9)), "--yes")
    [batch] = office.batches()
    undone = office.sami("--undo", batch.ref)
    assert (undone.exit_code, undone.output) == (0, f"Import {batch.ref} is undone: 3 moved to TRASHED.\n")
    assert "9 rows: 6 new, 3 known" in office.imports(table(9)).output
    assert "TRASHED" not in {lead.stage for lead in office.leads()}


def test_another_file_or_another_reading_of_it_is_another_import(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken:
        _break_after(broken, 1, RuntimeError)
        office.sami(office.file(table(3)), "--yes")
    office.imports(table(3), "--source", "fair")
    office.imports(table(4))
    assert len(office.batches()) == 3


def test_a_busy_database_is_waited_for(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file_rows, "BUSY_WAIT_S", 0.0)
    true, faults = importing.import_row, iter([DatabaseBusy, DatabaseBusy])

    def import_row(*args: Any, **kwargs: Any) -> Any:
        came = true(*args, **kwargs)
        for fault in faults:
            raise fault
        return came

    monkeypatch.setattr(import_rows, "import_row", import_row)
    assert "2 rows: 2 new, 0 known, 0 rejected." in office.imports(table(2)).output
    assert len(office.entries()) == 2


def test_leads_that_an_import_made_are_trashed_and_cost_nobody_a_turn(office: Office) -> None:
    office.imports(table(1, 5000))
    before = office.credits()
    office.imports(table(3))
    assert office.credits() != before
    ref = office.batches()[1].ref
    undone = office.sami("--undo", ref)
    assert undone.output == f"Import {ref} is undone: 3 moved to TRASHED.\n"
    assert office.credits() == before
    assert [lead.stage == "TRASHED" for lead in office.leads()] == [False, True, True, True]
    assert "undid import" in office.timeline(office.leads()[1].id)[-1]
    with office.database.read() as db:
        counted = leads.open_leads_of(db, [lead.owner_id for lead in office.leads()])
    assert sum(counted.values()) == 1
    assert [entry.state for entry in office.entries()] == ["done", "undone", "undone", "undone"]


def test_a_turn_is_given_back_once(office: Office) -> None:
    office.imports(table(1))
    [lead] = office.leads()
    with office.database.begin() as db:
        assert give_turn_back(db, lead.id)
        assert not give_turn_back(db, lead.id)
    assert set(office.credits().values()) == {0}


def test_an_import_is_undone_once(office: Office) -> None:
    office.imports(table(2))
    [batch] = office.batches()
    office.sami("--undo", batch.ref)
    again = office.sami("--undo", batch.ref)
    assert again.exit_code == 1
    assert "This batch was undone already." in str(again.exception)
    assert "There is no such batch" in str(office.sami("--undo", "nothing").exception)
    assert f"{batch.ref}  2026-11-16" in office.sami("--list").output
    assert "2 new, 0 known" in office.sami("--list").output
    assert "undone (2 rows undone, 0 left alone)" in office.sami("--list").output


def test_an_undo_that_was_interrupted_goes_on(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    office.imports(table(3))
    [batch] = office.batches()
    true, left = import_rows.undo_next, iter([True])

    def undo_next(*args: Any, **kwargs: Any) -> Any:
        if next(left, None) is None:
            raise RuntimeError
        return true(*args, **kwargs)

    with monkeypatch.context() as broken:
        broken.setattr(import_rows, "undo_next", undo_next)
        assert office.sami("--undo", batch.ref).exit_code == 1
    assert [lead.stage == "TRASHED" for lead in office.leads()] == [False, False, True]
    assert "2 moved to TRASHED" in office.sami("--undo", batch.ref).output


def _receive(office: Office, new: NewLead) -> int:
    now = office.later()
    prepared = prepare_lead(office.database, new, now=now)
    with office.database.begin() as db:
        return receive_lead(db, prepared, by=person("test"), now=now).lead_id


def _rename(office: Office, lead_id: int) -> None:
    with office.database.begin() as db:
        update_lead_fields(
            db,
            lead_id=lead_id,
            changes={"name": "X"},
            by=person("ana"),
            directory=read_directory(db),
            now=office.later(),
        )


def _give_to_olive(office: Office, lead_id: int) -> None:
    with office.database.begin() as db:
        reassign(db, lead_id=lead_id, to="olive", reason="hers", by=person("olive"), now=office.later())


def _qualify(office: Office, lead_id: int) -> None:
    with office.database.begin() as db:
        change_stage(db, lead_id=lead_id, stage="QUALIFIED", by=person("ana"), now=office.later())


def _do_a_task(office: Office, lead_id: int) -> None:
    now = office.later()
    with office.database.begin() as db:
        task = {"dedupe_key": "t", "title": "Call", "owner_id": 1, "lead_id": lead_id, "due_at": now, "created_at": now}
        work.insert_task(db, **task, state="open", call=None, recording_url=None)
        db.execute(work.tasks.update().values(state="done", done_at=now))


def _send_again(office: Office, lead_id: int) -> None:
    _receive(office, NewLead(phone=PHONE.format(1000), source="web"))


@pytest.mark.parametrize(
    ("touch", "why"),
    [
        pytest.param(_rename, "its timeline went on: changed", id="somebody renamed it"),
        pytest.param(_give_to_olive, "its timeline went on: owner", id="somebody gave it away"),
        pytest.param(_qualify, "its stage is QUALIFIED by now", id="somebody qualified it"),
        pytest.param(_do_a_task, "a task of it was done", id="somebody did a task"),
        pytest.param(_send_again, "its timeline went on: received", id="it came in again"),
    ],
)
def test_what_was_touched_since_is_left_alone_and_listed(
    office: Office, touch: Callable[[Office, int], None], why: str
) -> None:
    office.imports(table(2))
    touched = office.leads()[0]
    touch(office, touched.id)
    stage = office.leads()[0].stage
    undone = office.sami("--undo", office.batches()[0].ref)
    assert f"row 1, lead {touched.id}: left alone, {why}\n" in undone.output
    assert "1 left alone, 1 moved to TRASHED" in undone.output
    assert [lead.stage for lead in office.leads()] == [stage, "TRASHED"]
    assert [entry.note for entry in office.entries()] == [why, None]


def test_a_later_row_of_the_same_file_does_not_count_as_a_touch(office: Office) -> None:
    office.imports(table(2) + f"Renamed,{PHONE.format(1000)}\nAgain,{PHONE.format(1000)}\n")
    assert office.leads()[0].name == "Again"
    undone = office.sami("--undo", office.batches()[0].ref)
    assert "is undone: 2 moved to TRASHED" in undone.output
    assert {entry.state for entry in office.entries()} == {"undone"}


def test_what_was_open_about_a_lead_is_closed_with_it(office: Office) -> None:
    office.imports(table(1))
    [lead] = office.leads()
    now = office.later()
    with office.database.begin() as db:
        task = {"dedupe_key": "t", "title": "Call", "owner_id": 1, "lead_id": lead.id, "due_at": now, "created_at": now}
        work.insert_task(db, **task, state="open", call=None, recording_url=None)
        policies.open_exception(db, lead_id=lead.id, kind="unmatched", detail="", at=now)
    office.sami("--undo", office.batches()[0].ref)
    with office.database.read() as db:
        assert work.open_tasks_of(db, 1) == []
        assert [row.closed_at is not None for row in policies.exceptions_of(db, lead.id)] == [True]


def test_a_lead_that_was_known_gets_back_what_still_stands(office: Office) -> None:
    lead_id = _receive(
        office,
        NewLead(
            name="Lee", phone=PHONE.format(1000), city="Waco", tags=("old",), attributes={"a": "1", "b": "1", "c": "1"}
        ),
    )
    office.imports(
        "Name,Phone,Email,City,Type,Tags,A,B,N\n"
        f"Leo,{PHONE.format(1000)},leo@example.com,Austin,buyer,new,2,2,2\n"
        f"Len,{PHONE.format(1000)},,,,,,,\n",
        *("--map", "A=attributes.a", "--map", "B=attributes.b", "--map", "N=attributes.n"),
    )
    lead = office.lead(PHONE.format(1000))
    assert (lead.name, lead.email, lead.tags) == ("Len", "leo@example.com", ["old", "new"])
    with office.database.begin() as db:
        changes = {
            "city": "Dallas",
            "tags": ["old", "new", "vip"],
            "attributes": {**lead.attributes, "b": "3", "c": "4"},
        }
        update_lead_fields(
            db, lead_id=lead_id, changes=changes, by=person("ana"), directory=read_directory(db), now=office.later()
        )
    undone = office.sami("--undo", office.batches()[0].ref)
    assert f"row 1, lead {lead_id}: left alone, changed since: city, attributes.b\n" in undone.output
    lead = office.lead(PHONE.format(1000))
    assert (lead.name, lead.email, lead.city, lead.type) == ("Lee", None, "Dallas", None)
    assert lead.tags == ["old", "vip"]
    assert office.attributes("a", "b", "c", "n") == {"a": "1", "b": "3", "c": "4"}


def test_a_lead_that_came_back_goes_back_to_where_it_was_put(office: Office) -> None:
    lead_id = _receive(office, NewLead(name="Lee", phone=PHONE.format(1000)))
    with office.database.begin() as db:
        change_stage(db, lead_id=lead_id, stage="ARCHIVED", by=person("ana"), now=office.later())
    office.later()
    office.imports(f"Name,Phone\nLeo,{PHONE.format(1000)}\nLen,{PHONE.format(1000)}\n", "--as-new")
    assert office.leads()[0].stage == "CONTACTING"
    undone = office.sami("--undo", office.batches()[0].ref)
    assert "1 as they were before" in undone.output
    [lead] = office.leads()
    assert (lead.stage, lead.name) == ("ARCHIVED", "Lee")


# What an import sets going.

GREETS = """
[[workflows]]
key = "greet"
on = "lead_received"
actions = [
  { do = "assign_by_policy" },
  { do = "change_stage", stage = "CONTACTING" },
  { do = "notify", who = "owner" },
  { do = "text_lead", say = "Hi {lead.first_name}." },
  { do = "enrol", cadence = "nurture" },
]

[[cadences]]
key = "nurture"
name = "Nurture"
steps = [{ do = "wait", for = "1 day" }, { do = "text_lead", say = "Still there?" }]
"""


def said(office: Office) -> list[str]:
    with office.database.read() as db:
        return [row.kind for row in db.execute(work.outbox_items.select())]


def test_old_leads_get_an_owner_and_nobody_is_told_texted_or_put_on_the_clock(office: Office) -> None:
    publish(office.database, organisation(agents=[agent("ana"), agent("ben"), olive()]) + GREETS)
    office.imports(table(6))
    assert {(lead.stage, lead.sla_state, lead.owner_id is not None) for lead in office.leads()} == {("NEW", None, True)}
    assert said(office) == []
    with office.database.read() as db:
        assert db.execute(enrolments.select()).all() == []
        assert overdue_leads(db, at=office.later(days=2), limit=9) == []


def test_an_import_moves_no_known_lead_and_brings_none_back(office: Office) -> None:
    policy = {"note": "by state", "reassign_on": ["state"], "rules": []}
    rules = [{"name": "Oklahoma", "when": {"state": ["OK"]}, "to": {"agent": "ben"}}]
    file = organisation(agents=[agent("ana"), agent("ben"), olive()])
    publish(office.database, file + tomlkit.dumps({"policy": policy | {"rules": rules, "default": {"agent": "ana"}}}))
    known, archived = (_receive(office, NewLead(phone=PHONE.format(number), state="TX")) for number in (1000, 1001))
    with office.database.begin() as db:
        change_stage(db, lead_id=archived, stage="ARCHIVED", by=person("ana"), now=office.later())
    owners, texts = [lead.owner_id for lead in office.leads()], said(office)
    office.imports(f"Phone,State\n{PHONE.format(1000)},OK\n{PHONE.format(1001)},OK\n")
    assert [lead.state for lead in office.leads()] == ["OK", "OK"]
    assert [lead.owner_id for lead in office.leads()] == owners
    assert (office.leads()[1].stage, said(office), known) == ("ARCHIVED", texts, 1)


def test_what_waits_for_an_owner_after_an_import_is_given_out_without_a_word(office: Office) -> None:
    with office.database.begin() as db:
        for key in ("ana", "ben"):
            people.change_agent(db, key=key, values={"leads_on": False})
    office.imports(table(2))
    assert {lead.owner_id for lead in office.leads()} == {None}
    with office.database.begin() as db:
        people.change_agent(db, key="ana", values={"leads_on": True})
    assign_waiting(office.database, office.later())
    assert None not in {lead.owner_id for lead in office.leads()}
    assert said(office) == []


def test_leads_imported_as_new_set_everything_going_after_saying_how_many_texts_that_means(office: Office) -> None:
    publish(office.database, organisation(agents=[agent("ana"), agent("ben"), olive()]) + GREETS)
    refused = office.sami(office.file(table(3)), "--as-new", given="n\n")
    assert "3 rows mean up to 3 texts to your people, 3 to the leads at once and 3 more by cadences." in refused.output
    assert "Each new lead is treated as if it came in now. [y/N]" in refused.output
    assert office.leads() == []
    office.imports(table(3), "--as-new")
    assert {(lead.stage, lead.sla_state) for lead in office.leads()} == {("CONTACTING", "active")}
    assert said(office) == ["text"] * 6
    with office.database.read() as db:
        assert len(db.execute(enrolments.select()).all()) == 3


def test_an_import_that_is_undone_costs_nobody_a_turn(office: Office) -> None:
    office.imports(table(1))
    before = office.credits()
    for start in (1100, 1200):
        done = office.imports(table(3, start))
        office.sami("--undo", done.output.partition("This is import ")[2][:8])
        assert office.credits() == before


# Files as other programs write them.


@pytest.mark.parametrize("first", ["sep=;\r\n", '"sep=;"\r\n', "SEP=;\n"])
def test_a_first_line_may_name_the_delimiter(office: Office, first: str) -> None:
    office.imports(f"{first}Name;Phone\r\nLee, the first;{PHONE.format(1000)}\r\n")
    assert [lead.name for lead in office.leads()] == ["Lee, the first"]


def test_a_second_phone_column_counts_where_the_first_is_empty(office: Office) -> None:
    one, two, three = (PHONE.format(number) for number in (1000, 1001, 1002))
    office.imports(f"Name,Phone,Mobile,Home phone\nA,{one},{two},\nB,,{two},{three}\nC,N/A,,{three}\n")
    assert [lead.phone for lead in office.leads()] == [one, two, three]


def test_two_columns_of_one_name_are_told_apart_by_number(office: Office) -> None:
    path = office.file("Name,Note,Note\nLee,first,second\n".replace("Name", "Phone").replace("Lee", PHONE.format(1000)))
    refused = office.sami(path, "--yes", "--map", "Note=city")
    assert "2 columns are called Note: write Note[1], Note[2] and so on." in refused.output + str(refused.exception)
    done = office.sami(path, "--yes", "--map", "Note[1]=city", "--map", "Note[2]=attributes.note")
    assert done.exit_code == 0, done.output
    assert (office.leads()[0].city, office.leads()[0].attributes["note"]) == ("first", "second")


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param("Record ID,First Name,Last Name,Email,Phone Number,State/Region,Postal Code,City", id="HubSpot"),
        pytest.param(
            "ID,First Name,Last Name,Email 1,Phone 1,Address 1 - State,Address 1 - Zip,Address 1 - City",
            id="Follow Up Boss",
        ),
        pytest.param("Lead ID,First Name,Last Name,Email,Phone,State/Province,Zip/Postal Code,City", id="Salesforce"),
    ],
)
def test_exports_of_other_programs_are_understood(office: Office, headers: str) -> None:
    office.imports(f"{headers}\n4711,Lee,Ortiz,lee@example.com,{PHONE.format(1000)},Texas,78704,Austin\n")
    [lead] = office.leads()
    said = (lead.name, lead.email, lead.phone, lead.state, lead.zip, lead.city)
    assert said == ("Lee Ortiz", "lee@example.com", PHONE.format(1000), "TX", "78704", "Austin")


# Owner, stage and created date, where somebody asks for them.

STANDING = "Name,Phone,Agent,Status,Created\n"
ASKED = ("--map", "Agent=owner", "--map", "Status=stage", "--map", "Created=created_at")


def standing(office: Office) -> list[tuple[str | None, str, str]]:
    with office.database.read() as db:
        keys = {row.id: row.key for row in db.execute(people.agents.select())}
    return [(keys.get(lead.owner_id), lead.stage, f"{lead.created_at:%Y-%m-%d %H:%M}") for lead in office.leads()]


def test_nothing_of_owner_stage_and_date_is_taken_unless_asked(office: Office) -> None:
    done = office.imports(f"Name,Phone,Owner,Stage,Created_at\nLee,{PHONE.format(1)},ben,CLOSED,2020-01-01\n")
    [(_, stage, created)] = standing(office)
    assert (stage, created) == ("NEW", f"{MONDAY_10:%Y-%m-%d %H:%M}")
    assert "Not imported: Owner, Stage, Created_at." in done.output


def test_owner_stage_and_created_date_are_taken_where_asked(office: Office) -> None:
    publish(office.database, organisation(agents=[agent("ana"), agent("ben", email="ben@example.com"), olive()]))
    rows = [
        f"Lee,{PHONE.format(1)},ben,In contract,3/5/2024 2:30 PM",
        f"Kim,{PHONE.format(2)},BEN@Example.com,closed,2024-03-05T14:30:00Z",
        f"Pat,{PHONE.format(3)}, olive ,N/A,",
        f"Sam,{PHONE.format(4)},,ARCHIVED,",
    ]
    done = office.imports(STANDING + "\n".join(rows) + "\n", *ASKED, "--zone", "America/Chicago")
    today = f"{MONDAY_10:%Y-%m-%d %H:%M}"
    assert standing(office) == [
        ("ben", "IN_CONTRACT", "2024-03-05 20:30"),
        ("ben", "CLOSED", "2024-03-05 14:30"),
        ("olive", "NEW", today),
        (None, "ARCHIVED", today),
    ]
    assert "Leads that are new here take owner, stage, created_at from the file" in done.output
    assert "Dates without a zone are in America/Chicago." in done.output
    assert said(office) == [], "nobody is told of old leads"
    assert office.credits() == {}, "whom the file names has had no turn"
    first = office.timeline(1)
    assert first[0].endswith(
        "As the file says, its stage is IN_CONTRACT and it was created on Tue Mar 5 2024 2:30 PM CST."
    )
    assert "to Ben" in first[1]
    assert "the file names them" in first[1]


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        ("Zed,NEW,2024-03-05", "owner is no agent: write the key, the name or the e-mail address of one"),
        ("ben,Nurture,2024-03-05", "stage is no stage: write one of NEW, CONTACTING, QUALIFIED"),
        ("ben,NEW,25/12/2024", "created_at is not a date: write it like 2024-03-05 14:30"),
        ("ben,NEW,2099-01-01", "created_at lies ahead: write when the lead came in"),
    ],
)
@pytest.mark.parametrize("dry", [(), ("--dry-run",)], ids=["imported", "dry run"])
def test_a_row_whose_owner_stage_or_date_cannot_be_meant_is_rejected(
    office: Office, cells: str, reason: str, dry: tuple[str, ...]
) -> None:
    done = office.imports(f"{STANDING}Lee,{PHONE.format(1)},{cells}\n", *ASKED, *dry)
    assert "0 new, 0 known, 1 rejected" in done.output
    assert reason in office.rejected()[1][-1]
    assert office.leads() == []


def test_every_fault_of_a_row_is_said_at_once(office: Office) -> None:
    office.imports(f"{STANDING}Lee,12,Zed,NEW,soon\n", *ASKED)
    reason = office.rejected()[1][-1]
    assert reason.startswith("phone is not a phone number")
    assert "owner is no agent" in reason
    assert "created_at is not a date" in reason


def test_agents_of_one_name_are_told_apart_by_key_and_who_left_owns_nothing(office: Office) -> None:
    publish(office.database, organisation(agents=[agent("ana"), agent("ben", name="Ana Ruiz"), olive()]))
    office.imports(f"{STANDING}Lee,{PHONE.format(1)},ana ruiz,NEW,\n", *ASKED)
    assert "owner is the name of 2 agents: write one key: ana or ben" in office.rejected()[1][-1]
    with office.database.begin() as db:
        people.change_agent(db, key="ben", values={"active": False})
    office.imports(f"{STANDING}Kim,{PHONE.format(2)},ben,NEW,\n", *ASKED)
    assert "owner is an agent who has left" in office.rejected()[1][-1]


def test_a_known_lead_keeps_its_owner_stage_and_date(office: Office) -> None:
    office.imports(f"{STANDING}Lee,{PHONE.format(1)},ben,QUALIFIED,2024-03-05\n", *ASKED)
    before = standing(office)
    office.imports(f"{STANDING}Lee,{PHONE.format(1)},olive,NEW,2020-01-01\n", *ASKED)
    assert standing(office) == before


def test_an_import_that_was_undone_may_be_done_again_with_its_owners(office: Office) -> None:
    file = f"{STANDING}Lee,{PHONE.format(1)},olive,QUALIFIED,2024-03-05\n"
    office.imports(file)
    assert office.sami("--undo", office.batches()[0].ref).exit_code == 0
    office.imports(file, *ASKED, "--zone", "UTC")
    assert standing(office) == [("olive", "QUALIFIED", "2024-03-05 00:00")]


def test_leads_as_new_are_told_to_whom_the_file_names(office: Office) -> None:
    office.imports(f"Name,Phone,Agent\nLee,{PHONE.format(1)},ben\n", "--map", "Agent=owner", "--as-new")
    assert standing(office)[0][0] == "ben"
    refused = office.sami(office.file(STANDING + "Lee,,,,"), *ASKED, "--as-new", "--yes")
    assert refused.exit_code == 2
    assert "leave its created date out" in refused.output


# Mappings that are remembered by name.


def test_a_mapping_is_remembered_shown_used_and_forgotten(office: Office) -> None:
    wanted = ("--map", "Who=name", "--map", "Reach=phone", "--map", "Tel=", "--map", "Agent=owner")
    office.imports(f"Who,Reach,Tel,Agent\nLee,{PHONE.format(1)},1,ben\n", *wanted, "--save-mapping", "zillow")
    shown = office.sami("--mappings").output
    assert shown.startswith("zillow  saved on 2026-")
    assert [line.strip() for line in shown.splitlines()[1:]] == [
        *("Who = name", "Reach = phone", "Tel = (left out)", "Agent = owner")
    ]
    office.imports(f"Agent,Reach,Who\nolive,{PHONE.format(2)},Kim\n", "--mapping", "zillow")
    assert [row[0] for row in standing(office)] == ["ben", "olive"]
    assert office.sami("--forget-mapping", "zillow").output == "The mapping zillow is forgotten.\n"
    assert office.sami("--mappings").output == ""


def test_what_is_said_now_outranks_a_remembered_mapping(office: Office) -> None:
    office.imports(f"Who,Reach\nLee,{PHONE.format(1)}\n", "--map", "Who=name", "--map", "Reach=phone",
                   "--save-mapping", "fair")  # fmt: skip
    office.imports(f"Who,Reach\nKim,{PHONE.format(2)}\n", "--mapping", "fair", "--map", "who=attributes.nick")
    assert [lead.name for lead in office.leads()] == ["Lee", ""]


def test_a_column_that_a_mapping_names_and_a_file_lacks_is_not_passed_over_in_silence(office: Office) -> None:
    office.imports(f"Phone,Agent\n{PHONE.format(1)},ben\n", "--map", "Agent=owner", "--save-mapping", "crm")
    other = office.file(f"Phone\n{PHONE.format(2)}\n")
    refused = office.sami(other, "--mapping", "crm", "--yes")
    assert refused.exit_code == 1
    assert "The mapping crm names the column Agent, which this file does not have" in str(refused.exception)
    assert office.sami(other, "--mapping", "crm", "--map", "Agent=", "--yes").exit_code == 0
    unknown = office.sami(other, "--mapping", "crn", "--yes")
    assert "None is called crn; did you mean crm?" in str(unknown.exception)
