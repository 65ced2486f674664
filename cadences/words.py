"""What a step says or does, in words for the admin who reads a cadence or tries it out."""

from collections.abc import Mapping

from cadences.plan import wait_words
from sami.domain.leads.condition import RANGES, Condition
from sami.domain.organisation.document import Action
from sami.domain.organisation.sentences import fill
from sami.domain.outcomes.actions import addressed
from sami.domain.outcomes.recipients import said_length

_DO = {
    "assign_by_policy": "gives it to whom the policy says",
    "pause_cadences": "pauses all cadences of the lead",
    "cancel_cadences": "cancels all cadences of the lead",
    "do_not_contact": "no contact",
}


def words_of(action: Action, values: Mapping[str, str] | None = None) -> str:
    """Without `values` the placeholders stay as the admin wrote them."""
    said = {name: _filled(action, text, values) for name, text in _texts(action).items()}
    match action.do:
        case "text_lead" | "note":
            return said["say"]
        case "call_lead":
            return f'leaves on a machine: "{said["message"]}"' if action.message else "hangs up on a machine"
        case "task":
            return f"{said['title']} (for the {action.who or 'owner'}, due in {said_length(action.due)})"
        case "notify":
            return f"{action.who} by {', '.join(action.by)}" + (f": {said['say']}" if action.say else "")
        case "wait":
            return wait_words(action).removeprefix("waits ")
        case "stop_if" | "branch":
            return f"if {condition_words(action)}"
    return _thing(action)


def _filled(action: Action, text: str, values: Mapping[str, str] | None) -> str:
    if values is None:
        return text
    return addressed(text, values) if action.do in ("text_lead", "call_lead") else fill(text, values)


def condition_words(choice: Action) -> str:
    said = [f"the lead is {' or '.join(choice.stage)}"] if choice.stage else []
    said += [f"it has the tag {choice.tag}"] if choice.tag else []
    said += [_when(choice.when)] if choice.when is not None else []
    return " and ".join(said)


def _texts(action: Action) -> dict[str, str]:
    return {"say": action.say or "", "title": action.title or "", "message": action.message or ""}


def _thing(action: Action) -> str:
    named = action.agent or action.cadence or action.tag or " ".join(action.stage)
    if action.do in ("pause_cadences", "do_not_contact"):
        return f"{_DO[action.do]}, for {action.for_}" if action.for_ else _DO[action.do]
    return named or _DO.get(action.do, "")


def _when(when: Condition) -> str:
    """As the file writes it, without what is not asked."""
    asked = []
    for name in Condition.__slots__:
        wanted = getattr(when, name)
        if name == "attributes":
            asked += [f"{attribute} is {' or '.join(values)}" for attribute, values in wanted.items()]
        elif name in RANGES:
            asked += [f"{name} is {_range(wanted.min, wanted.max)}"] if wanted is not None else []
        elif name == "hours":
            asked += [f"it is {wanted}"] if wanted else []
        elif wanted:
            asked.append(f"{name} is {' or '.join(wanted)}")
    return " and ".join(asked) or "anything"


def _range(lowest: int | None, highest: int | None) -> str:
    if lowest is None or highest is None:
        return f"at most {highest}" if lowest is None else f"at least {lowest}"
    return f"{lowest} to {highest}"
