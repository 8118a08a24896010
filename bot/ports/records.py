"""Values of the store that are not part of the domain: deliveries, messages, measurements."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.domain.audit.row_digests import RowDigests
from bot.domain.change import Change
from bot.domain.change_state import State


@dataclass(frozen=True, slots=True)
class Delivery:
    """A payload of Slack, saved before it is acknowledged. ``key`` is Slack's own identity of it.

    ``kind`` is `command`, `click`, `view`, `mention` or `home`. ``payload`` is JSON of
    ``slack/payloads.py`` and never holds a password or a token. ``claimed_by`` is the id of the
    replica that carries it out, ``""`` for none.
    """

    key: str
    kind: str
    payload: str
    received_at: datetime
    claimed_by: str = ""


class MessageKind(StrEnum):
    """The messages of a change in Slack.

    Each shows a revision of the change and is kept up to date.
    """

    CARD = "card"
    TIMELINE = "timeline"
    OUTCOME = "outcome"
    # The content of the card, with its buttons, in a direct message to one who may approve.
    DIRECT = "direct"
    # Told once to a person or a channel, beside the change's own messages.
    NOTICE = "notice"
    # A direct message: somebody said at the terminal that this person approved.
    ASSERTED = "asserted"
    # A file in the card's thread: what an import changes, user by user.
    DIFF = "diff"
    # A file in the card's thread: the result for each user.
    RESULTS = "results"
    # After an outage, behind the late outcomes of a channel: what holds now.
    NOW = "now"


@dataclass(frozen=True, slots=True)
class Message:
    """A row of the outbox, due while ``shown < wanted``.

    ``ts`` None means that it is not posted yet.

    ``key`` comes from ``message_key``; ``wanted`` and ``shown`` are revisions of the change.
    ``channel`` is where the message is or will be posted, which need not be the change's channel.
    NULL ``due_at`` means due now. ``offers`` is the state of the change whose buttons the posted
    message shows, ``""`` for none. ``unanswered_since`` is when Slack first did not answer, while
    it does not. ``removed`` is to be deleted instead of shown.
    """

    key: str
    kind: MessageKind
    change_id: str
    channel: str
    wanted: int
    shown: int = 0
    ts: str | None = None
    due_at: datetime | None = None
    tries: int = 0
    error: str = ""
    offers: str = ""
    unanswered_since: datetime | None = None
    removed: bool = False


def message_key(
    kind: MessageKind, change_id: str, revision: int = 0, person: str = "", name: str = ""
) -> str:
    """Return the key of a message in the outbox.

    `card:ID` and `timeline:ID`; `outcome:ID:REVISION`, since each ending gets its own message;
    `asserted:ID:PERSON` for each approver named at the terminal, `direct:ID:PERSON` for each who is
    told of it, `notice:ID:NAME:PERSON` for each text that a person or channel is told once.
    """
    if kind in (MessageKind.ASSERTED, MessageKind.DIRECT):
        return f"{kind}:{change_id}:{person}"
    if kind is MessageKind.NOTICE:
        return f"{kind}:{change_id}:{name}:{person}"
    if kind is MessageKind.OUTCOME:
        return f"{kind}:{change_id}:{revision}"
    return f"{kind}:{change_id}"


@dataclass(frozen=True, slots=True)
class Backlog:
    """What is unfinished, for the watchdog. None means that there is no such row.

    ``executing_since`` is when the oldest executing change was started, ``outbox_behind_since``
    since when the oldest message that can be posted is out of date, ``contradicted_at`` when the
    audit trail last contradicted the rows of a change, ``pages_behind_since`` since when a pager has not
    taken a page, ``deadline_due_since`` when the oldest deadline that is not done fell due. ``reviews_owed`` is how many
    changes wait for a review, ``review_owed_since`` when the oldest was proposed.
    """

    changes: Mapping[State, int]
    executing_since: datetime | None
    outbox_behind_since: datetime | None
    contradicted_at: datetime | None = None
    pages_behind_since: datetime | None = None
    deadline_due_since: datetime | None = None
    reviews_owed: int = 0
    review_owed_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class StoredChange:
    """The row of a change as stored, to be compared with the audit trail.

    ``change`` is None where the row cannot be read, ``digests`` where it is not a JSON object
    either. ``columns`` are the search columns that differ from the row. ``rows`` is the digest of
    an import's rows, ``""`` where none are kept.
    """

    id: str
    change: Change | None
    digests: RowDigests | None
    columns: tuple[str, ...] = ()
    rows: str = ""


@dataclass(frozen=True, slots=True)
class Silence:
    """The time in which Slack and the bot did not reach each other.

    ``stopped``: the bot was not running.
    """

    start: datetime
    end: datetime
    stopped: bool


@dataclass(frozen=True, slots=True)
class SlackContact:
    """When the running bot last heard from Slack, and its OPS_CHANNEL or ``""``.

    ``silence`` is the last one that was long enough for commands to be lost, or None.
    """

    heard_at: datetime
    ops_channel: str = ""
    silence: Silence | None = None
