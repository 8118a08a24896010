"""The base of the admins' forms: inputs for a row, and below them the rows that there are now."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, Self

from bot.domain.identifiers import parse_customer
from bot.domain.roles import ANY_CUSTOMER
from bot.errors import InvalidInput
from bot.service.queries.administered import Administered
from bot.slack.limits import MAX_INPUT_CHARS
from bot.slack.payloads import Values
from bot.slack.views.modals.inputs import suggested_select, text_input
from bot.slack.views.modals.modal import (
    Modal,
    Parts,
    Submission,
    View,
    filled,
    problems_of,
    read,
)
from bot.slack.views.mrkdwn import (
    Blocks,
    button,
    clip,
    context,
    customer_label,
    header,
    plain_text,
    section,
)
from bot.slack.views.texts import admin as texts
from bot.slack.views.texts import words
from bot.slack.views.texts.forms import CANCEL

CUSTOMER, SUGGEST = "customer", "admin_customer"
ROWS_PER_PAGE = 20
REMOVE = tuple(f"admin_remove_{number}" for number in range(1, ROWS_PER_PAGE + 1))
PREVIOUS, NEXT = "admin_previous", "admin_next"
PAGES = (PREVIOUS, NEXT)
MAX_ROW_CHARS = 600


@dataclass(frozen=True, slots=True)
class Row:
    """A line, escaped; ``value`` is that of the button that removes it, "" where nobody can here."""

    text: str
    value: str = ""


@dataclass(frozen=True, slots=True)
class AdminModal(Modal):
    """``title`` names it, ``send`` is the label of its button. ``typed`` stands in the inputs."""

    title: ClassVar[str]
    intro: ClassVar[str]
    send: ClassVar[str] = texts.SET
    remove: ClassVar[str] = texts.REMOVE
    remove_title: ClassVar[str] = texts.REMOVE_TITLE
    parts: ClassVar[Parts]

    rows: Sequence[Row] = ()
    page: int = 0
    typed: Values = field(default_factory=dict)

    @classmethod
    @abstractmethod
    def rows_of(cls, found: Administered) -> list[Row]:
        """Return the rows that there are."""

    @abstractmethod
    def inputs(self) -> Blocks:
        """Return the inputs for a row."""

    @classmethod
    def of(cls, found: Administered, page: int = 0, typed: Values | None = None) -> Self:
        """Return the form over these rows."""
        return cls(cls.rows_of(found), page, typed or {})

    def build(self) -> dict[str, Any]:
        """Return the modal. It carries ids only."""
        blocks = [section(self.intro), *self.inputs(), header(texts.NOW), *self._rows()]
        return self.modal("rows", "", self.title, self.send, blocks)

    @classmethod
    def errors(cls, view: View) -> dict[str, str]:
        """Check each field."""
        return problems_of(cls.parse(view).values, cls.parts)

    @classmethod
    def parse(cls, view: View) -> Submission:
        """Read a submission; ``values`` hold what was filled in."""
        asked = read(view)
        return replace(asked, values=filled(asked.values))

    def text(self, block: str, default: str = "") -> str:
        """Return what stands in an input."""
        return str(self.typed.get(block) or default)

    def line(
        self,
        block: str,
        label: str,
        hint: str,
        most: int = MAX_INPUT_CHARS,
        *,
        default: str = "",
        optional: bool = False,
    ) -> dict[str, Any]:
        """Return an input of one line, of at most ``most`` characters."""
        typed = self.text(block, default)
        return text_input(block, label, typed, hint=hint, max_length=most, optional=optional)

    def customer(self) -> dict[str, Any]:
        """Return the input for the customer."""
        return suggested_select(
            CUSTOMER,
            texts.CUSTOMER,
            SUGGEST,
            chosen=self.text(CUSTOMER),
            hint=texts.CUSTOMER_HINT,
        )

    def _rows(self) -> Blocks:
        if not self.rows:
            return [section(texts.NONE)]
        pages = -(-len(self.rows) // ROWS_PER_PAGE)
        page = min(max(self.page, 0), pages - 1)
        shown = self.rows[page * ROWS_PER_PAGE : (page + 1) * ROWS_PER_PAGE]
        blocks = [self._row(row, action) for row, action in zip(shown, REMOVE, strict=False)]
        if pages == 1:
            return blocks
        moves = ((PREVIOUS, texts.PREVIOUS, page - 1), (NEXT, texts.NEXT, page + 1))
        buttons = [button(action, label, to) for action, label, to in moves if 0 <= to < pages]
        where = context(texts.ROWS.format(len(self.rows), page=page + 1, pages=pages))
        return [*blocks, where, {"type": "actions", "elements": buttons}]

    def _row(self, row: Row, action: str) -> dict[str, Any]:
        shown = section(clip(row.text, MAX_ROW_CHARS))
        if not row.value:
            return shown
        dialog = {
            "title": plain_text(self.remove_title),
            "text": plain_text(texts.REMOVE_TEXT),
            "confirm": plain_text(self.remove.rstrip("…")),
            "deny": plain_text(CANCEL),
            "style": "danger",
        }
        return shown | {"accessory": button(action, self.remove, row.value) | {"confirm": dialog}}


def customer_of(values: Values) -> str:
    """Return the customer that was chosen, or `*`. Raises InvalidInput."""
    chosen = str(values.get(CUSTOMER) or "")
    if not chosen:
        raise InvalidInput(texts.CUSTOMER_MISSING)
    return chosen if chosen == ANY_CUSTOMER else parse_customer(chosen)


def option_label(number: str, name: str) -> str:
    """Return a customer as it stands in a select: plain text."""
    if number == ANY_CUSTOMER:
        return name
    return f"{name} ({number})" if name else number


def label(found: Administered, customer: str) -> str:
    """Return `Acme GmbH (44444)`, or `all customers`; escaped."""
    name = found.names.get(customer, "")
    return words.ALL_CUSTOMERS if customer == ANY_CUSTOMER else customer_label(customer, name)
