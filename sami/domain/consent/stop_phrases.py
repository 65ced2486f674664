"""Does this text ask us to stop? A table of phrases, each looked for in one sentence.

A request to stop is consent withdrawn, in whatever words (47 CFR 64.1200(a)(10): "any reasonable manner"), so phrases
are read generously; what only looks like one ("stop by at 5", "don't stop") is taken out before, and "no thanks" is
none.
"""

import re

from sami.domain.consent.permission import Channel
from sami.domain.consent.slips import is_slip
from sami.domain.language.plain_words import holds, sentences_of, table


def asks_to_stop(body: str) -> bool:
    """Whether the text withdraws consent for every channel."""
    return shut_channels(sentences_of(body)) == frozenset(Channel)


def shut_channels(sentences: tuple[str, ...]) -> frozenset[Channel]:
    """Which channels the text shuts. Whoever says how they would rather hear from us shuts the other one only."""
    follows = (*sentences, "")[1:]
    stops = [said for said, after in zip(sentences, follows, strict=True) if _is_stop(said) and not _ILL.match(after)]
    if any(map(_REACH_ME.search, sentences)):
        stops = [said for said in stops if not _OF_ANOTHER.search(said)]
    if len(sentences) == 1 and is_slip(sentences[0]):
        return frozenset(Channel)
    if not stops:
        return frozenset()
    said = " ".join(stops)
    if _FOR_GOOD.search(said):
        return frozenset(Channel)
    about_texts, about_calls = bool(_ABOUT_TEXTS.search(said)), bool(_ABOUT_CALLS.search(said))
    if _TEXT_NOT_CALL.search(said):
        return frozenset({Channel.CALL})
    if _CALL_NOT_TEXT.search(said):
        return frozenset({Channel.TEXT})
    others = [sentence for sentence in sentences if sentence not in stops]
    if about_calls and not about_texts and any(map(_TEXT_INSTEAD.search, others)):
        return frozenset({Channel.CALL})
    if about_texts and not about_calls and any(map(_CALL_INSTEAD.search, others)):
        return frozenset({Channel.TEXT})
    return frozenset(Channel)


def _is_stop(sentence: str) -> bool:
    if _WHEN_ONLY.search(sentence) and not _NOT_WHEN.search(sentence):
        return False
    for harmless in _HARMLESS:
        sentence = harmless.sub(" ", sentence)
    return holds(_STOP, " ".join(sentence.split()))


# --- The grammar: an ending of something of ours, somebody taken off our lists; and the phrases that are neither.

_US = r"(?:me|us|my (?:phone|cell|number)|this (?:number|phone)|here)"
_OUR_LISTS = (
    r"(?:(?:your|this|the|that|all|any|these|those|every) )*"
    r"(?:contact|call|calling|text|texting|texts|mailing|marketing|email|phone|sms|lead|distribution|message)? ?"
    r"(?:lists?|database|system|contacts|texts|messages|records|crm|campaigns?|calls|files?|directory)"
)
_ENOUGH = (
    r"(?:$| (?:please|now|already|anymore|again|ever|immediately|asap|right now|thanks|thank you|today|and|or"
    r"|any further|further)\b)"
)
_CONTACT = r"(?:text|call|contact|message|email|phone|ring|bother|harass|spam|write|reach out to|solicit|disturb)"
_CONTACTING = (
    r"(?:texting|calling|contacting|messaging|emailing|phoning|bothering|harassing|spamming|writing|bugging|pestering"
    r"|soliciting|blowing up)"
)
_THINGS = r"(?:texts?|messages?|calls?|emails?|spam|solicitations?|communications?|contact|marketing)"

_ENDING = r"(?:stop|quit|cease|end|cancel|halt|discontinue)"
_KINDS = (
    r"(?:(?:all|any|the|your|these|those|this|my|me|us|with|more|further|future|automated|automatic|auto|marketing"
    r"|sales|promo|promotional|spam|text|texts|texting|voice|phone|email|reminder|daily|weekly|constant|annoying|stupid|dumb"
    r"|sending|giving) )*"
)
_OURS = (
    r"(?:texts|text messages?|messages|reminders|notifications|alerts|texting|calls|robocalls|phone calls|emails|spam"
    r"|subscriptions?|subs?|solicitations?|communications?|ads|advertisements|promos?|promotions|marketing|blasts?)"
)
_SOMEBODY = r"(?:my (?!name|number|phone|cell|info)\w+|her|him|them|this person)"
_NO_MORE_TO_SAY = (
    r"(?:im |i am |we are |were )?(?:(?:not|no longer) (?:really )?interested|no thanks?(?: you)?|no|nope"
    r"|(?:i|we)(?: have)? (?:moved|sold)|sold|moved|wrong (?:number|person)|enough|ok|okay|thanks|thank you|spam|scam)"
)

