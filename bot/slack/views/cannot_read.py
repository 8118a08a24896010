"""The sentence that says who cannot read their mail: of an outcome, and of the status."""

from __future__ import annotations

from bot.domain.cannot_read import CannotRead


def cannot_read_line(told: CannotRead, of: str = "") -> str:
    """Return `240 of 1,284 cannot read their mail: access off 240, no password 31.`

    ``of`` says otherwise whose mail it is. Where not all numbers are told, it says what is known;
    ``""`` where everybody can read, and where nobody is in failover.
    """
    if told.in_failover == 0 or told.users == 0:
        return ""
    if not told.at_least:
        return "How many cannot read their mail is not known."
    least = "" if told.users is not None else "At least "
    if not of and told.in_failover is not None:
        of = f"{told.in_failover:,}"
    parts = {"access off": told.access_off, "no password": told.not_activated}
    words = [
        f"{name} {'not known' if number is None else f'{number:,}'}"
        for name, number in parts.items()
        if number != 0
    ]
    who = f"{least}{told.at_least:,}{f' of {of}' if of else ''}"
    return f"{who} cannot read their mail: {', '.join(words)}."
