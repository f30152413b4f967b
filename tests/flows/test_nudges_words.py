"""What a nudge says: what is owed, whose it is, weekday and date, the rule, and the buttons to act; nothing typed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import pytest

from bot.escalation import Approval, Escalation, Status
from bot.flows import nudges
from bot.messages import Message, words_of
from tests.flows.contexts import (
    ASHA,
    BEN,
    CERYS,
    DIRECTORY,
    GRACE,
    HUGH,
    REFERENCE,
    context,
    escalation,
    person,
    reported,
)
from tests.flows.test_nudges import SAID, at, moment
from tests.flows.test_nudges_readers import CLOCKED, DELE, IRIS, LIMITED, NOT_HERE
from tests.talking import buttons_of

TYPED = "Kit Marker"
"""Stands in everything that anybody typed."""
SENT_AT_3 = {"resolution-form/stage-3/stage": "2026-03-03T10:00+00:00"}
MARKED = {
    "tried": TYPED, "disagreement": TYPED, "desired_outcome": TYPED, "updates": [{"on": "2026-03-03", "text": TYPED}],
    "counterpart": {"name": TYPED, "role": TYPED, "agency": TYPED, "person": ""},
}  # fmt: skip


def told(about: Escalation, now: str, reader: str = "", *names: str, **more: Any) -> Message:
    """What the thread, or a person, is told of all that is owed now, or of these."""
    c = nudges.at(context(about, **more), about, moment(now))
    theirs = nudges.owed(c, about)
    if names:
        theirs = [each for each in theirs if each.name in names]
    elif reader:
        theirs = list(nudges.readers(c, about, theirs)[reader])
    message = nudges.message(c, about, theirs, reader)
    assert message is not None
    return message


def lines(message: Message) -> list[str]:
    return words_of(message).splitlines()


def pressed(message: Message) -> list[str]:
    """What the buttons of a message begin, without the stage at which they stand there."""
    values = (re.sub(rf" {REFERENCE}| from=\S+", "", each.value) for each in buttons_of(message))
    return [f"{each.action} {value}" for each, value in zip(buttons_of(message), values, strict=True)]


@pytest.mark.parametrize(
    ("now", "title", "line"),
    [
        ("2026-03-04T09:00", "a reminder", "Stage 1 is due by the end of Thursday 5 March 2026."),
        ("2026-03-05T09:00", "due today", "Stage 1 is due today: by the end of Thursday 5 March 2026."),
        (
            "2026-03-06T09:00",
            "overdue",
            "Stage 1 is overdue by 1 working day: it was due by the end of Thursday 5 March 2026.",
        ),
        (
            "2026-03-09T09:00",
            "overdue",
            "Stage 1 is overdue by 2 working days: it was due by the end of Thursday 5 March 2026.",
        ),
    ],
)
def test_the_thread_reads_reference_stage_owner_date_and_rule(now: str, title: str, line: str) -> None:
    message = told(LIMITED, now, "", "limit/stage-1")
    assert message.summary == f"{REFERENCE}, Stage 1: {title}"
    assert lines(message)[:4] == [
        f"{REFERENCE}, Stage 1: {title}",
        f"{line} Owner of the next move: Ben Sample.",
        "The policy says: “Within 1-3 working days of initial concern”.",
        "Whoever raised it keeps the responsibility for moving it on.",
    ]


def test_whose_it_is_reads_that_it_is_theirs_what_is_asked_of_them_and_how_the_date_was_counted() -> None:
    ben = lines(told(LIMITED, "2026-03-06T09:00", BEN, "limit/stage-1"))
    assert ben[1].endswith("The next move is yours.")
    assert ben[2] == "Please speak with your counterpart, and tell Asha Example what you will do and by when."
    assert ben[3] == "The policy says: “Within 1-3 working days of initial concern”."
    assert ben[4] == "Whoever raised it keeps the responsibility for moving it on."


def test_how_a_date_was_counted_is_told_until_it_has_passed() -> None:
    ben = lines(told(LIMITED, "2026-03-05T09:00", BEN, "limit/stage-1"))
    assert "3 working days (aim for 1) counted from Monday 2 March 2026" in ben[3]


def test_whoever_is_told_because_it_is_late_reads_so_and_how_to_help() -> None:
    told_too = "You are told as well because it is late. Please help Asha Example to move it on."
    for reader in (CERYS, DELE):
        assert told_too in lines(told(LIMITED, "2026-03-09T09:00", reader))


def test_the_raiser_reads_once_that_they_keep_the_responsibility_and_by_when() -> None:
    """The policy's own words about it stand in the answers to what they do, and not in every reminder."""
    asha = lines(told(LIMITED, "2026-03-06T09:00", ASHA, "limit/stage-1", "words/all"))
    assert asha[1].startswith("Stage 1 is overdue by 1 working day: it was due by the end of Thursday 5 March 2026.")
    assert asha[2] == "You can move it on now. An answer that is missing does not stop you."
    assert asha[-2] == "You keep the responsibility for moving it on."
    asha = lines(told(LIMITED, "2026-03-04T09:00", ASHA, "words/all"))
    due = "Stage 1: by the end of Thursday 5 March 2026"
    assert asha[-2] == f"You keep the responsibility for moving this on. {due}"


