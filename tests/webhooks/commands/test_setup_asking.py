"""A person at the terminal is asked, may correct an answer, and may go on without a step."""

from collections.abc import Callable

import click
from click.testing import CliRunner, Result

from webhooks.commands.setup.asking import Asking


def asked(act: Callable[[Asking], object], said: str) -> tuple[Result, list[object]]:
    came = list[object]()

    @click.command
    def attended() -> None:
        came.append(act(Asking(attended=True)))

    return CliRunner().invoke(attended, input=said), came


def test_a_question_has_a_default_and_an_option_answers_it_beforehand() -> None:
    assert asked(lambda asking: asking.text("Country", "--country", None, "US"), "\n")[1] == ["US"]
    assert asked(lambda asking: asking.text("Country", "--country", None, "US"), "GB\n")[1] == ["GB"]
    told, came = asked(lambda asking: asking.text("Country", "--country", "CA", "US"), "")
    assert (told.output, came) == ("", ["CA"])


def test_a_secret_is_not_shown() -> None:
    told, came = asked(lambda asking: asking.text("Token", "--auth-token", None, "kept", secret=True), "secret\n")
    assert came == ["secret"]
    assert "secret" not in told.output
    assert "kept" not in told.output


def test_several_are_taken_until_an_empty_line() -> None:
    assert asked(lambda asking: asking.several("KEY=PHONE", ()), "ana=1\nben=2\n\n")[1] == [["ana=1", "ben=2"]]


def test_a_step_is_tried_again_until_it_is_done_or_skipped() -> None:
    def attempts(answers: list[str | None]) -> Callable[[Asking], None]:
        return lambda asking: asking.until_done(lambda: answers.pop(0), "Enter or skip")

    told, _ = asked(attempts(["not yet", "not yet", None]), "\n\n")
    assert (told.exit_code, told.output.count("not yet")) == (0, 2)
    told, _ = asked(attempts(["never", "never"]), "skip\n")
    assert (told.exit_code, told.output.count("never")) == (0, 1)
