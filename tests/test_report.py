"""How each layout of a field stands on the paper, empty and filled."""

from typing import Any

import pytest

from bot.paper import Cell, Document, Paragraph, Row, Table, Title, placed
from bot.policy import Form, Policy, Retention
from bot.report import document, file_name

BOXES = [
    {"id": "plan", "label": "Child in Need Plan", "qualifiers": ["progress", "dissent"]},
    {"id": "other", "label": "Other", "note": True},
]
PEOPLE = {
    "kind": "rows",
    "printed": 3,
    "columns": [{"id": "name", "label": "Name"}, {"id": "role", "label": "Role"}, {"id": "agency", "label": "Agency"}],
}
ACTIONS = {
    "kind": "rows",
    "printed": 2,
    "columns": [
        {"id": "action", "label": "Action(s):", "answer": "paragraph"},
        {"id": "done", "label": "Date completed:", "answer": "date"},
    ],
}


def form_of(*sections: dict[str, Any], **more: Any) -> Form:
    made = [{"id": f"s{n}", "moment": "now", **section} for n, section in enumerate(sections)]
    basic: dict[str, Any] = {
        "id": "notice", "title": "Notice", "file_name": "notice", "headings": ["Escalation notice"],
        "moments": [{"id": "now", "label": "Now"}], "sections": made,
        "recipients": [{"id": "team", "name": "Team", "email": "team@example.org"}],
    }  # fmt: skip
    return Form.model_validate({**basic, **more})


def policy_of(form: Form) -> Policy:
    return Policy.model_validate(
        {
            "id": "example", "version": "1", "name": "Example policy", "channel": "escalations",
            "partnership": {"name": "Example Partnership", "short": "EP", "team": "EP Team"},
            "provenance": {"snapshot_notice": "A snapshot.", "sources": [{"title": "Form"}], "made_on": "2026-01-01"},
            "clock": {"anchor": "raised", "calendar": "england-and-wales"},
            "danger": {"children_services": "Children's Services"},
            "advice": {"ownership": ["You still own it."]},
            "stages": [
                {
                    "id": "stage-1", "label": "Stage 1", "raising": {"role": "Manager"},
                    "challenged": {"role": "Manager"},
                    "limit": {"rule": "no_clock", "words": "None"},
                }
            ],
            "forms": [form.model_dump()],
        }
    )  # fmt: skip


def paper(*sections: dict[str, Any], answers: dict[str, Any] | None = None, **more: Any) -> Document:
    form = form_of(*sections, **more)
    return document(policy_of(form), form, reference="E-4KX-7PW", answers=answers or {})


def rows_of(made: Document) -> list[list[str]]:
    """Every cell of every table as "label|help|text", without the parts that are empty."""
    tables = [part for part in made.parts if isinstance(part, Table)]
    return [
        ["|".join(filter(None, [cell.label, cell.help, cell.text])) for cell in row.cells]
        for table in tables
        for row in table.rows
    ]


def one(answers: dict[str, Any] | None = None, **field: Any) -> list[list[str]]:
    return rows_of(paper({"fields": [{"id": "f", "label": "Label:", "answer": "line", **field}]}, answers=answers))


def test_headings_opening_sections_and_closing_come_in_printed_order() -> None:
    made = paper(
        {"heading": "Section A", "notes": ["First note", "Second note"], "after": ["Below A"]},
        {"before": ["Above B"], "heading": "Section B", "who": "partnership",
         "fields": [{"id": "f", "label": "Received:", "answer": "date"}]},
        headings=["Appendix 2", "Policy"], opening=["Please send it."], closing=["Thank you."],
    )  # fmt: skip

    kinds = [(type(part).__name__, getattr(part, "text", "")) for part in made.parts]
    assert kinds == [
        ("Title", "Appendix 2"), ("Title", "Policy"), ("Paragraph", "Please send it."), ("Table", ""),
        ("Paragraph", "Below A"), ("Paragraph", "Above B"), ("Table", ""), ("Paragraph", "Thank you."),
    ]  # fmt: skip
    assert rows_of(made) == [["Section A"], ["First note\nSecond note"], ["Section B"], ["Received:", ""]]
    assert [part.level for part in made.parts if isinstance(part, Title)] == [1, 2]


