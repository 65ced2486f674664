"""How does the network speak to the program? Signed, within Twilio's limits, and everything is kept."""

import random
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import parse_qs, urldefrag

from webhooks.simulator.client import Answer, ConnectionFailed, Post, TooSlow
from webhooks.simulator.signing import Form, sign
from webhooks.simulator.timeline import Timeline
from webhooks.simulator.twiml.document import (
    CONNECTION_FAILURE,
    HTTP_FAILURE,
    INVALID_URL,
    Element,
    NotTwiml,
    parse_document,
    read_document,
)


@dataclass(frozen=True, slots=True)
class Request:
    """One request as it was sent; `status` is None when no answer came."""

    at: datetime
    url: str
    form: Form
    status: int | None
    body: bytes

    def get(self, name: str) -> str | None:
        return dict(self.form).get(name)


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that Twilio would not have accepted."""

    at: datetime
    url: str
    code: int
    why: str

    def __str__(self) -> str:
        return f"{self.at.isoformat()} {self.url}: {self.code} {self.why}"


@dataclass(frozen=True, slots=True)
class CallbackFaults:
    """What befalls status callbacks: shares from 0 to 1, and seconds of delay at most."""

    repeat: float = 0.0
    lose: float = 0.0
    shuffle: float = 0.0
    delay_s: float = 0.0
    shuffle_within_s: float = 10.0


@dataclass(slots=True)
class Posting:
    """The door from the network to the program."""

    timeline: Timeline
    post: Post
    token: str
    chance: random.Random
    callbacks: CallbackFaults = CallbackFaults()
    faults: list[Fault] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)

    def fetch(self, url: str, form: Form, repertoire: Collection[str]) -> tuple[Element, ...]:
        """The verbs to play next; whatever Twilio would not play is kept as a fault and raised."""
        try:
            return read_document(self._ask(url, form), repertoire)
        except NotTwiml as refused:
            refused.url = urldefrag(url).url
            self.note_fault(url, refused.code, refused.why)
            raise

    def check(self, twiml: str, repertoire: Collection[str]) -> tuple[Element, ...]:
        """Verbs given outright, without a URL."""
        try:
            return parse_document(twiml.encode(), repertoire)
        except NotTwiml as refused:
            self.note_fault("(given outright)", refused.code, refused.why)
            raise

    def notify(self, url: str | None, form: Form) -> None:
        """Post a status callback: once, unless something befalls it. A failed one is lost."""
        if url is None or self.chance.random() < self.callbacks.lose:
            return
        times = 2 if self.chance.random() < self.callbacks.repeat else 1
        for _ in range(times):
            self.timeline.after(self._delay_s(), lambda: self._deliver(url, form))

    def note_fault(self, url: str, code: int, why: str) -> None:
        self.faults.append(Fault(self.timeline.now, url, code, why))

    def _delay_s(self) -> float:
        delay_s = self.chance.uniform(0, self.callbacks.delay_s)
        if self.chance.random() < self.callbacks.shuffle:
            delay_s += self.chance.uniform(0, self.callbacks.shuffle_within_s)
        return delay_s

    def _deliver(self, url: str, form: Form) -> None:
        try:
            answer = self._ask(url, form)
        except NotTwiml:
            return
        if 400 <= answer.status < 500:
            self.note_fault(url, HTTP_FAILURE, f"a status callback was refused with {answer.status}")

    def _ask(self, url: str, form: Form) -> Answer:
        """Try once, and again as the URL's fragment says: by default once more, after a failed connection."""
        target, fragment = urldefrag(url)
        if not target.startswith(("http://", "https://")):
            raise NotTwiml(INVALID_URL, "is no absolute address")
        tries, causes = read_retry_policy(fragment)
        for left in reversed(range(tries + 1)):
            answer, cause = self._ask_once(target, form)
            if cause is None or not left or cause not in causes:
                break
        if answer is None:
            raise NotTwiml(CONNECTION_FAILURE, "gave no answer" if cause == "ct" else "took over 15 seconds")
        return answer

    def _ask_once(self, url: str, form: Form) -> tuple[Answer | None, str | None]:
        at = self.timeline.now
        try:
            answer = self.post(url, form, {"X-Twilio-Signature": sign(self.token, url, form)})
        except (ConnectionFailed, TooSlow) as error:
            self.requests.append(Request(at, url, form, None, b""))
            return None, "rt" if isinstance(error, TooSlow) else "ct"
        self.requests.append(Request(at, url, form, answer.status, answer.body))
        cause = f"{answer.status // 100}xx" if answer.status >= 400 else None
        return answer, cause


def read_retry_policy(fragment: str) -> tuple[int, frozenset[str]]:
    """`#rc=3&rp=5xx,ct,rt` asks for three more tries, for those causes."""
    overrides = {name: values[-1] for name, values in parse_qs(fragment).items()}
    causes = frozenset(overrides.get("rp", "ct").split(","))
    if "all" in causes:
        causes = frozenset({"4xx", "5xx", "ct", "rt"})
    return min(5, int(overrides.get("rc", "1"))), causes
