"""Letters: sent as they were confirmed, noted once, and due again where they could not be delivered."""

from __future__ import annotations

import hashlib
from datetime import timedelta

import pytest

from bot.delivery import LEASE, WAITS
from bot.errors import Away, Refused, Shut, StoreError
from bot.messages import words_of
from bot.ports import Letter
from tests.dialogues.script import words_in
from tests.posting import ASHA, Forgetful, Overtaken, Post, busy
from tests.scenes import SEND_THE_FORM, Play


@pytest.fixture
def form(asked: Play) -> Post:
    """Asked for approval to move to Stage 2, where the form is due."""
    return Post(asked)


def document(letter: Letter) -> str:
    return words_in(letter.attachments[0].content)


def letter_key(post: Post) -> str:
    return next(key for key in post.trouble.tried if "letter" in key)


def test_a_letter_holds_the_answers_as_they_were_confirmed_whatever_is_changed_later(form: Post) -> None:
    form.fail(f"{form.reference}/letter/1", busy(timedelta(hours=2)))
    form.play.do(SEND_THE_FORM)
    assert form.mail.letters == {}
    form.play.do("""
Asha: /report
Asha [Continue]
Asha [Skip]
Asha: edit 3
Asha: 99 Elsewhere Road
Asha [Keep it, do not send]
  | is kept. Nothing was sent.
""")
    assert "99 Elsewhere Road" in str(form.play.escalation().fields)
    form.carry(timedelta(hours=2))
    (letter,) = form.mail.letters.values()
    assert "14 Nowhere Lane" in document(letter)
    assert "99 Elsewhere Road" not in document(letter)


def test_a_letter_that_is_refused_is_told_to_the_raiser_with_what_to_do(form: Post) -> None:
    form.fail(f"{form.reference}/letter/1", Refused("The address is not known there."))
    form.play.do(SEND_THE_FORM)
    told = "\n".join(words_of(each.message) for each in form.chat.at(ASHA))
    assert (
        f"The report for {form.reference} could not be delivered to one of its recipients: The address is not known "
        "there. It is due again. Please correct the address and send it again" in told
    )
    assert "[Send the report again]" in told
    assert "report sent" not in form.play.told()
    entry = form.play.history()[-1]
    assert (entry.what, entry.by) == ("report not delivered", "bot")
    assert entry.details == {
        "letter": "1",
        "to": "admin.sbu@herefordshire.gov.uk",
        "reason": "The address is not known there.",
        "record": {"sent": {}, "notices": {}},
    }
    # It is due again, and can be sent again; no clock runs from a notice that did not arrive.
    after = form.play.escalation()
    assert after.sent == after.fields["notices"] == {}
    assert (after.fields["letter.1"].get("left"), bool(after.fields["letter.1"]["given_up"])) == (None, True)
    assert set(form.given_up()) == {f"{form.reference}/letter/1"}


def test_of_two_letters_the_one_that_was_refused_is_due_again_and_the_other_has_left(form: Post) -> None:
    form.fail(f"{form.reference}/letter/2", Refused("The address is not known there."))
    form.play.do(SEND_THE_FORM.replace("Asha [Skip]\nAsha [Send", "Asha: hugh@example.org\nAsha [Send"))
    after = form.play.escalation()
    assert bool(after.fields["letter.1"]["left"])
    assert bool(after.fields["letter.2"]["given_up"])
    assert after.sent == {}
    assert [letter.to for letter in form.mail.letters.values()] == [("admin.sbu@herefordshire.gov.uk",)]


def test_a_letter_that_left_is_in_the_history_with_its_receipt_and_which_document_it_was(form: Post) -> None:
    form.play.do(SEND_THE_FORM)
    entry = form.play.history()[-1]
    assert (entry.what, entry.by) == ("report sent", "bot")
    receipt = f"mailed {letter_key(form)}"
    (attached,) = form.mail.letters[letter_key(form)].attachments
    documents = {attached.name: hashlib.sha256(attached.content).hexdigest()}
    to = "admin.sbu@herefordshire.gov.uk"
    assert entry.details == {"letter": "1", "to": to, "receipt": receipt, "documents": documents}
    assert form.play.escalation().fields["letter.1"]["left"] == form.world.moment.isoformat()


