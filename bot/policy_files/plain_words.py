"""What the YAML parser says of a file that it cannot read -> sentences for the person who wrote it."""

from __future__ import annotations

import re

from ruamel.yaml.error import MarkedYAMLError

SAID: tuple[tuple[str, str], ...] = (
    (r"character '\\t'", "there is a tab here. Indent with spaces, two for each level."),
    (
        r"character '(?P<sign>.)'|found unknown escape|expected alphabetic or numeric",
        "a text begins with a special sign, or has a backslash in it. Put 'single quotes' around the text.",
    ),
    (r"could not find expected ':'", 'there is no colon after the key. Write it like label: "Stage 1".'),
    (
        r"found unexpected end of stream",
        "a quotation mark is opened here and never closed. Add the second quotation mark.",
    ),
    (
        r"expected <block end>, but found '<scalar>'",
        "words stand after the end of a text. Put quotes around the whole text; a quotation mark inside it is “ or ”.",
    ),
    (
        r"expected <block end>",
        "this line is indented differently from those that it belongs to. Put it under them: the same level begins in"
        " the same column.",
    ),
    (
        r"expected ',' or",
        "a bracket is opened here and not closed, or a comma is missing. Close it, or put quotes around a text that"
        " has a colon in it.",
    ),
    (
        r"mapping values are not allowed",
        "there is a second colon, or this line is indented too far. Put quotes around a text that has a colon in it,"
        " and check the indent.",
    ),
    (
        r"(sequence entries|mapping keys) are not allowed|expected the node content",
        "a dash or a question mark stands where a text belongs. Begin the list on its own line, or put quotes around"
        " the text.",
    ),
    (
        r"indentation indicators|a comment or a line break",
        "words stand behind > or |. Begin the long text on the next line, indented.",
    ),
    (r"another document", "a second file begins here. Keep one policy in a file: remove this line, --- or three dots."),
)
"""What the parser says (a pattern) -> what is wrong and what to do."""

OPENED = ("found unexpected end of stream", "expected ',' or")
"""Of these the place is where something was opened, not where the parser noticed."""


def in_plain_words(error: MarkedYAMLError) -> tuple[int, str]:
    """(the line, the sentences) for something that the parser could not read."""
    problem = error.problem or ""
    opened = problem.startswith(OPENED) or "could not find expected ':'" in problem
    marks = (error.context_mark, error.problem_mark) if opened else (error.problem_mark, error.context_mark)
    line = next((mark.line + 1 for mark in marks if mark), 1)
    for pattern, said in SAID:
        if re.search(pattern, problem):
            return line, said
    return line, "this line cannot be read. Check the indent, the quotes and the brackets here and just above."
