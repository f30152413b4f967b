"""What Slack's error codes mean, and the sentence of each for whoever can mend it.

The codes are those of docs.slack.dev/reference/methods for the methods that are called.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from bot.words import Words

LIMITED = frozenset({"ratelimited", "rate_limited", "message_limit_exceeded"})
BROKEN = frozenset({"fatal_error", "internal_error", "service_unavailable", "update_failed"})
"""A fault of Slack's, after which it may have been done all the same."""
AWAY = frozenset({"request_timeout", "team_added_to_org", "org_login_required", "external_channel_migrating"})
"""It was not done, and will be possible again."""
GONE = frozenset({"message_not_found", "thread_not_found", "cannot_reply_to_message", "not_found"})
FIXED = frozenset({"cant_update_message", "edit_window_closed", "block_mismatch"})
"""The message is there, and cannot be changed."""
SHUT = frozenset(
    {
        "token_revoked", "app_uninstalled", "account_inactive", "invalid_auth", "not_authed", "token_expired",
        "not_allowed_token_type", "accesslimited", "ekm_access_denied", "team_access_not_granted",
        "two_factor_setup_required", "messages_tab_disabled",
    }
)  # fmt: skip
"""Whatever it is, it cannot be done until whoever runs the bot, or the workspace, has mended that."""
SCOPE = "missing_scope"
USED = frozenset({"exchanged_trigger_id"})

SENTENCES: Mapping[str, str] = {
    "channel_not_found": "slack.no_channel",
    "not_in_channel": "slack.not_in_channel",
    "is_archived": "slack.archived",
    "is_inactive": "slack.archived",
    "restricted_action": "slack.restricted",
    "restricted_action_read_only_channel": "slack.restricted",
    "restricted_action_thread_only_channel": "slack.restricted",
    "restricted_action_non_threadable_channel": "slack.restricted",
    "restricted_action_thread_locked": "slack.restricted",
    "user_disabled": "slack.deactivated",
    "user_not_found": "slack.unknown_person",
    "user_not_visible": "slack.unknown_person",
    "users_not_found": "slack.unknown_person",
    "invalid_user_combination": "slack.unknown_person",
    "cannot_dm_bot": "slack.no_person",
    "messages_tab_disabled": "slack.no_messages_tab",
    "message_not_found": "slack.gone",
    "thread_not_found": "slack.gone",
    "cannot_reply_to_message": "slack.gone",
    "cant_update_message": "slack.fixed",
    "edit_window_closed": "slack.fixed",
    "block_mismatch": "slack.fixed",
    "msg_too_long": "slack.too_long",
    "msg_blocks_too_long": "slack.too_long",
    "invalid_blocks": "slack.not_taken",
    "invalid_blocks_format": "slack.not_taken",
    "invalid_arguments": "slack.not_taken",
    "no_text": "slack.not_taken",
    "metadata_too_large": "slack.not_taken",
    "invalid_metadata_format": "slack.not_taken",
    "invalid_metadata_schema": "slack.not_taken",
    "missing_scope": "slack.missing_scope",
    "token_revoked": "slack.removed",
    "app_uninstalled": "slack.removed",
    "account_inactive": "slack.inactive",
    "invalid_auth": "slack.wrong_token",
    "not_authed": "slack.wrong_token",
    "token_expired": "slack.wrong_token",
    "not_allowed_token_type": "slack.wrong_token",
    "no_permission": "slack.not_allowed",
    "access_denied": "slack.not_allowed",
    "accesslimited": "slack.not_allowed",
    "ekm_access_denied": "slack.not_allowed",
    "team_access_not_granted": "slack.not_allowed",
    "enterprise_is_restricted": "slack.not_allowed",
    "two_factor_setup_required": "slack.not_allowed",
}


def sentence(words: Words, code: str, needed: str = "") -> str:
    """What this code means. `needed` are the scopes that are missing."""
    name = SENTENCES.get(code)
    if name is None:
        return words("slack.other", code=code)
    if name == "slack.missing_scope":
        return words(name, scope=needed if re.fullmatch(r"[a-z0-9_:., ]+", needed) else "?")
    return words(name)
