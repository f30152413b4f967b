"""Tells whoever runs the bot how it does: a small web server beside the bot's own, for machines.

/healthz: the process lives. /readyz: it can do its work, or 503 with the reason. /metrics: figures for Prometheus.
None of them tells who or what an escalation is about.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from socket import socket

import uvicorn
from prometheus_client import CONTENT_TYPE_LATEST
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from bot.metrics import Metrics


def operations_app(not_ready: Callable[[], str], metrics: Metrics) -> Starlette:
    """`not_ready` gives the reason as a sentence, or "". It is asked in a thread of its own, as are the figures."""

    async def health(_: Request) -> Response:
        return PlainTextResponse("The process lives.\n")

    def ready(_: Request) -> Response:
        reason = not_ready()
        return PlainTextResponse(f"{reason}\n", 503) if reason else PlainTextResponse("Ready.\n")

    def figures(_: Request) -> Response:
        return Response(metrics.text(), media_type=CONTENT_TYPE_LATEST)

    return Starlette(routes=[Route("/healthz", health), Route("/readyz", ready), Route("/metrics", figures)])


@contextmanager
def listening(app: Starlette, listener: socket) -> Iterator[None]:
    """Answers in a thread of its own for as long as the context is open."""
    server = uvicorn.Server(uvicorn.Config(app, log_level="error", access_log=False, timeout_graceful_shutdown=1))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, name="operations", daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.should_exit = True
        thread.join()
