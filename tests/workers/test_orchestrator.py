"""A lead is examined within its budget whatever a worker does: it hangs, crashes, answers garbage, or is down."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import count
from typing import Any

import pytest

from sami.domain.assignment.pipeline_step import StepResult, StepState
from sami.domain.assignment.policy import Policy, ScorePoints, WorkerChoice
from sami.domain.language.phone import E164
from sami.domain.leads.condition import Condition
from sami.domain.leads.inquiry import Inquiry
from sami.workers.contracts import Examined, StepInput, StepOutput, Worker, WorkerFailed
from sami.workers.orchestrator import examine
from sami.workers.registry import BUILT_IN, Registry
from sami.workers.running import RUNNING_MAX
from tests.support.cast import LEE
from tests.workers.asking import FACTS, LEAD
from tests.workers.service import SECRET, reply, says, serving

BUDGET_S = 0.25
GENEROUS_S = 30.0
OURS = [worker for name in BUILT_IN.capabilities() for worker in BUILT_IN.versions(name)]
_numbers = count()


def with_workers(*workers: Worker) -> Registry:
    return Registry([*OURS, *workers])


def worker(run: Callable[[StepInput], StepOutput], capability: str = "classify", version: str = "") -> Worker:
    return Worker(capability, version or f"test-{next(_numbers)}", run)


def examined(policy: Policy | None = None, lead: Inquiry = LEAD, **stated: Any) -> Examined:
    return examine(lead, FACTS, policy or Policy(), **{"key": "lead/1", "budget_s": GENEROUS_S} | stated)


def result_of(found: Examined, capability: str) -> StepResult:
    [result] = [result for result in found.results if result.capability == capability]
    return result


def choice(*choices: WorkerChoice) -> Policy:
    return Policy(workers=choices)


@pytest.fixture
def hang() -> Iterator[Callable[[StepInput], StepOutput]]:
    """Never answers, until the test is over."""
    over = threading.Event()

    def hang(_: StepInput) -> StepOutput:
        over.wait(20)
        return StepOutput({"segment": "too late"})

    yield hang
    over.set()


def test_ours_find_out_what_can_be_known_and_say_why() -> None:
    policy = Policy(
        score=(ScorePoints("Texas", 30, Condition(state=("TX",))), ScorePoints("Rich", 9, Condition(segment=("x",))))
    )
    found = examined(policy, replace(LEAD, name="LEE PARK", email="Lee@Example.com"))
    lead = found.inquiry
    assert (lead.name, lead.email, lead.state, lead.country, lead.score) == (
        "Lee Park",
        "lee@example.com",
        "TX",
        "US",
        30,
    )
    assert lead.attributes == {}, "what we find out is no word of the customer's"
    assert lead.findings == {
        "line_type": "landline or mobile", "region": "South", "time_zones": ["America/Chicago"],
    }  # fmt: skip
    assert [(r.capability, r.version, r.state, r.tries) for r in found.results] == [
        ("validate_contact", "1", StepState.DONE, 1),
        ("check_compliance", "1", StepState.DONE, 1),
        ("enrich", "2", StepState.DONE, 1),
        ("score", "1", StepState.DONE, 1),
    ]
    assert result_of(found, "score").output == {"score": 30}
    assert result_of(found, "score").evidence == ("+30 Texas.", "0 Rich: segment is not known.")
    assert result_of(found, "score").confidence == 0.5
    assert (found.flags, found.missing) == ((), ())


def test_an_opt_out_is_known_before_anything_else_runs() -> None:
    seen: list[bool] = []

    def look(step: StepInput) -> StepOutput:
        seen.append(step.inquiry.may_contact)
        return StepOutput()

    found = examine(LEAD, replace(FACTS, consent="opted_out"), Policy(), key="1", registry=with_workers(worker(look)))
    assert not found.inquiry.may_contact
    assert seen == [False]


def test_what_a_lead_said_itself_survives_every_worker() -> None:
    said = Inquiry(
        name="Lee", phone=E164(LEE), state="CA", country="US", city="Reno", price=1, timeframe="now",
        segment="own", tags=("own",), attributes={"region": "mine", "line_type": "mine"},
    )  # fmt: skip
    lies = {"state": "NY", "country": "DE", "city": "X", "price": 2, "timeframe": "later", "segment": "x",
            "attributes": {"region": "x", "line_type": "x", "more": 1}, "tags": ["x"]}  # fmt: skip
    found = examined(lead=said, registry=with_workers(worker(lambda _: StepOutput(lies)))).inquiry
    assert replace(found, findings={}) == replace(said, tags=("own", "x"), attributes={**said.attributes, "more": 1})
    assert found.findings["region"] == "West"
    assert found.attribute("region") == "mine", "rules go by what it said"


def test_points_may_ask_for_what_a_customers_worker_found() -> None:
    policy = Policy(score=(ScorePoints("Luxury", 40, Condition(segment=("luxury",))),))
    found = examined(policy, registry=with_workers(worker(lambda _: StepOutput({"segment": "luxury"}))))
    assert found.inquiry.score == 40


# Workers that fail.


def crash(_: StepInput) -> StepOutput:
    raise ZeroDivisionError


@pytest.mark.parametrize("capability", ["enrich", "score"])
def test_where_ours_can_it_stands_in_for_a_worker_that_crashes(capability: str) -> None:
    policy = replace(choice(WorkerChoice(capability, version="new")), score=(ScorePoints("All", 7),))
    found = examined(policy, registry=with_workers(worker(crash, capability, "new")))
    result = result_of(found, capability)
    assert (result.version, result.state, result.error) == ("new", StepState.FALLBACK, "crashed; the log says how")
    assert result.evidence[0].endswith(", which is ours, answered instead.")
    assert (found.inquiry.state, found.inquiry.score) == ("TX", 7)
    assert found.flags == (f"{capability} new crashed; the log says how",)


def test_where_ours_cannot_the_lead_goes_on_without() -> None:
    found = examined(registry=with_workers(worker(crash, version="1")))
    result = result_of(found, "classify")
    assert (result.state, result.output, result.confidence) == (StepState.FAILED, {}, 0.0)
    assert found.flags == ("classify 1 crashed; the log says how",)
    assert found.inquiry.state == "TX"


def test_a_hanging_worker_does_not_exceed_the_budget_and_is_not_heard_later(hang: Any) -> None:
    policy = choice(WorkerChoice("enrich", version="hangs", timeout=10))
    began = time.monotonic()
    found = examined(policy, registry=with_workers(worker(hang, "enrich", "hangs"), worker(hang)), budget_s=BUDGET_S)
    took = time.monotonic() - began
    assert BUDGET_S <= took < 10, "they hang for twenty seconds"
    assert result_of(found, "enrich").state is StepState.FALLBACK
    assert result_of(found, "classify").state is StepState.FAILED
    assert (found.inquiry.state, found.inquiry.segment) == ("TX", None)
    assert [flag.rpartition(" did")[2] for flag in found.flags] == [" not answer in time"] * 2


def test_a_worker_has_its_own_time_within_the_budget(hang: Any) -> None:
    began = time.monotonic()
    examined(
        choice(WorkerChoice("classify", version="hangs", timeout=0.1)),
        registry=with_workers(worker(hang, version="hangs")),
    )
    assert 0.1 <= time.monotonic() - began < GENEROUS_S / 2


def test_once_the_budget_is_spent_nobody_else_is_asked(hang: Any) -> None:
    asked: list[StepInput] = []
    late = Worker("score", "acme", lambda question: asked.append(question) or StepOutput())  # type: ignore[func-returns-value]
    policy = choice(WorkerChoice("classify", version="hangs", timeout=10), WorkerChoice("score", version="acme"))
    found = examined(policy, registry=with_workers(worker(hang, version="hangs"), late), budget_s=BUDGET_S)
    assert asked == []
    assert result_of(found, "score").error == "was not asked: no time was left"
    assert result_of(found, "score").state is StepState.FALLBACK


def test_what_hangs_for_good_holds_a_bounded_number_of_threads(hang: Any) -> None:
    before = threading.active_count()
    registry = with_workers(worker(hang, version="hangs for good"))
    policy = choice(WorkerChoice("classify", version="hangs for good", timeout=0.01))
    errors = [result_of(examined(policy, registry=registry), "classify").error for _ in range(RUNNING_MAX + 2)]
    assert errors == ["did not answer in time"] * RUNNING_MAX + ["was not asked: too many earlier requests hang"] * 2
    assert threading.active_count() - before <= RUNNING_MAX


def test_a_machine_that_can_start_no_thread_still_examines_the_lead(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuse)
    registry = with_workers(worker(crash, version="no thread"))
    for _ in range(RUNNING_MAX + 1):
        found = examined(registry=registry)
        assert result_of(found, "classify").error == "was not asked: this machine can start no thread"
    assert found.inquiry.state == "TX"


def test_a_temporary_failure_is_tried_again() -> None:
    tries: list[float] = []

    def shaky(_: StepInput) -> StepOutput:
        tries.append(time.monotonic())
        if len(tries) < 3:
            raise WorkerFailed("answered 503", temporary=True)
        return StepOutput({"segment": "luxury"})

    found = examined(
        choice(WorkerChoice("classify", version="shaky", timeout=GENEROUS_S)),
        registry=with_workers(worker(shaky, version="shaky")),
    )
    assert (result_of(found, "classify").tries, found.inquiry.segment) == (3, "luxury")
    assert tries == sorted(set(tries)), "some time apart"


def test_three_times_and_no_more() -> None:
    def down(_: StepInput) -> StepOutput:
        raise WorkerFailed("answered 503", temporary=True)

    found = examined(
        choice(WorkerChoice("classify", version="down", timeout=GENEROUS_S)),
        registry=with_workers(worker(down, version="down")),
    )
    assert (result_of(found, "classify").tries, result_of(found, "classify").error) == (3, "answered 503")


def test_a_lasting_failure_is_not_tried_again() -> None:
    def refuse(_: StepInput) -> StepOutput:
        raise WorkerFailed("answered garbage")

    found = examined(registry=with_workers(worker(refuse, version="1")))
    assert (result_of(found, "classify").tries, found.flags) == (1, ("classify 1 answered garbage",))


@pytest.mark.parametrize(
    ("capability", "missing"),
    [
        pytest.param("classify", ("classify",), id="nobody stood in"),
        pytest.param("enrich", (), id="ours stood in"),
    ],
)
def test_what_the_policy_requires_and_nobody_could_say_is_named(capability: str, missing: tuple[str, ...]) -> None:
    policy = choice(WorkerChoice(capability, version="new", required=True))
    assert examined(policy, registry=with_workers(worker(crash, capability, "new"))).missing == missing


def test_side_by_side_is_not_one_after_the_other() -> None:
    together = threading.Barrier(2, timeout=GENEROUS_S)

    def meet(_: StepInput) -> StepOutput:
        together.wait()
        return StepOutput()

    choices = (WorkerChoice("left", timeout=GENEROUS_S), WorkerChoice("right", timeout=GENEROUS_S))
    found = examined(choice(*choices), registry=with_workers(worker(meet, "left", "1"), worker(meet, "right", "1")))
    assert found.flags == ()


def test_what_was_found_does_not_depend_on_who_was_faster() -> None:
    slow_first = threading.Event()

    def slow(_: StepInput) -> StepOutput:
        slow_first.wait(GENEROUS_S)
        return StepOutput({"segment": "slow"})

    def fast(_: StepInput) -> StepOutput:
        slow_first.set()
        return StepOutput({"segment": "fast"})

    choices = (WorkerChoice("a", timeout=GENEROUS_S), WorkerChoice("b", timeout=GENEROUS_S))
    registry = with_workers(worker(slow, "a", "1"), worker(fast, "b", "1"))
    assert examined(choice(*choices), registry=registry).inquiry.segment == "slow"


# While a caller waits.


def test_while_a_caller_waits_there_is_no_thread_and_no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise AssertionError("a caller is waiting")

    monkeypatch.setattr(threading.Thread, "start", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setattr(time, "sleep", refuse)
    url = "https://score.example.com/leads"
    policy = choice(
        WorkerChoice("enrich", version="acme-1", url=url, secret=SECRET),
        WorkerChoice("classify", version="acme-1", url=url, secret=SECRET, required=True),
    )
    found = examined(policy, remote=False)
    assert [(r.capability, r.version, r.state) for r in found.results] == [
        ("validate_contact", "1", StepState.DONE),
        ("check_compliance", "1", StepState.DONE),
        ("enrich", "2", StepState.DONE),
        ("classify", "acme-1", StepState.SKIPPED),
        ("score", "1", StepState.DONE),
    ]
    assert (found.inquiry.state, found.flags, found.missing) == ("TX", (), ("classify",))


def test_a_canary_of_ours_runs_also_while_a_caller_waits() -> None:
    policy = choice(WorkerChoice("enrich", version="2", canary="1", share=100))
    result = result_of(examined(policy, remote=False), "enrich")
    assert (result.version, result.canary, result.state) == ("1", True, StepState.DONE)


# A service of the customer's own, over HTTP.


def test_a_service_answers_and_its_evidence_is_kept() -> None:
    answer = {"output": {"segment": "luxury"}, "evidence": ["Owns two homes."], "confidence": 0.8}
    with serving(says(answer)) as service:
        found = examined(choice(service.choice(timeout=GENEROUS_S)), settings=service.settings)
    result = result_of(found, "classify")
    assert (result.version, result.state, result.output) == ("acme-1", StepState.DONE, {"segment": "luxury"})
    assert (result.evidence, result.confidence) == (("Owns two homes.",), 0.8)
    assert found.inquiry.segment == "luxury"


def test_a_service_that_stumbles_is_asked_again_under_the_same_id() -> None:
    answers = iter([503, 200])
    with serving(lambda request: reply(request, next(answers), b"{}")) as service:
        found = examined(choice(service.choice(timeout=GENEROUS_S)), settings=service.settings)
    assert (result_of(found, "classify").tries, found.flags) == (2, ())
    assert len(service.ids) == 2
    assert len(set(service.ids)) == 1


@pytest.mark.parametrize(
    ("respond", "error"),
    [
        pytest.param(lambda _: time.sleep(0.29), "did not answer in time", id="hangs"),
        pytest.param(says({}, 500), "answered 500", id="crashes"),
        pytest.param(says({"output": {"state": 7}}), "answered garbage: output.state: string_type", id="garbage"),
    ],
)
def test_a_service_that_fails_leaves_the_lead_with_what_ours_find(respond: Any, error: str) -> None:
    with serving(respond) as service:
        policy = choice(service.choice("enrich", timeout=0.2 if error.startswith("did") else GENEROUS_S))
        found = examined(policy, settings=service.settings)
    assert (result_of(found, "enrich").state, result_of(found, "enrich").error) == (StepState.FALLBACK, error)
    assert (found.inquiry.state, found.flags) == ("TX", (f"enrich acme-1 {error}",))


def test_a_service_that_is_down_leaves_the_lead_with_what_ours_find() -> None:
    with serving(says({})) as service:
        policy, settings = choice(service.choice("enrich", timeout=GENEROUS_S)), service.settings
    found = examined(policy, settings=settings)
    assert (result_of(found, "enrich").tries, found.inquiry.state) == (3, "TX")
    assert found.flags == ("enrich acme-1 could not be reached, or broke off",)


def test_a_service_that_hangs_again_and_again_is_no_longer_asked() -> None:
    with serving(lambda _: time.sleep(0.1)) as service:
        policy = choice(service.choice(timeout=0.02))
        errors = [result_of(examined(policy, settings=service.settings), "classify").error for _ in range(8)]
    assert errors[0] == "did not answer in time"
    assert errors[-1] == "was not asked: it failed too often just now"


def test_without_permission_no_inside_service_is_asked() -> None:
    with serving(says({})) as service:
        found = examined(choice(service.choice()))
    assert result_of(found, "classify").error == "was not asked: its address is not https"
    assert service.questions == []
