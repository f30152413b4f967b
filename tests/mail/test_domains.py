"""Where letters may go: a policy names the domains, and whoever types another address is told so at once."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.config import SHIPPED
from bot.errors import InvalidAnswer
from bot.flows.filing import FileIt, file_it
from bot.flows.moved_on import NothingToDo
from bot.flows.questions import walk
from bot.flows.report import report
from bot.messages import Message, words_of
from bot.policy_files import check, load, load_folder, summary
from bot.ports import Due
from tests.flows.contexts import ASHA, REFERENCE, context, escalation
from tests.invented import ALL
from tests.own_policies import BY_POST, RAISE, SOUND, TO_STAGE_2, new_place
from tests.scenes import scene

CALENDARS = SHIPPED / "calendars"
LISTED = SOUND.replace("partnership:", "mail_domains: [example.org, trust.example.org]\npartnership:", 1)
ASKING = '"team@example.org"\n      - {id: lead, name: "Lead", person: ask, question: "Who?"}'


TO_THE_END = """
Asha: /report
Asha [Skip]
Asha [Skip]
Asha [Skip]
Asha [Skip]
"""


def faults(tmp_path: Path, text: str) -> list[str]:
    file = tmp_path / "example.yml"
    file.write_text(text, encoding="utf-8")
    return check([file], CALENDARS)[0]


def test_a_mailbox_of_the_policy_that_no_letter_could_go_to_is_a_fault(tmp_path: Path) -> None:
    assert faults(tmp_path, LISTED) == []
    (fault,) = faults(tmp_path, LISTED.replace("team@example.org", "team@below.example.org"))
    assert "this mailbox is at none of the mail_domains" in fault


@pytest.mark.parametrize("domain", ["Example.org", "@example.org", "team@example.org", "*.example.org", "example", ""])
def test_a_domain_is_exactly_what_stands_behind_the_at(tmp_path: Path, domain: str) -> None:
    assert faults(tmp_path, LISTED.replace("trust.example.org", f'"{domain}"')) != []


def test_the_summary_says_where_letters_may_go(tmp_path: Path) -> None:
    assert faults(tmp_path, LISTED) == []
    said = summary(load(tmp_path / "example.yml", CALENDARS))
    assert "Letters may go to mailboxes at example.org and trust.example.org, and nowhere else." in said
    says = "It does not say to which domains letters may go: "
    for text, where in (
        (SOUND, "real mail leaves for its own recipients at example.org only"),
        (BY_POST, "no real mail leaves for others"),
    ):  # fmt: skip
        assert faults(tmp_path, text) == []
        assert f"{says}{where} until it does." in summary(load(tmp_path / "example.yml", CALENDARS))


def test_a_policy_that_names_no_domains_lets_real_mail_go_to_exactly_those_of_its_own_recipients() -> None:
    shipped = load_folder(SHIPPED)
    real = {policy_id: policy.mail_domains for policy_id, policy in shipped.for_real_mail().items()}
    assert real == {
        "herefordshire": ["herefordshire.gov.uk"],
        "islands": [],
        "sefton": ["sefton.gov.uk"],
        "trafford": ["trafford.gov.uk"],
    }
    assert [each.digest for each in shipped.for_real_mail().versions()] == [each.digest for each in shipped.versions()]
    assert [policy.mail_domains for policy in shipped.values()] == [[]] * 4, "where nothing leaves, all may be tried"
    stated = ALL.for_real_mail()["northmoor"].mail_domains
    assert stated == ALL["northmoor"].mail_domains != []


@pytest.mark.parametrize(
    ("agencies", "copies", "letters"),
    [
        ((), [False, True, False], [False, True, False]),
        (("school.example.org",), [True, True, False], [False, True, False]),
    ],
)
def test_with_real_mail_people_get_their_own_copies_at_the_agencies_and_nobody_else_gets_anything_there(
    agencies: tuple[str, ...], copies: list[bool], letters: list[bool]
) -> None:
    real = load_folder(SHIPPED).with_agencies(agencies).for_real_mail()
    mailboxes = "asha@SCHOOL.example.org", "team@sefton.gov.uk", "asha@private.school.example.org"
    assert [real.may_get_copies("sefton", each) for each in mailboxes] == copies
    assert [real.may_get_letters("sefton", each) for each in mailboxes] == letters
    assert real.may_get_copies("islands", mailboxes[0]) is bool(agencies), "its file names no domain at all"
    assert not real.may_get_letters("islands", mailboxes[0])
    assert load_folder(SHIPPED).with_agencies(agencies).may_get_letters("islands", mailboxes[2])


@pytest.mark.parametrize("agencies", [(), ("gov.gg",), ("millbrook.example.org",)])
def test_before_anything_is_confirmed_it_is_seen_whether_ones_own_mailbox_may_get_a_copy(
    agencies: tuple[str, ...],
) -> None:
    c = context(escalation("islands", 3))
    c = replace(c, policies=c.policies.with_agencies(agencies).for_real_mail())
    given: dict[str, Any] = {"resolution-form.stage-3.to.audit-manager": {"skipped": True}}
    while (question := walk(lambda: report(c), given).question) and not question.is_review:
        given[question.name] = {"value": question.prefill or question.kind.example()}
    assert question is not None
    said = words_of(Message("", tuple(question.before)))
    offered = [one.label for one in question.kind.options]  # type: ignore[attr-defined]
    may = agencies == ("millbrook.example.org",)
    assert offered[0] == ("Send it now" if may else "I give it to them myself")
    assert ("ask whoever runs this bot to add your organisation’s mail domain" in said) is not may
    filing = walk(lambda: file_it(c), {"send": {"value": "send"}}).decision
    assert filing == (
        FileIt(REFERENCE) if may
        else NothingToDo("file.mailbox_outside", {"reference": REFERENCE, "email": c.me.email})
    )  # fmt: skip


def test_where_nobody_has_set_where_letters_may_go_whoever_names_a_mailbox_is_told_at_once() -> None:
    c = context(escalation("islands", 3))
    c = replace(c, policies=c.policies.for_real_mail())
    given: dict[str, Any] = {}
    while question := walk(lambda: report(c), given).question:
        if question.name.endswith(".to.audit-manager"):
            break
        given[question.name] = {"value": question.prefill or question.kind.example()}
    assert question is not None
    with pytest.raises(InvalidAnswer, match="Nobody has set yet"):
        question.kind.read("Ivy Example, ivy@gov.example.org", c.reading())


def test_a_letter_to_oneself_may_go_to_an_agency_and_one_to_a_recipient_only_where_the_policy_says(
    tmp_path: Path,
) -> None:
    play = scene("form sent", tmp_path)
    making, reference = play.world.parts.carrier.making, play.world.reference()
    real = making.policies.with_agencies(("school.example.org",)).for_real_mail()
    with play.world.parts.database.transaction() as tx:
        (before,) = tx.escalations()
        own = {**before.fields["letter.1"], "to": "asha@school.example.org", "hand_on": "lead"}
        tx.save_escalation(before.with_fields(**{"letter.2": own}))
    made = replace(making, policies=real)
    about = Due("key", "letter", f"{reference}/1", reference=reference)
    letters = [made.letter(replace(about, to=f"{reference}/{number}")) for number in (1, 2)]
    copy = made.letter(Due("file", "letter", reference, reference=reference, made="file", about={"person": ASHA}))
    assert [each and each.domains for each in (*letters, copy)] == [
        ("herefordshire.gov.uk",),
        ("herefordshire.gov.uk", "school.example.org"),
        ("herefordshire.gov.uk", "school.example.org"),
    ]
    play.world.close()


def test_whoever_types_a_mailbox_elsewhere_is_told_at_once_also_if_the_policy_named_no_domains_when_it_began(
    tmp_path: Path,
) -> None:
    place = new_place(tmp_path)
    place.holds(example=SOUND.replace('"team@example.org"', ASKING))
    play = place.start()
    play.do(RAISE + TO_STAGE_2 + TO_THE_END)
    place.holds(example=LISTED.replace('"team@example.org"', ASKING).replace('version: "1"', 'version: "2"'))
    play.world.restart()
    play.do("""
Asha: Lena Lead, lena@elsewhere.example.org
  | Letters under this policy may only go to mailboxes at example.org, trust.example.org.
Asha: Lena Lead, lena@TRUST.example.org
Asha [Send it now]
""")
    letters = play.world.mail.letters.values()
    assert [letter.to for letter in letters] == [("team@example.org",), ("lena@TRUST.example.org",)]
    assert {letter.domains for letter in letters} == {("example.org", "trust.example.org")}
    play.world.close()
