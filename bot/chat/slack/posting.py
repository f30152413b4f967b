"""Posts one message, at its channel's pace; and in several where it is too long for one.

Each part is said once: which were, is kept until the last one was, and is found again after a crash.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.chat.block_kit import Block
from bot.chat.block_kit_text import word_blocks
from bot.chat.pace import Pace
from bot.chat.slack.calling import Answer, Errand
from bot.chat.slack.finding import BEFORE, Parts, Place, metadata, metadata_of_part
from bot.chat.slack.fitting import BYTES, in_several, size
from bot.errors import Refused, TryLater, Unclear
from bot.words import Words


@dataclass
class Posting:
    """`parts` is what was said of messages whose last part was not said yet."""

    words: Words
    pace: Pace
    parts: Parts = field(default_factory=dict)

    def post(
        self, errand: Errand, key: str, channel: str, drawn: Answer, under: str, of_another: Mapping[str, str]
    ) -> Place:
        """`drawn` are its text and blocks. The last of several messages is the one that has its place."""
        more = {"channel": channel, **drawn} | ({"thread_ts": under} if under else {})
        *parts, last = self._in_several(drawn["blocks"])
        before = "+".join(
            self._part(errand, key, number, **more | {"blocks": part}) for number, part in enumerate(parts, 1)
        )
        told = metadata(key, {**of_another, BEFORE: before} if before else of_another)
        answer = self._say(errand, key, **more | {"blocks": last}, metadata=told)
        for number in range(1, len(parts) + 1):
            self.parts.pop((key, number), None)
        return Place.of(answer["channel"], {**answer.get("message", {}), "ts": answer["ts"]})._replace(before=before)

    def _in_several(self, drawn: list[Block]) -> list[list[Block]]:
        """Each says which part of how many it is, where there is more than one."""
        parts = in_several(drawn)
        if size(parts[-1]) > BYTES:
            raise Refused(self.words("slack.too_long"))
        if len(parts) == 1:
            return parts
        names = [self.words("slack.part", n=number, of=len(parts)) for number in range(1, len(parts) + 1)]
        return [[*word_blocks(name, "quiet"), *part] for name, part in zip(names, parts, strict=True)]

    def _part(self, errand: Errand, key: str, number: int, **said: Any) -> str:
        """Its ts; it is said unless it was before."""
        if (key, number) not in self.parts:
            answer = self._say(errand, key, **said, metadata=metadata_of_part(key, number))
            self.parts[key, number] = answer["ts"]
        return self.parts[key, number]

    def _say(self, errand: Errand, key: str, **said: Any) -> Answer:
        try:
            if pause := self.pace.pause(said["channel"]):
                raise TryLater(self.words("slack.pace"), pause)
            return errand.do("chat.postMessage", **said, unfurl_links=False, unfurl_media=False)
        except TryLater as later:
            if (key, 1) in self.parts:
                # A part was said, and is to be looked for before it is said once more: this process may end.
                raise Unclear(str(later), later.after) from later
            raise
