"""The weekly digest: what stands in it, what never does, and that it is posted once a week whatever happens."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.chat.block_kit import BLOCKS, blocks
from bot.dates import in_words
from bot.digesting import Digesting
from bot.escalation import ALPHABET, DIGITS, Approval, Escalation, Status
from bot.flows.digest import LINES, Week, digest
from bot.forms_due import outstanding
from bot.messages import Facts, Links, Message, words_of
from bot.store.vault import of_escalation
from tests.flows.contexts import ASHA, BEN, DIRECTORY, beside, context, escalation, reported
from tests.invented import ALL as INVENTED
from tests.own_policies import SOUND, new_place
from tests.talking import ChatFake, World

MONDAY = date(2026, 3, 9)
SINCE = datetime(2026, 3, 2, 9, tzinfo=UTC)
SHIPPED = ("herefordshire", "sefton", "islands", "trafford")


def references() -> Iterator[str]:
    for letters in itertools.product(DIGITS, ALPHABET, ALPHABET):
        yield f"E-{''.join(letters)}-2AA"


def several(name: str, *kinds: tuple[int, Status]) -> list[Escalation]:
    """One for each stage and status, the first with the first reference."""
    return [
        replace(escalation(name, stage, status), reference=reference)
        for reference, (stage, status) in zip(references(), kinds, strict=False)
    ]


def told(about: list[Escalation], today: date = MONDAY, name: str = "herefordshire", **more: Any) -> Message:
    ended = [each.reference for each in about if each.status is not Status.OPEN]
    now = datetime(today.year, today.month, today.day, 9, tzinfo=UTC)
    week = Week(more.pop("since", SINCE), about, ended, more.pop("unread", ()))
    c = context(today=today, now=now, policies=beside(name), **more)
    return digest(c, beside(name)[name], week, lambda each: f"https://chat.example/{each.reference}")


def lists(message: Message) -> dict[str, list[str]]:
    """The lines of each list, by its title."""
    found: dict[str, list[str]] = {}
    for title, part in itertools.pairwise(message.parts):
        if isinstance(part, Links):
            found[words_of(Message("", (title,)))] = [link.text + link.after for link in part.items]
    return found


# ── what stands in it ────────────────────────────────────────────────────────────────────────────────────────


def test_each_open_one_stands_once_with_its_stage_whose_move_it_is_and_by_when() -> None:
    message = told(several("herefordshire", *[(stage, Status.OPEN) for stage in (1, 2, 3, 4)]))
    school = "Millbrook Example Primary School"
    assert lists(message) | {"New since Monday 2 March 2026": [], "Forms still to be sent": []} == {
        "Overdue": [
            f"E-2AA-2AA: Stage 1. Next move: Line/Team Manager, {school}; "
            "overdue since the end of Thursday 5 March 2026"
        ],
        "Due within seven days": [
            f"E-2AB-2AA: Stage 2. Next move: Safeguarding Lead/Service Manager/Head of Service, {school}; "
            "by the end of Thursday 12 March 2026",
        ],
        "Open, and due later or without a date": [
            f"E-2AC-2AA: Stage 3. Next move: Executive Leader/Director/Senior Manager, {school}; "
            "by the end of Thursday 19 March 2026",
            f"E-2AD-2AA: Stage 4. Next move: Executive Leader/Director/Senior Manager, {school}; "
            "by the end of Monday 30 March 2026",
        ],
        "New since Monday 2 March 2026": [],
        "Forms still to be sent": [],
    }
    (counts,) = (part for part in message.parts if isinstance(part, Facts))
    assert dict(counts.rows)["Open"] == "4 (Stage 1: 1, Stage 2: 1, Stage 3: 1, Stage 4: 1)"
    assert dict(counts.rows)["Overdue"] == "1"
    assert message.summary == "HSCP: escalations on Monday 9 March 2026"


def test_what_was_raised_or_has_ended_since_the_last_one_stands_in_it() -> None:
    old, new, resolved, withdrawn = several(
        "herefordshire", (1, Status.OPEN), (1, Status.OPEN), (2, Status.RESOLVED), (3, Status.WITHDRAWN)
    )
    old, resolved = (replace(each, opened=SINCE - timedelta(days=9)) for each in (old, resolved))
    found = lists(told([old, new, resolved, replace(withdrawn, resolved_on=None)]))
    assert found["New since Monday 2 March 2026"] == [
        "E-2AB-2AA: Stage 1, raised on Tuesday 3 March 2026",
        "E-2AD-2AA: Stage 3, raised on Tuesday 3 March 2026",
    ]
    assert found["Resolved or withdrawn since Monday 2 March 2026"] == [
        "E-2AC-2AA: resolved at Stage 2 on Friday 27 March 2026",
        "E-2AD-2AA: withdrawn at Stage 3",
    ]


def test_forms_that_are_missing_and_forms_that_nobody_has_acknowledged_stand_in_it() -> None:
    missing, sent = several("herefordshire", (2, Status.OPEN), (2, Status.OPEN))
    (form,) = outstanding(beside("herefordshire")["herefordshire"], sent)
    sent = reported(sent, {form.key: "2026-03-05T10:00:00+00:00"})
    found = lists(told([missing, sent]))
    assert found["Forms still to be sent"] == ["E-2AA-2AA: Report to HSCP, On reaching Stage 2"]
    waiting = "Sent, and not yet noted as acknowledged by HSCP Partnership Team"
    assert found[waiting] == ["E-2AB-2AA: sent on Thursday 5 March 2026"]
    note = {"what": "partnership_acknowledged", "on": "2026-03-06", "stage": "stage-2", "who": "HSCP"}
    assert waiting not in lists(told([sent.with_fields(notes=[note])]))


def test_a_managers_answer_that_is_waited_for_is_told_as_that() -> None:
    (asked,) = several("islands", (1, Status.OPEN))
    request = Approval("r", asked.reference, "move", ASHA, date(2026, 3, 6), (BEN,), stage="stage-2")
    found = lists(told([asked], name="islands", approvals=(request,)))
    assert found["Due within seven days"][0].endswith("an answer, by the end of Tuesday 10 March 2026")
    late = lists(told([asked], date(2026, 3, 11), name="islands", approvals=(request,)))
    assert late["Overdue"][0].endswith("an answer, by the end of Tuesday 10 March 2026")


def test_where_nobody_leads_one_or_no_date_is_set_it_says_so() -> None:
    (one,) = several("islands", (1, Status.OPEN))
    here = {key: person for key, person in DIRECTORY.items() if key != ASHA}
    (line,) = lists(told([one], name="islands", people=here))["Open, and due later or without a date"]
    assert line.endswith("; no date is set. Nobody leads it: whoever raised it is not here any more")


def test_an_empty_week_says_so() -> None:
    assert words_of(told([])).splitlines() == [
        "HSCP: escalations on Monday 9 March 2026",
        "No escalation is open. None was raised, resolved or withdrawn since Monday 2 March 2026.",
    ]


def test_what_could_not_be_read_is_named() -> None:
    text = words_of(told([], unread=("E-9ZZ-9ZZ",)))
    assert "These could not be read, so nothing is said about them: E-9ZZ-9ZZ." in text
    assert "No escalation is open" not in text


def test_each_line_leads_to_its_thread() -> None:
    message = told(several("herefordshire", (1, Status.OPEN), (2, Status.RESOLVED)))
    links = [link for part in message.parts if isinstance(part, Links) for link in part.items]
    assert {(link.text, link.url) for link in links} == {
        (each, f"https://chat.example/{each}") for each in ("E-2AA-2AA", "E-2AB-2AA")
    }


@pytest.mark.parametrize("name", [*SHIPPED, *INVENTED])
def test_however_many_there_are_it_is_one_message_that_says_how_many_are_left(name: str) -> None:
    ladder = beside(name)[name].taken().ladder
    each_kind = [(stage, status) for stage in range(1, len(ladder) + 1) for status in Status]
    many = several(name, *(each_kind * 25))
    message = told(many, date(2026, 4, 20), name, since=SINCE - timedelta(days=9))
    assert len(blocks(message)) <= BLOCKS
    shown = lists(message)
    assert max(map(len, shown.values())) == LINES
    (counts,) = (part for part in message.parts if isinstance(part, Facts))
    left = [int(n) - LINES for title, n in counts.rows[1:] if title in shown and int(n) > LINES]
    assert [f"and {n} more" for n in left] == [line for line in words_of(message).splitlines() if line[:4] == "and "]
    assert left


# ── what never stands in it ──────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", [*SHIPPED, *INVENTED])
@pytest.mark.parametrize("status", Status)
def test_nobodys_name_and_nothing_that_was_typed_stands_in_it(name: str, status: Status) -> None:
    for stage in range(1, len(beside(name)[name].taken().ladder) + 1):
        typed = {
            field: f"{value} QXZ" if isinstance(value, str) else value
            for field, value in escalation(name, stage, status).fields.items()
        }
        one = replace(escalation(name, stage, status, fields=typed), challenged_agency="Kit’s school QXZ")
        message = told([one], name=name)
        text = words_of(message) + message.summary
        assert [person.name for person in DIRECTORY.values() if person.name in text] == []
        assert "QXZ" not in text


def test_an_agency_stands_in_it_only_as_the_directory_spells_it() -> None:
    (about,) = several("sefton", (1, Status.OPEN))
    policy = INVENTED["northmoor"]
    clock = next(stage for stage in policy.ladder if any(clock.owner == "challenged" for clock in stage.clocks))
    about = replace(
        about, policy="northmoor", policy_version=policy.version, stage=clock.id, entered={clock.id: MONDAY},
        subject="child", challenged_agency="example county  CHILDREN'S social care",
    )  # fmt: skip
    (line,) = next(iter(lists(told([about], name="northmoor")).values()))
    assert "Example County Children's Social Care" in line
    (line,) = next(iter(lists(told([replace(about, challenged_agency="Kit Marker’s GP")], name="northmoor")).values()))
    assert "(challenged side)" in line
    assert "Kit Marker" not in line


# ── when it is posted ────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """Monday 2 March 2026, 10:00; one escalation of Herefordshire is raised at that moment."""
    world = World(tmp_path, quick=True)
    world.has(raised("herefordshire"))
    yield world
    world.close()


def raised(name: str, version: str = "") -> Escalation:
    one = replace(escalation("herefordshire"), opened=SINCE + timedelta(hours=1))
    return replace(one, policy=name, policy_version=version or one.policy_version)


def posted(world: World, policy: str = "herefordshire") -> list[str]:
    """The days of the digests that stand in the channel."""
    return [key.rsplit("/", 1)[1] for key in world.chat.said if key.startswith(f"digest/{policy}/")]


def said(world: World, day: str, policy: str = "herefordshire") -> str:
    return words_of(world.chat.said[f"digest/{policy}/{day}"].message)


def test_it_is_posted_to_each_policys_channel_at_its_hour_and_leads_to_the_thread(world: World) -> None:
    world.until("2026-03-09 08:59")
    assert posted(world) == []
    world.until("2026-03-09 09:00")
    assert [posted(world, name) for name in SHIPPED] == [["2026-03-09"]] * 4
    there = world.chat.said["digest/herefordshire/2026-03-09"]
    assert (there.place, there.under) == ("#herefordshire-escalations", "")
    (link, *_) = (link for part in there.message.parts if isinstance(part, Links) for link in part.items)
    assert link.url == f"https://chat.example/herefordshire-escalations/{raised('herefordshire').thread}"
    assert "No escalation is open." in said(world, "2026-03-09", "sefton")
    world.wakes("2026-03-16 09:10")
    assert posted(world) == ["2026-03-09", "2026-03-16"]


def test_on_a_bank_holiday_it_waits_for_the_next_working_day(world: World) -> None:
    world.wakes("2026-03-31 12:00")
    world.until("2026-04-07 09:00")
    world.wakes("2026-04-13 09:00")
    assert posted(world) == ["2026-04-07", "2026-04-13"]


@pytest.mark.parametrize(
    ("back", "then"),
    [
        ("2026-03-25 09:00", "2026-03-25 09:00"),  # a Wednesday
        ("2026-03-25 22:00", "2026-03-26 09:00"),
        ("2026-03-28 12:00", "2026-03-30 09:00"),  # a Saturday
    ],
)
def test_after_weeks_in_which_nobody_looked_there_is_one_when_people_are_at_work(
    world: World, back: str, then: str
) -> None:
    world.tick()
    world.wakes(back)
    world.until(then)
    assert posted(world) == ["2026-03-09"]
    assert "New since Monday 2 March 2026: 1" in said(world, "2026-03-09")
    world.wakes("2026-04-07 09:00")
    second = "2026-04-07" if then == "2026-03-30 09:00" else "2026-03-30"
    assert posted(world) == ["2026-03-09", second]
    day = in_words(datetime.fromisoformat(then).date())
    assert f"New since {day}: none" in said(world, second)


def test_one_that_is_hardly_late_is_posted_at_once_also_before_people_begin(tmp_path: Path) -> None:
    place = new_place(tmp_path)
    place.holds(new=f"{SOUND}\ndigest:\n  day: tuesday\n  at: '07:30'\n")
    world = place.start().world
    world.tick()
    world.wakes("2026-03-03 08:10")
    assert posted(world, "example") == ["2026-03-03"]
    world.wakes("2026-03-10 08:40")
    assert posted(world, "example") == ["2026-03-03"], "it is too late for that, and too early for people"
    world.wakes("2026-03-10 09:00")
    assert posted(world, "example") == ["2026-03-03", "2026-03-10"]
    world.close()


def test_a_file_that_says_another_day_moves_the_next_one(tmp_path: Path) -> None:
    place = new_place(tmp_path)
    place.holds(new=SOUND)
    world = place.start().world
    world.tick()
    world.wakes("2026-03-09 09:00")
    world.close()
    place.holds(new=f"{SOUND}\ndigest:\n  day: thursday\n  at: '15:00'\n")
    world = place.start("2026-03-10T10:00").world
    world.tick()
    world.wakes("2026-03-12 15:00")
    assert posted(world, "example") == ["2026-03-12"]
    assert "since Monday 9 March 2026" in said(world, "2026-03-12", "example"), "what the last one said is not repeated"
    world.close()


def test_without_its_file_a_policy_has_a_digest_as_long_as_something_goes_on_under_it(tmp_path: Path) -> None:
    place = new_place(tmp_path)
    other = SOUND.replace("id: example", "id: other")
    place.holds(new=SOUND, other=other)
    world = place.start().world
    version = world.parts.policies["example"].version
    world.has(replace(raised("example", version), stage="stage-1"))
    world.tick()
    world.close()
    place.holds(other=other)
    world = place.start("2026-03-04T10:00").world
    world.tick()
    world.wakes("2026-03-09 09:00")
    assert (posted(world, "example"), posted(world, "other")) == (["2026-03-09"], ["2026-03-09"])
    with world.parts.database.transaction() as tx:
        (one,) = tx.escalations()
        tx.save_escalation(replace(one, status=Status.CLOSED))
    world.wakes("2026-03-11 11:00")
    world.wakes("2026-03-16 09:00")
    assert (posted(world, "example"), len(posted(world, "other"))) == (["2026-03-09"], 2)
    world.close()


def test_one_that_cannot_be_read_stops_no_other(world: World) -> None:
    first, second = raised("herefordshire"), replace(raised("herefordshire"), reference="E-5KX-7PW", thread="other")
    world.has(second)
    with world.parts.database.transaction() as tx:
        tx._vault.destroy(of_escalation(first.reference))
    world.tick()
    world.wakes("2026-03-09 09:00")
    text = said(world, "2026-03-09")
    assert f"These could not be read, so nothing is said about them: {first.reference}." in text
    assert f"- {second.reference}: Stage 1" in text
    assert f"- {first.reference}" not in text


class Lost(ChatFake):
    """Cannot say where a message is."""

    def link(self, channel: str, message_id: str) -> str:
        raise ValueError("It is none of mine.")


def test_without_addresses_it_is_posted_without_links(world: World) -> None:
    world.parts = replace(world.parts, carrier=replace(world.parts.carrier, chat=Lost(dict(world.chat.said))))
    digest = world.parts.carrier.making
    parts = digest.store, digest.chat, digest.policies, digest.calendars, digest.words, digest.now
    message = Digesting(*parts).message("herefordshire", SINCE)
    assert message is not None
    assert {link.url for part in message.parts if isinstance(part, Links) for link in part.items} == {""}


def test_a_clock_that_was_wrong_neither_doubles_nor_loses_one(world: World) -> None:
    world.tick()
    world.wakes("2026-06-02 12:00")
    assert posted(world) == ["2026-03-09"]
    world.wakes("2026-03-04 12:00")
    world.wakes("2026-03-09 09:00")
    world.wakes("2026-03-16 09:00")
    assert posted(world) == ["2026-03-09", "2026-03-16"]
    assert "since Monday 9 March 2026" in said(world, "2026-03-16")
