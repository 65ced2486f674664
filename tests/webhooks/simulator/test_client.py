"""The demo speaks real HTTP to the program."""

import pytest
import requests
import responses

from webhooks.simulator.client import Answer, ConnectionFailed, TooSlow, post_over_http

URL = "https://sami.test/voice"


@responses.activate
def test_the_form_and_the_signature_arrive() -> None:
    sent = responses.post(
        URL,
        body="<Response/>",
        content_type="text/xml",
        match=[
            responses.matchers.urlencoded_params_matcher({"From": "+15125550199", "City": ""}, allow_blank=True),
            responses.matchers.header_matcher({"X-Twilio-Signature": "signed"}),
        ],
    )
    answer = post_over_http(URL, [("From", "+15125550199"), ("City", "")], {"X-Twilio-Signature": "signed"})
    assert answer == Answer(200, "text/xml", b"<Response/>")
    assert sent.call_count == 1


@pytest.mark.parametrize(
    ("failure", "raised"),
    [
        (requests.ConnectionError(), ConnectionFailed),
        (requests.ConnectTimeout(), ConnectionFailed),
        (requests.ReadTimeout(), TooSlow),
    ],
)
@responses.activate
def test_a_failed_connection_is_told_from_a_slow_answer(failure: Exception, raised: type[Exception]) -> None:
    responses.post(URL, body=failure)
    with pytest.raises(raised):
        post_over_http(URL, [], {})
