"""Our instructions to TwiML. Where each URL leads: `webhooks.twilio.voice` and `webhooks.twilio.legs`."""

from typing import Any, assert_never
from xml.sax.saxutils import escape

from twilio.twiml import TwiML  # noqa: TID251 - this is the door.
from twilio.twiml.messaging_response import MessagingResponse  # noqa: TID251
from twilio.twiml.voice_response import Dial, Gather, VoiceResponse  # noqa: TID251

from sami.agents.verification import TestRingPrompt
from sami.calls.inbound import Answered
from sami.calls.legs import LegAnswered
from sami.domain.agents.verification import PRESS_WITHIN_S
from sami.domain.calls.instructions import (
    AskKeyAgain,
    AskMenu,
    AskQuestion,
    AskResult,
    ConfirmOptOut,
    DialLead,
    DialPhones,
    EndLegNow,
    HangUp,
    HoldInQueue,
    JoinCaller,
    LeaveQueue,
    LeaveWithMachine,
    NotReached,
    OldNews,
    PromiseCallBack,
    RingNext,
    SayGoodbye,
    Screen,
    TakeFromQueue,
    TakeMessage,
    ThankForMessage,
    ThankForResult,
    TooLate,
    TurnAway,
    WaitInstruction,
)
from sami.domain.calls.outbound_calls import menu_for_called
from sami.domain.language.characters import storable
from sami.domain.language.names import first_name
from sami.domain.organisation.document import Bot
from sami.domain.organisation.sentences import sentence

KEY_WITHIN_S = 10  # A screened phone that presses nothing for so long passes.
REPLY_WITHIN_S = 5
MESSAGE_MAX_S = 120
QUEUE_DIAL_TIMEOUT_S = 10
CALL_BACK_KEY, MESSAGE_KEY = "1", "2"
CHOICE_WITHIN_S = 4
ANNOUNCEMENT_S, CHOICES_S = 3, 4  # How long it takes to say which keys these are: of a message alone, of both.
LEG_EVENTS = "initiated ringing answered completed"
TUNE = "/webhooks/hold.wav"
TUNE_S = 4

_IN_ATTRIBUTES = {'"': "&quot;", "\r": "&#13;", "\n": "&#10;", "\t": "&#09;"}

EMPTY_REPLY = str(MessagingResponse())


