"""Every rule for a limit, as its name in a policy file says: what it comes to, and the sentence that says why.

Rule 1: the day from which days are counted is never counted itself.
"""

from __future__ import annotations

from datetime import date
from typing import assert_never

from bot.dates import in_words
from bot.deadlines.anchors import not_begun_yet
from bot.deadlines.asked import Asked
from bot.deadlines.counted import Counted, with_sooner
from bot.deadlines.spans import End
from bot.deadlines.telling import NOT_COUNTED, days, sentence
from bot.deadlines.within import within
from bot.policy import Agreed, Cumulative, FurtherAndTotal, NoClock, PerStage, Within


def counted(asked: Asked) -> Counted:
    return with_sooner(asked, _as_the_policy_says(asked))


def _as_the_policy_says(asked: Asked) -> Counted:
    limit, entry = asked.limit, asked.entry
    if isinstance(limit, NoClock):
        return Counted(_no_clock(asked, limit))
    if isinstance(limit, Within):
        return within(asked, limit)
    if isinstance(limit, Cumulative):
        return _from_one_day(asked, limit, asked.concern, asked.since_concern)
    if entry is None:
        waits = not_begun_yet(asked)
        return Counted(f"{asked.printed} {waits.said}{asked.no_date}.", waits_for=waits.until)
    match limit:
        case PerStage():
            return _from_one_day(asked, limit, entry, asked.since(entry))
        case Agreed():
            return _agreed(asked, limit, entry)
        case FurtherAndTotal():
            return _further_and_total(asked, limit, entry)
        case _:
            assert_never(limit)


def _no_clock(asked: Asked, limit: NoClock) -> str:
    # The words are ours where nothing is printed, so they have no quotation marks then.
    words = f"It says: “{limit.words}”" if limit.printed else limit.words
    return f"The policy sets no number of days{asked.no_date}. {sentence(words)}"


def _from_one_day(asked: Asked, limit: Cumulative | PerStage, start: date, since: str) -> Counted:
    long = days(limit.days) + (f" (aim for {limit.soft_days})" if limit.soft_days else "")
    due = asked.calendar.add(start, limit.days)
    soft = End(asked.calendar.add(start, limit.soft_days)) if limit.soft_days else None
    rule = f"{asked.printed} {long} counted from {since}; {NOT_COUNTED}. {asked.means()}"
    return Counted(rule, (start, due), soft, End(due), since=start)


def _agreed(asked: Asked, limit: Agreed, entry: date) -> Counted:
    cap, agreed = asked.calendar.add(entry, limit.cap), asked.agreed
    most = f"{days(limit.cap)} counted from {asked.since(entry)}; {NOT_COUNTED}"
    if agreed is None:
        rule = f"no date is agreed yet, so this is the latest that the policy allows: {most}."
    elif agreed <= cap:
        rule = f"the date agreed. The policy allows until {in_words(cap)}: {most}."
    else:
        rule = f"{in_words(agreed)} was agreed, but the policy allows no later than this: {most}."
    return Counted(
        f"{asked.printed} {rule} {asked.means()}", (entry, cap), due=End(min(agreed or cap, cap)), since=entry
    )


def _further_and_total(asked: Asked, limit: FurtherAndTotal, entry: date) -> Counted:
    calendar, concern = asked.calendar, asked.concern
    further, total = calendar.add(entry, limit.further), calendar.add(concern, limit.total)
    used = (concern, entry, further, total)
    fresh = f"{days(limit.further)} counted from {asked.since(entry)}"
    if total < entry:
        behind = calendar.count(total, entry)
        ran_out = (
            f"{fresh}, because the running total of {days(limit.total)} from {asked.since_concern}"
            f" ran out on {in_words(total)} ({days(behind)} behind the overall plan); {NOT_COUNTED}."
        )
        return Counted(f"{asked.printed} {ran_out} {asked.means()}", used, due=End(further), behind=behind, since=entry)
    rule = f"{fresh}; {NOT_COUNTED}."
    if (entry, limit.further) != (concern, limit.total):
        in_all = f"{days(limit.total)} in all counted from {asked.since_concern}"
        rule = f"the earlier of {fresh}, and {in_all}; {NOT_COUNTED}."
    return Counted(f"{asked.printed} {rule} {asked.means()}", used, due=End(min(further, total)), since=entry)
