"""A form of a website without a program behind it: signed, limited, taken in once, and no echo of what was typed."""

import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from click.testing import CliRunner
from pydantic import ValidationError
from werkzeug.test import TestResponse

from sami import clock
from sami.consent.permissions import zones_of
from sami.database.engine import Database
from sami.domain.language.actor import person
from sami.domain.leads.arrivals import OF_A_VISIT, NewLead
from sami.leads.intake import receive_lead
from sami.settings.loading import Settings
from sami.settings.sections import FormsSettings
from sami.store import leads
from sami.store.policies import Exceptional, list_exceptions
from sami.workers.intake import prepare_lead
from tests.support.cast import ANA, agent, olive, organisation
from tests.support.signed import publish
from tests.support.world import MONDAY_10
from webhooks.app import create_app
from webhooks.cli import commands
from webhooks.forms.limits import one_household
from webhooks.server.screen import BODY_MAX_BYTES
from webhooks.server.visitors import visitor_address

SECRET = "a-made-up-secret-of-thirty-two-characters"
SITE, STRANGE = "https://www.example.com", "https://evil.example.net"
THANKS = "https://www.example.com/thanks"
TYPED = "<script>alert(1)</script>"
LEE: dict[str, str] = {"name": "Lee Ortiz", "phone": "512-555-0142", "email": "lee@example.com"}


class Website:
    """A page with a form, its visitors, and the SAMI that the form is posted to."""

    def __init__(self, settings: Settings, database: Database) -> None:
        self.database = database
        self.app = create_app(settings, background=False)
        self._client = self.app.test_client()
        self.now = MONDAY_10

    def post(
        self,
        fields: dict[str, Any] | None = None,
        *,
        form: str = "contact",
        token: str | None = None,
        origin: str | None = SITE,
        address: str = "203.0.113.7",
        headers: dict[str, str] | None = None,
        as_json: bool = False,
        **more: Any,
    ) -> TestResponse:
        """What a browser sends; with the page's token unless another is given."""
        sent = {"token": self.page_token(form) if token is None else token} | (LEE if fields is None else fields) | more
        body: dict[str, Any] = {"json": sent} if as_json else {"data": sent}
        said = {"Origin": origin} if origin else {}
        return self._client.post(
            f"/forms/{form}", headers=said | (headers or {}), environ_overrides={"REMOTE_ADDR": address}, **body
        )

    def ask(self, method: str, path: str, **headers: str) -> TestResponse:
        return self._client.open(path, method=method, headers=headers)

    def page_token(self, form: str = "contact", *arguments: str) -> str:
        made = CliRunner().invoke(commands, ["form-token", form, *arguments])
        assert made.exit_code == 0, made.output
        return made.output.strip()

    def visit(self, form: str = "contact") -> str:
        answer = self.ask("GET", f"/forms/{form}/token", Origin=SITE)
        assert answer.status_code == 200, answer.data
        return str(answer.json["token"])

    def leads(self) -> list[Any]:
        with self.database.read() as db:
            return list(db.execute(leads.leads.select().order_by(leads.leads.c.id)))

    def timeline(self) -> list[tuple[str, str]]:
        with self.database.read() as db:
            lines = db.execute(leads.timeline.select().order_by(leads.timeline.c.id))
            return [(line.kind, line.text) for line in lines]

    def received(self) -> int:
        return sum(kind == "received" for kind, _ in self.timeline())

    def set_forms(self, **values: Any) -> None:
        here = self.app.extensions["sami"]
        forms = here.settings.forms.model_copy(update=values)
        self.app.extensions["sami"] = replace(here, settings=here.settings.model_copy(update={"forms": forms}))


FORMS = {
    "secret": SECRET,
    "sites": [
        {"key": "contact", "source": "Website", "origins": [SITE], "keeps": ["message", "budget"]},
        {"key": "plain", "thanks": THANKS},
    ],
}