def test_at_the_top_there_is_nothing_to_move_on_to() -> None:
    top = at("herefordshire", "stage-4", "2026-03-02T10:00")
    assert "You can move it on" not in words_of(told(top, "2026-04-05T09:00", ASHA, "limit/stage-4"))
    assert "You can move it on" not in words_of(told(CLOCKED, "2026-03-24T13:31", ASHA, "limit/step-2/acknowledge"))


@pytest.mark.parametrize(
    ("now", "names", "title"),
    [
        ("2026-03-24T13:31", ["limit/step-2", "limit/step-2/acknowledge"], "something is overdue"),
        ("2026-03-24T13:00", ["limit/step-2/acknowledge"], "something is due today"),
        ("2026-03-31T13:00", ["limit/step-2", "limit/step-2/acknowledge"], "overdue"),
    ],
)
def test_a_title_says_that_the_stage_is_overdue_only_where_it_is(now: str, names: list[str], title: str) -> None:
    assert told(CLOCKED, now, "", *names).summary == f"{REFERENCE}, Step 2: {title}"


def test_what_is_told_less_often_or_for_the_last_time_says_so() -> None:
    weekly = "What has been open for more than two weeks, I remind of once a week."
    assert weekly not in words_of(told(LIMITED, "2026-03-19T09:00", ASHA, "limit/stage-1"))
    assert weekly in words_of(told(LIMITED, "2026-03-20T09:00", ASHA, "limit/stage-1"))
    ended = escalation("herefordshire", 2, Status.RESOLVED)
    assert "last reminder" not in words_of(told(ended, "2026-04-21T09:00", ASHA, "file/all"))
    assert "This one is yours. This is the last reminder of it." in words_of(
        told(ended, "2026-04-27T09:00", ASHA, "file/all")
    )


def test_a_manager_whose_counterpart_is_silent_is_asked_whether_they_have_heard() -> None:
    silent = at("islands", "stage-1", "2026-03-02T10:00", fields={"words_said": SAID})
    ben = words_of(told(silent, "2026-03-05T09:00", BEN, "no_reply/stage-1"))
    assert "Please tell Asha Example whether they have answered you. If they have not, ask them again." in ben
    assert "An answer is owed by Grace Madeup." in ben


TWO_AGENCIES = {
    "words_said": SAID,
    "other_agencies": [{"agency": "Example Constabulary"}],
    "people.stage-1.challenged.1": person(HUGH),
}


@pytest.mark.parametrize(
    ("more", "says", "owed_by"),
    [
        ({}, "Nothing has been noted from the other side since", "Grace Madeup and Hugh Imaginary"),
        (
            {"notes": [{"what": "acknowledged", "stage": "stage-1", "on": "2026-03-04", "side": "challenged"}]},
            "Since Tuesday 3 March 2026 nobody has noted an answer from every agency of the other side.",
            "Hugh Imaginary",
        ),
        ({"people.stage-1.challenged.1": NOT_HERE}, "Nothing has been noted", "Line/Team Manager (challenged side)"),
    ],
)
def test_of_several_agencies_those_that_are_silent_owe_the_answer(
    more: dict[str, Any], says: str, owed_by: str
) -> None:
    about = LIMITED.with_fields(**(TWO_AGENCIES | more))
    told_of = words_of(told(about, "2026-03-06T09:00", "", "no_reply/stage-1"))
    assert says in told_of
    assert f"An answer is owed by {owed_by}." in told_of


