"""What the files say now against what was kept when escalations were begun: all versions, or why not to start.

Rule: whatever is under way stays on the policy as it was. A version that somebody relies on is never changed under it.
"""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence

from bot.errors import ConfigError, PolicyError
from bot.policies import Kept, Policies, Use, Version
from bot.policy_files import read_kept


def with_kept(
    files: Policies, kept: Sequence[Kept], used: Mapping[tuple[str, str], Use], calendars: Container[str]
) -> Policies:
    """The versions of the files, and those whose files are gone and that something was begun under.

    Raises ConfigError with everything that stops the start.
    """
    there = {(each.policy.id, each.policy.version): each for each in files.versions()}
    before = {(each.policy, each.version): each for each in kept}
    found: list[Version] = []
    faults: list[str] = []
    for version, use in sorted(used.items()):
        try:
            if version not in there:
                found += _from_database(version, before.get(version), use, calendars)
            elif version in before:
                _refuse_changed(there[version], before[version], use)
        except ConfigError as fault:
            faults.append(str(fault))
    if faults:
        raise ConfigError("\n".join(faults))
    return Policies([*files.versions(), *found])


def to_keep(files: Policies, kept: Sequence[Kept]) -> list[Kept]:
    """What the database has not got yet, or has in another text."""
    there = [Kept(each.policy.id, each.policy.version, each.content, each.digest) for each in files.versions()]
    return [each for each in there if each not in kept]


def _from_database(version: tuple[str, str], kept: Kept | None, use: Use, calendars: Container[str]) -> list[Version]:
    policy, number = version
    if kept is None and not use.escalations:
        return []  # a draft goes on under whatever version holds
    if kept is None:
        raise ConfigError(
            f"Version {number} of {policy} is in use by {use}, but is neither in a file nor in the database. Put the "
            f"file with this version back into the folder of policies, then start again."
        )
    try:
        found = read_kept(kept.content, f"{policy}, version {number}, as it was kept")
    except PolicyError as fault:
        raise ConfigError(
            f"Version {number} of {policy} is in use by {use}, and what the database has kept of it cannot be read by "
            f"this version of the program: {fault.faults[0]} Install the version of the program that you had before."
        ) from None
    if found.policy.clock.calendar not in calendars:
        raise ConfigError(
            f"Version {number} of {policy} is in use by {use}, and its calendar {found.policy.clock.calendar} is "
            f"missing. Put the file {found.policy.clock.calendar}.json back into the folder of calendars."
        )
    return [found]


def _refuse_changed(version: Version, kept: Kept, use: Use) -> None:
    if not _changed(version, kept):
        return
    policy, number = version.policy.id, version.policy.version
    raise ConfigError(
        f"{version.file}: version: version {number} of {policy} is in use by {use}, and its file has been changed. "
        f"Give the file another version, then start again: what was begun stays on version {number} as it was kept."
    )


def _changed(version: Version, kept: Kept) -> bool:
    if version.content == kept.content or version.digest == kept.digest:
        return False
    # The program may read more in a file now than when this was kept: what counts is how it reads both today.
    try:
        return read_kept(kept.content, kept.policy).digest != version.digest
    except PolicyError:
        return True
