"""What Microsoft Graph's error codes mean for mail, and the sentence of each for whoever can mend it."""

from __future__ import annotations

from collections.abc import Mapping

BUSY = frozenset({
    "ApplicationThrottled", "ErrorServerBusy", "ErrorTooManyObjectsOpened", "ErrorExceededConnectionCount",
    "ErrorMailboxMoveInProgress", "ErrorMailboxStoreUnavailable", "ErrorSubmissionQuotaExceeded",
    "ErrorExceededMessageLimit", "ErrorMessageThrottled", "MailboxInfoStale",
})  # fmt: skip
"""It was not done, and will be possible again."""
GONE = frozenset({"ErrorItemNotFound"})
"""The draft is not there any more."""

SENTENCES: Mapping[str, str] = {
    "NoPermissionsInAccessToken": "graph.no_consent",
    "Authorization_RequestDenied": "graph.no_consent",
    "ErrorSendAsDenied": "graph.send_as",
    "ErrorInvalidUser": "graph.no_mailbox",
    "ErrorNonExistentMailbox": "graph.no_mailbox",
    "Request_ResourceNotFound": "graph.no_mailbox",
    "ResourceNotFound": "graph.no_mailbox",
    "MailboxNotEnabledForRESTAPI": "graph.no_mailbox",
    "MailboxNotSupportedForRESTAPI": "graph.no_mailbox",
    "ErrorInvalidRecipients": "graph.recipients",
    "ErrorMessageSizeExceeded": "graph.too_large",
    "ErrorAttachmentSizeLimitExceeded": "graph.too_large",
    "RequestBodyTooLarge": "graph.too_large",
    "ErrorQuotaExceeded": "graph.full",
    "InvalidAuthenticationToken": "graph.token",
}
OF_US = frozenset({
    "graph.no_consent", "graph.send_as", "graph.no_mailbox", "graph.full", "graph.token",
})  # fmt: skip
"""Whatever the letter is, none leaves until whoever runs the bot, or an administrator, has mended that."""
DENIED = frozenset({"ErrorAccessDenied", "AccessDenied"})
BY_POLICY = "AccessPolicy"
"""Stands in what Exchange says where an application access policy keeps the bot out of a mailbox."""


def sentence_of(code: str, status: int, said: str, *, has_right: bool) -> str:
    """The name of the sentence; "" where it is not known. What was `said` is looked at and never quoted.

    `has_right`: an administrator has consented to what was tried, for mailboxes in general.
    """
    if code in DENIED:
        return "graph.outside" if BY_POLICY in said or has_right else "graph.denied"
    if status == 413:
        return "graph.too_large"
    return SENTENCES.get(code, "")
