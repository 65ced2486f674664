"""A program under test made of pages, and the network around it."""

from collections.abc import Callable
from datetime import UTC, datetime
from urllib.parse import urlsplit

from webhooks.simulator.client import Answer
from webhooks.simulator.network import Network
from webhooks.simulator.signing import Form

START = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
ACCOUNT = "AC" + "1" * 32
TOKEN = "a token"
LINE, CALLER, ANA, BEN, CY = "+15125550100", "+15125550199", "+15125550101", "+15125550102", "+15125550103"
AUTH = (ACCOUNT, TOKEN)
BASE = "https://sami.test"

Page = str | Answer | Callable[[dict[str, str]], str | Answer]


class Program:
    """Pages by path; a page of several answers gives them in turn and then stays with the last."""

    def __init__(self) -> None:
        self.pages: dict[str, Page | list[Page]] = {"/status": Answer(204, "", b"")}

    def __call__(self, url: str, form: Form, headers: dict[str, str]) -> Answer:
        page = self.pages[urlsplit(url).path]
        if isinstance(page, list):
            page = page.pop(0) if len(page) > 1 else page[0]
        if callable(page):
            page = page(dict(form))
        return page if isinstance(page, Answer) else twiml(page)


def twiml(verbs: str) -> Answer:
    return Answer(200, "text/xml; charset=utf-8", f"<Response>{verbs}</Response>".encode())


def make_network(program: Program) -> Network:
    network = Network(program, start=START, account_sid=ACCOUNT, auth_token=TOKEN, seed=1)
    network.add_line(LINE, f"{BASE}/voice", f"{BASE}/fallback", status_callback=f"{BASE}/status", sms_url=f"{BASE}/sms")
    return network


def forms(network: Network, path: str) -> list[dict[str, str]]:
    """What was posted to a page, in order."""
    return [dict(request.form) for request in network.requests if urlsplit(request.url).path == path]


def seconds(network: Network, at: datetime) -> float:
    return (at - START).total_seconds()
