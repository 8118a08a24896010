"""Limits of what a command, a change or a file may hold. Each stands here once, for every layer.

Those with "API" come from the reference of the continuity API (docs/continuity-api.md); the others
are ours.
"""

from __future__ import annotations

from datetime import timedelta

# Customers of one command or set. Each has a row in the table of the card: with names of 40 characters and
# a note of 60 they fit into the 6,000 characters of a table, beside its text (Slack: 12,000 in a message).
MAX_BATCH_CUSTOMERS = 50
# A set's name: `emea`, `dc-west`.
MAX_SET_NAME_CHARS = 30
# A command as it is typed: 500 addresses of common length, and a bound on the work of the
# tokenizer.
MAX_COMMAND_CHARS = 30_000
# A reason stands on the card and in the audit trail.
MAX_REASON_CHARS = 300
# Of what is still needed: a word at least.
MIN_REASON_CHARS = 3
# A customer's name stands in the title of a card; visible characters.
MAX_CUSTOMER_NAME_CHARS = 80
# A text for users: what an input of a form in Slack takes.
MAX_TEMPLATE_CHARS = 3_000
# The address of the webmail, and whom users ask.
MAX_PORTAL_URL_CHARS, MAX_CONTACT_CHARS = 300, 200
# A year.
MAX_GRANT_HOURS = 8760
# For how long a change is on before the bot takes it back.
MIN_TIME_LIMIT, MAX_TIME_LIMIT = timedelta(minutes=5), timedelta(days=30)
# Admins or approvers who are named to somebody who needs one.
MAX_NAMED_PEOPLE = 5
# Incident channels that are named to somebody in another channel.
MAX_NAMED_CHANNELS = 3

# API, user object: `user`.
MAX_ADDRESS_CHARS = 256
# API, password call: `[a-zA-Z0-9@$!%*?&]{8,256}`.
MIN_PASSWORD_CHARS, MAX_PASSWORD_CHARS = 8, 256

# API: at most 16 groups in one filter.
MAX_GROUPS = 16
# Named users of one change; beyond MAX_TYPED_USERS they come in a file.
MAX_USERS = 5000
MAX_TYPED_USERS = 500

# A file of users or addresses; Slack's file input takes 10 MB, too.
MAX_FILE_BYTES = 10_000_000
MAX_FILE_ROWS = 100_000
# An export of Exchange has some two hundred for each mailbox.
MAX_FILE_COLUMNS = 1000
# Bound of the parser by itself, whoever calls it.
MAX_PARSED_BYTES = 50 * 1024 * 1024
# Open imports of one customer: each keeps up to MAX_FILE_ROWS rows in the database.
MAX_OPEN_IMPORTS = 5

# Up to so many users are read one by one at the API, more by the list of the customer.
MAX_SINGLE_READS = 50
# For that list, which may have 100,000 users: a slow one must end, too.
MAX_LIST_SECONDS = 120.0
