"""S1: only Twilio's requests are obeyed. S2: a genuine one that comes again changes nothing."""

import json
import random
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlencode

import pytest
from flask.testing import FlaskClient
from sqlmodel import SQLModel
from twilio.request_validator import RequestValidator  # noqa: TID251 - the other opinion.
from werkzeug.test import TestResponse

from sami.database.engine import Database
from sami.settings.loading import Settings
from tests.support.cast import ANA, BEN, DESK, LEE, LINE, desk, organisation
from tests.support.counts import count
from tests.support.world import World
from webhooks.app import create_app
from webhooks.simulator.behaviours import Answers, passes, says_nothing
from webhooks.simulator.client import Answer
from webhooks.simulator.people import CallerScript
from webhooks.simulator.signing import Form, sign

pytestmark = pytest.mark.timeout(count(120, 1_800))

ACCOUNT, TOKEN = "AC" + "0" * 32, "a-made-up-token"
PUBLIC = "https://calls.example.com"
SID = "CA" + "1" * 32
VOICE = "/webhooks/voice"

ARRIVAL: Form = [
    ("AccountSid", ACCOUNT),
    ("ApiVersion", "2010-04-01"),
    ("CallSid", SID),
    ("CallStatus", "ringing"),
    ("CallerCity", "AUSTIN"),
    ("CallerName", ""),
    ("Direction", "inbound"),
    ("From", LEE),
    ("To", LINE),
]


def settings_with(url: str, folder: Any, *, public_url: str = PUBLIC, tokens: tuple[str, ...] = (TOKEN,)) -> Settings:
    return Settings.model_validate(
        {
            "server": {"public_url": public_url, "data_dir": folder},
            "database": {"url": url},
            "twilio": {"account_sid": ACCOUNT, "auth_tokens": list(tokens)},
        }
    )


Open = Callable[..., FlaskClient]


@pytest.fixture
def opened(sqlite_url: str, tmp_path: Any) -> Iterator[Open]:
    apps = []

    def open_(**stated: Any) -> FlaskClient:
        app = create_app(settings_with(sqlite_url, tmp_path, **stated), background=False)
        apps.append(app)
        return app.test_client()

    yield open_
    for app in apps:
        app.extensions["sami"].database.close()


@pytest.fixture
def client(opened: Open) -> FlaskClient:
    return opened()


def post(
    client: FlaskClient,
    form: Form = ARRIVAL,
    *,
    path: str = VOICE,
    signature: str | None = "right",
    signed: Form | None = None,
    signed_url: str | None = None,
    token: str = TOKEN,
    **more: Any,
) -> TestResponse:
    """Signed as Twilio would unless told otherwise; `signature` None sends no header."""
    if signature == "right":
        signature = sign(token, signed_url or PUBLIC + path, form if signed is None else signed)
    headers = {**({} if signature is None else {"X-Twilio-Signature": signature}), **more.pop("headers", {})}
    more.setdefault("data", urlencode(form))
    more.setdefault("content_type", "application/x-www-form-urlencoded")
    return client.post(path, headers=headers, **more)


# What Twilio publishes: its documentation's example, and those of its library's own tests.
EXAMPLE_URL = "https://mycompany.com/myapp.php?foo=1&bar=2"
EXAMPLE: Form = [
    ("CallSid", "CA1234567890ABCDE"),
    ("Caller", "+14158675309"),
    ("Digits", "1234"),
    ("From", "+14158675309"),
    ("To", "+18005551212"),
]
EXAMPLE_SIGNATURE = "RSOYDt4T1cUTdK1PDd93/VVr8B8="


def test_s01_the_published_example_is_signed_as_published() -> None:
    assert sign("12345", EXAMPLE_URL, EXAMPLE) == EXAMPLE_SIGNATURE
    assert RequestValidator("12345").validate(EXAMPLE_URL, dict(EXAMPLE), EXAMPLE_SIGNATURE)


@pytest.mark.parametrize(
    ("public_url", "signed_base"),
    [
        pytest.param("https://mycompany.com", "https://mycompany.com", id="as it is"),
        pytest.param("https://mycompany.com:443", "https://mycompany.com", id="port configured, signed without"),
        pytest.param("https://mycompany.com", "https://mycompany.com:443", id="no port configured, signed with"),
        pytest.param("https://mycompany.com:1234", "https://mycompany.com:1234", id="a port of our own"),
        pytest.param("http://mycompany.com", "http://mycompany.com:80", id="plain http"),
        pytest.param("https://mycompany.com/sami", "https://mycompany.com/sami", id="below a path the proxy strips"),
    ],
)
def test_s01_a_genuine_request_is_answered(opened: Open, public_url: str, signed_base: str) -> None:
    for query in ("", "?foo=1&bar=2", "?name=%E2%82%AC%20%2f&empty="):
        answer = post(opened(public_url=public_url), path=VOICE + query, signed_url=signed_base + VOICE + query)
        assert answer.status_code == 200


