"""The login at Microsoft Entra, for whatever of Microsoft's the bot uses: letters, and chat in Teams."""

from bot.entra.tokens import (
    Application,
    Certificate,
    Federated,
    ManagedIdentity,
    Proof,
    Secret,
    Tokens,
    after,
    rights,
    tenant_of,
)

__all__ = [
    "Application", "Certificate", "Federated", "ManagedIdentity", "Proof", "Secret", "Tokens", "after", "rights",
    "tenant_of",
]  # fmt: skip
