"""A business with something in each corner: calls of several endings, texts, tasks, a STOP, an agent off duty."""

from cadences.beats import BEATS
from sami.settings.loading import Settings
from tests.support.cast import ANA, BEN, DESK, LEE, LINE, STRANGER, desk, organisation
from tests.support.signed import SignedClient
from tests.support.world import World
from webhooks.simulator.behaviours import Answers, Busy, passes
from webhooks.simulator.people import CallerScript


def fill(settings: Settings) -> None:
    """The settings' database, which is migrated and empty."""
    bot = {"fallback": [desk()], "pattern": "assigned_then_group"}
    with World(settings, organisation(bot=bot), beats=[beat for beat in BEATS if beat.every_s <= 5]) as world:
        world.phone(ANA, Answers(talks_s=10))
        world.call(LEE)
        world.phone(ANA, passes())
        world.phone(BEN, Busy())
        world.phone(DESK, Busy())
        world.call(STRANGER)
        world.call("anonymous", CallerScript(hangs_up_after_s=5))
        with SignedClient(settings) as twilio:
            for number, (sender, body) in enumerate(((LEE, "When can I see it?"), (STRANGER, "STOP"), (ANA, "OFF 30"))):
                form = {"MessageSid": f"SM{number}", "From": sender, "To": LINE, "Body": body, "NumMedia": "0"}
                assert twilio.post("/webhooks/sms", **form).status_code == 200
