"""What is asked at the terminal, and what stands for an answer where nobody sits there."""

import sys
from collections.abc import Callable

import click

from sami.errors import SamiError


class NotAnswered(SamiError):
    """Nobody is there to answer, and no option does."""

    code = "not_answered"


class StepFailed(SamiError):
    """One step is not done yet; what was done stays, and the command can be repeated."""

    code = "step_failed"


class Asking:
    """`attended`: a person sits at the terminal. Otherwise every question needs its option or its default."""

    def __init__(self, *, attended: bool | None = None) -> None:
        self.attended = sys.stdin.isatty() if attended is None else attended

    def tell(self, step: str) -> None:
        click.secho(f"\n{step}", bold=True)

    def text(
        self, question: str, option: str, given: str | None, default: str | None = None, *, secret: bool = False
    ) -> str:
        if given is not None:
            return given
        if self.attended:
            answer: str = click.prompt(question, default=default, hide_input=secret, show_default=not secret)
            return answer
        if default is None:
            raise NotAnswered(f"{question}: give it as {option}.")
        return default

    def several(self, question: str, given: tuple[str, ...]) -> list[str]:
        """One a line until an empty one; unattended only what the options said."""
        if given or not self.attended:
            return list(given)
        answers = list[str]()
        while answer := click.prompt(question, default="", show_default=False):
            answers.append(answer)
        return answers

    def until_done(self, attempt: Callable[[], str | None], hint: str) -> None:
        """`attempt` says what is wrong, or nothing. A person may mend it and try again, or go on all the same."""
        while (wrong := attempt()) is not None:
            if not self.attended:
                raise StepFailed(wrong)
            click.secho(wrong, fg="red", err=True)
            if click.prompt(hint, default="", show_default=False).strip().lower() == "skip":
                return
