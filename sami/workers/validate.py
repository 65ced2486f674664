"""Can this lead be reached under this phone and e-mail address, and is this a name?"""

import re
import unicodedata
from typing import Any

from sami.domain.language.names import is_suspect
from sami.domain.language.phone import E164, is_newer_than_tables, is_withheld, last_four, line_type_of, parse_phone
from sami.workers.contracts import StepInput, StepOutput

EMAIL_LENGTH_MAX, LOCAL_LENGTH_MAX, NAME_LENGTH_MAX = 254, 64, 200

_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
_ATOM = r"[\w!#$%&'*+/=?^`{|}~-]+"
_LABEL = r"[^\W_](?:(?:[^\W_]|-){0,61}[^\W_])?"
_EMAIL = re.compile(rf"({_ATOM}(?:\.{_ATOM})*)@(?:{_LABEL}\.)+(?:[^\W\d_]{{2,63}}|xn--[a-z0-9-]{{1,59}})")
_WORD = re.compile(r"[^\W\d_]+")
_KEPT_IN_CAPITALS = frozenset({"II", "III", "IV", "LLC", "LLP", "USA"})
_JOINERS = "\u200c\u200d"  # Some scripts cannot be written without these two.


def validate_contact(step: StepInput) -> StepOutput:
    """Clean what is there; a phone or an address that cannot be one is taken away."""
    found = [_phone(step.inquiry.phone, step.facts.country), _email(step.inquiry.email), _name(step.inquiry.name)]
    findings = {key: value for part in found for key, value in part.output.get("findings", {}).items()}
    output = {key: value for part in found for key, value in part.output.items() if key != "findings"}
    return StepOutput(
        output | ({"findings": findings} if findings else {}),
        tuple(sentence for part in found for sentence in part.evidence),
        min(part.confidence for part in found),
    )


def _phone(raw: str | None, country: str) -> StepOutput:
    if not raw:
        return StepOutput()
    phone = None if is_withheld(raw) else parse_phone(raw, country)
    if phone is None and not _E164.fullmatch(raw):
        return _dropped("phone", raw, "The phone is no phone.")
    named = f"The phone ending in {last_four(raw)}"
    if phone is None:  # A carrier vouches for it.
        return StepOutput({"findings": {"phone_valid": False}}, (f"{named} is in no numbering plan.",), 0.3)
    if is_newer_than_tables(phone):
        doubt = f"{named} has an area code that no table knows yet."
        return StepOutput({"phone": phone, "findings": {"phone_valid": False}}, (doubt,), 0.6)
    return _line(phone, named)


def _line(phone: E164, named: str) -> StepOutput:
    line = line_type_of(phone)
    if line is None:
        return StepOutput({"phone": phone}, (f"{named} is valid.",))
    output: dict[str, Any] = {"phone": phone, "findings": {"line_type": line}}
    return StepOutput(output, (f"{named} is valid, its line: {line}.",))


def _email(raw: str | None) -> StepOutput:
    if not raw:
        return StepOutput()
    email = raw.strip().lower()
    found = _EMAIL.fullmatch(email) if len(email) <= EMAIL_LENGTH_MAX else None
    if found is None or len(found[1]) > LOCAL_LENGTH_MAX:
        return _dropped("email", raw, "The e-mail address is none.")
    return StepOutput({"email": email}, ("The e-mail address is written as one.",))


def _dropped(name: str, raw: str, why: str) -> StepOutput:
    """Drops a value by which nobody can be reached, and keeps what was written for a person to see."""
    return StepOutput({name: None, "findings": {f"{name}_as_written": _tidy(raw)}}, (why,), 0.0)


def _name(raw: str) -> StepOutput:
    name = _tidy(raw)
    evidence = ["The name held control characters or needless blanks."] if name != raw else []
    if _is_shouted(name):
        name = _WORD.sub(lambda word: word[0] if word[0] in _KEPT_IN_CAPITALS else word[0].capitalize(), name)
        evidence.append("The name was written in capitals.")
    if not name:
        return StepOutput({"name": name}, tuple(evidence))
    if is_suspect(name):
        suspect = {"name": name, "findings": {"name_suspect": True}}
        return StepOutput(suspect, (*evidence, "The name looks made up."), 0.5)
    return StepOutput({"name": name}, tuple(evidence))


def _tidy(raw: str) -> str:
    """Without what cannot be seen: control characters, marks that turn the direction of reading, needless blanks."""
    if raw.isascii() and raw.isprintable():
        seen = raw
    else:
        seen = "".join(_seen(letter) for letter in unicodedata.normalize("NFC", raw))
    return " ".join(seen.split())[:NAME_LENGTH_MAX].rstrip()


def _seen(letter: str) -> str:
    category = unicodedata.category(letter)
    if category in {"Cc", "Zl", "Zp"}:
        return " "
    return "" if category in {"Cf", "Cs", "Co"} and letter not in _JOINERS else letter


def _is_shouted(name: str) -> bool:
    """Initials such as JP are left as they are."""
    return name.isupper() and any(len(word) > 2 for word in _WORD.findall(name))
