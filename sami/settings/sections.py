"""Which settings are there, with their defaults and what each may hold? config.example.toml explains them."""

import re
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, model_validator

SECRET_LENGTH_MIN = 32
_MAIL_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?")


def is_mail_address(address: str) -> bool:
    """Plain, with nothing that could begin another header or another recipient (S8)."""
    return _MAIL_ADDRESS.fullmatch(address) is not None


def _absolute(path: Path) -> Path:
    return path.expanduser().absolute()


def _public_url(url: str) -> str:
    if url and not re.fullmatch(r"https?://[^/?#\s]+(/[^?#\s]*)?", url):
        raise ValueError("is not a web address; write it like https://calls.example.com")
    return url.rstrip("/")


def _database_url(url: SecretStr) -> SecretStr:
    """The driver is ours to choose; a relative SQLite path would mean another file in another directory."""
    text = url.get_secret_value()
    if re.match(r"postgres(ql)?(\+psycopg)?://", text):
        return SecretStr(re.sub(r"^[^:]+", "postgresql+psycopg", text))
    if text.startswith("sqlite:///") and ":memory:" not in text and text != "sqlite:///":
        return SecretStr(f"sqlite:///{_absolute(Path(text.removeprefix('sqlite:///')))}")
    raise ValueError("is not a database of ours; write sqlite:////path/sami.db or postgresql://user:password@host/name")


def _e164(phone: str) -> str:
    if not re.fullmatch(r"\+[1-9]\d{6,14}", phone):
        raise ValueError("is not a phone number in E.164 form; write it like +15125550100")
    return phone


def _host_and_port(place: str) -> str:
    if not re.fullmatch(r"([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\]):\d{1,5}", place):
        raise ValueError("is not a host with its port; write it like scoring.internal:8080")
    return place.lower()


def _origin(written: str) -> str:
    """As a browser sends it: in small letters, and without the port that goes without saying."""
    origin = written.lower()
    if not re.fullmatch(r"https?://[a-z0-9.-]+(:\d{1,5})?", origin):
        raise ValueError("is not a website's origin; write it like https://www.example.com")
    return origin.removesuffix(":443" if origin.startswith("https") else ":80")


def _page(url: str) -> str:
    if url and not re.fullmatch(r"https?://[^\s\"<>\\]+", url):
        raise ValueError("is not a web page; write it like https://www.example.com/thanks")
    return url


def _form_secret(secret: SecretStr) -> SecretStr:
    if 0 < len(secret.get_secret_value()) < SECRET_LENGTH_MIN:
        raise ValueError(f"is too short to be a secret; write at least {SECRET_LENGTH_MIN} random characters")
    return secret


def _metrics_token(token: SecretStr) -> SecretStr:
    if 0 < len(token.get_secret_value()) < SECRET_LENGTH_MIN or not token.get_secret_value().isascii():
        raise ValueError(f"is too short to be a secret; write at least {SECRET_LENGTH_MIN} random letters and digits")
    return token


def _mail_address(address: str) -> str:
    if address and not is_mail_address(address):
        raise ValueError("is not an e-mail address; write it like sami@example.com")
    return address


def _slack_url(url: SecretStr) -> SecretStr:
    if url.get_secret_value() and not re.fullmatch(r"https?://[^\s\"<>\\]+", url.get_secret_value()):
        raise ValueError("is not a web address; copy the incoming webhook's from Slack, it begins with https://")
    return url


def _network(network: str) -> str:
    try:
        return str(ip_network(network))
    except ValueError:
        raise ValueError("is not an address or a network; write it like 10.0.0.5 or 10.0.0.0/8") from None


def _token(token: SecretStr) -> SecretStr:
    if not token.get_secret_value().strip():
        raise ValueError("is empty; copy the auth token from the Twilio console, or remove the entry")
    return token


def _clock_time(written: str) -> str:
    if not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", written) or not "08:00" <= written <= "21:00":
        raise ValueError("is not a time of day within 08:00 to 21:00, as the law permits; write it like 19:30")
    return written


ClockTime = Annotated[str, AfterValidator(_clock_time)]
Phone = Annotated[str, AfterValidator(_e164)]
Place = Annotated[str, AfterValidator(_host_and_port)]
Origin = Annotated[str, AfterValidator(_origin)]
Network = Annotated[str, AfterValidator(_network)]
FormKey = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$")]
AttributeName = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
Token = Annotated[SecretStr, AfterValidator(_token)]
SharedKey = Annotated[str, Field(pattern=r"^webhooks_sharedkey_[A-Za-z0-9]+$")]


