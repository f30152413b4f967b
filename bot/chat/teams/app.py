"""Teams' side of hearing: a listener for each kind of thing that it tells.

A listener reads what it is told, has it heard in one transaction, and only then answers. In between there is no call of
Teams', no file and no network. A press is answered with the card that now stands in the stead of the one that was
pressed, drawn from the change that was written because of it; the change itself reaches everybody as all deliveries do.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import structlog

from bot.chat.adaptive_cards import Card, cards
from bot.chat.bodies import Body, Unreadable, optional
from bot.chat.teams.comings import Comings
from bot.chat.teams.reading import ACTION, FETCH, SUBMIT, Kind, Reader, Stranger, Told
from bot.chat.turns import Turns
from bot.errors import EscalationBotError, NotAllowed, StoreError, Unavailable
from bot.messages import Button, Buttons, Message, Words
from bot.ports import Answered, Heard, Pressed
from bot.words import Words as Catalogue

log = structlog.get_logger()

CARD, MESSAGE = "application/vnd.microsoft.card.adaptive", "application/vnd.microsoft.activity.message"
KEPT_ANSWERS = 500
"""So many presses were answered lately, in memory only: a press that is told again gets the same answer."""

Answer = dict[str, Any]
Shown = tuple[str, Message]
"""The key of a delivery, and what it says."""

STATUS: Mapping[type[Exception], int] = {
    Unreadable: 400,
    Stranger: 403,
    NotAllowed: 403,
    Unavailable: 503,
}


def status_of(error: Exception) -> int:
    return 503 if isinstance(error, StoreError) else STATUS.get(type(error), 500)


@dataclass
class Turn:
    """What was told, and what comes of it."""

    activity: Body
    kind: Kind = ""
    reached: bool = False
    answer: Answer | None = None
    error: Exception | None = None


@dataclass(frozen=True)
class Ears:
    """What becomes of what is told. Each is called when its turn has come, and may raise Unavailable."""

    hear: Callable[[Heard], Answered | None]
    """The answer; None where it is kept, to be heard later."""
    thread_of: Callable[[str], str]
    """The escalation in whose thread a message stands, by its id; "" if there is none."""
    changed_to: Callable[[str, Sequence[str]], Shown | None] = lambda *_: None
    """What the message with this id is changed to by one of these deliveries; None where none of them changes it."""
    page: Callable[[Heard], Message | None] = lambda _: None
    """The page of several questions that a press asks for; None where what it stood under has moved on."""
    stands: Callable[[str, str, str], Message | None] = lambda *_: None
    """What this person is asked in a thread under this id, as it stands at the moment, or what everybody is shown of it
    who sees the message with that id; None where it is nothing."""


@dataclass(frozen=True)
class Listeners:
    """What Teams' requests come to, once they are known to be its own."""

    reader: Reader
    ears: Ears
    comings: Comings
    turns: Turns
    words: Catalogue
    _answers: OrderedDict[str, Answer] = field(default_factory=OrderedDict)
    """Event -> what it was answered. Only whoever's turn it is touches it."""

    async def hear(self, turn: Turn) -> Answer | None:
        """What is answered; None: that it was taken."""
        return await self.turns.take(lambda: self._hear(turn))

    def not_taken(self, turn: Turn, error: Exception) -> Answer | None:
        """What is answered to whoever pressed something that was not taken; None for all else, which Teams tells again
        where that can help.

        Teams shows what a card is answered only where the answer says by its status that it was dealt with.
        """
        if optional(turn.activity, "type") != "invoke":
            return None
        match optional(turn.activity, "name"):
            case name if name == ACTION:
                return _saying(self._why_not(error))
            case name if name in {FETCH, SUBMIT}:
                return _in_window(self._why_not(error))
            case _:
                return None

    def _why_not(self, error: Exception) -> str:
        if isinstance(error, NotAllowed):
            return str(error)
        names = {400: "teams.unreadable", 403: "teams.stranger", 503: "error.away"}
        return self.words(names.get(status_of(error), "teams.not_taken_now"))

    # ── one after the other, when its turn has come ──────────────────────────────────────────────────────

    def _hear(self, turn: Turn) -> Answer | None:
        reader, activity = self.reader, turn.activity
        match turn.kind:
            case "update" | "installation":
                reader.check_tenant(activity)
                self.comings.take(activity)
                return None
            case "refresh":
                return self._refreshed(reader.press(activity))
            case "press":
                told = reader.press(activity)
                self.comings.seen(activity, told.heard.person)
                return self._answers.get(told.heard.event) or self._kept(told, self._pressed(told))
            case "show":
                told = reader.show(activity)
                self._heard(told)
                return _in_window(self.words("teams.goes_on"))
            case _:
                told = reader.message(activity)
                self.comings.seen(activity, told.heard.person)
                self._heard(told)
                return None

    def _heard(self, told: Told) -> Answered | None:
        reference = self.ears.thread_of(told.root) if told.root else ""
        if reference:
            return self.ears.hear(replace(told.heard, thread=reference))
        return self.ears.hear(self.reader.outside(told.heard) if told.root else told.heard)

    def _kept(self, told: Told, answer: Answer) -> Answer:
        self._answers[told.heard.event] = answer
        while len(self._answers) > KEPT_ANSWERS:
            self._answers.popitem(last=False)
        return answer

    # ── presses ──────────────────────────────────────────────────────────────────────────────────────────

    def _pressed(self, told: Told) -> Answer:
        pressed = told.heard.what
        if isinstance(pressed, Pressed) and pressed.action == "page":
            page = self.ears.page(told.heard)
            if page is not None and (drawn := self._drawn(pressed.message, self._with_buttons(page))) is not None:
                return drawn
        answered = self._heard(told)
        if answered is None:
            return _saying(self.words("teams.one_moment"))
        if (drawn := self._changed(told, answered)) is not None:
            return drawn
        if answered.problems:
            return _saying(" ".join(dict.fromkeys(answered.problems.values())))
        return _saying(self.words("teams.goes_on" if told.elsewhere else "teams.goes_on_below"))

    def _changed(self, told: Told, answered: Answered) -> Answer | None:
        """The card that stands there now. What was pressed has been heard, whatever becomes of this."""
        try:
            changed = self.ears.changed_to(told.at, answered.deliveries) if told.at else None
        except StoreError as error:
            log.warning("a card was not drawn", error=type(error).__name__)
            return None
        return self._drawn(*changed) if changed is not None else None

    def _with_buttons(self, page: Message) -> Message:
        """The way on, and the way back to the question in whose stead it stands."""
        buttons = (
            Button(self.words("teams.page_submit"), "fill", "", "primary"),
            Button(self.words("teams.page_close"), "carry on"),
        )
        return replace(page, parts=(*page.parts, Buttons(buttons)))

    def _refreshed(self, told: Told) -> Answer:
        """Always a card, which stands in the stead of the one that asks."""
        pressed = told.heard.what
        key, about = (pressed.message, pressed.value) if isinstance(pressed, Pressed) else ("", "")
        message = self.ears.stands(told.heard.person, about, told.at) if about else None
        drawn = self._drawn(key, message) if message is not None else None
        over = self.words("teams.over")
        return drawn or _card(cards(Message(over, (Words(over, "quiet"),)))[0])

    def _drawn(self, key: str, message: Message) -> Answer | None:
        """The card of it; None where it cannot be one, and is said anew below."""
        try:
            drawn = cards(message, platform=self.reader.platform, key=key)
        except (EscalationBotError, ValueError) as error:
            log.warning("a card was not drawn", error=type(error).__name__)
            return None
        return _card(drawn[0]) if len(drawn) == 1 else None


def _card(drawn: Card) -> Answer:
    return {"statusCode": 200, "type": CARD, "value": drawn}


def _saying(text: str) -> Answer:
    """The card stays as it is, with all that was put into it."""
    return {"statusCode": 200, "type": MESSAGE, "value": text}


def _in_window(text: str) -> Answer:
    return {"task": {"type": "message", "value": text}}
