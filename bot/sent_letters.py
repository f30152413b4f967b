"""The letters of an escalation, as its record keeps them under "letter.<number>": where each of them is.

A letter is on its way until the mail has taken it (`left`) or could not (`given_up`). One that goes by post is taken by
the raiser's own mailbox, to be printed, and has gone only when somebody has noted on which day it was `posted`; sent
once more before that, it is `replaced`. Whatever has gone may still come back: then it is `returned`, and given up.

Which recipients of the policy a letter `stands_for` is kept with it: sent to one of these once more, at whatever
address, it is the new letter that counts. What was given up and then sent anew is `replaced` too.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from bot.escalation import Escalation

Letter = Mapping[str, Any]
PREFIX = "letter."


def letters_of(escalation: Escalation) -> dict[str, Letter]:
    """All of them by their number, the first one first."""
    numbers = sorted(int(name.removeprefix(PREFIX)) for name in escalation.fields if name.startswith(PREFIX))
    return {str(number): escalation.fields[f"{PREFIX}{number}"] for number in numbers}


def filling_of(letter: Letter) -> str:
    """What it sends, as the record notes it under `sent`."""
    return f"{letter['form']}/{letter['instance']}/{letter['moment']}"


def fillings_of(letter: Letter) -> list[str]:
    """The same, with what was to be posted before and is in this one as well."""
    return [filling_of(letter), *(letter.get("instead_of") or ())]


def goes_by_post(letter: Letter) -> bool:
    """Whether somebody has to note that it was posted: not for those of which nobody was asked to."""
    return bool(letter.get("by_post")) and "made" in letter


def has_gone(letter: Letter) -> bool:
    """Whether it is with its recipient, as far as anybody knows."""
    if letter.get("given_up") or letter.get("replaced"):
        return False
    return bool(letter.get("posted" if goes_by_post(letter) else "left"))


def may_come_back(letter: Letter) -> bool:
    """Whether a notice that the mail could not deliver it changes anything: not once it was printed and posted."""
    return not (letter.get("given_up") or letter.get("replaced") or letter.get("posted"))


def settled(letter: Letter) -> bool:
    """Whether nothing more comes of it: it has gone, or what it was to send is due again or was sent once more."""
    return has_gone(letter) or bool(letter.get("given_up") or letter.get("replaced"))


def gone(escalation: Escalation) -> dict[str, Letter]:
    """Those that may still come back."""
    return {number: letter for number, letter in letters_of(escalation).items() if has_gone(letter)}


def with_the_partnership(escalation: Escalation) -> dict[str, str]:
    """Which moments of which forms are with the partnership, and since when (ISO): by what has gone to a mailbox or an
    address that the policy names, whoever else got it or did not, or got it later. It counts from the last time.

    What does not say to whom it went counts while all that it was sent with has arrived.
    """
    found: dict[str, str] = {}
    for letter in gone(escalation).values():
        for filling in fillings_of(letter):
            if letter.get("partnership", escalation.sent.get(filling, "")):
                found[filling] = went_at(letter)
    return found


def went_at(letter: Letter) -> str:
    """Since when it is with its recipient (ISO)."""
    return f"{letter['posted']}T12:00:00+00:00" if letter.get("posted") else str(letter["left"])


def to_post(escalation: Escalation) -> dict[str, Letter]:
    """Those that wait to be posted, or for somebody to note that they were."""
    waiting = {number: each for number, each in letters_of(escalation).items() if not settled(each)}
    return {number: each for number, each in waiting.items() if goes_by_post(each)}


def waits_for_post(filling: str, escalation: Escalation) -> bool:
    """Whether this moment of a form is still to be posted to somebody."""
    return any(filling in fillings_of(letter) for letter in to_post(escalation).values())


def is_missing(filling: str, escalation: Escalation) -> bool:
    """Whether somebody did not get this moment of a form, and it was not sent to them again."""
    return bool(missing(filling, escalation))


def missing(filling: str, escalation: Escalation) -> dict[str, Letter]:
    """The letters by which somebody should have got this moment of a form, and did not, and which nothing replaced."""
    same = {number: each for number, each in letters_of(escalation).items() if filling in fillings_of(each)}
    return {n: each for n, each in same.items() if each.get("given_up") and not sent_again(escalation, n)}


def is_to_post(filling: str, escalation: Escalation) -> bool:
    """Whether this moment of a form counts as not sent only because it is still to be posted."""
    return waits_for_post(filling, escalation) and not is_missing(filling, escalation)


def sent_again(escalation: Escalation, number: str) -> bool:
    """Whether the same form has been sent to the same recipients once more since; then it changes nothing any more."""
    letters = letters_of(escalation)
    letter = letters[number]
    if letter.get("replaced"):
        return True
    since = [
        each
        for other, each in letters.items()
        if int(other) > int(number) and not (each.get("given_up") or each.get("replaced"))
    ]
    return takes_the_place(since, letter)


def id_of(slot: str) -> str:
    """Which recipient of the policy it is, whoever that was at which stage."""
    return slot.partition("@")[0]


def takes_the_place(of_these: Iterable[Letter], letter: Letter) -> bool:
    """Whether all for whom this letter stands are among those for whom the others do, by the same form.

    Of a letter that does not say for whom it stands, the address is all that is known.
    """
    same = [each for each in of_these if all(each[part] == letter[part] for part in ("form", "instance"))]
    if meant := set(letter.get("stands_for") or ()):
        return meant <= {one for each in same for one in each.get("stands_for") or ()}
    return any(all(each.get(part) == letter.get(part) for part in ("to", "by_post", "hand_on")) for each in same)
