"""Letters through Microsoft 365: calls of Microsoft Graph, and the two ways of sending.

Rule: a letter leaves by one call, and after each call of which nobody knows whether it was done, the mailbox is looked
into before anything is done again; where the bot may not look, a person does.
"""

from bot.mail.graph.calling import Graph
from bot.mail.graph.drafts import GraphDrafts
from bot.mail.graph.sending import GraphSender

__all__ = ["Graph", "GraphDrafts", "GraphSender"]
