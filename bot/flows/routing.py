"""Before anything is raised: whether another procedure is the right one, and whom or what the disagreement is about."""

from __future__ import annotations

from dataclasses import dataclass

from bot.flows.context import Asking, Context, choose
from bot.messages import Part, Points, Words
from bot.policy import Boundary, Policy

KINDS = ("complaint", "allegation", "whistleblowing", "same_agency", "conference", "reviewing_officer")
"""Matters that people bring to an escalation and that belong, or may belong, elsewhere."""


@dataclass(frozen=True)
class AnotherRoute:
    """Another procedure is the right one: say which, and keep nothing. `matter` is its label."""

    matter: str
    signpost: tuple[str, ...]


@dataclass(frozen=True)
class AboutWhom:
    """Whom it is about. `whom` is one, several, unborn, adult or themed."""

    subject: str
    whom: str


def right_route(c: Context, policy: Policy) -> Asking:
    """AnotherRoute where the person goes elsewhere, else the kind of matter that it is beside, or ""."""
    matters = {kind: c.words(f"route.{kind}") for kind in KINDS}
    for place, boundary in enumerate(policy.boundaries):
        matters[_key(boundary, place)] = boundary.label or c.words(f"route.{boundary.kind}")
    heading = c.words("route.heading")
    before: tuple[Part, ...] = (Words(c.words("route.help")), Points(tuple(matters.values())))
    answers = {"none": c.words("route.none"), "some": c.words("route.some")}
    any_of_them = yield from choose(
        "route", c.words("route.ask"), answers, before=before, heading=heading, private=False
    )
    if any_of_them == "none":
        return ""
    matter = yield from choose("matter", c.words("route.which"), matters, heading=heading, private=False)
    if _is_covered(policy, matter):
        return ""
    signpost = tuple(_signpost(c, policy, matter))
    offered = {"stop": c.words("route.stop")}
    if _may_go_on(policy, matter):
        offered["go_on"] = c.words("route.go_on")
    before = tuple(Words(text) for text in signpost)
    answer = yield from choose(
        f"route.{matter}", c.words("route.what_now"), offered, before=before, heading=heading, private=False
    )
    return AnotherRoute(matters[matter], signpost) if answer == "stop" else matter


def _key(boundary: Boundary, place: int) -> str:
    return f"other-{place}" if boundary.kind == "other" else boundary.kind


def _boundary(policy: Policy, matter: str) -> Boundary | None:
    places = enumerate(policy.boundaries)
    return next((boundary for place, boundary in places if _key(boundary, place) == matter), None)


def _is_covered(policy: Policy, matter: str) -> bool:
    """A disagreement inside one agency is what the policy is for, if it says so."""
    return matter == "same_agency" and policy.scope.within_agency == "allowed"


def _may_go_on(policy: Policy, matter: str) -> bool:
    boundary = _boundary(policy, matter)
    if matter == "same_agency" and policy.scope.within_agency == "not_allowed":
        return False
    return boundary is None or boundary.may_go_on


def _signpost(c: Context, policy: Policy, matter: str) -> list[str]:
    """Where it belongs: in the policy's words where it has any, else in ours."""
    boundary = _boundary(policy, matter)
    if boundary is not None:
        return [boundary.words, *([boundary.contact] if boundary.contact else [])]
    scope = [policy.scope.words] if matter == "same_agency" and policy.scope.words else []
    return [*scope, c.words(f"route.{matter}_where")]


WHOM = {"child": ("one", "several", "unborn"), "adult": ("adult", "adults"), "themed": ("themed",)}
"""What is offered for each subject that a policy covers."""


def about_whom(c: Context, policy: Policy) -> Asking:
    """Whom it is about: comes back with AboutWhom."""
    offered = {whom: c.words(f"subject.{whom}") for subject in policy.subjects for whom in WHOM[subject]}
    whom = next(iter(offered))
    if len(offered) > 1:
        whom = yield from choose("subject", c.words("subject.ask"), offered, private=False)
    subject = next(subject for subject, those in WHOM.items() if whom in those)
    return AboutWhom(subject, whom)


def which_ladder(c: Context, policy: Policy) -> Asking:
    """Which of the policy's ladders applies; "" where it has one."""
    if len(policy.ladders) < 2:
        return policy.ladders[0].id if policy.ladders else ""
    offered = {ladder.id: ladder.label for ladder in policy.ladders}
    label = policy.ladder_question or c.words("ladder.ask")
    before = tuple(Words(f"{ladder.label}: {ladder.words}") for ladder in policy.ladders if ladder.words)
    return (yield from choose("ladder", label, offered, before=before, private=False))


def which_priority(policy: Policy) -> Asking:
    """How urgent it is, in the policy's words; "" where nothing depends on it."""
    if policy.priorities is None:
        return ""
    asked = policy.priorities
    offered = {each.id: each.label for each in asked.of}
    before = tuple(Words(f"{each.label}: {each.words}") for each in asked.of if each.words)
    return (yield from choose("priority", asked.question, offered, before=before, private=False))
