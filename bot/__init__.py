"""Escalation Bot: walks a case through a written escalation policy, with deadlines and sign-offs."""
