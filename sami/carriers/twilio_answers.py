"""What became of a request to Twilio, read from whatever its library raised."""

import json
from typing import Any

from requests.exceptions import ConnectTimeout, JSONDecodeError, Timeout
from twilio.base.exceptions import TwilioException, TwilioRestException, TwilioServiceException

from sami.domain.delivery.answers import Lost, NotCarried, Refused, TryLater, Unreached

# The connection failed before a byte was sent: refused, no such name, no route, or a certificate we refuse.
_NEVER_CONNECTED = frozenset({"NewConnectionError", "NameResolutionError", "SSLCertVerificationError", "gaierror"})
_LAYERS_MAX = 8
UNREACHED = "Twilio could not be reached"
NOT_TWILIO = "Twilio's address answered 404 without a Twilio code: is api_url right?"


def answer_in(error: Exception) -> NotCarried:
    """Whatever is not certain is lost: also an answer that is HTML, half a document, or surprises the library.

    Each says why as people read it beside a text or a call.
    """
    match error:
        case TwilioRestException(status=status, code=code) | TwilioServiceException(status=status, code=code):
            return _refusal(int(status), int(code or status), _message(error))
        case TwilioException(args=(_, answered)) if hasattr(answered, "status_code"):
            status, body = int(answered.status_code), _read(answered.text)
            return _refusal(status, int(body.get("code") or status), str(body.get("message", ""))[:200])
        case ConnectTimeout() | ConnectionRefusedError():
            return Unreached(UNREACHED)
        case OSError() if _never_connected(error):
            return Unreached(UNREACHED)
        case Timeout() | TimeoutError():
            return Lost("Twilio gave no answer in time")
        case OSError() if not isinstance(error, JSONDecodeError):
            return Lost("the connection to Twilio broke before its answer came")
        case _:
            return Lost("Twilio's answer could not be read")


def _refusal(status: int, code: int, message: str) -> NotCarried:
    if status == 429 or code == 20429:
        return TryLater(f"{code} {message}".strip())
    # An answer without a code of Twilio's comes from something on the way, or in its place.
    if code == status == 404:
        return Unreached(NOT_TWILIO)
    if status >= 500 or status < 400 or status == 408 or code == status:
        return Lost(f"Twilio answered with an error of its own ({status})")
    return Refused(code, status, message)


def _message(error: Exception) -> str:
    """Twilio's sentence; it may quote a phone, which our logs mask."""
    return str(getattr(error, "msg", "") or getattr(error, "title", ""))[:200]


def _read(text: str) -> dict[str, Any]:
    """The body of a list that was refused; the library reads only those of single things."""
    try:
        body = json.loads(text)
    except ValueError:
        return {}
    return body if isinstance(body, dict) and str(body.get("code", "")).isdigit() else {}


def _never_connected(error: BaseException | None) -> bool:
    for _ in range(_LAYERS_MAX):
        if error is None:
            return False
        if type(error).__name__ in _NEVER_CONNECTED or isinstance(error, ConnectionRefusedError):
            return True
        error = _cause(error)
    return False


def _cause(error: BaseException) -> BaseException | None:
    """One layer down: each library on the way wraps the error of the one below in its own manner."""
    inner = getattr(error, "reason", None) or next((part for part in error.args if isinstance(part, Exception)), None)
    return inner if isinstance(inner, BaseException) else error.__cause__