def test_s01_a_proxy_may_end_tls_and_what_it_says_of_itself_is_not_believed(client: FlaskClient) -> None:
    lies = {
        "X-Forwarded-Proto": "ftp",
        "X-Forwarded-Host": "evil.example",
        "X-Forwarded-Port": "1",
        "Forwarded": "host=evil.example",
    }
    behind = {"base_url": "http://10.0.0.7:8000", "headers": lies}
    assert post(client, **behind).status_code == 200
    assert post(client, signed_url="http://10.0.0.7:8000" + VOICE, **behind).status_code == 403
    assert post(client, signed_url="ftp://evil.example" + VOICE, **behind).status_code == 403


def test_s01_the_order_of_the_fields_does_not_matter_and_empty_ones_count(client: FlaskClient) -> None:
    assert post(client, list(reversed(ARRIVAL)), signed=ARRIVAL).status_code == 200
    without_empty = [(name, value) for name, value in ARRIVAL if value]
    # An empty value signs like a name that is appended to the value before it.
    assert post(client, ARRIVAL, signed=without_empty).status_code == 403


def test_s01_a_name_that_comes_twice_is_signed_with_all_its_values(client: FlaskClient) -> None:
    twice = [*ARRIVAL, ("MediaUrl", "b"), ("MediaUrl", "a")]
    assert post(client, twice).status_code == 200
    assert post(client, twice, signed=twice[:-1]).status_code == 403


def test_s01_tokens_can_be_rotated(opened: Open) -> None:
    client = opened(tokens=("the-new-token", TOKEN))
    assert post(client, token=TOKEN).status_code == 200
    assert post(client, token="the-new-token").status_code == 200
    assert post(client, token="an-older-token").status_code == 403


REFUSED: dict[str, Callable[[FlaskClient], TestResponse]] = {
    "no signature": lambda c: post(c, signature=None),
    "an empty signature": lambda c: post(c, signature=""),
    "a wrong signature": lambda c: post(c, signature=EXAMPLE_SIGNATURE),
    "a signature that is no base64": lambda c: post(c, signature="ÿ\x7f🙂".encode().decode("latin-1")),
    "a signature in another case": lambda c: post(c, signature=sign(TOKEN, PUBLIC + VOICE, ARRIVAL).swapcase()),
    "a changed value": lambda c: post(c, [*ARRIVAL[:-1], ("To", "+15125550110")], signed=ARRIVAL),
    "an added field": lambda c: post(c, [*ARRIVAL, ("Digits", "1")], signed=ARRIVAL),
    "a missing field": lambda c: post(c, ARRIVAL[:4] + ARRIVAL[5:], signed=ARRIVAL),
    "another path": lambda c: post(c, signed_url=PUBLIC + "/webhooks/sms"),
    "an added query": lambda c: post(c, path=VOICE + "?a=1", signed_url=PUBLIC + VOICE),
    "another host": lambda c: post(c, signed_url="https://calls.example.org" + VOICE),
    "another scheme": lambda c: post(c, signed_url="http://calls.example.com" + VOICE),
    "another port": lambda c: post(c, signed_url="https://calls.example.com:8443" + VOICE),
    "the address it came to": lambda c: post(c, signed_url="http://localhost" + VOICE),
    "a foreign account": lambda c: post(c, [("AccountSid", "AC" + "9" * 32), *ARRIVAL[1:]]),
    "no account": lambda c: post(c, ARRIVAL[1:]),
    "an empty account": lambda c: post(c, [("AccountSid", ""), *ARRIVAL[1:]]),
    "no call": lambda c: post(c, [field for field in ARRIVAL if field[0] != "CallSid"]),
    "an empty call": lambda c: post(c, [(name, "" if name == "CallSid" else value) for name, value in ARRIVAL]),
    "names joined to values": lambda c: post(
        c, [*ARRIVAL[:2], ("CallSid" + SID + "CallStatusringing", ""), *ARRIVAL[4:]]
    ),
    "JSON": lambda c: post(c, data=json.dumps(dict(ARRIVAL)), content_type="application/json", signed=[]),
    "JSON with its hash": lambda c: post(
        c, path=VOICE + "?bodySHA256=" + "0" * 64, data=b"{}", content_type="application/json", signed=[]
    ),
    "multipart": lambda c: post(c, data=dict(ARRIVAL), content_type="multipart/form-data"),
    "torn multipart": lambda c: post(c, data=b"--x\r\n", content_type="multipart/form-data; boundary=x"),
    "multipart without a boundary": lambda c: post(c, data=b"--x\r\n", content_type="multipart/form-data"),
    "no content type": lambda c: post(c, content_type=""),
    "a content type that is none": lambda c: post(c, content_type="\x00;;=,"),
    "an unknown charset": lambda c: post(c, content_type="text/plain; charset=nowhere"),
    "an empty body": lambda c: post(c, data=b"", signed=[]),
    "bytes that are no text": lambda c: post(c, data=b"\xff\xfe=%ff&%&=&&\x00", signed=[]),
    "more fields than anybody reads": lambda c: post(c, [(f"a{number}", "") for number in range(5000)]),
    "a body larger than a webhook": lambda c: post(c, [*ARRIVAL, ("a", "b" * 70_000)]),
}


