"""R14: whatever is edited, taken away or cut off shows, and what was erased does not break a seal."""

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from sami.domain.audit.entry import NOTHING_SAID, Door, Entry, Said, SealedEntry, Verb, digest_of, sealed
from sami.domain.audit.tampering import End, Page, tampering
from sami.domain.language.actor import Actor, ActorKind

EDITS = 1_000
MONDAY = datetime(2026, 11, 16, 16, 0, tzinfo=UTC)
SAID = Said("203.0.113.7", "ana", '{"phone": "+15125550101"}', '{"phone": "+15125550111"}', "a new phone")
Chain = list[SealedEntry]


def chain_of(count: int) -> Chain:
    chain: Chain = []
    for number in range(1, count + 1):
        entry = Entry(MONDAY, Actor(ActorKind.API_KEY, "crm"), Door.API, Verb.CHANGED, "organisation.agents", SAID)
        chain.append(sealed(number, entry, f"salt {number}", chain[-1].seal if chain else None))
    return chain


def end_of(chain: Chain) -> End:
    return End(len(chain), chain[-1].seal if chain else None)


def told(chain: Chain, end: End) -> list[str]:
    half = len(chain) // 2
    return list(tampering([Page(chain[:half], end), Page(chain[half:], end)]))


def test_what_was_written_has_no_fault() -> None:
    for count in (0, 1, 2, 30):
        assert told(chain_of(count), end_of(chain_of(count))) == []


def in_entry(**changes: object) -> Callable[[SealedEntry], SealedEntry]:
    return lambda found: replace(found, entry=replace(found.entry, **changes))  # type: ignore[arg-type]


def in_said(**changes: object) -> Callable[[SealedEntry], SealedEntry]:
    return lambda found: replace(found, entry=replace(found.entry, said=replace(found.entry.said, **changes)))  # type: ignore[arg-type]


def hashed_anew(found: SealedEntry) -> SealedEntry:
    """By somebody who read how a hash is made, and not that the seal is over it."""
    other = in_said(before='{"phone": "+15125550199"}')(found)
    return replace(other, digest=digest_of(other.entry.said, str(other.salt)))


def erased(found: SealedEntry) -> SealedEntry:
    return replace(in_entry(said=NOTHING_SAID)(found), salt=None)


EDITED = (
    *(in_entry(at=MONDAY + timedelta(microseconds=1)), in_entry(by=Actor(ActorKind.SHELL, "crm"))),
    *(in_entry(door=Door.SHELL), in_entry(verb=Verb.REMOVED), in_entry(thing="organisation.teams")),
    *(in_said(place="198.51.100.1"), in_said(key="ben"), in_said(before=None), in_said(after="{}"), in_said(why="")),
    *(lambda found: replace(found, salt="other"), lambda found: replace(found, digest="0" * 64)),
    *(lambda found: replace(found, seal="0" * 64), lambda found: replace(found, salt=None), hashed_anew),
)


def test_r14_each_of_a_thousand_edits_shows() -> None:
    chance = random.Random(12)
    clean = chain_of(40)
    missed = [number for number in range(EDITS) if not told(edited(clean, chance), end_of(clean))]
    assert missed == []


def edited(clean: Chain, chance: random.Random) -> Chain:
    """One entry changed, some taken away, two swapped, one written twice, the end or the beginning cut off."""
    chain, place = list(clean), chance.randrange(len(clean))
    match chance.randrange(6):
        case 0 | 1 | 2:
            chain[place] = chance.choice(EDITED)(chain[place])
        case 3:
            del chain[place : place + chance.randint(1, 5)]
        case 4:
            other = (place + chance.randint(1, 39)) % 40
            chain[place], chain[other] = chain[other], chain[place]
        case _:
            chain.insert(chance.randint(0, 40), chain[place])
    return chain


def test_each_place_is_told_and_the_rest_still_fits() -> None:
    clean = chain_of(20)
    chain = [entry for entry in clean[:17] if entry.number not in (5, 6)]
    chain[1] = in_said(why="")(chain[1])
    chain[10] = in_entry(verb=Verb.REMOVED)(chain[10])
    assert told(chain, end_of(clean)) == [
        "entry 2 does not say what was sealed",
        "entries 5 to 6 were taken away",
        "entry 13 is not as it was sealed",
        "entries 18 to 20 were cut off the end",
    ]


def test_an_entry_added_behind_our_back_shows_though_it_is_sealed_well() -> None:
    clean = chain_of(3)
    assert told(chain_of(4), end_of(clean)) == ["the last entry is not the one that was written last"]


def test_s21_what_was_erased_says_nothing_and_every_seal_still_fits() -> None:
    clean = chain_of(9)
    chain = [erased(entry) if entry.number in (1, 4, 9) else entry for entry in clean]
    assert told(chain, end_of(clean)) == []
    assert "+15125550101" not in str(chain[3])
    assert told([erased(clean[0]), *map(in_said(why="else"), clean[1:])], end_of(clean)) != []
