"""Troubles of a first live day and of every later one, how each comes about, and what `sami doctor` must say of it."""

import os
import shutil
from collections import namedtuple
from collections.abc import Callable
from contextlib import ExitStack
from copy import deepcopy
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import requests
import responses
from urllib3.exceptions import MaxRetryError, NameResolutionError

from sami.domain.access.canary import PATH
from sami.domain.calls.states import CallProgress, CallState
from sami.domain.calls.stored import write_progress
from sami.domain.language.actor import person
from sami.store.audit import audit
from sami.store.backups import backups
from sami.store.calls import calls, insert_call
from sami.store.heartbeats import failing_beats, heartbeats, note_failing_beat
from sami.store.installation import installations
from sami.store.lines import connected_lines, remember_connection
from sami.store.people import agents, organisation_versions
from sami.store.refused_webhooks import refused_webhooks
from sami.store.work import outbox_items
from tests.support.cast import LEE, LINE, STAFF_LINE
from tests.support.healthy import Healthy
from tests.support.world import MONDAY_10
from webhooks.simulator.rest.faults import RestFault

Plant = Callable[[Healthy, pytest.MonkeyPatch, ExitStack], object]
"""What it does is undone: settings by the patch, everything else by what it leaves on the stack."""
DISK = namedtuple("DISK", "total used free")
NO_NAME = requests.ConnectionError(
    MaxRetryError(None, "/", NameResolutionError("x", None, OSError("no such name")))  # type: ignore[arg-type]
)


def set_to(name: str, value: str) -> Plant:
    return lambda here, patch, _: patch.setenv(f"SAMI_{name}", value)


def change_rows(table: Any, **values: Any) -> Plant:
    """Columns of every row, put back afterwards."""

    def plant(here: Healthy, _: pytest.MonkeyPatch, undo: ExitStack) -> None:
        with here.world.database.read() as db:
            rows = [row._asdict() for row in db.execute(table.select())]
        here.do(lambda db: db.execute(table.update().values(**values)))
        key = next(iter(table.primary_key.columns)).name
        for row in rows:
            back = table.update().where(table.c[key] == row[key]).values(**{name: row[name] for name in values})
            undo.callback(here.do, lambda db, back=back: db.execute(back))

    return plant


def remove_rows(table: Any) -> Plant:
    def plant(here: Healthy, _: pytest.MonkeyPatch, undo: ExitStack) -> None:
        with here.world.database.read() as db:
            rows = [row._asdict() for row in db.execute(table.select())]
        here.do(lambda db: db.execute(table.delete()))
        undo.callback(here.do, lambda db: [db.execute(table.insert().values(**row)) for row in rows])

    return plant


def add(table: Any, insert: Callable[[Any, Healthy], object]) -> Plant:
    """Rows of a table that is empty otherwise."""

    def plant(here: Healthy, _: pytest.MonkeyPatch, undo: ExitStack) -> None:
        here.do(lambda db: insert(db, here))
        undo.callback(here.do, lambda db: db.execute(table.delete()))

    return plant


def organise(change: Callable[[dict[str, Any]], object]) -> Plant:
    """A version of the organisation that no check of ours would let in, as an earlier release may have."""

    def plant(here: Healthy, _: pytest.MonkeyPatch, undo: ExitStack) -> None:
        with here.world.database.read() as db:
            newest = db.execute(organisation_versions.select().order_by(organisation_versions.c.version.desc())).first()
        assert newest is not None
        document = deepcopy(newest.document)
        change(document)
        at = here.world.now + timedelta(microseconds=id(change) % 1000)
        row = {"version": newest.version + 1, "published_at": at, "published_by": "test", "document": document}
        here.do(lambda db: db.execute(organisation_versions.insert().values(**row)))
        mine = organisation_versions.c.version == newest.version + 1
        undo.callback(here.do, lambda db: db.execute(organisation_versions.delete().where(mine)))

    return plant


def change_line(phone: str, **stated: str) -> Plant:
    def plant(here: Healthy, _: pytest.MonkeyPatch, undo: ExitStack) -> None:
        lines = here.network.exchange.lines
        undo.callback(lines.__setitem__, phone, lines[phone])
        lines[phone] = replace(lines[phone], **stated)

    return plant


def drift(here: Healthy, patch: pytest.MonkeyPatch, undo: ExitStack) -> None:
    def remember(db: Any, here: Healthy) -> None:
        remember_connection(db, phone=LINE, number_sid="PN1", before={}, by=person("olive"), at=here.world.now)

    add(connected_lines, remember)(here, patch, undo)
    change_line(LINE, sms_url="https://elsewhere.example.com/sms")(here, patch, undo)


