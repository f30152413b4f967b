"""An empty Word file in our own styles: A4, British English, black Arial on white.

It stands in for the template that python-docx brings, which says that python-docx made it in 2013 in American
English, and opens in Word's compatibility mode.
"""

from __future__ import annotations

import zipfile
from io import BytesIO

MAIN = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006"
PROPERTIES = "application/vnd.openxmlformats-package.core-properties"
WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml"

FONT = "Arial"

# Lengths are in twentieths of a point (1134 is 2 cm), font sizes in half points.
PAGE_WIDTH, PAGE_HEIGHT, MARGIN = 11906, 16838, 1134
ABOVE, BELOW = 1191, 850
TEXT_WIDTH = PAGE_WIDTH - 2 * MARGIN

# Style ids. Headings keep the names that Word gives them, so that screen readers know what they are.
HEADING, LABEL, HELP, ANSWER, BOX, COLUMN, GAP, END, TABLE = (
    "Heading{level}", "FormLabel", "FormHelp", "FormAnswer", "FormBox", "FormColumn", "FormGap", "FormEnd", "FormTable",
)  # fmt: skip


def _style(style_id: str, name: str, paragraph: str = "", run: str = "") -> str:
    custom = ' w:customStyle="1"' if style_id.startswith("Form") else ""
    return (
        f'<w:style w:type="paragraph"{custom} w:styleId="{style_id}"><w:name w:val="{name}"/>'
        f'<w:basedOn w:val="Normal"/><w:qFormat/><w:pPr>{paragraph}</w:pPr><w:rPr>{run}</w:rPr></w:style>'
    )


def _size(half_points: int) -> str:
    return f'<w:sz w:val="{half_points}"/><w:szCs w:val="{half_points}"/>'


def _space(after: int, before: int = 0) -> str:
    return f'<w:spacing w:before="{before}" w:after="{after}"/>'


def _exactly(height: int) -> str:
    return f'<w:spacing w:before="0" w:after="0" w:line="{height}" w:lineRule="exact"/>'


def _heading(level: int, half_points: int, before: int) -> str:
    return _style(
        HEADING.format(level=level),
        f"heading {level}",
        f'<w:keepNext/><w:keepLines/>{_space(60, before)}<w:outlineLvl w:val="{level - 1}"/>',
        _BOLD + _size(half_points),
    )


def _margins(top: int, bottom: int) -> str:
    sides = {"top": top, "left": 108, "bottom": bottom, "right": 108}
    inner = "".join(f'<w:{side} w:w="{width}" w:type="dxa"/>' for side, width in sides.items())
    return f"<w:tblCellMar>{inner}</w:tblCellMar>"


_BOLD = "<w:b/><w:bCs/>"

_BORDERS = "".join(
    f'<w:{side} w:val="single" w:sz="4" w:space="0" w:color="595959"/>'
    for side in ("top", "left", "bottom", "right", "insideH", "insideV")
)

_PARAGRAPH_STYLES = "\n".join(
    [
        _heading(1, 30, 0),
        _heading(2, 24, 40),
        _heading(3, 22, 20),
        _style(
            "Header",
            "header",
            f'<w:tabs><w:tab w:val="right" w:pos="{TEXT_WIDTH}"/></w:tabs>{_space(0)}',
            '<w:color w:val="404040"/>' + _size(18),
        ),
        _style(LABEL, "Form label", _space(20), _BOLD),
        _style(HELP, "Form help", _space(20), '<w:color w:val="262626"/>' + _size(19)),
        _style(ANSWER, "Form answer", _space(20)),
        _style(BOX, "Form box", f'{_space(40)}<w:ind w:left="312" w:hanging="312"/>'),
        _style(COLUMN, "Form column", _space(20), _BOLD),
        _style(GAP, "Form gap", _exactly(200), _size(12)),
        # Word wants a paragraph after a last table: so low that it never needs a page of its own.
        _style(END, "Form end", _exactly(20), _size(2)),
    ]
)

