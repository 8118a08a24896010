"""The form for the texts that tell users where to read their mail, and what these tell."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from bot.domain.configuration import Kind
from bot.domain.languages import parse_language
from bot.domain.limits import MAX_CONTACT_CHARS, MAX_PORTAL_URL_CHARS, MAX_TEMPLATE_CHARS
from bot.domain.user_text import UserValues, parse_contact, parse_portal_url, parse_template
from bot.errors import InvalidInput
from bot.service.queries.administered import Administered
from bot.service.user_texts.templates import owner_and_words
from bot.slack.payloads import Values
from bot.slack.views.modals.admin.admin_modal import (
    CUSTOMER,
    AdminModal,
    Row,
    customer_of,
    label,
)
from bot.slack.views.modals.inputs import text_input
from bot.slack.views.modals.modal import Parts
from bot.slack.views.mrkdwn import Blocks, escape
from bot.slack.views.roles import person
from bot.slack.views.texts import admin as texts

LANGUAGE, TEXT, URL, CONTACT = "language", "text", "portal_url", "contact"


def language_of(values: Values) -> str:
    """Return the language of the text, ``""`` where there is no text. Raises InvalidInput."""
    if bool(values.get(LANGUAGE)) is not bool(values.get(TEXT)):
        raise InvalidInput(texts.LANGUAGE_AND_TEXT)
    return parse_language(str(values[LANGUAGE]).strip()) if LANGUAGE in values else ""


def text_of(values: Values) -> str:
    """Return the text, ``""`` for none. Raises InvalidInput."""
    return parse_template(str(values[TEXT])) if TEXT in values else ""


def values_of(values: Values) -> UserValues:
    """Return what was filled in besides the text. Raises InvalidInput."""
    return UserValues(_url(values), _contact(values))


def _url(values: Values) -> str:
    return parse_portal_url(str(values.get(URL) or ""))


def _contact(values: Values) -> str:
    return parse_contact(str(values.get(CONTACT) or ""))


@dataclass(frozen=True, slots=True)
class UserTextsModal(AdminModal):
    """Sets a text in a language, the address of the webmail, and a contact; any of them."""

    callback_id: ClassVar[str] = "admin_texts"
    title: ClassVar[str] = texts.USER_TEXTS
    intro: ClassVar[str] = texts.USER_TEXTS_INTRO
    parts: ClassVar[Parts] = {
        CUSTOMER: customer_of,
        LANGUAGE: language_of,
        TEXT: text_of,
        URL: _url,
        CONTACT: _contact,
    }

    def inputs(self) -> Blocks:
        """Return the inputs for a row."""
        text = text_input(
            TEXT,
            texts.TEXT,
            self.text(TEXT),
            optional=True,
            hint=texts.TEXT_HINT,
            max_length=MAX_TEMPLATE_CHARS,
        )
        text["element"]["multiline"] = True
        hint = texts.LANGUAGE_HINT
        return [
            self.customer(),
            text_input(LANGUAGE, texts.LANGUAGE, self.text(LANGUAGE), optional=True, hint=hint),
            text,
            self._value(URL, texts.URL, MAX_PORTAL_URL_CHARS),
            self._value(CONTACT, texts.CONTACT, MAX_CONTACT_CHARS),
        ]

    def _value(self, block: str, words: str, longest: int) -> dict[str, object]:
        hint = texts.VALUE_HINT
        typed = self.text(block)
        return text_input(block, words, typed, optional=True, hint=hint, max_length=longest)

    @classmethod
    def rows_of(cls, found: Administered) -> list[Row]:
        """Return the rows that there are."""
        told = [
            (one, *owner_and_words(one)) for one in found.configured if one.kind is Kind.TEMPLATE
        ]
        return [
            Row(
                texts.USER_TEXT_ROW.format(
                    customer=label(found, owner), words=escape(words), who=person(one.set_by)
                ),
                one.name,
            )
            for one, owner, words in told
            if found.covers(owner)
        ]