@pytest.fixture
def website(settings: Settings, database: Database, monkeypatch: pytest.MonkeyPatch) -> Iterator[Website]:
    monkeypatch.setenv("SAMI_FORMS__SECRET", SECRET)
    publish(database, organisation(agents=[agent("ana"), agent("ben"), olive()]))
    forms = FormsSettings.model_validate(FORMS)
    site = Website(settings.model_copy(update={"forms": forms}), database)
    opened = site.app.extensions["sami"].database
    with clock.use(lambda: site.now):
        yield site
    opened.close()


# What comes in.


def test_a_form_becomes_a_lead_with_an_owner(website: Website) -> None:
    answer = website.post(
        LEE | {"message": "Hi", "budget": "high", "city": "Austin", "unasked": "x", "tags": "strategic"}
    )
    assert (answer.status_code, answer.mimetype) == (200, "text/html")
    assert "Thank you." in answer.text
    [lead] = website.leads()
    said = (lead.name, lead.phone, lead.email, lead.source, lead.city, lead.tags)
    assert said == ("Lee Ortiz", "+15125550142", "lee@example.com", "Website", "Austin", [])
    assert (lead.attributes["message"], lead.attributes["budget"]) == ("Hi", "high")
    assert "unasked" not in lead.attributes
    assert lead.owner_id is not None
    assert ("received", "Came in from Website by form/contact.") in website.timeline()


def test_a_browser_is_sent_to_the_page_of_thanks(website: Website) -> None:
    answer = website.post(form="plain", origin=None)
    assert (answer.status_code, answer.headers["Location"]) == (303, THANKS)
    assert website.leads()[0].source == "plain"


@pytest.mark.parametrize(
    "asked",
    [
        pytest.param({"as_json": True}, id="it sent JSON"),
        pytest.param({"headers": {"Accept": "application/json"}}, id="it accepts JSON"),
        pytest.param({"headers": {"Sec-Fetch-Mode": "cors"}}, id="it is a script in the page"),
    ],
)
def test_a_program_is_answered_in_json(website: Website, asked: dict[str, Any]) -> None:
    answer = website.post(form="plain", origin=None, **asked)
    assert (answer.status_code, answer.json) == (200, {"status": "received"})
    assert website.post({"phone": "1"}, form="plain", origin=None, **asked).json == {
        "error": {
            "code": "invalid_fields",
            "message": "Something in the form is wrong. Please go back and correct it.",
            "fields": [
                {
                    "field": "phone",
                    "wrong": "is not a phone number",
                    "right": "write it in E.164, for example +15125550142, or as it is dialled in US",
                }
            ],
        }
    }


def test_a_phone_that_cannot_be_read_loses_no_visitor_who_left_an_email_address(website: Website) -> None:
    typed = {"phone": "ask my wife", "email": "lee@example.com"}
    doubt = {
        "field": "phone",
        "wrong": "is not a phone number",
        "right": "it is kept as it was written; the e-mail address is enough",
    }
    for _ in range(2):
        answer = website.post(typed, form="plain", origin=None, as_json=True, submission_id="s-1")
        assert (answer.status_code, answer.json) == (200, {"status": "received", "fields": [doubt]})
    [lead] = website.leads()
    assert (lead.phone, lead.email, lead.findings["phone_as_written"]) == (None, "lee@example.com", "ask my wife")
    website.post({**typed, "phone": "512-555-0142"}, form="plain", origin=None, as_json=True, submission_id="s-2")
    [lead] = website.leads()
    assert lead.phone == "+15125550142"


def test_a_known_visitor_is_answered_as_a_new_one(website: Website) -> None:
    first, second = website.post(), website.post()
    assert (first.status_code, first.data) == (second.status_code, second.data)
    assert (len(website.leads()), website.received()) == (1, 2)


def test_consent_is_kept_with_its_words_as_attributes_and_as_a_line(website: Website) -> None:
    website.post(LEE | {"consent": "on", "consent_text": "You may call me."})
    [lead] = website.leads()
    assert lead.attributes["consent"] is True
    assert lead.attributes["consent_text"] == "You may call me."
    assert lead.attributes["consent_at"] == MONDAY_10.isoformat(timespec="seconds")
    assert ("consent", 'Agreed to: "You may call me." (form/contact)') in website.timeline()
    website.post(LEE | {"consent_text": "You may call me."})
    assert website.leads()[0].attributes["consent"] is True, "an agreement is not taken back by an unticked box"
    assert website.timeline()[-1] == ("consent", 'Did not agree to: "You may call me." (form/contact)')