class Renderer:
    """Renders with absolute URLs under the configured public address."""

    def __init__(self, public_url: str) -> None:
        self._base = public_url

    def answer(self, answered: Answered) -> str:  # noqa: C901 - one line for each instruction there is.
        """What the caller hears and what Twilio does next."""
        said = _Spoken(answered.bot, answered.organisation)
        match answered.instruction:
            case AskMenu() as ask:
                self._ask_menu(said, ask, answered.lead_name)
            case AskQuestion() as ask:
                self._ask_question(said, ask)
            case DialPhones() as dial:
                self._dial(said, dial)
            case HoldInQueue() as hold:
                self._hold(said, hold)
            case TakeMessage() as take:
                self._take_message(said, take)
            case ConfirmOptOut():
                said.say("opted_out").hangup()
            case PromiseCallBack(""):
                said.say("call_back_promised").hangup()
            case PromiseCallBack(when):
                said.say("call_back_promised_for", when=when).hangup()
            case ThankForMessage(calls_back):
                said.say("message_taken" if calls_back else "message_kept").hangup()
            case LeaveWithMachine(""):
                said.response.hangup()
            case LeaveWithMachine(message):
                said.say_text(message).hangup()
            case TurnAway():
                said.say("blocked").hangup()
            case SayGoodbye():
                said.say("goodbye").hangup()
            case LeaveQueue():
                said.response.leave()
            case HangUp() | OldNews():
                said.response.hangup()
            case RingNext():
                raise AssertionError("routing answers with a ring or a message")
            case unknown:
                assert_never(unknown)
        return written(said.response)

    def wait(
        self, instruction: WaitInstruction, bot: Bot | None, *, first: bool = False, call_back: bool = False
    ) -> str:
        """What a caller in the queue hears until the next question: at most as long as the instruction says.

        First they are told of the keys, where they are listened for already.
        """
        response = VoiceResponse()
        if isinstance(instruction, LeaveQueue):
            response.leave()
            return written(response)
        if instruction.seconds < 2:
            response.pause(length=1)
            return written(response)
        # The gather's own second counts too: it begins when what is nested has ended.
        gather = Gather(
            input="dtmf",
            num_digits=1,
            timeout=1,
            action=self._url(f"/webhooks/voice/queue/{instruction.turn}/key"),
        )
        if first and call_back and instruction.seconds > CHOICES_S:
            _Spoken(bot, "").say("choice_keys", into=gather, call_back=CALL_BACK_KEY, key=MESSAGE_KEY)
        elif first and instruction.seconds > ANNOUNCEMENT_S:
            _Spoken(bot, "").say("message_key", into=gather, key=MESSAGE_KEY)
        else:
            self._play(gather, bot, instruction.seconds - 1)
        response.append(gather)
        return written(response)

    def resume(self, turn: int) -> str:
        response = VoiceResponse()
        response.redirect(self._url(f"/webhooks/voice/resume/{turn}"))
        return written(response)

    def leg(self, answered: LegAnswered) -> str:  # noqa: C901 - one line for each instruction there is.
        """What a rung phone hears. A document that simply ends would join the caller, so all but one hang up."""
        said = _Spoken(answered.bot, "")
        match answered.instruction:
            case Screen(attempt, prompt):
                self._screen(said, attempt, prompt)
            case AskKeyAgain() as again:
                self._ask_key_again(said, again)
            case JoinCaller():
                said.say("accepted")
            case TakeFromQueue() as take:
                self._take_from_queue(said.response, take)
            case TooLate(None):
                said.say("caller_left").hangup()
            case TooLate(taken_by):
                said.say("taken", agent=str(taken_by)).hangup()
            case DialLead() as dial:
                self._dial_lead(said.response, dial)
            case NotReached():
                said.say("not_reached").hangup()
            case AskResult(attempt):
                self._ask_result(said, attempt)
            case ThankForResult():
                said.say("result_kept").hangup()
            case EndLegNow():
                said.response.hangup()
            case unknown:
                assert_never(unknown)
        return written(said.response)

    def test_ring(self, asked: TestRingPrompt, turn: int = 0) -> str:
        """A voicemail presses nothing, so it never verifies a phone."""
        said = _Spoken(asked.bot, asked.organisation)
        if asked.confirmed:
            said.say("test_ring_confirmed").hangup()
            return written(said.response)
        action = self._url(f"/webhooks/voice/test-ring/{asked.ref}/key/{turn}")
        gather = Gather(input="dtmf", num_digits=1, timeout=PRESS_WITHIN_S, action=action)
        said.say("test_ring", into=gather)
        said.response.append(gather)
        said.say("test_ring_missed").hangup()
        return written(said.response)

    def _ask_menu(self, said: "_Spoken", ask: AskMenu, lead_name: str) -> None:
        if ask.greet and ask.ours:
            said.greet_called(lead_name)
        elif ask.greet:
            said.greet()
        menu = () if said.bot is None else menu_for_called(said.bot) if ask.ours else said.bot.menu
        gather = self._gather(
            said,
            f"/webhooks/voice/menu/{ask.turn}",
            digits=max((len(choice.digits) for choice in menu), default=1),
            hints=[word for choice in menu for word in choice.words],
        )
        if ask.again:
            said.say("not_understood", into=gather)
        for choice in menu:
            said.say("menu_choice", into=gather, choice=choice.say, digits=choice.digits)
        if not ask.ours or (said.bot is not None and said.bot.menu):
            said.say("menu_person", into=gather)
        said.response.append(gather)
        said.response.redirect(self._url(f"/webhooks/voice/menu/{ask.turn}/silence"))

    def _ask_question(self, said: "_Spoken", ask: AskQuestion) -> None:
        if ask.greet:
            said.greet()
        choices = ask.question.choices
        digits = len(str(len(choices))) if choices else 0
        gather = self._gather(said, f"/webhooks/voice/question/{ask.turn}", digits=digits, hints=list(choices))
        if ask.again:
            said.say("not_understood", into=gather)
        said.say_text(ask.question.ask, into=gather)
        for number, choice in enumerate(choices, 1):
            said.say("question_choice", into=gather, choice=choice, digits=str(number))
        said.response.append(gather)
        said.response.redirect(self._url(f"/webhooks/voice/question/{ask.turn}/silence"))

    def _gather(self, said: "_Spoken", path: str, *, digits: int, hints: list[str]) -> Gather:
        """`digits` 0: as many as the caller types."""
        return Gather(
            input="dtmf speech",
            timeout=REPLY_WITHIN_S,
            speech_timeout="auto",
            action=self._url(path),
            num_digits=digits or None,
            language=said.bot.language if said.bot else None,
            hints=", ".join(hints) or None,
        )

    def _dial(self, said: "_Spoken", dial: DialPhones) -> None:
        if dial.greet:
            said.greet()
            said.say("connecting")
        verb = Dial(
            action=self._url(f"/webhooks/voice/dialled/{dial.turn}"),
            timeout=dial.timeout_s,
            time_limit=dial.time_limit_s,
            caller_id=dial.caller_id,
            **self._recording(dial.record),
        )
        for rung in dial.phones:
            leg = f"/webhooks/voice/leg/{rung.attempt}"
            verb.number(
                rung.phone,
                url=self._url(leg) if rung.screened else None,
                status_callback=self._url(f"{leg}/status"),
                status_callback_event=LEG_EVENTS,
            )
        said.response.append(verb)

    def _hold(self, said: "_Spoken", hold: HoldInQueue) -> None:
        if hold.greet:
            said.greet()
        said.say("connecting")
        said.response.enqueue(
            hold.queue,
            action=self._url(f"/webhooks/voice/queue/{hold.turn}"),
            wait_url=self._url(f"/webhooks/voice/wait/{hold.turn}"),
        )

    def _take_message(self, said: "_Spoken", take: TakeMessage) -> None:
        if take.greet:
            said.greet()
        if take.apologise:
            said.say("apology")
        if take.back:
            said.say("back_at", when=take.back)
        if take.call_back:
            self._offer_call_back(said, take.turn)
        said.say("leave_message")
        said.response.record(
            action=self._url(f"/webhooks/voice/message/{take.turn}"),
            recording_status_callback=self._url("/webhooks/voice/recording"),
            max_length=MESSAGE_MAX_S,
            play_beep=True,
        )
        said.say("goodbye").hangup()

    def _offer_call_back(self, said: "_Spoken", turn: int) -> None:
        """Whoever presses nothing leaves a message, without another question to us."""
        action = self._url(f"/webhooks/voice/message/{turn}/key")
        gather = Gather(input="dtmf", num_digits=1, timeout=CHOICE_WITHIN_S, action=action)
        said.say("call_back_choice", into=gather, call_back=CALL_BACK_KEY)
        said.response.append(gather)

    def _screen(self, said: "_Spoken", attempt: str, prompt: str) -> None:
        gather = self._key(f"/webhooks/voice/leg/{attempt}/key", KEY_WITHIN_S)
        said.say_text(prompt, into=gather)
        said.response.append(gather)
        said.response.hangup()

    def _ask_key_again(self, said: "_Spoken", ask: AskKeyAgain) -> None:
        gather = self._key(f"/webhooks/voice/leg/{ask.attempt}/key/{ask.number}", ask.seconds)
        said.say(ask.sentence, into=gather)
        said.response.append(gather)
        said.response.hangup()

    def _key(self, path: str, within_s: int) -> Gather:
        """One key, which counts from the first syllable. `#` is a key like any other, so none ends the asking.

        Silence is told to us too: what we were not told of is nobody's miss (R25).
        """
        return Gather(
            input="dtmf",
            num_digits=1,
            timeout=within_s,
            finish_on_key="",
            action=self._url(path),
            action_on_empty_result=True,
        )

    def _ask_result(self, said: "_Spoken", attempt: str) -> None:
        action = self._url(f"/webhooks/voice/leg/{attempt}/result")
        gather = Gather(input="dtmf", num_digits=1, timeout=KEY_WITHIN_S, action=action)
        said.say("ask_result", into=gather)
        said.response.append(gather)
        said.response.hangup()

    def _take_from_queue(self, response: VoiceResponse, take: TakeFromQueue) -> None:
        dial = Dial(
            action=self._url(f"/webhooks/voice/leg/{take.attempt}/parted"),
            timeout=QUEUE_DIAL_TIMEOUT_S,
            time_limit=take.time_limit_s,
            **self._recording(take.record),
        )
        dial.queue(take.queue)
        response.append(dial)

    def _dial_lead(self, response: VoiceResponse, call: DialLead) -> None:
        dial = Dial(
            action=self._url(f"/webhooks/voice/leg/{call.attempt}/called"),
            timeout=call.timeout_s,
            time_limit=call.time_limit_s,
            caller_id=call.caller_id,
        )
        dial.number(call.phone)
        response.append(dial)

    def _recording(self, wanted: bool) -> dict[str, str]:
        if not wanted:
            return {}
        callback = self._url("/webhooks/voice/recording/talk")
        return {"record": "record-from-answer-dual", "recording_status_callback": callback}

    def _play(self, gather: Gather, bot: Bot | None, seconds: int) -> None:
        if bot is not None and bot.hold_music is not None:
            gather.play(bot.hold_music)
        elif seconds >= TUNE_S:
            gather.play(self._url(TUNE))
        else:
            gather.pause(length=seconds)

    def _url(self, path: str) -> str:
        return self._base + path


