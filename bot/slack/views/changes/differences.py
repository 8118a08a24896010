"""What an import changes, as its approver sees it on the card: user, field, before and after."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest

from bot.domain.mail_user import FIELDS, FieldChange, differences
from bot.domain.user_files.import_rows import ImportRow, RowStatus
from bot.slack.views.mrkdwn import escape, fit_lines
from bot.slack.views.texts import import_users as texts

# On a card; all are in the file in its thread.
MAX_DIFFERENCES = 5
DIFFERENCES_BLOCK = "differences"
_MAX_ADDRESS_CHARS, _MAX_VALUE_CHARS = 150, 80
# They would end or begin a style.
_INERT = str.maketrans({"*": "∗", "`": "ˋ", "~": "∼"})


def first_differences(rows: Sequence[ImportRow]) -> str:
    """Return a line for each of these users, MAX_DIFFERENCES in all; escaped, "" for no row."""
    lines: list[str] = []
    left = MAX_DIFFERENCES
    for row in rows:
        found = differences(row.api_fields or {}, row.fields)[:left]
        left -= len(found)
        if found:
            text = texts.NEW_USER if row.status is RowStatus.NEW else texts.CHANGED_USER
            values = "; ".join(_difference(one) for one in found)
            lines.append(
                text.format(address=escape(row.address, _MAX_ADDRESS_CHARS), values=values)
            )
    return fit_lines(lines) if lines else ""


def _difference(field: FieldChange) -> str:
    before, after = before_and_after(field, _MAX_VALUE_CHARS)
    return texts.DIFFERENCE.format(field=FIELDS[field.name].label, before=before, after=after)


def before_and_after(field: FieldChange, max_chars: int) -> tuple[str, str]:
    """Return both values cut so that they differ where they do; escaped, without any style."""
    before, after = _text(field.before), _text(field.after)
    if len(escape(before)) > max_chars or len(escape(after)) > max_chars:
        # Cut at the end they might look the same: what they have in common is left out in front.
        pairs = enumerate(zip_longest(before, after))
        same = max(next((at for at, (one, other) in pairs if one != other), 0) - 10, 0)
        before, after = (f"…{text[same:]}" if same else text for text in (before, after))
    cut = [escape(text, max_chars).translate(_INERT) or texts.EMPTY for text in (before, after)]
    return cut[0], cut[1]


def _text(value: object) -> str:
    text = ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value or "")
    return " ".join(text.split())