def test_a_form_that_does_not_ask_for_consent_says_nothing_of_it(website: Website) -> None:
    website.post()
    assert "consent" not in website.leads()[0].attributes
    assert "consent" not in dict(website.timeline())


@pytest.mark.parametrize("as_json", [False, True], ids=["form", "json"])
def test_the_same_submission_makes_one_lead_and_one_line(website: Website, as_json: bool) -> None:
    posts = [website.post(submission_id="s-1", as_json=as_json) for _ in range(3)]
    assert {post.status_code for post in posts} == {200}
    assert (len(website.leads()), website.received()) == (1, 1)
    website.post(headers={"Idempotency-Key": "s-1"})
    assert website.received() == 1
    website.post(submission_id="s-2")
    assert website.received() == 2
    website.post(form="plain", origin=None, submission_id="s-1")
    assert website.received() == 3


def test_two_sendings_in_the_same_instant_are_one(website: Website) -> None:
    token = website.page_token()
    begin = threading.Barrier(2)

    def send(_: int) -> int:
        begin.wait()
        return website.post(token=token, submission_id="s-1").status_code

    with ThreadPoolExecutor(2) as visitors:
        assert list(visitors.map(send, range(2))) == [200, 200]
    assert (len(website.leads()), website.received()) == (1, 1)


def test_a_visitors_token_is_one_submission(website: Website) -> None:
    token, other = website.visit(), website.visit()
    website.now += timedelta(seconds=5)
    for sent in (token, token, other):
        assert website.post(token=sent).status_code == 200
    assert website.received() == 2


def test_a_submission_that_was_refused_can_be_corrected(website: Website) -> None:
    assert website.post({"phone": "1"}, submission_id="s-1").status_code == 422
    assert website.post(submission_id="s-1").status_code == 200
    assert len(website.leads()) == 1


def test_an_agents_phone_becomes_no_lead_and_is_not_given_away(website: Website) -> None:
    answer = website.post({"phone": ANA}, as_json=True, submission_id="s-1")
    assert answer.status_code == 422
    assert "agent" not in answer.text
    assert website.leads() == []


# Whose word it is: anybody can type anybody's phone.


def known(website: Website, **said: Any) -> Any:
    """A lead that a program of ours handed in."""
    prepared = prepare_lead(website.database, NewLead(phone=LEE["phone"], source="crm", **said), now=MONDAY_10)
    with website.database.begin() as db:
        receive_lead(db, prepared, by=person("api key crm"), now=MONDAY_10)
    return website.leads()[0]


def test_a_strangers_form_rewrites_nothing_of_a_known_lead(website: Website) -> None:
    said = {"name": "Maria Ortiz", "city": "Austin", "state": "TX", "price": 300_000, "attributes": {"budget": "high"}}
    before = known(website, **said)
    typed = {"name": "Mallory", "city": "Honolulu", "state": "HI", "price": "1", "budget": "none", "type": "seller"}
    website.post({"phone": LEE["phone"], **typed, "consent": "on", "consent_text": "Call me at night."})
    after = website.leads()[0]
    kept = ("name", "city", "state", "price", "attributes", "email", "tags")
    assert {name: getattr(after, name) for name in kept} == {name: getattr(before, name) for name in kept}
    assert after.type == "seller", "a gap is filled"
    with website.database.read() as db:
        [exception] = list_exceptions(db, Exceptional("form_differs"), limit=9)
    assert exception.detail == (
        "Not taken over from the form: name Mallory instead of Maria Ortiz; city Honolulu instead of Austin; "
        "state HI instead of TX; price 1 instead of 300000; budget none instead of high."
    )
    assert any(exception.detail in text for kind, text in website.timeline() if kind == "received")
    assert ("consent", 'Agreed to: "Call me at night." (form/contact)') in website.timeline()


def test_a_consent_box_proves_nothing_of_a_lead_that_was_known(website: Website) -> None:
    known(website)
    website.post(LEE | {"consent": "on", "consent_text": "You may call me."})
    assert not OF_A_VISIT & website.leads()[0].attributes.keys()