def test_the_document_says_its_reference_title_and_language_and_no_name() -> None:
    made = paper({"fields": [{"id": "name", "label": "Name", "answer": "line"}]}, answers={"name": "Siân"})

    said = (made.reference, made.title, made.language, made.author)
    assert said == ("E-4KX-7PW", "Notice E-4KX-7PW", "en-GB", "Escalation Bot")
    assert file_name(form_of({}), "E-4KX-7PW") == "notice-E-4KX-7PW"


def test_a_section_may_join_the_table_above_with_other_columns() -> None:
    made = paper(
        {"heading": "A", "fields": [{"id": "a", "label": "Name", "answer": "line"}]},
        {
            "same_table": True,
            "fields": [
                {"id": "b", "label": "Stage", "answer": "line", "layout": "column"},
                {"id": "c", "label": "Time", "answer": "line", "layout": "column"},
                {"id": "d", "label": "How", "answer": "line", "layout": "column"},
            ],
        },
    )

    (table,) = [part for part in made.parts if isinstance(part, Table)]
    assert [[cell.columns for cell in row.cells] for row in table.rows] == [[4], [2, 2], [1, 2, 1]]
    assert sum(table.widths) == 60
    assert table.title == "A"


def test_words_before_a_section_part_it_from_the_table_above() -> None:
    field = {"id": "a", "label": "Name", "answer": "line"}
    made = paper({"fields": [field]}, {"same_table": True, "before": ["Words"], "fields": [{**field, "id": "b"}]})

    assert [type(part) for part in made.parts] == [Title, Table, Paragraph, Table]


@pytest.mark.parametrize(
    ("layout", "empty", "filled"),
    [
        ("beside", [["Label:|Help", ""]], [["Label:|Help", "Yes, it is"]]),
        ("below", [["Label:|Help"], [""]], [["Label:|Help"], ["Yes, it is"]]),
        ("inside", [["Label:|Help"]], [["Label:|Help|Yes, it is"]]),
        ("column", [["Label:|Help"]], [["Label:|Help|Yes, it is"]]),
        # A layout that does not suit the kind falls back on the plain one: nothing is left out.
        ("table", [["Label:|Help", ""]], [["Label:|Help", "Yes, it is"]]),
    ],
)
def test_label_help_and_answer_stand_as_the_layout_says(
    layout: str, empty: list[list[str]], filled: list[list[str]]
) -> None:
    assert one(help="Help", layout=layout) == empty
    assert one({"f": "Yes, it is"}, help="Help", layout=layout) == filled


def test_a_label_stays_on_the_page_of_its_answer() -> None:
    made = paper({"heading": "A", "fields": [{"id": "f", "label": "L", "answer": "paragraph", "layout": "below"}]})

    (table,) = [part for part in made.parts if isinstance(part, Table)]
    assert [row.keep for row in table.rows] == [True, True, False]
    assert [row.header for row in table.rows] == [True, False, False]


@pytest.mark.parametrize(
    ("answer", "value", "printed"),
    [
        ("date", "2026-03-03", "3 March 2026"),
        ({"kind": "date", "unknown_ok": True}, "unknown", "Not known"),
        ("dates", ["2026-03-03", "2026-12-24"], "3 March 2026\n24 December 2026"),
        ("yes_no", True, "Yes"),
        ("yes_no", False, "No"),
        ("email", "a@example.org", "a@example.org"),
        ({"kind": "choice", "options": BOXES}, "plan", "Child in Need Plan"),
        ("duration", {"amount": 10, "unit": "working_days"}, "10 working days"),
        ("computed", "25 calendar days", "25 calendar days"),
        ("professional", {"name": "Jo", "role": "Nurse", "agency": "", "email": "j@a.org"}, "Jo, Nurse, j@a.org"),
    ],
)  # fmt: skip
def test_each_kind_prints_its_answer_in_words(answer: Any, value: Any, printed: str) -> None:
    assert one({"f": value}, answer=answer) == [["Label:", printed]]
    assert one(answer=answer) == [["Label:", ""]]


