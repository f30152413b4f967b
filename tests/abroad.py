"""A whole bot in a fake of a platform: what is the same whichever it is."""

from __future__ import annotations

import socket
import threading
from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import uvicorn

from bot.chat.console.people import PEOPLE
from bot.escalation import Escalation
from bot.flows.questions import walk
from bot.flows.report import report
from bot.metrics import Metrics
from bot.ports import Answered, Heard, Person
from tests.flows.contexts import escalation
from tests.looping import Looping
from tests.talking import World


class Running:
    """A web application, in a thread of its own, until it is told to stop."""

    def __init__(self, app: object) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        config = uvicorn.Config(app, log_level="critical", access_log=False, timeout_graceful_shutdown=5)  # type: ignore[arg-type]
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, kwargs={"sockets": [self._listener]}, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}/slack/events"

    def stop(self) -> None:
        self._server.should_exit = True
        self._thread.join()
        self._listener.close()


class Abroad(World):
    """What is written for a `World` can be played here unchanged; the people are those of the demonstration."""

    strangers: bool
    """Whether nobody has been looked up yet."""
    running: Running
    platform: Any
    metrics: Metrics

    @property
    @abstractmethod
    def fake(self) -> Looping: ...

    @abstractmethod
    def person(self, name: str) -> str:
        """The id of whoever has this first name, or this id on the platform."""

    def known(self) -> tuple[Person, ...]:
        if self.strangers:
            return ()
        return tuple(replace(each, id=self._moved(each.id), deputy=self._moved(each.deputy)) for each in PEOPLE)

    # ── coming and going ─────────────────────────────────────────────────────────────────────────────────

    def _stop(self) -> None:
        self.running.stop()
        self.platform.close()

    def restart(self) -> None:
        self._stop()
        self.metrics = Metrics()
        super().restart()

    def close(self) -> None:
        self._stop()
        super().close()
        self.fake.stop()

    # ── who, and what there is ───────────────────────────────────────────────────────────────────────────

    def _moved(self, person: str) -> str:
        """Whoever is "console:asha", or only "asha", in the demonstration."""
        return self.person(person.removeprefix("console:").capitalize()) if person else ""

    def user(self, person: str) -> str:
        return person.rpartition(":")[2]

    def raised(self, reference: str) -> Escalation:
        """Asha has raised this one; Ben and Cerys act for her side, Grace for the other."""
        made = escalation("herefordshire")
        moved = replace(
            made, reference=reference, thread=f"{reference}/thread", raiser=self._moved(made.raiser),
            fields=self._all_moved(made.fields),
        )  # fmt: skip
        self.has(moved)
        return moved

    def _all_moved(self, value: Any) -> Any:
        if isinstance(value, Mapping):
            return {name: self._all_moved(each) for name, each in value.items()}
        return self._moved(value) if isinstance(value, str) and value.startswith("console:") else value

    # ── what people do ───────────────────────────────────────────────────────────────────────────────────

    def hear(self, heard: Heard) -> Answered:
        raise AssertionError("Here people do things on the platform.")

    def at_review(self, person: str, **answers: str) -> None:
        """All questions of the form that they have begun are answered somehow, and they are at its review."""
        with self.parts.database.transaction() as tx:
            begun = tx.conversation(person)
            assert begun is not None
            c, given = self.context(tx, begun), dict[str, Any]()
            while (question := walk(lambda: report(c), given).question) and not question.is_review:
                name = question.name.rpartition(".")[2]
                given[question.name] = {"value": answers.get(name, question.kind.example())}
            tx.keep_conversation(replace(begun, answers=given))
        self.types(person, "help")
        assert "Which answer would you like to change?" in self.sees(person)

    def filling(self, person: str, label: str, value: str) -> tuple[str, str | list[str]]:
        return label, value
