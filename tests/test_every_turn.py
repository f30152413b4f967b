"""Any order of steps, under every policy: no impossible state, nothing unexplained, nobody without a next move."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from random import Random

import pytest
from hypothesis import settings

from bot.config import SHIPPED
from bot.escalation import Escalation, Status
from bot.flows.noting import NOTES
from bot.hearing import ABOUT_ONE
from bot.messages import words_of
from tests.explaining import (
    assert_faces_are_true,
    assert_history_explains,
    assert_somebody_owes_the_next_move,
)
from tests.playing import CHILD, PEOPLE, Player
from tests.talking import World

INVENTED = Path(__file__).parent / "data" / "policies"
FOLDERS = {path.stem: folder for folder in (SHIPPED, INVENTED) for path in sorted(folder.glob("*.yml"))}
"""Every policy, and the folder that it is in."""
SEEDS = max(2, settings().max_examples // 20)
STEPS = 12
WORDS = (*ABOUT_ONE, *("note", "move", "jump", "report", "correct", "update") * 2)
"""What advances an escalation is said more often."""
HAPPENED: Counter[str] = Counter()
"""What the histories hold of all that was played."""


class Game:
    """One world in which people do whatever they like, looked at after every step."""

    def __init__(self, folder: Path, name: str, lot: Random) -> None:
        self.name = name
        self.world = World(folder, policies=FOLDERS[name], quick=True)
        self.player = Player(self.world, lot.choice)
        self.pick = self.player.pick

    def raised(self) -> bool:
        """Asha raises one under the policy; whether she did, or was signposted or put off."""
        self.player.only = {"partnership": self.name, "talked": "yes", "route": "none"}
        self.player.plays("console:asha", "escalate")
        self.player.only = {}
        with self.world.parts.database.transaction() as tx:
            return bool(tx.escalations())

    def step(self) -> None:
        what = self.pick(["talk"] * 6 + ["answer"] * 3 + ["wait"] * 2 + ["restart"])
        match what:
            case "talk":
                self.player.plays(
                    self.pick([*[self.record().raiser] * 3, *PEOPLE[:2]]), self.pick(WORDS), self.record().reference
                )
            case "answer":
                self._answer()
            case "wait":
                self.world.later(self.pick([1, 2, 5, 12]), self.name)
            case _:
                self.world.restart()
        self.look()

    def _answer(self) -> None:
        """Somebody who was asked approves, signs or declines; if nobody was asked, nothing happens."""
        with self.world.parts.database.transaction() as tx:
            asked = [approval for approval in tx.approvals(self.record(tx).reference) if not approval.answer]
        if asked:
            approval = self.pick(asked)
            action = self.pick(["sign" if approval.kind == "attestation" else "approve", "decline"])
            self.player.presses(self.pick(approval.may_answer), action, approval.key)

    def record(self, tx: object = None) -> Escalation:
        if tx is not None:
            return tx.escalations()[-1]  # type: ignore[attr-defined, no-any-return]
        with self.world.parts.database.transaction() as opened:
            return opened.escalations()[-1]

    def told(self) -> list[str]:
        with self.world.parts.database.transaction() as tx:
            return [entry.what for entry in tx.history(tx.escalations()[-1].reference)]

    # ── what has to hold ─────────────────────────────────────────────────────────────────────────────────

    def look(self) -> None:
        self._is_possible(self.record())
        self._names_nobody_in_public()
        self._never_apologises()
        assert_history_explains(self.world)
        assert_faces_are_true(self.world)
        assert_somebody_owes_the_next_move(self.world)

    def _is_possible(self, e: Escalation) -> None:
        policy = self.world.parts.policies.of_escalation(e)
        ladder = [stage.id for stage in policy.ladder]
        assert e.stage in ladder
        assert list(e.entered) == [stage for stage in ladder if stage in e.entered], e.entered
        assert e.stage == list(e.entered)[-1]
        days = list(e.entered.values())
        assert days == sorted(days)
        assert e.concern <= days[0] <= self.world.moment.date()
        assert set(e.agreed) | set(e.sooner) | set(e.branches) <= set(e.entered)
        ended = e.status in {Status.RESOLVED, Status.CLOSED}
        assert bool(e.resolved_on) == bool(e.resolved_at) == ended
        if ended:
            assert e.resolved_at == e.stage

    def _names_nobody_in_public(self) -> None:
        public = [each.key + each.message.summary for each in self.world.chat.said.values()]
        public += [words_of(each.message) for each in self.world.chat.said.values() if each.place.startswith("#")]
        for letter in self.world.mail.letters.values():
            public += [letter.key, letter.subject, letter.body, *(file.name for file in letter.attachments)]
        assert not [text for text in public if CHILD in text]

    def _never_apologises(self) -> None:
        said = (words_of(each.message) for each in self.world.chat.said.values())
        assert not [text for text in said if "Something went wrong on my side" in text]


@pytest.mark.parametrize("seed", range(SEEDS))
@pytest.mark.parametrize("name", sorted(FOLDERS))
def test_whatever_people_do_in_whatever_order(name: str, seed: int, tmp_path: Path) -> None:
    game = Game(tmp_path, name, Random(f"{name} {seed}"))
    try:
        if game.raised():
            game.look()
            for _ in range(STEPS):
                game.step()
            HAPPENED.update(game.told())
    finally:
        game.world.close()


@pytest.mark.skipif("not HAPPENED", reason="looks at what the test before it has played")
def test_what_people_do_is_of_every_kind() -> None:
    wanted = {
        "raised", "moved", "jumped", "asked for approval", "declined", "words said", "updated", "date corrected",
        "report confirmed", "report sent", "resolved", "closed", "withdrawn", "reopened", "passed on",
    }  # fmt: skip
    assert wanted - HAPPENED.keys() == set()
    assert {what.replace("_", " ") for what in NOTES} & HAPPENED.keys()
