"""What decisions cause: who may approve, what silence does, what ending and reporting lead to, what is on record."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from bot.chat.console.people import PEOPLE
from bot.decisions.signing import with_signatures
from bot.errors import Refused
from bot.escalation import Status
from bot.fields import Attestation
from bot.forms_due import outstanding
from bot.messages import words_of
from bot.ports import Heard, Letter, Pressed
from tests.dialogues.script import words_in
from tests.scenes import ASK_FOR_STAGE_2, DIALOGUES, FILL_IN_THE_FORM, Play, scene
from tests.talking import MailFake, World, button_of, has_button

ASHA, BEN, CERYS, DELE = "console:asha", "console:ben", "console:cerys", "console:dele"
ERIN, FARID, GRACE, IRIS = "console:erin", "console:farid", "console:grace", "console:iris"
REASON = "The team manager keeps to the decision about Kit Marker."


@pytest.fixture
def islands(tmp_path: Path) -> Iterator[Play]:
    """A policy without days; Ben is named for stage one."""
    play = scene("islands", tmp_path)
    yield play
    play.world.close()


@pytest.fixture
def signing(tmp_path: Path) -> Iterator[Play]:
    """At stage three of the Islands' ladder, where the form has two signatures; Erin acts there."""
    play = scene("islands at stage 3", tmp_path)
    yield play
    play.world.close()


def text_of(letter: Letter) -> str:
    return words_in(letter.attachments[0].content)


def everything_in_channels(world: World) -> str:
    return "\n".join(words_of(each.message) for each in world.chat.said.values() if each.place.startswith("#"))


# ── asking and approving ─────────────────────────────────────────────────────────────────────────────────────


def test_asking_posts_the_request_in_the_thread_and_tells_both_who_may_answer(asked: Play) -> None:
    (approval,) = asked.approvals()
    assert approval.may_answer == (BEN, CERYS)
    assert (approval.asked_by, approval.asked_on, approval.stage) == (ASHA, date(2026, 3, 4), "stage-2")
    for manager in (BEN, CERYS):
        assert "Asha Example asks for your approval to move" in asked.world.sees(manager)
        assert REASON in asked.world.sees(manager)
        assert "It is at Stage 1 now: by the end of Thursday 5 March 2026" in asked.world.sees(manager)
    post = asked.world.shows_button(BEN, "Approve")
    assert (post.place, post.under) == ("#herefordshire-escalations", f"{asked.world.reference()}/thread")
    assert REASON not in everything_in_channels(asked.world)
    assert asked.escalation().stage == "stage-1"


@pytest.mark.parametrize(("manager", "name"), [("Ben", "Ben Sample"), ("Cerys", "Cerys Specimen")])
def test_the_manager_or_the_deputy_approves_and_it_moves(asked: Play, manager: str, name: str) -> None:
    asked.do(f"""
{manager} [Approve]
  | Thank you.
#herefordshire-escalations | Approved by {name} on Wednesday 4 March 2026: REF moves to Stage 2.
#herefordshire-escalations ! {REASON}
""")
    moved = asked.escalation()
    assert (moved.stage, moved.entered["stage-2"]) == ("stage-2", date(2026, 3, 4))
    assert moved.person("stage-2", "raising")["person"] == DELE
    entry = asked.history()[-1]
    assert (entry.what, entry.by) == ("moved", f"console:{manager.lower()}")
    assert entry.details["reason"] == REASON
    assert entry.details["approved_by"] == f"console:{manager.lower()}"
    (approval,) = asked.approvals()
    assert (approval.answer, approval.answered_by) == ("approved", f"console:{manager.lower()}")


@pytest.mark.parametrize("who", ["Asha", "Dele", "Erin", "Farid", "Grace", "Iris"])
@pytest.mark.parametrize("button", ["Approve", "Decline"])
def test_raiser_colleagues_and_the_other_side_may_neither_approve_nor_decline(
    asked: Play, who: str, button: str
) -> None:
    before, approvals = asked.escalation(), asked.approvals()
    asked.do(f"{who} [{button}]")
    refusal = asked.world.sees(f"console:{who.lower()}")
    assert "This is your own request" in refusal or "Only the manager named in this request" in refusal
    assert asked.escalation() == before
    assert asked.approvals() == approvals
    assert asked.told().count("asked for approval") == 1
    assert "moved" not in asked.told()
    assert has_button(asked.world.shows_button(BEN, "Approve").message, "Approve")


def test_who_may_approve_is_fixed_at_the_time_of_asking(asked: Play) -> None:
    ben = next(person for person in PEOPLE if person.id == BEN)
    with asked.world.parts.database.transaction() as tx:
        tx.keep_person(replace(ben, deputy=ERIN))
        escalation = tx.escalations()[-1]
        erin = next(person for person in PEOPLE if person.id == ERIN).details()
        tx.save_escalation(escalation.with_fields(**{"people.stage-1.raising": erin, "people.stage-1.deputy": {}}))
    asked.do("""
Erin [Approve]
  | Only the manager named in this request, or their deputy, can answer it. Nothing was changed.
Cerys [Approve]
  | Thank you.
""")
    assert asked.escalation().stage == "stage-2"


def test_what_was_approved_cannot_be_declined_afterwards(asked: Play) -> None:
    button = asked.world.shows_button(CERYS, "Decline")
    asked.do("Ben [Approve]")
    asked.world.presses(CERYS, "Decline", among=button)
    assert "has been answered already: it was approved. Nothing was changed." in asked.world.sees(CERYS)
    assert asked.escalation().stage == "stage-2"


