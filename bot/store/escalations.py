"""Rows of the tables `escalations` and `fields`: what may stand in clear, and what is sealed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    and_,
    bindparam,
    delete,
    insert,
    literal,
    or_,
    select,
    update,
)

from bot.errors import Conflict
from bot.escalation import OF_ITS_COURSE, Escalation, Status
from bot.store.prepared import Prepared
from bot.store.tables import escalations, fields
from bot.store.vault import Vault, of_escalation

# Made once: an escalation is read more often than anything else.
_ESCALATION = Prepared(select(escalations).where(escalations.c.reference == bindparam("reference")))
_FIELDS = Prepared(select(fields).where(fields.c.reference == bindparam("reference")))


def find(connection: Connection, vault: Vault, reference: str) -> Escalation | None:
    row = _ESCALATION.first(connection, {"reference": reference})
    if row is None:
        return None
    owner, sealed = of_escalation(reference), _FIELDS.rows(connection, {"reference": reference})
    return _escalation(row, {each.name: vault.open(owner, _field(each.name), each.sealed) for each in sealed})


def begun_under(connection: Connection, reference: str) -> tuple[str, str] | None:
    both = select(escalations.c.policy, escalations.c.policy_version)
    row = connection.execute(both.where(escalations.c.reference == reference)).one_or_none()
    return None if row is None else (row.policy, row.policy_version)


def several(connection: Connection, vault: Vault, *, open_only: bool) -> list[Escalation]:
    wanted = select(escalations)
    if open_only:
        wanted = wanted.where(escalations.c.status != Status.CLOSED.value)
    return _several(connection, vault, wanted.order_by(escalations.c.opened, escalations.c.number))


def references(connection: Connection, policy: str, resolved_since: date | None) -> list[str]:
    wanted = escalations.c.status != Status.CLOSED.value
    if resolved_since is not None:
        wanted = or_(wanted, escalations.c.resolved_on >= resolved_since)
    if policy:
        wanted = and_(wanted, escalations.c.policy == policy)
    found = select(escalations.c.reference).where(wanted)
    return list(connection.scalars(found.order_by(escalations.c.opened, escalations.c.number)))


def open_courses(connection: Connection, vault: Vault) -> list[Escalation]:
    """Open ones, with only those of their fields that their dates follow from."""
    wanted = select(escalations).where(escalations.c.status == Status.OPEN.value)
    return _several(connection, vault, wanted, fields.c.name.in_(OF_ITS_COURSE))


def _several(
    connection: Connection, vault: Vault, wanted: Select[Any], *which: ColumnElement[bool]
) -> list[Escalation]:
    these = wanted.with_only_columns(escalations.c.reference).order_by(None)
    owners = these.with_only_columns(literal(of_escalation("*")[:-1]) + escalations.c.reference)
    vault.fetch(owners)
    opened: dict[str, dict[str, Any]] = {}
    of_them = select(fields).where(fields.c.reference.in_(these), *which)
    for row in connection.execute(of_them):
        value = vault.open(of_escalation(row.reference), _field(row.name), row.sealed)
        opened.setdefault(row.reference, {})[row.name] = value
    return [_escalation(row, opened.get(row.reference, {})) for row in connection.execute(wanted)]


def add(connection: Connection, vault: Vault, escalation: Escalation) -> None:
    """Raises Conflict when the reference is taken."""
    taken = select(escalations.c.number).where(escalations.c.reference == escalation.reference)
    if connection.execute(taken).one_or_none() is not None:
        raise Conflict(f"There is an escalation {escalation.reference} already; choose another reference.")
    row = _row(escalation) | {"reference": escalation.reference, "version": escalation.version}
    connection.execute(insert(escalations), row)
    _keep_fields(connection, vault, escalation)


def save(connection: Connection, vault: Vault, escalation: Escalation) -> None:
    this = (escalations.c.reference == escalation.reference, escalations.c.version == escalation.version)
    values = _row(escalation) | {"version": escalation.version + 1}
    if connection.execute(update(escalations).where(*this).values(values)).rowcount != 1:
        raise Conflict(
            f"{escalation.reference} was changed by somebody else since version {escalation.version} "
            "was read; read it again and repeat."
        )
    _keep_fields(connection, vault, escalation)


def _keep_fields(connection: Connection, vault: Vault, escalation: Escalation) -> None:
    """Writes those that changed, removes those that are gone."""
    owner = of_escalation(escalation.reference)
    of_it = fields.c.reference == escalation.reference
    stored = {row.name: row.sealed for row in connection.execute(select(fields).where(of_it))}
    for name, value in escalation.fields.items():
        if name in stored and vault.holds(owner, _field(name), stored[name], value):
            continue
        sealed = vault.seal(owner, _field(name), value)
        if name in stored:
            change = update(fields).where(of_it, fields.c.name == name).values(sealed=sealed)
            connection.execute(change)
        else:
            row = {"reference": escalation.reference, "name": name, "sealed": sealed}
            connection.execute(insert(fields), row)
    for name in stored.keys() - escalation.fields.keys():
        connection.execute(delete(fields).where(of_it, fields.c.name == name))


def _field(name: str) -> str:
    return f"field/{name}"


def _row(escalation: Escalation) -> dict[str, Any]:
    """What may stand in clear: all but the fields."""
    return {
        "policy": escalation.policy,
        "policy_version": escalation.policy_version,
        "raiser": escalation.raiser,
        "raiser_agency": escalation.raiser_agency,
        "challenged_agency": escalation.challenged_agency,
        "subject": escalation.subject,
        "stage": escalation.stage,
        "concern": escalation.concern,
        "opened": escalation.opened,
        "status": escalation.status.value,
        "entered": {name: day.isoformat() for name, day in escalation.entered.items()},
        "agreed": {name: day.isoformat() for name, day in escalation.agreed.items()},
        "entered_at": {name: at.isoformat() for name, at in escalation.entered_at.items()},
        "sooner": {name: day.isoformat() for name, day in escalation.sooner.items()},
        "days": {name: day.isoformat() for name, day in escalation.days.items()},
        "ladder": escalation.ladder,
        "branches": dict(escalation.branches),
        "priority": escalation.priority,
        "language": escalation.language,
        "resolved_on": escalation.resolved_on,
        "resolved_at": escalation.resolved_at,
        "thread": escalation.thread,
        "sent": dict(escalation.sent),
    }


def _escalation(row: Row[Any], fields: Mapping[str, Any]) -> Escalation:
    values = row._asdict()
    del values["number"]
    values["status"] = Status(row.status)
    for days in ("entered", "agreed", "sooner", "days"):
        values[days] = {name: date.fromisoformat(day) for name, day in values[days].items()}
    values["entered_at"] = {name: datetime.fromisoformat(at) for name, at in row.entered_at.items()}
    return Escalation(**values, fields=fields)
