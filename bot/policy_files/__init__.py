"""Reads policy files, and says everything that is wrong with them at once.

Rule 1: a fault reads "file:line: key.path: what is wrong. what to do". Parts of a list go by their id, or are
counted from 1.
Rule 2: only paths come in here; where the policies are kept, the caller knows.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from pathlib import Path

from bot.errors import PolicyError
from bot.policy import Policy
from bot.policy_files.faults import found, shape_faults
from bot.policy_files.reading import Fault, Tree, read_tree
from bot.policy_files.references import reference_faults
from bot.policy_files.sense import sense_faults
from bot.policy_files.summary import summary

__all__ = ["ENDINGS", "check", "load", "load_folder", "summary"]

ENDINGS = (".yml", ".yaml")
"""How the names of policy files end."""


def load(path: Path, calendars: Path | None = None) -> Policy:
    """The policy in this file. `calendars` is their folder, by default `calendars` beside the file.

    Raises PolicyError with every fault of the file.
    """
    policy, faults = _read(path, calendars or path.parent / "calendars")
    if policy is None:
        raise PolicyError(faults)
    return policy


def load_folder(path: Path, calendars: Path | None = None) -> dict[str, Policy]:
    """Every policy file of a folder (*.yml, *.yaml; not of folders in it), by the policy's id.

    Raises PolicyError with every fault of every file, or if there is no policy file.
    """
    paths = policy_paths(path)
    if not paths:
        raise PolicyError([_nothing_in(path)])
    policies, faults = _read_all(paths, calendars or path / "calendars")
    if faults:
        raise PolicyError(faults)
    return policies


def policy_paths(folder: Path) -> list[Path]:
    """The policy files of a folder, in the order of their names; none if there is no such folder."""
    return sorted(file for file in folder.glob("*") if file.suffix.lower() in ENDINGS)


def _nothing_in(folder: Path) -> str:
    if not folder.is_dir():
        return f"{folder}:1: there is no such folder. Check its name, or name another."
    kinds = ", ".join(f"*{ending}" for ending in ENDINGS)
    return f"{folder}:1: there is no policy file ({kinds}) in this folder. Put one there, or name another folder."


def check(given: Iterable[Path], calendars: Path, today: date | None = None) -> tuple[list[str], list[str]]:
    """(every fault of these files, what the files without faults say) for a person who checks them.

    A folder stands for the policy files in it. With `today`, a day of checking that is still to come is a fault.
    """
    paths: list[Path] = []
    faults: list[str] = []
    for path in given:
        inside = policy_paths(path) if path.is_dir() else [path]
        if not inside:
            faults.append(_nothing_in(path))
        elif not path.exists():
            faults.append(f"{path}:1: there is no such file or folder. Check the name.")
        else:
            paths += inside
    policies, wrong = _read_all(dict.fromkeys(paths), calendars, today)
    lines: list[str] = []
    for policy in policies.values():
        lines.extend(["", *summary(policy)] if lines else summary(policy))
    return [*faults, *wrong], lines


def _read_all(paths: Iterable[Path], calendars: Path, today: date | None = None) -> tuple[dict[str, Policy], list[str]]:
    policies: dict[str, Policy] = {}
    owners: dict[str, Path] = {}
    faults: list[str] = []
    for path in paths:
        policy, wrong = _read(path, calendars, today)
        faults.extend(wrong)
        if policy is None:
            continue
        if policy.id in owners:
            text = f"{owners[policy.id]} has the id “{policy.id}” too. Give one of the two another id."
            faults.append(f"{path}:1: id: {text}")
            continue
        policies[policy.id], owners[policy.id] = policy, path
    return policies, faults


def _read(path: Path, calendars: Path, today: date | None = None) -> tuple[Policy | None, list[str]]:
    tree = read_tree(path)
    faults = list(tree.faults)
    if isinstance(tree.data, dict):
        faults += [*shape_faults(tree), *reference_faults(tree, calendars), *sense_faults(tree, today)]
    elif not faults:
        text = f"found {found(tree.data)}, but a policy has keys. Begin with id:, version: and name:."
        faults.append(Fault(1, (), text))
    if faults:
        faults.sort(key=lambda fault: fault.line)
        return None, [_said(path, tree, fault) for fault in faults]
    return Policy.model_validate(tree.data), []


def _said(path: Path, tree: Tree, fault: Fault) -> str:
    where = f"{tree.name(fault.path)}: " if fault.path else ""
    return f"{path}:{fault.line}: {where}{fault.text}"
