"""Settings come from file and environment, and a refusal says what would be right."""

from pathlib import Path

import pytest

from sami.settings.loading import Settings, SettingsError, load_settings

TOKENS = '["0123456789abcdef0123456789abcdef"]'


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "config.toml"
    path.touch()
    monkeypatch.setenv("SAMI_CONFIG", str(path))
    monkeypatch.chdir(tmp_path)
    return path


def test_without_anything_there_is_an_embedded_database_below_var(config: Path) -> None:
    settings = load_settings()
    assert settings.embedded_database == config.parent / "var" / "sami.db"
    assert settings.local_dir == config.parent / "var"
    assert settings.public_url == "http://127.0.0.1:8000"


def test_the_environment_wins_over_the_file(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config.write_text('[server]\nport = 9000\npublic_url = "https://calls.example.com/"\n')
    monkeypatch.setenv("SAMI_SERVER__PORT", "9001")
    settings = load_settings()
    assert (settings.server.port, settings.public_url) == (9001, "https://calls.example.com")


def test_lists_in_the_environment_are_json(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SAMI_FALLBACK__NUMBERS", '["+15125550100"]')
    monkeypatch.setenv("SAMI_TWILIO__AUTH_TOKENS", TOKENS)
    assert load_settings().fallback.numbers == ("+15125550100",)


@pytest.mark.parametrize(
    ("document", "sentence"),
    [
        pytest.param("[twillio]\n", "twillio is not a section; did you mean twilio?", id="unknown section"),
        pytest.param("[server]\nprot = 1\n", "did you mean server.port?", id="unknown key"),
        pytest.param("port = 1\n", "port is not a section", id="key outside its section"),
        pytest.param("server = 1\n", "server must be a section", id="section that is a value"),
        pytest.param('[fallback]\nnumbers = ["5125550100"]\n', "write it like +15125550100", id="not E.164"),
        pytest.param('[server]\npublic_url = "calls"\n', "https://calls.example.com", id="not an address"),
        pytest.param('[database]\nurl = "mysql://x"\n', "is not a database of ours", id="another database"),
        pytest.param('[database]\nurl = "sqlite:///:memory:"\n', "database of ours", id="nobody else sees memory"),
        pytest.param('[twilio]\nauth_tokens = [""]\n', "auth_tokens.0 is empty", id="empty token"),
        pytest.param("[server]\nport = 0\n", "server.port", id="out of range"),
        pytest.param(
            '[workers]\nallow_hosts = ["scoring"]\n', "like scoring.internal:8080", id="a host without a port"
        ),
        pytest.param("[server\n", "is not TOML", id="not TOML"),
    ],
)
def test_a_refusal_says_what_would_be_right(config: Path, document: str, sentence: str) -> None:
    config.write_text(document)
    with pytest.raises(SettingsError) as refusal:
        load_settings()
    assert sentence in str(refusal.value)


@pytest.mark.parametrize(
    ("variable", "value", "sentence"),
    [
        pytest.param("SAMI_TWILO__AUTH_TOKENS", "[]", "did you mean SAMI_TWILIO__AUTH_TOKENS?", id="section"),
        pytest.param("SAMI_SERVER__PROT", "1", "did you mean SAMI_SERVER__PORT?", id="key"),
        pytest.param("SAMI_SERVER_PORT", "1", "did you mean SAMI_SERVER__PORT?", id="one underscore"),
        pytest.param("SAMI_TWILIO__AUTH_TOKENS", "abc", "is not a JSON list", id="no list"),
    ],
)
def test_a_wrong_variable_is_refused_by_name(
    config: Path, monkeypatch: pytest.MonkeyPatch, variable: str, value: str, sentence: str
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(SettingsError) as refusal:
        load_settings()
    assert sentence in str(refusal.value)


def test_variables_that_are_no_settings_are_left_alone(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SAMI_NIGHTLY", "1")
    monkeypatch.setenv("SAMI_DEMO_PHONES", "1")
    load_settings()


def test_s16_a_secret_is_never_printed(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SAMI_TWILIO__AUTH_TOKENS", TOKENS)
    monkeypatch.setenv("SAMI_DATABASE__URL", "postgres://sami:hunter2@db/sami")
    settings = load_settings()
    assert "0123456789abcdef" not in f"{settings!r} {settings} {settings.model_dump_json()}"
    assert "hunter2" not in f"{settings!r} {settings} {settings.model_dump_json()}"
    assert settings.database_url == "postgresql+psycopg://sami:hunter2@db/sami"


def test_s16_a_refusal_does_not_repeat_what_was_entered(config: Path) -> None:
    config.write_text('[database]\nurl = "oracle://sami:hunter2@db"\n[twilio]\nauth_tokens = "hunter2"\n')
    with pytest.raises(SettingsError) as refusal:
        load_settings()
    assert "hunter2" not in f"{refusal.value!r} {refusal.value}"


def test_s01_serving_without_a_token_is_refused(config: Path) -> None:
    with pytest.raises(SettingsError, match="auth_tokens"):
        load_settings().require_auth_token()


def test_s01_serving_without_a_token_is_possible_only_when_asked_for(config: Path) -> None:
    config.write_text("[twilio]\nvalidate_signatures = false\n")
    load_settings().require_auth_token()


def test_a_database_server_leaves_our_own_files_in_data_dir(config: Path) -> None:
    config.write_text(f'[server]\ndata_dir = "{config.parent}/d"\n[database]\nurl = "postgresql://db/sami"\n')
    settings: Settings = load_settings()
    assert (settings.embedded_database, settings.local_dir) == (None, config.parent / "d")


def test_a_setting_of_an_earlier_release_is_taken_and_said_to_decide_nothing(
    config: Path, caplog: pytest.LogCaptureFixture
) -> None:
    config.write_text('[server]\nengine = "granian"\nport = 9000\n')
    assert load_settings().server.port == 9000
    assert "server.engine is a setting of an earlier release" in caplog.text


def test_a_secret_may_stand_in_a_file_that_the_environment_names(
    config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "tokens").write_text(TOKENS + "\n")
    (tmp_path / "url").write_text("postgresql://sami:secret@db.example.com/sami\n")
    monkeypatch.setenv("SAMI_TWILIO__AUTH_TOKENS_FILE", str(tmp_path / "tokens"))
    monkeypatch.setenv("SAMI_DATABASE__URL_FILE", str(tmp_path / "url"))
    settings = load_settings()
    assert [token.get_secret_value() for token in settings.twilio.auth_tokens] == ["0123456789abcdef0123456789abcdef"]
    assert "db.example.com" in settings.database_url


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        pytest.param(None, "cannot be read: No such file or directory", id="no file"),
        pytest.param("hush-hush", "does not hold a JSON list", id="no list"),
        pytest.param(TOKENS, "are both set: keep one of them", id="set twice"),
    ],
)
def test_a_secrets_file_that_cannot_be_used_is_refused_without_its_content(
    config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: str | None, sentence: str
) -> None:
    path = tmp_path / "tokens"
    if content is not None:
        path.write_text(content)
    monkeypatch.setenv("SAMI_TWILIO__AUTH_TOKENS_FILE", str(path))
    if content == TOKENS:
        monkeypatch.setenv("SAMI_TWILIO__AUTH_TOKENS", TOKENS)
    with pytest.raises(SettingsError, match=sentence) as refused:
        load_settings()
    assert "SAMI_TWILIO__AUTH_TOKENS_FILE" in str(refused.value)
    assert "hush" not in str(refused.value)
    assert "0123" not in str(refused.value)


def test_a_value_may_stand_in_a_variable_that_a_platform_names(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "5005")
    monkeypatch.setenv("SAMI_SERVER__PORT_FROM", "PORT")
    monkeypatch.setenv("LINES", '["+15125550100"]')
    monkeypatch.setenv("SAMI_FALLBACK__NUMBERS_FROM", "LINES")
    settings = load_settings()
    assert (settings.server.port, settings.fallback.numbers) == (5005, ("+15125550100",))


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("SAMI_SERVER__PORT_FROM", "NOT_THERE (named by SAMI_SERVER__PORT_FROM) is not set."),
        ("SAMI_SERVER__PROT_FROM", "SAMI_SERVER__PROT_FROM is not a setting"),
    ],
)
def test_a_variable_that_is_not_there_is_said(monkeypatch: pytest.MonkeyPatch, name: str, told: str) -> None:
    monkeypatch.setenv(name, "NOT_THERE")
    with pytest.raises(SettingsError) as refused:
        load_settings()
    assert told in str(refused.value)
