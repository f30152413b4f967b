"""What is read of a message as Slack draws it, and what stands in its inputs then."""

from __future__ import annotations

from typing import Any


def visible(value: Any) -> list[str]:
    """The texts of blocks, and what their inputs hold, in the order in which they are read."""
    if isinstance(value, list):
        return [text for inner in value for text in visible(inner)]
    if not isinstance(value, dict):
        return []
    keys = ("text", "initial_value", "initial_date", "initial_user", "value")
    own = [value[key] for key in keys if isinstance(value.get(key), str)]
    return own + [text for inner in value.values() for text in visible(inner)]


def state_of(blocks: list[dict[str, Any]]) -> dict[str, Any]:
    """What Slack would report as state.values if nobody had touched the message."""
    values: dict[str, Any] = {}
    for block in blocks:
        if block["type"] == "input":
            element = block["element"]
            state: dict[str, Any] = {"type": element["type"]}
            match element["type"]:
                case "plain_text_input" | "email_text_input":
                    state["value"] = element.get("initial_value")
                case "datepicker":
                    state["selected_date"] = element.get("initial_date")
                case "radio_buttons" | "static_select":
                    state["selected_option"] = element.get("initial_option")
                case "checkboxes":
                    state["selected_options"] = element.get("initial_options", [])
                case "users_select":
                    state["selected_user"] = element.get("initial_user")
            values[block["block_id"]] = {element["action_id"]: state}
    return values
