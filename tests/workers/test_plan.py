"""Which version of a worker a lead gets: the policy's choice, and for the canary's share of leads the newer one."""

from dataclasses import replace

import pytest

from sami.domain.assignment.policy import Policy, WorkerChoice
from sami.settings.sections import WorkersSettings
from sami.workers.contracts import StepOutput, Worker
from sami.workers.plan import PlannedStep, find_worker, plan_steps, versions_named
from sami.workers.registry import BUILT_IN, Registry
from tests.workers.asking import asked
from tests.workers.service import SECRET

LEADS = 10_000
SETTINGS = WorkersSettings()
URL = "https://score.example.com/leads"


def planned(policy: Policy, key: str = "lead/1", registry: Registry = BUILT_IN) -> dict[str, PlannedStep]:
    groups = plan_steps(policy, key, registry, SETTINGS)
    return {step.worker.capability: step for group in groups for step in group}


def chosen(*choices: WorkerChoice) -> Policy:
    return Policy(workers=choices)


def test_without_a_choice_the_newest_of_ours_run_in_their_order() -> None:
    groups = plan_steps(Policy(), "lead/1", BUILT_IN, SETTINGS)
    assert [[(step.worker.capability, step.worker.version) for step in group] for group in groups] == [
        [("validate_contact", "1")],
        [("check_compliance", "1")],
        [("enrich", "2")],
        [("score", "1")],
    ]


def test_a_deprecated_version_runs_where_it_is_asked_for_by_name() -> None:
    step = planned(chosen(WorkerChoice("enrich", version="1")))["enrich"]
    assert (step.worker.version, step.worker.deprecated) == ("1", True)


def test_a_version_that_does_not_exist_fails_and_ours_stands_in() -> None:
    step = planned(chosen(WorkerChoice("enrich", version="9")))["enrich"]
    assert (step.worker.version, step.stand_in) == ("9", BUILT_IN.newest("enrich"))
    with pytest.raises(Exception, match="is not a version that there is"):
        step.worker.run(asked())


def test_a_customers_worker_has_ours_to_stand_in_where_there_is_one() -> None:
    steps = planned(
        chosen(
            WorkerChoice("enrich", version="acme-1", url=URL, secret=SECRET, timeout=0.2, required=True),
            WorkerChoice("classify", version="acme-1", url=URL, secret=SECRET),
        )
    )
    assert (steps["enrich"].worker.version, steps["enrich"].stand_in) == ("acme-1", BUILT_IN.newest("enrich"))
    assert (steps["enrich"].timeout_s, steps["enrich"].required) == (0.2, True)
    assert steps["classify"].stand_in is None


@pytest.mark.parametrize("capability", ["validate_contact", "check_compliance"])
def test_what_comes_first_is_never_asked_of_anybody_else(capability: str) -> None:
    step = planned(chosen(WorkerChoice(capability, url=URL, secret=SECRET)))[capability]
    assert step.worker is BUILT_IN.newest(capability)
    version = planned(chosen(WorkerChoice(capability, version="acme-1", url=URL, secret=SECRET)))[capability]
    assert version.worker.inline


def test_a_canary_of_ten_per_cent_gets_nine_to_eleven_of_a_hundred_leads() -> None:
    policy = chosen(WorkerChoice("enrich", version="1", canary="2", share=10))
    got = [planned(policy, f"lead/{number}")["enrich"] for number in range(LEADS)]
    canaries = [step for step in got if step.canary]
    assert 0.09 * LEADS <= len(canaries) <= 0.11 * LEADS
    assert {step.worker.version for step in canaries} == {"2"}
    assert {step.worker.version for step in got if not step.canary} == {"1"}


def test_the_same_lead_is_always_on_the_same_side_and_stays_in_as_the_share_grows() -> None:
    def inside(share: int) -> set[int]:
        policy = chosen(WorkerChoice("enrich", canary="1", share=share))
        return {number for number in range(500) if planned(policy, f"lead/{number}")["enrich"].canary}

    assert inside(10) == inside(10)
    assert inside(0) == set() < inside(10) < inside(50) < inside(100) == set(range(500))


def test_two_trials_do_not_try_the_same_leads() -> None:
    one = chosen(WorkerChoice("enrich", canary="1", share=50))
    other = chosen(WorkerChoice("enrich", canary="acme", canary_url=URL, secret=SECRET, share=50))
    sides = [
        planned(one, f"lead/{n}")["enrich"].canary is planned(other, f"lead/{n}")["enrich"].canary for n in range(1000)
    ]
    assert 400 <= sum(sides) <= 600


def test_a_canary_of_a_customer_has_its_own_address_and_the_chosen_version_to_stand_in() -> None:
    choice = WorkerChoice("enrich", version="1", canary="acme-2", canary_url=URL, secret=SECRET, share=100)
    step = planned(chosen(choice))["enrich"]
    assert (step.worker.version, step.canary, step.worker.inline) == ("acme-2", True, False)
    assert step.stand_in is BUILT_IN.find("enrich", "1")
    assert planned(chosen(replace(choice, share=0)))["enrich"].worker is BUILT_IN.find("enrich", "1")


def test_any_version_is_found_by_its_name() -> None:
    policy = chosen(
        WorkerChoice("classify", url=URL, secret=SECRET, canary="acme-2", canary_url=URL, share=5),
        WorkerChoice("enrich", version="1"),
    )
    assert list(versions_named(policy)) == [("classify", "unnamed"), ("classify", "acme-2")]
    for capability, version in versions_named(policy):
        found = find_worker(policy, capability, version, BUILT_IN, SETTINGS)
        assert found is not None
        assert (found.capability, found.version, found.inline) == (capability, version, False)
    assert find_worker(policy, "enrich", "1", BUILT_IN, SETTINGS) is BUILT_IN.find("enrich", "1")
    assert find_worker(policy, "classify", "acme-3", BUILT_IN, SETTINGS) is None


def test_a_capability_whose_every_version_is_deprecated_has_no_newest() -> None:
    old = Worker("guess", "1", lambda _: StepOutput(), deprecated=True, inline=True)
    registry = Registry([old])
    assert (registry.newest("guess"), registry.find("guess", "1")) == (None, old)
    assert registry.capabilities() == ("guess",)
