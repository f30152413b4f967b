"""What a policy says before anything is raised: its own advice, and whom to ask beside the stages."""

from __future__ import annotations

import pytest

from bot.flows.escalate import _say_the_words
from bot.flows.preparing import _advice
from bot.messages import Message, words_of
from bot.policy import AdviceRoute, Policy
from tests.flows.contexts import context
from tests.invented import ALDERWICK, NORTHMOOR


def said(policy: Policy) -> str:
    return words_of(Message("x", _advice(context(), policy)))


@pytest.mark.parametrize(
    ("stages", "shown"),
    [([], "Nurse: Ask her."), (["step-1", "step-2"], "Nurse (at Step 1, Step 2): Ask her."), (["elsewhere"], "")],
)
def test_advice_beside_the_ladder_says_at_which_of_its_stages_it_is_offered(stages: list[str], shown: str) -> None:
    route = AdviceRoute(id="nurse", label="Nurse", words="Ask her.", stages=stages)
    text = said(NORTHMOOR.model_copy(update={"routes": [route]}))
    assert shown in text
    assert ("Nurse" in text) is bool(shown)


def test_how_to_see_a_challenge_is_said_where_the_policy_has_no_other_advice() -> None:
    advice = NORTHMOOR.advice.model_copy(update={"before_escalating": [], "standing_instructions": []})
    assert NORTHMOOR.advice.framing[0] in said(NORTHMOOR.model_copy(update={"advice": advice}))


def test_where_nothing_may_identify_anybody_no_child_is_to_be_added_to_the_words() -> None:
    for identifiers in ("on_forms", "none"):
        policy = ALDERWICK.model_copy(update={"identifiers": identifiers})
        asking = _say_the_words(context(), policy, policy.ladder[0], {}, ["Example Hospital"])
        shown = words_of(Message("", tuple(next(asking).before)))
        assert ("Add whom it is about" in shown) is (identifiers == "on_forms")
