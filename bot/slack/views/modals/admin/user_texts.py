"""The forms for the texts that tell users where to read their mail, and for what they tell."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from bot.domain.configuration import Entry, Kind
from bot.domain.languages import parse_language
from bot.domain.limits import MAX_CONTACT_CHARS, MAX_PORTAL_URL_CHARS, MAX_TEMPLATE_CHARS
from bot.domain.user_text import UserValues, parse_contact, parse_portal_url, parse_template
from bot.service.queries.administered import Administered
from bot.slack.payloads import Values
from bot.slack.views.modals.admin.admin_modal import (
    CUSTOMER,
    AdminModal,
    Row,
    customer_of,
    label,
)
from bot.slack.views.modals.modal import Parts
from bot.slack.views.mrkdwn import Blocks, escape
from bot.slack.views.roles import person
from bot.slack.views.texts import admin as texts

LANGUAGE, TEXT, URL, CONTACT = "language", "text", "url", "contact"


def language_of(values: Values) -> str:
    """Return the language that was filled in. Raises InvalidInput."""
    return parse_language(str(values.get(LANGUAGE) or "").strip())


def text_of(values: Values) -> str:
    """Return the text that was filled in. Raises InvalidInput."""
    return parse_template(str(values.get(TEXT) or ""))


def values_of(values: Values) -> UserValues:
    """Return what the texts tell. Raises InvalidInput."""
    return UserValues(_url(values), _contact(values))


def _url(values: Values) -> str:
    return parse_portal_url(str(values.get(URL) or ""))


def _contact(values: Values) -> str:
    return parse_contact(str(values.get(CONTACT) or ""))


@dataclass(frozen=True, slots=True)
class UserTextsModal(AdminModal):
    """Sets the text of a customer in a language."""

    callback_id: ClassVar[str] = "admin_texts"
    title: ClassVar[str] = texts.USER_TEXTS
    intro: ClassVar[str] = texts.USER_TEXTS_INTRO
    parts: ClassVar[Parts] = {CUSTOMER: customer_of, LANGUAGE: language_of, TEXT: text_of}

    def inputs(self) -> Blocks:
        """Return the inputs for a row."""
        text = self.line(TEXT, texts.TEXT, texts.TEXT_HINT, MAX_TEMPLATE_CHARS)
        text["element"]["multiline"] = True
        language = self.line(LANGUAGE, texts.LANGUAGE, texts.LANGUAGE_HINT, 20)
        return [self.customer(), language, text]

    @classmethod
    def rows_of(cls, found: Administered) -> list[Row]:
        """Return the rows that there are."""
        return [
            Row(
                texts.USER_TEXT_ROW.format(
                    language=escape(language),
                    characters=f"{len(str(entry.terms.get('text', ''))):,}",
                    **_whose(found, entry),
                ),
                entry.name,
            )
            for entry, language in _entries(found)
            if language
        ]


@dataclass(frozen=True, slots=True)
class UserValuesModal(AdminModal):
    """Sets the address of the webmail and whom users ask, which the texts tell."""

    callback_id: ClassVar[str] = "admin_webmail"
    title: ClassVar[str] = texts.WEBMAIL
    intro: ClassVar[str] = texts.WEBMAIL_INTRO
    parts: ClassVar[Parts] = {CUSTOMER: customer_of, URL: _url, CONTACT: _contact}

    def inputs(self) -> Blocks:
        """Return the inputs for a row."""
        most, longest = MAX_PORTAL_URL_CHARS, MAX_CONTACT_CHARS
        return [
            self.customer(),
            self.line(URL, texts.URL, texts.URL_HINT, most, optional=True),
            self.line(CONTACT, texts.CONTACT, texts.CONTACT_HINT, longest, optional=True),
        ]

    @classmethod
    def rows_of(cls, found: Administered) -> list[Row]:
        """Return the rows that there are."""
        return [
            Row(
                texts.WEBMAIL_ROW.format(
                    url=escape(str(entry.terms.get("portal_url") or texts.NOT_SET)),
                    contact=escape(str(entry.terms.get("contact") or texts.NOT_SET)),
                    **_whose(found, entry),
                ),
                entry.name,
            )
            for entry, language in _entries(found)
            if not language
        ]


def _entries(found: Administered) -> Iterator[tuple[Entry, str]]:
    """Yield the entries of their customers, each with its language, "" for values."""
    for entry in found.configured:
        owner, _, language = entry.name.partition(" ")
        if entry.kind is Kind.TEMPLATE and found.covers(owner):
            yield entry, language


def _whose(found: Administered, entry: Entry) -> dict[str, str]:
    owner = entry.name.partition(" ")[0]
    return {"customer": label(found, owner), "who": person(entry.set_by)}
