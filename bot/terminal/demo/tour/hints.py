"""What to try after the five steps: commands that are typed for the person who may send them."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from bot.terminal.demo.setting import (
    CHANNEL,
    COMMANDER,
    CUSTOMER,
    DRILL_CUSTOMER,
    OPERATOR,
    PROVIDER,
    PROVIDER_CHANNEL,
)


@dataclass(frozen=True, slots=True)
class Hint:
    """``text`` says what there is to see; ``command`` is put into the field of ``person``, who sends it
    in ``channel``."""

    title: str
    text: str
    command: str
    person: str = OPERATOR
    channel: str = CHANNEL

    def as_json(self) -> dict[str, Any]:
        """Return the hint as the page takes it."""
        return asdict(self)


HINTS = (
    Hint(
        "The form",
        "Nobody has to know the syntax: choose the customer by name, and count before it is sent.",
        "/continuity",
    ),
    Hint(
        "All that is needed",
        "One approval: access on, failover on, and both are read back. Then the button for the way back.",
        f"/continuity activate {CUSTOMER} --reason Exchange is down",
    ),
    Hint(
        "Several customers",
        "One card with a line for each customer of the set, and one decision. Admin approves it there.",
        "/continuity failover on @south --reason Power cut in the data centre",
        PROVIDER,
        PROVIDER_CHANNEL,
    ),
    Hint(
        "An emergency",
        "The commander decides alone, everybody else is told at once, and the change waits for a review.",
        f"/continuity failover on {CUSTOMER} --emergency --reason Nobody answers",
        COMMANDER,
    ),
    Hint(
        "A rehearsal",
        "An outage is played: the API’s answer is lost. Then send what you would send; a score ends it.",
        f"/continuity drill start {DRILL_CUSTOMER} lost",
    ),
    Hint(
        "A text for the users",
        "Where they read their mail now, in each language: files that you hand on.",
        f"/continuity notice {CUSTOMER}",
    ),
    Hint(
        "The record",
        "A PDF with a timeline, and the data. ⋮ at a message adds it to the report.",
        f"/continuity report {CUSTOMER} --since 6h",
    ),
    Hint(
        "For two hours",
        "The approval covers the way back, too. Skip 1 hour twice: the bot makes it.",
        f"/continuity failover on {CUSTOMER} --for 2h --reason Exchange is down",
    ),
    Hint(
        "What is on",
        "What this bot switched on, since when, by whom, and who cannot read their mail.",
        "/continuity on",
    ),
)
