"""The database: whether it is the program's, what waits in it, and when somebody was last heard."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

from bot.calendars import Calendar
from bot.doctor.findings import Finding, count, ok, spell, unknown, wrong
from bot.errors import EscalationBotError
from bot.metrics import Figures
from bot.policies import Policies
from bot.policy_files.kept import with_kept
from bot.ports import Trouble
from bot.store import Database, check_keyring_belongs, open_existing

DATABASE, KEYRING, WORKER, USED = "database", "keyring", "worker", "policies in use"
HEARD, UNHEARD, WAITING, TROUBLED, TIMERS = "last heard", "not heard yet", "waiting", "given up or held", "timers"
LATE = timedelta(minutes=15)
"""What has been due for longer is not being carried out."""
QUIET = timedelta(days=3)
"""Over a weekend nobody writes; silence for longer may be no silence."""
WORK = "See that escalation-bot serve, or escalation-bot work, is running and can reach the database."


@contextmanager
def opened(url: str, keyring: Path, now: Callable[[], datetime], found: list[Finding]) -> Iterator[Database | None]:
    """The database, and in `found` whether it is the program's; None where nothing can be asked of it."""
    try:
        database = open_existing(url, keyring, clock=now)
    except EscalationBotError as error:
        found.append(wrong(DATABASE, str(error)))
        yield None
        return
    try:
        found.append(ok(DATABASE, f"The tables in {database.name} are those of this version of the program."))
        found.append(_keyring(database))
        found.extend(_replicas(url))
        yield database
    finally:
        database.close()


def _keyring(database: Database) -> Finding:
    try:
        check_keyring_belongs(database)
    except EscalationBotError as error:
        return wrong(KEYRING, str(error))
    return ok(KEYRING, f"The keyring {database.keyring.where} belongs to it.")


def _replicas(url: str) -> Iterator[Finding]:
    """Where replicas share PostgreSQL, their worker has tables of its own."""
    if not url.startswith("postgresql"):
        return
    from bot.workers import procrastinate_tables  # it needs the extra [postgres]

    try:
        procrastinate_tables.check(url)
    except EscalationBotError as error:
        yield wrong(WORKER, str(error))
    else:
        yield ok(WORKER, "The worker’s tables are those of this version of the program.")


def lately(database: Database, now: datetime) -> Iterator[Finding]:
    """What has come of people and of what is owed to them."""
    yield _heard(database.last_heard(), now)
    yield _unheard(database.unheard_since(), now)
    figures = database.figures(now)
    yield _waiting(figures)
    yield _troubled(database.troubled())
    yield _timers(figures)


def _heard(at: datetime | None, now: datetime) -> Finding:
    remedy = "Say “help” to the bot and ask again: if this stays as it is, what people say does not reach it."
    if at is None:
        return unknown(HEARD, "Nobody has said anything to the bot yet.", remedy)
    says = f"Somebody was last heard {spell(now - at)} ago."
    return ok(HEARD, says) if now - at <= QUIET else unknown(HEARD, says, remedy)


def _unheard(since: datetime | None, now: datetime) -> Finding:
    """Whoever is new has to be looked up on their platform first."""
    if since is not None and now - since > LATE:
        says = f"Something that somebody did has waited for {spell(now - since)} to be heard."
        return wrong(UNHEARD, says, "Somebody in it cannot be looked up. See what is said of the platform below.")
    return ok(UNHEARD, "Nothing waits to be heard.")


def _waiting(figures: Figures) -> Finding:
    oldest = timedelta(seconds=figures.oldest)
    if not oldest:
        return ok(WAITING, "No message or letter is due.")
    says = f"The oldest message or letter that is due has waited for {spell(oldest)}."
    remedy = f"{WORK} Or it waits for what is said of Slack, of Teams or of mail here, and is tried again by itself."
    return wrong(WAITING, says, remedy) if oldest > LATE else ok(WAITING, says)


def _troubled(troubled: list[Trouble]) -> Finding:
    if not troubled:
        return ok(TROUBLED, "Nothing was given up, and nothing is held.")
    states = Counter(each.state for each in troubled)
    parts = (("Given up", states["dead"]), ("Held, because nobody can tell whether it arrived", states["held"]))
    says = " ".join(f"{what}: {number}." for what, number in parts if number)
    return wrong(TROUBLED, says, "escalation-bot deliveries lists each with its reason, and begins it again.")


def _timers(figures: Figures) -> Finding:
    if figures.timers_overdue:
        return wrong(TIMERS, f"{count(figures.timers_overdue, 'timer')} came and nobody looked.", WORK)
    return ok(TIMERS, "Every timer that came was looked at.")


def used(database: Database, files: Policies, calendars: Mapping[str, Calendar]) -> Iterator[Finding]:
    """Whatever is under way has its policy, as it was when it was begun."""
    try:
        with_kept(files, database.policies_kept(), database.policies_used(), calendars)
    except EscalationBotError as error:
        yield from (wrong(USED, fault) for fault in str(error).splitlines())
        return
    yield ok(USED, "Every version that something was begun under is there, unchanged.")
