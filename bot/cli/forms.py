"""Commands for the day on which the bot cannot be reached: `forms`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import click

from bot import config
from bot.cli.policies import loaded, one_of
from bot.errors import ConfigError
from bot.paper import Document
from bot.policies import Policies
from bot.policy import Policy
from bot.ports import Documents

# Documents are imported in the command, so that `check` and `dates` do not wait for them.


@click.command()
@click.argument("policy", required=False)
@click.option(
    "--out",
    "folder",
    required=True,
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="The folder.",
)
def forms(policy: str | None, folder: Path) -> None:
    """Write blank forms and stage sheets into a folder. POLICY is an id or a file; without it, those of all."""
    settings = config.read()
    known = loaded(policy or "", settings)
    wanted = [one_of(known, each) for each in ([policy] if policy else known)]
    # All are made before any is written.
    made = [file for each in wanted for file in _files(known, each)]
    changed = [name for name, content in made if _is_other(folder / name, content)]
    if changed:
        raise ConfigError(
            f"{folder} has other files by these names, and nothing is ever overwritten: {', '.join(changed)}. "
            f"Please move them, or name another folder."
        )
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in made:
        (folder / name).write_bytes(content)
        click.echo(folder / name)


def _is_other(path: Path, content: bytes) -> bool:
    return path.exists() and path.read_bytes() != content


def _files(known: Policies, policy: Policy) -> Iterator[tuple[str, bytes]]:
    for name, document in _blank(known, policy):
        for maker in _makers():
            yield f"{policy.id}-{name}.{maker.ending}", maker.make(document)


def _blank(known: Policies, policy: Policy) -> Iterator[tuple[str, Document]]:
    from bot import report
    from bot.words import load

    for form in policy.forms:
        template = known.template(policy, form)
        yield form.file_name, report.document(policy, form, reference="", answers={}, template=template)
    yield "stage-sheet", report.stage_sheet(policy, load())


def _makers() -> Iterable[Documents]:
    from bot.documents.docx import WordDocuments
    from bot.documents.pdf import PdfDocuments, is_installed

    return [WordDocuments(), *([PdfDocuments()] if is_installed() else [])]


COMMANDS = (forms,)
