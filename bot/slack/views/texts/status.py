"""What `status` says of a customer."""

from __future__ import annotations

from collections.abc import Mapping

from bot.domain.api_health import ApiFault

# On top, where the last look at the API found something wrong. ``{since}`` and ``{seen}`` are times.
FAULTS: Mapping[ApiFault, str] = {
    ApiFault.PASSWORD: (
        "⚠️ The continuity API does not accept the bot's password (401) since {since}, last look "
        "{seen}. Nothing can be counted or switched. Whoever runs the bot corrects `{subject}` and "
        "restarts it."
    ),
    ApiFault.NOT_ALLOWED: (
        "⚠️ The continuity API does not allow this customer to the bot's account (403) since {since}, "
        "last look {seen}. Nothing can be counted or switched. Whoever runs the bot asks Retarus to "
        "allow it."
    ),
    ApiFault.UNKNOWN_CUSTOMER: (
        "⚠️ The continuity API does not know this customer (404) since {since}, last look {seen}. Is "
        "the number right?"
    ),
    ApiFault.NO_ANSWER: (
        "⚠️ The continuity API at {subject} does not answer since {since}, last look {seen}. Nothing "
        "can be counted or switched. Approved changes wait, and their cards say until when."
    ),
}
