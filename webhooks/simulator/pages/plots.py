"""Four calls that play themselves: who takes part, and what each phone does."""

from collections.abc import Mapping
from dataclasses import dataclass

from webhooks.simulator.people import CallerScript

# At the menu the caller wants to buy; asked for a message, they speak six seconds and hang up.
CALLER = CallerScript(reactions=[("to buy a home, press 1", "1")], voicemail_s=6.0)


@dataclass(frozen=True, slots=True)
class Plot:
    """The habits of the caller's owner, of the first of the others, of the rest, and of the fallback numbers."""

    title: str
    owner: str
    first: str
    others: str
    fallback: str

    @property
    def needs_group(self) -> bool:
        return self.first == "answers"


PLOTS: Mapping[str, Plot] = {
    "answered": Plot("The assigned agent answers", "answers", "ignores", "ignores", "ignores"),
    "group": Plot("The assigned agent passes, the group takes it", "passes", "answers", "ignores", "ignores"),
    "voicemails": Plot("Voicemails pick up, the fallback answers", "voicemail", "voicemail", "voicemail", "answers"),
    "nobody": Plot("Nobody at all", "ignores", "busy", "ignores", "ignores"),
}
