"""What grows on a form after it was kept is added, and asked about; what was sent stays as it was."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.escalation import Conversation, Escalation
from bot.flows.growing import counted, refreshed, seen
from bot.flows.report import preloaded
from tests.flows.contexts import ASHA, POLICIES, REFERENCE, context, escalation
from tests.flows.held import asked

FORM, FIELD, OTHERS = "report-to-hscp", "action-taken", "others"
NAME, NAMES = f"{FORM}.{FIELD}", f"{FORM}.{OTHERS}"
WRITTEN = "We met twice.\nStage 1 entered, as far as I know."
STAGE_2 = "Stage 2 entered on "
HSCP = POLICIES["herefordshire"].form(FORM)
BEN = {"name": "Ben Sample", "role": "Head of Year, since May", "agency": "Ours"}
KEPT = {FIELD: WRITTEN, OTHERS: [BEN]}
SENT = {f"{FORM}/all/entry": "2026-03-10T10:00"}


def at_stage_2(**fields: object) -> Escalation:
    """Its form was kept at stage 1."""
    before = seen(context(escalation("herefordshire", 1)), HSCP, "all", KEPT)
    return escalation("herefordshire", 2).with_fields(**{f"form.{FORM}.all": KEPT, **before, **fields})


def test_a_stage_entered_since_the_form_was_kept_is_added_and_asked_about() -> None:
    c = context(at_stage_2())
    assert not {NAME, NAMES} & preloaded(c).keys()
    first, last = asked("report", c)[NAME].prefill.rsplit("\n", 1)
    assert first == WRITTEN
    assert last.startswith(STAGE_2)


def test_whoever_acts_at_a_stage_entered_since_is_added_and_nobody_else() -> None:
    """Farid and Grace had been left out; Erin, Hugh and once more Cerys act at Stage 2."""
    rows = asked("report", context(at_stage_2()))[NAMES].prefill
    assert rows[0] == BEN
    assert [row["name"] for row in rows[1:]] == ["Hugh Imaginary", "Cerys Specimen", "Erin Invented"]


@pytest.mark.parametrize("why", ["nothing has come since", "it was sent", "it was kept before this was counted"])
def test_what_was_kept_is_not_asked_again_for_nothing(why: str) -> None:
    about = at_stage_2()
    match why:
        case "nothing has come since":
            about = about.with_fields(**seen(context(about), HSCP, "all", KEPT))
        case "it was sent":
            about = replace(about, sent=SENT)
        case _:
            about = replace(about, fields={key: v for key, v in about.fields.items() if not key.startswith("steps_")})
    kept = preloaded(context(about))
    assert (kept[NAME], kept[NAMES]) == ({"value": WRITTEN}, {"value": [BEN]})


@pytest.mark.parametrize("sent", [False, True])
def test_a_draft_that_is_gone_on_with_has_the_stages_that_were_entered_meanwhile(sent: bool) -> None:
    began = counted(context(escalation("herefordshire", 1)))
    answers = {NAME: {"value": WRITTEN}, NAMES: {"value": [BEN]}}
    moment = datetime(2026, 3, 2, 10, tzinfo=UTC)
    draft = Conversation("1", ASHA, "report", REFERENCE, moment, answers=answers, seed=began)
    c = context(replace(escalation("herefordshire", 2), sent=SENT if sent else {}))
    fresh, seed = refreshed(c, draft)
    text = fresh[NAME]["value"]
    assert text == WRITTEN if sent else text.startswith(f"{WRITTEN}\n{STAGE_2}")
    assert len(fresh[NAMES]["value"]) == (1 if sent else 4)
    again, _ = refreshed(c, replace(draft, answers=fresh, seed=seed))
    assert again == fresh


def test_a_stage_entered_while_the_form_was_filled_in_does_not_stand_on_it_twice() -> None:
    """The conversation began before, and proposed it already."""
    c = context(at_stage_2())
    answered = asked("report", c)[NAME].prefill
    kept = {f"form.{FORM}.all": {FIELD: answered, OTHERS: [BEN]}}
    assert asked("report", context(at_stage_2(**kept)))[NAME].prefill.count(STAGE_2) == 1


def test_updates_that_were_kept_off_the_form_are_proposed_when_they_come_back_to_it() -> None:
    """The part of the form for progress is not on it now: nobody has seen what has come since."""
    assert not [name for name in seen(context(at_stage_2()), HSCP, "all", KEPT) if name.startswith("updates")]
    assert [name for name in seen(context(at_stage_2()), HSCP, "all", {"progress": "x"}) if name.startswith("updates")]
