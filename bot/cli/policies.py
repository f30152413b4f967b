"""Commands for whoever writes a policy: `check`, `new-policy`, `dates`."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Generator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click

from bot import config, dates_command, policy_files
from bot.calendars import load_folder
from bot.errors import ConfigError, InvalidAnswer
from bot.policies import Policies, Version
from bot.policy import Policy
from bot.policy_files.started import Started
from bot.policy_files.starting import Ask


@click.command()
@click.argument("files", nargs=-1, type=click.Path(path_type=Path))
@click.option("--today", "today_typed", default=None, metavar="DATE", help="Check as if today were this date.")
@click.option(
    "--diff", is_flag=True, help="Tell what has changed from the first file to the second. One may be a version."
)
def check(files: tuple[Path, ...], today_typed: str | None, diff: bool) -> None:
    """Check policy FILES or folders. Tells every fault, then a summary; of all that are shipped, if none is named."""
    settings = config.read()
    if diff:
        for line in policy_files.changes(*_two_versions(files, settings)):
            click.echo(line)
        return
    real = datetime.now(ZoneInfo("Europe/London")).date()
    today = dates_command.certain_day("--today", today_typed, real) if today_typed is not None else real
    named = files or (settings.policies,)
    faults, summary = policy_files.check(named, settings.policies / "calendars", today)
    for line in summary:
        click.echo(line)
    for fault in faults:
        click.echo(fault, err=True)
    if faults:
        click.echo(f"{len(faults)} fault{'s' if len(faults) != 1 else ''} found.", err=True)
        sys.exit(1)


def _two_versions(named: tuple[Path, ...], settings: config.Settings) -> tuple[Version, Version]:
    """Two files; or a file and a version of the same policy, from the folder of the file or that of the policies."""
    if len(named) != 2:
        raise click.UsageError("--diff needs two: the old file and the new one, or a version and a file.")
    calendars = settings.policies / "calendars"
    files = {one: policy_files.load_version(one, calendars) for one in named if _is_file(one)}
    if not files:
        raise click.UsageError(f"Neither {named[0]} nor {named[1]} is a policy file. Name at least one of them.")
    old, new = (files.get(one) or _version(one, files, calendars, settings) for one in named)
    return old, new


def _is_file(named: Path) -> bool:
    return named.suffix.lower() in policy_files.ENDINGS or named.exists()


def _version(named: Path, files: Mapping[Path, Version], calendars: Path, settings: config.Settings) -> Version:
    ((file, known),) = files.items()
    folders = dict.fromkeys((file.resolve().parent, settings.policies.resolve()))
    return policy_files.find_version(folders, known.policy.id, str(named), calendars, besides=file.resolve())


@click.command("new-policy")
@click.argument("file", required=False, type=click.Path(path_type=Path))
def new_policy(file: Path | None) -> None:
    """Start a policy FILE by asking what matters most. It is policies/<its short name>.yml, if none is named."""
    settings = config.read()
    calendars = settings.policies / "calendars"
    if file is not None:
        _check_new(file)
    try:
        offered = {own: each.name for own, each in sorted(load_folder(calendars).items())}
        answers = _asked(policy_files.questions(offered, _free_ids(settings, file)))
    except click.Abort:
        click.echo("\nNothing was written.", err=True)
        raise
    path = file or settings.policies / f"{answers.id}.yml"
    today = datetime.now(ZoneInfo("Europe/London")).date()
    with path.open("x", encoding="utf-8") as new:
        new.write(policy_files.written(answers, today))
    faults, _ = policy_files.check([path], calendars, today)
    for line in (*faults, *policy_files.next_steps(path)):
        click.echo(line)


def _asked(asking: Generator[Ask, Any, Started]) -> Started:
    """Every question in turn; what cannot be read is asked again."""
    try:
        ask = next(asking)
        while True:
            ask = asking.send(_answer(ask))
    except StopIteration as end:
        answers: Started = end.value
        return answers


def _answer(ask: Ask) -> Any:
    def read(typed: str) -> Any:
        try:
            return ask.read(typed)
        except InvalidAnswer as invalid:
            raise click.BadParameter(str(invalid)) from None

    click.echo(f"\n{ask.text}\n  {ask.help}")
    for number, words in enumerate(ask.options.values(), 1):
        click.echo(f"  {number}  {words}")
    return click.prompt(">", default=ask.default or None, value_proc=read, prompt_suffix=" ")


def _check_new(file: Path) -> None:
    """Whether a new file can be written there."""
    if file.suffix.lower() not in policy_files.ENDINGS:
        raise ConfigError(f"{file} does not end with .yml. Please name the file like policies/yours.yml.")
    if file.exists():
        raise ConfigError(f"{file} is there already, and is never overwritten. Please name another file.")
    if not file.absolute().parent.is_dir():
        raise ConfigError(f"There is no folder {file.absolute().parent}. Make it first, or name another file.")


def _free_ids(settings: config.Settings, file: Path | None) -> Callable[[str], None]:
    """Refuses the ids of the policies that are there, and those whose file is."""
    taken = policy_files.ids_in(settings.policies)

    def check_free(name: str) -> None:
        if name in taken:
            raise InvalidAnswer(f"“{name}” is the policy in {taken[name]}. Please give this one another name.")
        if file is None and (settings.policies / f"{name}.yml").exists():
            raise InvalidAnswer(f"There is a file {name}.yml already. Please give this policy another name.")

    return check_free


@click.command()
@click.argument("policy")
@click.option(
    "--concern", required=True, metavar="DATE", help="The date that the policy counts from, for example 2026-03-02."
)
@click.option("--entered", multiple=True, metavar="STAGE=DATE", help="When a stage was entered; may be repeated.")
@click.option("--agreed", multiple=True, metavar="STAGE=DATE", help="A date agreed for a stage; may be repeated.")
@click.option("--sooner", multiple=True, metavar="STAGE=DATE", help="A shorter date set for a stage; may be repeated.")
@click.option("--notice", multiple=True, metavar="STAGE=DATE", help="When a stage's notice was sent; may be repeated.")
@click.option("--done", multiple=True, metavar="STAGE/CLOCK=DATE", help="When a clock was met; may be repeated.")
@click.option("--decision", "decision_received", metavar="DATE", help="When the decision was received.")
@click.option("--raised", metavar="DATE", help="When it was raised, if not on entering the first stage.")
@click.option("--initial-concern", metavar="DATE", help="The initial concern, where that is another day.")
@click.option("--ladder", default="", metavar="ID", help="Which ladder, where the policy has several.")
@click.option("--branch", multiple=True, metavar="STAGE=ID", help="Which branch of a stage; may be repeated.")
@click.option("--priority", default="", metavar="ID", help="How urgent it is, where the policy asks.")
@click.option("--today", default=None, metavar="DATE", help="Count as if today were this date.")
@click.option("--json", "as_json", is_flag=True, help="A list of objects, one for each stage.")
def dates(policy: str, as_json: bool, **typed: Any) -> None:
    """Show when each stage of POLICY (its id, or a file) is due.

    An hour may be given with the date of --entered, for limits in hours: stage-2=2026-03-04T14:30.
    """
    settings = config.read()
    found = one_of(loaded(policy, settings), policy)
    calendars = load_folder(settings.policies / "calendars")
    if found.clock.calendar not in calendars:
        raise ConfigError(
            f"The calendar {found.clock.calendar!r} of {found.id} is not in {settings.policies}/calendars."
        )
    now = datetime.now(ZoneInfo(found.clock.zone))
    given = dates_command.read_typed(found, calendars[found.clock.calendar], now, dates_command.Typed(**typed))
    if as_json:
        # Remarks go beside the JSON, which programs read.
        for remark in dates_command.remarks(given):
            click.echo(remark, err=True)
        click.echo(json.dumps(dates_command.dates_json(given), indent=2, ensure_ascii=False))
    else:
        for line in dates_command.dates_lines(given):
            click.echo(line)


def loaded(named: str, settings: config.Settings) -> Policies:
    """The policies of the folder, or of the file that is named."""
    path = Path(named)
    if path.suffix.lower() in policy_files.ENDINGS:
        return Policies([policy_files.load_version(path, settings.policies / "calendars")])
    return policy_files.load_folder(settings.policies)


def one_of(policies: Policies, named: str) -> Policy:
    """The version that holds today, of the policy that is named by its id or its file."""
    if Path(named).suffix.lower() in policy_files.ENDINGS:
        return next(iter(policies.values()))
    if named.lower() not in policies:
        raise InvalidAnswer(f"There is no policy {named!r}. There are: {', '.join(policies)}; or name a .yml file.")
    holding = policies.current(datetime.now(ZoneInfo("Europe/London")).date())
    return holding.get(named.lower(), policies[named.lower()])


COMMANDS = (check, new_policy, dates)
