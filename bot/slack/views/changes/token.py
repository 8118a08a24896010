"""The words of an activation token, which no message ever holds."""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain.actions import is_revealed_to_requester
from bot.domain.change import Change, State
from bot.domain.outcome import Outcome
from bot.domain.preview import Preview, UserFlags
from bot.domain.scope import Users
from bot.slack.views.changes.terminal_origin import at_terminal
from bot.slack.views.changes.wording import Wording
from bot.slack.views.mrkdwn import describe_flag, escape, format_api_time, join_names

MAX_NAME_CHARS = 200
MAILBOX_WARNING = "Whoever holds it can set the password of this mailbox."


class TokenWording(Wording):
    """The words of an activation token."""

    def meaning(self, scope: str) -> str:
        """What it opens, and who gets to see it."""
        if not is_revealed_to_requester(self.change.action):
            return f"{scope} is sent a mail with a token that sets the password of the mailbox."
        requester = f"<@{self.change.requester}>"
        return f"A token for {scope}, shown once to {requester} alone. {MAILBOX_WARNING}"

    def numbers(self, preview: Preview) -> Sequence[str]:
        """The user and their flags; for a mail, why it may not reach them."""
        flags = (preview.facts and preview.facts.flags) or UserFlags(None, None, None)
        activated = {True: "yes", False: "no", None: "not told"}[flags.activation]
        name = escape(" ".join(preview.display_name.split()), MAX_NAME_CHARS)
        lines = [f"Display name: {name}"] if name else []
        lines.append(
            f"failover {describe_flag(flags.failover)} · access {describe_flag(flags.access)} · "
            f"activated {activated}"
        )
        if not is_revealed_to_requester(self.change.action):
            lines += _not_reached(flags)
        if preview.problem:
            lines.append(f"• {escape(preview.problem, 500)}")
        return lines

    def decision_label(self) -> str:
        """`token for jo@example.com`: the approver sees whose mailbox it is."""
        what = "token for" if is_revealed_to_requester(self.change.action) else "mail to"
        label = f"{what} {_address(self.change)}"
        return label if len(label) <= 60 else label[:59] + "…"

    def read_back(self, result: Outcome) -> str:
        """That it was made and what became of it; nothing can be read back."""
        if self.change.state is not State.APPLIED:
            return ""
        user = join_names([_address(self.change)])
        made = f"A token was sent to {user} by mail."
        if is_revealed_to_requester(self.change.action):
            requester = f"<@{self.change.requester}>{at_terminal(self.change)}"
            made = f"A token for {user} was made and shown to {requester}, once."
        return f"{made} It expires {format_api_time(result.expires)}." if result.expires else made

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
