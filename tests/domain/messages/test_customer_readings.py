"""A request to stop is understood in whatever words it comes; everything else is only suggested to a person."""

import re
from datetime import UTC, datetime
from itertools import product

import pytest

from sami.domain.consent.slips import is_slip
from sami.domain.consent.stop_phrases import asks_to_stop
from sami.domain.language.hours import to_local
from sami.domain.messages.customer_readings import Asks, read_reply
from sami.domain.messages.staff_keywords import BODY_LENGTH_MAX
from sami.domain.messages.wording import staff

CHICAGO = "America/Chicago"
FRIDAY_NOON = datetime(2026, 11, 20, 18, 0, tzinfo=UTC)

STOPS = """
please remove me from your list
Please remove me.
Remove me from this list!!
remove my number
Remove my number from your database please
Delete my number
please delete my contact info
Lose my number
take me off your list
Take me off this calling list now
take my name off your list
take me off
Get me off your list
Do not text me
don't text me
dont text me anymore
Don't text me again.
Do not contact me again
don't ever contact me again
do not call or text me
Don't call me ever again
never text me again
Please don't message me anymore, thanks
do not call this number
Don't text me about this house
stop texting me
Stop calling me
STOP TEXTING
quit texting me
Quit calling this number
stop contacting me please
Please stop messaging me
stop bothering me
Stop harassing me
stop spamming me
stop sending me these
Stop sending me texts
stop sending messages
stop all messages
stop the texts
please stop
Stop please
stop it
Stop this now
Please stop now
STOP STOP STOP
Stop. I'm not interested.
Who is this? Stop.
I said stop
unsubscribe me
Please unsubscribe
I want to unsubscribe
How do I unsubscribe from this?
opt out
I want to opt out
Opt me out please
I'd like to opt out of these texts
leave me alone
Leave us alone please!
please leave me alone already
no more texts
No more messages please
no more calls
I don't want your texts
I don't want any more messages
I do not want to receive any more calls
I don't want to be contacted
I don't wish to hear from you
i no longer wish to receive these
I no longer want to be contacted
I revoke my consent
I withdraw my permission
You do not have my consent to text me
put me on your do not call list
I am on the do not call list
cease and desist
Cease all contact
go away
Get lost
fuck off
Wrong number, please remove
not interested, stop texting
No thanks, take me off your list
pls stop txting me
plz dont txt me
STOP CALLING ME IM NOT SELLING
dont send me any more texts
Do not call me about my property
dont call me I'm not selling
can you stop calling me
could you please stop texting this number
Never contact me again!
Remove from list
stop sending these messages to me
I don't want to be texted
no more texting
Enough with the texts
Please do not contact me any further
DO NOT CALL
No me llames mas
No más mensajes
Déjame en paz
Please stop sending text reminders
stop sending reminders
stop texting my wife
Take my mom off your list
Not interested stop
stop i moved
end texts
cancel texts
Please stopppp
Stopp
UNSUB
stop sub
Stop 2 end
DNC
ALTO
PARAR
stop the marketing texts
cancel my subscription
end all messages
stop your robocalls
please quit sending spam
stop contacting him
Remove my dad from your list
no thanks stop
wrong number stop
stop, I moved
Stop sold already
STOP to end
dejen de llamarme
no más
basta
darme de baja por favor
cease all texts
end these notifications
cancel all calls
halt the emails
Stop!!!!!
stooop
dont contact me
""".strip().splitlines()

