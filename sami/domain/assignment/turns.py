"""Whose turn is it? Smooth weighted round robin: interleaved, by weight, and nothing is made up for who was away."""

from collections.abc import Mapping, Sequence


def next_turn(
    eligible: Sequence[str], weights: Mapping[str, int], credits: Mapping[str, int]
) -> tuple[str, Mapping[str, int]]:
    """Every eligible agent gains their weight, the highest credit wins (ties by key) and loses the sum of the weights.

    The absent neither gain nor lose, so that who comes back gets their normal share. A weight that is not given is one.
    """
    weight = {key: weights.get(key, 1) for key in eligible}
    after = {key: credits.get(key, 0) + weight[key] for key in eligible}
    winner = min(after, key=lambda key: (-after[key], key))
    after[winner] -= sum(weight.values())
    return winner, after


def cost_of_turn(winner: str, eligible: Sequence[str], weights: Mapping[str, int]) -> Mapping[str, int]:
    """What each credit changed by in this turn; taking it away again gives the turn back."""
    weight = {key: weights.get(key, 1) for key in eligible}
    return {key: own - (sum(weight.values()) if key == winner else 0) for key, own in weight.items()}
