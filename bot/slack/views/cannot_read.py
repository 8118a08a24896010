"""The sentence that says who cannot read their mail: of an outcome, and of the status."""

from __future__ import annotations

from bot.domain.cannot_read import CannotRead
from bot.slack.views.texts import flag as texts


def cannot_read_line(told: CannotRead, of: str = "") -> str:
    """Return `240 of 1,284 cannot read their mail: access off 240, no password 31.`

    ``of`` says otherwise whose mail it is. Where not all numbers are told, it says what is known;
    ``""`` where everybody can read, and where nobody is in failover.
    """
    if told.in_failover == 0 or told.users == 0:
        return ""
    if not told.at_least:
        return texts.CANNOT_READ_NOT_KNOWN
    if not of and told.in_failover is not None:
        of = f"{told.in_failover:,}"
    form = texts.CANNOT_READ_OF if of else texts.CANNOT_READ
    if told.users is None:
        form = texts.CANNOT_READ_AT_LEAST_OF if of else texts.CANNOT_READ_AT_LEAST
    return form.format(count=f"{told.at_least:,}", total=of, parts=", ".join(_parts(told)))


def _parts(told: CannotRead) -> list[str]:
    parts = (
        (told.access_off, texts.PART_ACCESS_OFF, texts.PART_ACCESS_OFF_NOT_KNOWN),
        (told.not_activated, texts.PART_NO_PASSWORD, texts.PART_NO_PASSWORD_NOT_KNOWN),
    )
    return [
        not_known if count is None else known.format(count=f"{count:,}")
        for count, known, not_known in parts
        if count != 0
    ]
