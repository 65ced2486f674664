"""The network's requests are Twilio's own as far as Twilio's library can tell."""

from twilio.request_validator import RequestValidator  # noqa: TID251 - the judge of our own signature.
from werkzeug.datastructures import MultiDict

from tests.webhooks.simulator.program import CALLER, LINE, TOKEN, Program
from webhooks.simulator.client import Answer
from webhooks.simulator.network import Network
from webhooks.simulator.signing import Form, sign


def test_twilios_library_accepts_the_signature() -> None:
    url = "https://sami.test/voice?b=2&a=%2B1%20x"
    form = [("To", "+1"), ("Body", "ø & ="), ("Empty", ""), ("Twice", "2"), ("Twice", "1"), ("Twice", "1")]
    validator = RequestValidator(TOKEN)
    assert validator.validate(url, MultiDict(form), sign(TOKEN, url, form))
    assert not validator.validate(url, MultiDict(form), sign("another token", url, form))


def test_every_request_of_a_call_is_signed(network: Network, program: Program) -> None:
    seen: list[bool] = []

    def judge(url: str, form: Form, headers: dict[str, str]) -> Answer:
        seen.append(RequestValidator(TOKEN).validate(url, dict(form), headers["X-Twilio-Signature"]))
        return program(url, form, headers)

    program.pages["/voice"] = "<Say>Hello</Say>"
    network.posting.post = judge
    network.call(CALLER, LINE)
    network.run()
    assert seen == [True, True]
