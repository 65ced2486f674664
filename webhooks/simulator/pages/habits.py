"""What does a phone do by itself when it rings? One word for each habit, shown to people as a sentence."""

from collections.abc import Mapping
from dataclasses import dataclass

from webhooks.simulator.behaviours import Answers, Behaviour, Busy, Ignores, Manual, Voicemail, passes

PICKS_UP_AFTER_S = 3.0
READS_PROMPT_S = 2.5
TALKS_S = 12.0


@dataclass(frozen=True, slots=True)
class Habit:
    says: str
    behaviour: Behaviour


HABITS: Mapping[str, Habit] = {
    "manual": Habit("I decide", Manual()),
    "answers": Habit("Takes it (1)", Answers(PICKS_UP_AFTER_S, "1", READS_PROMPT_S, TALKS_S)),
    "passes": Habit("Passes (2)", passes(PICKS_UP_AFTER_S, READS_PROMPT_S)),
    "ignores": Habit("Lets it ring", Ignores()),
    "voicemail": Habit("Off: voicemail", Voicemail(after_s=PICKS_UP_AFTER_S)),
    "busy": Habit("Is busy", Busy()),
}
MACHINE = Voicemail(after_s=0)
