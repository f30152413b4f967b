"""Any message that there can be, for tests that draw it; and what has to be read of it, whoever draws it."""

from __future__ import annotations

from typing import Literal

from hypothesis import strategies as st

from bot.messages import (
    Button,
    Buttons,
    Divider,
    Entry,
    Facts,
    Heading,
    Link,
    Links,
    Message,
    Option,
    Part,
    Points,
    Tone,
    Words,
)

LONG = "Wörter mit 👩‍👩‍👧‍👦 und *Sternen* <@U1> &amp; `mehr`.\n\n" * 700
SIGNS = st.characters(exclude_categories=["Cs", "Cc"]) | st.sampled_from("\n *_~`<>&:👍🏽")
ANY_TEXT = st.text(SIGNS, max_size=60)
SOME_TEXT = ANY_TEXT.filter(str.strip)
LONG_TEXT = st.builds(lambda text, times: text * times, SOME_TEXT, st.sampled_from([1, 1, 40, 300]))
IDS = st.text("abcdefghijklmnopqrstuvwxyz0123456789._-:", min_size=1, max_size=40)


def squeezed(text: str) -> str:
    return "".join(text.split())


def option_lists(most: int) -> st.SearchStrategy[tuple[Option, ...]]:
    helps = st.just("") | LONG_TEXT.map(lambda text: text[:200])
    option = st.builds(Option, IDS, LONG_TEXT.map(lambda text: text[:400]), helps)
    return st.lists(option, min_size=1, max_size=most, unique_by=lambda o: o.id).map(tuple)


@st.composite
def entries(draw: st.DrawFn, name: str) -> Entry:
    widget = draw(st.sampled_from(["line", "paragraph", "email", "date", "radio", "checkboxes", "person"]))
    options = draw(option_lists(25)) if widget in {"radio", "checkboxes"} else ()
    chosen = [o.id for o in options]
    initial: str | tuple[str, ...]
    match widget:
        case "radio":
            initial = draw(st.sampled_from(["", *chosen]))
        case "checkboxes":
            picked = draw(st.sets(st.sampled_from(chosen)))
            initial = tuple(o for o in chosen if o in picked)
        case "date":
            initial = draw(st.just("") | st.dates().map(str) | ANY_TEXT)
        case "person":
            initial = draw(st.sampled_from(["", "console:asha"]))
        case _:
            initial = draw(st.just("") | LONG_TEXT | st.just(LONG[:30_000]))
    return Entry(name, draw(SOME_TEXT), widget, initial, options, draw(ANY_TEXT), draw(st.booleans()))  # type: ignore[arg-type]


@st.composite
def points(draw: st.DrawFn) -> Points:
    items = tuple(draw(st.lists(LONG_TEXT, max_size=8)))
    return Points(items, draw(st.just(()) | st.tuples(*[st.booleans() for _ in items])))


TONES: list[Tone] = ["plain", "strong", "quiet", "warning", "quote"]
STYLES: list[Literal["plain", "primary", "danger"]] = ["plain", "primary", "danger"]
PARTS: st.SearchStrategy[Part] = st.one_of(
    st.builds(Heading, st.text("abc *_&<", max_size=180)),
    st.builds(Words, LONG_TEXT, st.sampled_from(TONES)),
    st.builds(Facts, st.lists(st.tuples(SOME_TEXT, LONG_TEXT | st.just("")), max_size=12).map(tuple)),
    points(),
    st.builds(Links, st.lists(st.builds(Link, LONG_TEXT, IDS | st.just(""), LONG_TEXT), max_size=8).map(tuple)),
    st.just(Divider()),
)


@st.composite
def messages(draw: st.DrawFn) -> Message:
    parts: list[Part] = draw(st.lists(PARTS, max_size=5))
    parts += [draw(entries(name)) for name in draw(st.lists(IDS, max_size=2, unique=True))]
    actions = IDS.map(lambda name: name.replace(":", "_"))
    keys = draw(st.lists(st.tuples(actions, IDS), max_size=6, unique=True))
    if keys:
        made = [Button(draw(SOME_TEXT), action, value, draw(st.sampled_from(STYLES))) for action, value in keys]
        parts.append(Buttons(tuple(made)))
    return Message("A message", tuple(parts))


def text_seen(part: Part) -> list[str]:
    """The texts of a part that have to be in its blocks, letter for letter but for line breaks."""
    match part:
        case Heading(text) | Words(text):
            return [text]
        case Facts(rows):
            return [text for row in rows for text in row]
        case Points(items):
            return list(items)
        case Links(links):
            return [text for link in links for text in (link.text, link.after)]
        case Entry(label=label, options=options, hint=hint, initial=initial):
            shown = [initial] if isinstance(initial, str) else list(initial)
            return [label, hint, *shown, *(text for o in options for text in (o.label, o.help))]
        case Buttons(buttons):
            return [button.label for button in buttons]
    return []
