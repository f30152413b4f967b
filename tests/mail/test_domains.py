"""Where letters may go: a policy names the domains, and whoever types another address is told so at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.config import SHIPPED
from bot.policy_files import check, load, load_folder, summary
from tests.invented import ALL
from tests.own_policies import BY_POST, RAISE, SOUND, TO_STAGE_2, new_place

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
        (SOUND, "real mail leaves for its own recipients at example.org only"), (BY_POST, "no real mail leaves"),
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
