"""What channel and requester are told of a timed change, beside its card and outcome."""

from __future__ import annotations

from bot.domain.change import Change
from bot.ports import MessageKind, Transaction

NOT_MADE = "back-not_made"


def tell_not_made(tx: Transaction, change: Change) -> None:
    """Tell that the bot does not take the change back."""
    tell(tx, change, f"{NOT_MADE}_{change.revision}")


def tell(tx: Transaction, change: Change, name: str) -> None:
    """Tell channel and requester; one who is known to a terminal alone gets no message."""
    people = [change.channel] if "@" in change.requester else [change.channel, change.requester]
    for person in people:
        tx.enqueue_message(MessageKind.NOTICE, change, person=person, name=name)
