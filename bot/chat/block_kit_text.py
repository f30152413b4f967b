"""The parts of a message that are only read, as Block Kit. Words carry the meaning, not signs or colour."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, assert_never

from bot.chat.splitting import length, split
from bot.chat.spoken import EMPTY, IMPORTANT, TO_DO, is_long, labelled, marks
from bot.errors import PolicyError
from bot.messages import Link, Tone

Block = dict[str, Any]

TEXT, HEADER, CONTEXT, ID = 3000, 150, 2000, 255


def plain(text: str) -> Block:
    """A plain_text object."""
    # emoji False: ":00-23:" in "22:00-23:00" must not be read as the name of an emoji.
    return {"type": "plain_text", "text": text if text.strip() else EMPTY, "emoji": False}


def slack_id(name: str, limit: int = ID) -> str:
    """The id itself; raises PolicyError where Slack could not carry it."""
    if not 0 < length(name) <= limit:
        count = f"has {length(name)} characters; Slack takes 1 to {limit}"
        raise PolicyError([f"The id “{name}” {count}. Please change it in the policy."])
    return name


def heading(text: str) -> list[Block]:
    """A header block; a heading that is too long for one is a bold paragraph."""
    if length(text.strip()) > 0 and length(text) <= HEADER:
        return [{"type": "header", "text": plain(text)}]
    return rich([(text, True)])


def section(text: str) -> list[Block]:
    """Plain paragraphs."""
    return [{"type": "section", "text": plain(piece)} for piece in _pieces(text, TEXT)]


def word_blocks(text: str, tone: Tone) -> list[Block]:
    """A paragraph in its tone. Blank text draws nothing."""
    if not text.strip():
        return []
    match tone:
        case "plain":
            return section(text)
        case "strong":
            return rich([(text, True)])
        case "quiet":
            return [{"type": "context", "elements": [plain(piece)]} for piece in _pieces(text, CONTEXT)]
        case "warning":
            return rich([(IMPORTANT, True), (text, False)])
        case "quote":
            # Preformatted text is copied out of Slack exactly as it stands.
            return [
                _rich_text({"type": "rich_text_preformatted", "elements": [_run(piece)]})
                for piece in _pieces(text, TEXT)
            ]
        case _:
            assert_never(tone)


def rich(runs: Iterable[tuple[str, bool]]) -> list[Block]:
    """Runs of (text, bold) one after another as rich text, a block for each 3000 units."""
    filled: list[list[Block]] = [[]]
    room = TEXT
    for text, bold in runs:
        for gap, piece in split(text, TEXT):
            if length(gap + piece) > room:
                filled.append([])
                room = TEXT
            whole = gap + piece if filled[-1] else piece.lstrip("\n")
            if whole:
                filled[-1].append(_run(whole, bold))
            room -= length(whole)
    sections = [runs for runs in filled if any(run["text"].strip() for run in runs)]
    return [_rich_text({"type": "rich_text_section", "elements": runs}) for runs in sections]


def fact_blocks(rows: Sequence[tuple[str, str]]) -> list[Block]:
    """Labelled values, a line each."""
    runs: list[tuple[str, bool]] = []
    long_before = False
    for n, (label, value) in enumerate(rows):
        # One section with line ends, because not every client begins each section on a new line.
        long_now = is_long(value)
        start = ("\n\n" if long_before or long_now else "\n") if n else ""
        own_line = "\n" if long_now else " "
        long_before = long_now
        runs += [(f"{start}{labelled(label)}", True), (own_line + (value if value.strip() else EMPTY), False)]
    return rich(runs)


def point_blocks(items: Sequence[str], done: tuple[bool, ...]) -> list[Block]:
    """A list; each point of a checklist begins with whether it is done."""
    points: list[list[Block]] = []
    for mark, item in zip(marks(len(items), done), items, strict=True):
        pieces = _pieces(item, TEXT - len(TO_DO)) or [EMPTY]
        points.append([*([_run(mark, bold=True)] if mark else []), _run(pieces[0])])
        points += [[_run(piece)] for piece in pieces[1:]]
    return _list(points)


def link_blocks(links: Sequence[Link]) -> list[Block]:
    """A list; each point begins with what leads to more about it."""
    points: list[list[Block]] = []
    for link in links:
        # Half of what fits for each, so that words and what follows them stay together.
        leading, following = _pieces(link.text, TEXT // 2) or [EMPTY], _pieces(link.after, TEXT // 2)
        points += [[_leading(piece, link.url)] for piece in leading[:-1]]
        points.append([_leading(leading[-1], link.url), *map(_run, following[:1])])
        points += [[_run(piece)] for piece in following[1:]]
    return _list(points)


def _leading(text: str, url: str) -> Block:
    return {"type": "link", "url": url, "text": text} if url else _run(text)


def _list(points: Iterable[Sequence[Block]]) -> list[Block]:
    """Points of a list, each a few runs that fit into a block, in as many blocks as they need."""
    drawn: list[Block] = []
    room = 0
    for runs in points:
        taken = sum(map(_length, runs))
        if taken > room:
            drawn.append(_rich_text({"type": "rich_text_list", "style": "bullet", "elements": []}))
            room = TEXT
        drawn[-1]["elements"][0]["elements"].append({"type": "rich_text_section", "elements": list(runs)})
        room -= taken
    return drawn


def merged(drawn: Sequence[Block]) -> list[Block]:
    """The same words in fewer blocks: neighbours that are only read become one, as far as one can hold them."""
    fewer: list[Block] = []
    for block in drawn:
        both = _both(fewer[-1], block) if fewer else None
        if both is None:
            fewer.append(block)
        else:
            fewer[-1] = both
    return fewer


def _both(above: Block, below: Block) -> Block | None:
    """Two blocks as one; None where that cannot be."""
    match above["type"], below["type"]:
        case "context", "context":
            text = "\n".join(element["text"] for block in (above, below) for element in block["elements"])
            return {"type": "context", "elements": [plain(text)]} if length(text) <= CONTEXT else None
        case (("section" | "rich_text"), ("section" | "rich_text")):
            first, second = _rich_elements(above), _rich_elements(below)
            if first[-1]["type"] == second[0]["type"] == "rich_text_section":
                # One section with line ends, because not every client begins each section on a new line.
                runs = [*first[-1]["elements"], _run("\n\n"), *second[0]["elements"]]
                first, second = [*first[:-1], {"type": "rich_text_section", "elements": runs}], second[1:]
            both = {"type": "rich_text", "elements": [*first, *second]}
            return both if _length(both) <= TEXT else None
        case _:
            return None


def _rich_elements(block: Block) -> list[Block]:
    if block["type"] == "section":
        return [{"type": "rich_text_section", "elements": [_run(block["text"]["text"])]}]
    return list(block["elements"])


def _length(element: Block) -> int:
    return length(element.get("text", "")) + sum(_length(inner) for inner in element.get("elements", ()))


def _pieces(text: str, limit: int) -> list[str]:
    return [piece for _, piece in split(text, limit) if piece.strip()]


def _rich_text(element: Block) -> Block:
    return {"type": "rich_text", "elements": [element]}


def _run(text: str, bold: bool = False) -> Block:
    return {"type": "text", "text": text} | ({"style": {"bold": True}} if bold else {})
