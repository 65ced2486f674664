"""A recording is heard by whoever may, in parts as it comes from Twilio, and from nowhere else."""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import requests
import responses

from sami.calls.recordings import delete_old_recordings
from sami.settings.loading import Settings
from sami.store import calls as store
from sami.store.work import outbox_items, tasks
from tests.support.cast import LEE, organisation
from tests.support.world import SPEAKING, World
from tests.webhooks.api.conftest import Sami
from tests.webhooks.api.program import Program
from webhooks.simulator.rest.faults import RestFault

SOUND = "audio/mpeg"


@pytest.fixture
def world(settings: Settings) -> Iterator[World]:
    """Twilio's REST API answers in this process."""
    with World(settings, organisation(), beats=SPEAKING) as world, responses.RequestsMock() as outside:
        outside.assert_all_requests_are_fired = False
        outside.add_callback("GET", re.compile(r"https://api\.twilio\.com/.*"), lambda asked: given(world, asked))
        yield world


def given(world: World, asked: requests.PreparedRequest) -> tuple[int, dict[str, str], bytes]:
    settings = world.settings.twilio
    assert asked.headers["Authorization"].startswith("Basic ")
    account = settings.account_sid, settings.auth_tokens[0].get_secret_value()
    try:
        return world.network.rest.give_sound(asked.path_url, asked.headers.get("Range"), account)
    except TimeoutError:
        raise requests.ReadTimeout from None


@pytest.fixture
def program(world: World, sami: Sami) -> Program:
    return Program(world.app, sami("api-key", "create", "crm", "--scope", "*").stdout.strip())


@pytest.fixture
def call(world: World) -> str:
    """Nobody took it, and Lee left a message of eight seconds."""
    return world.call(LEE).sid


def change(world: World, sid: str, **values: Any) -> None:
    with world.database.begin() as db:
        db.execute(store.calls.update().where(store.calls.c.sid == sid).values(**values))


def hear(program: Program, call: str, **headers: str) -> Any:
    return program.hear(f"/calls/{call}/recording", headers=headers)


def test_a_recording_is_heard_whole_and_in_parts(program: Program, call: str) -> None:
    whole = hear(program, call)
    assert (whole.status_code, whole.mimetype) == (200, SOUND)
    assert whole.headers["Accept-Ranges"] == "bytes"
    assert whole.data.startswith(bytes.fromhex("ffe318c4"))
    part = hear(program, call, Range="bytes=72-143")
    assert (part.status_code, part.data) == (206, whole.data[72:144])
    assert part.headers["Content-Range"] == f"bytes 72-143/{len(whole.data)}"
    assert hear(program, call, Range="lines=1-2").data == whole.data
    assert hear(program, call, Range="bytes=99999999-").json["error"]["code"] == "range_not_satisfiable"


def test_however_often_it_is_heard_or_not_room_is_given_back(program: Program, world: World, call: str) -> None:
    """A process has room for some thirty at once."""
    for _ in range(20):
        assert hear(program, call).status_code == 200
        world.network.rest.faults.fail_next(RestFault.STATUS_500)
        assert hear(program, call).status_code == 502
    assert program.get("/calls").status_code == 200


def test_who_may_read_calls_may_not_hear_them(world: World, sami: Sami, call: str) -> None:
    reader = Program(world.app, sami("api-key", "create", "reader", "--scope", "calls:read").stdout.strip())
    listener = Program(world.app, sami("api-key", "create", "listener", "--scope", "recordings:read").stdout.strip())
    assert reader.get(f"/calls/{call}/recording").json["error"]["code"] == "scope_missing"
    assert hear(listener, call).status_code == 200


def test_what_cannot_be_heard_says_why(program: Program, world: World, call: str) -> None:
    assert program.get("/calls/CA404/recording").json["error"]["code"] == "not_found"
    for fault in (RestFault.SLOW_BEFORE, RestFault.STATUS_500, RestFault.STATUS_429, RestFault.HTML_BODY):
        world.network.rest.faults.fail_next(fault)
        refused = program.get(f"/calls/{call}/recording")
        assert (refused.status_code, refused.json["error"]["code"]) == (502, "recording_unavailable"), fault
    world.network.exchange.recordings.clear()
    gone = program.get(f"/calls/{call}/recording")
    assert (gone.status_code, gone.json["error"]["code"]) == (404, "recording_gone")


@pytest.mark.parametrize(
    "url",
    [
        None,
        "https://elsewhere.example.com/secret",
        f"https://api.twilio.com/2010-04-01/Accounts/AC{'9' * 32}/Recordings/RE{'1' * 32}",
        f"https://api.twilio.com/2010-04-01/Accounts/AC{'0' * 32}/Recordings/RE{'1' * 32}/../../Calls",
    ],
    ids=["none", "another host", "another account", "another resource"],
)
def test_s15_only_recordings_of_our_account_are_asked_for(
    program: Program, world: World, call: str, url: str | None
) -> None:
    asked_before = len(world.network.rest.requests)
    change(world, call, recording_url=url)
    assert program.get(f"/calls/{call}/recording").json["error"]["code"] == "not_found"
    assert len(world.network.rest.requests) == asked_before


def test_a_redirection_is_not_followed(program: Program, call: str) -> None:
    with responses.RequestsMock() as outside:
        elsewhere = {"Location": "https://elsewhere.example.com/"}
        outside.get(re.compile(r"https://api\.twilio\.com/.*"), status=302, headers=elsewhere)
        assert program.get(f"/calls/{call}/recording").json["error"]["code"] == "recording_unavailable"


def test_what_was_kept_long_enough_is_forgotten_here_and_deleted_there_where_that_is_wanted(
    program: Program, world: World, call: str
) -> None:
    """Not before its time; and nothing is said to Twilio unless the operator wants it."""
    kept = world.settings.model_copy(update={"retention": world.settings.retention.model_copy()})
    deletes = kept.model_copy(
        update={"retention": kept.retention.model_copy(update={"delete_recordings_at_twilio": True})}
    )
    second = world.call(LEE).sid
    with world.database.begin() as db:
        assert delete_old_recordings(db, deletes, world.now + timedelta(days=89)) == 0
    change(world, call, arrived_at=world.now - timedelta(days=91))
    with world.database.begin() as db:
        assert delete_old_recordings(db, kept, world.now) == 1
    assert program.get(f"/calls/{call}").json["recording_url"] is None
    assert len(world.network.exchange.recordings) == 2, "it was only forgotten"
    change(world, second, arrived_at=world.now - timedelta(days=91))
    world.network.rest.faults.fail_next(RestFault.STATUS_503, path_holds="Recordings")
    with world.database.begin() as db:
        assert delete_old_recordings(db, deletes, world.now) == 1
    world.network.run_for(300)
    assert len(world.network.exchange.recordings) == 1
    with world.database.read() as db:
        [item] = db.execute(outbox_items.select().where(outbox_items.c.kind == "delete_recording")).all()
        assert {row.recording_url for row in db.execute(tasks.select())} == {None}
    assert (item.state, item.call) == ("sent", second)