def test_the_partnership_reads_that_it_is_to_say_that_it_has_the_report() -> None:
    letter = {"form": "resolution-form", "instance": "stage-3", "moment": "stage", "left": "2026-03-03T10:00Z"}
    about = at("islands", "stage-3", "2026-03-02T10:00", sent={"resolution-form/stage-3/stage": "2026-03-03T10:00Z"})
    about = about.with_fields(**{"letter.1": letter})
    people = {**DIRECTORY, IRIS: replace(DIRECTORY[IRIS], partnership="islands")}
    iris = lines(told(about, "2026-03-10T09:00", IRIS, "acknowledged/all", people=people))
    assert iris[2:] == [
        "Please tell whoever sent it that you have it.",
        "Whoever raised it keeps the responsibility for moving it on.",
    ]


def test_where_the_owner_is_not_here_the_raiser_gets_a_text_to_send_and_the_thread_no_name() -> None:
    away = LIMITED.with_fields(**{"people.stage-1.raising": NOT_HERE})
    asha = words_of(told(away, "2026-03-05T09:00", ASHA))
    assert "Line/Team Manager: whoever is named for this is not in this chat, so please tell them yourself." in asha
    assert "Dear Pat Elsewhere" in asha
    thread = words_of(told(away, "2026-03-05T09:00"))
    assert "Owner of the next move: Line/Team Manager." in thread
    assert "Pat" not in thread


def test_where_the_other_side_is_not_here_the_raiser_gets_a_reminder_to_send() -> None:
    away = CLOCKED.with_fields(**{"people.step-2.challenged": NOT_HERE})
    asha = words_of(told(away, "2026-03-24T10:00", ASHA))
    assert "Dear Pat Elsewhere" in asha
    assert "A reminder about my resolution request E-4KX-7PW" in asha
    assert "“Acknowledge the request in writing”: by 13:30 on Tuesday 24 March 2026." in asha


def test_a_clock_is_named_with_its_hour_and_whoever_owes_it_can_acknowledge_at_once() -> None:
    grace = told(CLOCKED, "2026-03-24T12:30", GRACE)
    assert lines(grace)[1] == (
        "“Acknowledge the request in writing” is due today: by 13:30 on Tuesday 24 March 2026. This one is yours."
    )
    assert pressed(grace) == ["start received", "start why", "start snooze"]
    after = lines(told(CLOCKED, "2026-03-24T13:31", GRACE))
    assert after[1].startswith("“Acknowledge the request in writing” is overdue: it was due by 13:30 on Tuesday")


def test_a_limit_that_says_when_the_next_stage_is_reached_is_told_so() -> None:
    about = at("alderwick", "alert-2", "2026-04-01T10:00")
    assert lines(told(about, "2026-04-02T09:00", "", "limit/alert-2"))[1].startswith("Reaching Alert 3 is due by")


def test_where_a_stage_was_reached_no_limit_of_reaching_it_is_told() -> None:
    reached = at("alderwick", "alert-1", "2026-04-01T10:00")
    assert lines(told(reached, "2026-04-07T09:00", "", "no_date/alert-1"))[1:3] == [
        "Alert 1: no date is agreed yet, and the policy sets none. Owner of the next move: Ben Sample.",
        "Whoever raised it keeps the responsibility for moving it on.",
    ]
    in_words = at("alderwick", "alert-6", "2026-04-01T10:00")
    assert "The policy says: “As soon as possible”." in lines(told(in_words, "2026-04-07T09:00", "", "no_date/alert-6"))


def test_what_the_partnership_reads_names_nobody() -> None:
    people = {**DIRECTORY, IRIS: replace(DIRECTORY[IRIS], partnership="northmoor")}
    message = told(at("northmoor", "step-5", "2026-03-24T09:30"), "2026-03-24T10:00", IRIS, people=people)
    text = words_of(message)
    assert "“Tell both agencies who will chair, and when” is due by the end of Wednesday 25 March 2026." in text
    assert not [each.name for each in DIRECTORY.values() if each.name in text]
    # Nothing that only somebody can do who may see the escalation.
    assert pressed(message) == []


