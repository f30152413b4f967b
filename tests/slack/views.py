"""Modals and App Homes, and the trigger ids that open them."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from typing import Any

from tests.slack.checks import check_view
from tests.slack.workspace import APP, BOT_ID, TEAM, Filled, Json, SlackError, Workspace

TRIGGER_SECONDS = 3
STACK = 3


@dataclass
class View:
    id: str
    user: str
    body: Json
    hash: str
    root: str
    previous: str = ""
    filled: Filled = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    """What the app answered to a submission: block_id -> what is wrong."""


@dataclass
class Trigger:
    user: str
    until: float
    used: bool = False
    modal: bool = False
    """Whether it came out of a modal, and so can push another upon it."""


class Views:
    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self.triggers: dict[str, Trigger] = {}
        self.stacks: dict[str, list[View]] = {}
        """User -> the modals that stand open, the topmost last."""
        self.homes: dict[str, View] = {}

    def new_trigger(self, user: str, *, modal: bool = False) -> str:
        name = f"{self.workspace.number('trigger')}.{TEAM}"
        self.triggers[name] = Trigger(user, self.workspace.clock() + TRIGGER_SECONDS, modal=modal)
        return name

    def top(self, user: str) -> View | None:
        stack = self.stacks.get(user)
        return stack[-1] if stack else None

    # ── what the app calls ───────────────────────────────────────────────────────────────────────────────

    def open(self, trigger_id: str, body: Json) -> Json:
        trigger = self._usable(trigger_id)
        view = self._new(trigger.user, body, "modal")
        self._use(trigger)
        self.stacks[trigger.user] = [view]
        return {"view": self.shown(view)}

    def push(self, trigger_id: str, body: Json) -> Json:
        trigger = self._usable(trigger_id)
        if not trigger.modal or self.top(trigger.user) is None:
            raise SlackError("invalid_arguments", response_metadata={"messages": ["[ERROR] no modal is open"]})
        view = self._pushed(trigger.user, body)
        self._use(trigger)
        return {"view": self.shown(view)}

    def update(self, view_id: str, external_id: str, body: Json, expected: str) -> Json:
        view = self._find(view_id, external_id)
        self._changed(view, body, expected)
        return {"view": self.shown(view)}

    def publish(self, user: str, body: Json, expected: str) -> Json:
        if user not in self.workspace.members:
            raise SlackError("user_not_found")
        view = self.homes.get(user)
        if view is None:
            view = self.homes[user] = self._new(user, body, "home")
        else:
            self._changed(view, body, expected)
        return {"view": self.shown(view)}

    # ── what the app answers to a submission ─────────────────────────────────────────────────────────────

    def answered(self, view: View, answer: Json) -> None:
        """Closes the modal, unless the answer says otherwise."""
        view.errors = {}
        match answer.get("response_action"):
            case "errors":
                ids = {block.get("block_id") for block in view.body["blocks"] if block.get("type") == "input"}
                assert answer["errors"], "What is wrong has to be said."
                assert set(answer["errors"]) <= ids, "Errors are shown at inputs only."
                view.errors = dict(answer["errors"])
            case "update":
                self._changed(view, answer["view"], "")
            case "push":
                self._pushed(view.user, answer["view"])
            case "clear":
                self.stacks.pop(view.user, None)
            case None:
                self.stacks[view.user].remove(view)
            case other:
                raise AssertionError(f"There is no response_action {other!r}.")

    def shown(self, view: View, values: Json | None = None) -> Json:
        body = {"private_metadata": "", "callback_id": "", "external_id": "", **copy.deepcopy(view.body)}
        more = {"id": view.id, "hash": view.hash, "root_view_id": view.root, "previous_view_id": view.previous or None}
        return body | more | {"team_id": TEAM, "app_id": APP, "bot_id": BOT_ID, "state": {"values": values or {}}}

    # ── inside ───────────────────────────────────────────────────────────────────────────────────────────

    def _usable(self, trigger_id: str) -> Trigger:
        trigger = self.triggers.get(trigger_id)
        if trigger is None:
            raise SlackError("invalid_arguments", response_metadata={"messages": ["[ERROR] invalid `trigger_id`"]})
        if trigger.used:
            raise SlackError("exchanged_trigger_id")
        if self.workspace.clock() > trigger.until:
            raise SlackError("expired_trigger_id")
        return trigger

    def _use(self, trigger: Trigger) -> None:
        trigger.used = True

    def _all(self) -> list[View]:
        return [*(view for stack in self.stacks.values() for view in stack), *self.homes.values()]

    def _find(self, view_id: str, external_id: str) -> View:
        for view in self._all():
            if (view_id and view.id == view_id) or (external_id and view.body.get("external_id") == external_id):
                return view
        raise SlackError("not_found")

    def _pushed(self, user: str, body: Json) -> View:
        stack = self.stacks[user]
        if len(stack) >= STACK:
            raise SlackError("push_limit_reached")
        view = self._new(user, body, "modal")
        view.root, view.previous = stack[0].id, stack[-1].id
        stack.append(view)
        return view

    def _new(self, user: str, body: Json, kind: str) -> View:
        self._check(body, kind)
        view_id = self.workspace.new_id("V")
        return View(view_id, user, self._named(body), self.workspace.new_ts(), view_id)

    def _changed(self, view: View, body: Json, expected: str) -> None:
        if expected and expected != view.hash:
            raise SlackError("hash_conflict")
        self._check(body, view.body["type"], view)
        view.body, view.hash = self._named(body), self.workspace.new_ts()

    def _check(self, body: Json, kind: str, view: View | None = None) -> None:
        check_view(body, set(self.workspace.members))
        if body["type"] != kind:
            raise SlackError("invalid_arguments", response_metadata={"messages": [f"[ERROR] a {kind} is needed"]})
        external = body.get("external_id")
        if external and any(each.body.get("external_id") == external and each is not view for each in self._all()):
            raise SlackError("duplicate_external_id")

    def _named(self, body: Json) -> Json:
        blocks: list[Any] = [{"block_id": f"b{self.workspace.number('block')}", **block} for block in body["blocks"]]
        return {**body, "blocks": blocks}