def test_declining_while_another_approves_changes_nothing_any_more(asked: Play) -> None:
    asked.do("""
Cerys [Decline]
Ben [Approve]
Cerys: I would rather wait.
  | has been answered already: it was approved. Nothing was changed.
""")
    assert asked.escalation().stage == "stage-2"
    assert "declined" not in asked.told()


def test_declining_needs_a_reason_which_the_raiser_reads_and_the_channel_does_not(asked: Play) -> None:
    asked.do("""
Ben [Decline]
  | Why do you decline?
Ben: skip
  | This one is needed, so it cannot be skipped.
Ben [Continue]
  | Nothing was given.
""")
    assert "declined" not in asked.told()
    asked.do("""
Ben: Kit Marker is being seen on Friday.
  | Noted.
#herefordshire-escalations | Declined by Ben Sample on Wednesday 4 March 2026: REF does not move to Stage 2 for now.
#herefordshire-escalations ! seen on Friday
""")
    assert "Kit Marker is being seen on Friday." in asked.world.sees(ASHA)
    assert "You may ask again" in asked.world.sees(ASHA)
    assert "from Thursday 5 March 2026 you may go on without approval" in asked.world.sees(ASHA)
    entry = asked.history()[-1]
    assert (entry.what, entry.by) == ("declined", BEN)
    assert entry.details == {"stage": "stage-2", "reason": "Kit Marker is being seen on Friday."}
    assert asked.escalation().stage == "stage-1"


def test_asking_again_after_a_decline_withdraws_nothing_that_was_answered(asked: Play) -> None:
    asked.do("""
Ben [Decline]
Ben: Please wait.
Asha: /move
Asha [Ask again]
Asha: It cannot wait.
Asha fills in
    Pick somebody = Dele
Asha [Continue]
Asha [Skip]
Asha [Skip]
Asha [Ask for approval]
Cerys [Approve]
  | Thank you.
""")
    assert [approval.answer for approval in asked.approvals()] == ["declined", "approved"]
    assert asked.history()[-1].details["reason"] == "It cannot wait."


def test_a_request_that_was_asked_again_cannot_be_answered_in_its_old_place(asked: Play) -> None:
    old = asked.world.shows_button(BEN, "Approve")
    asked.do("""
1 working day later
Asha: /move
Asha [Ask again]
Asha: Still the same.
Asha fills in
    Pick somebody = Erin
Asha [Continue]
Asha [Skip]
Asha [Skip]
Asha [Ask for approval]
#herefordshire-escalations | This request is no longer open.
""")
    asked.world.presses(BEN, "Approve", among=old)
    assert "has been answered already: it was withdrawn. Nothing was changed." in asked.world.sees(BEN)
    assert asked.escalation().stage == "stage-1"
    asked.do("Ben [Approve]")
    assert asked.escalation().person("stage-2", "raising")["person"] == ERIN


# ── silence ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_silence_holds_it_until_the_due_day_and_not_longer(asked: Play) -> None:
    asked.do("""
Asha: /move
  | nobody has answered yet
  | from Thursday 5 March 2026 you may go on without approval
""")
    assert "[Go on without approval]" not in asked.world.sees(ASHA)
    asked.do("""
1 working day later
Asha: /move
Asha [Go on without approval]
Asha: Two days of silence.
Asha [Move to Stage 2]
  | REF is now at Stage 2
#herefordshire-escalations | Asha Example went on to Stage 2 on Thursday 5 March 2026 without approval
#herefordshire-escalations ! Two days of silence
""")
    entry = asked.history()[-1]
    assert (entry.what, entry.by) == ("moved", ASHA)
    assert "Two days of silence." in entry.details.values()
    assert [approval.answer for approval in asked.approvals()] == ["gone_on"]
    assert "approved_by" not in entry.details


def test_a_decline_holds_it_until_the_due_day_and_not_longer(asked: Play) -> None:
    asked.do("""
Ben [Decline]
Ben: Please wait.
Asha: /move
  | it was declined
  | from Thursday 5 March 2026 you may go on without approval
""")
    assert "[Go on without approval]" not in asked.world.sees(ASHA)
    asked.do("""
1 working day later
Asha: /move
Asha [Go on without approval]
Asha: The day has come.
Asha [Move to Stage 2]
  | REF is now at Stage 2
""")
    assert "The day has come." in asked.history()[-1].details.values()


def test_an_approval_that_comes_after_they_went_on_changes_nothing(asked: Play) -> None:
    button = asked.world.shows_button(BEN, "Approve")
    asked.do("""
1 working day later
Asha: /move
Asha [Go on without approval]
Asha: Silence.
Asha [Move to Stage 2]
""")
    asked.world.presses(BEN, "Approve", among=button)
    assert "it was passed, since the raiser went on. Nothing was changed." in asked.world.sees(BEN)
    assert asked.told().count("moved") == 1


def test_a_stage_without_a_clock_waits_the_policys_days_for_an_approval(islands: Play) -> None:
    wait = islands.world.parts.policies["islands"].clock.approval_wait_days
    assert wait == 2
    islands.do("""
Asha: /move
Asha: No answer.
Asha fills in
    Pick somebody = Erin
Asha [Continue]
Asha [Skip]
Asha [Skip]
Asha [Ask for approval]
1 working day later
Asha: /move
  | from Wednesday 4 March 2026 you may go on without approval
""")
    assert "[Go on without approval]" not in islands.world.sees(ASHA)
    islands.do("""
1 working day later
Asha: /move
Asha [Go on without approval]
Asha: Two working days of silence.
Asha: move
  | Please choose the one to change, by its number.
Asha: Move to Stage 2
""")
    assert islands.history()[-1].what == "moved"