class _Spoken:
    """A response being written in one bot's voice."""

    def __init__(self, bot: Bot | None, organisation: str) -> None:
        self.bot = bot
        self.response = VoiceResponse()
        self._organisation = organisation
        self._voice = {"voice": bot.voice, "language": bot.language} if bot else {}

    def greet(self) -> None:
        self.say("greeting")
        if self.bot is not None and self.bot.record:
            self.say("recorded")

    def greet_called(self, lead_name: str) -> None:
        lead = first_name(lead_name)
        self.say("placed_greeting" if lead else "placed_greeting_nameless", lead=lead or "")
        if self.bot is not None and self.bot.record:
            self.say("recorded")

    def say(self, name: str, /, *, into: Gather | None = None, **values: str) -> VoiceResponse:
        values.setdefault("organisation", self._organisation)
        return self.say_text(sentence(self.bot, name, **values), into=into)

    def say_text(self, text: str, *, into: Gather | None = None) -> VoiceResponse:
        (self.response if into is None else into).say(text, **self._voice)
        return self.response


def render_message(body: str | None) -> str:
    """A reply to a text; None answers nothing."""
    if body is None:
        return EMPTY_REPLY
    response = MessagingResponse()
    response.message(body)
    return written(response)


def written(document: TwiML) -> str:
    """The document as text, like its own `to_xml`, in a third of the time: that builds a second tree on its way."""
    return f'<?xml version="1.0" encoding="UTF-8"?>{_element(document)}'


def _element(noun: TwiML | str) -> str:
    if isinstance(noun, str):
        return _text(noun)
    attributes = "".join(f" {name}={_quoted(noun.attrs[name])}" for name in sorted(noun.attrs))
    inner = _text(noun.value or "") + "".join(map(_element, noun.verbs))
    return f"<{noun.name}{attributes}>{inner}</{noun.name}>" if inner else f"<{noun.name}{attributes} />"


def _quoted(value: Any) -> str:
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return f'"{escape(storable(text), _IN_ATTRIBUTES)}"'


def _text(text: str) -> str:
    return escape(storable(text))