@pytest.mark.parametrize("is_known", [False, True], ids=["of a new lead", "in a gap of a known lead"])
@pytest.mark.parametrize("typed", [{"state": "HI"}, {"zip": "96813"}], ids=str)
def test_an_address_from_a_form_does_not_move_the_night_of_a_phone(
    website: Website, typed: dict[str, str], is_known: bool
) -> None:
    if is_known:
        known(website)
    website.post({"phone": LEE["phone"], **typed})
    assert "America/Chicago" in night_of(website)
    known(website, state="HI", zip="96813", country="US")
    assert night_of(website) == {"Pacific/Honolulu"}, "a program of ours vouches for it"


def night_of(website: Website) -> set[str]:
    [lead] = website.leads()
    with website.database.read() as db:
        return set(zones_of(db, lead, lead.phone, MONDAY_10))


# Who may send it.


def _forged(website: Website) -> str:
    token = website.page_token()
    return token[:-1] + ("0" if token[-1] != "0" else "1")


@pytest.mark.parametrize(
    ("token", "code"),
    [
        pytest.param(lambda website: "", "token_refused", id="none"),
        pytest.param(_forged, "token_refused", id="forged"),
        pytest.param(lambda website: website.page_token("plain"), "token_refused", id="another form's"),
        pytest.param(lambda website: website.page_token("contact", "--days", "1"), "token_expired", id="expired"),
    ],
)
def test_a_form_without_a_token_of_its_own_is_refused(website: Website, token: Any, code: str) -> None:
    sealed = token(website)
    website.now += timedelta(days=1)
    answer = website.post(token=sealed, as_json=True)
    assert (answer.status_code, answer.json["error"]["code"]) == (403, code)
    assert website.leads() == []


def test_a_form_that_is_filled_in_faster_than_a_person_can_is_refused_and_may_be_sent_again(website: Website) -> None:
    token = website.visit()
    website.now += timedelta(seconds=2)
    early = website.post(token=token, as_json=True)
    assert (early.status_code, early.json["error"]["code"]) == (422, "too_fast")
    assert website.leads() == []
    website.now += timedelta(seconds=1)
    assert website.post(token=token).status_code == 200
    assert len(website.leads()) == 1


def test_a_program_that_fills_in_what_nobody_sees_is_thanked_and_ignored(website: Website) -> None:
    caught = website.post(LEE | {"homepage": "https://spam.example"})
    assert caught.data == website.post().data
    assert website.received() == 1


def test_another_website_may_neither_send_the_form_nor_fetch_a_token_nor_read_an_answer(website: Website) -> None:
    for origin in (STRANGE, "null", SITE + ".evil.net", "http://www.example.com"):
        answer = website.post(origin=origin)
        assert answer.status_code == 403
        assert "Access-Control-Allow-Origin" not in answer.headers
        assert website.ask("GET", "/forms/contact/token", Origin=origin).status_code == 403
        assert website.ask("OPTIONS", "/forms/contact", Origin=origin).status_code == 403
    assert website.ask("GET", "/forms/contact/token").status_code == 403
    assert website.ask("GET", "/forms/plain/token", Origin=SITE).status_code == 403
    assert website.leads() == []


def test_the_forms_own_website_may_read_what_it_is_answered(website: Website) -> None:
    for answer in (
        website.post(),
        website.post({"phone": "1"}),
        website.ask("GET", "/forms/contact/token", Origin=SITE),
        website.ask("OPTIONS", "/forms/contact", Origin=SITE),
        website.ask("OPTIONS", "/forms/contact/token", Origin=SITE),
    ):
        assert answer.headers["Access-Control-Allow-Origin"] == SITE
        assert (answer.headers["Vary"], answer.headers["Cache-Control"]) == ("Origin", "no-store")
        assert "Access-Control-Allow-Credentials" not in answer.headers
    preflight = website.ask("OPTIONS", "/forms/contact", Origin=SITE)
    assert (preflight.status_code, preflight.headers["Access-Control-Allow-Methods"]) == (204, "POST")