class Section(BaseModel):
    """Frozen, closed to unknown names, and silent about what was entered."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True, validate_default=True)


class ServerSettings(Section):
    """The web and worker processes of this machine."""

    public_url: Annotated[str, AfterValidator(_public_url)] = ""
    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=1, le=65535)] = 8000
    data_dir: Annotated[Path, AfterValidator(_absolute)] = Path("var")
    processes: Annotated[int, Field(ge=1, le=64)] = 2
    threads: Annotated[int, Field(ge=1, le=64)] = 3
    deadline_s: Annotated[float, Field(gt=0, le=10)] = 3.0
    metrics_token: Annotated[SecretStr, AfterValidator(_metrics_token)] = SecretStr("")
    api_at_once: Annotated[int, Field(ge=1, le=64)] = 2
    api_in_line: Annotated[int, Field(ge=0, le=256)] = 32
    api_per_minute: Annotated[int, Field(ge=0)] = 0
    engine: str | None = Field(default=None, deprecated="there is one server, so it decides nothing: remove it")

    @property
    def all_threads(self) -> int:
        """The threads of one web process: those that answer calls, and those in which requests of the API wait."""
        return self.threads + self.api_in_line


class DatabaseSettings(Section):
    """Where the business is kept; nothing means a file in data_dir."""

    url: Annotated[SecretStr, AfterValidator(_database_url)] | None = None


class TwilioSettings(Section):
    """The account whose lines we answer."""

    account_sid: str = ""
    auth_tokens: tuple[Token, ...] = ()
    shared_keys: dict[SharedKey, Token] = {}
    api_url: Annotated[str, AfterValidator(_public_url)] = "https://api.twilio.com"
    validate_signatures: bool = True
    timeout_s: Annotated[float, Field(gt=0, le=60)] = 5.0
    calls_per_second: Annotated[float, Field(ge=0)] = 0.0


class FallbackSettings(Section):
    """Who is rung when everything else is down."""

    numbers: tuple[Phone, ...] = ()


class LimitsSettings(Section):
    """Caps on what costs money (S3, S4)."""

    fallback_calls_per_minute: Annotated[int, Field(ge=1)] = 60
    replies_per_sender: Annotated[int, Field(ge=0)] = 5
    replies_per_agent: Annotated[int, Field(ge=1)] = 30
    replies_per_prefix: Annotated[int, Field(ge=0)] = 50
    replies_overall: Annotated[int, Field(ge=0)] = 500
    call_time_limit_s: Annotated[int, Field(ge=60, le=86_400)] = 14_400
    bot_calls_per_second: Annotated[int, Field(ge=1)] = 1
    bot_calls_per_line_per_second: Annotated[int, Field(ge=1)] = 1
    bot_calls_per_lead_per_day: Annotated[int, Field(ge=1)] = 5
    bot_calls_per_phone_per_hour: Annotated[int, Field(ge=1)] = 5
    bot_calls_per_line_per_hour: Annotated[int, Field(ge=1)] = 120
    bot_calls_per_line_per_day: Annotated[int, Field(ge=1)] = 600
    bot_calls_per_country_per_hour: Annotated[int, Field(ge=1)] = 240
    bot_calls_per_country_per_day: Annotated[int, Field(ge=1)] = 1_200
    bot_calls_per_hour: Annotated[int, Field(ge=1)] = 240
    bot_calls_per_day: Annotated[int, Field(ge=1)] = 1_200
    texts_per_phone_per_hour: Annotated[int, Field(ge=1)] = 6
    texts_per_phone_per_day: Annotated[int, Field(ge=1)] = 12
    texts_per_line_per_hour: Annotated[int, Field(ge=1)] = 600
    texts_per_line_per_day: Annotated[int, Field(ge=1)] = 3_000
    texts_per_country_per_hour: Annotated[int, Field(ge=1)] = 1_200
    texts_per_country_per_day: Annotated[int, Field(ge=1)] = 6_000
    texts_per_hour: Annotated[int, Field(ge=1)] = 1_200
    texts_per_day: Annotated[int, Field(ge=1)] = 6_000

    def most(self, spent: str, of: str, per: str) -> int | None:
        """The cap on `texts` or `calls` of one phone, line or country, or of `all`, within an hour or a day."""
        kind = "texts" if spent == "texts" else "bot_calls"
        name = f"{kind}_per_{per}" if of == "all" else f"{kind}_per_{of}_per_{per}"
        most: int | None = getattr(self, name, None)
        return most


class TextsSettings(Section):
    """A classifier of the customer's own, which is asked what texts mean (S15)."""

    classifier_url: Annotated[str, AfterValidator(_page)] = ""
    classifier_secret: SecretStr = SecretStr("")
    classifier_timeout_s: Annotated[float, Field(gt=0, le=30)] = 5.0

    @model_validator(mode="after")
    def _have_a_secret(self) -> Self:
        if self.classifier_url and not self.classifier_secret.get_secret_value():
            raise ValueError("is not complete: classifier_url needs a classifier_secret, which signs what is asked")
        return self