# ── each kind: its sentence, and what can be done ────────────────────────────────────────────────────────

ASKED = Approval(f"{REFERENCE}.1", REFERENCE, "move", ASHA, date(2026, 3, 3), (BEN, CERYS), stage="stage-2")
THEIR_ANSWER = [f"approve {ASKED.key}", f"decline {ASKED.key}"]


@dataclass(frozen=True)
class Kind:
    about: Escalation
    name: str
    says: str
    buttons: list[str]
    reader: str = ASHA
    now: str = "2026-03-05T09:00"
    more: Mapping[str, Any] = field(default_factory=dict)


SAY = ["say chosen=yes", "say"]
KINDS = [
    Kind(LIMITED, "limit/stage-1", "Stage 1 is due today", ["note", "move", "resolve"]),
    Kind(LIMITED, "limit/stage-1", "Stage 1 is due by", ["note", "move", "sooner"], now="2026-03-04T09:00"),
    Kind(
        at("herefordshire", "stage-4", "2026-03-02T10:00"), "limit/stage-4", "Stage 4 is overdue", ["note", "resolve"],
        now="2026-04-05T09:00",
    ),
    Kind(LIMITED, "target/stage-1", "Stage 1: aim for the end of Tuesday 3 March", ["note", "move", "sooner"],
         now="2026-03-02T09:00"),
    Kind(LIMITED, "target/stage-1", "the target is today, the end of Tuesday 3 March", ["note", "move", "resolve"],
         now="2026-03-03T09:00"),
    Kind(LIMITED, "target/stage-1", "the target has passed, the end of Tuesday 3 March", ["note", "move", "resolve"]),
    Kind(CLOCKED, "limit/step-2/say", "“Tell the other agency", SAY, now="2026-03-24T09:00"),
    Kind(CLOCKED, "limit/step-2/say", "is overdue by 1 working day", [*SAY, "move"], now="2026-03-25T09:00"),
    Kind(CLOCKED, "limit/step-2/meet", "“Managers speak or meet” is due by", ["note chosen=meeting"],
         now="2026-03-25T09:00"),
    Kind(LIMITED, "answer/stage-2", "The move to Stage 2 was asked for on Tuesday 3 March 2026 and waits",
         THEIR_ANSWER, BEN, more={"approvals": (ASKED,)}),
    Kind(LIMITED, "free/stage-2", "From Thursday 5 March 2026 the move to Stage 2 can go on without an approval.",
         ["move"], more={"approvals": (ASKED,)}),
    Kind(LIMITED, "free/stage-3", "the move to Stage 3 can go on without an approval.", ["jump"],
         more={"approvals": (replace(ASKED, stage="stage-3"),)}),
    Kind(at("trafford", "stage-2", "2026-03-02T10:00"), "no_date/stage-2",
         "Stage 2: no date is agreed yet. The latest that the policy allows is the end of Monday 16 March 2026.",
         ["agree", "sooner"]),
    Kind(at("trafford", "stage-2", "2026-03-02T10:00"), "limit/stage-2", "Stage 2 is due by the end of Monday 16 March",
         ["note", "move", "agree", "sooner"]),
    Kind(at("islands", "stage-2", "2026-03-02T10:00"), "no_date/stage-2",
         "Stage 2: no date is agreed yet, and the policy sets none.", ["sooner", "note", "move"]),
    Kind(at("northmoor", "step-4", "2026-03-02T10:00"), "waits/step-4",
         "Step 4 began on Monday 2 March 2026, but nothing is counted until the notice is sent.", ["report"]),
    Kind(LIMITED, "words/all", "It was raised on Monday 2 March 2026, and nobody has noted that the other side was",
         SAY),
    Kind(at("islands", "stage-1", "2026-03-02T10:00", fields={"words_said": SAID}), "no_reply/stage-1",
         "Nothing has been noted from the other side since Tuesday 3 March 2026",
         ["note chosen=acknowledged", "note chosen=replied", "note chosen=no_reply", "move"]),
    Kind(at("islands", "stage-3", "2026-03-02T10:00"), "form/resolution-form/stage-3/stage",
         "“ISCP resolution form for Stage 3” has been due since Monday 2 March 2026 and has not been sent.",
         ["report"]),
    Kind(reported(at("islands", "stage-3", "2026-03-02T10:00"), SENT_AT_3),
         "acknowledged/all", "The report was sent on Tuesday 3 March 2026, and nobody has noted that the partnership",
         ["note chosen=partnership_acknowledged"]),
    Kind(at("islands", "stage-1", "2026-03-02T10:00"), "file/stage-1",
         "It is to be filed on the child’s record. Since Monday 2 March 2026 nobody has noted", ["note chosen=filed"]),
    Kind(escalation("herefordshire", 2, Status.RESOLVED), "file/all",
         "It is to be filed on the child’s record. Since Friday 27 March 2026 nobody has noted", ["note chosen=filed"],
         now="2026-04-07T09:00"),
]  # fmt: skip


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: f"{kind.name} {kind.now[:10]}")
def test_each_kind_says_what_is_owed_since_when_and_offers_what_deals_with_it(kind: Kind) -> None:
    message = told(kind.about, kind.now, kind.reader, kind.name, **kind.more)
    assert kind.says in words_of(message)
    flows = [each if each in THEIR_ANSWER else f"start {each}" for each in kind.buttons]
    assert pressed(message) == [*flows, "start why", "start snooze"]
    thread = told(kind.about, kind.now, "", kind.name, **kind.more)
    assert kind.says in words_of(thread)
    assert pressed(thread) == [*flows, "start why"]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: f"{kind.name} {kind.now[:10]}")
