"""Puts the parts together: the only room that knows every class."""

from bot.wiring.demonstration import Demo, demo
from bot.wiring.live import Live, live, opened
from bot.wiring.parts import DATABASE, KEYRING, Parts, build, start_logging

__all__ = ["DATABASE", "KEYRING", "Demo", "Live", "Parts", "build", "demo", "live", "opened", "start_logging"]
