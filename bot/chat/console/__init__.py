"""The console: the chat platform of the demonstration, with fictional people, in a browser on this computer.

It shows the same Block Kit as Slack gets, or the same Adaptive Cards as Teams gets, so what is seen here is what would
be seen there.
"""

from bot.chat.console.app import check_loopback, console_app
from bot.chat.console.chat import ConsoleChat
from bot.chat.console.clock import DemoClock
from bot.chat.console.people import PEOPLE

__all__ = ["PEOPLE", "ConsoleChat", "DemoClock", "check_loopback", "console_app"]