def test_without_a_secret_there_is_no_form(website: Website) -> None:
    token = website.page_token()
    website.set_forms(secret=FormsSettings().secret)
    assert website.post(token=token).status_code == 404
    assert website.ask("GET", "/forms/contact/token", Origin=SITE).status_code == 404
    assert website.ask("OPTIONS", "/forms/contact", Origin=SITE).status_code == 404


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"secret": "short"}, "is too short to be a secret"),
        ({"sites": [{"key": "Contact"}]}, "should match pattern"),
        ({"sites": [{"key": "contact", "origins": ["https://www.example.com/"]}]}, "is not a website's origin"),
        ({"sites": [{"key": "contact", "thanks": "javascript:alert(1)"}]}, "is not a web page"),
        ({"trusted_proxies": ["10.0.0.0/99"]}, "is not an address or a network"),
    ],
)
def test_settings_that_cannot_be_meant_are_refused(wrong: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        FormsSettings.model_validate(wrong)


def test_an_origin_is_written_as_a_browser_sends_it() -> None:
    site = {"key": "contact", "origins": ["HTTPS://WWW.example.com:443", "http://localhost:8080"]}
    forms = FormsSettings.model_validate({"sites": [site]})
    assert forms.site("contact").origins == ("https://www.example.com", "http://localhost:8080")
    assert forms.site("other").origins == ()


def test_a_token_is_not_made_without_a_secret_or_for_no_form(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SAMI_FORMS__SECRET", raising=False)
    refused = CliRunner().invoke(commands, ["form-token", "contact"])
    assert "forms.secret is empty" in str(refused.exception)
    assert CliRunner().invoke(commands, ["form-token", "No Form"]).exit_code == 2
    assert CliRunner().invoke(commands, ["form-token", "contact", "--days", "0"]).exit_code == 2


def test_one_visitor_may_not_send_without_end(website: Website) -> None:
    for _ in range(10):
        assert website.post().status_code == 200
    refused = website.post(as_json=True)
    assert (refused.status_code, refused.json["error"]["code"]) == (429, "too_many_requests")
    assert refused.headers["Retry-After"] == "600"
    assert website.post(address="203.0.113.8").status_code == 200
    assert website.received() == 11
    website.now += timedelta(minutes=10)
    assert website.post().status_code == 200


def test_everybody_together_may_not_send_one_form_without_end(website: Website) -> None:
    posts = [website.post(address=f"203.0.113.{number}") for number in range(61)]
    assert [post.status_code for post in posts].count(429) == 1
    assert website.post(form="plain", origin=None).status_code == 303
    website.now += timedelta(minutes=1)
    assert website.post().status_code == 200


TRUSTED = ("127.0.0.1/32", "10.0.0.0/8")


@pytest.mark.parametrize(
    ("remote", "forwarded", "visitor"),
    [
        pytest.param("203.0.113.7", "198.51.100.1", "203.0.113.7", id="nobody believes a stranger"),
        pytest.param("127.0.0.1", "198.51.100.1", "198.51.100.1", id="our proxy is believed"),
        pytest.param("127.0.0.1", "192.0.2.1, 198.51.100.1", "198.51.100.1", id="what the visitor says is not"),
        pytest.param("127.0.0.1", "192.0.2.1, 198.51.100.1, 10.2.3.4", "198.51.100.1", id="nor behind two of ours"),
        pytest.param("127.0.0.1", "", "127.0.0.1", id="this machine"),
        pytest.param("127.0.0.1", "nonsense", "unknown", id="nonsense"),
        pytest.param(None, "", "unknown", id="nothing"),
        pytest.param("2001:db8:1:2:3:4:5:6", "", "2001:db8:1:2::/64", id="a household of IPv6"),
    ],
)
def test_whose_address_is_counted(remote: str | None, forwarded: str, visitor: str) -> None:
    assert one_household(visitor_address(remote, forwarded, TRUSTED)) == visitor


# What can go wrong.


def test_s08_nothing_that_was_typed_is_ever_answered(website: Website) -> None:
    hostile = dict.fromkeys(("name", "phone", "email", "message", "consent_text", "price", TYPED), TYPED)
    token = website.page_token()
    for answer in (
        website.post(hostile),
        website.post(hostile, as_json=True),
        website.post(LEE | hostile | {"phone": LEE["phone"], "email": "", "price": ""}),
        website.post(hostile, token=TYPED),
        website.post(hostile, token=token, origin=TYPED),
        website.post(hostile, submission_id=TYPED * 20),
        website.post(hostile, form=TYPED, token=token),
        website.ask("GET", f"/forms/{TYPED}/token", Origin=TYPED),
        website.ask("GET", "/forms/contact/token", Origin=TYPED),
    ):
        assert "alert" not in answer.text
        assert "alert" not in str(answer.headers)
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"{", "application/json", 400),
        (b"[" * 60_000, "application/json", 400),
        (b"[]", "application/json", 400),
        (b'{"name": {"first": "Lee"}}', "application/json", 400),
        (b'{"name": "\xff"}', "application/json", 400),
        (b"name=Lee", "text/plain", 415),
        (b"name=Lee", "", 415),
        (b"x" * (BODY_MAX_BYTES + 1), "application/json", 413),
        (b"name=" + b"x" * (BODY_MAX_BYTES + 1), "application/x-www-form-urlencoded", 413),
        (b"name=%ff%00&phone=%00", "application/x-www-form-urlencoded", 403),
        (b"garbage", "multipart/form-data; boundary=x", 403),
    ],
)
def test_a_body_that_cannot_be_read_is_refused(website: Website, body: bytes, kind: str, status: int) -> None:
    answer = website._client.post("/forms/contact", data=body, content_type=kind)
    assert answer.status_code == status
    assert website.leads() == []


