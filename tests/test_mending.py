"""Whoever is told of trouble can mend it: try again, or say that it has arrived. Once, and it stands in the history."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot import decisions
from bot.access import REFUSAL
from bot.delivery import WAITS
from bot.errors import CannotTell, NotAllowed, Refused, Unclear
from bot.messages import words_of
from bot.ports import Delivery, Heard, Pressed
from bot.replay import is_explained, unexplained
from tests.posting import ASHA, BEN, CHANNEL, GRACE, IRIS, Afterwards, Post, busy
from tests.scenes import SEND_THE_FORM, Play

LEFT = Refused("This person has left.")
BEGUN = "I am trying again now. If it does not work, I will tell you."
OVER = "Nothing is left to do about that. It has arrived, or it is being tried again already."


@pytest.fixture
def post(raised: Play) -> Post:
    return Post(raised)


@pytest.fixture
def form(asked: Play) -> Post:
    """Asked for approval to move to Stage 2, where the form is due."""
    return Post(asked)


def press(post: Post, person: str, action: str, key: str) -> str:
    """What the person sees after they have pressed the button of a message about this delivery."""
    post.world.hear(Heard(f"press-{next(post.world.events)}", person, Pressed(action, key)))
    return post.world.sees(person)


def told(post: Post, person: str) -> list[str]:
    """What the person was told because of trouble."""
    return [words_of(each.message) for each in post.chat.at(person) if "/given-up/" in each.key]


def dead(post: Post, key: str = "t", person: str = GRACE) -> None:
    post.fail(key, LEFT)
    post.put(post.tell(key, person))
    post.carry()
    assert post.due(key).state == "dead"


def held(post: Post, key: str = "t") -> None:
    post.fail(key, Afterwards(Unclear("There was no answer.")))
    post.trouble.deaf = [CannotTell("There is no list.")]
    post.put(post.tell(key))
    post.carry()
    post.carry(WAITS[0])
    assert post.due(key).state == "held"


def test_what_was_given_up_is_tried_again_at_the_press_of_whoever_was_told(post: Post) -> None:
    dead(post)
    post.world.presses(ASHA, "Try again")
    assert post.world.sees(ASHA) == BEGUN
    assert post.due("t").state == "done"
    entry = post.play.history()[-1]
    assert (entry.what, entry.by, entry.details) == ("delivery begun again", ASHA, {"delivery": "t", "kind": "direct"})


def test_trouble_that_comes_back_is_told_again(post: Post) -> None:
    post.fail("t", LEFT, LEFT, *(busy() for _ in WAITS))
    post.put(post.tell("t", GRACE))
    post.carry()
    for times in (1, 2):
        assert len(told(post, ASHA)) == times
        post.world.presses(ASHA, "Try again")
    assert post.due("t").attempts == 1, "it has all its attempts again"
    for _ in range(20):
        post.carry(timedelta(hours=1))
    assert post.due("t").state == "done"


def test_what_had_to_wait_for_it_comes_after_it(post: Post) -> None:
    post.fail("r", Refused("There is no such channel."))
    post.put(post.root("r"), post.reply("r1", "r"), post.edit("e1", "r1"), post.edit("e", "r"))
    post.carry()
    assert {post.due(key).state for key in ("r", "r1", "e1", "e")} == {"dead"}
    post.world.presses(ASHA, "Try again")
    assert [key for key in post.said() if len(key) < 3] == ["r", "r1", "e1", "e"]
    assert post.chat.roots["r1"] == "id of r"


def test_what_has_arrived_is_not_said_again(post: Post) -> None:
    held(post)
    post.world.presses(ASHA, "It has arrived")
    assert "it will not be sent again" in post.world.sees(ASHA)
    post.carry(timedelta(days=1))
    assert (post.trouble.tried.count("t"), post.due("t").state) == (1, "done")
    assert (post.play.history()[-1].what, post.play.history()[-1].by) == ("delivery settled", ASHA)


def test_what_has_not_arrived_is_said_again_without_asking_the_remote(post: Post) -> None:
    held(post)
    post.trouble.deaf = [CannotTell("There is no list.")]
    post.world.presses(ASHA, "It has not: send it again")
    assert (post.trouble.tried.count("t"), post.due("t").state) == (2, "done")


def test_a_message_that_has_arrived_nobody_knows_where_cannot_be_changed_and_that_is_told(post: Post) -> None:
    """A date that is shown and does not hold any more must not stay unknown."""
    held(post)
    post.world.presses(ASHA, "It has arrived")
    post.put(post.edit("e", "t"))
    post.carry()
    assert post.given_up() == {"e": "It is not known where the message stands that was to be changed."}
    assert "could not be brought up to date" in post.world.sees(ASHA)


@pytest.mark.parametrize("action", ["try again", "arrived"])
def test_a_second_press_changes_nothing_and_says_so(post: Post, action: str) -> None:
    held(post)
    press(post, ASHA, action, "t")
    before = post.play.history()
    for again in ("try again", "arrived"):
        assert press(post, ASHA, again, "t") == OVER
    assert post.play.history() == before
    assert press(post, ASHA, "arrived", f"t/given-up/1/{ASHA}") == OVER


def test_what_was_given_up_cannot_be_said_to_have_arrived(post: Post) -> None:
    dead(post)
    assert press(post, ASHA, "arrived", "t") == OVER
    assert post.due("t").state == "dead"


@pytest.mark.parametrize("action", ["try again", "arrived"])
@pytest.mark.parametrize("key", ["t", "no such delivery"])
def test_nobody_else_may_and_they_learn_nothing(post: Post, action: str, key: str) -> None:
    held(post)
    for person in (BEN, GRACE, IRIS):
        assert press(post, person, action, key) == REFUSAL
    assert post.due("t").state == "held"


def test_the_raiser_may_not_for_what_belongs_to_no_escalation_of_theirs(post: Post) -> None:
    post.fail("own", LEFT)
    post.put(Delivery("own", "direct", BEN, post.tell("own").message))
    post.carry()
    assert press(post, ASHA, "try again", "own") == REFUSAL
    assert told(post, ASHA) == told(post, BEN) == []


# ── those who look after the bot ─────────────────────────────────────────────────────────────────────────────


def test_where_the_raiser_cannot_be_reached_those_who_look_after_the_bot_are_told(post: Post) -> None:
    post.look_after(IRIS)
    post.fail(f"t/given-up/1/{ASHA}", LEFT)
    dead(post)
    assert told(post, IRIS) == [
        f"Something about {post.reference} could not be said, and the person who leads it could not be told: This "
        "person has left. Please put right what stands in the way, then try again.\n[Try again]"
    ]
    assert press(post, IRIS, "try again", "t") == BEGUN
    assert post.due("t").state == "done"
    assert post.play.history()[-1].by == IRIS


def test_whoever_looks_after_the_bot_and_cannot_be_reached_is_not_told_about_that(post: Post) -> None:
    post.look_after(IRIS)
    post.fail(f"t/given-up/1/{ASHA}", LEFT)
    post.fail(f"t/given-up/1/{IRIS}", LEFT)
    dead(post)
    assert post.carry(timedelta(days=3)) == 0
    assert set(post.given_up()) == {"t", f"t/given-up/1/{ASHA}", f"t/given-up/1/{IRIS}"}


def test_the_raiser_is_told_first_and_nobody_else_while_they_can_be_reached(post: Post) -> None:
    post.look_after(IRIS)
    dead(post)
    assert told(post, IRIS) == []
    assert len(told(post, ASHA)) == 1


def test_a_digest_that_cannot_be_posted_is_told_to_those_who_look_after_the_bot(post: Post) -> None:
    post.look_after(IRIS)
    post.fail("digest", Refused("There is no such channel."))
    about = {"policy": "herefordshire", "since": post.world.moment.isoformat()}
    post.put(Delivery("digest", "thread", CHANNEL, made="digest", about=about))
    post.carry()
    assert told(post, IRIS) == [
        f"The weekly digest could not be posted in {CHANNEL}: There is no such channel. Please put right what stands "
        "in the way, then try again.\n[Try again]"
    ]
    assert press(post, IRIS, "try again", "digest") == BEGUN
    assert post.due("digest").state == "done"


def test_an_alarm_that_cannot_be_said_concerns_nobody_but_those_who_look_after_the_bot(post: Post) -> None:
    post.look_after(IRIS)
    post.fail("alarm", LEFT)
    post.put(replace(post.tell("alarm", IRIS), about={"audit": "owner"}))
    post.carry()
    assert told(post, ASHA) == told(post, IRIS) == []


# ── letters ──────────────────────────────────────────────────────────────────────────────────────────────────


def letter(form: Post) -> str:
    return f"{form.reference}/letter/1"


def test_a_letter_that_was_given_up_leaves_as_it_was_and_is_not_due_any_more(form: Post) -> None:
    form.fail(letter(form), Refused("The mail server is closed."), Refused("The mail server is closed."))
    form.play.do(SEND_THE_FORM)
    before = form.play.escalation()
    assert (before.sent, before.fields["notices"]) == ({}, {})
    form.world.presses(ASHA, "Try again")
    assert len([text for text in form.chat.at(ASHA) if "could not be delivered" in words_of(text.message)]) == 2
    assert form.play.escalation().sent == {}
    form.world.moment += timedelta(days=1)
    form.world.presses(ASHA, "Try again")
    after = form.play.escalation()
    assert list(form.mail.letters) == [letter(form)]
    assert list(after.sent.values()) == [form.world.moment.isoformat()]
    assert set(after.fields["notices"].values()) == {form.world.moment.date().isoformat()}
    assert "given_up" not in after.fields["letter.1"]
    told = form.play.told()
    assert told[-5:] == [
        "report not delivered", "delivery begun again", "report not delivered", "delivery begun again", "report sent",
    ]  # fmt: skip
    assert is_explained(after, form.play.history())
    assert unexplained(form.play.history()) == []


@pytest.mark.parametrize("state", ["dead", "held"])
def test_a_letter_is_not_sent_again_when_the_report_was_sent_anew(form: Post, state: str) -> None:
    if state == "dead":
        form.fail(letter(form), Refused("The mail server is closed."))
    else:
        form.fail(letter(form), Unclear("There was no answer."))
        form.trouble.deaf = [CannotTell("There is no list.")]
    form.play.do(SEND_THE_FORM)
    form.carry(WAITS[0])
    form.play.do("""