_STOP = table(
    # An ending of something of ours.
    rf"\b{_ENDING} {_KINDS}{_OURS}\b",
    rf"\b(?:stop|quit|cease|end) (?:all |the |with )*{_CONTACTING}"
    rf" (?:{_SOMEBODY}|people|everyone|everybody|anyone)\b",
    rf"^{_NO_MORE_TO_SAY}(?: so)?(?: please)? (?:stop|unsubscribe|quit|end|remove)(?: please| now)*$",
    r"^(?:please )?stop (?:i (?:have |already )?(?:moved|sold|bought|left)|im (?:not|done|good)|we (?:have )?"
    r"(?:moved|sold|bought)|not interested|no longer|wrong|already|sold|moved|spam|scam)\b",
    r"^(?:text |txt |reply |send )?stop (?:2|to) (?:end|quit|stop|cancel|unsubscribe|opt out)$",
    r"^(?:unsub|dnc|do not contact|dont contact|no contact|opt ?out|end it|quit it)(?: please| now| me)*$",
    # Somebody is taken off our lists.
    rf"\b(?:take|get|keep|remove|delete|drop|cross) {_SOMEBODY} (?:off|out of|from)(?: of)? (?:your|this"
    r"|the calling|the contact) (?:\w+ )?(?:lists?|database|system|contacts|records|texts|messages)\b",
    # The word itself, alone in its sentence or with a please.
    rf"^(?:please |just |ok |okay |hey |hi |yes |i said |you need to |you must |can you |could you )*"
    rf"(?:stop|unsubscribe|remove|quit|cease)(?: (?:stop|it|this|that|that now|all this|everything))*{_ENOUGH}",
    r"^(?:please )?(?:stop )+(?:please|now|already|immediately|all|everything)*$",
    r"\bcease and desist\b",
    # Stop doing it.
    rf"\b(?:stop|quit|cease)(?: all| the| with the| with)* {_CONTACTING}(?: {_US}|{_ENOUGH}| these| at this number)",
    rf"\b(?:stop|quit|cease)(?: all| any| the| your| these| with the| with your| w)+ (?:\w+ )?{_THINGS}\b",
    rf"\b(?:stop|quit) (?:sending|leaving)(?: {_US}| these| those| the| all| your| any| more)*(?: {_THINGS})?"
    rf"(?:{_ENOUGH}| (?:stuff|things|anything|this|that|to {_US})\b)",
    # Do not do it.
    rf"\b(?:dont|never)(?: ever| even| you ever)* {_CONTACT} {_US}(?: (?:or|and) {_CONTACT} {_US})*"
    rf"(?:{_ENOUGH}| (?:about|for|regarding|with|at this number|on this number|because|i am|im|its|this is"
    rf"|period|no more)\b)",
    rf"\b(?:dont|never)(?: ever)* {_CONTACT} (?:or|and|nor) {_CONTACT} {_US}\b",
    rf"(?<!\bi )(?<!\bwe )\b(?:dont|never)(?: ever)* (?:contact|call|text|message)"
    rf"(?:{_ENOUGH}| (?:us|this number)\b)(?!.*\bback\b)",
    rf"\bdont (?:want|need|wish)(?: to)?(?: (?:get|receive|have|hear|see|be))*(?: \w+)?(?: (?:your|these|those|any|more"
    rf"|anymore|further|such))+(?: \w+)? {_THINGS}\b",
    r"\bdont (?:want|wish|ever want) (?:to hear|you to contact|you to call|you to text|to be contacted|to be called"
    r"|to be texted|to be bothered|to receive)\b",
    rf"\bdont send (?:{_US}|any|more|these)\b",
    rf"^(?:please )?(?:no more|enough (?:with|of) (?:the|these|your)) (?:\w+ )?(?:{_THINGS}|{_CONTACTING})\b",
    rf"\b(?:want|need) no (?:more|further) (?:\w+ )?{_THINGS}\b",
    rf"\bno longer (?:want|wish)(?: to)?(?: \w+)? (?:be contacted|hear from|receive|{_THINGS})",
    rf"\bnot (?:to )?{_CONTACT} {_US}\b",
    r"\bnot to be contacted\b",
    # Take me off.
    rf"^(?:please )?(?:remove|delete) from {_OUR_LISTS}",
    rf"\b(?:remove|delete|erase|drop|scrub) (?:me|us)(?: from {_OUR_LISTS}| off {_OUR_LISTS}|{_ENOUGH})",
    rf"\b(?:remove|delete|erase|drop|lose|forget|scrub) (?:my|this|our|the) (?:phone |cell |mobile )?"
    rf"(?:number|contact|contact info|contact information|info from|data from|name from {_OUR_LISTS})\b",
    rf"\b(?:take|get|leave|keep|cross|pull) (?:me|us|my name|my number|this number|my phone)(?: the \w+)? "
    rf"(?:off|out|from)(?: of)?(?: {_OUR_LISTS}|{_ENOUGH}| here$)",
    r"\bput (?:me|us|my number|this number) on (?:your|the|a) (?:do not|dont|no) ?(?:call|contact|text)",
    r"\b(?:im|i am|we are|number is|am registered) (?:on|with) (?:your|the|a) (?:national )?(?:do not|dont|no) ?"
    r"(?:call|contact|text)(?:ing)? (?:list|registry)\b",
    # In other words.
    r"\bunsubscribe (?:me|us|my|this|from|please|now|here|i)\b",
    r"\b(?:to|please|want to|how do i|can i|let me|i) unsubscribe\b",
    r"\b(?:opt|opting) (?:me |us |my number )?out\b(?! of (?:the )?(?!(?:all|your|these|this|any|further|every)\b)"
    r"(?!(?:texts|messages|calls|communications?|list|marketing|everything|contact)\b))",
    r"\b(?:revoke|withdraw|rescind|cancel)(?:ing)? (?:my |all |any )*(?:consent|permission|authorization)\b",
    r"\bdo(?:nt| not) (?:have|give you) (?:my )?(?:consent|permission) to (?:text|call|contact)\b",
    r"\b(?:leave|let) (?:me|us) (?:alone|be)(?:$| (?:please|now|already|thanks|thank you|you|or|and"
    r"|forever|for good)\b)",
    r"\b(?:get lost|buzz off|fuck off|piss off|screw off|bugger off)\b",
    r"^(?:please )?go away(?: please| now)*$",
    r"\b(?:quit|no more) (?:bothering|harassing)\b",
    # As they are said in Spanish.
    r"^(?:please )?(?:alto|parar|pare|paren|para ya|basta(?: ya)?|detener|detengan|cancelar|no mas|ya no mas)"
    r"(?: please)*$",
    r"\b(?:dar|darme|dame|deme|denme) de baja\b",
    r"\b(?:deje|dejen|deja|pare|paren|para) de (?:llamar|escribir|mandar|enviar|molestar|textear|contactar)\w*\b",
    r"\b(?:quite|quita|quiten|saque|saca|borre|borra|borren|elimine|elimina) (?:me|mi numero|mi nombre)\b",
    r"\bno me (?:llames?|llamen|llame|escribas?|escriban|contactes?|contacten|contacte|mandes?|manden"
    r"|textees?|molestes?"
    r"|molesten)(?: (?:mas|nunca|otra vez|por favor|mensajes|please|nunca mas))*$",
    r"\bno (?:quiero|envien|envies|manden|mandes|mas) (?:mas )?(?:mensajes|llamadas|textos|recibir)\b",
    r"\b(?:quiteme|quitame|quitenme|saqueme|sacame|borreme|borrame|eliminame|elimineme) (?:de|mi)\b",
    r"\b(?:dejame|dejeme|dejenme|dejen de|deja de|deje de) (?:en paz|molestar|llamar|escribir|mandar"
    r"|enviar|tranquil\w)",
)

