"""`sami call`: a simulated call in the terminal, told as it happens, and then why it went where it went."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Protocol

import click
from pydantic import TypeAdapter
from rich.console import Console

from sami import logs
from sami.errors import SamiError
from sami.settings.loading import load_settings
from sami.views.call_words import CallDescription
from webhooks.commands.demo.start import own_file_option, read_own
from webhooks.commands.leads.why import print_telling
from webhooks.commands.shared.terminal import printable
from webhooks.simulator.pages.habits import HABITS
from webhooks.simulator.pages.plots import PLOTS
from webhooks.simulator.pages.routes import Asked

_TELLING = TypeAdapter(CallDescription)
OUTCOME_WITHIN_LOOKS = 40
TEXTS_WITHIN_LOOKS = 6  # Three seconds after the end: texts leave with the worker's next beat.


class Demo(Protocol):
    """A demo to play in: the running one over HTTP, or one of our own in moved time."""

    def act(self, path: str, asked: Asked) -> object: ...
    def look(self) -> dict[str, Any]: ...
    def wait(self) -> None: ...


class NoSuchName(SamiError):
    """The demo knows no such name."""

    code = "no_such_name"


def _habit(_: click.Context, __: click.Parameter, given: tuple[str, ...]) -> dict[str, str]:
    habits = dict(each.partition("=")[::2] for each in given)
    wrong = [key for key, habit in habits.items() if habit not in HABITS]
    if wrong:
        raise click.BadParameter(f"write KEY=HABIT, such as {wrong[0]}=answers; habits are {', '.join(HABITS)}")
    return habits


@click.command
@click.option("--story", type=click.Choice(list(PLOTS)), help="One of four calls; without any option, answered.")
@click.option("--from", "caller", metavar="WHO", help="A lead's phone or name.")
@click.option("--to", "line", metavar="LINE", help="One of our lines, by number or name.")
@click.option(
    "--phone",
    "habits",
    multiple=True,
    callback=_habit,
    metavar="KEY=HABIT",
    help=f"What a phone does: {', '.join(HABITS)}.",
)
@own_file_option
def call(story: str | None, caller: str | None, line: str | None, habits: dict[str, str], file: Path | None) -> None:
    """Play a call in the running demo, else in one made for it, and say live what happens and then why."""
    if story is not None and (caller or line or habits):
        raise click.UsageError("A story has its own caller, line and phones; leave --story out to choose yours.")
    console = Console(highlight=False, markup=False, emoji=False, soft_wrap=True)
    with _demo(console, file) as demo:
        if story is not None or not (caller or line or habits):
            demo.act("/stories", {"story": story or "answered"})
        else:
            _place(demo, caller, line, habits)
        _tell_live(demo, console)
        _tell_why(demo, console)


@contextmanager
def _demo(console: Console, file: Path | None) -> Iterator[Demo]:
    """A file of one's own is played in a demo made for the call, whichever runs."""
    from webhooks.commands.shared.running_demo import find_running_demo

    running = find_running_demo(load_settings().server.port) if file is None else None
    with ExitStack() as stack:
        if running is not None:
            console.print(f"In the demo at {running.url}/sim, in real time.", style="dim")
            yield running
            return
        from webhooks.commands.demo.moved_time import VirtualDemo

        logs.configure_logs("ERROR", "text")
        why = "No demo is running, so this one" if file is None else f"With the business of {file}, this one"
        console.print(f"{why} is made for the call, in moved time.", style="dim")
        yield stack.enter_context(VirtualDemo(None if file is None else read_own(file)))


def _place(demo: Demo, caller: str | None, line: str | None, habits: dict[str, str]) -> None:
    seen = demo.look()
    for key, habit in habits.items():
        demo.act("/phones", {"phone": key, "do": "behave", "habit": habit})
    asked = {"caller": _find(seen["callers"], caller), "line": _find(seen["lines"], line), "by_itself": "yes"}
    demo.act("/calls", asked)


def _find(numbers: list[dict[str, Any]], wanted: str | None) -> str:
    """The phone that is, or whose name begins with, what was written; without anything written the first."""
    word = (wanted or "").lower()
    if word.startswith("+"):
        return word
    for number in numbers:
        if number["name"].lower().startswith(word):
            return str(number["phone"])
    raise NoSuchName(f"{wanted}: it knows {', '.join(number['name'] for number in numbers)}.")


def _tell_live(demo: Demo, console: Console) -> None:
    told, rest = 0, OUTCOME_WITHIN_LOOKS
    while rest > 0:
        demo.wait()
        seen = demo.look()["call"]
        lines = [] if seen is None else seen["story"]
        for line in lines[told:]:
            console.print(f"{line['at']:>6}", style="dim", end="  ")
            console.print(printable(line["said"]))
        told = max(told, len(lines))
        if seen is not None and not seen["is_live"]:
            rest = min(rest, TEXTS_WITHIN_LOOKS) if seen["has_outcome"] else rest
            rest -= 1


def _tell_why(demo: Demo, console: Console) -> None:
    seen = demo.look()["call"]
    if seen is None or seen["why"] is None:
        console.print("\nThe database is away, so why is not known yet.")
        return
    console.print()
    print_telling(_TELLING.validate_python(seen["why"]))
