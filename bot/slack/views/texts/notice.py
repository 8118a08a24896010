"""The texts for users of a customer: the form, and what goes with the files."""

from __future__ import annotations

from bot.slack.views.texts.plural import Plural

BUTTON = "Text for the users…"
TITLE = "Text for the users"
GET = "Get the files"
ABOUT = (
    "{customer}: tells users where to read their mail. You alone get a file for each language, to hand "
    "on. Nothing is sent to users."
)
LANGUAGES = "Languages"
URL = "Address of the webmail"
URL_HINT = "Where users read their mail: https://…"
CONTACT = "Whom users ask"
CONTACT_HINT = "A name, a phone number or an address. Empty: that line is left out."
OPTION_OWN = "{language}, own text"
NO_LANGUAGE = "Choose a language."

COMMENT = "*{customer}*: text for the users, to hand on. Since {since}; webmail {url}. Nothing was sent to users."
COMMENT_OFF = (
    "*{customer}*: text for the users, to hand on. This bot has failover on for nobody there: the text "
    "says since now. Webmail {url}. Nothing was sent to users."
)
NO_URL = "as each text says"
FILE_TITLE = "{customer}: {language}"
SENT = Plural(
    "{count} file is in your messages with me: {languages}. Hand it on: nothing is sent to users.",
    "{count} files are in your messages with me: {languages}. Hand them on: nothing is sent to users.",
)
NOT_SENT = "The files could not be sent to you: {why} Try again."
AT_TERMINAL = "Text for the users, to hand on: {program} exec notice {customer}"