Asha: /report
Asha [Continue]
Asha [Skip]
Asha [Send it now]
""")
    assert list(form.mail.letters) == [f"{form.reference}/letter/2"]
    assert press(form, ASHA, "try again", letter(form)) == (
        f"The report for {form.reference} was sent anew since, so this letter is not sent again."
    )
    form.carry()
    assert form.due(letter(form)).state == state
    assert list(form.mail.letters) == [f"{form.reference}/letter/2"]


@pytest.mark.parametrize(("button", "letters"), [("It has arrived", 0), ("It has not: send it again", 1)])
def test_a_letter_of_which_nobody_knows_is_held_and_noted_as_sent_once_a_person_knows(
    form: Post, button: str, letters: int
) -> None:
    form.fail(letter(form), Unclear("There was no answer."))
    form.trouble.deaf = [CannotTell("There is no list.")]
    form.play.do(SEND_THE_FORM)
    form.carry(WAITS[0])
    assert "has reached admin.sbu@herefordshire.gov.uk: There is no list." in form.world.sees(ASHA)
    # A locked screen shows neither an address, which somebody may have typed, nor what the remote said.
    assert form.chat.at(ASHA)[-1].message.summary == (
        f"{form.reference}: nobody can tell whether something has arrived"
    )
    assert list(form.play.escalation().sent) != [], "it is not due again as long as nobody knows"
    form.world.presses(ASHA, button)
    assert len(form.mail.letters) == letters
    assert bool(form.play.escalation().fields["letter.1"]["left"])
    sent = form.play.history()[-1]
    assert sent.what == "report sent"
    assert [name[-5:] for name in sent.details["documents"]] == [".docx"], "which document it was is noted either way"
    assert ("Its message id is not known." in sent.details["receipt"]) is (letters == 0)
    in_doubt = next(each for each in form.play.history() if each.what == "report in doubt")
    assert in_doubt.details["documents"] == sent.details["documents"]
    assert is_explained(form.play.escalation(), form.play.history())


def test_the_operator_decides_the_same_without_chat(post: Post) -> None:
    dead(post)
    with post.world.parts.database.transaction() as tx:
        c = post.carrier.making.context(tx, post.reference)
        assert decisions.begin_again(tx, c, "t", "operator", post.world.moment)
        assert not decisions.begin_again(tx, c, "t", "operator", post.world.moment)
        assert not decisions.settle(tx, c, "t", "operator", post.world.moment)
    post.carry()
    assert (post.due("t").state, post.play.history()[-1].by) == ("done", "operator")


def test_the_operator_is_refused_the_same(form: Post) -> None:
    form.fail(letter(form), Refused("The mail server is closed."))
    form.play.do(SEND_THE_FORM)
    form.play.do("""
Asha: /report
Asha [Continue]
Asha [Skip]
Asha [Send it now]
""")
    with form.world.parts.database.look() as tx:
        c = form.carrier.making.context(tx, form.reference)

    def operator_tries() -> None:
        with form.world.parts.database.transaction() as tx:
            decisions.begin_again(tx, c, letter(form), "operator", form.world.moment)

    with pytest.raises(NotAllowed, match="was sent anew"):
        operator_tries()
    assert form.due(letter(form)).state == "dead"