# What begins like a request to stop and is none: taken out before the table is asked.
_HARMLESS = table(
    r"\b(?:did|do|does|will|would|why|when|should|have|has|if|unless|until|before|after|once) "
    r"(?:you|they|he|she|we|i|it|someone|somebody|anyone|people)(?: guys)?(?: ever| just| all| have)? "
    r"(?:stop(?:ped)?|quit)\b.*",
    r"\b(?:dont|never|wont|will not|cant|cannot|couldnt|didnt|not|doesnt|wouldnt|hasnt|wasnt|please dont) (?:ever )?"
    r"(?:stop|quit|unsubscribe|remove|opt)\b.*",
    r"\bstop (?:by|in|over|at|and|to(?! (?:end|quit|stop|cancel|unsubscribe|opt out)$)|for|off|worrying"
    r"|whenever|light|sign)\b.*",
    r"\bnonstop\b|\b(?:bus|pit|full|next|last|first|one|short|rest|truck|train|the|a|another|quick) stops?\b",
    r"\b(?:dont|do not|never) (?:call|text|contact|message)(?: me| us)? (?:and |because )?(?:ill|i will|let me)\b.*",
    r"\bdont (?:want|need) to (?:stop|bother|be a bother)\b.*",
    r"\b(?:remove|delete|drop|lose|forget) (?:my|the|this|our) (?:number|contact) (?:one|two|of|plate)\b.*",
    r"\b(?:take|get|leave) (?:me|us) (?:out (?:to|for)|off (?:at|the hook)|out of (?:the )?(?:deal|house"
    r"|contract))\b.*",
    r"\bleave (?:me|us) (?:a|an|the|your|some|alone (?:time|with|for|until|till|while|when))\b.*",
)
# "Don't call me before nine", "... until Friday", "... while I'm at work" are about when, not whether.
_WHEN_ONLY = re.compile(
    r"\b(?:dont|never|not|stop|quit|cancel|end|no more)\b.*\b(?:until|till|til|unless|before|after|between|during|while"
    r"|when|early|late|late at night|at night|at work|on (?:weekends?|sundays?|saturdays?|week ?days?)|today|tonight"
    r"|tomorrow|yet|right now|this (?:week|morning|afternoon|evening|weekend)|at (?:\d|noon|midnight)"
    r"|next (?:week|month))\b"
)
_NOT_WHEN = re.compile(r"\b(?:stop|quit|cease)\b.*\b(?:now|right now|today)$|\bever\b|\banymore\b")
_OF_ANOTHER = re.compile(rf"\b{_CONTACTING} {_SOMEBODY}\b")
_REACH_ME = re.compile(r"^(?:please |just |only |and |you can )*(?:call|text|contact|message|reach|ring) me\b")
"""Who is to be left alone is somebody else: they themselves want to be reached."""
_TEXT_INSTEAD = re.compile(
    r"^(?:please |just |you can |can you |could you |only |but |instead |rather |its better to |id rather you )*"
    r"(?:text|message|write)(?: (?:to )?me| us)?(?: instead| only| please| rather| ok)*$"
    r"|\b(?:just |only )?(?:text|message|write) (?:me )?(?:instead|only)\b|\b(?:texts?|messages?) only\b"
)
_CALL_INSTEAD = re.compile(
    r"^(?:please |just |you can |can you |could you |only |but |instead |rather |its better to |id rather you )*"
    r"(?:call|phone|ring)(?: me| us)?(?: instead| only| please| rather| ok)*$"
    r"|\b(?:just |only )?(?:call|phone) (?:me )?(?:instead|only)\b|\bcalls? only\b"
)
_FOR_GOOD = re.compile(r"\b(?:lists?|remove|delete|unsubscribe|off|number|all|ever|never)\b")
_ILL = re.compile(r"(?:ill|i will|let me) (?:call|text|contact|reach|get back|be in touch|let you)\b")
"""Said behind "don't call me": they will, and that is no farewell."""
_TEXT_NOT_CALL = re.compile(r"\b(?:text|message) (?:me )?(?:only |please |instead )*(?:and )?dont call\b")
_CALL_NOT_TEXT = re.compile(r"\b(?:call|phone) (?:me )?(?:only |please |instead )*(?:and )?dont (?:text|message)\b")
_ABOUT_TEXTS = re.compile(r"\b(?:text|texting|texts|message|messages|messaging|sms)\b")
_ABOUT_CALLS = re.compile(r"\b(?:call|calling|calls|phone|phoning|ring)\b")
