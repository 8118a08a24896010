"""An alarm as the operations channel reads it."""

from __future__ import annotations

from bot.program import PROGRAM
from bot.service.monitoring.alarms import AlarmNotice
from bot.slack.views.mrkdwn import escape, format_time
from bot.slack.views.texts import alarms as texts


def alarm_text(notice: AlarmNotice) -> str:
    """Return the text of a notice; escaped."""
    sentences = texts.SENTENCES
    if not notice.subject and notice.name in texts.FURTHER_CUSTOMERS:
        sentences = texts.FURTHER_CUSTOMERS
    sentence = sentences[notice.name].format(
        value=notice.value,
        subject=escape(notice.subject, 300),
        about=escape(notice.about, 1000),
        program=PROGRAM,
    )
    if notice.until is None:
        return texts.ON.format(name=notice.name, sentence=sentence)
    form = texts.OVER_LATE if notice.late else texts.OVER
    return form.format(
        name=notice.name,
        began=format_time(notice.since),
        ended=format_time(notice.until),
        sentence=sentence,
    )