@pytest.mark.parametrize("why", REFUSED)
def test_s01_refused(client: FlaskClient, why: str) -> None:
    answer = REFUSED[why](client)
    assert answer.status_code in (403, 413)
    assert b"Response" not in answer.data


@pytest.mark.parametrize("public_url", ["https://calls.example.com:99999", "https://calls.example.com:port"])
def test_s01_an_odd_port_in_the_settings_refuses_and_does_not_break(opened: Open, public_url: str) -> None:
    client = opened(public_url=public_url)
    assert post(client, signed_url=public_url + VOICE).status_code in (200, 403)
    assert post(client).status_code == 403


def test_s01_every_route_that_twilio_asks_refuses_what_is_not_signed(client: FlaskClient) -> None:
    """Enumerated from the URL map, so that a new route cannot forget."""
    filled = {"turn": 1, "position": 1, "number": 1, "attempt": "0" * 16, "ref": "0" * 16, "language": "en-US"}
    rules = [rule for rule in client.application.url_map.iter_rules() if "POST" in (rule.methods or ())]
    paths = [path for rule in rules if (path := rule.rule).startswith("/webhooks/")]
    urls = client.application.url_map.bind("")
    for rule in rules:
        if rule.rule in paths:
            path = urls.build(rule.endpoint, {name: filled[name] for name in rule.arguments}, method="POST")
            assert post(client, path=path, signature="wrong").status_code == 403, path
    assert len(paths) > 20


def test_s01_no_mutated_request_is_accepted_and_none_breaks_us(client: FlaskClient) -> None:
    chance = random.Random(20)
    for number in range(count(2_000, 100_000)):
        mutation = chance.choice(MUTATIONS)
        answer = mutation(client, chance)
        assert answer.status_code in (400, 403, 404, 405, 413), (number, mutation.__name__, answer.status_code)


def _flip_signature(client: FlaskClient, chance: random.Random) -> TestResponse:
    right = sign(TOKEN, PUBLIC + VOICE, ARRIVAL)
    place = chance.randrange(len(right) - 1)
    return post(
        client, signature=right[:place] + chance.choice("!aZ0/") * chance.randrange(2) + right[place + 1 :] + "="
    )


def _change_a_value(client: FlaskClient, chance: random.Random) -> TestResponse:
    place = chance.randrange(len(ARRIVAL))
    name, value = ARRIVAL[place]
    changed = value + chance.choice(["x", " ", "\x00", "é", "%", "+", "=", "&", "\n", "🙂"])
    return post(client, [*ARRIVAL[:place], (name, changed), *ARRIVAL[place + 1 :]], signed=ARRIVAL)


def _drop_fields(client: FlaskClient, chance: random.Random) -> TestResponse:
    kept = [field for field in ARRIVAL if chance.random() < 0.7 or not field[1]]
    return post(client, kept if len(kept) < len(ARRIVAL) else kept[1:], signed=ARRIVAL)


def _add_a_field(client: FlaskClient, chance: random.Random) -> TestResponse:
    name = chance.choice(["Digits", "SpeechResult", "DialBridged", "CallStatus", "To", "x", "AccountSid", "ÿ"])
    added = (name, chance.choice(["1", "true", "completed", DESK, "\ud7ff", "x" * 500]))
    return post(client, [*ARRIVAL, added] if chance.random() < 0.5 else [added, *ARRIVAL], signed=ARRIVAL)


def _swap_two_values(client: FlaskClient, chance: random.Random) -> TestResponse:
    one, other = chance.sample([place for place, field in enumerate(ARRIVAL) if field[1]], 2)
    swapped = list(ARRIVAL)
    swapped[one], swapped[other] = (ARRIVAL[one][0], ARRIVAL[other][1]), (ARRIVAL[other][0], ARRIVAL[one][1])
    return post(client, swapped, signed=ARRIVAL)


