"""An escalation stays on the version of the policy under which it was begun, whatever becomes of the file."""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from bot.errors import ConfigError, PolicyError
from bot.policies import Policies
from bot.policy_files import load_folder, read_kept
from tests.own_policies import BEGIN, RAISE, SOUND, TO_STAGE_2, Place, new_place
from tests.scenes import Play
from tests.talking import World

FIRST = SOUND
SECOND = (
    FIRST.replace('version: "1"', 'version: "2"\neffective_from: 2026-03-09')
    .replace('label: "Stage 1"', 'label: "Step 1"')
    .replace('words: "3 days", days: 3', 'words: "5 days", days: 5')
    .replace("id: stage-2", "id: step-2")
    .replace("stages: [stage-2]", "stages: [step-2]")
    .replace('label: "Name"', 'label: "Name in full"')
    .replace('name: "EXP Team"', 'name: "EXP Office"')
)
"""The same policy as it holds from Monday 9 March 2026: other names, other days, another second stage, another form."""


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return new_place(tmp_path)


@pytest.fixture(scope="module")
def raised(tmp_path_factory: pytest.TempPathFactory) -> World:
    """One escalation has been raised on Monday 2 March 2026, under version 1; the bot is stopped."""
    place = new_place(tmp_path_factory.mktemp("raised"))
    place.holds(example=FIRST)
    play = place.start()
    play.do(RAISE)
    play.world.close()
    return play.world


@pytest.fixture
def begun(place: Place, raised: World) -> Iterator[Play]:
    """The same in a place of its own, and started again."""
    shutil.copytree(raised.folder, place.folder / "data", dirs_exist_ok=True)
    place.holds(example=FIRST)
    play = place.start()
    play.world.chat.said = dict(raised.chat.said)
    play.world.events = itertools.count(1001)
    yield play
    play.world.close()


def one_more(play: Play, policy: str = "example") -> None:
    """Another escalation of the same kind, under version 1 of a policy."""
    with play.world.parts.database.transaction() as tx:
        tx.add_escalation(replace(tx.escalations()[0], reference="E-2AB-3CD", policy=policy))


def test_dates_stages_and_form_stay_when_the_file_gives_way_to_a_new_version(place: Place, begun: Play) -> None:
    old = begun.escalation().reference
    place.holds(second=SECOND)
    begun.do("""
today Monday 9 March 2026
restart
Asha: /my-escalations
  | Stage 1
  | Thursday 5 March 2026
  | This escalation follows version 1 of the policy, under which it began.
  | Version 2 holds for new ones since Monday 9 March 2026.
  ! Step 1
""")
    begun.do(RAISE)
    new = begun.escalation()
    assert (new.policy_version, new.language) == ("2", "en-GB")
    begun.do(f"""
  | Step 1
  | Monday 16 March 2026
  ! This escalation follows
Asha: /update {old}
Asha: I rang again.
  | Thursday 5 March 2026
""")
    begun.do(TO_STAGE_2.replace("REF", old))
    begun.do(f"""
  ! Step 1
Asha: /report {old}
  | Name
  ! Name in full
Asha [Skip]
Asha [Skip]
Asha [Skip]
Asha [Skip]
  | EXP Team
Asha [Send it now]
mailbox | Name
mailbox ! Name in full
""")


def test_a_version_holds_from_its_day_on_and_not_before(place: Place, begun: Play) -> None:
    place.holds(first=FIRST, second=SECOND)
    begun.do("""
today Friday 6 March 2026
restart
Asha: /my-escalations
  ! This escalation follows
today Monday 9 March 2026
Asha: /my-escalations
  | This escalation follows version 1
""")


def test_nothing_can_be_begun_while_no_version_holds_yet(place: Place) -> None:
    place.holds(second=SECOND)
    with closing(place.start().world) as world:
        Play(world).do("""
Asha: /escalate
Asha [No]
  | No policy is in force today
  | Speak with your manager
""")