class CadencesSettings(Section):
    """When leads are contacted by ourselves, and how often by cadences. The law permits 8:00 to 21:00 at most."""

    quiet_from: ClockTime = "20:00"
    quiet_to: ClockTime = "08:00"
    sundays: bool = True
    contacts_per_day: Annotated[int, Field(ge=1, le=100)] = 3
    texts_per_line: Annotated[float, Field(gt=0, le=1000)] = 1.0
    texts_per_account: Annotated[float, Field(gt=0, le=1000)] = 10.0

    @model_validator(mode="after")
    def _leave_a_day(self) -> Self:
        if self.quiet_to >= self.quiet_from:
            raise ValueError("quiet_to must be before quiet_from, or no hour is left; write them like 08:00 and 20:00")
        return self


class WorkersSettings(Section):
    """Workers of the customer's own in the intake (S15)."""

    allow_hosts: tuple[Place, ...] = ()


class MailSettings(Section):
    """The mail server that sends notices. Without a host there is no e-mail."""

    host: Annotated[str, Field(pattern=r"^[A-Za-z0-9._:-]*$")] = ""
    port: Annotated[int, Field(ge=1, le=65535)] = 587
    security: Literal["starttls", "tls", "none"] = "starttls"
    user: str = ""
    password: SecretStr = SecretStr("")
    from_address: Annotated[str, AfterValidator(_mail_address)] = ""

    @model_validator(mode="after")
    def _complete(self) -> "MailSettings":
        if self.host and not self.from_address:
            raise ValueError("is not complete: a host needs a from_address; write it like sami@example.com")
        if self.user and self.security == "none":
            raise ValueError("is not safe: a password would be sent in the clear; set security to starttls or tls")
        return self


class NoticesSettings(Section):
    """Notices to places that are nobody's phone: Slack, and outgoing webhooks (S15)."""

    slack_url: Annotated[SecretStr, AfterValidator(_slack_url)] = SecretStr("")
    allow_hosts: tuple[Place, ...] = ()


class SiteSettings(Section):
    """One form of a website. `keeps` are its own fields, which become attributes of the lead; others are ignored."""

    key: FormKey
    source: Annotated[str, Field(max_length=100)] = ""
    thanks: Annotated[str, AfterValidator(_page)] = ""
    origins: tuple[Origin, ...] = ()
    keeps: tuple[AttributeName, ...] = ("message",)


class FormsSettings(Section):
    """Forms of websites that have no program behind them. Without a secret there are none."""

    secret: Annotated[SecretStr, AfterValidator(_form_secret)] = SecretStr("")
    sites: tuple[SiteSettings, ...] = ()
    posts_per_address: Annotated[int, Field(ge=1)] = 10
    posts_per_form: Annotated[int, Field(ge=1)] = 60
    trusted_proxies: tuple[Network, ...] = ("127.0.0.1/32", "::1/128")

    def site(self, key: str) -> SiteSettings:
        """A form that is not listed has the defaults: it is signed all the same."""
        return next((site for site in self.sites if site.key == key), SiteSettings(key=key))


class RetentionSettings(Section):
    """How long what we hold of people is kept."""

    recordings_days: Annotated[int, Field(ge=1, le=36_500)] = 90
    delete_recordings_at_twilio: bool = False


class LogsSettings(Section):
    """What is written to stderr, and how."""

    level: Annotated[Literal["DEBUG", "INFO", "WARNING", "ERROR"], BeforeValidator(str.upper)] = "INFO"
    format: Literal["json", "text"] = "json"
