"""How a file of leads is read: its way of writing, its columns, its rows, and the rows that are written out again."""

import csv
import io
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

import pytest

from sami.domain.leads.arrivals import NewLead
from sami.imports.columns import MappingRefused, map_columns
from sami.imports.files import ROW_MAX, FileRefused, LeadFile, open_file
from sami.imports.rejects import Rejects

NAMES = {"Note": "attributes.note"}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "leads.csv"


def opened(path: Path, content: str | bytes, encoding: str | None = None) -> LeadFile:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return open_file(path, encoding)


def leads_of(file: LeadFile, stated: Mapping[str, str] | None = None) -> list[NewLead | str]:
    """What each row says, or why it says nothing."""
    columns = map_columns(file.headers, stated or {})
    read = [columns.read(row, country="US", source="file") for row, _ in file.rows()]
    return [lead if isinstance(lead, NewLead) else "; ".join(map(str, lead)) for lead in read]


@pytest.mark.parametrize(
    "content",
    [
        pytest.param("Name;Phone\nZoë;512-555-0142\n".encode(), id="semicolons"),
        pytest.param("Name\tPhone\nZoë\t512-555-0142\n".encode(), id="tabs"),
        pytest.param("Name,Phone\r\nZoë,512-555-0142\r\n".encode("utf-8-sig"), id="a byte order mark"),
        pytest.param("Name\tPhone\nZoë\t512-555-0142\n".encode("utf-16"), id="as Excel writes Unicode"),
        pytest.param('"Name","Phone"\n"Zoë","512-555-0142"'.encode(), id="quotation marks and no end of line"),
        pytest.param("\n,,\nName,Phone\n\nZoë,512-555-0142\n , \n".encode(), id="blank lines"),
        pytest.param("Name,Phone\rZoë,512-555-0142\r".encode(), id="lines as on an old Macintosh"),
        pytest.param("Name,Phone,City\nZoë,512-555-0142\n".encode(), id="no empty cells at the end"),
    ],
)
def test_any_usual_way_of_writing_a_table_is_understood(path: Path, content: bytes) -> None:
    assert leads_of(opened(path, content)) == [NewLead(name="Zoë", phone="+15125550142", source="file")]


def test_an_encoding_that_is_none_of_ours_is_refused_with_its_place_or_named(path: Path) -> None:
    long = b"Lee,512-555-0142," + b"x" * 1_500 + b"\n"
    content = b"Name,Phone,Note\n" + long * 1_000 + "Zoë,512-555-0143\n".encode("cp1252")
    with pytest.raises(FileRefused, match=r"is not UTF-8 in line 1002: name its encoding, such as --encoding cp1252"):
        opened(path, content)
    last = leads_of(open_file(path, "cp1252"))[-1]
    assert isinstance(last, NewLead)
    assert last.name == "Zoë"


def test_a_file_that_changes_while_it_is_read_is_refused(path: Path) -> None:
    file = opened(path, "Name,Phone\nLee,512-555-0142\n")
    path.write_bytes(b"Name,Phone\n\xff\xff\n")
    with pytest.raises(FileRefused, match="was changed while it was read"):
        leads_of(file)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        (b"\n , \n", "is empty"),
        (b"PK\x03\x04\x14\x00", "is a workbook"),
        (b'"Name,Phone\n', "Its first row opens a quotation mark that is not closed"),
        (b"Na\0me,Phone\n", "Its first row held a NUL"),
        (b"x" * (ROW_MAX + 1) + b"\n", "Its first row is longer than 65536 characters"),
    ],
)
def test_what_is_no_table_is_refused(path: Path, content: bytes, said: str) -> None:
    with pytest.raises(FileRefused, match=said):
        opened(path, content)


def test_what_cannot_be_read_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileRefused, match="is no regular file"):
        open_file(tmp_path)


@pytest.mark.parametrize(
    ("header", "field"),
    [
        ("Phone Number", "phone"),
        ("E-Mail", "email"),
        ("ZIP/Postal Code", "zip"),
        ("first_name", "first_name"),
        ("LAST NAME", "last_name"),
        ("Lead Source", "source"),
        ("Idioma", "language"),
        ("Attributes.Budget", "attributes.Budget"),
        ("Fax", None),
        ("", None),
    ],
)
def test_a_column_is_known_by_what_it_is_often_called(header: str, field: str | None) -> None:
    assert map_columns((header, "Cell"), {}).fields[0] == field