def test_nothing_that_anybody_typed_stands_in_the_thread_or_in_a_summary(kind: Kind) -> None:
    marked = kind.about.with_fields(**MARKED)
    named = {name: {**who, "name": TYPED, "person": ""} for name, who in marked.fields.items() if name[:7] == "people."}
    marked = replace(marked.with_fields(**named), challenged_agency=TYPED, raiser_agency=TYPED)
    for about in (marked, kind.about.with_fields(**MARKED)):
        thread = told(about, kind.now, "", **kind.more)
        assert TYPED not in words_of(thread) + thread.summary
        assert TYPED not in told(about, kind.now, kind.reader, kind.name, **kind.more).summary


def test_a_raiser_who_waits_for_an_answer_reads_from_when_they_can_go_on_without_it() -> None:
    asha = told(at("trafford", "stage-2", "2026-03-02T10:00"), "2026-03-05T09:00", ASHA, "answer/stage-3",
                approvals=(replace(ASKED, stage="stage-3"),))  # fmt: skip
    assert "You can go on without an answer from Monday 16 March 2026." in words_of(asha)
    assert not set(THEIR_ANSWER) & set(pressed(asha))


def test_whoever_only_answers_a_request_is_offered_nothing_else() -> None:
    request = replace(ASKED, may_answer=(IRIS,))
    message = told(LIMITED, "2026-03-05T09:00", IRIS, "answer/stage-2", approvals=(request,))
    assert pressed(message) == THEIR_ANSWER


def test_where_the_raiser_has_left_their_side_is_offered_to_take_it_over() -> None:
    here = {key: each for key, each in DIRECTORY.items() if key != ASHA}
    message = told(LIMITED, "2026-03-05T09:00", BEN, people=here)
    assert "start pass" in pressed(message)
    assert "Whoever raised it is not here any more, so nobody leads it. Please take it over" in words_of(message)
    assert "you keep" not in words_of(message).lower()
    assert "tell whoever takes it over what you will do" in words_of(message)
    thread = told(LIMITED, "2026-03-05T09:00", people=here)
    assert "Whoever raised it is not here any more, so nobody leads it. Anybody named on their side" in words_of(thread)
    assert pressed(thread) == ["start pass", "start why"]
    assert "This is with whoever takes it over." in words_of(thread)
    ended = escalation("herefordshire", 2, Status.CLOSED)
    assert "Please take it over" in words_of(told(ended, "2026-04-07T09:00", CERYS, "file/all", people=here))
    assert "start pass" not in pressed(told(LIMITED, "2026-03-05T09:00", BEN))


def test_what_has_ended_is_moved_on_no_more_so_nobody_keeps_the_responsibility_for_that() -> None:
    ended = escalation("herefordshire", 2, Status.RESOLVED)
    for reader in ("", ASHA):
        assert "responsibility for moving" not in words_of(told(ended, "2026-04-07T09:00", reader))


