"""The world as a flow sees it, made directly: shipped and invented policies, calendars, people of the demonstration."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import bot
from bot import calendars
from bot.chat.console.people import PEOPLE
from bot.escalation import Escalation, Status
from bot.flows.context import Context
from bot.policies import Policies
from bot.policy import Policy
from bot.policy_files import load_folder
from bot.words import load
from tests import invented

FOLDER = Path(bot.__file__).parent.parent / "policies"
POLICIES = load_folder(FOLDER)
INVENTED = invented.ALL
CALENDARS = calendars.load_folder(FOLDER / "calendars")
DIRECTORY = {person.id: person for person in PEOPLE}
WORDS = load()

ASHA, BEN, CERYS, ERIN, GRACE, HUGH = (f"console:{name}" for name in ("asha", "ben", "cerys", "erin", "grace", "hugh"))
CONCERN = date(2026, 3, 2)
TODAY = date(2026, 3, 27)
REFERENCE = "E-4KX-7PW"


def context(about: Escalation | None = None, *, today: date = TODAY, **more: Any) -> Context:
    """As Asha, who raised it, sees it; `more` are further parts of a Context. Policies may be given by id alone."""
    whole: dict[str, Any] = {
        "words": WORDS,
        "today": today,
        "me": DIRECTORY[ASHA],
        "policies": beside(about.policy) if about else POLICIES,
        "calendars": CALENDARS,
        "people": DIRECTORY,
        "about": about,
        "seed": {"reference": REFERENCE, "approval": f"{REFERENCE}.1"},
    }
    whole |= more
    if not isinstance(whole["policies"], Policies):
        whole["policies"] = Policies.of_these(whole["policies"].values())
    return Context(**whole)


def only(name: str) -> dict[str, Any]:
    """The part of a context that leaves one policy."""
    return {"policies": {name: beside(name)[name]}}


def beside(name: str) -> Policies:
    """The shipped policies, or the invented ones, whichever this is one of."""
    return INVENTED if name in INVENTED else POLICIES


def taken(name: str, ladder: str = "") -> Policy:
    """The policy as it holds on one of its ladders."""
    return beside(name)[name].taken(ladder)


def person(person_id: str) -> dict[str, str]:
    return DIRECTORY[person_id].details()


def escalation(
    name: str,
    stage: int = 1,
    status: Status = Status.OPEN,
    *,
    fields: Mapping[str, Any] | None = None,
    ladder_id: str = "",
) -> Escalation:
    """One that Asha raised under this policy, at the n-th stage of its ladder, with answers in every field."""
    policy = taken(name, ladder_id)
    ladder = policy.ladder
    ended = status is not Status.OPEN
    people = {}
    for rung in ladder[:stage]:
        people[f"people.{rung.id}.raising"] = person(BEN if rung is ladder[0] else ERIN)
        people[f"people.{rung.id}.deputy"] = person(CERYS)
        people[f"people.{rung.id}.challenged"] = person(GRACE if rung is ladder[0] else HUGH)
    begun = Escalation(
        reference=REFERENCE,
        policy=name,
        policy_version=policy.version,
        raiser=ASHA,
        raiser_agency=DIRECTORY[ASHA].agency,
        challenged_agency=DIRECTORY[GRACE].agency,
        subject=policy.subjects[0],
        ladder=ladder_id,
        days={"decision_received": CONCERN} if policy.runs_from("decision_received") else {},
        stage=ladder[stage - 1].id,
        concern=CONCERN,
        opened=datetime(2026, 3, 3, 10, tzinfo=UTC),
        status=status,
        entered={rung.id: date(2026, 3, 3 + place) for place, rung in enumerate(ladder[:stage])},
        resolved_on=TODAY if ended else None,
        resolved_at=ladder[stage - 1].id if ended else "",
        thread=f"{REFERENCE}/thread",
        fields={
            "raiser": person(ASHA),
            "counterpart": person("console:farid"),
            "tried": "Telephoned twice.",
            "tried_on": ["2026-03-02", "2026-03-04"],
            "disagreement": "The plan was closed too early.",
            "desired_outcome": "A new meeting.",
            "words_said": {"to": "Farid Fictional", "how": "By telephone", "on": "2026-03-03"},
            "updates": [{"on": "2026-03-05", "text": "A meeting was held."}],
            **people,
        },
    )
    if ended:
        begun = begun.with_fields(
            how_resolved="Both agreed on a plan.",
            agreed_outcome="Weekly visits.",
            lessons="Ask earlier.",
            actions=[{"action": "Visit", "by_whom": "Grace Madeup", "date": "2026-04-02"}],
            debrief={"outcome": True, "debrief": False},
        )
    return replace(begun, fields={**begun.fields, **(fields or {})})


def reported(about: Escalation, sent: Mapping[str, str]) -> Escalation:
    """With these moments of forms gone to the partnership, each at its time."""
    letters = {f"letter.{number}": gone(key, left=at) for number, (key, at) in enumerate(sent.items(), 1)}
    return replace(about.with_fields(**letters), sent=sent)


def gone(key: str, **more: Any) -> dict[str, Any]:
    """A letter with this moment of a form, which has gone to the partnership's mailbox."""
    form, instance, moment = key.split("/")
    letter = {"form": form, "instance": instance, "moment": moment, "to": "team@example.org", "by_post": []}
    return {**letter, "answers": {}, "partnership": True, "left": "2026-03-20T10:00:00+00:00", **more}
