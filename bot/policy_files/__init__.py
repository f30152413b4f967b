"""Reads policy files, and says everything that is wrong with them at once.

Rule 1: a fault reads "file:line: key.path: what is wrong. what to do". Parts of a list go by their id, or are
counted from 1.
Rule 2: only paths come in here; where the policies are kept, the caller knows.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import NamedTuple

from bot.errors import InvalidAnswer, PolicyError
from bot.policies import Policies, Version
from bot.policy import Policy
from bot.policy_files import templates
from bot.policy_files.changes import changes
from bot.policy_files.faults import found, shape_faults
from bot.policy_files.languages import in_each_language
from bot.policy_files.reading import Fault, Tree, read_tree, tree_of
from bot.policy_files.sense import sense_faults
from bot.policy_files.started import next_steps, written
from bot.policy_files.starting import questions
from bot.policy_files.summary import summary

__all__ = [
    "ENDINGS", "changes", "check", "find_version", "ids_in", "load", "load_folder", "load_version", "next_steps",
    "questions", "read_kept", "summary", "written",
]  # fmt: skip

ENDINGS = (".yml", ".yaml")
"""How the names of policy files end."""


def load(path: Path, calendars: Path | None = None) -> Policy:
    """The policy in this file, in its own language. `calendars` is their folder, by default the one beside the file.

    Raises PolicyError with every fault of the file.
    """
    return load_version(path, calendars).policy


def load_version(path: Path, calendars: Path | None = None) -> Version:
    """The policy in this file, in each of its languages; as `load`."""
    read = _read(path, calendars or path.parent / "calendars")
    if read.version is None:
        raise PolicyError(read.faults)
    return read.version


def find_version(
    folders: Iterable[Path], policy_id: str, version: str, calendars: Path, *, besides: Path | None = None
) -> Version:
    """This version of the policy, from the files of these folders `besides` one; InvalidAnswer, if none is it."""
    there: set[str] = set()
    for path in (path for folder in folders for path in policy_paths(folder) if path != besides):
        found = _read(path, calendars).version
        if found and found.policy.id == policy_id:
            if found.policy.version == version:
                return found
            there.add(found.policy.version)
    names = ", ".join(sorted(there)) or "none"
    raise InvalidAnswer(
        f"There is no file {version!r} and no version {version!r} of {policy_id}. Versions that are there: {names}."
    )


def load_folder(path: Path, calendars: Path | None = None) -> Policies:
    """Every policy file of a folder (*.yml, *.yaml; not of folders in it): by the policy's id, with all versions.

    Raises PolicyError with every fault of every file, or if there is no policy file.
    """
    paths = policy_paths(path)
    if not paths:
        raise PolicyError([_nothing_in(path)])
    files = _read_all(paths, calendars or path / "calendars")
    if faults := [fault for file in files for fault in file.faults]:
        raise PolicyError(faults)
    return Policies(file.version for file in files if file.version)


def read_kept(content: str, name: str) -> Version:
    """A version that was read from a file once. Only its shape is looked at: what is checked of files may have become
    more since, and nobody can mend it any more. Raises PolicyError if this program cannot read it.
    """
    tree = tree_of(content)
    trees, faults, _ = in_each_language(tree)
    faults += tree.faults or [fault for each in trees.values() for fault in shape_faults(each)]
    if faults:
        raise PolicyError(_in_order(name, tree, faults))
    return replace(_version(trees, "", content), templates=templates.kept_in(content))


def ids_in(folder: Path) -> dict[str, Path]:
    """The ids of the policies in this folder, whether or not anything is wrong with their files."""
    data = ((path, read_tree(path).data) for path in policy_paths(folder))
    return {str(each["id"]): path for path, each in data if isinstance(each, dict) and "id" in each}


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
    files = _read_all(dict.fromkeys(paths), calendars, today, translated=True)
    lines: list[str] = []
    for file in files:
        faults += file.faults
        if file.version and not file.faults:
            lines.extend(["", *summary(file.version.policy)] if lines else summary(file.version.policy))
    return faults, lines


class _File(NamedTuple):
    """A file that was read. It has a version where only texts in another language are missing, or nothing is."""

    path: Path
    tree: Tree
    version: Version | None
    faults: list[str]

    def fault(self, key: str, text: str) -> str:
        return _said(self.path, self.tree, self.tree.fault((key,), text))


def _read_all(
    paths: Iterable[Path], calendars: Path, today: date | None = None, *, translated: bool = False
) -> list[_File]:
    """Every file, with what is wrong between them."""
    files: list[_File] = []
    for path in paths:
        file = _read(path, calendars, today, translated=translated)
        file.faults.extend(_clashes(file, files))
        files.append(file)
    return files


def _clashes(file: _File, others: list[_File]) -> Iterator[str]:
    """Several files may be versions of one policy; then each has a version and a first day of its own."""
    for other in others:
        if file.version is None or other.version is None or file.version.policy.id != other.version.policy.id:
            continue
        own, version = file.version.policy.id, file.version.policy.version
        if version == other.version.policy.version:
            text = f"{other.path} is version {version} of {own} too. Give this file another version, or another id."
            yield file.fault("version", text)
        elif file.version.begins == other.version.begins:
            day = file.version.policy.effective_from
            since = f"from {day}" if day else "from the first day on"
            text = f"{other.path} holds {since} too, as version {other.version.policy.version} of {own}."
            yield file.fault(
                "effective_from", f"{text} Write effective_from: and the day on which the newer one begins."
            )


def _read(path: Path, calendars: Path, today: date | None = None, *, translated: bool = False) -> _File:
    """`translated`: a text that is missing in one of the policy's languages is told as a fault."""
    tree = read_tree(path)
    faults, missing = list(tree.faults), list[Fault]()
    trees: dict[str, Tree] = {}
    if isinstance(tree.data, dict):
        trees, wrong, missing = in_each_language(tree)
        faults += [*wrong, *_faults_in(trees, calendars, today)]
    elif not faults:
        text = f"found {found(tree.data)}, but a policy has keys. Begin with id:, version: and name:."
        faults.append(Fault(1, (), text))
    version = None if faults else _with_files(_version(trees, str(path), tree.text), path.parent)
    if version is not None:
        faults += templates.template_faults(tree, version.policy, version.templates)
        version = None if faults else version
    return _File(path, tree, version, _in_order(path, tree, faults + missing if translated else faults))


def _faults_in(trees: Mapping[str, Tree], calendars: Path, today: date | None) -> Iterator[Fault]:
    """What is wrong in any language; what is wrong in all of them, once."""
    told: dict[Fault, None] = {}
    for tree in trees.values():
        for fault in (*shape_faults(tree), *sense_faults(tree, calendars, today)):
            told.setdefault(fault)
    yield from told


def _version(trees: Mapping[str, Tree], file: str, text: str) -> Version:
    return Version({language: Policy.model_validate(tree.data) for language, tree in trees.items()}, file, text)


def _with_files(version: Version, folder: Path) -> Version:
    """With the Word files that its forms name."""
    files = templates.read(version.policy, folder)
    return replace(version, content=templates.with_files(version.content, files), templates=files) if files else version


def _in_order(path: Path | str, tree: Tree, faults: list[Fault]) -> list[str]:
    return [_said(path, tree, fault) for fault in sorted(faults, key=lambda fault: fault.line)]


def _said(path: Path | str, tree: Tree, fault: Fault) -> str:
    where = f"{tree.name(fault.path)}: " if fault.path else ""
    return f"{path}:{fault.line}: {where}{fault.text}"
