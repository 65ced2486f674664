"""The door of e-mail: one message to one of ours by the operator's mail server, and what the server made of it."""

import re
import smtplib  # noqa: TID251 - the door
import ssl
from contextlib import suppress
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from hashlib import sha256

from sami import clock
from sami.domain.delivery.answers import Accepted, Answer, Lost, Refused, TryLater, Unreached
from sami.domain.language.characters import storable
from sami.settings.sections import MailSettings, is_mail_address

TIMEOUT_S = 5.0
TOTAL_S = 20.0
SUBJECT_MAX = 120
_PERMANENT = 500
_BLANKS = re.compile(r"[\s\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_UNPRINTED = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_ENHANCED = re.compile(r"[245]\.\d{1,3}\.\d{1,3}\b")


def send_mail(settings: MailSettings, *, to: str, subject: str, body: str, key: str) -> Answer:
    """Whatever goes wrong is an answer. `key` names the occasion: a repeat has the same Message-ID."""
    if not is_mail_address(to):
        return Refused(0, 0, "their address is no e-mail address")
    message = written(settings, to=to, subject=subject, body=body, key=key)
    ends_at = clock.monotonic() + TOTAL_S
    server: smtplib.SMTP | None = None
    try:
        server = _connected(settings)
        _introduce(server, settings, ends_at)
        return _handed_over(server, settings, to, message.as_bytes(policy=SMTP), ends_at)
    except smtplib.SMTPAuthenticationError as refused:
        # Of our settings and of no message: kept until somebody puts them right.
        return TryLater(f"the mail server refuses our login: {_code(refused.smtp_code, refused.smtp_error)}")
    except smtplib.SMTPResponseException as refused:
        return TryLater(_code(refused.smtp_code, refused.smtp_error))
    except smtplib.SMTPNotSupportedError:
        return TryLater("the mail server offers no STARTTLS or no login")
    except (OSError, smtplib.SMTPException):
        return Unreached("the mail server could not be reached")
    finally:
        if server is not None:
            with suppress(OSError, smtplib.SMTPException):
                server.close()


def mail_problem(settings: MailSettings) -> str | None:
    """Why the server would take nothing from us, found out without sending anything; None where it would."""
    server: smtplib.SMTP | None = None
    try:
        server = _connected(settings)
        _introduce(server, settings, clock.monotonic() + TOTAL_S)
    except smtplib.SMTPResponseException as refused:
        return _code(refused.smtp_code, refused.smtp_error)
    except smtplib.SMTPNotSupportedError:
        return "the mail server offers no STARTTLS or no login"
    except (OSError, smtplib.SMTPException):
        return "the mail server could not be reached"
    finally:
        if server is not None:
            server.close()
    return None


def written(settings: MailSettings, *, to: str, subject: str, body: str, key: str) -> EmailMessage:
    """Plain text. No word in it can become a header (S8)."""
    message = EmailMessage()
    domain = settings.from_address.rpartition("@")[2]
    message["From"] = settings.from_address
    message["To"] = to
    message["Subject"] = _BLANKS.sub(" ", storable(subject)).strip()[:SUBJECT_MAX]
    message["Date"] = format_datetime(clock.utc_now())
    message["Message-ID"] = f"<{sha256(key.encode()).hexdigest()[:32]}@{domain}>"
    message["Auto-Submitted"] = "auto-generated"  # No holiday notice comes back.
    message.set_content(_UNPRINTED.sub(" ", storable(body.replace("\r\n", "\n"))), cte="quoted-printable")
    return message


def _connected(settings: MailSettings) -> smtplib.SMTP:
    name = settings.from_address.rpartition("@")[2]  # Ours would be looked up, which may take seconds.
    if settings.security == "tls":
        context = ssl.create_default_context()
        return smtplib.SMTP_SSL(settings.host, settings.port, local_hostname=name, timeout=TIMEOUT_S, context=context)
    return smtplib.SMTP(settings.host, settings.port, local_hostname=name, timeout=TIMEOUT_S)


def _introduce(server: smtplib.SMTP, settings: MailSettings, ends_at: float) -> None:
    """Sure of whom we talk to, unless the operator said otherwise, before any password is said."""
    if settings.security == "starttls":
        server.starttls(context=ssl.create_default_context())
        _within(server, ends_at)
    if settings.user:
        server.login(settings.user, settings.password.get_secret_value())
    server.ehlo_or_helo_if_needed()
    _within(server, ends_at)


def _handed_over(server: smtplib.SMTP, settings: MailSettings, to: str, message: bytes, ends_at: float) -> Answer:
    """Only once the text itself is under way may an answer be lost; until then nothing has been taken in."""
    code, said = server.mail(settings.from_address)
    if 200 <= code < 300:
        _within(server, ends_at)
        code, said = server.rcpt(to)
    if not 200 <= code < 300:
        return _refused(code, said)
    _within(server, ends_at)
    try:
        code, said = server.data(message)
    except smtplib.SMTPDataError as refused:
        return _refused(refused.smtp_code, refused.smtp_error)
    except (OSError, smtplib.SMTPException):
        return Lost("the mail server's answer was lost")
    return Accepted(status=str(code)) if 200 <= code < 300 else _refused(code, said)


def _within(server: smtplib.SMTP, ends_at: float) -> None:
    """A server that is slow at every step must not outlast the lease of what it is sent."""
    left_s = ends_at - clock.monotonic()
    if left_s <= 0 or server.sock is None:
        raise TimeoutError
    server.sock.settimeout(min(TIMEOUT_S, left_s))


def _refused(code: int, said: bytes | str) -> Answer:
    """Only the numbers of what it said: its words may hold the address (S6)."""
    told = _code(code, said)
    return Refused(0, code, told) if code >= _PERMANENT else TryLater(told)


def _code(code: int, said: bytes | str) -> str:
    text = said.decode("ascii", "replace") if isinstance(said, bytes) else said
    enhanced = _ENHANCED.search(text)
    return f"the mail server answered {code}{f' {enhanced[0]}' if enhanced else ''}"