def test_at_the_top_of_the_ladder_there_is_nowhere_to_go(asked: Play) -> None:
    asked.do("Ben [Approve]")
    for stage, manager in (("Stage 3", "Dele"), ("Stage 4", "Erin")):
        asked.do(f"""
Asha: /move
Asha: Not resolved.
Asha fills in
    Pick somebody = Erin
Asha [Continue]
Asha [Skip]
Asha [Skip]
Asha [Ask for approval]
{manager} [Approve]
#herefordshire-escalations | REF has moved to {stage}.
""")
    before = asked.escalation()
    asked.do("""
Asha: /move
  | REF is at the top of the ladder: Stage 4
  | resolve it
""")
    assert asked.escalation() == before


def test_a_manager_outside_the_chat_is_recorded_as_the_one_who_agreed(tmp_path: Path) -> None:
    play = scene("islands", tmp_path)
    try:
        with play.world.parts.database.transaction() as tx:
            escalation = tx.escalations()[-1]
            outside = {"name": "Sam Elsewhere", "role": "Manager", "agency": "", "email": "", "person": ""}
            tx.save_escalation(escalation.with_fields(**{"people.stage-1.raising": outside}))
        stage = play.escalation().stage
        with play.world.parts.database.transaction() as tx:
            escalation = tx.escalations()[-1]
            tx.save_escalation(escalation.with_fields(**{f"people.{stage}.raising": outside}))
        play.do("""
Asha: /move
Asha: No answer.
Asha fills in
    Pick somebody = Erin
Asha [Continue]
Asha [Skip]
Asha [Skip]
  | Which manager on your side agreed to the move?
Asha: Sam Elsewhere, Manager
Asha [Continue]
  | Is everything right?
Asha [Move to Stage 2]
""")
        details = play.history()[-1].details
        assert details["approved_outside"]["name"] == "Sam Elsewhere"
        assert details["approved_outside"]["on"] == "2026-03-02"
        assert "without_approval" not in details
    finally:
        play.world.close()


# ── agreed dates ─────────────────────────────────────────────────────────────────────────────────────────────


def test_dates_that_both_sides_agreed_are_kept_through_asking_and_approving(tmp_path: Path) -> None:
    world = World(tmp_path, now="2026-04-01T10:00", quick=True)
    play = Play(world, DIALOGUES / "trafford.txt")
    try:
        play.play_until("# Stages 1 and 2 are informal")
        assert play.escalation().agreed == {"stage-1": date(2026, 4, 10)}
        play.do("""
Asha: /move
Asha: No change.
Asha fills in
    Pick somebody = Erin
Asha [Continue]
Asha [Skip]
Asha [Skip]
Asha: 9 April 2026
Asha [Ask for approval]
Ben [Approve]
#trafford-escalations | by the end of Thursday 9 April 2026
""")
        moved = play.escalation()
        assert moved.agreed == {"stage-1": date(2026, 4, 10), "stage-2": date(2026, 4, 9)}
    finally:
        world.close()


# ── resolving and reporting ──────────────────────────────────────────────────────────────────────────────────

RESOLVE = """
Asha: /resolve
Asha [Continue]
Asha [It was agreed]
Asha: The managers met.
Asha: A strategy discussion.
Asha: Say early that it is an escalation.
Asha [Skip]
Asha fills in
    Has an outcome = An outcome has been agreed
Asha [Continue]
Asha [Resolve the escalation]
"""


def test_resolved_before_any_report_is_due_it_is_closed_at_once(raised: Play) -> None:
    raised.do(RESOLVE)
    raised.do("""
  | REF is closed
#herefordshire-escalations | REF has been resolved.
""")
    ended = raised.escalation()
    assert (ended.status, ended.resolved_on, ended.resolved_at) == (Status.CLOSED, date(2026, 3, 2), "stage-1")
    assert raised.told()[-2:] == ["resolved", "closed"]
    assert raised.world.mail.letters == {}


def test_resolving_withdraws_a_request_that_waits(asked: Play) -> None:
    button = asked.world.shows_button(BEN, "Approve")
    asked.do(RESOLVE)
    assert [approval.answer for approval in asked.approvals()] == ["withdrawn"]
    asked.world.presses(BEN, "Approve", among=button)
    assert "it was withdrawn. Nothing was changed." in asked.world.sees(BEN)
    assert asked.escalation().stage == "stage-1"


def test_it_cannot_be_resolved_before_the_concern_which_is_said_where_the_day_is_asked(raised: Play) -> None:
    raised.do("""
Asha: /resolve
Asha: 27/02/2026
  | It cannot have been resolved on Friday 27 February 2026: the clock began on Monday 2 March 2026.
Asha: 27 February
  | It cannot have been resolved on Friday 27 February 2026
  ! Is that right?
Asha: 2 March 2026
Asha [It was agreed]
Asha: The managers met.
Asha: A strategy discussion.
Asha [Skip]
Asha [Skip]
Asha fills in
    Has an outcome = An outcome has been agreed
Asha [Continue]
""")
    assert raised.escalation().status is Status.OPEN
    raised.do("Asha [Resolve the escalation]")
    assert raised.escalation().resolved_on == date(2026, 3, 2)


FORM_OF_STAGE_2 = f"""{FILL_IN_THE_FORM}Asha: hugh.imaginary@example-county.example.org
"""


@pytest.fixture
def form(asked: Play) -> Play:
    """At Stage 2, with its form filled in as far as the review."""
    asked.do("Ben [Approve]")
    asked.do(FORM_OF_STAGE_2)
    asked.do("  | Please look through the form. What shall I do?")
    return asked


