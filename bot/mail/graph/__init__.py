"""Letters through Microsoft 365: tokens from Microsoft Entra, calls of Microsoft Graph, and the two ways of sending.

Rule: a letter leaves by one call, and after each call of which nobody knows whether it was done, the mailbox is looked
into before anything is done again; where the bot may not look, a person does.
"""

from bot.mail.graph.calling import Graph
from bot.mail.graph.drafts import GraphDrafts
from bot.mail.graph.sending import GraphSender
from bot.mail.graph.tokens import Application, Certificate, Federated, ManagedIdentity, Secret, Tokens

__all__ = [
    "Application", "Certificate", "Federated", "Graph", "GraphDrafts", "GraphSender", "ManagedIdentity", "Secret",
    "Tokens",
]  # fmt: skip
