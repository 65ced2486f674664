"""The answers that need no database, no worker and no import: ring the fallback numbers, then take a message (R1).

Only the standard library is imported here, so that these answers stand when everything else fails to load.
"""

import json
import logging
import os
import re
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape, quoteattr

_log = logging.getLogger(__name__)

RING_TIMEOUT_S = 15
MESSAGE_MAX_S = 120
RELOAD_EVERY_S = 1.0
SENTENCE_MAX = 1000

_E164 = re.compile(r"\+[1-9]\d{6,14}")
# What XML 1.0 cannot hold, escaped or not: one such character would silence the whole document.
_NOT_XML = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_LANGUAGE = re.compile(r"[a-zA-Z]{2}(-[a-zA-Z]{2})?")
_HANG_UP = "<Response><Hangup/></Response>"


@dataclass(frozen=True, slots=True)
class _Confirm:
    press: str
    connecting: str


ENGLISH = "en-US"
_CONFIRM = {
    "en": _Confirm("Press 1 to take this call.", "Connecting."),
    "es": _Confirm("Oprima 1 para tomar esta llamada.", "Le comunico."),
}


@dataclass(frozen=True, slots=True)
class SafetyNumber:
    phone: str
    confirm: bool = False


@dataclass(frozen=True, slots=True)
class SafetyLine:
    """What a caller of this line hears and whom we ring when we know nothing else. `sorry`: whom we called hears it."""

    line: str
    numbers: tuple[SafetyNumber, ...] = ()
    hold: str = "One moment, please."
    apology: str = "Sorry, nobody can take your call right now. Please leave a message after the tone."
    sorry: str = "Sorry, something went wrong on our side. Goodbye."
    voice: str = ""
    language: str = ""


class SafetyNet:
    """The pre-rendered documents of every line, in memory and in a small file that all web processes share."""

    def __init__(self, path: Path, default_numbers: Sequence[str], *, public_base: str = "") -> None:
        self._path = path
        self._default_numbers = tuple(default_numbers)
        self._base = public_base.rstrip("/")
        self._lock = threading.Lock()
        self._version: tuple[int, int, int] | None = None
        self._look_again_at = 0.0
        self._lines: dict[str, SafetyLine] = {}
        self._documents: dict[str, tuple[str, ...]] = {}
        self._unknown = self._render(SafetyLine(""))
        self.load()

    def refresh(self, lines: Sequence[SafetyLine]) -> bool:
        """Keep these lines from now on; whether that changed anything.

        No lines at all is not believed: likelier the database forgot them than a business gave up its numbers.
        """
        fresh = {line.line: line for line in lines}
        with self._lock:
            if not fresh or (fresh == self._lines and self._path.exists()):
                return False
            self._adopt(fresh)
            try:
                _write_whole(self._path, json.dumps({"lines": [asdict(line) for line in lines]}, indent=1).encode())
                self._version = _version(self._path)
            except OSError as failure:
                _log.error("safety_net_not_written: %r", failure)  # Memory still answers.
            return True

    def load(self) -> None:
        """Read the file if it changed. One that is missing or garbage changes nothing: the last good lines stay."""
        with self._lock:
            try:
                version = _version(self._path)
                if version == self._version:
                    return
                self._version = version
                self._adopt(_parse(self._path.read_bytes()))
            except FileNotFoundError:
                self._version = None
            except Exception as failure:
                _log.error("safety_net_unreadable: %r", failure)

    def document(self, line: str, position: int = 0, caller: str = "") -> str:
        """Ring the number at this position of the line's list, or take a message past its end.

        Nobody is rung for their own call.
        """
        self._load_now_and_then()
        documents = self._documents.get(line) or self._render_unknown(line)
        numbers = self._numbers(self._lines.get(line))
        position = max(position, 0)
        while position < len(numbers) and caller and numbers[position].phone == caller:
            position += 1
        return documents[min(position, len(documents) - 1)]

    def after_dial(self, line: str, position: int, *, over: bool, caller: str = "") -> str:
        """What follows a dial: nothing if two people spoke or the caller left, else the number at `position`."""
        return _HANG_UP if over else self.document(line, position, caller)

    def phone_at(self, line: str, position: int) -> str | None:
        """Which phone `document(line, position)` rings; None past the last."""
        numbers = self._numbers(self._lines.get(line))
        return numbers[position].phone if 0 <= position < len(numbers) else None

    def confirm_document(self, language: str = ENGLISH) -> str:
        """Played to who picked up: the hang-up at the end is what keeps a voicemail from being joined.

        `language` stands in the URL, because the leg's request does not tell which line was called.
        """
        language = language if _LANGUAGE.fullmatch(language) else ENGLISH
        said = _CONFIRM.get(language[:2].lower(), _CONFIRM["en"])
        action = quoteattr(f"{self._base}/webhooks/voice/safety/confirmed/{language}")
        gather = f'<Gather input="dtmf" numDigits="1" timeout="10" method="POST" action={action}>'
        return f"<Response>{gather}{_in(language, said.press)}</Gather><Hangup/></Response>"

    def confirmed(self, digits: str, language: str = ENGLISH) -> str:
        """A leg's document that runs out joins the two; anything but 1 hangs up."""
        said = _CONFIRM.get(language[:2].lower(), _CONFIRM["en"])
        return f"<Response>{_in(language, said.connecting)}</Response>" if digits == "1" else _HANG_UP

    def recorded_document(self) -> str:
        return _HANG_UP

    def leg_document(self) -> str:
        """For a called leg whose handler broke: hanging up is the only ending that joins nobody by accident."""
        return _HANG_UP

    def called_document(self, line: str) -> str:
        """For a lead whom we called from this line and who asked for nobody yet."""
        self._load_now_and_then()
        known = self._lines.get(line) or SafetyLine(line)
        return f"<Response>{_say(known, known.sorry)}<Hangup/></Response>"

    def wait_document(self) -> str:
        """For a caller in the queue: out of it, to the queue's action."""
        return "<Response><Leave/></Response>"

    def message_document(self) -> str:
        return "<Response/>"

    def _load_now_and_then(self) -> None:
        now = time.monotonic()
        if now >= self._look_again_at:
            self._look_again_at = now + RELOAD_EVERY_S
            self.load()

    def _adopt(self, lines: dict[str, SafetyLine]) -> None:
        documents = {name: self._render(line) for name, line in lines.items()}
        self._lines, self._documents = lines, documents

    def _render_unknown(self, line: str) -> tuple[str, ...]:
        return self._render(SafetyLine(line)) if _E164.fullmatch(line) else self._unknown

    def _numbers(self, line: SafetyLine | None) -> tuple[SafetyNumber, ...]:
        """The bot's numbers, then the setting's; each once, and never one that Twilio would refuse."""
        own = () if line is None else line.numbers
        once: dict[str, SafetyNumber] = {}
        for number in (*own, *(SafetyNumber(phone) for phone in self._default_numbers)):
            if _E164.fullmatch(number.phone):
                once.setdefault(number.phone, number)
        return tuple(once.values())

    def _render(self, line: SafetyLine) -> tuple[str, ...]:
        numbers = self._numbers(line)
        dials = [self._dial(line, position, number) for position, number in enumerate(numbers)]
        bodies = [*dials, self._take_message(line)]
        if dials:
            bodies[0] = _say(line, line.hold) + bodies[0]
        return tuple(f"<Response>{body}</Response>" for body in bodies)

    def _dial(self, line: SafetyLine, position: int, number: SafetyNumber) -> str:
        action = quoteattr(f"{self._base}/webhooks/voice/safety/{position + 1}")
        caller_id = f" callerId={quoteattr(line.line)}" if _E164.fullmatch(line.line) else ""
        language = line.language if _LANGUAGE.fullmatch(line.language) else ENGLISH
        confirm = f"{self._base}/webhooks/voice/safety/confirm/{language}"
        screen = f" url={quoteattr(confirm)}" if number.confirm else ""
        number_xml = f"<Number{screen}>{escape(number.phone)}</Number>"
        return f'<Dial timeout="{RING_TIMEOUT_S}" action={action} method="POST"{caller_id}>{number_xml}</Dial>'

    def _take_message(self, line: SafetyLine) -> str:
        action = quoteattr(f"{self._base}/webhooks/voice/safety/recorded")
        callback = quoteattr(f"{self._base}/webhooks/voice/recording")
        record = f'<Record maxLength="{MESSAGE_MAX_S}" playBeep="true" method="POST" action={action}'
        return f"{_say(line, line.apology)}{record} recordingStatusCallback={callback}/><Hangup/>"