def test_of_two_columns_the_first_is_the_field_unless_somebody_says(path: Path) -> None:
    headers = ("Mobile", "Phone", "City", "Town")
    assert map_columns(headers, {}).fields == ("phone", "phone", "city", None)
    assert map_columns(headers, {"mobile": "attributes.mobile"}).fields == ("attributes.mobile", "phone", "city", None)
    assert map_columns(headers, {"phone": "phone"}).fields == (None, "phone", "city", None), "as somebody says"
    assert map_columns(headers, {}).left_out == ("Town",)


@pytest.mark.parametrize(
    ("stated", "said"),
    [
        pytest.param({"Fone": "phone"}, "There is no column Fone; did you mean Phone?", id="no such column"),
        pytest.param({"Phone": "fone"}, "fone is no field of a lead", id="no such field"),
        pytest.param({"Phone": "attributes."}, "attributes. is no field of a lead", id="no name of an attribute"),
        pytest.param({"Name": "city", "Phone": "city"}, "Two columns are to be city", id="one field twice"),
        pytest.param({"Twin": "city"}, "2 columns are called Twin", id="two columns of one name"),
        pytest.param({"Phone": ""}, "No column holds a phone or an e-mail address", id="nobody reachable"),
    ],
)
def test_a_mapping_that_cannot_be_meant_is_refused(stated: dict[str, str], said: str) -> None:
    with pytest.raises(MappingRefused) as refused:
        map_columns(("Name", "Phone", "Twin", "Twin"), stated)
    assert said in str(refused.value)


def test_s17_a_row_without_end_is_rejected_and_costs_no_other_row(path: Path) -> None:
    filler = "".join(f"F{number},{number}@example.com\n" for number in range(10_000))
    stray = 'Stray,"stray@example.com\n'
    huge = f"{'x' * 1_000_000},huge@example.com\n"
    last = 'Last,"last@example.com'
    read = leads_of(opened(path, "Name,Email\n" + stray + filler + huge + filler + last))
    faults = [lead for lead in read if isinstance(lead, str)]
    assert len(read) - len(faults) == 20_000
    unclosed = "row opens a quotation mark that is not closed: close it or take it away"
    too_long = "row is longer than 65536 characters, only its beginning stands here: shorten it"
    assert (read[0], read[10_001], read[-1]) == (unclosed, too_long, unclosed)
    assert len(faults) == 3


HOSTILE = [
    *("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", "＝1", "'=1", "''-1", '=HYPERLINK("http://x")'),
    "-2;=1",
]


@pytest.mark.parametrize("cell", HOSTILE)
def test_s08_a_cell_of_a_rejected_row_is_no_formula_and_comes_back_as_it_was(path: Path, cell: str) -> None:
    with path.open("w", newline="") as stream:
        csv.writer(stream).writerows([["Name", "Note", "Phone"], ["Lee", cell, "1"]])
    for _ in range(2):  # Rejected, and rejected again.
        path = rejected(open_file(path), path)
        written = path.read_bytes().decode("utf-8-sig")
        [_, [name, note, phone, reason]] = list(csv.reader(io.StringIO(written, newline="")))
        assert (name, phone) == ("Lee", "1")
        assert note.startswith("'")
        assert reason.startswith("phone is not a phone number: ")
    path.write_bytes(path.read_bytes().replace(b'"1"', b'"512-555-0142"'))
    [lead] = leads_of(open_file(path), NAMES)
    assert isinstance(lead, NewLead)
    read_at_first = cell.removeprefix("'") if cell.startswith("'") else cell  # As spreadsheets mean it.
    assert lead.attributes == {"note": read_at_first.strip()}


def rejected(file: LeadFile, path: Path) -> Path:
    columns = map_columns(file.headers, NAMES)
    rejects = Rejects(path.with_name(f"{path.stem}.rejected.csv"), columns, file.delimiter)
    with closing(rejects):
        for row, _ in file.rows():
            faults = columns.read(row, country="US", source="")
            assert not isinstance(faults, NewLead)
            rejects.add(row, faults)
    assert rejects.path.stat().st_mode & 0o077 == 0, "it is nobody else's to read"
    return rejects.path
