"""A Slack of our own for tests and measurements: a workspace, its Web API over real HTTP, and what Slack sends to apps.

Rule 1: it is never more lenient than Slack. What Slack only warns of is refused here.
Rule 2: where Slack fails silently it does so too: a reply to a thread that was deleted stands in the channel, and a
message to somebody who was deactivated is taken.
"""

from tests.slack.fake import Ack, SlackFake
from tests.slack.faults import broken, dropped, limited, refused, slow
from tests.slack.workspace import Json

__all__ = ["Ack", "Json", "SlackFake", "broken", "dropped", "limited", "refused", "slow"]