def test_what_the_partnership_owes_the_raiser_passes_on_where_nobody_of_it_is_here() -> None:
    asha = words_of(told(at("northmoor", "step-5", "2026-03-24T09:30"), "2026-03-24T10:00", ASHA))
    assert "NSCP Business Unit: whoever is named for this is not in this chat" in asha


def test_a_manager_is_offered_nothing_that_only_the_raiser_may_do() -> None:
    assert pressed(told(LIMITED, "2026-03-06T09:00", BEN, "limit/stage-1")) == ["start why", "start snooze"]


def test_several_things_are_one_message_and_each_button_and_request_stands_in_it_once() -> None:
    message = told(CLOCKED, "2026-03-24T10:00", BEN)
    text = lines(message)
    assert len([each for each in text if "The next move is yours." in each]) == 1
    assert len([each for each in text if "This one is yours." in each]) == 2
    assert len([each for each in text if each.startswith("Please speak with your counterpart")]) == 1
    thread = told(LIMITED, "2026-03-09T09:00")
    assert len(pressed(thread)) == len(set(pressed(thread)))


# ── when it is carried out ───────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Due:
    about: Mapping[str, Any]
    kind: str = "direct"


def said(about: Escalation, due: Due, now: str, **more: Any) -> Message | None:
    return nudges.said(context(about, now=moment(now), **more), about, due)


def due(*names: str, reader: str = "", kind: str = "direct") -> Due:
    return Due({"nudges": list(names), "reader": reader}, kind if reader else "thread")


def test_what_is_carried_out_late_is_told_as_it_stands_then() -> None:
    message = said(LIMITED, due("limit/stage-1", reader=BEN), "2026-03-09T09:00")
    assert message is not None
    assert "overdue by 2 working days" in words_of(message)


@pytest.mark.parametrize(
    ("about", "now", "more"),
    [
        pytest.param(replace(LIMITED, stage="stage-2"), "2026-03-05T09:00", {}, id="the stage was left"),
        pytest.param(replace(LIMITED, status=Status.CLOSED), "2026-03-05T09:00", {}, id="it has ended"),
        pytest.param(replace(LIMITED, concern=date(2026, 3, 9)), "2026-03-05T09:00", {}, id="the date was put off"),
        pytest.param(
            LIMITED, "2026-03-05T09:00", {"snoozes": {BEN: moment("2026-03-06T09:00")}}, id="the reader snoozed it"
        ),
        pytest.param(
            LIMITED.with_fields(**{"people.stage-1.raising": NOT_HERE}),
            "2026-03-05T09:00",
            {},
            id="it is another's now",
        ),
    ],
)
def test_what_is_not_wanted_any_more_is_not_said(about: Escalation, now: str, more: dict[str, Any]) -> None:
    assert said(LIMITED, due("limit/stage-1", reader=BEN), now) is not None
    assert said(about, due("limit/stage-1", reader=BEN), now, **more) is None


def test_in_the_thread_it_stands_also_where_its_reader_snoozed_it() -> None:
    snoozes = {BEN: moment("2026-03-06T09:00")}
    assert said(LIMITED, due("limit/stage-1"), "2026-03-05T09:00", snoozes=snoozes) is not None


def test_an_edit_shows_the_new_date_wherever_the_old_one_stands_and_says_that_it_was_changed() -> None:
    later = replace(LIMITED, concern=date(2026, 3, 9))
    edit = due("limit/stage-1", reader=DELE, kind="edit")
    message = said(later, edit, "2026-03-10T09:00")
    assert message is not None
    assert "Stage 1 is due by the end of Thursday 12 March 2026." in words_of(message)
    assert "The dates in this message were changed on Tuesday 10 March 2026." in words_of(message)


def test_an_edit_shows_nothing_to_somebody_who_may_not_see_it_any_more() -> None:
    without = LIMITED.with_fields(**{"people.lead": {}})
    assert said(without, due("limit/stage-1", reader=DELE, kind="edit"), "2026-03-10T09:00") is None


def test_what_is_said_depends_on_the_moment() -> None:
    with pytest.raises(LookupError):
        nudges.said(context(LIMITED), LIMITED, due("limit/stage-1"))