def test_a_letter_that_left_just_before_the_bot_fell_over_is_noted_once(form: Post) -> None:
    form.play.do(SEND_THE_FORM.replace("Asha [Send it now]\n", ""))
    form.plug(store=Forgetful(form.world.parts.database, lost=1, only="letter"))
    with pytest.raises(StoreError):
        form.play.do("Asha [Send it now]")
    form.world.restart()
    form.plug()
    form.carry()
    assert form.trouble.asked == [], "it is whoever's who fell over, until their lease is over"
    form.carry(LEASE)
    assert form.trouble.asked.count(letter_key(form)) == 1
    form.carry(timedelta(days=1))
    assert form.trouble.tried.count(letter_key(form)) == 1
    assert len(form.mail.letters) == 1
    assert form.play.told().count("report sent") == 1
    (attached,) = form.mail.letters[letter_key(form)].attachments
    noted = form.play.history()[-1].details["documents"]
    assert noted == {attached.name: hashlib.sha256(attached.content).hexdigest()}, "made again, it is the same"


def test_a_letter_that_leaves_while_somebody_changes_the_escalation_is_noted_all_the_same(form: Post) -> None:
    form.play.do(SEND_THE_FORM.replace("Asha [Send it now]\n", ""))
    form.fail(f"{form.reference}/letter/1", busy())
    form.play.do("Asha [Send it now]")
    form.plug(store=Overtaken(form.world.parts.database, times=3))
    form.carry(WAITS[0])
    assert bool(form.play.escalation().fields["letter.1"]["left"])
    assert form.play.told().count("report sent") == 1
    assert len(form.mail.letters) == 1


def test_a_letter_that_was_tried_twice_arrives_once_and_says_the_same(form: Post) -> None:
    form.fail(f"{form.reference}/letter/1", busy())
    form.play.do(SEND_THE_FORM)
    form.carry(WAITS[0])
    form.carry(timedelta(days=1))
    assert form.trouble.tried.count(letter_key(form)) == 2
    assert len(form.mail.letters) == 1
    assert form.play.told().count("report sent") == 1


@pytest.mark.parametrize("kind", [Away, Shut])
def test_a_letter_that_cannot_leave_for_an_hour_is_known_to_its_raiser_once_and_leaves_as_soon_as_it_can(
    form: Post, kind: type[Away]
) -> None:
    form.fail(f"{form.reference}/letter/1", *(kind("The mail server could not be reached.") for _ in range(60)))
    form.play.do(SEND_THE_FORM)

    def told() -> list[str]:
        return [words_of(said.message) for said in form.chat.at(ASHA) if "has not left" in words_of(said.message)]

    for _ in range(5):
        form.carry(timedelta(minutes=10))
    assert told() == []
    for _ in range(40):
        form.carry(timedelta(minutes=10))
    (text,) = told()
    assert text.startswith(f"A document for {form.reference} has not left by e-mail yet: The mail server could not be")
    assert form.given_up() == {}
    form.fail(f"{form.reference}/letter/1")
    form.carry(timedelta(minutes=10))
    assert len(form.mail.letters) == 1


def test_the_body_says_who_owns_the_next_step_by_role_and_by_which_day_as_it_was_confirmed(form: Post) -> None:
    form.fail(f"{form.reference}/letter/1", busy(timedelta(days=2)))
    form.play.do(SEND_THE_FORM)
    form.carry(timedelta(days=2))
    (letter,) = form.mail.letters.values()
    assert (
        "How it stands on Wednesday 4 March 2026: Stage 2: Safeguarding Lead/Service Manager/Head of Service to "
        "Safeguarding Lead/Service Manager/Head of Service\n"
        "Who owns the next step: Safeguarding Lead/Service Manager/Head of Service (raising side)\n"
        "Due: by the end of Thursday 12 March 2026\n" in letter.body
    )
    assert "The professional who raised the escalation keeps the responsibility for moving it on" in letter.body
    assert not [name for name in ("Asha", "Ben", "Dele", "Kit") if name in letter.body]
