"""Letters in a folder: what is in the file, and that no letter is written twice or by halves."""

from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from traceback import format_exception

import pytest

from bot.errors import Refused, TryLater
from bot.mail.folder import MailFolder
from bot.mail.letters import Envelope
from bot.ports import Attachment, Letter
from bot.words import load

NOON = datetime(2026, 3, 3, 12, tzinfo=UTC)
CHILD = "Aisha Example"

REPORT = Attachment(
    "report-to-hscp-E-4KX-7PW.docx",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    bytes(range(256)) * 50 + CHILD.encode(),
)
LETTER = Letter(
    key="E-4KX-7PW/report-to-hscp/1",
    to=("team@example.org", "lead@example.org"),
    subject="Report to HSCP E-4KX-7PW",
    body="Please find the report attached.\nŁódź",
    attachments=(REPORT,),
)


def folder(path: Path, at: datetime = NOON) -> MailFolder:
    return MailFolder(path / "letters", Envelope("bot@example.org"), load(), lambda: at)


def files(path: Path) -> list[Path]:
    return sorted((path / "letters").iterdir())


def sent(path: Path, letter: Letter = LETTER) -> EmailMessage:
    folder(path).send(letter)
    (file,) = files(path)
    parsed = message_from_bytes(file.read_bytes(), policy=default)
    assert isinstance(parsed, EmailMessage)
    return parsed


def words(message: EmailMessage) -> str:
    body = message.get_body(("plain",))
    assert body is not None
    return str(body.get_content()).replace("\r\n", "\n")


def test_a_letter_can_be_read_again_with_its_attachment_byte_for_byte(tmp_path: Path) -> None:
    message = sent(tmp_path)

    assert (message["From"], message["To"]) == ("bot@example.org", "team@example.org, lead@example.org")
    assert message["Subject"] == "Report to HSCP E-4KX-7PW"
    assert message["Date"].datetime == NOON
    assert words(message).strip() == LETTER.body
    (attachment,) = message.iter_attachments()
    assert (attachment.get_filename(), attachment.get_content_type()) == (REPORT.name, REPORT.media_type)
    assert attachment.get_content() == REPORT.content


def test_who_the_child_is_stands_in_the_attachment_only(tmp_path: Path) -> None:
    message = sent(tmp_path)
    heads = [*message.items(), *(item for part in message.walk() for item in part.items())]

    assert CHILD not in repr(heads) + words(message) + str(files(tmp_path))
    assert "E-4KX-7PW" not in files(tmp_path)[0].name


def test_the_same_key_is_never_written_twice(tmp_path: Path) -> None:
    first = folder(tmp_path).send(LETTER)
    content = files(tmp_path)[0].read_bytes()
    again = folder(tmp_path, NOON.replace(day=4)).send(replace(LETTER, body="Other words"))

    assert first == again
    assert [file.read_bytes() for file in files(tmp_path)] == [content]


def test_other_keys_are_other_letters_and_the_same_letter_is_the_same_file(tmp_path: Path) -> None:
    folder(tmp_path / "a").send(LETTER)
    folder(tmp_path / "a").send(replace(LETTER, key="E-4KX-7PW/report-to-hscp/2"))
    folder(tmp_path / "b").send(LETTER)
    (one,) = files(tmp_path / "b")

    assert len({message_from_bytes(file.read_bytes())["Message-ID"] for file in files(tmp_path / "a")}) == 2
    assert one.read_bytes() in [file.read_bytes() for file in files(tmp_path / "a")]


def test_the_receipt_is_the_message_id(tmp_path: Path) -> None:
    assert folder(tmp_path).send(LETTER) == message_from_bytes(files(tmp_path)[0].read_bytes())["Message-ID"]


def test_only_the_owner_can_read_folder_and_letters(tmp_path: Path) -> None:
    folder(tmp_path).send(LETTER)

    assert (tmp_path / "letters").stat().st_mode & 0o777 == 0o700
    assert [file.stat().st_mode & 0o777 for file in files(tmp_path)] == [0o600]


def test_a_letter_that_was_begun_before_a_crash_is_finished(tmp_path: Path) -> None:
    folder(tmp_path).send(LETTER)
    whole = files(tmp_path)[0]
    half = whole.with_name(f".{whole.stem}.tmp")
    half.write_bytes(whole.read_bytes()[:100])
    content = whole.read_bytes()
    whole.unlink()
    folder(tmp_path).send(LETTER)

    assert [(file.name, file.read_bytes()) for file in files(tmp_path)] == [(whole.name, content)]


def test_a_letter_to_be_posted_says_so_with_the_address(tmp_path: Path) -> None:
    address = ("ISCP Business Manager", "Perruque House", "Castel, Guernsey, GY5 7NT")
    text = words(sent(tmp_path, replace(LETTER, by_post=address)))

    assert text.startswith("This copy is for you to print and post.")
    assert "ISCP Business Manager\nPerruque House\nCastel, Guernsey, GY5 7NT\n" in text
    assert LETTER.body in text


@pytest.mark.parametrize(
    "letter",
    [
        replace(LETTER, subject="Report\r\nBcc: thief@example.org"),
        replace(LETTER, subject="Report\nX: y"),
        replace(LETTER, to=("team@example.org\r\nBcc: thief@example.org",)),
        replace(LETTER, to=("team@example.org, thief@example.org",)),
        replace(LETTER, to=("nobody",)),
        replace(LETTER, to=()),
        replace(LETTER, attachments=(replace(REPORT, name="a\r\nX: y.docx"),)),
        replace(LETTER, attachments=(replace(REPORT, media_type="text/plain\r\nX: y"),)),
    ],
)
def test_a_letter_that_could_carry_a_header_of_its_own_or_has_no_reader_is_refused(
    letter: Letter, tmp_path: Path
) -> None:
    with pytest.raises(Refused, match=r"\.$") as refused:
        folder(tmp_path).send(letter)
    assert not (tmp_path / "letters").exists()
    # Why it was refused is stored and shown as it is; what is wrong in it may be what somebody typed.
    shown = "".join(format_exception(refused.value))
    assert [given for given in ("thief", "nobody", "X: y") if given in shown.replace("names nobody", "")] == []


def test_text_that_no_mail_can_hold_does_not_stop_the_letter(tmp_path: Path) -> None:
    assert "a\ufffdb" in words(sent(tmp_path, replace(LETTER, body="a\ud83db" + "x" * 5000)))


def test_a_folder_that_cannot_be_written_is_tried_later(tmp_path: Path) -> None:
    (tmp_path / "letters").write_text("a file where the folder should be")

    with pytest.raises(TryLater, match="cannot be written"):
        folder(tmp_path).send(LETTER)