def _send_elsewhere(client: FlaskClient, chance: random.Random) -> TestResponse:
    paths = ["/voice/", "/voice//", "/voice?", "/voice?x=%00", "/voice/status", "/voice/fallback", "/voice/safety/1"]
    paths += [
        "/voice/dialled/1",
        "/voice/leg/0000000000000000/key",
        "/sms",
        "/VOICE",
        "/voice/%2e%2e/voice",
        "/voice/menu/-1",
    ]
    path = "/webhooks" + chance.choice(paths)
    if path == VOICE + "?":
        path += "a"
    return post(client, path=path, signed_url=PUBLIC + VOICE)


def _sign_with_another_token(client: FlaskClient, chance: random.Random) -> TestResponse:
    return post(client, token=TOKEN[: chance.randrange(len(TOKEN))] or "x")


def _sign_for_another_address(client: FlaskClient, chance: random.Random) -> TestResponse:
    host = chance.choice(
        ["calls.example.co", "calls.example.com.evil.example", "calls.example.com@evil", "CALLS.example.org"]
    )
    return post(client, signed_url=f"{chance.choice(['https', 'http', 'HTTPS'])}://{host}{VOICE}")


def _be_another_account(client: FlaskClient, chance: random.Random) -> TestResponse:
    account = chance.choice(
        ["", "AC", ACCOUNT + "0", ACCOUNT[:-1], ACCOUNT.lower(), "AC" + f"{chance.getrandbits(128):032x}"]
    )
    return post(client, [("AccountSid", account), *ARRIVAL[1:]])


def _send_noise(client: FlaskClient, chance: random.Random) -> TestResponse:
    kinds = [
        "application/x-www-form-urlencoded",
        "application/json",
        "multipart/form-data; boundary=a",
        "text/xml",
        "",
        "a/b;c",
    ]
    noise = chance.randbytes(chance.randrange(2_000))
    return post(
        client, data=noise, content_type=chance.choice(kinds), signature=chance.choice(["right", None, "", "x"])
    )


def _ask_in_another_way(client: FlaskClient, chance: random.Random) -> TestResponse:
    signature = sign(TOKEN, PUBLIC + VOICE, ARRIVAL)
    method = chance.choice(["GET", "PUT", "DELETE", "PATCH", "TRACE"])
    return client.open(VOICE, method=method, data=urlencode(ARRIVAL), headers={"X-Twilio-Signature": signature})


MUTATIONS = (
    _flip_signature,
    _change_a_value,
    _drop_fields,
    _add_a_field,
    _swap_two_values,
    _send_elsewhere,
    _sign_with_another_token,
    _sign_for_another_address,
    _be_another_account,
    _send_noise,
    _ask_in_another_way,
)


class Recorded(World):
    """A world whose first request may stay unanswered, so that the fallback URL is asked."""

    unanswered = False

    def _post(self, url: str, form: Any, headers: dict[str, str]) -> Answer:
        if self.unanswered and url.endswith(VOICE):
            return Answer(502, "text/html", b"Bad gateway")
        return super()._post(url, form, headers)


@pytest.mark.parametrize(
    ("bot", "agents", "unanswered"),
    [
        pytest.param({"pattern": "assigned_only", "fallback": [desk()]}, Answers(talks_s=20), False, id="Ana takes it"),
        pytest.param({"pattern": "simultaneous_group"}, Answers(talks_s=20), False, id="out of the queue"),
        pytest.param({"pattern": "simultaneous_group"}, passes(), False, id="a message after the queue"),
        pytest.param({"pattern": "assigned_only", "fallback": [desk()]}, passes(), True, id="the safety net"),
        pytest.param({"pattern": "assigned_only"}, passes(), True, id="a message for the safety net"),
    ],
)
def test_s02_all_requests_of_a_call_once_more_change_nothing(
    settings: Settings, bot: dict[str, Any], agents: Any, unanswered: bool
) -> None:
    settings = settings.model_copy(update={"fallback": settings.fallback.model_copy(update={"numbers": ()})})
    with Recorded(settings, organisation(bot=bot), forgives=("faults",)) as world:
        for phone in (ANA, BEN):
            world.phone(phone, agents)
        world.phone(DESK, says_nothing(talks_s=10))
        world.unanswered = unanswered
        world.call(script=CallerScript(ends_voicemail_with="#"))
        world.unanswered = False
        requests = [request for request in world.network.requests if request.status != 502]
        before = everything(world.database)
        shuffled = random.Random(7).sample(requests, len(requests))
        for request in [*requests, *reversed(requests), *shuffled]:
            signature = sign(TOKEN, request.url, request.form)
            answer = world._post(request.url, request.form, {"X-Twilio-Signature": signature})
            assert answer.status in (200, 204), request.url
        assert everything(world.database) == before
        assert before["call"] != []


def everything(database: Database) -> dict[str, list[tuple[Any, ...]]]:
    with database.read() as db:
        tables = SQLModel.metadata.sorted_tables
        return {
            table.name: [tuple(row) for row in db.execute(table.select().order_by(*table.primary_key))]
            for table in tables
        }
