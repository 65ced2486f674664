"""Is the account the right one, does its clock show our time, and are its numbers registered?"""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta

from sami.carriers.twilio import Carrier, CarrierError
from sami.carriers.twilio_account import (
    Account,
    TextStanding,
    list_numbers,
    read_account,
    read_text_standing,
    signed_numbers,
)
from sami.doctor.check import Check, advice, fine, wrong
from sami.doctor.lines import check_standings
from sami.domain.delivery.answers import Refused, Unreached, why_not
from sami.domain.delivery.carrier_codes import AUTHENTICATION
from sami.domain.language.phone import E164, country_of, line_type_of
from sami.domain.organisation.line_addresses import TEXTS
from sami.lines.comparing import compare_lines
from sami.settings.loading import Settings
from sami.store.facts import Directory

NAME, REGISTRATION, SIGNED_CALLS = "twilio", "registration", "signed_calls"
CLOCKS_DIFFER_MAX = timedelta(minutes=1)
_CONSOLE = "Copy both from the first page of Twilio's console; `sami setup` tries them."


def check_account(
    settings: Settings, carrier: Carrier, directory: Directory, connected: frozenset[str], now: datetime
) -> Iterator[Check]:
    """Nothing more is asked of Twilio once it has not answered: each question waits for its timeout."""
    problem = _settings_problem(settings)
    if problem is not None:
        yield problem
        return
    try:
        account = read_account(carrier)
        yield from _tell_account(account, now)
        numbers = list_numbers(carrier)
        standings = compare_lines(directory.file.lines, numbers, dict.fromkeys(connected), settings.server.public_url)
        yield from check_standings(standings)
        lines = [E164(line.phone) for line in directory.file.lines]
        sids = {number.phone: number.sid for number in numbers}
        ours = [sids[line] for line in lines if line in sids]
        to_us = settings.server.public_url + TEXTS
        texts, calls = "The registration of texts", "Who signs our calls"
        yield from _unless_unreadable(REGISTRATION, texts, lambda: _check_texts(carrier, lines, to_us))
        yield from _unless_unreadable(SIGNED_CALLS, calls, lambda: _check_signed_calls(carrier, ours))
    except CarrierError as error:
        yield _tell_refusal(settings, error)


def _unless_unreadable(name: str, what: str, look: Callable[[], Iterable[Check]]) -> Iterator[Check]:
    """An account may be forbidden to read its registrations, or have none of that kind: calls go on all the same."""
    try:
        yield from list(look())
    except CarrierError as error:
        sentence = f"{what} could not be read: {why_not(error.answer)}."
        yield advice(name, sentence, "Look in Twilio's console (Trust Hub, Messaging).")


def _settings_problem(settings: Settings) -> Check | None:
    twilio = settings.twilio
    if not twilio.auth_tokens or not twilio.account_sid:
        missing = "twilio.account_sid" if twilio.auth_tokens else "twilio.auth_tokens"
        return wrong(NAME, f"{missing} is empty: legs, texts and calls cannot be created.", _CONSOLE)
    if not twilio.account_sid.startswith("AC"):
        kind = twilio.account_sid[:2]
        sentence = f"twilio.account_sid begins with {kind}, which names no account: an account's begins with AC."
        return wrong(NAME, sentence, _CONSOLE)
    return None


def _tell_account(account: Account, now: datetime) -> Iterator[Check]:
    if account.status != "active":
        yield wrong(NAME, f"The Twilio account is {account.status}: it makes no calls.", "Ask Twilio's support why.")
    elif account.is_trial:
        sentence = "The Twilio account is a trial: it calls and texts verified phones alone, and says so to each."
        yield advice(NAME, sentence, "Upgrade it in Twilio's console before the first lead calls.")
    else:
        yield fine(NAME, f"Twilio knows the account ({account.name}) and takes our token.")
    if account.their_time is None:
        return
    apart = now - account.their_time
    if abs(apart) <= CLOCKS_DIFFER_MAX:
        yield fine("clock", "Our clock shows the same time as Twilio's.")
    else:
        side, minutes = "ahead of" if apart > timedelta() else "behind", round(abs(apart).total_seconds() / 60)
        sentence = f"Our clock is {minutes} minutes {side} Twilio's: offs, hours and texts go by ours."
        yield wrong("clock", sentence, "Let the machine keep time by NTP: `timedatectl set-ntp true`.")


def _check_texts(carrier: Carrier, lines: list[E164], wanted: str) -> Iterator[Check]:
    if not lines:
        return
    standing = read_text_standing(carrier)
    for line in lines:
        address = standing.diverted.get(line, wanted)
        if address != wanted:
            sentence = f"Texts to {line} go to {address or 'nobody'}: its messaging service ignores the line's address."
            remedy = (
                "Let the service defer to the sender's webhook, in Twilio's console (Messaging, Services, Integration)."
            )
            yield wrong("texts", sentence, remedy)
    yield from _check_registration(standing, lines)


def _check_registration(standing: TextStanding, lines: list[E164]) -> Iterator[Check]:
    """Only numbers of the United States that are not toll-free need a campaign to text there."""
    texting = [line for line in lines if country_of(line) == "US" and line_type_of(line) != "toll-free"]
    if not texting:
        return
    remedy = (
        "Register a brand and a campaign in Twilio's console (Messaging, Regulatory Compliance), and add each line."
    )
    left = [line for line in texting if line not in standing.phones]
    if not standing.is_registered:
        brand = f"the brand is {standing.brands[0]}" if standing.brands else "there is no brand"
        sentence = f"Texts are not registered with US carriers (A2P 10DLC; {brand}): most will not arrive (30034)."
        yield advice(REGISTRATION, sentence, remedy)
    elif left:
        sentence = (
            f"{', '.join(left)} stand in no service with a registered campaign: texts from there will not arrive."
        )
        yield advice(REGISTRATION, sentence, remedy)
    else:
        yield fine(REGISTRATION, "Texts of our lines are registered with US carriers.")


def _check_signed_calls(carrier: Carrier, number_sids: list[str]) -> Iterator[Check]:
    if not number_sids:
        return
    unsigned = set(number_sids) - signed_numbers(carrier)
    if unsigned:
        sentence = (
            f"{len(unsigned)} of our lines are in no approved SHAKEN/STIR trust product: their calls show as unsure."
        )
        yield advice(SIGNED_CALLS, sentence, "Apply for one in Twilio's console (Trust Hub), and add each line.")
    else:
        yield fine(SIGNED_CALLS, "Calls of our lines are signed in full (SHAKEN/STIR).")


def _tell_refusal(settings: Settings, error: CarrierError) -> Check:
    match error.answer:
        case Refused(code=code, status=status) if code == AUTHENTICATION or status == 401:
            return wrong(NAME, f"Twilio refuses the account SID with our auth token ({code}).", _CONSOLE)
        case Unreached(detail):
            remedy = "Let this machine reach it (DNS, firewall), or correct twilio.api_url."
            return wrong(NAME, f"{settings.twilio.api_url} was not reached: {detail}.", remedy)
        case answer:
            return wrong(
                NAME,
                f"Twilio did not answer as it should: {why_not(answer)}.",
                "See status.twilio.com, then ask again.",
            )
