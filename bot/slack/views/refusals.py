"""An error with what helps, and a question to others in the channel. All text is escaped mrkdwn."""

from __future__ import annotations

from bot.domain.roles import Right
from bot.errors import Remedy, RemedyKind
from bot.service.access.ask_others import Question
from bot.slack.button_values import RemedyButton
from bot.slack.views.drill import labelled_reply
from bot.slack.views.mrkdwn import BlockReply, button, customer_label, section
from bot.slack.views.texts import refusals as texts

# The action id and the label of the button for each remedy.
_BUTTONS = {RemedyKind.ASK_OTHERS: ("refusal_ask", texts.ASK_THEM)}


def with_remedy(sentence: str, remedy: Remedy) -> BlockReply:
    """Return an escaped sentence with the button for what helps."""
    action, label = _BUTTONS[remedy.kind]
    helps = button(action, label, RemedyButton(about=remedy.about))
    return BlockReply(sentence, [section(sentence), {"type": "actions", "elements": [helps]}])


def question(asked: Question, card: str) -> BlockReply:
    """Return what is posted in the channel; ``card`` is a link to the card, or ""."""
    words = _template(asked).format(
        asker=f"<@{asked.asker}>",
        people=", ".join(asked.people),
        customer=customer_label(asked.customer, asked.name),
        right=asked.right,
        command=asked.command,
        change=asked.change.id if asked.change else "",
        action=asked.change.action.title if asked.change else "",
    )
    words = f"{words} {card}".rstrip()
    reply = BlockReply(words, [section(words)])
    return labelled_reply(reply) if asked.drill else reply


def _template(asked: Question) -> str:
    if asked.grant:
        return texts.GRANT_FOR if asked.change else texts.GRANT
    if asked.change:
        return texts.DECIDE if asked.right is Right.APPROVE else texts.LOOK_AT
    return texts.RUN if asked.command else texts.HELP
