"""A service that keeps failing is left alone, and found again by one request at a time."""

from sami.circuit import FAILURES_MAX, OPEN_S, Circuit

NOW = 1000.0


def opened() -> Circuit:
    circuit = Circuit()
    for _ in range(FAILURES_MAX):
        assert circuit.admits(NOW)
        circuit.note_failure(NOW)
    return circuit


def test_one_failure_too_many_opens_it_for_a_while() -> None:
    circuit = opened()
    assert not circuit.admits(NOW)
    assert not circuit.admits(NOW + OPEN_S - 0.1)


def test_then_one_request_is_let_through_and_the_others_are_not() -> None:
    circuit = opened()
    later = NOW + OPEN_S
    assert [circuit.admits(later) for _ in range(3)] == [True, False, False]


def test_an_answer_closes_it_at_once() -> None:
    circuit = opened()
    assert circuit.admits(NOW + OPEN_S)
    circuit.note_answer()
    assert [circuit.admits(NOW + OPEN_S) for _ in range(3)] == [True, True, True]


def test_another_failure_keeps_it_open() -> None:
    circuit = opened()
    assert circuit.admits(NOW + OPEN_S)
    circuit.note_failure(NOW + OPEN_S + 1)
    assert not circuit.admits(NOW + 2 * OPEN_S)
    assert circuit.admits(NOW + 2 * OPEN_S + 1)


def test_a_request_that_never_came_back_does_not_keep_it_open_for_good() -> None:
    circuit = opened()
    assert circuit.admits(NOW + OPEN_S)
    assert not circuit.admits(NOW + 2 * OPEN_S - 0.1)
    assert circuit.admits(NOW + 2 * OPEN_S)


def test_failures_that_lie_far_apart_are_no_row() -> None:
    circuit = Circuit(3, within_s=5)
    for at in (0, 4, 6, 12, 13):
        circuit.note_failure(NOW + at)
        assert not circuit.is_open
    circuit.note_failure(NOW + 14)
    assert circuit.is_open