def test_a_form_that_is_kept_is_not_sent(form: Play) -> None:
    form.do("Asha [Keep it, do not send]")
    kept = form.escalation()
    assert form.world.mail.letters == {}
    assert kept.sent == {}
    assert "Kit Marker" in str([answers for name, answers in kept.fields.items() if name.startswith("form.")])
    assert form.told()[-1] == "report kept"
    form.do("""
Asha: /report
  | E-mail address of
Asha [Skip]
  | Please look through the form
  | Kit Marker
""")


def test_a_form_kept_early_is_sent_with_the_stage_and_the_people_that_came_later(asked: Play) -> None:
    asked.do(f"""{FILL_IN_THE_FORM}
Asha [Skip]
Asha [Keep it, do not send]
Ben [Approve]
Asha: /report
  | 3.2 Name(s) of other professionals
  | Dele Pretend
Asha [Continue]
  | 4.4 Action taken:
  | Stage 2 entered on Wednesday 4 March 2026.
Asha [Continue]
Asha [Skip]
Asha [Send it now]
mailbox | Dele Pretend
mailbox | Stage 2 entered on Wednesday 4 March 2026.
""")


def test_each_recipient_gets_a_letter_of_its_own_and_nobody_else_does(form: Play) -> None:
    form.do("Asha [Send it now]")
    letters = list(form.world.mail.letters.values())
    assert sorted(letter.to for letter in letters) == [
        ("admin.sbu@herefordshire.gov.uk",),
        ("hugh.imaginary@example-county.example.org",),
    ]
    assert all("Kit Marker" in text_of(letter) for letter in letters)
    assert len({letter.key for letter in letters}) == 2
    assert form.told()[-3:] == ["report confirmed", "report sent", "report sent"]
    confirmed = form.history()[-3]
    assert [to["email"] for to in confirmed.details["to"]] == [
        "admin.sbu@herefordshire.gov.uk",
        "hugh.imaginary@example-county.example.org",
    ]
    assert list(form.escalation().sent) == ["report-to-hscp/all/entry"]


def test_resolved_with_a_report_due_it_is_closed_only_when_that_has_gone_out(form: Play) -> None:
    form.do("Asha [Send it now]")
    form.do(RESOLVE)
    form.do("  | REF is resolved, report still to be sent")
    assert form.escalation().status is Status.RESOLVED
    assert "closed" not in form.told()
    form.do("Asha: /report")
    while "Please look through the form" not in form.world.sees(ASHA):
        before = form.world.sees(ASHA)
        press = next(press for press in ("Skip", "Continue", "Stage 2") if f"[{press}]" in before)
        form.do(f"Asha [{press}]")
        assert form.world.sees(ASHA) != before
    form.do("""
Asha [Send it now]
  | REF is closed
#herefordshire-escalations | REF is closed.
""")
    assert form.escalation().status is Status.CLOSED
    assert [what for what in form.told() if what in {"resolved", "closed"}] == ["resolved", "closed"]


def test_every_step_is_in_the_history_with_who_did_it(raised: Play) -> None:
    raised.do("""
Asha: /update
Asha: The managers met.
Asha: /say
Asha [Yes, I have]
Asha: Grace Madeup
Asha [By e-mail]
Asha [Continue]
""")
    raised.do(ASK_FOR_STAGE_2)
    raised.do("""
Ben [Decline]
Ben: Please wait.
""")
    raised.do(RESOLVE)
    assert [(entry.sequence, entry.what, entry.by) for entry in raised.history()] == [
        (1, "raised", ASHA),
        (2, "words said", ASHA),
        (3, "updated", ASHA),
        (4, "words said", ASHA),
        (5, "asked for approval", ASHA),
        (6, "declined", BEN),
        (7, "resolved", ASHA),
        (8, "closed", ASHA),
    ]
    assert {entry.at for entry in raised.history()} == {raised.world.moment}


# ── signatures ───────────────────────────────────────────────────────────────────────────────────────────────

ISLANDS_FORM = """
Asha: /report
Asha: The Marker family
Asha [Continue]
Asha [Continue]
Asha: Not resolved yet.
Asha [Skip]
  | Signature of challenger manager
"""
THE_OTHER_MANAGER_DECLINES = """
  | Signature of challenged manger
Asha fills in
    How they sign = They decline
    If they decline = On leave until June.
Asha [Continue]
Asha [Skip]
"""


def ask_to_sign(play: Play, who: str) -> None:
    """The form is sent, with a manager of the raising side asked to confirm it in chat."""
    play.do(ISLANDS_FORM)
    play.do(f"""
Asha fills in
    How they sign = Ask them
    Pick them = {who}
Asha [Continue]
""")
    play.do(THE_OTHER_MANAGER_DECLINES)
    play.do("Asha [Send it now]")


def signature(play: Play) -> dict[str, str]:
    """The signature block of the raising side, as it stands on the stored form."""
    blocks = [
        value
        for name, form in play.escalation().fields.items()
        if name.startswith("form.")
        for value in form.values()
        if isinstance(value, dict) and "confirmed" in value
    ]
    return dict(blocks[0])


def signed(play: Play) -> list[dict[str, str]]:
    """The confirmations on record: who, when, and a digest of what stood on the form."""
    return [value for name, value in play.escalation().fields.items() if name.startswith("signed.")]


def printed(play: Play) -> str:
    """The signature of the raising side as the newest letter would show it if it were sent now."""
    escalation = play.escalation()
    (stored,) = [name for name in escalation.fields if name.startswith("form.")]
    _, form, instance = stored.split(".")
    whole = with_signatures(escalation, form, instance, escalation.fields[stored])
    block = next(value for value in whole.values() if isinstance(value, dict) and "confirmed" in value)
    return Attestation(side="raising").show(block)


