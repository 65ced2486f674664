"""What do Twilio's REST answers look like? Errors, pages, dates, and the fields of a request."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import format_datetime
from typing import TypeVar
from urllib.parse import urlencode

from webhooks.simulator.signing import Form
from webhooks.simulator.twiml.grammar import E164, url

Json = dict[str, object]
Row = TypeVar("Row")

INVALID_PARAMETER = 20001
PAGE_SIZE = 50
PAGE_SIZE_MAX = 1000


class Refused(Exception):
    """A request that Twilio answers with an error body."""

    def __init__(self, status: int, code: int, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.status = status
        self.code = code
        self.message = message

    @property
    def body(self) -> Json:
        more_info = f"https://www.twilio.com/docs/errors/{self.code}"
        return {"code": self.code, "message": self.message, "more_info": more_info, "status": self.status}


def not_found(path: str) -> Refused:
    return Refused(404, 20404, f"The requested resource {path} was not found")


@dataclass(frozen=True, slots=True)
class Fields:
    """The form or query of a request."""

    form: Form

    def find(self, name: str) -> str | None:
        return next((value for key, value in self.form if key == name), None)

    def get(self, name: str, default: str = "") -> str:
        return self.find(name) or default

    def all(self, name: str) -> list[str]:
        return [value for key, value in self.form if key == name]

    def whole(self, name: str, default: int, most: int) -> int:
        value = self.get(name, str(default))
        if not value.isdecimal() or int(value) > most:
            raise Refused(400, INVALID_PARAMETER, f"{name} must be a whole number up to {most}")
        return int(value)

    def url(self, name: str) -> str | None:
        value = self.find(name)
        if value is None:
            return None
        if not value.startswith(("http://", "https://")) or url(value) is not None:
            raise Refused(400, 21205 if name == "Url" else 21609, f"{name} is not a valid URL: {value}")
        return value

    def phone(self, name: str, code: int) -> str:
        value = self.get(name)
        if not E164.fullmatch(value):
            raise Refused(400, code, f"The '{name}' number {value} is not a valid phone number")
        return value

    def refuse_unknown(self, known: frozenset[str]) -> None:
        """Twilio ignores what it does not know; here it is a mistake worth hearing of."""
        for name, _ in self.form:
            if name not in known:
                raise Refused(400, INVALID_PARAMETER, f"Unknown parameter {name}")


def rfc2822(at: datetime | None) -> str | None:
    return None if at is None else format_datetime(at)


def is_within(at: datetime, fields: Fields, name: str) -> bool:
    """Twilio's date filters: `Name` is a day, `Name>` and `Name<` are inclusive days or instants."""
    day, after, before = fields.find(name), fields.find(name + ">"), fields.find(name + "<")
    return (
        (day is None or at.date() == _instant(day).date())
        and (after is None or at >= _instant(after))
        and (before is None or at < _end(before))
    )


def _instant(value: str) -> datetime:
    text = f"{value}T00:00:00+00:00" if len(value) == len("2026-01-31") else value.replace("Z", "+00:00")
    try:
        return datetime.fromisoformat(text)
    except ValueError as error:
        raise Refused(400, INVALID_PARAMETER, f"{value} is not a date") from error


def _end(value: str) -> datetime:
    """Whole seconds and whole days are included to their end."""
    whole_day = len(value) == len("2026-01-31")
    return _instant(value) + (timedelta(days=1) if whole_day else timedelta(seconds=1))


def page(path: str, name: str, rows: Sequence[Row], shape: Callable[[Row], Json], fields: Fields) -> Json:
    """One page of a list, with the address of the next."""
    size = fields.whole("PageSize", PAGE_SIZE, PAGE_SIZE_MAX)
    number = fields.whole("Page", 0, 1_000_000)
    start, end = number * size, (number + 1) * size
    return {
        name: [shape(row) for row in rows[start:end]],
        "page": number,
        "page_size": size,
        "start": start,
        "end": min(end, len(rows)),
        "uri": _page_uri(path, fields, number),
        "first_page_uri": _page_uri(path, fields, 0),
        "previous_page_uri": _page_uri(path, fields, number - 1) if number else None,
        "next_page_uri": _page_uri(path, fields, number + 1) if end < len(rows) else None,
    }


def meta_page(
    host: str, path: str, name: str, rows: Sequence[Row], shape: Callable[[Row], Json], fields: Fields
) -> Json:
    """The same of Twilio's newer APIs, which name the whole address of a page and put it beside the rows."""
    paged = page(path, name, rows, shape, fields)
    urls = {which: paged[f"{which}_uri"] for which in ("first_page", "previous_page", "next_page")}
    meta = {
        "key": name,
        "page": paged["page"],
        "page_size": paged["page_size"],
        "url": f"https://{host}{paged['uri']}",
        **{f"{which}_url": uri and f"https://{host}{uri}" for which, uri in urls.items()},
    }
    return {name: paged[name], "meta": meta}


def _page_uri(path: str, fields: Fields, number: int) -> str:
    asked = [pair for pair in fields.form if pair[0] not in ("Page", "PageToken")]
    return f"{path}?{urlencode([*asked, ('Page', str(number))])}"
