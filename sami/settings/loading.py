"""What did the operator decide? config.toml, then SAMI_<SECTION>__<KEY>, read and checked once (S16)."""

import json
import logging
import os
import tomllib
from pathlib import Path
from typing import Any, cast, get_origin

from pydantic import Field, ValidationError
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from sami.errors import SamiError
from sami.settings.names import (
    FROM_FILE,
    KnownKeys,
    explain,
    refuse_unknown_keys,
    refuse_unknown_variables,
    variables_of,
    without_place,
)
from sami.settings.sections import (
    CadencesSettings,
    DatabaseSettings,
    FallbackSettings,
    FormsSettings,
    LimitsSettings,
    LogsSettings,
    MailSettings,
    NoticesSettings,
    RetentionSettings,
    Section,
    ServerSettings,
    TextsSettings,
    TwilioSettings,
    WorkersSettings,
)

_log = logging.getLogger(__name__)  # Before logs are configured it writes to stderr.


class SettingsError(SamiError):
    """The settings cannot be used."""

    code = "settings_refused"


class Settings(BaseSettings):
    """Everything the operator can set. `load_settings` makes it from file and environment."""

    model_config = SettingsConfigDict(
        env_prefix="SAMI_", env_nested_delimiter="__", extra="forbid", frozen=True, hide_input_in_errors=True
    )

    server: ServerSettings = Field(default_factory=ServerSettings)
    database: DatabaseSettings = Field(default_factory=DatabaseSettings)
    twilio: TwilioSettings = Field(default_factory=TwilioSettings)
    fallback: FallbackSettings = Field(default_factory=FallbackSettings)
    limits: LimitsSettings = Field(default_factory=LimitsSettings)
    texts: TextsSettings = Field(default_factory=TextsSettings)
    cadences: CadencesSettings = Field(default_factory=CadencesSettings)
    workers: WorkersSettings = Field(default_factory=WorkersSettings)
    forms: FormsSettings = Field(default_factory=FormsSettings)
    mail: MailSettings = Field(default_factory=MailSettings)
    notices: NoticesSettings = Field(default_factory=NoticesSettings)
    retention: RetentionSettings = Field(default_factory=RetentionSettings)
    logs: LogsSettings = Field(default_factory=LogsSettings)

    @property
    def database_url(self) -> str:
        """With its password, so never to be printed."""
        if self.database.url is None:
            return f"sqlite:///{self.server.data_dir / 'sami.db'}"
        return self.database.url.get_secret_value()

    @property
    def embedded_database(self) -> Path | None:
        """The SQLite file, or None where the database is a server."""
        path = self.database_url.removeprefix("sqlite:///")
        return None if path == self.database_url else Path(path)

    @property
    def local_dir(self) -> Path:
        """Where spool and fallback file lie: beside an embedded database, else in data_dir."""
        return self.server.data_dir if self.embedded_database is None else self.embedded_database.parent

    @property
    def public_url(self) -> str:
        """The address Twilio signs; without one, this machine's own, for trying things out."""
        return self.server.public_url or f"http://{self.server.host}:{self.server.port}"

    def require_auth_token(self) -> None:
        """Refuse to serve webhooks that anybody could forge (S1)."""
        if self.twilio.validate_signatures and not (self.twilio.auth_tokens or self.twilio.shared_keys):
            raise SettingsError(
                "twilio.auth_tokens is empty, so no request of Twilio's could be told from a forged one; set "
                "SAMI_TWILIO__AUTH_TOKENS='[\"...\"]', or, where nobody outside can reach the server, "
                "twilio.validate_signatures = false."
            )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        assert isinstance(env_settings, EnvSettingsSource)
        named = {
            name: value for name, value in env_settings.env_vars.items() if without_place(name.upper()) == name.upper()
        }
        env_settings.env_vars = named  # Names of files and variables are no values; `load_settings` has read them.
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls, config_file())


def config_file() -> Path | None:
    """The file that SAMI_CONFIG names, else config.toml in the working directory if there is one."""
    named = os.environ.get("SAMI_CONFIG")
    if named:
        return Path(named)
    here = Path("config.toml")
    return here if here.is_file() else None


def known_keys() -> KnownKeys:
    """The keys of each section, and whether a key holds a list."""
    return {
        name: {key: get_origin(field.annotation) is tuple for key, field in section.model_fields.items()}
        for name, section in _sections().items()
    }


def retired_keys() -> dict[str, str]:
    """Settings of earlier releases, by their whole name, each with why it decides nothing any more."""
    return {
        f"{name}.{key}": str(field.deprecated)
        for name, section in _sections().items()
        for key, field in section.model_fields.items()
        if field.deprecated
    }


def _sections() -> dict[str, type[Section]]:
    return {name: cast(type[Section], field.annotation) for name, field in Settings.model_fields.items()}


def load_settings() -> Settings:
    """Read and check everything once; a SettingsError says what was wrong and what would be right."""
    complaints = [
        *refuse_unknown_keys(_read_file(), known_keys()),
        *refuse_unknown_variables(os.environ, known_keys()),
    ]
    if complaints:
        raise SettingsError(" ".join(complaints))
    try:
        settings = Settings(**_read_elsewhere())
    except ValidationError as error:
        raise SettingsError(" ".join(explain(error))) from None  # The cause would print what was entered.
    for retired, why in retired_keys().items():
        section, key = retired.split(".")
        if key in getattr(settings, section).model_fields_set:
            _log.warning("%s is a setting of an earlier release: %s", retired, why)
    return settings


def _read_elsewhere() -> dict[str, Any]:
    """What stands in the files that SAMI_<SECTION>__<KEY>_FILE name, and the variables that ..._FROM name."""
    known, found = known_keys(), dict[str, dict[str, Any]]()
    for variable, path in os.environ.items():
        name = variable.upper()
        section, key = variables_of(known).get(without_place(name), ("", ""))
        if not section or without_place(name) == name:
            continue
        try:
            value = _read_file_of_a_value(path) if name.endswith(FROM_FILE) else os.environ[path]
            found.setdefault(section, {})[key] = json.loads(value) if known[section][key] else value
        except OSError as error:
            raise SettingsError(f"{path} (named by {variable}) cannot be read: {error.strerror}.") from None
        except KeyError:
            raise SettingsError(f"{path} (named by {variable}) is not set.") from None
        except ValueError:
            right = 'a JSON list, like ["..."]' if known[section][key] else "plain text in UTF-8"
            raise SettingsError(f"{path} (named by {variable}) does not hold {right}.") from None
    return found


def _read_file_of_a_value(path: str) -> str:
    """A line's end after the value is none of it."""
    return Path(path).read_text(encoding="utf-8").strip()


def _read_file() -> dict[str, Any]:
    path = config_file()
    if path is None:
        return {}
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsError(f"{path} (named by SAMI_CONFIG) cannot be read: {error.strerror}.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path} is not TOML: {error}.") from None
