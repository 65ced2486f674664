"""A history of owners says when it was edited, wherever that was."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from sami.domain.leads.owner_history import OwnerChange, SealedChange, replayed_owner, seal_of, what_is_wrong

AT = datetime(2026, 11, 16, 16, 0, 0, 123_456, tzinfo=UTC)
ANA, BEN, CY = 1, 2, 3


def chain(*owners: int | None) -> list[SealedChange]:
    """One change to each of these, a minute apart."""
    changes: list[SealedChange] = []
    before, seal = None, None
    for number, owner in enumerate(owners):
        change = OwnerChange(12, before, owner, f"reason {number}", "olive", AT + timedelta(minutes=number))
        seal = seal_of(change, seal)
        changes.append(SealedChange(change, seal))
        before = owner
    return changes


HISTORY = chain(ANA, BEN, None, CY)


def judge(changes: list[SealedChange], owner: int | None = CY, newest: str | None = HISTORY[-1].seal) -> str | None:
    return what_is_wrong(changes, owner_id=owner, newest_seal=newest)


def test_an_untouched_history_leads_to_todays_owner() -> None:
    assert judge(HISTORY) is None
    assert replayed_owner(HISTORY) == CY
    assert what_is_wrong([], owner_id=None, newest_seal=None) is None
    assert replayed_owner([]) is None


def edited(number: int, **values: object) -> list[SealedChange]:
    changed = replace(HISTORY[number].change, **values)  # type: ignore[arg-type]
    return [*HISTORY[:number], SealedChange(changed, HISTORY[number].seal), *HISTORY[number + 1 :]]


EDITS: dict[str, Callable[[], list[SealedChange]]] = {
    "another reason": lambda: edited(0, why="a better one"),
    "another hand": lambda: edited(1, by="nobody"),
    "another instant": lambda: edited(2, at=AT),
    "another owner at the end": lambda: edited(3, to_id=ANA),
    "another owner before": lambda: edited(1, from_id=CY),
    "another lead": lambda: edited(0, lead_id=13),
    "another decision": lambda: edited(1, decision="made-up"),
    "another turn": lambda: edited(1, turn={"pool": "everybody", "cost": {"ana": 1}}),
    "out of its batch": lambda: edited(1, batch="made-up"),
    "the first is gone": lambda: HISTORY[1:],
    "one in the middle is gone": lambda: [*HISTORY[:1], *HISTORY[2:]],
    "the end is gone": lambda: HISTORY[:-1],
    "all of it is gone": list,
    "two are swapped": lambda: [HISTORY[0], HISTORY[2], HISTORY[1], HISTORY[3]],
    "one stands there twice": lambda: [*HISTORY, HISTORY[-1]],
    "a seal is gone": lambda: [replace(HISTORY[0], seal=None), *HISTORY[1:]],
    "a change was added with a seal of its own": lambda: [
        *HISTORY,
        SealedChange(change := OwnerChange(12, CY, ANA, "added", "max", AT), seal_of(change, HISTORY[-1].seal)),
    ],
}


@pytest.mark.parametrize("edit", EDITS.values(), ids=EDITS.keys())
def test_r14_an_edit_shows(edit: Callable[[], list[SealedChange]]) -> None:
    assert judge(edit()) is not None


def test_r14_an_owner_set_behind_the_historys_back_shows() -> None:
    assert judge(HISTORY, owner=ANA) == "it does not lead to today's owner"
    assert judge(HISTORY, newest="0" * 64) == "its end is missing"


def test_a_cut_that_ends_with_todays_owner_shows_too() -> None:
    twice = chain(ANA, BEN, ANA)
    assert what_is_wrong(twice[:1], owner_id=ANA, newest_seal=twice[-1].seal) == "its end is missing"


def test_one_change_has_one_seal_however_it_is_read_back() -> None:
    turn = {"pool": "everybody", "cost": {"ben": 1, "ana": -1}}
    change = OwnerChange(12, None, ANA, "Łucja 漢", "olive", AT, turn=turn)
    elsewhere = AT.astimezone(timezone(timedelta(hours=-6)))
    again = replace(change, at=elsewhere, turn={"cost": {"ana": -1, "ben": 1}, "pool": "everybody"})
    assert seal_of(change, None) == seal_of(again, None)
    assert seal_of(change, None) != seal_of(change, "before")
