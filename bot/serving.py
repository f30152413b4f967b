"""Runs the web server of the demonstration. The terminal shows one line: the address to open."""

from __future__ import annotations

import socket
from contextlib import suppress

import click
import uvicorn

from bot import wiring
from bot.config import Settings
from bot.errors import ConfigError


def run_demo(settings: Settings) -> None:
    """Serve until interrupted. Listens on loopback only; takes the next free port if the usual one is taken."""
    demo = wiring.demo(settings)
    try:
        listener = listen(settings.demo_host, settings.demo_port)
        host, port = listener.getsockname()[:2]
        shown = f"[{host}]" if ":" in host else host
        click.echo(f"Open http://{shown}:{port} in your browser (Ctrl+C stops the demonstration)")
        demo.worker.start()
        config = uvicorn.Config(demo.app, log_level="error", access_log=False, timeout_graceful_shutdown=2)
        # uvicorn raises the interrupt again once it has shut down; it has done its work by then.
        with suppress(KeyboardInterrupt):
            uvicorn.Server(config).run(sockets=[listener])
    finally:
        demo.close()


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens on the port, or on one of the next twenty if it is taken."""
    last = min(port + 19, 65535)
    for candidate in [port] if port == 0 else range(port, last + 1):
        listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, candidate))
            listener.listen()
        except OSError:
            listener.close()
            continue
        return listener
    raise ConfigError(f"The ports {port} to {last} of {host} are all taken. Choose another with --port.")
