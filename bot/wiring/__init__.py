"""Puts the parts together: the only room that knows every class.

Rule: a start loads no platform but its own.
"""

from bot.wiring.live import Live, live, opened
from bot.wiring.parts import DATABASE, KEYRING, Parts, build, start_logging

__all__ = ["DATABASE", "KEYRING", "Live", "Parts", "build", "live", "opened", "start_logging"]
