"""Versions of policies outlive their files, and it is known what was begun under which."""

from __future__ import annotations

from dataclasses import replace

from bot.policies import Kept, Use
from bot.store import Database
from tests.store.conftest import Place
from tests.store.examples import CONVERSATION, ESCALATION, NOON

FIRST = Kept("herefordshire", "1", "id: herefordshire\nname: “Cymraeg – ŵ”\n", "abc")
SECOND = replace(FIRST, version="2")


def test_a_version_is_kept_as_its_file_was_until_it_is_kept_anew(database: Database, place: Place) -> None:
    database.keep_policies([FIRST, SECOND], NOON)
    database.keep_policies([changed := replace(FIRST, content="other", digest="def")], NOON)
    database.close()
    again = place.open()
    assert sorted(again.policies_kept(), key=lambda kept: kept.version) == [changed, SECOND]
    again.close()


def test_what_was_begun_under_a_version_is_counted(database: Database) -> None:
    draft = replace(CONVERSATION, flow="escalate", policy_version="1", seed={"policy": "sefton"})
    with database.transaction() as tx:
        tx.add_escalation(ESCALATION)
        tx.add_escalation(replace(ESCALATION, reference="E-4KX-7PX"))
        tx.add_escalation(replace(ESCALATION, reference="E-4KX-7PY", policy_version="2026-02"))
        tx.keep_conversation(draft)
        # One that has not come to a policy yet, and one about an escalation, which is counted already.
        tx.keep_conversation(replace(draft, id="c-2", policy_version="", seed={}))
        tx.keep_conversation(replace(draft, id="c-3", about=ESCALATION.reference, policy_version="2026-01"))
    assert database.policies_used() == {
        ("herefordshire", "2026-01"): Use(escalations=2),
        ("herefordshire", "2026-02"): Use(escalations=1),
        ("sefton", "1"): Use(drafts=1),
    }