NOT_STOPS = """
no thanks
No thank you
not interested
I'm not interested in selling
stop by at 5
Can you stop by tomorrow?
Stop in any time
I'll stop by the office
we could stop for coffee
Is it near a bus stop?
The bus stop is on Main
non-stop flights
don't stop
Please don't stop texting me
Why did you stop texting me?
Why don't you call me?
I never text
I don't text
Don't contact my wife, contact me
don't call my husband
is this on the do not call list?
my number is off
Take it off the market
quit stalling, send the contract
I don't want any more rooms
you never text me back
Did you stop calling?
when did they stop selling there
I can't stop thinking about the house
I won't stop looking
don't forget to text me
Don't hesitate to call me
Don't call me before 9
please don't call me after 8pm
Don't text me while I'm driving
don't call until Friday
Do not contact me until next week
don't text me at work
Don't call me right now
don't call me today, tomorrow is better
don't call me, I'll call you
No need to call me
Leave me a message
leave me a voicemail
can you leave us the keys
take me off the deed
Can we take my name off the title?
remove the old fence
Will they remove the carpet?
please remove the listing for Oak St
I want to remove my ex from the loan
cancel my appointment
Can I cancel the tour on Monday?
at the end of the month
The end
I quit my job
quit claim deed
we quit smoking
no more questions
No more than 300k
there are no more houses like this
I don't want a condo
I don't want to sell yet
I don't want to miss it
I don't want to be a bother
text me
call me
Call me later
stop
opt in
can I opt out of the HOA
opt for the bigger one
I want to be contacted
please contact me
yes please
ok
Hello
Is it still available?
who is this
wrong number
You have the wrong person
How do I stop the foreclosure?
stop loss
What would stop us from closing?
unless you stop by
I never unsubscribed
my number is 512 555 0142
delete the second photo
get me out to see it
let me know
Leave it alone
He left me alone with the kids
she is on the list
add me to your list
put me on your list
end of story
Do not disturb the tenants
Do not park there
dont worry about it
no problem
I revoke my offer
my husband said stop worrying
can you stop by at 5?
Shop
step
spot
top
cancer
cancel the showing
end of the month
I need to end my lease
The call ended
end the lease in May
stop the foreclosure
stop payment
Stop the presses
stop sign on the corner
cancel our call at 3
cancel the call tomorrow
when does the promotion end
stop calling my husband, call me
stop texting my old phone until Friday
text me when you stop
stoop
stow
should I stop at the office
bus stop
nonstop
I will stop texting while driving
stop sending me listings in Dallas
Do you stop calls after 5
cancel that, Tuesday works
the deal ended
he took my mom off the deed
take my mom off the title
take her off the mortgage
alto building?
La puerta es alta
para que
I canceled texts with them already yesterday
stop and call me
end unit
weekend calls are fine
I end work at 5
no more stops
my subscription
send reminders
texts are fine
call my wife
please text my wife
is the promo over
keep sending text reminders
we could end up calling
Stop by
sop
atop
""".strip().splitlines()
NOT_STOPS.remove("stop")  # The carrier's own word, read before any phrase.


@pytest.mark.parametrize("body", STOPS)
def test_r12_a_request_to_stop_is_one_in_whatever_words(body: str) -> None:
    assert asks_to_stop(body)
    assert asks_to_stop(f"  {body.upper()}!! ")
    assert asks_to_stop(body.replace("'", "’"))
    reading = read_reply(body, CHICAGO, FRIDAY_NOON)
    assert reading is not None
    assert reading.asks is Asks.OPT_OUT


SLIPS = ("Stpo", "STPO", "sto", "stpp", "Sotp", "srop", "unsubscibe", "Unsubcribe", "unsubscribbe", "cancle", "CANCEK")
OTHER_WORDS = (
    "shop",
    "Step",
    "spot",
    "TOP",
    "sop",
    "stops",
    "stoop",
    "atop",
    "stow",
    "cancer",
    "cancels",
    "unsubscribed",
)


@pytest.mark.parametrize("body", SLIPS)
def test_r12_one_slip_in_a_text_that_is_nothing_but_the_word_is_the_word(body: str) -> None:
    assert asks_to_stop(body)
    assert asks_to_stop(f" {body}! ")
    assert not asks_to_stop(f"Is the {body} near the house"), "in a sentence it may be anything"


@pytest.mark.parametrize("body", OTHER_WORDS)
def test_a_word_of_its_own_is_no_slip(body: str) -> None:
    assert not asks_to_stop(body)


def test_no_word_of_ours_is_a_slip_of_the_carriers() -> None:
    assert not [word for word in re.findall("[a-z]+", staff.words().lower()) if is_slip(word)]


@pytest.mark.parametrize("body", NOT_STOPS)
def test_what_only_looks_like_a_request_to_stop_is_none(body: str) -> None:
    assert not asks_to_stop(body)
    assert not asks_to_stop(f"Hi, {body.lower()}.")


def test_the_table_is_long_enough() -> None:
    assert min(len(STOPS), len(NOT_STOPS)) >= 60


def test_a_request_to_stop_is_found_beside_anything_harmless() -> None:
    for stop, harmless in product(STOPS[::9], NOT_STOPS[::9]):
        assert asks_to_stop(f"{harmless}. {stop}."), (harmless, stop)
        assert asks_to_stop(f"{stop}! {harmless}"), (stop, harmless)


@pytest.mark.parametrize(
    ("body", "asks"),
    [
        ("don't text me, call me", Asks.NO_TEXTS),
        ("Please stop texting me. Just call me.", Asks.NO_TEXTS),
        ("don't call me, text me", Asks.NO_CALLS),
        ("Stop calling me. Text only please", Asks.NO_CALLS),
        ("Please text don't call", Asks.NO_CALLS),
        ("call me, don't text", Asks.NO_TEXTS),
        ("call don't text please", Asks.NO_TEXTS),
        ("don't call me, email me instead", Asks.OPT_OUT),
        ("don't call or text me, email me", Asks.OPT_OUT),
    ],
)
def test_whoever_prefers_a_channel_shuts_the_other(body: str, asks: Asks) -> None:
    reading = read_reply(body, CHICAGO, FRIDAY_NOON)
    assert reading is not None
    assert reading.asks is asks


