"""What happens when two people are joined? They talk until one leaves or time is up."""

from datetime import datetime

from webhooks.simulator.legs import Leg, Parted, Scene
from webhooks.simulator.story import Talk


def talk(leg: Leg, partner: Leg, until: datetime | None = None) -> Scene[None]:
    """One side of the talk; the other side plays its own."""
    spell = Talk(partner.far_number, leg.now)
    leg.story.joined.append(spell)
    leg.story.tell(leg.now, f"joined with {partner.far_number}")
    leg.person.is_joined(leg)
    try:
        while (signal := (yield from leg.listen(until))) is not None:
            if isinstance(signal, Parted) and signal.partner is partner:
                return
    finally:
        spell.until = leg.now
        leg.story.tell(leg.now, f"parted from {partner.far_number}")
        partner.tell(Parted(leg))
