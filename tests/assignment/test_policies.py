"""The policy as versions: written by a file, a draft or a rollback, in force from an instant, tried on a share."""

import tomllib
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sami.assignment.policies.differences import diff
from sami.assignment.policies.drafts import (
    DraftNameRefused,
    UnknownDraft,
    drafts,
    publish_draft,
    read_draft,
    save_draft,
)
from sami.assignment.policies.pilots import NoPilot, PilotRefused, Side, compare_pilot, end_pilot, start_pilot
from sami.assignment.policies.publishing import (
    NoteMissing,
    NotScheduled,
    UnknownVersion,
    check,
    history,
    publish,
    read_version,
    rollback,
    withdraw,
)
from sami.assignment.policies.reading import PolicyRefused, read_text, write_text
from sami.database.engine import Database
from sami.domain.assignment.policy import By, Policy
from sami.domain.language.actor import person
from sami.domain.language.shares import is_in_share
from sami.organisation.applying import apply_file, export_text
from sami.organisation.publishing import Applied, OrganisationRefused
from sami.store.leads import update_lead
from sami.store.people import change_agent
from sami.store.policies import pilot_in_force, policy_in_force, read_policy
from tests.support import SUPPORT
from tests.support.arriving import receive

NOW = datetime(2026, 11, 2, 15, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
FILE = (SUPPORT / "organisation_with_policy.toml").read_text()
POLICY = FILE[FILE.index("[policy]") : FILE.index("[[workflows]]")]
BARE = FILE.replace(POLICY, "")
TO_ANA: dict[str, Any] = {"rules": [{"name": "All", "to": {"agent": "ana"}}]}
TO_BEN: dict[str, Any] = {"rules": [{"name": "All", "to": {"agent": "ben"}}]}


def apply(database: Database, text: str, *, at: datetime = NOW, prune: bool = False, dry_run: bool = False) -> Applied:
    with database.begin(30) as db:
        return apply_file(db, text, prune=prune, by=person("olive"), now=at, dry_run=dry_run)


def export(database: Database) -> str:
    with database.read() as db:
        return export_text(db, NOW)


def told(applied: Applied) -> list[str]:
    return [str(change) for change in applied.changes]


def published(database: Database, document: dict[str, Any], *, at: datetime = NOW, **stated: Any) -> int:
    with database.begin() as db:
        return publish(db, {**document, **stated}, "why not", person("olive"), at)


def in_force(database: Database, at: datetime = NOW) -> int | None:
    with database.read() as db:
        found = policy_in_force(db, at)
    return None if found is None else found[0]


def states(database: Database, at: datetime = NOW) -> dict[int, str]:
    with database.read() as db:
        return {entry.version: entry.state for entry in history(db, at)}


def drafted(database: Database, name: str, document: dict[str, Any], *, at: datetime = NOW) -> list[str]:
    with database.begin() as db:
        return [str(fault) for fault in save_draft(db, name, document, person("olive"), at)]


@pytest.fixture
def business(database: Database) -> Database:
    """Ana, Ben and Olive, without a policy."""
    apply(database, BARE)
    return database


# The admin's file.


def test_a_file_with_policy_and_workflows_is_exported_as_it_was_written(database: Database) -> None:
    applied = apply(database, FILE)
    assert (applied.version, applied.published, applied.policy and applied.policy.version) == (1, True, 1)
    assert told(applied)[-2:] == ["added [[workflows]] intake", "added [policy]"]
    exported = export(database)
    assert tomllib.loads(exported) == tomllib.loads(FILE)
    headings = [line for line in exported.splitlines() if line.startswith("[")]
    assert headings == [line for line in FILE.splitlines() if line.startswith("[")]


def test_applying_twice_changes_nothing_and_publishes_nothing(database: Database) -> None:
    apply(database, FILE)
    for text in (FILE, export(database), FILE.replace("2026-11-01T00:00:00Z", "2026-11-01T00:00:00+00:00")):
        again = apply(database, text, at=NOW + DAY, prune=True)
        assert (again.changes, again.published, again.policy) == ((), False, None)
    assert states(database) == {1: "in force"}


def test_a_file_that_changes_the_policy_alone_publishes_the_policy_alone(database: Database) -> None:
    apply(database, FILE)
    changed = apply(database, POLICY.replace("ana = 60, ben = 40", "ana = 50, ben = 50"))
    assert (changed.version, changed.published) == (1, False)
    assert changed.policy is not None
    assert (changed.policy.version, changed.policy.note, changed.policy.published_by) == (2, "Opening policy", "olive")
    assert told(changed) == [
        "changed [[policy.rules]] Texas buyers: to.weights.ana 60 -> 50",
        "changed [[policy.rules]] Texas buyers: to.weights.ben 40 -> 50",
    ]


def test_a_policy_that_says_no_note_is_published_with_one_of_ours(database: Database) -> None:
    applied = apply(database, FILE.replace('note = "Opening policy"\n', ""))
    assert applied.policy is not None
    assert applied.policy.note == "Applied from a file"
    assert "note" not in tomllib.loads(export(database))["policy"]


def test_prune_leaves_a_policy_that_the_file_does_not_mention(database: Database) -> None:
    apply(database, FILE)
    assert told(apply(database, BARE, prune=True)) == []
    assert in_force(database) == 1
    assert told(
        apply(database, BARE.replace('[[workflows]]\nkey = "intake"', '[[workflows]]\nkey = "new"'), prune=True)
    ) == [
        "added [[workflows]] new",
        "removed [[workflows]] intake",
    ]


def test_a_dry_run_tells_the_policy_and_publishes_nothing(database: Database) -> None:
    assert "added [policy]" in told(apply(database, FILE, dry_run=True))
    assert states(database) == {}


def test_a_policy_is_checked_against_the_organisation_that_comes_with_it(business: Database) -> None:
    with pytest.raises(OrganisationRefused):
        apply(business, '[policy]\ndefault = { agent = "cy" }\n')
    cy = '[[agents]]\nkey = "cy"\nname = "Cy Lund"\nphone = "+15125550103"\n'
    assert apply(business, cy + '[policy]\ndefault = { agent = "cy" }\n').policy is not None


def test_whoever_leaves_may_leave_though_the_policy_names_them_and_that_is_said(database: Database) -> None:
    apply(database, FILE)
    ben = FILE[FILE.index('[[agents]]\nkey = "ben"') : FILE.index('[[agents]]\nkey = "olive"')]
    without = (
        FILE.replace(ben, "").replace(POLICY, "").replace('["ana", "ben"]', '["ana"]').replace(', cover = "ben"', "")
    )
    applied = apply(database, without, prune=True)
    assert "deactivated [[agents]] ben" in told(applied)
    assert [warning for warning in applied.warnings if warning.startswith("policy")] == [
        'policy version 1: [[policy.rules]] Texas buyers: to.weights.ben "ben" is not the key of an agent; '
        "use one of ana, olive"
    ]
    with pytest.raises(OrganisationRefused):
        apply(database, POLICY)


def test_the_stored_policy_is_the_one_that_decides(database: Database) -> None:
    apply(database, FILE)
    with database.read() as db:
        found = policy_in_force(db, NOW)
        assert found is not None
        assert read_policy(db, 1) is found[1]
    policy = found[1]
    assert (policy.effective_at, policy.rules[0].to.weights) == (
        datetime(2026, 11, 1, tzinfo=UTC),
        {"ana": 60, "ben": 40},
    )
    assert policy.rules[2].to.by is By.LEAST_LOADED
    assert policy.constraints[1].require == "licence"


# Publishing and what is in force.


def test_before_the_first_version_no_policy_is_in_force(business: Database) -> None:
    assert in_force(business) is None
    published(business, TO_ANA)
    assert in_force(business, NOW - timedelta(microseconds=1)) is None
    assert in_force(business) == 1


# Publishing at NOW with this date: from when it is in force.
EFFECTIVE = {
    "no date": (None, NOW),
    "a date that is past": (NOW - 400 * DAY, NOW),
    "this very instant": (NOW, NOW),
    "a date ahead": (NOW + 3 * DAY, NOW + 3 * DAY),
}


@pytest.mark.parametrize(("stated", "effective"), EFFECTIVE.values(), ids=EFFECTIVE.keys())
def test_a_version_takes_effect_at_its_date_and_never_before_it_was_published(
    business: Database, stated: datetime | None, effective: datetime
) -> None:
    published(business, TO_BEN, at=NOW - DAY)
    dated = {} if stated is None else {"effective_at": stated.isoformat()}
    assert published(business, TO_ANA, **dated) == 2
    assert in_force(business, effective - timedelta(microseconds=1)) == 1
    assert in_force(business, effective) == 2


def test_what_is_published_now_wins_now_whatever_dates_the_versions_before_it_bear(business: Database) -> None:
    published(business, TO_ANA, effective_at=(NOW - DAY).isoformat())
    published(business, TO_BEN, at=NOW + HOUR, effective_at=(NOW - 9 * DAY).isoformat())
    assert in_force(business, NOW + HOUR) == 2


def test_a_version_that_waits_takes_its_place_though_another_was_published_since(business: Database) -> None:
    published(business, TO_ANA, effective_at=(NOW + 2 * DAY).isoformat())
    published(business, TO_BEN, at=NOW + DAY)
    assert states(business, NOW + DAY) == {1: "scheduled", 2: "in force"}
    assert states(business, NOW + 2 * DAY) == {1: "in force", 2: "past"}


def test_of_two_versions_of_one_instant_the_later_number_is_in_force(business: Database) -> None:
    later = (NOW + DAY).isoformat()
    published(business, TO_ANA, effective_at=later)
    published(business, TO_BEN, effective_at=later)
    assert states(business, NOW + DAY) == {1: "past", 2: "in force"}


@pytest.mark.parametrize("note", ["", "  \n"])
def test_publishing_needs_a_note(business: Database, note: str) -> None:
    with business.begin() as db, pytest.raises(NoteMissing):
        publish(db, TO_ANA, note, person("olive"), NOW)
    assert states(business) == {}


def test_a_wrong_policy_is_not_published(business: Database) -> None:
    with business.begin() as db, pytest.raises(PolicyRefused) as refused:
        publish(
            db,
            {"rules": [{"name": "All", "to": {"agent": "max"}}], "default": {"team": "x"}},
            "x",
            person("olive"),
            NOW,
        )
    assert [(fault.table, fault.field) for fault in refused.value.faults] == [
        ("policy", "default.team"),
        ("policy.rules", "to.agent"),
    ]
    assert states(business) == {}


def test_somebody_who_works_here_no_longer_is_nobody_to_name(business: Database) -> None:
    with business.begin() as db:
        change_agent(db, key="ana", values={"active": False})
        assert [fault.wrong for fault in check(db, TO_ANA)] == ["has no active agent: ana left"]


def test_nulls_of_a_program_mean_what_absent_keys_mean(business: Database) -> None:
    rule = {"name": "All", "to": {"agent": "ana", "team": None, "by": None}, "when": {"price": {"min": 1, "max": None}}}
    published(business, {"rules": [rule], "effective_at": None})
    exported = tomllib.loads(export(business))["policy"]
    assert exported == {"rules": [{"name": "All", "to": {"agent": "ana"}, "when": {"price": {"min": 1}}}]}


# Rolling back.


def test_a_rollback_publishes_the_earlier_document_under_a_number_of_its_own(business: Database) -> None:
    published(business, TO_ANA, note="First")
    published(business, TO_BEN, at=NOW + HOUR)
    with business.begin() as db:
        assert rollback(db, 1, "Ben is ill", person("olive"), NOW + DAY) == 3
    with business.read() as db:
        found = policy_in_force(db, NOW + DAY)
        newest = history(db, NOW + DAY)[0]
        assert found == (3, read_policy(db, 1))
    assert (newest.note, newest.state, newest.effective_at) == ("Ben is ill", "in force", NOW + DAY)


def test_a_rollback_is_in_force_at_once_also_to_a_version_that_was_still_waiting(business: Database) -> None:
    published(business, TO_ANA, effective_at=(NOW + 9 * DAY).isoformat())
    published(business, TO_BEN)
    with business.begin() as db:
        assert rollback(db, 1, "Now", person("olive"), NOW + HOUR) == 3
    assert in_force(business, NOW + HOUR) == 3


def test_a_rollback_is_refused_where_it_names_somebody_who_left(business: Database) -> None:
    published(business, TO_ANA)
    with business.begin() as db:
        change_agent(db, key="ana", values={"active": False})
        with pytest.raises(PolicyRefused):
            rollback(db, 1, "Back", person("olive"), NOW)
        with pytest.raises(UnknownVersion):
            rollback(db, 2, "Back", person("olive"), NOW)


def test_of_two_who_publish_at_once_both_get_a_version(business: Database) -> None:
    with ThreadPoolExecutor(max_workers=2) as admins:
        versions = sorted(admins.map(lambda document: published(business, document), (TO_ANA, TO_BEN)))
    assert versions == [1, 2]
    assert states(business) == {1: "past", 2: "in force"}


# Drafts.


def test_a_draft_assigns_nobody_until_it_is_published_with_a_note(business: Database) -> None:
    published(business, TO_BEN)
    assert drafted(business, "ana", TO_ANA, at=NOW + HOUR) == []
    assert in_force(business, NOW + DAY) == 1
    with business.begin() as db:
        with pytest.raises(NoteMissing):
            publish_draft(db, "ana", " ", person("olive"), NOW + DAY)
        assert publish_draft(db, "ana", "Ben is away", person("olive"), NOW + DAY) == 2
        assert drafts(db) == []
        found = policy_in_force(db, NOW + DAY)
    assert found is not None
    assert (found[0], found[1].note, found[1].rules[0].to.agent) == (2, "Ben is away", "ana")


def test_a_draft_that_is_kept_again_stays_based_on_what_it_was_begun_with(business: Database) -> None:
    drafted(business, "first", TO_ANA)
    published(business, TO_BEN)
    drafted(business, "second", TO_ANA)
    published(business, TO_BEN, at=NOW + HOUR)
    drafted(business, "second", TO_BEN, at=NOW + DAY)
    with business.read() as db:
        kept = {draft.name: (draft.based_on, draft.changed_at, draft.document) for draft in drafts(db)}
    assert kept == {"first": (None, NOW, TO_ANA), "second": (1, NOW + DAY, TO_BEN)}


def test_a_draft_may_be_wrong_but_not_unreadable(business: Database) -> None:
    to_max = {"rules": [{"name": "All", "to": {"agent": "max"}}]}
    assert drafted(business, "max", to_max) == [
        '[[policy.rules]] All: to.agent "max" is not the key of an agent; use one of ana, ben, olive'
    ]
    with business.begin() as db:
        with pytest.raises(PolicyRefused):
            publish_draft(db, "max", "x", person("olive"), NOW)
        assert read_draft(db, "max").document == to_max
        with pytest.raises(PolicyRefused) as refused:
            save_draft(
                db, "odd", {"rulez": [], "rules": [{"name": "All", "to": {"agent": "max"}}]}, person("olive"), NOW
            )
    assert [fault.field for fault in refused.value.faults] == ["rulez", "to.agent"]


def test_weights_that_do_not_total_100_are_not_even_saved(business: Database) -> None:
    with pytest.raises(PolicyRefused, match="make them total 100"):
        drafted(
            business, "odd", {"rules": [{"name": "All", "to": {"team": "buyers", "weights": {"ana": 50, "ben": 40}}}]}
        )
    assert drafted(business, "one", {"default": {"team": "buyers", "weights": {"ana": 100}}}) == []


@pytest.mark.parametrize("name", ["", "7", "12", "Summer", "a b", "-x", "x" * 65])
def test_a_draft_is_never_called_like_a_version(business: Database, name: str) -> None:
    with pytest.raises(DraftNameRefused):
        drafted(business, name, TO_ANA)


def test_what_was_never_drafted_or_published_is_unknown(business: Database) -> None:
    drafted(business, "summer", TO_ANA)
    with business.begin() as db:
        with pytest.raises(UnknownDraft, match="There are summer"):
            publish_draft(db, "winter", "x", person("olive"), NOW)
        with pytest.raises(UnknownVersion):
            diff(db, "summer", 9)
        with pytest.raises(UnknownVersion):
            diff(db, "9", "summer")


# Comparing.


def rules(*named: Any) -> dict[str, Any]:
    return {"rules": [{"name": name, "to": {"agent": "ana"}, "when": when} for name, when in named]}


A, B, C = ("A", {"state": ["TX"]}), ("B", {"state": ["OK"]}), ("C", {"state": ["NM"], "price": {"min": 1}})
DIFFERENCES = {
    "nothing": (rules(A, B), rules(A, B), []),
    "a rule more": (rules(A), rules(A, B), ["added [[policy.rules]] B"]),
    "a rule less": (rules(A, B), rules(B), ["removed [[policy.rules]] A"]),
    "another order": (rules(A, B, C), rules(C, A, B), ["moved [[policy.rules]] C: place 3 -> 1"]),
    "one down": (rules(A, B, C), rules(B, C, A), ["moved [[policy.rules]] A: place 1 -> 3"]),
    "a value": (
        rules(A, C),
        rules(A, ("C", {"state": ["NM"], "price": {"min": 2}})),
        ["changed [[policy.rules]] C: when.price.min 1 -> 2"],
    ),
    "a condition less": (
        rules(A),
        rules(("A", {})),
        [
            "changed [[policy.rules]] A: when (absent) -> {}",
            'changed [[policy.rules]] A: when.state ["TX"] -> (absent)',
        ],
    ),
    "outside the rules": (
        rules(A) | {"default": {"pond": True}, "reassign_on": ["state"]},
        rules(A) | {"default": {"agent": "ana"}, "reassign_on": ["state", "zip"], "sla": {"minutes": 3}},
        [
            'changed [policy]: default.agent (absent) -> "ana"',
            "changed [policy]: default.pond true -> (absent)",
            'changed [policy]: reassign_on ["state"] -> ["state", "zip"]',
            "changed [policy]: sla.minutes (absent) -> 3",
        ],
    ),
    "a secret": (
        {"workers": [{"capability": "enrich", "secret": "one"}]},
        {"workers": [{"capability": "enrich", "secret": "two"}]},
        ['changed [[policy.workers]] enrich: secret "(secret)" -> "(secret)"'],
    ),
}


@pytest.mark.parametrize(("before", "after", "expected"), DIFFERENCES.values(), ids=DIFFERENCES.keys())
def test_two_policies_are_compared_rule_by_rule(
    business: Database, before: dict[str, Any], after: dict[str, Any], expected: list[str]
) -> None:
    drafted(business, "before", before)
    drafted(business, "after", after)
    with business.read() as db:
        assert [str(change) for change in diff(db, "before", "after")] == expected


def test_a_draft_is_compared_with_a_version_and_with_none_at_all(business: Database) -> None:
    published(business, TO_ANA)
    drafted(business, "ben", TO_BEN)
    with business.read() as db:
        changes = [str(change) for change in diff(db, 1, "ben")]
        assert changes == ['changed [[policy.rules]] All: to.agent "ana" -> "ben"']
        assert [str(change) for change in diff(db, "1", "ben")] == changes
        assert [str(change) for change in diff(db, None, "ben")] == ["added [policy]"]


# Pilots.


def piloted(database: Database, draft: str = "ana", share: int = 40, until: datetime = NOW + 7 * DAY) -> int:
    with database.begin() as db:
        return start_pilot(db, draft, share, until, person("olive"), NOW)


def on_trial(database: Database, at: datetime) -> tuple[int, int, Policy] | None:
    with database.read() as db:
        return pilot_in_force(db, at)


def test_a_pilot_is_on_trial_from_its_start_to_its_end(business: Database) -> None:
    published(business, TO_BEN)
    drafted(business, "ana", TO_ANA)
    assert piloted(business) == 2
    assert on_trial(business, NOW - HOUR) is None
    found = on_trial(business, NOW)
    assert found is not None
    assert (found[:2], found[2].rules[0].to.agent) == ((2, 40), "ana")
    assert on_trial(business, NOW + 7 * DAY) is None
    assert in_force(business, NOW + DAY) == 1
    assert states(business, NOW + DAY) == {1: "in force", 2: "on trial"}
    assert states(business, NOW + 7 * DAY) == {1: "in force", 2: "tried"}


def test_a_pilot_ends_when_it_is_ended_and_not_twice(business: Database) -> None:
    drafted(business, "ana", TO_ANA)
    piloted(business)
    with business.begin() as db:
        assert end_pilot(db, person("olive"), NOW + DAY) == 1
        with pytest.raises(NoPilot):
            end_pilot(db, person("olive"), NOW + DAY)
    assert on_trial(business, NOW + DAY) is None


def test_what_was_tried_is_published_by_going_back_to_it(business: Database) -> None:
    published(business, TO_BEN)
    drafted(business, "ana", TO_ANA)
    version = piloted(business)
    with business.begin() as db:
        rollback(db, version, "It did well", person("olive"), NOW + DAY)
        found = policy_in_force(db, NOW + DAY)
    assert found is not None
    assert (found[0], found[1].rules[0].to.agent) == (3, "ana")


REFUSED_PILOTS: dict[str, tuple[dict[str, Any], type[Exception]]] = {
    "nothing": ({"share": 0}, PilotRefused),
    "everything": ({"share": 100}, PilotRefused),
    "no time": ({"until": NOW}, PilotRefused),
    "no such draft": ({"draft": "winter"}, UnknownDraft),
    "a wrong draft": ({"draft": "max"}, PolicyRefused),
}


@pytest.mark.parametrize(("stated", "refusal"), REFUSED_PILOTS.values(), ids=REFUSED_PILOTS.keys())
def test_a_pilot_that_could_not_be_tried_is_refused(
    business: Database, stated: dict[str, Any], refusal: type[Exception]
) -> None:
    drafted(business, "ana", TO_ANA)
    drafted(business, "max", {"default": {"agent": "max"}})
    with pytest.raises(refusal):
        piloted(business, **stated)
    assert states(business) == {}


def test_there_is_one_pilot_at_a_time(business: Database) -> None:
    drafted(business, "ana", TO_ANA)
    piloted(business)
    with pytest.raises(PilotRefused, match="Version 1 is on trial"):
        piloted(business)


def test_a_pilot_is_compared_with_the_rest_of_its_time(database: Database) -> None:
    apply(database, BARE.replace("caps = { open_leads = 80, leads_per_day = 10, leads_per_hour = 4 }\n", ""))
    published(database, {"rules": [{"name": "All", "to": {"team": "buyers"}}]})
    receive(database, "+15125551000", "web", now=NOW - HOUR)
    to_olive = {"name": "Olive", "to": {"agents": ["olive", "ana"], "by": "random"}, "when": {"source": ["web"]}}
    drafted(database, "olive", {"rules": [to_olive]})
    version = piloted(database, "olive", share=50)
    ids = {source: [receive(database, phone, source, now=NOW + HOUR) for phone in phones(source)] for source in SOURCES}
    with database.begin() as db:
        for lead_id in ids["web"]:
            update_lead(db, lead_id, responded_at=NOW + DAY)
        found = compare_pilot(db, version)
        assert compare_pilot(db) == found
        end_pilot(db, person("olive"), NOW + DAY)
        tried = [lead for lead in ids["web"] if is_in_share(f"pilot/{version}/{lead}", 50)]
        left = [lead for lead in ids["fair"] if is_in_share(f"pilot/{version}/{lead}", 50)]
    receive(database, "+15125553000", "web", now=NOW + 2 * DAY)
    assert found.pilot == Side(len(tried) + len(left), len(tried), len(tried), {"ana": len(tried)})
    assert (found.rest.leads, found.rest.owned) == (40 - found.pilot.leads,) * 2
    assert found.rest.answered == 20 - len(tried)
    assert sum(found.rest.agents.values()) == found.rest.owned
    assert abs(found.rest.agents["ana"] - found.rest.agents["ben"]) <= 1
    with database.read() as db:
        after = compare_pilot(db, version)
    assert (after.pilot, after.rest, after.ended_at) == (found.pilot, found.rest, NOW + DAY)


SOURCES = ("web", "fair")


def phones(source: str) -> list[str]:
    return [f"+15125{SOURCES.index(source) + 52}{number:04d}" for number in range(20)]


def test_a_side_without_leads_has_no_shares(business: Database) -> None:
    drafted(business, "ana", TO_ANA)
    version = piloted(business)
    with business.read() as db:
        found = compare_pilot(db, version)
        with pytest.raises(UnknownVersion):
            compare_pilot(db, 9)
    assert (found.pilot.owned_share, found.rest.answered_share) == (0.0, 0.0)


# Text.


def test_a_policy_reads_the_same_from_its_table_its_keys_and_the_whole_file() -> None:
    keys = POLICY.replace("[policy]\n", "")
    assert read_text(POLICY) == read_text(keys) == read_text(FILE)
    assert read_text(write_text(read_text(POLICY))) == read_text(POLICY)


WRONG_TEXTS = {
    "not TOML": ("[policy\n", "the file is not TOML"),
    "a list": ("[[policy]]\n", "[policy]: is not a table"),
    "a key before the table": (
        'rules = []\n[policy]\nnote = "x"\n',
        "rules stands outside [policy]; did you mean rules?",
    ),
}


@pytest.mark.parametrize(("text", "wrong"), WRONG_TEXTS.values(), ids=WRONG_TEXTS.keys())
def test_a_text_that_holds_no_policy_is_refused(text: str, wrong: str) -> None:
    with pytest.raises(PolicyRefused) as refused:
        read_text(text)
    assert wrong in str(refused.value.faults[0])


# What is in force, and what waits for its date.


def test_the_export_holds_the_policy_in_force_names_what_waits_and_applies_to_nothing(business: Database) -> None:
    published(business, TO_BEN)
    published(business, TO_ANA, at=NOW + HOUR, effective_at=(NOW + 3 * DAY).isoformat())
    with business.read() as db:
        exported = export_text(db, NOW + DAY)
    assert exported.startswith(
        "# Version 2 of the policy takes effect at 2026-11-05 15:00 UTC and is not in this file: sami policy show 2\n"
    )
    with business.read() as db:
        assert tomllib.loads(exported)["policy"] == read_version(db, 1, NOW)[1]
    assert apply(business, exported, at=NOW + DAY).changes == ()
    assert states(business, NOW + DAY) == {1: "in force", 2: "scheduled"}


def test_a_file_with_a_policy_that_waits_already_publishes_it_once(database: Database) -> None:
    apply(database, FILE)
    dated = FILE.replace("2026-11-01T00:00:00Z", "2026-12-01T00:00:00Z")
    later = dated.replace("ana = 60, ben = 40", "ana = 50, ben = 50")
    assert apply(database, later).policy is not None
    assert apply(database, later).changes == ()
    assert states(database) == {1: "in force", 2: "scheduled"}


def test_a_version_that_waits_can_be_withdrawn_and_then_never_takes_effect(business: Database) -> None:
    published(business, TO_BEN)
    published(business, TO_ANA, effective_at=(NOW + DAY).isoformat())
    with business.begin() as db:
        assert withdraw(db, 2, person("olive"), NOW).state == "withdrawn"
    assert states(business, NOW + 2 * DAY) == {1: "in force", 2: "withdrawn"}
    assert in_force(business, NOW + 2 * DAY) == 1
    for version in (1, 2):
        with business.begin() as db, pytest.raises(NotScheduled):
            withdraw(db, version, person("olive"), NOW)
