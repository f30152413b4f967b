"""The tables. Columns named `sealed…` hold bytes made by `vault.py`; all others may be read by an operator.

Rule 1: a change here needs a migration; a test compares the two on both databases.
Rule 2: every constraint has a name, or SQLite's batch migrations could not drop it.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from bot.store.moments import Moment

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

metadata = MetaData(naming_convention=NAMES)


def _text(name: str, default: str | None = None, **more: Any) -> Column[str]:
    return Column(name, Text, nullable=False, default=default, **more)


def _json(name: str) -> Column[Any]:
    return Column(name, JSON, nullable=False)


def _sealed(name: str, nullable: bool = False) -> Column[bytes]:
    return Column(name, LargeBinary, nullable=nullable)


def _number() -> Column[int]:
    """Counts up: the order in which the rows were written."""
    return Column("number", Integer, primary_key=True, autoincrement=True)


def _partial(name: str, where: str, *columns: Column[Any]) -> None:
    """Kept small for ever by its condition; a query must write that with literals for it to be used."""
    Index(name, *columns, sqlite_where=text(where), postgresql_where=text(where))


meta = Table("meta", metadata, _text("name", primary_key=True), _text("value"))

keys = Table(
    "keys",
    metadata,
    _text("owner", primary_key=True),
    _text("wrapped_by"),  # id of the key in the keyring
    _sealed("sealed_key"),
)

people = Table(
    "people",
    metadata,
    _text("id", primary_key=True),
    _text("name"),
    _text("role"),
    _text("agency"),
    _text("email"),
    _text("deputy"),
    Column("checked_on", Date),  # the day on which somebody last confirmed this line
    _text("partnership"),  # id of the policy whose partnership team they are in
    Column("gone", Boolean, nullable=False, default=False),  # their account was taken away
    Column("guest", Boolean, nullable=False, default=False),
    _sealed("sealed_own", nullable=True),  # what they last said of themselves, to be proposed to them again
)

accounts = Table(
    "accounts",  # of those who are known on several platforms, under another id on each
    metadata,
    _text("id", primary_key=True),
    _text("person", index=True),
    _text("mailbox"),  # which both platforms reported when they were found to be one person
    Column("since", Moment, nullable=False),
    Column("gone", Boolean, nullable=False, default=False),
    Column("last", Boolean, nullable=False, default=False),  # they spoke last under this one
)

policies = Table(
    "policies",
    metadata,
    _text("policy", primary_key=True),
    _text("version", primary_key=True),
    _text("content"),  # the policy file as it was: escalations stay on the version that they began under
    _text("digest"),
    Column("kept", Moment, nullable=False),
)

heard = Table(
    "heard",
    metadata,
    _number(),
    _text("event"),
    _text("person"),
    _json("answered"),  # keys of the deliveries
    UniqueConstraint("event"),
)

unheard = Table(
    "unheard",  # somebody in it has to be looked up first; the row goes when it is heard
    metadata,
    _number(),
    _text("event"),
    _text("person"),
    _sealed("sealed_heard"),
    Column("written", Moment, nullable=False),
    UniqueConstraint("event"),
)

conversations = Table(
    "conversations",
    metadata,
    _number(),
    _text("id"),
    _text("person", index=True),
    _text("flow"),
    _text("about"),
    Column("started", Moment),
    _text("policy_version"),
    _sealed("sealed_answers"),
    _text("editing"),
    _sealed("sealed_pending"),
    _sealed("sealed_proposed", nullable=True),  # what its person had said of themselves when it began
    _text("message"),
    Column("turn", Integer, nullable=False),
    Column("saved", Boolean, nullable=False),
    _json("seed"),
    UniqueConstraint("id"),
)

escalations = Table(
    "escalations",
    metadata,
    _number(),
    _text("reference"),
    _text("policy"),
    _text("policy_version"),
    _text("raiser"),
    _text("raiser_agency"),
    _text("challenged_agency"),
    _text("subject"),
    _text("stage"),
    Column("concern", Date, nullable=False),
    Column("opened", Moment, nullable=False),
    _text("status"),
    _json("entered"),  # stage -> ISO date
    _json("agreed"),  # stage -> ISO date
    _json("entered_at"),  # stage -> ISO date and time
    _json("sooner"),  # stage -> ISO date
    _json("days"),  # name of an anchor -> ISO date
    _text("ladder"),
    _json("branches"),  # stage -> id of a branch
    _text("priority"),
    _text("language"),
    Column("resolved_on", Date),
    _text("resolved_at"),
    _text("thread"),
    _json("sent"),
    Column("version", Integer, nullable=False),
    UniqueConstraint("reference"),
)

fields = Table(
    "fields",
    metadata,
    Column("reference", Text, ForeignKey("escalations.reference"), primary_key=True),
    _text("name", primary_key=True),
    _sealed("sealed"),
)

approvals = Table(
    "approvals",
    metadata,
    _number(),
    _text("key"),
    _text("reference", index=True),
    _text("kind"),
    _text("asked_by"),
    Column("asked_on", Date, nullable=False),
    _json("may_answer"),  # person ids
    _text("stage"),
    _text("form"),
    _text("field_id"),
    _text("post"),
    _text("answer"),
    _text("answered_by"),
    _sealed("sealed_reason"),
    UniqueConstraint("key"),
)

history = Table(
    "history",
    metadata,
    # Not counted by the database: a sequence may leave gaps, and here a gap means a missing row.
    Column("number", Integer, primary_key=True, autoincrement=False),
    _text("reference"),
    Column("sequence", Integer, nullable=False),
    _text("what"),
    _text("by"),
    Column("at", Moment, nullable=False),
    _sealed("sealed_details"),
    _text("previous"),  # hash of the row before, hexadecimal
    _text("hash"),
    UniqueConstraint("reference", "sequence"),
)

WAITING, SENDING, DONE, DROPPED, DEAD, HELD = "waiting", "sending", "done", "dropped", "dead", "held"

AT_ONCE = datetime(1970, 1, 1, tzinfo=UTC)
"""When that is due which need not wait for anything: long ago, whatever a clock says."""

deliveries = Table(
    "deliveries",
    metadata,
    _number(),
    _text("key"),
    _text("kind"),
    _text("destination"),
    _text("under"),
    _text("reference"),
    _text("place"),  # a person, a channel, or "mail": where it goes
    _text("stream"),  # what is carried out in the order of writing
    _text("first"),  # key of the delivery that has to be carried out before
    _text("made"),  # what makes its words when it is carried out; "" where they are kept here
    _json("about"),
    _sealed("sealed_message", nullable=True),  # erased when it has been delivered
    Column("written", Moment),
    Column("not_before", Moment),
    _text("state", default=WAITING),
    Column("attempts", Integer, nullable=False, default=0),
    Column("doubtful", Boolean, nullable=False, default=False),  # it may have been carried out already
    Column("due", Moment, default=AT_ONCE),  # waiting: to be begun; sending: open to others again; settled: empty
    Column("handed", Moment),  # when a worker was last told of it
    _text("last_error", default=""),
    _text("receipt", default=""),
    Column("details", JSON, nullable=False, default=dict),
    Column("settled", Moment),  # when it was carried out, dropped, given up or held
    UniqueConstraint("key"),
)

limited_places = Table(
    "limited_places",
    metadata,
    _text("place", primary_key=True),
    Column("until", Moment, nullable=False),  # nothing is sent there before: it said so itself
)

# The first two hold the same rows and say so in different words. PostgreSQL believes that there are none, however many
# wait, and would use either of them for everything if its condition were met.
_partial("ix_deliveries_due", "due IS NOT NULL", deliveries.c.due, deliveries.c.number)
_partial("ix_deliveries_stream", "state IN ('waiting', 'sending')", deliveries.c.stream, deliveries.c.number)
_partial("ix_deliveries_troubled", "state IN ('dead', 'held')", deliveries.c.number)
_partial("ix_deliveries_first", "first <> ''", deliveries.c.first, deliveries.c.number)
Index("ix_deliveries_reference", deliveries.c.reference)
_partial("ix_deliveries_receipt", "kind = 'thread'", deliveries.c.receipt)

ARMED, FIRED, CANCELLED = "armed", "fired", "cancelled"

timers = Table(
    "timers",
    metadata,
    _text("key", primary_key=True),
    _text("kind"),
    Column("due", Moment, nullable=False),
    Column("next_look", Moment, nullable=False),  # when it is due, or later where the look was put off
    _text("owner", index=True),  # an escalation's reference, "person/<id>", or "digest"
    _text("about"),
    _text("rule"),  # recurring: "monday 09:00"
    _text("zone"),
    _text("state", default=ARMED),
    Column("fired", Moment),
)
_partial("ix_timers_armed", "state = 'armed'", timers.c.next_look, timers.c.key)
_partial("ix_timers_put_off", "state = 'armed' AND due < next_look", timers.c.next_look)

conversation_references = Table(
    "conversation_references",  # where a platform has let the bot in, and at which address it is reached there
    metadata,
    _text("place", primary_key=True),  # a person's id, or a channel's
    _text("conversation", index=True),
    _text("service_url"),
    _text("tenant"),
    _text("bot"),
    Column("since", Moment, nullable=False),
    _text("team"),  # of a channel; "" where it is not known
    _text("account"),  # how the platform calls the person towards this bot; "" where it is not told
    _text("version"),  # of the bot's app that the person has; "" where it is not told
)

said_at = Table(
    "said_at",  # what a platform cannot be asked for: ids of messages of ours
    metadata,
    _text("what", primary_key=True),
    _text("place"),
)

snoozes = Table(
    "snoozes",
    metadata,
    _text("reference", primary_key=True),
    _text("person", primary_key=True),
    Column("until", Moment, nullable=False),
)