_STYLES = f"""<w:styles xmlns:w="{MAIN}">
<w:docDefaults>
<w:rPrDefault><w:rPr>
<w:rFonts w:ascii="{FONT}" w:hAnsi="{FONT}" w:eastAsia="{FONT}" w:cs="{FONT}"/>{_size(21)}
<w:lang w:val="{{language}}" w:eastAsia="{{language}}" w:bidi="ar-SA"/>
</w:rPr></w:rPrDefault>
<w:pPrDefault><w:pPr><w:spacing w:after="80" w:line="252" w:lineRule="auto"/></w:pPr></w:pPrDefault>
</w:docDefaults>
<w:style w:type="paragraph" w:default="1" w:styleId="Normal"><w:name w:val="Normal"/><w:qFormat/></w:style>
<w:style w:type="character" w:default="1" w:styleId="DefaultParagraphFont">
<w:name w:val="Default Paragraph Font"/></w:style>
<w:style w:type="table" w:default="1" w:styleId="TableNormal"><w:name w:val="Normal Table"/>
<w:tblPr><w:tblInd w:w="0" w:type="dxa"/>{_margins(0, 0)}</w:tblPr></w:style>
{_PARAGRAPH_STYLES}
<w:style w:type="table" w:customStyle="1" w:styleId="{TABLE}"><w:name w:val="Form table"/>
<w:basedOn w:val="TableNormal"/>
<w:tblPr><w:tblBorders>{_BORDERS}</w:tblBorders>{_margins(45, 30)}</w:tblPr></w:style>
</w:styles>"""

# Mode 15 is the present Word; a file without it opens in "Compatibility Mode".
_SETTINGS = f"""<w:settings xmlns:w="{MAIN}"><w:defaultTabStop w:val="720"/>
<w:characterSpacingControl w:val="doNotCompress"/><w:compat><w:compatSetting w:name="compatibilityMode"
 w:uri="http://schemas.microsoft.com/office/word" w:val="15"/></w:compat>
<w:themeFontLang w:val="{{language}}"/>
<w:decimalSymbol w:val="."/><w:listSeparator w:val=","/></w:settings>"""

_DOCUMENT = f"""<w:document xmlns:w="{MAIN}" xmlns:r="{OFFICE}/relationships"><w:body><w:sectPr>
<w:pgSz w:w="{PAGE_WIDTH}" w:h="{PAGE_HEIGHT}"/><w:pgMar w:top="{ABOVE}" w:right="{MARGIN}" w:bottom="{BELOW}"
 w:left="{MARGIN}" w:header="567" w:footer="567" w:gutter="0"/></w:sectPr></w:body></w:document>"""

# No time of making: the file must be the same whenever it is made, and a made-up time would mislead.
_PROPERTIES = f"""<cp:coreProperties xmlns:cp="{PACKAGE}/metadata/core-properties"
 xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:language>{{language}}</dc:language></cp:coreProperties>"""

_TYPES = f"""<Types xmlns="{PACKAGE}/content-types">
<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>
<Default Extension="xml" ContentType="application/xml"/>
<Override PartName="/word/document.xml" ContentType="{WORD}.document.main+xml"/>
<Override PartName="/word/styles.xml" ContentType="{WORD}.styles+xml"/>
<Override PartName="/word/settings.xml" ContentType="{WORD}.settings+xml"/>
<Override PartName="/docProps/core.xml" ContentType="{PROPERTIES}+xml"/>
</Types>"""

_RELATIONS = f"""<Relationships xmlns="{PACKAGE}/relationships">
<Relationship Id="rId1" Type="{OFFICE}/relationships/officeDocument" Target="word/document.xml"/>
<Relationship Id="rId2" Type="{PACKAGE}/relationships/metadata/core-properties" Target="docProps/core.xml"/>
</Relationships>"""

_DOCUMENT_RELATIONS = f"""<Relationships xmlns="{PACKAGE}/relationships">
<Relationship Id="rId1" Type="{OFFICE}/relationships/styles" Target="styles.xml"/>
<Relationship Id="rId2" Type="{OFFICE}/relationships/settings" Target="settings.xml"/>
</Relationships>"""


def blank(language: str) -> BytesIO:
    """An empty Word file in one language, such as en-GB, ready to be opened and filled."""
    parts = {
        "[Content_Types].xml": _TYPES,
        "_rels/.rels": _RELATIONS,
        "docProps/core.xml": _PROPERTIES,
        "word/document.xml": _DOCUMENT,
        "word/styles.xml": _STYLES,
        "word/settings.xml": _SETTINGS,
        "word/_rels/document.xml.rels": _DOCUMENT_RELATIONS,
    }
    file = BytesIO()
    with zipfile.ZipFile(file, "w") as packed:
        for name, text in parts.items():
            packed.writestr(
                name,
                '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n' + text.replace("{language}", language),
            )
    file.seek(0)
    return file