def test_a_signature_that_is_asked_for_in_chat_does_not_hold_the_letter_back(signing: Play) -> None:
    ask_to_sign(signing, "Erin")
    (letter,) = signing.world.mail.letters.values()
    assert "Asked to confirm in chat" in text_of(letter)
    assert signing.told()[-1] == "report to post"
    signing.do("""
Erin: my escalations
  | REF
""")


def test_a_manager_confirms_in_chat_and_it_stands_on_the_form_from_then_on(signing: Play) -> None:
    ask_to_sign(signing, "Erin")
    signing.do("Erin [I confirm it]")
    (confirmation,) = signed(signing)
    assert (confirmation["person"], confirmation["at"]) == (ERIN, "2026-03-02T10:00+00:00")
    assert printed(signing).startswith("Confirmed in chat by Erin Invented, Monday 2 March 2026 at 10:00")
    entry = signing.history()[-1]
    assert (entry.what, entry.by) == ("signed", ERIN)
    assert "Erin Invented has confirmed the report for" in signing.world.sees(ASHA)
    assert not any(has_button(each.message, "I confirm it") for each in signing.world.chat.at(ERIN))


def test_a_manager_declines_to_sign_with_a_reason_and_nothing_is_blocked(signing: Play) -> None:
    ask_to_sign(signing, "Erin")
    signing.do("""
Erin [I decline]
  | Why do you decline?
Erin: I have not seen the Marker file.
#islands-escalations ! Marker file
""")
    block = signature(signing)
    assert (block["how"], block["because"]) == ("declined", "I have not seen the Marker file.")
    entry = signing.history()[-1]
    assert (entry.what, entry.by, entry.details["reason"]) == (
        "declined to sign",
        ERIN,
        "I have not seen the Marker file.",
    )
    assert "I have not seen the Marker file." in signing.world.sees(ASHA)
    signing.do("""
Asha [Send the report again]
Asha [Skip]
Asha [Send it now]
mailbox holds 2 letters
mailbox | Declined or unable, because: I have not seen the Marker file.
""")


@pytest.mark.parametrize("who", ["Asha", "Ben", "Grace", "Iris"])
def test_nobody_else_signs(signing: Play, who: str) -> None:
    ask_to_sign(signing, "Erin")
    request = signing.world.shows_button(ERIN, "I confirm it")
    for label in ("I confirm it", "I decline"):
        signing.world.presses(f"console:{who.lower()}", label, among=request)
    assert signed(signing) == []
    assert "Asked to confirm in chat" in printed(signing)
    assert signing.told()[-3:] == ["report to post", "refused", "refused"]
    assert {entry.by for entry in signing.history()[-2:]} == {f"console:{who.lower()}"}


@pytest.mark.parametrize("label", ["I confirm it", "I decline"])
def test_whoever_is_asked_to_sign_can_answer_even_if_they_act_at_no_stage(signing: Play, label: str) -> None:
    ask_to_sign(signing, "Dele")
    signing.do(f"Dele [{label}]")
    if label == "I decline":
        signing.do("Dele: I was away.")
    assert signing.told()[-1] == ("signed" if label == "I confirm it" else "declined to sign")


def test_an_answer_that_is_refused_leaves_the_open_conversation_open(signing: Play) -> None:
    ask_to_sign(signing, "Erin")
    signing.do("""
Dele: /escalate
Dele [No]
""")
    asked = signing.world.sees(DELE)
    request = signing.world.shows_button(ERIN, "I decline")
    signing.world.presses(DELE, "I decline", among=request)
    with signing.world.parts.database.transaction() as tx:
        conversation = tx.conversation(DELE)
        assert conversation is not None
        assert (conversation.flow, list(conversation.answers)) == ("escalate", ["in_danger"])
        assert tx.drafts(DELE) == []
    assert "Which partnership’s policy applies?" in asked


def test_a_confirmation_counts_for_nobody_but_the_one_who_gave_it(signing: Play) -> None:
    """Asha sends the form again with another signatory before Erin has answered; then Erin confirms after all."""
    ask_to_sign(signing, "Erin")
    request = signing.world.shows_button(ERIN, "I confirm it")
    signing.do("""
Asha: /report
Asha [Skip]
Asha: edit 6
  | Signature of challenger manager
Asha fills in
    How they sign = Ask them
    Pick them = Cerys
    Name = Cerys Specimen
Asha [Continue]
Asha [Send it now]
""")
    assert signature(signing)["person"] == CERYS
    # The request that stands no longer loses its buttons; who still has an old one is told, and nothing is signed.
    assert "is no longer open" in signing.world.sees(ERIN)
    assert signing.told().count("request to sign withdrawn") == 1
    signing.world.presses(ERIN, "I confirm it", among=request)
    assert signed(signing) == []
    assert any("asks you to confirm" in words_of(each.message) for each in signing.world.chat.at(CERYS))
    signing.do("Cerys [I confirm it]")
    assert [each["person"] for each in signed(signing)] == [CERYS]
    assert "Cerys Specimen" in printed(signing)


def test_a_confirmation_given_while_the_form_is_open_is_not_lost_when_it_is_sent(signing: Play) -> None:
    ask_to_sign(signing, "Erin")
    signing.do("""
Asha: /report
Erin [I confirm it]
Asha [Skip]
Asha [Send it now]
mailbox holds 2 letters
""")
    assert [each["at"] for each in signed(signing)] == ["2026-03-02T10:00+00:00"]
    assert "Confirmed in chat" in text_of(list(signing.world.mail.letters.values())[-1])


CHANGED = """
Asha: /report
Asha [Skip]
Asha: edit 1
Asha: Another family
Asha [Send it now]
"""


