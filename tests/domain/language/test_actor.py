"""Who did it is written as histories have always had it, and read from there where a row has nothing else."""

import pytest

from sami.domain.language.actor import Actor, ActorKind, read_actor, system


@pytest.mark.parametrize(
    ("actor", "written"),
    [
        (Actor(ActorKind.AGENT, "ana"), "agent ana"),
        (Actor(ActorKind.API_KEY, "crm"), "api/crm"),
        (Actor(ActorKind.FORM, "contact"), "form/contact"),
        (Actor(ActorKind.IMPORT, "a1b2"), "import a1b2"),
        (Actor(ActorKind.POLICY), "policy"),
        (Actor(ActorKind.WORKFLOW), "workflow"),
        (Actor(ActorKind.WORKFLOW, "new leads"), "workflow new leads"),
        (Actor(ActorKind.OUTCOME, "missed_transfer"), "outcome missed_transfer"),
        (Actor(ActorKind.CADENCE, "ten-day"), "cadence ten-day"),
        (Actor(ActorKind.PERSON, "olive"), "olive"),
        (system("time"), "time"),
        (system("the one who took the call"), "the one who took the call"),
    ],
)
def test_r14_what_histories_are_sealed_over_never_changes_and_says_who_it_was(actor: Actor, written: str) -> None:
    assert actor.written == f"{actor}" == written
    assert read_actor(written) == actor


def test_whoever_sat_at_the_shell_is_written_by_name_alone() -> None:
    assert Actor(ActorKind.SHELL, "deploy").written == "deploy"
    assert read_actor("agentur") == Actor(ActorKind.PERSON, "agentur")
