"""The PDF: title, picture, sections with tables, and on each page what it is and its number."""

from __future__ import annotations

import io
from itertools import zip_longest
from pathlib import Path

import matplotlib as mpl
from fpdf import FPDF
from fpdf.enums import MethodReturnValue, XPos, YPos
from fpdf.fonts import FontFace, TTFFont

from bot.slack.documents.content import Document, Section, Table
from bot.slack.documents.picture import draw

# DejaVu comes with matplotlib, under a licence that allows to embed it.
FONT, SIZE, TABLE_SIZE = "DejaVu", 9.0, 7.5
MISSING = "\N{REPLACEMENT CHARACTER}"
# Of a row; what is higher goes on in the next one. A page has about 70.
MAX_LINES, LINE_HEIGHT, PADDING = 50, 3.6, 1
# fpdf puts the number of pages there; no text holds it, for `writable` leaves these characters out.
_PAGES = "\ue000" * 4
_HEAD = FontFace(emphasis="BOLD", fill_color=(235, 235, 235))


class _Page(FPDF):
    """A4 with the footer of the document."""

    def __init__(self, footer: str) -> None:
        super().__init__(format="A4")
        self.alias_nb_pages(_PAGES)
        fonts = Path(mpl.get_data_path()) / "fonts" / "ttf"
        self.add_font(FONT, "", fonts / "DejaVuSans.ttf")
        regular = self.fonts[FONT.lower()]
        self._known = frozenset(regular.cmap if isinstance(regular, TTFFont) else ())
        self.add_font(FONT, "B", fonts / "DejaVuSans-Bold.ttf")
        self._foot = self.writable(footer)
        self.set_margin(15)
        self.set_auto_page_break(True, margin=18)

    def writable(self, text: str) -> str:
        """Return the text with a replacement for each character that the font does not have."""
        return "".join(
            char if ord(char) in self._known or char == "\n" else MISSING for char in _visible(text)
        )

    def footer(self) -> None:
        """Write the footer; fpdf calls it for each page."""
        self.set_y(-14)
        self.set_font(FONT, "", 7)
        self.cell(0, 4, self._foot)
        self.set_x(self.l_margin)
        self.cell(0, 4, f"{self.page_no()} / {_PAGES}", align="R")


def write_pdf(document: Document) -> bytes:
    """Return the PDF; the same document makes the same bytes."""
    page = _Page(document.footer)
    page.set_creation_date(document.made_at)
    page.set_title(page.writable(document.title))
    page.set_producer("continuity")
    page.add_page()
    _text(page, document.title, 15, bold=True)
    for line in document.lines:
        _text(page, line, SIZE)
    if document.timeline is not None:
        page.ln(2)
        page.image(io.BytesIO(draw(document.timeline)), w=page.epw, alt_text=document.picture_note)
        _text(page, document.picture_note, TABLE_SIZE)
    for section in document.sections:
        _section(page, section)
    return bytes(page.output())


def _section(page: _Page, section: Section) -> None:
    page.ln(4)
    if page.will_page_break(25):
        page.add_page()
    _text(page, section.heading, 11, bold=True)
    for line in section.lines:
        _text(page, line, SIZE)
    if section.table is not None:
        page.ln(1)
        _table(page, section.table)


def _table(page: _Page, table: Table) -> None:
    page.set_font(FONT, "", TABLE_SIZE)
    with page.table(
        borders_layout="HORIZONTAL_LINES",
        col_widths=table.widths,
        headings_style=_HEAD,
        line_height=LINE_HEIGHT,
        padding=(0.6, PADDING),
        text_align="LEFT",
    ) as drawn:
        for row in (table.head, *table.rows):
            cells = [_pieces(page, *each, table) for each in zip(row, table.widths, strict=True)]
            for pieces in zip_longest(*cells, fillvalue=""):
                line = drawn.row()
                for piece in pieces:
                    line.cell(piece)


def _pieces(page: _Page, cell: str, width: int, table: Table) -> list[str]:
    """Return the text of a cell, in parts where it is too high for one row."""
    text = page.writable(cell)
    if text.count("\n") + len(text) / 3 < MAX_LINES:  # even in the narrowest column
        return [text]
    room = page.epw * width / sum(table.widths) - 2 * PADDING
    lines = page.multi_cell(
        room, LINE_HEIGHT, text, align="L", dry_run=True, output=MethodReturnValue.LINES
    )
    if not isinstance(lines, list):  # it is one, for LINES
        return [text]
    return ["\n".join(lines[at : at + MAX_LINES]) for at in range(0, len(lines), MAX_LINES)]


def _text(page: _Page, text: str, size: float, *, bold: bool = False) -> None:
    page.set_font(FONT, "B" if bold else "", size)
    page.multi_cell(
        0, size * 0.48, page.writable(text), align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT
    )


def _visible(text: str) -> str:
    """Return the text without what moves or hides other text in a page."""
    return "".join(char for char in text if char.isprintable() or char == "\n")
