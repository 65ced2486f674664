"""What each part of docs/ says, made from the tables that the program itself goes by."""

import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import click
from prometheus_client import Counter, Gauge, Histogram

from cadences.beats import BEATS
from sami import metrics
from sami.documents.checks.names import FILE_TYPES, key_names
from sami.documents.meanings import MEANINGS, PLACES, default_of, kinds_in_file
from sami.domain.access.refused_webhooks import EXPLAINED
from sami.domain.access.scopes import SCOPES_EXPLAINED
from sami.domain.agents.attempt_end import AttemptEnd
from sami.domain.language.trace import SENTENCES
from sami.domain.messages.staff_words import STAFF_WORDS
from sami.domain.outcomes.announcements import Event
from sami.views.rings import attempt_words
from webhooks.cli import commands

EXAMPLE = Path(__file__).parents[2] / "config.example.toml"


def settings() -> str:
    """Section by section, as config.example.toml explains them."""
    parts = list[str]()
    for section, about, rows in _sections(EXAMPLE.read_text(encoding="utf-8")):
        title = f"**[{section}]**{f' {about}' if about else ''}"
        parts.append(f"{title}\n\n{_table(('setting', 'default', 'meaning'), rows)}")
    return "\n\n".join(parts)


def _sections(text: str) -> Iterator[tuple[str, str, list[tuple[str, str, str]]]]:
    for block in re.split(r"^(?=\[[a-z]+\])", text, flags=re.MULTILINE)[1:]:
        head, *lines = block.splitlines()
        found = re.fullmatch(r"\[([a-z]+)\]\s*(?:# (.*))?", head)
        assert found is not None, head
        yield found[1], found[2] or "", list(_settings(found[1], lines))


def _settings(section: str, lines: Iterable[str]) -> Iterator[tuple[str, str, str]]:
    """A comment that begins a line goes on with the setting before it, or stands before the next."""
    rows = list[list[str]]()
    for line in lines:
        key = re.fullmatch(r"(?:# )?([a-z_]+) = (.*?)\s*(?:\s# (.*))?", line)
        goes_on = re.fullmatch(r"\s+# (.*)", line)
        if key is not None and not line.startswith("# What"):
            rows.append([f"`{section}.{key[1]}`", f"`{key[2]}`", key[3] or ""])
        elif goes_on is not None and rows:
            rows[-1][2] = f"{rows[-1][2]} {goes_on[1].strip()}".strip()
    yield from ((name, default, meaning) for name, default, meaning in rows)


def shown_metrics() -> str:
    kinds = {Counter: "counter", Gauge: "gauge", Histogram: "histogram"}
    declared = [value for value in vars(metrics).values() if isinstance(value, Counter | Gauge | Histogram)]
    rows = [
        (
            f"`{found._name}{'_total' if isinstance(found, Counter) else ''}`",
            next(word for kind, word in kinds.items() if isinstance(found, kind)),
            ", ".join(f"`{label}`" for label in found._labelnames),
            found._documentation,
        )
        for found in declared
    ]
    return _table(("metric", "kind", "labels", "meaning"), rows)


def shown_commands() -> str:
    return "\n\n".join(_command(name, command, ()) for name, command in _known(commands))


def _known(group: click.Group) -> list[tuple[str, click.Command]]:
    context = click.Context(group)
    found = [(name, group.get_command(context, name)) for name in group.list_commands(context)]
    return [(name, command) for name, command in found if command is not None and not command.hidden]


def _command(name: str, command: click.Command, before: tuple[str, ...]) -> str:
    path = (*before, name)
    arguments = [argument.make_metavar(click.Context(command)) for argument in command.params if _is_argument(argument)]
    title = f"**`{' '.join(('sami', *path, *arguments))}`** {_one_line(command.help)}"
    options = [_option(option) for option in command.params if isinstance(option, click.Option) and not option.hidden]
    text = "\n".join([title, *(["", *options] if options else [])])
    inner = [_command(sub, found, path) for sub, found in _known(command)] if isinstance(command, click.Group) else []
    return "\n\n".join([text, *inner])


def _is_argument(parameter: click.Parameter) -> bool:
    return isinstance(parameter, click.Argument)


def _option(option: click.Option) -> str:
    names = ", ".join(f"`{name}`" for name in (*option.opts, *option.secondary_opts))
    return f"- {names}: {_one_line(option.help)}"


def _one_line(text: str | None) -> str:
    return " ".join((text or "").split())


def events() -> str:
    return "\n".join(f"- `{event.value}`" for event in Event)


def reasons() -> str:
    return _table(("code", "meaning"), [(f"`{reason.value}`", sentence) for reason, sentence in SENTENCES.items()])


def attempts() -> str:
    return _table(("word", "meaning"), [(f"`{end.value}`", attempt_words(end)) for end in AttemptEnd])


def refusals() -> str:
    rows = [(f"`{cause.value}`", f"requests {words}", remedy) for cause, (words, remedy) in EXPLAINED.items()]
    return _table(("cause", "meaning", "remedy"), rows)


def beats() -> str:
    return _table(("beat", "every"), [(f"`{beat.name}`", f"{beat.every_s:g} s") for beat in BEATS])


def scopes() -> str:
    return _table(("scope", "permits"), [(f"`{scope.value}`", words) for scope, words in SCOPES_EXPLAINED.items()])


def staff_words() -> str:
    rows = [(", ".join(f"`{example}`" for example in word.examples), word.does) for word in STAFF_WORDS]
    return _table(("word", "does"), rows)


def keys() -> str:
    """Of the organisation's file: its tables, then what stands within them."""
    names = {
        kind: f"[{table}]" if table in ("organisation", "policy") else f"[[{table}]]"
        for table, kind in FILE_TYPES.items()
    }
    parts = list[str]()
    for kind in kinds_in_file():
        rows = []
        for key in key_names(kind):
            meaning, default = MEANINGS[kind][key], default_of(kind, key)
            given = "needed" if default is None else f"`{default}`" if default else ""
            rows.append((f"`{key}`", meaning.says, given, f"`{meaning.example}`"))
        title = names.get(kind) or PLACES[kind]
        parts.append(f"**{title}**\n\n{_table(('key', 'meaning', 'default', 'example'), rows)}")
    return "\n\n".join(parts)


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |" for line in lines)


PARTS: dict[str, Callable[[], str]] = {
    "settings": settings,
    "metrics": shown_metrics,
    "commands": shown_commands,
    "events": events,
    "reasons": reasons,
    "attempts": attempts,
    "refusals": refusals,
    "beats": beats,
    "scopes": scopes,
    "staff-words": staff_words,
    "keys": keys,
}