def test_what_no_database_can_keep_is_refused(website: Website) -> None:
    for name in ("\0", "\ud800", "\x1b[2J"):
        answer = website._client.post(
            "/forms/contact",
            data=json.dumps(LEE | {"token": website.page_token(), "name": name}),
            content_type="application/json",
        )
        assert answer.status_code == 422, repr(name)
    assert website.leads() == []


def test_a_form_of_files_and_parts_is_read_too(website: Website) -> None:
    sent = {"token": website.page_token(), **LEE}
    answer = website._client.post("/forms/contact", data=sent, content_type="multipart/form-data")
    assert answer.status_code == 200
    assert len(website.leads()) == 1


@pytest.mark.parametrize("as_json", [False, True], ids=["page", "json"])
def test_without_a_database_the_visitor_is_told_that_nothing_was_stored(website: Website, as_json: bool) -> None:
    here = website.app.extensions["sami"]
    website.app.extensions["sami"] = replace(here, database=Database("postgresql://nobody@127.0.0.1:1/none"))
    answer = website.post(as_json=as_json, submission_id="s-1")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "30")
    assert "We could not store what you wrote, and kept none of it." in answer.text
    assert "Lee" not in answer.text
    website.app.extensions["sami"] = here
    assert website.post(as_json=as_json, submission_id="s-1").status_code == 200
    assert (len(website.leads()), website.received()) == (1, 1)


def test_s20_a_fault_of_ours_says_nothing(website: Website) -> None:
    here = website.app.extensions["sami"]
    website.app.extensions["sami"] = replace(here, database=None)
    answer = website.post()
    assert answer.status_code == 500
    assert "Something went wrong on our side, and what you wrote was not stored." in answer.text
    assert "NoneType" not in answer.text


def test_r20_a_form_takes_no_thread_that_calls_need(website: Website) -> None:
    gate = website.app.extensions["sami_api_gate"]
    with gate.place(), gate.place():
        answer = website.post()
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")
    assert website.post().status_code == 200


def test_s13_every_route_of_forms_asks_for_a_form_that_there_is(website: Website) -> None:
    """Enumerated from the URL map, so that a new route cannot forget."""
    website.set_forms(secret=FormsSettings().secret)
    rules = [rule for rule in website.app.url_map.iter_rules() if rule.rule.startswith("/forms")]
    assert len(rules) >= 4
    for rule in rules:
        for method in (rule.methods or set()) - {"HEAD"}:
            assert website.ask(method, rule.rule.replace("<form>", "contact"), Origin=SITE).status_code == 404