def test_a_confirmation_of_a_form_that_was_changed_says_so_and_is_asked_for_again(signing: Play) -> None:
    ask_to_sign(signing, "Erin")
    signing.do("Erin [I confirm it]")
    signing.do(CHANGED)
    signing.do("""
mailbox holds 2 letters
mailbox | Another family
mailbox | An earlier version was confirmed in chat
""")
    assert "Confirmed in chat" not in text_of(list(signing.world.mail.letters.values())[-1])
    assert signing.told().count("asked to sign") == 2
    signing.do("Erin [I confirm it]")
    assert printed(signing).startswith("Confirmed in chat")


def test_a_form_that_is_sent_again_unchanged_asks_nobody_a_second_time(signing: Play) -> None:
    ask_to_sign(signing, "Erin")
    signing.do("""
Erin [I confirm it]
Asha: /report
Asha [Skip]
Asha [Send it now]
mailbox holds 2 letters
mailbox | Confirmed in chat
""")
    assert signing.told().count("asked to sign") == 1


def test_a_request_asked_before_a_change_is_withdrawn_and_the_form_as_it_is_now_is_asked_about(signing: Play) -> None:
    ask_to_sign(signing, "Erin")
    old = signing.world.shows_button(ERIN, "I confirm it")
    signing.do(CHANGED)
    assert signing.told().count("asked to sign") == 2
    assert signing.told().count("request to sign withdrawn") == 1
    signing.world.presses(ERIN, "I confirm it", among=old)
    assert "it was withdrawn. Nothing was changed." in signing.world.sees(ERIN)
    assert signed(signing) == []
    signing.do("Erin [I confirm it]")
    assert printed(signing).startswith("Confirmed in chat")


def test_the_raiser_signs_where_they_are_the_named_manager(signing: Play) -> None:
    ask_to_sign(signing, "Asha")
    signing.do("Asha [I confirm it]")
    assert [each["person"] for each in signed(signing)] == [ASHA]


def test_signing_is_refused_once_the_block_belongs_to_somebody_else(signing: Play) -> None:
    """As when two things happened at once: the request is still open, but the form names another."""
    ask_to_sign(signing, "Erin")
    request = signing.world.shows_button(ERIN, "I confirm it")
    with signing.world.parts.database.transaction() as tx:
        now = tx.escalations()[-1]
        (stored,) = [name for name in now.fields if name.startswith("form.")]
        blocks = {name: value for name, value in now.fields[stored].items() if isinstance(value, dict)}
        field_id = next(name for name, value in blocks.items() if value.get("person") == ERIN)
        other = {**now.fields[stored], field_id: {**blocks[field_id], "person": CERYS, "name": "Cerys Specimen"}}
        tx.save_escalation(now.with_fields(**{stored: other}))
    signing.world.presses(ERIN, "I confirm it", among=request)
    assert "You are no longer asked to sign the report" in signing.world.sees(ERIN)
    assert signed(signing) == []
    assert signing.told()[-1] == "refused"


def test_declining_to_sign_without_a_reason_is_not_taken(signing: Play) -> None:
    ask_to_sign(signing, "Erin")
    signing.do("Erin [I decline]")
    signing.world.presses(ERIN, "Continue", {"answer": "   "})
    assert "Nothing was given." in signing.world.sees(ERIN)
    assert signing.told()[-1] == "report to post"


def test_a_request_for_a_signature_cannot_be_approved_as_a_move(signing: Play) -> None:
    ask_to_sign(signing, "Erin")
    (request,) = [approval for approval in signing.approvals() if approval.kind == "attestation"]
    before = signing.escalation()
    signing.world.hear(Heard("wrong-kind", ERIN, Pressed("approve", request.key)))
    assert signing.escalation() == before
    (move, *_) = [approval for approval in signing.approvals() if approval.kind == "move"]
    signing.world.hear(Heard("wrong-kind-2", BEN, Pressed("sign", move.key)))
    assert signing.escalation() == before


# ── what was proposed, and what counts ───────────────────────────────────────────────────────────────────────


def test_who_was_proposed_for_the_next_stage_acts_there_only_once_it_is_approved(asked: Play) -> None:
    before = asked.escalation()
    assert before.person("stage-2", "raising") == {}
    assert before.fields["move.stage-2"]["people"]["raising"]["person"] == DELE
    assert before.fields["move.stage-2"]["reason"] == REASON
    # Until then they see nothing of it.
    asked.do("""
Dele: my escalations
  | You have no escalations
Ben [Approve]
Dele: my escalations
  | REF
""")
    assert asked.escalation().person("stage-2", "raising")["person"] == DELE


def test_of_what_was_declined_nothing_is_left_at_the_stage(asked: Play) -> None:
    asked.do("""
Ben [Decline]
Ben: Please wait.
1 working day later
Asha: /move
Asha [Ask again]
Asha: It cannot wait.
Asha fills in
    Pick somebody = Erin
Asha [Continue]
Asha [Skip]
Asha [Skip]
Asha [Ask for approval]
Ben [Approve]
""")
    moved = asked.escalation()
    assert moved.person("stage-2", "raising")["person"] == ERIN
    assert DELE not in str([value for name, value in moved.fields.items() if name.startswith("people.")])
    assert asked.history()[-1].details["reason"] == "It cannot wait."


def test_going_on_after_silence_takes_the_people_and_the_reason_that_were_proposed(asked: Play) -> None:
    asked.do("""
1 working day later
Asha: /move
Asha [Go on without approval]
Asha: Two days of silence.
Asha [Move to Stage 2]
""")
    assert asked.escalation().person("stage-2", "raising")["person"] == DELE
    assert asked.history()[-1].details["reason"] == REASON


