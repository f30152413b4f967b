"""A copy for one's own records, and the partnership's own part of a form: who gets what, and who writes what."""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.errors import Refused, Unclear
from bot.escalation import Entry
from bot.messages import words_of
from bot.ports import Account, Letter
from bot.sent_letters import letters_of
from tests.dialogues.script import words_in
from tests.posting import ASHA, BEN, Post, Trouble, TroubledMail
from tests.scenes import scene

FILE = """
Asha: /file
Asha [Send them to asha.example@millbrook.example.org]
"""
REFUSED = "I cannot find an escalation with that reference that you are part of."


@pytest.fixture
def sent(tmp_path: Path) -> Iterator[Post]:
    """At Stage 2, with its form sent; Grace and then Dele are named for the side that is challenged."""
    play = scene("form sent", tmp_path)
    letters = dict(play.world.mail.letters)
    post = Post(play)
    post.mail.letters |= letters
    yield post
    play.world.close()


class FullMailbox(TroubledMail):
    def __init__(self) -> None:
        super().__init__(Trouble())

    def send(self, letter: Letter) -> str:
        raise Refused("The mailbox is full.")


def copies(post: Post) -> list[Letter]:
    return [letter for letter in post.mail.letters.values() if letter.subject.startswith("Copy")]


def files(letter: Letter) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(letter.attachments[0].content)) as packed:
        assert {(part.date_time, part.create_system) for part in packed.infolist()} == {((1980, 1, 1, 0, 0, 0), 0)}
        return {name: packed.read(name) for name in packed.namelist()}


def test_whoever_leads_it_gets_the_form_the_history_and_the_stage_sheet_into_their_own_mailbox(sent: Post) -> None:
    sent.play.do("""
Asha: /file
  | Report to HSCP
  | The history
Asha [Send them to asha.example@millbrook.example.org]
  | is on its way to your mailbox
""")
    (letter,) = copies(sent)
    inside = files(letter)
    reference = sent.reference

    assert letter.to == ("asha.example@millbrook.example.org",)
    assert letter.attachments[0].name == f"copy-{reference}.zip"
    assert sorted(inside) == [
        f"{name}-{reference}.{ending}"
        for name in ("history", "report-to-hscp", "stage-sheet")
        for ending in ("docx", "pdf")
    ]
    assert not [word for word in ("Kit", "Marker", "Asha") if word in letter.subject + letter.body + str(list(inside))]
    assert "Kit Marker" in words_in(inside[f"report-to-hscp-{reference}.docx"])
    history = words_in(inside[f"history-{reference}.docx"])
    assert "Report sent" in history
    assert "admin.sbu@herefordshire.gov.uk" in history
    assert hashlib.sha256(next(iter(sent.mail.letters.values())).attachments[0].content).hexdigest() in history
    assert "keeps to the decision about Kit Marker" in history, "what was typed is theirs to read"
    assert [words in history for words in ("Farid Fictional", "By telephone", "Somebody")] == [True, True, False]
    sheet = words_in(inside[f"stage-sheet-{reference}.docx"])
    assert "2 March 2026" in sheet
    assert "moved on, 4 March 2026" in sheet


def test_what_somebody_did_on_the_other_platform_says_so(sent: Post) -> None:
    with sent.play.world.parts.database.transaction() as tx:
        tx.keep_account(Account("teams:t:ben", BEN, "ben.sample@millbrook.example.org", sent.play.world.moment))
        tx.speaks("teams:t:ben")
        tx.add_history([Entry(sent.reference, "acknowledged", BEN, sent.play.world.moment)])
    sent.play.do(FILE)
    (letter,) = copies(sent)
    history = words_in(files(letter)[f"history-{sent.reference}.docx"])
    assert history.count("Ben Sample, in Microsoft Teams; one person by their work mailbox") == 1


def test_what_is_filed_is_the_same_bytes_as_long_as_nothing_has_happened_and_its_digests_are_told(sent: Post) -> None:
    sent.play.do(FILE + FILE)
    first, second = copies(sent)

    assert files(first) == files(second)
    assert all(hashlib.sha256(content).hexdigest() in first.body for content in files(first).values())
    asked, left = (entry for entry in sent.play.history()[-2:])
    assert (asked.what, left.what, left.by) == ("copy asked for", "copy sent", "console:asha")
    assert left.details["documents"] == second.digests


def test_the_other_side_gets_what_was_sent_to_them_and_no_word_of_the_raising_side(sent: Post) -> None:
    sent.play.do(
        """
Grace: /file
  | The history
  ! Report to HSCP
Grace [Send them to grace.madeup@example-county.example.org]
"""
    )
    (letter,) = copies(sent)
    inside = files(letter)

    assert letter.to[0].startswith("grace.")
    assert {name.partition("-E-")[0] for name in inside} == {"history", "stage-sheet"}
    everything = "\n".join(words_in(content) for name, content in inside.items() if name.endswith("docx"))
    assert "Stage 2" in everything
    assert not [
        word
        for word in ("Kit", "Marker", "Nowhere Lane", "keeps to the decision", "Farid", "telephone")
        if word in everything
    ]
    history = words_in(inside[f"history-{sent.reference}.docx"])
    assert "Report sent" in history
    assert not [word for word in ("admin.sbu", "SHA-256") if word in history], "it was not for them"


def test_the_history_tells_names_and_not_accounts(sent: Post) -> None:
    sent.play.do("Asha: /pass\nAsha: Erin Invented\nAsha: I am on leave.")
    sent.play.do("Erin: /file\nErin [Send them to erin.invented@millbrook.example.org]")
    history = words_in(files(copies(sent)[-1])[f"history-{sent.reference}.docx"])

    assert "Erin Invented" in history
    assert "console:" not in history


