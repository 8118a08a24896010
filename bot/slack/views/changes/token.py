"""The words of an activation token, which no message ever holds."""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain.actions import is_revealed_to_requester
from bot.domain.change import Change, State
from bot.domain.outcome import Outcome
from bot.domain.preview import Preview, UserFlags
from bot.domain.scope import Users
from bot.slack.views.changes.terminal import at_terminal
from bot.slack.views.changes.wording import Wording
from bot.slack.views.mrkdwn import escape, format_api_time, join_names

MAX_NAME_CHARS = 200
MAILBOX_WARNING = "Whoever holds it can set the password of this mailbox."


class TokenWording(Wording):
    """The words of an activation token."""

    def meaning(self, whom: str) -> str:
        """What it opens, and who gets to see it."""
        if not is_revealed_to_requester(self.change.action):
            return f"{whom} is sent a mail with a token that sets the password of the mailbox."
        return (
            f"A token for {whom}, shown once to <@{self.change.requester}> alone. {MAILBOX_WARNING}"
        )

    def numbers(self, seen: Preview) -> Sequence[str]:
        """Who the user is and how they stand; where they are to be sent a mail, why it may not
        reach them.
        """
        flags = (seen.facts and seen.facts.flags) or UserFlags(None, None, None)
        words = {True: "on", False: "off", None: "not told"}
        activated = {True: "yes", False: "no", None: "not told"}[flags.activation]
        name = escape(" ".join(seen.display_name.split()), MAX_NAME_CHARS)
        lines = [f"Display name: {name}"] if name else []
        lines.append(
            f"failover {words[flags.failover]} · access {words[flags.access]} · activated {activated}"
        )
        if not is_revealed_to_requester(self.change.action):
            lines += _not_reached(flags)
        if seen.problem:
            lines.append(f"• {escape(seen.problem, 500)}")
        return lines

    def decision_label(self) -> str:
        """`token for jo@example.com`: the approver sees whose mailbox it is."""
        what = "token for" if is_revealed_to_requester(self.change.action) else "mail to"
        words = f"{what} {_address(self.change)}"
        return words if len(words) <= 60 else words[:59] + "…"

    def read_back(self, told: Outcome) -> str:
        """That it was made and what became of it; nothing can be read back."""
        if self.change.state is not State.APPLIED:
            return ""
        user = join_names([_address(self.change)])
        made = f"A token was sent to {user} by mail."
        if is_revealed_to_requester(self.change.action):
            made = f"A token for {user} was made and shown to <@{self.change.requester}>{at_terminal(self.change)}, once."
        return f"{made} It expires {format_api_time(told.expires)}." if told.expires else made

    def reminder(self) -> str:
        """What only people can find out."""
        if is_revealed_to_requester(self.change.action):
            return MAILBOX_WARNING
        return "Whether the mail arrives is not known: ask the user."

    def way_back(self) -> str:
        """There is none."""
        return "It cannot be taken back: it is valid until it is used or expires."


def _not_reached(flags: UserFlags) -> list[str]:
    lines = []
    if flags.failover:
        lines.append("• in failover: *the mail may not reach them*, their mail goes to the webmail")
    if flags.activation is False:
        lines.append(
            "• not activated: *they may not be able to read it*, they have no password yet"
        )
    return lines


def _address(change: Change) -> str:
    return change.scope.addresses[0] if isinstance(change.scope, Users) else ""