def lose_line(here: Healthy, _: pytest.MonkeyPatch, undo: ExitStack) -> None:
    lines = here.network.exchange.lines
    undo.callback(lines.__setitem__, STAFF_LINE, lines.pop(STAFF_LINE))


def buy_line(here: Healthy, _: pytest.MonkeyPatch, undo: ExitStack) -> None:
    here.network.add_line("+15125550115")
    undo.callback(here.network.exchange.lines.pop, "+15125550115")


def at_twilio(**stated: Any) -> Plant:
    """Of the account's registrations, or of its clock."""

    def plant(here: Healthy, patch: pytest.MonkeyPatch, _: ExitStack) -> None:
        for name, value in stated.items():
            there = here.network.rest if name == "clock_ahead" else here.network.rest.registrations
            patch.setattr(there, name, value)

    return plant


def spoil(change: Callable[[dict[str, Any]], object]) -> Plant:
    return lambda here, patch, _: patch.setattr(here.proxy, "spoils", change)


def answer_at(method: str, url: str, **answer: Any) -> Callable[[ExitStack], None]:
    """An address of the outside; our own stay as they are."""

    def plant(undo: ExitStack) -> None:
        outside = undo.enter_context(responses.RequestsMock(assert_all_requests_are_fired=False))
        outside.add_passthru("http://127.0.0.1")
        outside.add(method, url, **answer)

    return plant


def unknown_name(here: Healthy, patch: pytest.MonkeyPatch, undo: ExitStack) -> None:
    patch.setenv("SAMI_SERVER__PUBLIC_URL", "https://calls.example.com")
    answer_at("POST", f"https://calls.example.com{PATH}", body=NO_NAME)(undo)


def local_name(here: Healthy, patch: pytest.MonkeyPatch, undo: ExitStack) -> None:
    patch.setenv("SAMI_TWILIO__API_URL", "https://api.twilio.com")
    patch.setenv("SAMI_SERVER__PUBLIC_URL", "http://localhost:8000")
    account = "https://api.twilio.com/2010-04-01/Accounts/AC" + "0" * 32 + ".json"
    answer_at("GET", account, body=NO_NAME)(undo)


def full_disk(here: Healthy, patch: pytest.MonkeyPatch, _: ExitStack) -> None:
    patch.setattr(shutil, "disk_usage", lambda _: DISK(10**10, 10**10, 40_000_000))


def read_only_directory(here: Healthy, patch: pytest.MonkeyPatch, _: ExitStack) -> None:
    """Who is root may write everywhere, so the system is asked differently."""
    patch.setattr(os, "access", lambda *_: False)


def spooled(here: Healthy, _: pytest.MonkeyPatch, undo: ExitStack) -> None:
    folder = here.settings.local_dir / "spool"
    folder.mkdir(exist_ok=True)
    (folder / "1-20261116T160000000000-1.jsonl").write_text("{}\n{}\n")
    undo.callback(shutil.rmtree, folder)


def at_revision(revision: str) -> Plant:
    def plant(here: Healthy, _: pytest.MonkeyPatch, undo: ExitStack) -> None:
        write = "UPDATE alembic_version SET version_num = "
        before = here.world.database.revision()
        here.do(lambda db: db.exec_driver_sql(f"{write}'{revision}'"))
        undo.callback(here.do, lambda db: db.exec_driver_sql(f"{write}'{before}'"))

    return plant


def wait_in_outbox(db: Any, here: Healthy) -> None:
    at = here.world.now - timedelta(minutes=7)
    row = {"kind": "text", "dedupe_key": "late", "payload": {}, "due_at": at, "created_at": at, "state": "pending"}
    db.execute(outbox_items.insert().values(**row))


def fall_into_safety_net(db: Any, here: Healthy) -> None:
    values = {"line": LINE, "bot": "main", "caller": LEE, "state": "ended", "arrived_at": here.world.now}
    insert_call(
        db,
        sid="CA" + "5" * 32,
        version=1,
        progress=write_progress(CallProgress(CallState.ENDED, turn=1, started_at=here.world.now)),
        safety_net=True,
        **values,
    )


def refuse_webhooks(db: Any, here: Healthy) -> None:
    values = {"cause": "wrong_signature", "hour": here.world.now, "times": 3, "address": "x", "last_at": here.world.now}
    db.execute(refused_webhooks.insert().values(**values))