def test_where_the_raiser_is_the_stages_own_manager_the_next_stages_manager_approves(raised: Play) -> None:
    with raised.world.parts.database.transaction() as tx:
        now = tx.escalations()[-1]
        asha = next(person for person in PEOPLE if person.id == ASHA).details()
        tx.save_escalation(now.with_fields(**{"people.stage-1.raising": asha, "people.stage-1.deputy": {}}))
    raised.do(ASK_FOR_STAGE_2)
    (approval,) = raised.approvals()
    assert approval.may_answer == (DELE,)
    raised.do("""
Asha [Approve]
  | This is your own request
Dele [Approve]
  | Thank you.
""")
    assert raised.escalation().stage == "stage-2"


def test_a_request_is_withdrawn_when_it_moves_on_in_another_way(asked: Play) -> None:
    """Asked for Stage 2; then straight to Stage 3, approved by the deputy: the first request is past."""
    old = asked.world.shows_button(BEN, "Approve")
    asked.do(JUMP.format(stage="Stage 3"))
    asked.do("Cerys [Approve]")
    assert asked.escalation().stage == "stage-3"
    assert sorted(approval.answer for approval in asked.approvals()) == ["approved", "withdrawn"]
    assert asked.told().count("request withdrawn") == 1
    asked.world.presses(BEN, "Approve", among=old)
    assert "it was withdrawn. Nothing was changed." in asked.world.sees(BEN)
    assert asked.told().count("moved") == 1


def test_resolving_notes_that_the_request_was_withdrawn(asked: Play) -> None:
    asked.do(RESOLVE)
    assert [entry.details["stage"] for entry in asked.history() if entry.what == "request withdrawn"] == ["stage-2"]
    assert has_button(asked.world.chat.at("#herefordshire-escalations")[-1].message, "Approve") is False


def test_an_agreed_date_that_is_past_when_it_is_approved_is_dropped(tmp_path: Path) -> None:
    world = World(tmp_path, now="2026-04-01T10:00", quick=True)
    play = Play(world, DIALOGUES / "trafford.txt")
    try:
        play.play_until("# Stages 1 and 2 are informal")
        play.do("""
Asha: /move
Asha: No change.
Asha fills in
    Pick somebody = Erin
Asha [Continue]
Asha [Skip]
Asha [Skip]
Asha: 2 April 2026
Asha [Ask for approval]
2 working days later
Ben [Approve]
""")
        moved = play.escalation()
        assert moved.stage == "stage-2"
        assert "stage-2" not in moved.agreed
        assert "had been planned as the date for this stage. It is not possible any more" in play.world.sees(
            "console:asha"
        )
    finally:
        world.close()


def test_a_manager_who_is_not_in_the_chat_is_told_by_the_raiser_who_is_told_to(asked: Play) -> None:
    with asked.world.parts.database.transaction() as tx:
        now = tx.escalations()[-1]
        outside = {"name": "Sam Elsewhere", "role": "Head", "agency": "", "email": "", "person": ""}
        proposed = {**now.fields["move.stage-2"], "people": {"raising": outside, "deputy": {}, "challenged": {}}}
        tx.save_escalation(now.with_fields(**{"move.stage-2": proposed}))
    asked.do("Ben [Approve]")
    said = "\n".join(words_of(each.message) for each in asked.world.chat.at(ASHA))
    assert "Sam Elsewhere is not in this chat, so I cannot tell them. Please tell them yourself" in said


def test_a_typed_name_stands_in_no_channel_and_the_role_does_instead(asked: Play) -> None:
    with asked.world.parts.database.transaction() as tx:
        now = tx.escalations()[-1]
        typed = {"name": "the mother of Kit Marker", "role": "", "agency": "", "email": "", "person": ""}
        proposed = {**now.fields["move.stage-2"], "people": {"raising": typed, "deputy": {}, "challenged": {}}}
        tx.save_escalation(now.with_fields(**{"move.stage-2": proposed}))
    asked.do("""
Ben [Approve]
#herefordshire-escalations | Owner: Safeguarding Lead/Service Manager/Head of Service
#herefordshire-escalations ! Kit
#herefordshire-escalations ! mother
""")


# ── straight to a later stage ────────────────────────────────────────────────────────────────────────────────

JUMP = """
Asha: /jump
Asha: {stage}
Asha: the child cannot wait for the stages between.
Asha fills in
    Pick somebody = Erin
Asha [Continue]
Asha [Skip]
Asha [Skip]
Asha [Ask for approval]
"""


@pytest.mark.parametrize(("stage", "over"), [("Stage 3", ["stage-2"]), ("Stage 4", ["stage-2", "stage-3"])])
def test_a_jump_is_asked_for_approved_and_on_record_with_what_it_left_out(
    raised: Play, stage: str, over: list[str]
) -> None:
    raised.do("""
Asha: /jump
  | Speak to your safeguarding lead before you do.
  ! Stage 2
Asha: cancel
Asha: yes
""")
    raised.do(JUMP.format(stage=stage))
    raised.do(f"""
Ben [Approve]
#herefordshire-escalations | REF has moved to {stage}.
#herefordshire-escalations ! cannot wait
""")
    to = over[-1][:-1] + stage[-1]
    jumped, moved = raised.history()[-2:]
    assert (jumped.what, jumped.by, jumped.details) == ("jumped", BEN, {"over": over, "to": to})
    assert (moved.what, moved.details["stage"]) == ("moved", to)
    assert list(raised.escalation().entered) == ["stage-1", to]
    assert raised.escalation().fields["jumps"] == [
        {"to": to, "over": over, "reason": "the child cannot wait for the stages between."}
    ]