@pytest.mark.parametrize(
    "body",
    [
        *(
            "call me",
            "Call me now",
            "CALL ME NOW!!",
            "please call",
            "Please call me",
            "can you call me",
            "pls call me back",
        ),
        *(
            "Can you call me now?",
            "could you please call me right away",
            "give me a call",
            "Hi, call me asap",
            "ring me",
        ),
        *("Yes, please call me", "call now", "Can someone call me", "Call me when you get a chance", "call me today"),
        *("I'd like a call", "have someone call me please", "Hello. Please give me a call back. Thanks, Maria"),
    ],
)
def test_who_asks_for_a_call_wants_it_now(body: str) -> None:
    reading = read_reply(body, CHICAGO, FRIDAY_NOON)
    assert reading is not None
    assert (reading.asks, reading.at) == (Asks.CALL_ME, None)


@pytest.mark.parametrize(
    ("body", "local"),
    [
        ("call me tomorrow at 3", "2026-11-21 15:00"),
        ("Call me after 5pm", "2026-11-20 17:00"),
        ("after 5pm", "2026-11-20 17:00"),
        ("can you call me in 20 min?", "2026-11-20 12:20"),
        ("Next week", "2026-11-23 10:00"),
        ("tomorrow works", "2026-11-21 10:00"),
        ("I'm free Monday after 2", "2026-11-23 14:00"),
        ("Busy now, try me tomorrow morning", "2026-11-21 10:00"),
        ("not interested right now, check back in 6 months", "2027-05-20 10:00"),
        ("don't call me until Friday", "2026-11-27 10:00"),
        ("Text me Tue 9am", "2026-11-24 09:00"),
        ("call me later", None),
        ("later", None),
        ("Not now", None),
        ("call me in the morning", None),
        ("not at this time", None),
        ("not a good time", None),
        ("I'm driving", None),
        ("I'm in a meeting, can't talk right now", None),
        ("get back to me next year", None),
    ],
)
def test_who_wants_to_hear_from_us_later_says_when(body: str, local: str | None) -> None:
    reading = read_reply(body, CHICAGO, FRIDAY_NOON)
    assert reading is not None
    assert reading.asks is Asks.LATER
    assert (None if reading.at is None else f"{to_local(reading.at, CHICAGO):%Y-%m-%d %H:%M}") == local


@pytest.mark.parametrize(
    ("asks", "body"),
    [
        *((Asks.WRONG_NUMBER, body) for body in ("wrong number", "You have the wrong person", "Sorry, wrong number")),
        *((Asks.WRONG_NUMBER, body) for body in ("not the right number", "This isn't Maria's phone")),
        *((Asks.WRONG_NUMBER, body) for body in ("This is no longer her number", "No Maria here")),
        *((Asks.NOT_INTERESTED, body) for body in ("no thanks", "No thank you!", "not interested", "No", "pass")),
        *((Asks.NOT_INTERESTED, body) for body in ("I'm no longer interested", "we already sold", "Not selling")),
        *(
            (Asks.NOT_INTERESTED, body)
            for body in (
                "I changed my mind",
                "not looking to sell right now",
                "already have an agent",
                "no longer looking",
            )
        ),
    ],
)
def test_wrong_numbers_and_refusals_are_suggested(asks: Asks, body: str) -> None:
    reading = read_reply(body, CHICAGO, FRIDAY_NOON)
    assert reading is not None
    assert reading.asks is asks


@pytest.mark.parametrize(
    "body",
    [
        *("", " ", "?!", "Hello", "Is it still available?", "How much?", "yes", "Thanks!", "5", "300", "👍", "漢字"),
        *("stop by at 5", "Can I see it tomorrow at 3?", "The open house is Saturday at 2", "I called you yesterday"),
        *(
            "Why did you call me?",
            "you called me",
            "Call me Maria",
            "who called me",
            "they call me Al",
            "I'll call you",
        ),
        *(
            "call me at 512-555-0199",
            "Did I get the wrong number?",
            "Is this the wrong number?",
            "Are you not interested?",
        ),
        *("I'm interested", "we have 3 bedrooms", "at 1500 Main St", "I may sell", "the price is 450k"),
    ],
)
def test_what_no_rule_knows_is_left_to_a_person(body: str) -> None:
    assert read_reply(body, CHICAGO, FRIDAY_NOON) is None


def test_no_text_takes_long_to_read() -> None:
    """S18: the longest text of the worst words, in well under a tenth of a second."""
    import timeit

    for word in (
        "stop ",
        "please ",
        "call ",
        "don't ",
        "tomorrow at ",
        "a",
        "no more ",
        "stop the your all ",
        "text or ",
    ):
        body = (word * BODY_LENGTH_MAX)[:BODY_LENGTH_MAX]
        assert timeit.timeit(lambda body=body: read_reply(body, CHICAGO, FRIDAY_NOON), number=1) < 0.5
