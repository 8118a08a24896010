"""The modal that asks which texts for users somebody wants, and what they tell."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from bot.domain.languages import language_name
from bot.domain.limits import MAX_CONTACT_CHARS, MAX_PORTAL_URL_CHARS
from bot.domain.user_text import UserValues, parse_contact, parse_portal_url
from bot.errors import InvalidInput
from bot.slack.limits import MAX_OPTIONS
from bot.slack.payloads import Values
from bot.slack.views.modals.inputs import input_block, subject, text_input
from bot.slack.views.modals.modal import Modal, Parts, View, problems_of, typed
from bot.slack.views.mrkdwn import plain_text
from bot.slack.views.texts import notice as texts

LANGUAGES, URL, CONTACT = "languages", "portal_url", "contact"


def _languages(values: Values) -> object:
    if not values.get(LANGUAGES):
        raise InvalidInput(texts.NO_LANGUAGE)
    return values[LANGUAGES]


_PARTS: Parts = {
    LANGUAGES: _languages,
    URL: lambda values: parse_portal_url(str(values.get(URL) or "")),
    CONTACT: lambda values: parse_contact(str(values.get(CONTACT) or "")),
}


@dataclass(frozen=True, slots=True)
class NoticeModal(Modal):
    """Asks for languages, the address of the webmail and a contact.

    ``languages`` says of each whether it is the customer's own text; ``whose`` is the customer's name
    and number; ``needs_url``: a text has the address, and none is set.
    """

    callback_id: ClassVar[str] = "notice_text"
    metric: ClassVar[str] = "notice"

    customer: str
    channel: str
    whose: str
    languages: Mapping[str, bool]
    values: UserValues
    needs_url: bool

    def build(self) -> dict[str, Any]:
        """Return the modal; the customer's own texts are chosen, else all."""
        options = [_option(one, is_own) for one, is_own in self.languages.items()][:MAX_OPTIONS]
        own = [one for one in options if self.languages[one["value"]]]
        chosen = {
            "type": "multi_static_select",
            "options": options,
            "initial_options": own or options,
        }
        blocks = [
            subject(texts.ABOUT.format(customer=self.whose)),
            input_block(LANGUAGES, texts.LANGUAGES, chosen),
            text_input(
                URL,
                texts.URL,
                self.values.portal_url,
                optional=not self.needs_url,
                hint=texts.URL_HINT,
                max_length=MAX_PORTAL_URL_CHARS,
            ),
            text_input(
                CONTACT,
                texts.CONTACT,
                self.values.contact,
                optional=True,
                hint=texts.CONTACT_HINT,
                max_length=MAX_CONTACT_CHARS,
            ),
        ]
        return self.modal(self.customer, self.channel, texts.TITLE, texts.GET, blocks)

    @classmethod
    def errors(cls, view: View) -> dict[str, str]:
        """Check the values."""
        return problems_of(typed(view), _PARTS)


def _option(language: str, is_own: bool) -> dict[str, Any]:  # of one option
    name = language_name(language)
    label = texts.OPTION_OWN.format(language=name) if is_own else name
    return {"text": plain_text(label), "value": language}