@pytest.mark.parametrize("stage", ["Stage 3", "Stage 4"])
def test_the_report_of_a_stage_that_was_jumped_over_is_owed_all_the_same(raised: Play, stage: str) -> None:
    raised.do(JUMP.format(stage=stage))
    raised.do("Ben [Approve]")
    escalation = raised.escalation()
    policy = raised.world.parts.policies["herefordshire"]
    assert [filling.key for filling in outstanding(policy, escalation)] == ["report-to-hscp/all/entry"]
    raised.do("""
Asha [Fill in the report]
  | On reaching Stage 2
""")


def test_a_jump_to_where_it_is_or_below_is_not_offered(raised: Play) -> None:
    raised.do(JUMP.format(stage="Stage 3"))
    raised.do("""
Ben [Approve]
Asha: /jump
  | there is no later stage to go straight to. Use /move for the next one.
""")


def test_a_jump_that_the_world_overtook_ends_and_says_where_it_is(raised: Play) -> None:
    """While the raiser fills in a jump, the next stage is approved."""
    raised.do(ASK_FOR_STAGE_2)
    raised.do("""
Asha: /jump
Asha: Stage 3
Asha: the child cannot wait.
Ben [Approve]
""")
    raised.world.presses(ASHA, "Continue", {"person": ERIN})
    said = "\n".join(words_of(each.message) for each in raised.world.chat.at(ASHA))
    assert "has moved on meanwhile: it is at Stage 2" in said
    assert raised.escalation().stage == "stage-2"
    assert "jumped" not in raised.told()


def test_a_request_for_a_stage_that_has_been_passed_changes_nothing(raised: Play) -> None:
    """As when two things happened at once: the request is still open, but the escalation is beyond its stage."""
    raised.do(ASK_FOR_STAGE_2)
    with raised.world.parts.database.transaction() as tx:
        now = tx.escalations()[-1]
        tx.save_escalation(replace(now, stage="stage-3", entered={**now.entered, "stage-3": now.entered["stage-1"]}))
    before = raised.escalation()
    raised.do("""
Ben [Approve]
  | REF has moved on meanwhile: it is at Stage 3
""")
    assert raised.escalation() == before
    assert [each.answer for each in raised.approvals()] == [""]
    assert raised.told()[-1] == "refused"


def test_the_days_of_a_jump_are_the_later_stages_own(raised: Play) -> None:
    raised.do(JUMP.format(stage="Stage 3"))
    raised.do("""
Ben [Approve]
#herefordshire-escalations | by the end of Thursday 19 March 2026
""")


# ── closing ──────────────────────────────────────────────────────────────────────────────────────────────────


def fill_in_the_rest(play: Play) -> None:
    """As far as the review, with what is proposed."""
    play.do("Asha: /report")
    while "Please look through the form" not in play.world.sees(ASHA):
        before = play.world.sees(ASHA)
        press = next(press for press in ("Skip", "Continue", "Stage 2") if f"[{press}]" in before)
        play.do(f"Asha [{press}]")
        assert play.world.sees(ASHA) != before


class Refusing(MailFake):
    """A mailer that refuses one address, once."""

    def __init__(self, address: str) -> None:
        super().__init__()
        self.address = address

    def send(self, letter: Letter) -> str:
        if self.address in letter.to:
            self.address = ""
            raise Refused("There is no such mailbox.")
        return super().send(letter)


def test_a_letter_refused_at_the_end_keeps_it_open_until_it_was_sent_again(form: Play) -> None:
    form.do("Asha [Send it now]")
    form.do(RESOLVE)
    fill_in_the_rest(form)
    mail = Refusing("admin.sbu@herefordshire.gov.uk")
    form.world.mail = mail
    form.world.parts = replace(form.world.parts, carrier=replace(form.world.parts.carrier, mailer=mail))
    form.do("Asha [Send it now]")
    told = "\n".join(words_of(each.message) for each in form.world.chat.at(ASHA))
    assert "could not be delivered to one of its recipients: There is no such mailbox. It is due again." in told
    assert form.escalation().status is Status.RESOLVED
    assert "closed" not in form.told()
    assert list(form.escalation().sent) == ["report-to-hscp/all/entry"]
    entry = next(entry for entry in form.history() if entry.what == "report not delivered")
    assert (entry.by, entry.details["to"], entry.details["reason"]) == (
        "bot", "admin.sbu@herefordshire.gov.uk", "There is no such mailbox.",
    )  # fmt: skip
    form.do("Asha [Send the report again]")
    while "Please look through the form" not in form.world.sees(ASHA):
        form.do(f"Asha [{'Skip' if '[Skip]' in form.world.sees(ASHA) else 'Continue'}]")
    form.do("""
Asha [Send it now]
  | REF is closed: everything that was due has been sent.
#herefordshire-escalations | REF is closed.
""")
    assert form.escalation().status is Status.CLOSED
    assert form.told().count("closed") == 1
    letters = {name: value for name, value in form.escalation().fields.items() if name.startswith("letter.")}
    assert [name for name, letter in letters.items() if "given_up" in letter]
    assert all("left" in letter or "given_up" in letter for letter in letters.values())


def test_it_is_closed_by_the_last_letter_to_leave_and_not_before(form: Play) -> None:
    form.do("Asha [Send it now]")
    form.do(RESOLVE)
    fill_in_the_rest(form)
    waiting = form.world.shows_button(ASHA, "Send it now")
    button = button_of(waiting.message, "Send it now")
    form.world.parts.assistant.hear(Heard("send", ASHA, Pressed(button.action, button.value, {}, waiting.key)))
    assert form.escalation().status is Status.RESOLVED
    form.world.parts.carrier.carry_all()
    assert form.escalation().status is Status.CLOSED
    assert form.history()[-1].what == "closed"
    assert form.history()[-1].by == "bot"