def test_boxes_are_all_printed_and_the_ticked_ones_say_more() -> None:
    many = {"kind": "many", "options": BOXES}
    ticks = [{"option": "plan", "qualifiers": ["progress", "dissent"], "note": ""}]
    noted = [{"option": "other", "qualifiers": [], "note": "school"}]

    assert one(answer=many) == [["Label:", "☐ Child in Need Plan\n☐ Other"]]
    assert one({"f": ticks}, answer=many) == [["Label:", "☒ Child in Need Plan – progress / dissent\n☐ Other"]]
    assert one({"f": noted}, answer=many, layout="inside") == [["Label:|☐ Child in Need Plan\n☒ Other – school"]]


def test_option_cells_stand_in_one_row_with_a_box_beside_each_and_notes_across_the_row_below() -> None:
    many = {"kind": "many", "options": [*BOXES, {"id": "s17", "label": "S17:", "note": True}]}
    noted = [{"option": "other", "note": "school"}, {"option": "plan"}, {"option": "s17", "note": "the team’s view"}]

    assert one(answer=many, layout="option_cells") == [["Label:", "Child in Need Plan", "☐", "Other", "☐", "S17:", "☐"]]
    assert one({"f": noted[1:2]}, answer=many, layout="option_cells") == [
        ["Label:", "Child in Need Plan", "☒", "Other", "☐", "S17:", "☐"]
    ]
    made = paper(
        {"fields": [{"id": "f", "label": "Label:", "answer": many, "layout": "option_cells"}]}, answers={"f": noted}
    )
    (table,) = [part for part in made.parts if isinstance(part, Table)]
    assert rows_of(made) == [
        ["Label:", "Child in Need Plan", "☒", "Other", "☒", "S17:", "☒"],
        ["Other: school\nS17: the team’s view"],
    ]
    assert [cell.columns for cell in table.rows[1].cells] == [len(table.widths)]
    assert table.rows[0].keep


def test_a_short_last_row_never_stands_alone_on_a_page() -> None:
    fields = [{"id": name, "label": name, "answer": "paragraph"} for name in "abcd"]

    def kept(answer: str) -> list[bool]:
        (table,) = [part for part in paper({"fields": fields}, answers={"d": answer}).parts if isinstance(part, Table)]
        return [row.keep for row in table.rows]

    assert kept("") == [False, False, True, False]
    assert kept("word " * 400) == [False, False, False, False]


def test_option_rows_offer_y_or_n_until_they_are_answered() -> None:
    many = {"kind": "many", "options": BOXES}
    ticks = [{"option": "plan", "qualifiers": ["dissent"], "note": ""}]

    assert one(answer=many, layout="option_rows") == [["Label:", "Child in Need Plan", "Y / N"], ["Other", "Y / N"]]
    assert one({"f": ticks}, answer=many, layout="option_rows") == [
        ["Label:", "Child in Need Plan", "Y – dissent"],
        ["Other", "N"],
    ]
    assert one({"f": []}, answer=many, layout="option_rows") == [
        ["Label:", "Child in Need Plan", "N"],
        ["Other", "N"],
    ]


STATEMENTS = [{"id": "seen", "label": "The child was seen."}, {"id": "heard", "label": "Were they heard?"}]


@pytest.mark.parametrize(
    ("answers", "texts"),
    [({}, ["Y / N", "Y / N"]), ({"seen": True, "heard": False}, ["Y", "N"]), ({"heard": False}, ["Y / N", "N"])],
)
def test_a_statement_that_was_left_open_is_never_printed_as_no(answers: dict[str, bool], texts: list[str]) -> None:
    each = {"kind": "yes_no_each", "of": STATEMENTS, "blank_ok": True}
    given = {"f": answers} if answers else {}

    assert one(given, answer=each, layout="option_rows") == [
        ["Label:", "The child was seen.", texts[0]], ["Were they heard?", texts[1]],
    ]  # fmt: skip
    assert one(given, answer=each) == [["Label:", f"The child was seen: {texts[0]}\nWere they heard? {texts[1]}"]]


