"""Who calls and why, as a rung agent hears it: within six seconds, every part whole, the most useful parts first."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sami.domain.language.names import is_speakable
from sami.domain.language.phone import E164
from sami.domain.organisation.document import Bot
from sami.domain.organisation.sentences import caller_name, sentence, speaks_spanish

WHOLE_NAME_MAX = 40  # A longer one is said by its first and last word: why they call matters more.
WHO_AND_WHY_MAX = 82  # About fourteen characters a second, under six seconds with the pause after it.


@dataclass(frozen=True, slots=True)
class CallerSaid:
    """What is known of who calls. `wish` is what they chose; `answers` are attributes with what they answered."""

    name: str = ""
    phone: E164 | None = None
    source: str = ""
    type: str = ""
    place: str = ""
    line: str = ""
    wish: str = ""
    answers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class _Words:
    """How one language says it."""

    wants: dict[str, str]
    in_place: str
    from_place: str
    lead_of: str


_ENGLISH = _Words(
    {
        "buyer": "wants to buy",
        "seller": "wants to sell",
        "renter": "wants to rent",
        "tenant": "wants to rent",
        "landlord": "wants to let",
        "investor": "wants to invest",
    },
    "in {place}",
    "from {place}",
    "{source} lead",
)
_SPANISH = _Words(
    {
        "buyer": "quiere comprar",
        "seller": "quiere vender",
        "renter": "quiere alquilar",
        "tenant": "quiere alquilar",
        "landlord": "quiere dar en alquiler",
        "investor": "quiere invertir",
    },
    "en {place}",
    "de {place}",
    "contacto de {source}",
)


def screen_prompt(bot: Bot | None, said: CallerSaid) -> str:
    return sentence(bot, "screen", who=_who_and_why(said, WHO_AND_WHY_MAX, bot))


def call_back_prompt(bot: Bot | None, screen: str, said: CallerSaid) -> str:
    """That the lead, or the agent who hears it, asked for the call is why."""
    room = WHO_AND_WHY_MAX - len(sentence(bot, screen, who="").split(".")[0])
    who = _fitting(_names(said, bot), room, room)
    told = sentence(bot, screen, who=who)
    return told[:1].upper() + told[1:]


def _who_and_why(said: CallerSaid, room: int, bot: Bot | None) -> str:
    wish, *others = _reasons(said, _SPANISH if speaks_spanish(bot) else _ENGLISH)
    # In the order in which there is room for them; they are said in the order in which people would.
    by_use = [wish, *reversed(others)]
    shortest = min((len(form) for reason in by_use for form in reason), default=0)
    who = _fitting(_names(said, bot), room - (shortest + 2 if shortest else 0), room)
    kept: dict[tuple[str, ...], str] = {}
    left = room - len(who)
    for reason in by_use:
        form = next((form for form in reason if len(form) + 2 <= left), None)
        if form:
            kept[reason] = form
            left -= len(form) + 2
    if not kept and said.line and len(said.line) + 2 <= left:
        kept[(said.line,)] = said.line
    spoken = [kept[reason] for reason in (*others, wish, (said.line,)) if reason in kept]
    told = ", ".join((who, *dict.fromkeys(spoken)))
    return told[:1].upper() + told[1:]


def _names(said: CallerSaid, bot: Bot | None) -> Iterator[str]:
    """The names to try, longest first, all of them true; the digits of a phone are said whole or not at all."""
    words = said.name.split() if is_speakable(said.name) else []
    if words:
        if len(" ".join(words)) <= WHOLE_NAME_MAX:
            yield " ".join(words)
        yield " ".join(dict.fromkeys((words[0], words[-1])))
        yield words[0]
    yield caller_name("", said.phone, bot=bot, spoken=True)


def _fitting(names: Iterator[str], wanted: int, room: int) -> str:
    """The fullest that leaves room for a reason; else the fullest that fits."""
    tried = list(names)
    return next((n for n in tried if len(n) <= wanted), next((n for n in tried if len(n) <= room), tried[-1]))


def _reasons(said: CallerSaid, words: _Words) -> Sequence[tuple[str, ...]]:
    """What they chose, then where they came from and what they want; each in its forms, the fullest first."""
    answers = tuple(f"{attribute.replace('_', ' ')} {answer}" for attribute, answer in said.answers)
    wish = (said.wish[:1].lower() + said.wish[1:],) if said.wish else ()
    source = (words.lead_of.format(source=said.source),) if said.source and said.source != said.line else ()
    return (wish, source, _want(said, words), *((answer,) for answer in answers))


def _want(said: CallerSaid, words: _Words) -> tuple[str, ...]:
    kind = said.type.strip().lower()
    want = words.wants.get(kind, kind)
    if want and said.place:
        return f"{want} {words.in_place.format(place=said.place)}", want
    if want:
        return (want,)
    return (words.from_place.format(place=said.place),) if said.place else ()