def test_whoever_may_not_read_it_gets_nothing_and_whoever_may_no_longer_when_it_is_made_neither(sent: Post) -> None:
    sent.play.do(f"Farid: /file {sent.reference}\n  | {REFUSED}\nIris: /file {sent.reference}\n  | {REFUSED}")
    sent.play.do("Asha: /file\nAsha [Save for later]")

    assert copies(sent) == []


def test_a_copy_that_cannot_be_delivered_is_told_to_whoever_asked_for_it_and_nothing_becomes_due(sent: Post) -> None:
    before = sent.play.escalation()
    sent.mail = sent.world.mail = FullMailbox()
    sent.plug()
    sent.play.do("Ben: /file\nBen [Send them to ben.sample@millbrook.example.org]")
    told = "\n".join(words_of(each.message) for each in sent.chat.at("console:ben"))

    assert (
        f"The copy of {sent.reference} for your records could not be delivered to your mailbox: The mailbox is full."
        in told
    )
    assert "The mailbox is full." not in "\n".join(words_of(each.message) for each in sent.chat.at(ASHA))
    assert sent.play.escalation().sent == before.sent


class Forgetful(TroubledMail):
    """It sends, and its answer is lost."""

    def __init__(self) -> None:
        super().__init__(Trouble())
        self.lost = 0

    def send(self, letter: Letter) -> str:
        receipt = super().send(letter)
        self.lost += 1
        raise Unclear(f"No answer about {receipt}.")


def test_a_copy_of_which_the_answer_was_lost_is_asked_about_and_noted_once(sent: Post) -> None:
    sent.mail = sent.world.mail = forgetful = Forgetful()
    sent.plug()
    sent.play.do(FILE)
    assert "copy sent" not in sent.play.told()
    sent.carry(timedelta(hours=1))

    assert (forgetful.lost, len(forgetful.letters)) == (1, 1)
    entry = sent.play.history()[-1]
    assert (entry.what, entry.details) == ("copy sent", {"receipt": f"mailed {next(iter(forgetful.letters))}"})


# ── the partnership's own part ───────────────────────────────────────────────────────────────────────────

RECORD = """
Iris: /record
  | Date received by HSCP Partnership Manager:
  ! Kit Marker
  ! Asha
Iris: 4 March 2026
Iris: Logged as 17; the chair was told about Kit Marker.
  | Please look it through.
Iris [Write it into the form]
  | It stands on the Report to HSCP for
"""


def test_the_partnership_writes_its_own_part_and_it_stands_on_the_form(sent: Post) -> None:
    sent.play.do(RECORD)
    told = words_of(sent.chat.at(ASHA)[-1].message)
    assert "HSCP Partnership Team has filled in its own part of the form" in told
    assert "Logged as 17" not in told
    entry = next(each for each in reversed(sent.play.history()) if each.what == "partnership recorded")
    assert (entry.by, entry.details["answers"]["received"]) == ("console:iris", "2026-03-04")
    assert "Logged as 17" in entry.details["answers"]["actions"]

    sent.play.do(FILE)
    form = words_in(files(copies(sent)[-1])[f"report-to-hscp-{sent.reference}.docx"])
    assert "Logged as 17; the chair was told about Kit Marker." in form
    assert "[x] The partnership" in words_of(sent.chat.said[sent.play.escalation().thread].message)


def test_what_was_written_is_changed_by_the_partnership_only_and_stays_in_the_history(sent: Post) -> None:
    sent.play.do(RECORD)
    sent.play.do(
        f"Asha: /record {sent.reference}\n  | {REFUSED}\nBen: /record\n  | No form with a part of your own has reached"
    )
    # As the letter says it.
    sent.play.do(f"""
Iris: record {sent.reference}
Iris [Continue]
Iris: Logged as 18.
Iris [Write it into the form]
""")
    said = [each.details["answers"]["actions"] for each in sent.play.history() if each.what == "partnership recorded"]

    assert said == ["Logged as 17; the chair was told about Kit Marker.", "Logged as 18."]
    stored = sent.play.escalation().fields["partnership.report-to-hscp.all"]
    assert stored == {"received": "2026-03-04", "actions": "Logged as 18."}


def test_the_partnership_writes_its_part_also_where_the_copy_for_another_recipient_came_back(sent: Post) -> None:
    before = sent.play.escalation()
    (letter,) = letters_of(before).values()
    other = {**letter, "stands_for": ["challenged-lead"], "partnership": False, "given_up": letter["left"]}
    with sent.play.world.parts.database.transaction() as tx:
        tx.save_escalation(replace(before.with_fields(**{"letter.2": other}), sent={}))
    sent.play.do(RECORD)


def test_a_form_that_is_sent_again_keeps_what_the_partnership_wrote(sent: Post) -> None:
    sent.play.do(RECORD)
    sent.play.do("Asha: /report\nAsha [Continue]\nAsha [Skip]\nAsha [Send it now]")

    assert "Logged as 17" in words_in(list(sent.mail.letters.values())[-1].attachments[0].content)


def test_nothing_is_there_to_record_before_a_form_has_reached_the_partnership(tmp_path: Path) -> None:
    play = scene("asked", tmp_path)
    reference = play.escalation().reference
    play.do(f"Iris: /record {reference}\n  | {REFUSED}\nIris: /record\n  | No form with a part of your own has reached")
    play.world.close()


def test_the_letter_says_how_the_partnership_notes_that_it_came(sent: Post) -> None:
    (letter,) = sent.mail.letters.values()

    assert f"type record {sent.reference} to it" in letter.body
