"""The worker for several replicas on one PostgreSQL: Procrastinate's jobs, each of which carries one stream.

A job is only a call to look: it holds two keys and no content, it is never retried, and it is never for later.
Needs the extra `[postgres]`; import this module only where it is wanted.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from typing import Any

import procrastinate
import psycopg
import structlog
from procrastinate.connector import Notify
from procrastinate.exceptions import ConnectorException
from procrastinate.jobs import Job
from procrastinate.manager import JobManager
from sqlalchemy import Connection

from bot.errors import StoreError
from bot.ports import Handed
from bot.workers.procrastinate_tables import conninfo

log = structlog.get_logger()

QUEUE, TASK = "deliveries", "deliver"

LOOKS_EVERY = timedelta(seconds=1)
"""A new job is heard of at once; one whose stream was busy, or whose call was missed, is found within this time."""

SILENT = timedelta(seconds=30)
"""A replica that has not been heard of for so long is gone: what it had in hand is open to the others."""

WAITS_FOR_CONNECTION = timedelta(seconds=2)
FIRST_WAIT, LONGEST_WAIT = timedelta(milliseconds=200), timedelta(seconds=15)
"""Between two attempts to work, while the database is away."""

STOPS_WITHIN = timedelta(seconds=45)
"""Longer than any call to a remote may take, and sooner than `serving` ends the process."""

NEVER = timedelta(days=1)
"""Jobs are not aborted, so nobody need ask."""


class ProcrastinateWorker:
    """Implements `ports.Worker`. `carry_stream` is called in one of `concurrency` threads."""

    def __init__(
        self,
        url: str,
        carry_stream: Callable[[str], object],
        *,
        concurrency: int = 16,
        silent: timedelta = SILENT,
    ) -> None:
        self._conninfo = conninfo(url)
        self._carry_stream = carry_stream
        self._concurrency = concurrency
        self._silent = silent.total_seconds()
        # Never opened: jobs are written on connections of others only.
        self._deferring = procrastinate.App(connector=procrastinate.SyncPsycopgConnector())
        self._in_hand: set[int | None] = set()
        self._worker_id: int | None = None
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._cancel: Callable[[], object] = lambda: None

    def schedule(self, connection: Connection, handed: Sequence[Handed]) -> None:
        """Write a job for each, inside the caller's transaction: it exists from the moment of the commit, or never."""
        jobs = [
            Job(queue=QUEUE, task_name=TASK, lock=each.stream, queueing_lock=None,
                task_kwargs={"key": each.key, "stream": each.stream})
            for each in handed
        ]  # fmt: skip
        if not jobs:
            return
        try:
            self._deferring.job_manager.batch_defer_jobs(jobs, connection=connection.connection.driver_connection)
        except ConnectorException as error:
            raise StoreError(
                f"The worker could not be told what is due ({type(error.__cause__).__name__}); nothing was saved. "
                "Check that the database is running and that its tables have been migrated."
            ) from error

    def start(self) -> None:
        """Work in a thread of its own, until `stop`."""
        _quieten()
        self._stopping.clear()
        ready = threading.Event()
        self._thread = threading.Thread(target=self._run, args=[ready], name="procrastinate", daemon=True)
        self._thread.start()
        ready.wait()

    def stop(self) -> None:
        """Take nothing more in hand, finish what is in hand, and end."""
        self._stopping.set()
        self._cancel()
        if self._thread is not None:
            self._thread.join(STOPS_WITHIN.total_seconds())
            if self._thread.is_alive():
                log.error("the worker did not end in time")

    # ── the worker's thread ──────────────────────────────────────────────────────────────────────────────

    def _run(self, ready: threading.Event) -> None:
        # The plain loop: psycopg cannot use the one that Windows has by default.
        with asyncio.Runner(loop_factory=asyncio.SelectorEventLoop) as runner:
            loop = runner.get_loop()
            loop.set_default_executor(ThreadPoolExecutor(self._concurrency, "deliver"))
            loop.set_exception_handler(_log_failure)
            working = loop.create_task(self._work())
            self._cancel = lambda: loop.is_closed() or loop.call_soon_threadsafe(working.cancel)
            ready.set()
            with suppress(asyncio.CancelledError):
                loop.run_until_complete(working)

    async def _work(self) -> None:
        """Work, and begin again whenever that ends: Procrastinate gives up when the database goes away."""
        wait = FIRST_WAIT
        while not self._stopping.is_set():
            connector = _Connector(conninfo=self._conninfo, min_size=1, timeout=WAITS_FOR_CONNECTION.total_seconds())
            try:
                await self._work_with(connector)
            except Exception as error:  # the outer edge of the worker: whatever happened, it begins again
                log.error("the worker will try again", error=type(error).__name__)
            finally:
                await connector.close_async()
            if self._stopping.is_set():
                return
            wait = FIRST_WAIT if connector.was_open else min(wait * 2, LONGEST_WAIT)
            await asyncio.sleep(wait.total_seconds())

    async def _work_with(self, connector: _Connector) -> None:
        """Work until the database is lost, or until cancelled; what is in hand is finished in either case."""
        app = procrastinate.App(connector=connector)
        app.task(name=TASK, queue=QUEUE, pass_context=True)(self._deliver)
        await connector.open_async()
        worker = asyncio.create_task(
            app.run_worker_async(
                queues=[QUEUE],
                concurrency=self._concurrency,
                fetch_job_polling_interval=LOOKS_EVERY.total_seconds(),
                abort_job_polling_interval=NEVER.total_seconds(),
                update_heartbeat_interval=self._silent / 3,
                stalled_worker_timeout=self._silent,
                delete_jobs="always",
                install_signal_handlers=False,
            )
        )
        beside = [asyncio.create_task(self._rescue(app)), asyncio.create_task(connector.deaf.wait())]
        try:
            await asyncio.wait([worker, *beside], return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (worker, *beside):
                task.cancel()
            await asyncio.wait([worker, *beside])
        if not worker.cancelled():
            worker.result()

    def _deliver(self, context: procrastinate.JobContext, key: str, stream: str) -> None:
        """One job. It never fails for Procrastinate, which would log what the error says."""
        job = context.job
        self._worker_id = job.worker_id
        self._in_hand.add(job.id)
        try:
            self._carry_stream(stream)
        except Exception as error:  # the outer edge of one job: what is still due is handed over again
            log.error("a stream could not be carried", delivery=key, error=type(error).__name__)
        finally:
            self._in_hand.discard(job.id)

    async def _rescue(self, app: procrastinate.App) -> None:
        """Give back what was in hand where nobody works any more: it would block its stream for ever."""
        unheld: set[int | None] = set()
        while True:
            await asyncio.sleep(self._silent / 2)
            try:
                unheld = await self._rescue_once(app.job_manager, unheld)
            except ConnectorException as error:
                log.warning("nothing could be rescued", error=type(error.__cause__).__name__)

    async def _rescue_once(self, jobs: JobManager, before: set[int | None]) -> set[int | None]:
        await jobs.prune_stalled_workers(self._silent)
        lost = list(await jobs.get_stalled_jobs(queue=QUEUE, seconds_since_heartbeat=self._silent))
        mine = await jobs.list_jobs_async(queue=QUEUE, status="doing", worker_id=self._worker_id)
        # Of this worker's own, those whose end could not be written: not in hand now, nor at the look before.
        unheld = [job for job in mine if job.id not in self._in_hand] if self._worker_id else []
        lost += [job for job in unheld if job.id in before]
        for job in lost:
            with suppress(ConnectorException):  # another replica was faster
                await jobs.retry_job(job)
                log.warning("a lost job is done again", delivery=job.task_kwargs["key"])
        return {job.id for job in unheld}


class _Connector(procrastinate.PsycopgConnector):
    """Says when it hears no more: the worker would go on without, and only look from time to time."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.deaf = asyncio.Event()
        self.was_open = False

    async def open_async(self, pool: Any = None) -> None:
        # First one connection by itself: it fails at once, where the pool would go on trying for half a minute.
        async with await psycopg.AsyncConnection.connect(self._pool_args["conninfo"]):
            await super().open_async(pool)
        self.was_open = True

    async def listen_notify(self, on_notification: Notify, channels: Iterable[str]) -> None:
        try:
            await super().listen_notify(on_notification, channels)
        finally:
            self.deaf.set()


def _log_failure(_loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """What goes wrong beside the jobs, such as a database that is away when the end of one is to be written."""
    log.warning("the worker met an error", error=type(context.get("exception")).__name__)


def _quieten() -> None:
    """What the libraries log goes nowhere: it quotes errors, and all that matters of it is logged here."""
    for name in ("procrastinate", "psycopg.pool"):
        logger = logging.getLogger(name)
        logger.propagate = False
        if not logger.handlers:
            logger.addHandler(logging.NullHandler())
