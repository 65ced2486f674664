"""Mail leaves over a line that nobody else reads, or not at all; and every way it fails has its own answer."""

import shutil
import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sami.carriers.mail import mail_problem, send_mail
from sami.domain.delivery.answers import Accepted, Answer, Lost, Refused, TryLater, Unreached
from sami.settings.sections import MailSettings
from tests.notices.mail_server import HANG_UP, SWALLOW, MailServer, mail_server

PASSWORD = "correct horse battery staple"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of this machine, good for a day; key and certificate in one file."""
    openssl = shutil.which("openssl") or pytest.skip("needs openssl to make a certificate")
    made = tmp_path_factory.mktemp("tls") / "mail.pem"
    of = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=127.0.0.1"]
    subprocess.run(
        [openssl, *of, "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", made, "-out", f"{made}.crt"],
        check=True,
        capture_output=True,
    )
    made.write_text(made.read_text() + Path(f"{made}.crt").read_text())
    return made


@pytest.fixture
def safe(certificate: Path) -> Iterator[MailServer]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with mail_server(context) as server:
        yield server


def settings(server: MailServer, **stated: Any) -> MailSettings:
    given = {"host": "127.0.0.1", "port": server.port, "security": "none", "from_address": "sami@example.com"}
    return MailSettings(**given | stated)  # type: ignore[arg-type]


def send(server: MailServer, **stated: Any) -> Answer:
    return send_mail(settings(server, **stated), to="ana@example.com", subject="Hi", body="Hello.", key="a")


def test_the_password_is_said_only_once_nobody_else_hears_it(
    safe: MailServer, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    answer = send(safe, security="starttls", user="sami", password=PASSWORD)
    assert (answer, len(safe.taken)) == (Accepted(status="250"), 1)
    words = [heard.split(" ")[0].upper() for heard in safe.heard]
    assert words == ["EHLO", "STARTTLS", "EHLO", "AUTH", "MAIL", "RCPT", "DATA"]


def test_a_server_that_cannot_show_who_it_is_hears_nothing(safe: MailServer) -> None:
    answer = send(safe, security="starttls", user="sami", password=PASSWORD)
    assert isinstance(answer, Unreached)
    assert [heard for heard in safe.heard if "AUTH" in heard or "MAIL" in heard] == []


def test_a_server_without_starttls_is_sent_nothing_in_the_clear(mails: MailServer) -> None:
    assert send(mails, security="starttls") == TryLater("the mail server offers no STARTTLS or no login")
    assert mails.taken == []


def test_a_wrong_password_keeps_the_mail_until_it_is_put_right(
    safe: MailServer, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    safe.replies = {"AUTH": ["535 5.7.8 bad"] * 2}
    login = {"security": "starttls", "user": "sami", "password": "wrong"}
    assert send(safe, **login) == TryLater("the mail server refuses our login: the mail server answered 535 5.7.8")
    safe.replies = {"AUTH": ["535 5.7.8 bad"] * 2}
    assert mail_problem(settings(safe, **login)) == "the mail server answered 535 5.7.8"


ENDINGS = [
    pytest.param({"CONNECT": ["554 no"]}, TryLater, id="turns us away"),
    pytest.param({"CONNECT": [HANG_UP]}, Unreached, id="hangs up at once"),
    pytest.param({"MAIL": ["421 busy"]}, TryLater, id="is busy"),
    pytest.param({"MAIL": ["553 no such sender"]}, Refused, id="does not want us as sender"),
    pytest.param({"RCPT": ["450 4.2.1 later"]}, TryLater, id="wants us to come back"),
    pytest.param({"RCPT": ["550 5.1.1 ana@example.com"]}, Refused, id="knows nobody of that name"),
    pytest.param({"RCPT": [HANG_UP]}, Unreached, id="hangs up before the text"),
    pytest.param({"DATA": ["452 full"]}, TryLater, id="has no room"),
    pytest.param({"DATA": ["554 spam"]}, Refused, id="does not like it"),
    pytest.param({"DATA": [HANG_UP]}, Lost, id="hangs up as the text begins"),
    pytest.param({"DATA": [SWALLOW]}, Lost, id="takes it and hangs up"),
]


@pytest.mark.parametrize(("replies", "kind"), ENDINGS)
def test_every_ending_has_its_answer_and_none_says_an_address(
    mails: MailServer, replies: dict[str, list[str]], kind: type[Answer]
) -> None:
    mails.replies = {verb: list(lines) for verb, lines in replies.items()}
    answer = send(mails)
    assert isinstance(answer, kind)
    assert "ana" not in repr(answer), "S6"


def test_nobody_there_is_known_for_what_it_is() -> None:
    with mail_server() as gone:
        here = settings(gone)
    answer = send_mail(here, to="ana@example.com", subject="Hi", body="Hello.", key="a")
    assert isinstance(answer, Unreached)


@pytest.mark.parametrize(
    "stated",
    [
        pytest.param({"from_address": ""}, id="no sender"),
        pytest.param({"from_address": "sami@example.com\r\nBcc: x@y.z"}, id="two headers in one"),
        pytest.param({"user": "sami", "security": "none"}, id="a password in the clear"),
        pytest.param({"host": "mail.example.com; rm"}, id="no host"),
    ],
)
def test_settings_that_are_unsafe_are_refused(mails: MailServer, stated: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="validation error"):
        settings(mails, **stated)
