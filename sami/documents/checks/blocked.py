"""Does a row of blocked callers name exactly one thing, and nobody whom the business needs?"""

from collections.abc import Iterator

from sami.documents.checks.fault import Problem, Row, quoted
from sami.documents.checks.known import Known, say_something
from sami.documents.checks.names import KEYED_BY
from sami.domain.language.phone import parse_phone
from sami.domain.organisation.blocked_callers import PREFIX


def check_blocked(row: Row, known: Known) -> Iterator[Problem]:
    names = KEYED_BY["blocked"]
    given = [name for name in names if name in row]
    if len(given) != 1:
        wrong = f"names {' and '.join(given)}" if given else "names nobody"
        yield Problem("", wrong, f"write one of {', '.join(names)} in every row")
    yield from say_something(row, "why")
    yield from _check_phone(row, known)
    yield from _check_prefix(row, known)
    if "withheld_on" in row and row["withheld_on"] not in known.lines:
        lines = ", ".join(sorted(known.lines)) or "there is none yet"
        yield Problem("withheld_on", f"{quoted(row['withheld_on'])} is not a line of ours", f"use one of {lines}")


def _check_phone(row: Row, known: Known) -> Iterator[Problem]:
    if "phone" not in row:
        return
    phone = parse_phone(row["phone"], known.country or "US")
    if phone is None:
        yield Problem("phone", f"{quoted(row['phone'])} is not a phone number", "write it like +15125550666")
    elif phone != row["phone"]:
        yield Problem("phone", f"{quoted(row['phone'])} is not in E.164", f"write {quoted(phone)}")
    elif phone in known.agent_phones:
        yield Problem("phone", f"{quoted(phone)} is an agent's phone", "block somebody else's")


def _check_prefix(row: Row, known: Known) -> Iterator[Problem]:
    prefix = row.get("prefix")
    if prefix is None:
        return
    if not PREFIX.fullmatch(prefix):
        yield Problem("prefix", f"{quoted(prefix)} is no prefix", 'write + and six digits at least, like "+1512555"')
        return
    covered = next((phone for phone in known.agent_phones if phone.startswith(prefix)), None)
    if covered is not None:
        yield Problem("prefix", f"{quoted(prefix)} covers {covered}, an agent's phone", "write a longer prefix")
