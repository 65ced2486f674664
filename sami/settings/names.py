"""Is this name one of our settings, and if not, which was meant? Sentences about names and values."""

import json
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Any

from pydantic import ValidationError

PREFIX = "SAMI_"
FROM_FILE = "_FILE"
"""What follows a variable whose value stands in a file, as secrets of containers and of systemd do."""
FROM_VARIABLE = "_FROM"
"""What follows a variable whose value stands in another one, which a platform sets by a name of its own: PORT."""
KnownKeys = Mapping[str, Mapping[str, bool]]


def refuse_unknown_keys(document: Mapping[str, Any], known: KnownKeys) -> Iterator[str]:
    """A sentence for each section or key of the file that is not ours."""
    for section, values in document.items():
        if section not in known:
            yield f"{section} is not a section{_nearest(section, known)}"
        elif not isinstance(values, Mapping):
            yield f"{section} must be a section: write [{section}] and its keys below it."
        else:
            names = [f"{section}.{key}" for key in known[section]]
            yield from (
                f"{section}.{key} is not a setting{_nearest(f'{section}.{key}', names)}"
                for key in values
                if key not in known[section]
            )


def refuse_unknown_variables(environment: Mapping[str, str], known: KnownKeys) -> Iterator[str]:
    """A sentence for each variable that was meant as a setting and is none, or is not the JSON it must be."""
    names = variables_of(known)
    given = {variable.upper() for variable in environment}
    for variable, value in environment.items():
        if not _is_meant_as_setting(variable, known):
            continue
        name = variable.upper()
        plain = without_place(name)
        if plain not in names:
            yield f"{variable} is not a setting{_nearest(plain, list(names))}"
        elif plain != name:
            if plain in given:
                yield f"{plain} and {variable} are both set: keep one of them."
        elif known[names[name][0]][names[name][1]] and not _is_json_list(value):
            yield f"{variable} is not a JSON list; write it like '[\"...\"]'."


def without_place(name: str) -> str:
    """The variable without the word that says where its value stands."""
    return name.removesuffix(FROM_FILE).removesuffix(FROM_VARIABLE)


def variables_of(known: KnownKeys) -> dict[str, tuple[str, str]]:
    """The section and key of each variable of the environment."""
    return {f"{PREFIX}{section}__{key}".upper(): (section, key) for section, keys in known.items() for key in keys}


def _is_meant_as_setting(variable: str, known: KnownKeys) -> bool:
    """SAMI_CONFIG, SAMI_NIGHTLY and their like belong to no section; a single underscore is a usual slip."""
    name = variable.upper()
    if not name.startswith(PREFIX) or name.startswith("SAMI_DEMO"):
        return False
    return "__" in name or name.removeprefix(PREFIX).split("_")[0].lower() in known


def _is_json_list(text: str) -> bool:
    try:
        return isinstance(json.loads(text), list)
    except ValueError:
        return False


def _nearest(name: str, known: Mapping[str, object] | list[str]) -> str:
    nearest = get_close_matches(name, list(known), n=1, cutoff=0.5)
    return f"; did you mean {nearest[0]}?" if nearest else "."


def explain(error: ValidationError) -> Iterator[str]:
    """A sentence for each value that was refused; the value itself is never repeated."""
    for problem in error.errors(include_input=False, include_url=False):
        key = ".".join(str(part) for part in problem["loc"] if not str(part).startswith("function-"))
        message = problem["msg"].removeprefix("Value error, ")
        message = message[0].lower() + message[1:]
        yield f"{key} {message}." if message.startswith("is ") else f"{key} is wrong: {message}."
