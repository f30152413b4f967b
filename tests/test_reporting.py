"""Keeping and sending a form: what is noted, what is put aside, what starts a clock, and what stays in the agency."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bot.decisions.effects import Effects
from bot.decisions.reporting import report
from bot.decisions.sending import letter_given_up
from bot.escalation import Escalation, Status
from bot.flows.report import Report, preloaded
from bot.policy import Policy
from tests.filling import fill, under, world
from tests.flows.contexts import ASHA
from tests.invented import ALDERWICK, FOLDER, NORTHMOOR
from tests.talking import World

NOW = datetime(2026, 3, 27, 10, tzinfo=UTC)
BY_MAIL = {"name": "Grace Madeup", "email": "grace@example.org"}
TODAY = "2026-03-27"


def confirmed(policy: Policy, escalation: Escalation, decision: Report | None = None, filling: str = "") -> Effects:
    """What comes of the form that is due now, of this filling, or of this decision; by mail, where none is given."""
    if decision is None:
        decision = replace(fill(policy, escalation, filling=filling).report, recipients=(BY_MAIL,))
    return report(world(policy, escalation), decision, "1", NOW)


def notices(done: Effects) -> Any:
    return done.escalation.fields.get("notices")


# ── the day on which a notice was sent ───────────────────────────────────────────────────────────────────


def test_the_form_of_a_stage_is_its_notice_whatever_the_present_stage_is() -> None:
    assert notices(confirmed(NORTHMOOR, under(NORTHMOOR, "step-2"))) == {"step-2": TODAY}
    assert notices(confirmed(NORTHMOOR, under(NORTHMOOR, "step-4"))) == {"step-2": TODAY}


def test_one_form_for_all_is_the_notice_of_every_stage_at_which_it_is_due_by_now() -> None:
    jumped = under(ALDERWICK, "alert-5", without=("alert-4",))
    assert notices(confirmed(ALDERWICK, jumped)) == {"alert-3": TODAY, "alert-5": TODAY}


def test_sent_early_it_is_the_notice_of_the_stage_at_which_it_will_be_due() -> None:
    early = under(ALDERWICK, "alert-1")
    assert notices(confirmed(ALDERWICK, early, filling="alert-notice/all/given")) == {
        "alert-1": TODAY, "alert-3": TODAY,
    }  # fmt: skip


def test_the_first_day_on_which_a_notice_was_sent_stands() -> None:
    before = under(ALDERWICK, "alert-4").with_fields(notices={"alert-3": "2026-03-10"})
    assert notices(confirmed(ALDERWICK, before)) == {"alert-3": "2026-03-10", "alert-4": TODAY}


def test_a_form_that_is_only_kept_is_no_notice() -> None:
    escalation = under(NORTHMOOR, "step-2")
    kept = replace(fill(NORTHMOOR, escalation).report, send=False)
    assert notices(confirmed(NORTHMOOR, escalation, kept)) is None


def test_a_notice_that_did_not_arrive_starts_no_clock() -> None:
    before = under(ALDERWICK, "alert-4").with_fields(notices={"alert-3": "2026-03-10"})
    sent = confirmed(ALDERWICK, before).escalation
    assert notices(letter_given_up(world(ALDERWICK, sent), "1", "No such mailbox.", NOW)) == {"alert-3": "2026-03-10"}


def test_the_history_says_where_a_form_was_confirmed() -> None:
    (entry,) = [entry for entry in confirmed(NORTHMOOR, under(NORTHMOOR, "step-4")).history if "report" in entry.what]
    where = {name: entry.details[name] for name in ("form", "instance", "moment", "stage")}
    assert (entry.what, where) == (
        "report confirmed", {"form": "nr1", "instance": "step-2", "moment": "request", "stage": "step-4"},
    )  # fmt: skip


# ── nothing that was answered is lost ────────────────────────────────────────────────────────────────────


def test_an_answer_that_leaves_the_form_is_put_aside_and_comes_back_with_its_field() -> None:
    several = under(NORTHMOOR, "step-2", about_whom="several")
    answers = {"siblings": "Kim Marker"}
    kept = confirmed(NORTHMOOR, several, replace(fill(NORTHMOOR, several, answers).report, send=False)).escalation
    # It was about one child after all: the form no longer has the others.
    one = kept.with_fields(about_whom="one")
    without = confirmed(NORTHMOOR, one, replace(fill(NORTHMOOR, one).report, send=False)).escalation
    assert "siblings" not in without.fields["form.nr1.step-2"]
    again = without.with_fields(about_whom="several")
    assert preloaded(world(NORTHMOOR, again))["nr1.step-2.siblings"] == {"value": "Kim Marker"}
    assert fill(NORTHMOOR, again).report.answers["siblings"] == "Kim Marker"


def test_what_was_put_aside_is_in_no_letter() -> None:
    aside = under(NORTHMOOR, "step-2").with_fields(**{"aside.nr1.step-2": {"siblings": "Kim Marker"}})
    done = confirmed(NORTHMOOR, aside).escalation
    assert all(
        "siblings" not in letter["answers"] for name, letter in done.fields.items() if name.startswith("letter.")
    )
    assert done.fields["aside.nr1.step-2"] == {"siblings": "Kim Marker"}


def test_a_copy_that_stays_is_not_taken_for_one_that_goes_by_post_when_it_could_not_be_delivered() -> None:
    # Both reach the raiser's own mailbox; one of them did not.
    decision = fill(NORTHMOOR, under(NORTHMOOR, "step-2")).report
    mine = ({"name": "Lena", "hand_on": "lead"}, {"name": "Office", "address": ["1 Nowhere Lane"]})
    sent = confirmed(NORTHMOOR, under(NORTHMOOR, "step-2"), replace(decision, recipients=mine)).escalation
    assert letter_given_up(world(NORTHMOOR, sent), "1", "No such mailbox.", NOW).escalation.sent == {}


# ── in a whole bot ───────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def bot(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path, now="2026-03-27T10:00", policies=FOLDER, quick=True)
    yield made
    made.close()


def begin(bot: World, escalation: Escalation) -> None:
    with bot.parts.database.transaction() as tx:
        tx.add_escalation(escalation)


def answer_all(bot: World) -> None:
    """Skip what may be skipped, and answer what is needed, until the form can be sent."""
    for _ in range(30):
        seen = bot.sees(ASHA)
        if "[Send it now]" in seen:
            return
        press = next((label for label in ("Skip", "Continue") if f"[{label}]" in seen), "")
        bot.presses(ASHA, press, {} if press == "Skip" else {"answer": "An example"})
    raise AssertionError(bot.sees(ASHA))


def test_what_stays_in_ones_own_agency_reaches_the_raisers_mailbox_and_says_for_whom_by_role_only(bot: World) -> None:
    begin(bot, under(ALDERWICK, "alert-2"))
    bot.types(ASHA, "/report E-4KX-7PW")
    answer_all(bot)
    assert "Lena Lead, in your own agency. You get a copy by e-mail to hand on or to file" in bot.sees(ASHA)
    bot.presses(ASHA, "Send it now")
    (letter,) = bot.mail.letters.values()
    assert letter.to == ("asha.example@millbrook.example.org",)
    assert letter.by_post == ()
    assert letter.body.startswith(
        "This copy comes to you. Please hand it on in a secure way, or file it, for: "
        "your own service’s challenge file\n"
    )
    assert "Lena" not in letter.body + letter.subject


def test_an_escalation_that_was_withdrawn_is_still_reported_where_its_policy_asks_for_it(bot: World) -> None:
    sent = {"alert-notice/all/given": "2026-03-20T10:00:00+00:00", "alert-notice/all/passed-on": "2026-03-20T10:00:00"}
    begin(bot, replace(under(ALDERWICK, "alert-3", Status.WITHDRAWN, without=("alert-1", "alert-2")), sent=sent))
    bot.types(ASHA, "/report")
    assert "When the challenge is withdrawn at Alert 3 or later" in bot.sees(ASHA)
    answer_all(bot)
    bot.presses(ASHA, "Send it now")
    bot.presses(ASHA, "A form was posted")
    bot.presses(ASHA, "Continue")
    with bot.parts.database.transaction() as tx:
        (after,) = tx.escalations()
    assert after.status is Status.WITHDRAWN
    assert "alert-notice/all/withdrawn" in after.sent
