"""What does a customer's text ask for? Plain rules: a table of phrases, each looked for in one sentence of the text.

A request to stop is obeyed at once (`sami.domain.consent.stop_phrases`); everything else is a suggestion for a person.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sami.domain.consent.permission import Channel
from sami.domain.consent.stop_phrases import shut_channels
from sami.domain.language.plain_words import holds, sentences_of, table
from sami.domain.language.when import find_when, read_when
from sami.domain.messages.quotations import own_words, unquoted


class Asks(StrEnum):
    """What the text asks for. `NO_TEXTS` and `NO_CALLS` shut one channel and ask for the other."""

    OPT_OUT = "opt_out"
    NO_TEXTS = "no_texts"
    NO_CALLS = "no_calls"
    CALL_ME = "call_me"
    WRONG_NUMBER = "wrong_number"
    LATER = "later"
    NOT_INTERESTED = "not_interested"


@dataclass(frozen=True, slots=True)
class Reading:
    """`at`: when they want to hear from us, where they said so."""

    asks: Asks
    at: datetime | None = None


def read_reply(body: str, zone: str, now: datetime) -> Reading | None:
    """What the text asks for, the strongest first; None where no rule knows. `zone` is where the lead lives."""
    body = own_words(body)
    shut = shut_channels(sentences_of(body))
    if shut:
        return Reading(_SHUTS.get(shut, Asks.OPT_OUT))
    body = unquoted(body)
    sentences = sentences_of(body)
    if any(holds(_WRONG, sentence) for sentence in sentences):
        return Reading(Asks.WRONG_NUMBER)
    at = _later(body, sentences, zone, now)
    if any(_CALL_ME.fullmatch(sentence) for sentence in sentences) and at is None:
        return Reading(Asks.CALL_ME)
    if at is not None or any(holds(_LATER, sentence) for sentence in sentences):
        return Reading(Asks.LATER, at)
    return Reading(Asks.NOT_INTERESTED) if any(holds(_NOT_INTERESTED, each) for each in sentences) else None


_SHUTS = {frozenset({Channel.TEXT}): Asks.NO_TEXTS, frozenset({Channel.CALL}): Asks.NO_CALLS}

# --- Call me.

_POLITE = (
    r"(?:hi|hello|hey|hola|yes|yeah|yep|yup|ok|okay|sure|great|please|just|so|and|can|could|would|will|you|someone"
    r"|somebody|anyone|maria|there|kindly|need you to|want you to|like you to|i|id|im ready|actually|thanks|team)"
)
_NOW = (
    r"(?:now|asap|please|back|right now|right away|immediately|today|at once|this minute|at this number|on this number"
    r"|thanks|thank you|when you can|when youre free|when you have (?:time|a (?:minute|second|moment|sec|chance))"
    r"|as soon as (?:possible"
    r"|you can)|at my number|at your earliest convenience|if you can|a s a p|real quick|quick|about (?:this|it|that|the"
    r" \w+)|to (?:discuss|talk)(?: this| it)?|when you get (?:a chance|this|the chance))"
)
_CALL_ME = re.compile(
    rf"(?:{_POLITE} )*(?:call|ring|phone)(?: me| us| my phone)(?: {_NOW})*"
    rf"|(?:{_POLITE} )*(?:give me|give us) a (?:call|ring|buzz)(?: {_NOW})*"
    rf"|(?:{_POLITE} )*please call(?: {_NOW})*|call(?: {_NOW})*|callme(?: {_NOW})*"
    rf"|(?:{_POLITE} )*(?:want|like|need)(?: to get| to have)? a call(?: {_NOW})*"
    rf"|(?:{_POLITE} )*(?:have|get) (?:someone|somebody|an agent|a person|your agent) (?:to )?call me(?: {_NOW})*"
)


# --- Later.

_LATER = table(
    r"\b(?:call|text|contact|message|try|reach|ring|get back to|check (?:in|back)(?: with)?|follow up(?: with)?|talk"
    r"(?: to)?|hit)(?: me| us| you)?(?: back| up| again)?(?: with (?:me|us))? (?:later|another time"
    r"|some other time|next"
    r" (?:spring|summer|fall|autumn|winter|year)|in the (?:spring|summer|fall|new year)"
    r"|after the (?:holidays?|new year))",
    r"^(?:maybe |please |perhaps |not now )*later(?: please| today| on| maybe)*$",
    r"\b(?:call|text|contact|try|reach) (?:me|us) in the (?:morning|afternoon|evening)\b|\bnot (?:today|at this time)$",
    r"\b(?:not (?:right )?now|not (?:a )?good time|bad time|not the (?:best|right) time|not yet|not ready yet)\b",
    r"\b(?:im|i am|we are|were|am) (?:busy|driving|at work|in (?:a |the )?(?:meeting|class|court|hospital)|on vacation"
    r"|out of (?:town|the country)|traveling|on (?:a|another) call|with (?:a )?(?:client|customer|patient)s?)\b",
    r"\bcant (?:talk|text|speak|chat)(?: right)?(?: now| at the moment)?$",
    r"\bcan(?: we| i)? (?:talk|speak|do this) (?:later|another time)\b",
)
_WANTS_CONTACT = re.compile(
    r"\b(?:call|text|contact|message|try|reach|ring|phone|get back|check (?:in|back)|follow up|talk|speak"
    r"|chat|touch base"
    r"|available|free|busy|later|after|until|till|unavailable|off work|get off|best time|better time|works|better|back"
    r" (?:on|in|by))\b"
)
_OTHER_BUSINESS = re.compile(
    r"\b(?:tour|showing|see (?:it|the|this|that)|visit|come by|stop by|open house|appointment|closing|inspection|moving"
    r"|move in|arrive|party|ill (?:call|text)|i will (?:call|text)|i called|you called|called me|i (?:can"
    r"|will) be there)\b"
)


def _later(body: str, sentences: tuple[str, ...], zone: str, now: datetime) -> datetime | None:
    """When they want to hear from us: the text is a time and nothing else, or names one with a word for contact."""
    whole = read_when(body, zone, now)
    if whole is not None and not body.strip().isdecimal():
        return whole
    said = " ".join(sentences)
    if not _WANTS_CONTACT.search(said) or _OTHER_BUSINESS.search(said):
        return None
    return find_when(_SOON.sub(" ", body), zone, now)


_SOON = re.compile(r"\b(?:today|now)\b", re.IGNORECASE)


# --- Somebody else's phone; no.

_WRONG = table(
    r"(?<!this the )(?<!i have the )(?<!get the )(?<!it the )\bwrong (?:number|person|phone|guy|lady|contact)\b",
    r"\b(?:not|isnt|aint) (?:the )?(?:right|correct) (?:number|person)\b",
    r"\b(?:this (?:is not|isnt|aint)|im not|i am not|you have not reached|not) (?!the owner|in|at|a|an|my"
    r"|your|the|on|our)"
    r"\w+s (?:number|phone|cell)\b",
    r"\b(?:no longer|not|isnt) (?:her|his|their) (?:number|phone|cell)\b",
    r"\b(?:nobody|no one|noone) (?:here )?(?:by|with|named|called) (?:that name)?\b",
    r"\bdont know (?:a|any|who) \w+(?: is)?$|\bno \w+ (?:lives )?here$",
    r"^who is (?:maria|that)$",
)
_NOT_INTERESTED = table(
    r"(?<!are you )(?<!if you are )\b(?:not|no longer|isnt|arent|aint|never) (?:really |at all |very "
    r"|that )?interested\b"
    r"(?! in (?:that|this) (?:one|house|home|property|area)\b)",
    r"^(?:no|nope|nah)(?: no)*(?: thanks| thank you| thx| ty| sir| maam)+\b",
    r"^(?:no|nope|nah|pass|hard pass|ill pass)$",
    r"\b(?:no longer|not|not currently|arent|isnt) (?:looking|in the market|selling|buying|for sale"
    r"|shopping)(?: anymore)?"
    r"(?: right now)?$",
    r"\bnot looking to (?:sell|buy|move|rent)\b|\b(?:i|we) (?:already )?sold (?:it|(?:the|my|our) \w+)\b",
    r"\balready (?:sold|bought|found|have|got|hired|signed|working|went)(?: \w+){0,4}$",
    r"\b(?:changed (?:my|our) minds?|decided (?:not to|against)|went with (?:someone|somebody|another))\b",
)