def test_a_draft_is_shown_again_before_it_begins_under_a_version_that_came_in_meanwhile(place: Place) -> None:
    place.holds(first=FIRST, second=SECOND)
    with closing(place.start("2026-03-06T10:00").world) as world:
        play = Play(world)
        play.do(BEGIN)
        play.do("""
  | Stage 1: by the end of Wednesday 11 March 2026
today Monday 9 March 2026
Asha [Start the escalation]
  | Version 2 of the policy holds now, which is another than when you began.
  | Step 1: by the end of Monday 16 March 2026
  | The plan was closed too early.
Asha [Start the escalation]
  ! which is another than when you began
  | Step 1
""")
        assert play.escalation().policy_version == "2"


def test_a_draft_that_was_put_aside_says_once_that_another_version_holds(place: Place) -> None:
    place.holds(first=FIRST, second=SECOND)
    with closing(place.start("2026-03-06T10:00").world) as world:
        Play(world).do("""
Asha: /escalate
Asha [No]
Asha [No, it is none of these]
Asha [Save for later]
today Monday 9 March 2026
Asha: resume
  | Version 2 of the policy holds now
Asha [About a particular child]
  ! Version 2 of the policy holds now
""")


# ── what stops the start ─────────────────────────────────────────────────────────────────────────────────


def stopped(place: Place) -> str:
    with pytest.raises(ConfigError) as caught:
        place.start()
    return str(caught.value)


def test_a_changed_file_of_a_version_in_use_stops_the_start(place: Place, begun: Play) -> None:
    one_more(begun)
    begun.world.close()
    place.holds(example=FIRST.replace("days: 3", "days: 4"))
    said = stopped(place)
    assert said.startswith(
        f"{place.policies / 'example.yml'}: version: version 1 of example is in use by 2 escalations"
    )
    assert "Give the file another version, then start again" in said


def test_a_draft_alone_holds_its_version_too(place: Place) -> None:
    place.holds(example=FIRST)
    play = place.start()
    play.do("Asha: /escalate\nAsha [No]")
    play.world.close()
    place.holds(example=FIRST.replace("days: 3", "days: 4"))
    assert "is in use by 1 conversation, and" in stopped(place)


LIMIT = '{rule: per_stage, words: "3 days", days: 3}'


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (LIMIT, "{rule: per_stage, days: 3, words: '3 days'} # as on paper"),
        ("made_on: 2026-03-02", "made_on: 2026-03-02\n  checked_on: 2026-03-03"),
    ],
    ids=["comments and layout", "somebody has checked it"],
)
def test_a_file_that_says_the_same_is_no_other_version(place: Place, begun: Play, old: str, new: str) -> None:
    changed = FIRST.replace(old, new)
    assert changed != FIRST
    place.holds(example=changed)
    begun.world.restart()
    assert begun.world.parts.database.policies_kept()[0].content == changed


@pytest.mark.parametrize(
    "of_an_older_program", ["digest = 'as it was made then'", "content = 'as: it was written then'"]
)
def test_a_newer_program_knows_what_an_older_one_kept(place: Place, begun: Play, of_an_older_program: str) -> None:
    with begun.world.parts.database._writing() as connection:
        connection.exec_driver_sql(f"UPDATE policies SET {of_an_older_program}")  # noqa: S608 - the words above
    place.holds(example=f"# A remark.\n{FIRST}")
    begun.world.restart()
    begun.do("Asha: /my-escalations\n  | Stage 1")


def test_a_version_that_nothing_was_begun_under_may_change(place: Place) -> None:
    place.holds(example=FIRST)
    place.start().world.close()
    place.holds(example=FIRST.replace("days: 3", "days: 4"))
    with closing(place.start().world) as world:
        assert world.parts.policies["example"].ladder[0].limit.words == "3 days"
        assert "days: 4" in world.parts.database.policies_kept()[0].content


