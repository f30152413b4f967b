"""Runs the bot in this process until it is told to stop. The terminal shows where it can be reached."""

from __future__ import annotations

import gc
import os
import signal
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress

import click
import uvicorn
from starlette.applications import Starlette

from bot import wiring
from bot.config import Address, Settings
from bot.errors import ConfigError, Ended
from bot.operations import listening, operations_app

SWITCHES_EVERY = 0.001
"""Seconds after which a thread that carries something out lets one that hears somebody go on: Python's own are five,
as long as it takes to hear two people."""

FINISHES_WITHIN = 10
"""Seconds for the requests that are being answered when it is told to stop."""

ENDS_WITHIN = 60
"""Seconds after which it ends in any case: as long as a lease, and as patient as whatever runs a process may be."""


def run_demo(settings: Settings) -> None:
    """Serve until interrupted. Listens on loopback only; takes the next free port if the usual one is taken."""
    from bot.wiring.demonstration import demo as make_demo

    demo = make_demo(settings)
    try:
        listener = listen(settings.demo_host, settings.demo_port)
        click.echo(f"Open http://{_bound(listener)} in your browser (Ctrl+C stops the demonstration)")
        demo.worker.start()
        config = uvicorn.Config(demo.app, log_level="error", access_log=False, timeout_graceful_shutdown=2)
        # uvicorn raises the interrupt again once it has shut down; it has done its work by then.
        with suppress(KeyboardInterrupt):
            uvicorn.Server(config).run(sockets=[listener])
    finally:
        demo.close()


def run(settings: Settings, *, web: bool, work: bool) -> None:
    """Hear people, or carry out what is due, or both, until SIGTERM or SIGINT.

    Then what is in hand is finished, and what was claimed is given back; where that does not end, as while a database
    takes what it is asked and never answers, the process ends all the same. Raises Ended where nobody can be heard any
    more although it was not told to stop.
    """
    with until_told_to_stop() as stop, ExitStack() as stack:
        sys.setswitchinterval(SWITCHES_EVERY)
        live = wiring.live(settings, web=web)
        stack.callback(live.close)
        stack.enter_context(_kept_as_it_is())
        web_listener = None
        if web:
            web_listener = stack.enter_context(listen_at("ESCALATION_BOT_WEB_ADDRESS", settings.web_address))
        if settings.operations_address is not None:
            watched = stack.enter_context(listen_at("ESCALATION_BOT_OPERATIONS_ADDRESS", settings.operations_address))
            stack.enter_context(listening(operations_app(live.not_ready, live.metrics), watched))
            click.echo(f"How it does: http://{_bound(watched)}/healthz, /readyz and /metrics")
        if work:
            live.worker.start()
            stack.callback(live.worker.stop)
            click.echo(f"Carrying out what is due in {live.parts.database.name}")
        if web_listener is not None:
            click.echo(live.reached(_bound(web_listener)))
            _hear_people(live.app, web_listener, stop)
        else:
            stop.wait()


def _hear_people(app: Starlette, listener: socket.socket, stop: _Stop) -> None:
    """Until told to stop, in a thread of its own: it reads what is told, and has it heard to the end, one thing after
    the other. Nothing else is done in it, so that whatever takes long elsewhere keeps nobody waiting."""
    config = uvicorn.Config(app, log_level="error", access_log=False, timeout_graceful_shutdown=FINISHES_WITHIN)
    server = uvicorn.Server(config)
    ended: list[BaseException] = []

    def run() -> None:
        try:
            server.run(sockets=[listener])
        except BaseException as error:  # the outer edge of the thread, which would hide a failed start (SystemExit)
            ended.append(error)
        finally:
            stop.tell()

    hearing = threading.Thread(target=run, name="hear")
    hearing.start()
    stop.wait()
    server.should_exit = True
    hearing.join()
    for error in ended:
        raise Ended(
            f"The web server that hears people has ended by itself ({type(error).__name__}), so nobody is heard. Start "
            "the bot again; if it ends again, what is said above tells why."
        ) from error


@contextmanager
def _kept_as_it_is() -> Iterator[None]:
    """What a start has made stays. To look through it for garbage, again and again, would hold people up for as long as
    answering many of them takes."""
    gc.collect()
    gc.freeze()
    gc.enable()
    try:
        yield
    finally:
        gc.unfreeze()


class _Stop:
    """Hears the signals that ask to stop, at whatever moment they come."""

    def __init__(self) -> None:
        self._told, self._ended = threading.Event(), threading.Event()

    def tell(self, *_: object) -> None:
        self._told.set()

    def wait(self) -> None:
        self._told.wait()

    def end(self) -> None:
        """All that was in hand is finished."""
        self._ended.set()
        self._told.set()

    def see_to_it(self, ends_within: float) -> None:
        """Ends the process where it has not ended so many seconds after it was told."""
        self._told.wait()
        if not self._ended.wait(ends_within):
            click.echo(
                f"It was told to stop, and what it had in hand is not finished after {ends_within:g} seconds: perhaps "
                "the database takes what it is asked and does not answer. So it ends now. What is not done is carried "
                "out by another process of the bot, or after the next start, once its lease is over.",
                err=True,
            )
            os._exit(1)


@contextmanager
def until_told_to_stop(ends_within: float = ENDS_WITHIN) -> Iterator[_Stop]:
    """From then on, what is in the context has so many seconds to end."""
    stop = _Stop()
    before = {each: signal.signal(each, stop.tell) for each in (signal.SIGTERM, signal.SIGINT)}
    threading.Thread(target=stop.see_to_it, args=(ends_within,), name="end", daemon=True).start()
    try:
        yield stop
    finally:
        stop.end()
        for each, handler in before.items():
            signal.signal(each, handler)


def listen_at(setting: str, address: Address) -> socket.socket:
    """A socket that listens exactly there. Raises ConfigError with the name of the setting."""
    listener = _listener(address.host, address.port)
    if listener is None:
        raise ConfigError(
            f"{setting} is {address}, where this process cannot listen: something else does, perhaps another process "
            "of the bot, or it is not an address of this computer. Give each process an address of its own."
        )
    return listener


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens on the port, or on one of the next twenty if it is taken."""
    last = min(port + 19, 65535)
    for candidate in [port] if port == 0 else range(port, last + 1):
        if listener := _listener(host, candidate):
            return listener
    raise ConfigError(f"The ports {port} to {last} of {host} are all taken. Choose another with --port.")


def _listener(host: str, port: int) -> socket.socket | None:
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen()
    except OSError:
        listener.close()
        return None
    return listener


def _bound(listener: socket.socket) -> Address:
    host, port = listener.getsockname()[:2]
    return Address(host, port)
