"""The commands for what is on: more time, no end, and why it is still needed."""

from __future__ import annotations

from collections.abc import Iterator

from bot.domain.change_commands import ExtendCommand, KeepCommand, StillNeededCommand
from bot.domain.commands import Command
from bot.domain.time_limit import AskedTime, parse_either
from bot.errors import InvalidInput
from bot.grammar import converters
from bot.grammar.command_leaf import Leaf
from bot.grammar.parameters import reason_option, time_options, word

# What may stand before the time: `extend C-7K3MX until 06:00`.
_BEFORE_TIME = frozenset({"by", "for", "until"})


def timed_leaves() -> Iterator[Leaf]:
    """Yield the commands."""
    yield Leaf(
        "extend",
        ExtendCommand,
        word("change_id", converters.change_id, "CHANGE"),
        word("words", shown="TIME", nargs=-1),
        *time_options("later by so long", "back by itself at this later time"),
        reason_option(),
        build=_extend,
        meaning="Propose that a change that is on for a time ends later: by so long, or at a time.",
        examples=("extend C-7K3MX 2h", "extend C-7K3MX until 06:00 --reason Exchange is down"),
    )
    yield Leaf(
        "keep",
        KeepCommand,
        word("change_id", converters.change_id, "CHANGE"),
        meaning="Propose that a change that is on for a time stays, and is not taken back by itself.",
        examples=("keep C-7K3MX",),
    )
    yield Leaf(
        "still-needed",
        StillNeededCommand,
        word("change_id", converters.change_id, "CHANGE"),
        word("reason"),
        meaning="Say why what is on is still needed: the daily report is silent about it for a day.",
        examples=("still-needed C-7K3MX their server is away",),
        last_takes_rest=True,
    )


def _extend(
    change_id: str,
    words: tuple[str, ...],
    lasts: AskedTime | None,
    until: AskedTime | None,
    reason: str | None,
) -> Command:
    typed = words[1:] if words and words[0].lower() in _BEFORE_TIME else words
    given = [one for one in (lasts, until) if one is not None]
    given += [parse_either(" ".join(typed))] if typed else []
    if len(given) != 1:
        raise InvalidInput(
            "Say once by how long, or until when: extend C-7K3MX 2h, extend C-7K3MX until 06:00."
        )
    return ExtendCommand(change_id, given[0], reason or "")
