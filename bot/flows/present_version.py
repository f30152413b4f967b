"""Under which version of which policy an escalation is being raised, while it is.

It is raised under the version that holds on the day. Whoever began under another is told, and nothing is begun unseen.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from bot.escalation import Conversation
from bot.flows.context import Context
from bot.policy import Policy

POLICY = "policy"
"""Kept in a conversation's seed: the id of the policy that it has come to, which `policy_version` belongs to."""


def on_present_version(c: Context, conversation: Conversation) -> tuple[Conversation, str]:
    """The conversation with the version that it is under now, and what to say where that is another than before."""
    policy = _chosen(c, conversation.answers) if conversation.flow == "escalate" else None
    if policy is None:
        return conversation, ""
    changed = conversation.seed.get(POLICY) == policy.id and conversation.policy_version != policy.version
    said = c.words("version.changed", version=policy.version) if changed else ""
    seed = {**conversation.seed, POLICY: policy.id}
    return replace(conversation, policy_version=policy.version, seed=seed), said


def _chosen(c: Context, answers: Mapping[str, Any]) -> Policy | None:
    """The policy to which the answers have led, as it holds today; None where they have led to none yet."""
    if len(c.offered) == 1 and "in_danger" in answers:
        return next(iter(c.offered.values()))
    return c.offered.get((answers.get("partnership") or {}).get("value") or "")