def test_how_the_policy_marks_documents_stands_first_and_goes_into_the_header() -> None:
    form = form_of({"fields": [{"id": "f", "label": "Label:", "answer": "line"}]})
    policy = policy_of(form)
    marked = policy.model_copy(update={"retention": Retention(classification="OFFICIAL-SENSITIVE")})
    made = document(marked, form, reference="E-4KX-7PW", answers={})

    assert made.classification == "OFFICIAL-SENSITIVE"
    assert made.parts[0] == Paragraph("OFFICIAL-SENSITIVE", strong=True)
    assert made.parts[1:] == document(policy, form, reference="E-4KX-7PW", answers={}).parts


def test_yes_if_all_prints_both_boxes_and_what_they_rest_on() -> None:
    both = {"kind": "yes_if_all", "of": [{"id": "agreed", "label": "Agreed"}, {"id": "debrief", "label": "Debrief"}]}

    assert one(answer=both) == [["Label:", "☐Yes\n☐No"]]
    assert one({"f": {"agreed": True, "debrief": True}}, answer=both) == [
        ["Label:", "☒Yes\n☐No\nAgreed: yes\nDebrief: yes"]
    ]
    assert one({"f": {"agreed": True, "debrief": False}}, answer=both) == [
        ["Label:", "☐Yes\n☒No\nAgreed: yes\nDebrief: no"]
    ]


def test_a_table_has_at_least_its_printed_rows_and_grows() -> None:
    heads = [["Label:"], ["Action(s):", "Date completed:"]]
    given = [{"action": f"Action {n}", "done": "2026-03-03"} for n in (1, 2, 3)]

    assert one(answer=ACTIONS, layout="table") == [*heads, ["", ""], ["", ""]]
    assert one({"f": given[:1]}, answer=ACTIONS, layout="table") == [*heads, ["Action 1", "3 March 2026"], ["", ""]]
    assert one({"f": given}, answer=ACTIONS, layout="table")[-1] == ["Action 3", "3 March 2026"]


def test_rows_that_are_lines_keep_the_words_before_them() -> None:
    labelled = {**PEOPLE, "row_label": "Name / Role / Agency:"}
    given = [{"name": "Jo", "role": "", "agency": "Police"}, {"name": "Sam", "role": "", "agency": ""}]

    assert one(answer=labelled, layout="inside") == [["Label:|" + "\n".join(["Name / Role / Agency:"] * 3)]]
    assert one({"f": given}, answer=labelled, layout="inside") == [
        ["Label:|Name / Role / Agency: Jo / – / Police\nName / Role / Agency: Sam\nName / Role / Agency:"]
    ]
    assert one({"f": given}, answer=PEOPLE) == [["Label:", "Jo, Police\nSam"]]
    assert one(answer=PEOPLE) == [["Label:", "\n\n"]]


def test_a_long_text_of_a_row_follows_a_colon_and_an_empty_line_parts_long_rows() -> None:
    updates = {
        "kind": "rows",
        "columns": [{"id": "on", "label": "On", "answer": "date"},
                    {"id": "said", "label": "What", "answer": "paragraph"}],
    }  # fmt: skip
    given = [{"on": "2026-03-03", "said": "We met.\nNo."}, {"on": "2026-03-04", "said": "We met again."}]

    assert one({"f": given}, answer=updates) == [
        ["Label:", "3 March 2026: We met.\nNo.\n\n4 March 2026: We met again."]
    ]


