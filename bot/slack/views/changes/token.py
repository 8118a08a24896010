"""The words of an activation token, which no message ever holds."""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain.actions import is_revealed_to_requester
from bot.domain.change import Change
from bot.domain.change_state import State
from bot.domain.outcome import Outcome
from bot.domain.preview import Preview, UserFlags
from bot.domain.scope import Users
from bot.slack.views.changes.terminal_origin import requester
from bot.slack.views.changes.wording import Wording
from bot.slack.views.mrkdwn import describe_flag, escape, format_api_time, join_names, mention
from bot.slack.views.texts import token as texts

MAX_NAME_CHARS = 200
_ACTIVATED = {
    True: texts.ACTIVATED,
    False: texts.NOT_ACTIVATED,
    None: texts.ACTIVATION_NOT_TOLD,
}


class TokenWording(Wording):
    """The words of an activation token."""

    def meaning(self, scope: str) -> str:
        """What it opens, and who gets to see it."""
        if not is_revealed_to_requester(self.change.action):
            return texts.EFFECT_MAIL.format(scope=scope)
        return texts.EFFECT_SHOWN.format(scope=scope, requester=mention(self.change.requester))

    def numbers(self, preview: Preview) -> Sequence[str]:
        """The user and their flags; for a mail, why it may not reach them."""
        flags = (preview.facts and preview.facts.flags) or UserFlags(None, None, None)
        name = escape(" ".join(preview.display_name.split()), MAX_NAME_CHARS)
        lines = [texts.DISPLAY_NAME.format(name=name)] if name else []
        parts = [
            texts.FAILOVER.format(state=describe_flag(flags.failover)),
            texts.ACCESS.format(state=describe_flag(flags.access)),
            _ACTIVATED[flags.activation],
        ]
        lines.append(" · ".join(parts))
        if not is_revealed_to_requester(self.change.action):
            lines += _not_reached(flags)
        if preview.problem:
            lines.append(texts.PROBLEM.format(problem=escape(preview.problem, 500)))
        return lines

    def decision_label(self) -> str:
        """`token for jo@example.com`: the approver sees whose mailbox it is."""
        is_shown = is_revealed_to_requester(self.change.action)
        form = texts.DECISION_SHOWN if is_shown else texts.DECISION_MAIL
        label = form.format(user=_address(self.change))
        return label if len(label) <= 60 else label[:59] + "…"

    def read_back(self, result: Outcome) -> str:
        """That it was made and what became of it; nothing can be read back."""
        if self.change.state is not State.APPLIED:
            return ""
        user = join_names([_address(self.change)])
        made = texts.MADE_MAIL.format(user=user)
        if is_revealed_to_requester(self.change.action):
            made = texts.MADE_SHOWN.format(user=user, requester=requester(self.change))
        if not result.expires:
            return made
        return f"{made} {texts.EXPIRES.format(time=format_api_time(result.expires))}"

    def reminder(self) -> str:
        """What only people can find out."""
        if is_revealed_to_requester(self.change.action):
            return texts.MAILBOX_WARNING
        return texts.ASK_USER

    def way_back(self) -> str:
        """There is none."""
        return texts.STAYS_VALID


def _not_reached(flags: UserFlags) -> list[str]:
    lines = []
    if flags.failover:
        lines.append(texts.MAIL_MAY_NOT_REACH)
    if flags.activation is False:
        lines.append(texts.MAIL_NOT_READABLE)
    return lines


def _address(change: Change) -> str:
    return change.scope.addresses[0] if isinstance(change.scope, Users) else ""
