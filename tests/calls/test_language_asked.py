"""A bot asks for the language: the answer is a field of the lead, and the agent hears it in words."""

from sami.settings.loading import Settings
from sami.store.leads import find_lead_by_phone
from tests.support.cast import ANA, LEE, organisation
from tests.support.world import World
from webhooks.simulator.behaviours import Answers
from webhooks.simulator.people import CallerScript

QUESTIONS = [{"attribute": "language", "ask": "Which language do you speak?", "choices": ["English", "Spanish"]}]


def test_an_answer_about_the_language_is_the_leads_language(settings: Settings) -> None:
    with World(settings, organisation(bot={"questions": QUESTIONS})) as world:
        world.phone(ANA, Answers())
        world.call(LEE, CallerScript(reactions=[("Which language", "2")]))
        with world.database.read() as db:
            lead = find_lead_by_phone(db, LEE)
        assert lead is not None
        assert (lead.language, lead.attributes.get("language")) == ("es", None)
        assert any("Spanish" in said.text for said in world.network.heard_by(ANA))
