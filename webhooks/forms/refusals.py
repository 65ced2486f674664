"""Why a form was not taken: a code for programs, a sentence for the visitor, never a word of what was typed (S8)."""

from sami.domain.leads.written_values import Wrong
from sami.errors import SamiError

AWAY_RETRY_S = 30


class FormRefused(SamiError):
    """The form could not be taken."""

    code = "form_refused"
    status = 400

    def __init__(self, *faults: Wrong, retry_after_s: int | None = None) -> None:
        super().__init__()
        self.faults = faults
        self.retry_after_s = retry_after_s


class NoSuchForm(FormRefused):
    """There is no such form."""

    code = "not_found"
    status = 404


class UnreadableBody(FormRefused):
    """What was sent cannot be read: send a form, or an object of JSON."""

    code = "unreadable_body"


class OriginRefused(FormRefused):
    """This website may not send this form."""

    code = "origin_refused"
    status = 403


class TokenRefused(FormRefused):
    """This form does not carry a token of ours. Please reload the page and send it again."""

    code = "token_refused"
    status = 403


class TokenExpired(FormRefused):
    """The page was open for too long. Please reload it and send the form again."""

    code = "token_expired"
    status = 403


class BodyTooLarge(FormRefused):
    """That is more than a form may hold: 64 kB."""

    code = "body_too_large"
    status = 413


class KindRefused(FormRefused):
    """Send a form, or JSON."""

    code = "unsupported_media_type"
    status = 415


class WrongFields(FormRefused):
    """Something in the form is wrong. Please go back and correct it."""

    code = "invalid_fields"
    status = 422


class TooFast(FormRefused):
    """That was faster than a person fills a form in. Please wait a moment and send it again."""

    code = "too_fast"
    status = 422


class TooMany(FormRefused):
    """This form was sent too often just now. Please wait and send it again."""

    code = "too_many_requests"
    status = 429


class NotStored(FormRefused):
    """We could not store what you wrote, and kept none of it. Please send it again in a minute, or call us."""

    code = "not_stored"
    status = 503


class Failed(FormRefused):
    """Something went wrong on our side, and what you wrote was not stored. Please send it again, or call us."""

    code = "internal_error"
    status = 500