def test_a_version_in_use_that_is_nowhere_any_more_stops_the_start(place: Place, begun: Play) -> None:
    with begun.world.parts.database._writing() as connection:
        connection.exec_driver_sql("DELETE FROM policies")
    begun.world.close()
    place.holds(second=SECOND)
    said = stopped(place)
    assert "Version 1 of example is in use by 1 escalation" in said
    assert "Put the file with this version back" in said


def test_a_kept_version_that_cannot_be_read_any_more_stops_the_start(place: Place, begun: Play) -> None:
    with begun.world.parts.database._writing() as connection:
        connection.exec_driver_sql("UPDATE policies SET content = replace(content, 'anchor:', 'ancre:')")
    begun.world.close()
    place.holds(second=SECOND)
    said = stopped(place)
    assert "cannot be read by this version of the program" in said
    assert "clock.anchor: the key “anchor” is missing." in said
    assert said.endswith("Install the version of the program that you had before.")


def test_a_kept_version_whose_calendar_is_gone_stops_the_start(place: Place, begun: Play) -> None:
    begun.world.close()
    place.holds(second=SECOND.replace("calendar: england-and-wales", "calendar: guernsey"))
    (place.policies / "calendars" / "england-and-wales.json").unlink()
    assert "its calendar england-and-wales is missing" in stopped(place)


def test_everything_that_stops_the_start_is_said_at_once(place: Place, begun: Play) -> None:
    other = FIRST.replace("id: example", "id: other")
    place.holds(example=FIRST, other=other)
    begun.world.restart()
    one_more(begun, "other")
    begun.world.close()
    place.holds(example=FIRST.replace("days: 3", "days: 4"), other=other.replace("days: 3", "days: 4"))
    assert len(stopped(place).splitlines()) == 2


def test_a_file_that_is_wrong_stops_the_start_with_its_faults(place: Place) -> None:
    place.holds(example=FIRST.replace("days: 3", "days: many"))
    with pytest.raises(PolicyError, match=r"example\.yml:22: "):
        place.start()


# ── what is known of versions ────────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> Policies:
    """Version 1 always, version 2 from 9 March 2026, both from files; version 0 from the database only."""
    place = new_place(tmp_path_factory.mktemp("known"))
    place.holds(first=FIRST, second=SECOND)
    old = read_kept(FIRST.replace('version: "1"', 'version: "0"\neffective_from: 2026-12-01'), "old")
    return Policies([*load_folder(place.policies).versions(), old])


@pytest.mark.parametrize(
    ("day", "version"), [("2020-01-01", "1"), ("2026-03-08", "1"), ("2026-03-09", "2"), ("2030-01-01", "2")]
)
def test_the_latest_version_that_has_begun_holds_and_never_one_without_a_file(
    known: Policies, day: str, version: str
) -> None:
    assert {name: policy.version for name, policy in known.current(date.fromisoformat(day)).items()} == {
        "example": version
    }


def test_a_policy_without_a_file_can_only_be_looked_up(known: Policies) -> None:
    gone = Policies(version for version in known.versions() if not version.file)
    assert gone.current(date(2030, 1, 1)) == {}
    assert gone["example"].version == "0"


def test_every_version_can_be_looked_up_and_the_newest_by_id(known: Policies) -> None:
    assert [known.of("example", version).version for version in ("0", "1", "2")] == ["0", "1", "2"]
    assert known["example"].version == "2"
    # A language that a version has not got is said in its own.
    assert known.of("example", "1", "cy") is known.of("example", "1")


@pytest.mark.parametrize("version", ["3", ""])
def test_a_version_that_is_not_known_is_named_with_those_that_are(known: Policies, version: str) -> None:
    with pytest.raises(
        ConfigError, match=rf"Version {version} of the policy example is not known; known .*: 0, 1, 2\."
    ):
        known.of("example", version)


def test_a_policy_that_is_not_known_is_named(known: Policies) -> None:
    with pytest.raises(ConfigError, match="of the policy nowhere is not known; known versions: none"):
        known.of("nowhere", "1")
