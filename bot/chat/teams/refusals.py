"""What the error codes of Teams mean, and the sentence of each for whoever can mend it.

The codes are those of learn.microsoft.com/microsoftteams/platform/bots/build-conversational-capability (“status codes
from agent conversational APIs”). Some come with more than one status, so the code goes first.
"""

from __future__ import annotations

from collections.abc import Mapping

LIMITED = frozenset({"Throttled", "TooManyRequests"})
BUSY = frozenset({"PreconditionFailed"})
"""It was not done, as something else was just being done in the same place."""
GONE = frozenset({"ActivityNotFoundInConversation", "MessageNotFound"})
UNKNOWN = frozenset({"ConversationNotFound"})
NOBODY = frozenset({"MemberNotFoundInConversation", "MemberNotFound", "UserNotFound"})
NOT_IN = frozenset({"BotNotInConversationRoster", "ForbiddenOperationException"})
"""The bot is not where that was to be said."""
BLOCKED = frozenset({"ConversationBlockedByUser", "MessageWritesBlocked"})
FIXED = frozenset({"NotEnoughPermissions"})
"""The message is there, and the bot may not change it."""
ELSEWHERE = "InvalidBotApiHost"
"""Teams is reached at another address."""

SENTENCES: Mapping[str, str] = {
    "BotNotRegistered": "teams.not_registered",
    "BotDisabledByAdmin": "teams.disabled",
    "TenantNoPermission": "teams.disabled",
    ELSEWHERE: "teams.wrong_address",
    "MessageSizeTooBig": "teams.too_long",
    "BadSyntax": "teams.not_taken",
    "BadArgument": "teams.not_taken",
    "NotEnoughPermissions": "teams.not_allowed",
}
BY_STATUS: Mapping[int, str] = {
    400: "teams.not_taken",
    401: "teams.not_registered",
    403: "teams.not_allowed",
    413: "teams.too_long",
}
SHUT = frozenset({"teams.not_registered", "teams.wrong_address"})
"""Whatever it is, nothing can be said until whoever runs the bot has mended that."""


def sentence_of(code: str, status: int, *, in_channel: bool) -> str:
    """The name of the sentence; "" where it is not known."""
    if code in NOT_IN:
        return "teams.not_in_team" if in_channel else "teams.not_installed"
    if code in BLOCKED:
        return "teams.restricted" if in_channel else "teams.blocked"
    if code in UNKNOWN or (status == 404 and not code):
        return "teams.no_channel" if in_channel else "teams.no_chat"
    return SENTENCES.get(code) or BY_STATUS.get(status, "")