def existed(path: Path) -> bool:
    """Whether this file names a line, so that a database existed beside it."""
    try:
        return bool(_parse(path.read_bytes()))
    except Exception:
        return path.exists()


def _in(language: str, sentence: str) -> str:
    given = f' language="{language}"' if language != ENGLISH and _LANGUAGE.fullmatch(language) else ""
    return f"<Say{given}>{escape(sentence)}</Say>"


def _say(line: SafetyLine, sentence: str) -> str:
    attributes = {"voice": line.voice, "language": line.language}
    given = "".join(f" {name}={quoteattr(_NOT_XML.sub('', value))}" for name, value in attributes.items() if value)
    return f"<Say{given}>{escape(_NOT_XML.sub('', sentence[:SENTENCE_MAX]))}</Say>" if sentence else ""


def _parse(content: bytes) -> dict[str, SafetyLine]:
    lines = [_parse_line(fields) for fields in json.loads(content)["lines"]]
    return {line.line: line for line in lines}


def _parse_line(fields: Mapping[str, Any]) -> SafetyLine:
    """Fields of a later version are left out, those of an earlier one take their defaults."""
    numbers = tuple(SafetyNumber(str(each["phone"]), bool(each["confirm"])) for each in fields["numbers"])
    line = SafetyLine(str(fields["line"]), numbers)
    words = ("hold", "apology", "sorry", "voice", "language")
    texts = {name: str(fields.get(name, getattr(line, name))) for name in words}
    return SafetyLine(line.line, numbers, **texts)


def _version(path: Path) -> tuple[int, int, int]:
    found = path.stat()
    return found.st_mtime_ns, found.st_ino, found.st_size


def _write_whole(path: Path, content: bytes) -> None:
    """All of it or nothing, also when the power fails."""
    fresh = path.with_name(f"{path.name}.{os.getpid()}")
    with fresh.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
