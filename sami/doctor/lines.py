"""Does each line lead here, and does a call to it end somewhere?"""

from collections.abc import Iterable, Iterator

from sami.doctor.check import Check, advice, fine, wrong
from sami.domain.language.phone import E164, refusal
from sami.domain.organisation.line_addresses import LineState
from sami.lines.comparing import Standing
from sami.settings.loading import Settings
from sami.store.facts import Directory

NAME = "lines"
_REMEDIES = {
    LineState.NOT_CONNECTED: "`sami lines connect` writes our addresses into Twilio.",
    LineState.DRIFTED: "`sami lines` shows it; `sami lines connect` writes our addresses again.",
    LineState.UNKNOWN_THERE: "Take the line out of the file, or buy or port the number in Twilio's console.",
    LineState.UNKNOWN_HERE: "Give it a bot in the file ([[lines]]) and connect it, or release the number in Twilio.",
}


def check_standings(standings: Iterable[Standing]) -> Iterator[Check]:
    """A number that is no line of ours is nobody's fault: another program may have it."""
    connected = 0
    for standing in standings:
        if standing.state is LineState.CONNECTED:
            connected += 1
        else:
            tell = advice if standing.state is LineState.UNKNOWN_HERE else wrong
            yield tell(NAME, str(standing), _REMEDIES[standing.state])
    if connected:
        yield fine(NAME, f"{connected} line(s) lead here with all four addresses.")


def check_ends(settings: Settings, directory: Directory) -> Iterator[Check]:
    for line in directory.file.lines:
        bot = directory.bot_of(line.phone)
        if bot is None:
            remedy = f'`sami set lines.{line.phone}.bot "KEY"` gives it one.'
            yield wrong(NAME, f"{line.phone} has no bot: its callers hear the safety net alone.", remedy)
        elif not bot.fallback and bot.behaviour == "rules" and not settings.fallback.numbers:
            remedy = "Add `fallback = [{ phone = ..., name = ... }]` to the bot."
            yield advice(NAME, f"A call to {line.phone} that nobody takes ends in voicemail alone.", remedy)
    if directory.file.lines and not any(line.staff for line in directory.file.lines):
        sentence = "No line is for staff: agents text their keywords to the number that leads call."
        yield advice("staff_line", sentence, "Write `staff = true` at one of the [[lines]].")


def check_fallback(settings: Settings, directory: Directory) -> Iterator[Check]:
    """Those of the deployment, which nothing else checks against the organisation, and those of bots of long ago."""
    numbers = settings.fallback.numbers
    faults = list(_faults("fallback.numbers", numbers, directory))
    for bot in directory.file.bots:
        faults += _faults(f"bots.{bot.key}.fallback", [number.phone for number in bot.fallback], directory)
    yield from faults
    if not numbers:
        sentence = "fallback.numbers is empty: when all else is down, callers reach voicemail only."
        yield wrong("fallback", sentence, "Set fallback.numbers to a phone that is always answered.")
    elif not faults:
        yield fine("fallback", f"{len(numbers)} fallback number(s) catch what fails.")


def _faults(place: str, phones: Iterable[str], directory: Directory) -> Iterator[Check]:
    for phone in phones:
        if phone in directory.lines:
            why = "is one of our own lines: the call would come back here"
        else:
            why = refusal(E164(phone), frozenset({directory.organisation.country})) or ""
        if why:
            yield wrong("fallback", f"{place}: {phone} {why}.", "Name a phone outside that you may dial.")