TROUBLES: list[Any] = [
    # The account.
    (
        "a wrong token",
        set_to("TWILIO__AUTH_TOKENS", '["another"]'),
        "twilio",
        "wrong",
        "refuses the account SID with our auth token (20003)",
        "Twilio's console",
    ),
    (
        "a SID that is not AC",
        set_to("TWILIO__ACCOUNT_SID", "SK" + "0" * 32),
        "twilio",
        "wrong",
        "begins with SK",
        "Copy both",
    ),
    ("no SID", set_to("TWILIO__ACCOUNT_SID", ""), "twilio", "wrong", "twilio.account_sid is empty", "Copy both"),
    (
        "API unreachable",
        set_to("TWILIO__API_URL", "http://127.0.0.1:1"),
        "twilio",
        "wrong",
        "http://127.0.0.1:1 was not reached",
        "DNS, firewall",
    ),
    (
        "clock 10 minutes off",
        at_twilio(clock_ahead=timedelta(minutes=10)),
        "clock",
        "wrong",
        "10 minutes behind Twilio's",
        "NTP",
    ),
    (
        "A2P unregistered",
        at_twilio(campaign=None, brand=None),
        "registration",
        "advice",
        "not registered with US carriers (A2P 10DLC; there is no brand)",
        "Register a brand and a campaign",
    ),
    (
        "a line in no campaign",
        at_twilio(texting={LINE}),
        "registration",
        "advice",
        f"{STAFF_LINE} stand in no service",
        "add each line",
    ),
    (
        "a messaging service that keeps texts",
        at_twilio(inbound_url=""),
        "texts",
        "wrong",
        f"Texts to {LINE} go to nobody: its messaging service ignores the line's address",
        "defer to the sender's webhook",
    ),
    (
        "registrations forbidden",
        lambda here, *_: here.network.rest.faults.fail_next(RestFault.STATUS_403, path_holds="/v1/a2p"),
        "registration",
        "advice",
        "The registration of texts could not be read: 20403",
        "Twilio's console",
    ),
    (
        "calls unsigned",
        at_twilio(trust="in-review"),
        "signed_calls",
        "advice",
        "2 of our lines are in no approved SHAKEN/STIR",
        "Trust Hub",
    ),
    # The public address.
    (
        "public address empty",
        set_to("SERVER__PUBLIC_URL", ""),
        "public_url",
        "wrong",
        "server.public_url is empty",
        "Set server.public_url",
    ),
    (
        "public address http",
        lambda *_: None,
        "public_url",
        "advice",
        "server.public_url begins with http://",
        "Let the proxy speak TLS",
    ),
    (
        "public address localhost",
        local_name,
        "public_url",
        "wrong",
        "http://localhost:8000 is no address of the public network",
        "Set server.public_url",
    ),
    ("public address unknown", unknown_name, "round_trip", "wrong", "has a name that nobody knows", "DNS record"),
    (
        "nobody behind the address",
        set_to("SERVER__PUBLIC_URL", "http://127.0.0.1:1"),
        "round_trip",
        "wrong",
        "does not answer",
        "`sami run`",
    ),
    (
        "a proxy that drops the signature",
        spoil(lambda environ: environ.pop("HTTP_X_TWILIO_SIGNATURE", None)),
        "round_trip",
        "wrong",
        "refused our own signed request",
        "X-Twilio-Signature on unchanged",
    ),
    (
        "a proxy that leads elsewhere",
        spoil(lambda environ: environ.update(PATH_INFO="/nowhere")),
        "round_trip",
        "wrong",
        "it answered 404",
        "Let the proxy pass /webhooks/",
    ),
    (
        "signatures off",
        set_to("TWILIO__VALIDATE_SIGNATURES", "false"),
        "signatures",
        "wrong",
        "anybody can send us webhooks",
        "Remove it",
    ),
    (
        "/metrics open",
        lambda here, patch, _: patch.setattr(here.proxy, "is_known", False),
        "metrics",
        "wrong",
        "/metrics is open to everybody",
        "server.metrics_token",
    ),
    # Fallback numbers.
    (
        "no fallback",
        set_to("FALLBACK__NUMBERS", "[]"),
        "fallback",
        "wrong",
        "fallback.numbers is empty",
        "Set fallback.numbers",
    ),
    (
        "fallback ours",
        set_to("FALLBACK__NUMBERS", f'["{LINE}"]'),
        "fallback",
        "wrong",
        f"fallback.numbers: {LINE} is one of our own lines",
        "outside",
    ),
    (
        "fallback premium",
        set_to("FALLBACK__NUMBERS", '["+19005550190"]'),
        "fallback",
        "wrong",
        "fallback.numbers: +19005550190 is a premium-rate number",
        "outside",
    ),
    (
        "fallback not allowed",
        set_to("FALLBACK__NUMBERS", '["+442079460000"]'),
        "fallback",
        "wrong",
        "+442079460000 is in GB",
        "outside",
    ),
    # Lines.
    (
        "line unknown to Twilio",
        lose_line,
        "lines",
        "wrong",
        f"{STAFF_LINE} is no number of the Twilio account",
        "Take the line out",
    ),
    (
        "a number unknown to us",
        buy_line,
        "lines",
        "advice",
        "+15125550115 is a number of the Twilio account",
        "Give it a bot",
    ),
    (
        "line not connected",
        change_line(LINE, voice_url=""),
        "lines",
        "wrong",
        f"{LINE} is not connected (A call comes in: no address",
        "`sami lines connect`",
    ),
    (
        "webhook address drifted",
        drift,
        "lines",
        "wrong",
        f"{LINE} was changed in Twilio (A message comes in: https://elsewhere",
        "`sami lines connect`",
    ),
    (
        "line without bot",
        organise(lambda file: file["lines"][0].update(bot="gone")),
        "lines",
        "wrong",
        f"{LINE} has no bot",
        f"`sami set lines.{LINE}.bot",
    ),
    (
        "no staff line",
        organise(lambda file: [line.update(staff=False) for line in file["lines"]]),
        "staff_line",
        "advice",
        "No line is for staff",
        "`staff = true`",
    ),
    # People.
    (
        "organisation empty",
        remove_rows(organisation_versions),
        "organisation",
        "wrong",
        "The organisation is empty",
        "`sami init`",
    ),
    (
        "nobody verified",
        change_rows(agents, verified=False),
        "phones",
        "wrong",
        "No call will ring anybody: Ana Ruiz [ana]",
        "`sami verify ana`",
    ),
    (
        "nobody on duty now",
        organise(lambda file: [who.update(hours="Mo-Fr 20:00-22:00") for who in file["agents"]]),
        "duty",
        "advice",
        "Nobody is on duty now; the next is at",
        "`sami set agents.KEY.hours`",
    ),
    (
        "nobody on duty in 7 days",
        organise(lambda file: [who.update(hours="2027 Jan 04-05 09:00-10:00") for who in file["agents"]]),
        "duty",
        "wrong",
        "on duty within 7 days",
        "`sami set agents.KEY.hours`",
    ),
    # The machine.
    ("data directory unwritable", read_only_directory, "data_dir", "wrong", "cannot be written", "server.data_dir"),
    ("data directory full", full_disk, "data_dir", "wrong", "has 40 MB left", "Make room"),
    ("spool not empty", spooled, "spool", "advice", "2 request(s) of calls wait on disk", "`sami run`"),
    ("database behind", at_revision("0001"), "database", "wrong", "stands at 0001, behind", "`sami migrate`"),
    ("database ahead", at_revision("9999"), "database", "advice", "stands at 9999, ahead of", "Update this machine"),
    (
        "database replaced",
        change_rows(installations, name="another"),
        "installation",
        "wrong",
        "The database is another than",
        "`sami restore`",
    ),
    (
        "database away",
        set_to("DATABASE__URL", "postgresql://nobody@127.0.0.1:1/nothing"),
        "database",
        "wrong",
        "",
        "Start the database",
    ),
    (
        "backup too old",
        change_rows(backups, at=MONDAY_10 - timedelta(days=3)),
        "backup",
        "advice",
        "The last backup is 3 days old",
        "`sami backup",
    ),
    ("no backup", remove_rows(backups), "backup", "advice", "No backup was ever made", "`sami backup"),
    # The work.
    ("worker away", remove_rows(heartbeats), "worker", "wrong", "No worker was ever here", "`sami run`"),
    (
        "queue late",
        add(outbox_items, wait_in_outbox),
        "queue",
        "wrong",
        "the oldest is 7 minute(s) late",
        "a worker lives",
    ),
    (
        "a beat that fails",
        add(
            failing_beats,
            lambda db, here: note_failing_beat(db, beat="texts", error="ValueError", times=4, now=here.world.now),
        ),
        "beats",
        "wrong",
        "The beat texts fails since",
        "log",
    ),
    (
        "safety-net answers",
        add(calls, fall_into_safety_net),
        "safety_net",
        "advice",
        "1 call(s) of the last hour were answered by the safety net",
        "log",
    ),
    (
        "webhooks refused",
        add(refused_webhooks, refuse_webhooks),
        "webhooks",
        "wrong",
        "3 webhook(s) of the last day were signed with another auth token",
        "twilio.auth_tokens",
    ),
    (
        "audit edited",
        change_rows(audit, actor_key="nobody"),
        "audit",
        "wrong",
        "The audit was changed behind our back",
        "`sami audit verify`",
    ),
    (
        "mail server down",
        set_to("MAIL__HOST", "127.0.0.1"),
        "mail",
        "wrong",
        "the mail server could not be reached",
        "[mail] host",
    ),
]
