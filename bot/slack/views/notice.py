"""What goes with the texts for users."""

from __future__ import annotations

from bot.service.user_texts.make import Notice, NoticeOffer
from bot.slack.views.mrkdwn import escape, format_time
from bot.slack.views.texts import notice as texts
from bot.slack.views.texts.drill import FILE_PREFIX, MARK


def whose(offer: NoticeOffer) -> str:
    """Return the customer's name and number, of a drill with its label; plain text."""
    begin = MARK if offer.is_drill else ""
    return begin + (f"{offer.name} ({offer.customer})" if offer.name else offer.customer)


def comment(made: Notice) -> str:
    """Return what stands above the first file: of whom, since when, and the address."""
    since = made.offer.since
    return (texts.COMMENT if since else texts.COMMENT_OFF).format(
        customer=escape(whose(made.offer)),
        since=format_time(since) if since else "",
        url=escape(made.offer.values.portal_url) or texts.NO_URL,
    )


def file_name(made: Notice, language: str) -> str:
    """Return `mail-44444-de.txt`."""
    begin = FILE_PREFIX if made.offer.is_drill else ""
    return f"{begin}mail-{made.offer.customer}-{language}.txt"


def file_title(made: Notice, language: str) -> str:
    """Return the title of a file; plain text."""
    return texts.FILE_TITLE.format(customer=whose(made.offer), language=language)


def sent(made: Notice) -> str:
    """Return what the person alone reads when they have the files."""
    return texts.SENT.format(len(made.texts), languages=", ".join(made.texts))


def not_sent(error: Exception) -> str:
    """Return why the files did not come."""
    return texts.NOT_SENT.format(why=error)