def test_a_signature_block_is_four_rows_beside_its_line() -> None:
    sign = {"kind": "attestation", "side": "raising"}
    blank = [["Label:", "Name", ""], ["Designation", ""], ["Agency", ""], ["Date", ""]]
    value = {"how": "on_paper", "name": "Jo", "role": "Head", "agency": "Care", "date": "2026-03-03", "confirmed": ""}
    late = {**value, "how": "in_chat", "date": "", "confirmed": "2026-07-02T23:30:00+00:00"}

    assert one(answer=sign, layout="signature") == blank
    signed = one({"f": value}, answer=sign, layout="signature")
    assert [row[-2:] for row in signed] == [
        ["Name", "Jo"], ["Designation", "Head"], ["Agency", "Care"], ["Date", "3 March 2026"],
    ]  # fmt: skip
    assert signed[0][0].startswith("Label:|Signed on paper, ")
    # The day is the one on the clocks of the partnership, not that of the server.
    confirmed = one({"f": late}, answer=sign, layout="signature")
    assert confirmed[0][0] == "Label:|Confirmed in chat by Jo, 3 July 2026 at 00:30"
    assert confirmed[3] == ["Date", "3 July 2026"]
    assert one({"f": late}, answer=sign) == [["Label:", "Confirmed in chat by Jo, 3 July 2026 at 00:30: Head, Care"]]


def test_an_unsigned_block_names_who_was_asked() -> None:
    sign = {"kind": "attestation", "side": "raising"}
    value = {"how": "declined", "name": "Jo", "role": "", "agency": "", "date": "", "because": "on leave"}

    made = one({"f": value}, answer=sign, layout="signature")
    assert made[0] == ["Label:|Declined or unable, because: on leave", "Name", "Jo"]


def test_fields_of_a_group_share_a_row_with_answers_on_the_lines_of_their_labels() -> None:
    fields = [
        {"id": "stage", "label": "Stage:", "answer": "line", "group": "Resolved at:"},
        {"id": "on", "label": "Date:", "answer": "date", "group": "Resolved at:"},
        {"id": "by", "label": "By:", "answer": "line"},
    ]
    label = "Resolved at:\nStage:\nDate:"
    long = "Stage 2, after a second meeting of both managers with the chair"

    assert rows_of(paper({"fields": fields})) == [[label, ""], ["By:", ""]]
    assert rows_of(paper({"fields": fields}, answers={"on": "2026-03-03"}))[0] == [label, "\n\n3 March 2026"]
    assert rows_of(paper({"fields": fields}, answers={"stage": long, "on": "2026-03-03"}))[0] == [
        label,
        f"\nStage: {long}\nDate: 3 March 2026",
    ]


def test_follow_ups_come_after_the_answer_and_only_if_they_were_asked() -> None:
    also = [
        {"id": "again", "label": "Recurring", "answer": "yes_no"},
        {"id": "which", "label": "Earlier ones:", "answer": "line", "only_if": "again"},
    ]
    both = {"f": "Housing", "f.again": True, "f.which": "E-2AB-3CD"}

    assert one(also=also) == [["Label:", ""]]
    assert one(both, also=also) == [["Label:", "Housing\nRecurring: Yes\nEarlier ones: E-2AB-3CD"]]
    assert one({**both, "f.again": False}, also=also) == [["Label:", "Housing\nRecurring: No"]]
    assert one(both, also=also, layout="inside") == [["Label:|Housing\nRecurring: Yes\nEarlier ones: E-2AB-3CD"]]


def test_fields_for_the_other_subject_are_printed_empty() -> None:
    assert one(only_for="themed") == [["Label:", ""]]


def test_cells_that_reach_down_are_found_in_every_row_that_they_cover() -> None:
    tall = Cell("tall", rows=2)
    rows = [Row((tall, Cell("a"))), Row((Cell("b"),)), Row((Cell("wide", columns=2),))]

    found = [[(column, cell.label, begins) for column, cell, begins in line] for _, line in placed(rows)]
    assert found == [
        [(0, "tall", True), (1, "a", True)],
        [(0, "tall", False), (1, "b", True)],
        [(0, "wide", True)],
    ]
