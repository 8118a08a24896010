"""What the forms for a file of users say: an import, and a flag with `--file`."""

from bot.slack.views.texts.plural import Plural

NOTHING_SENT_YET = "For {customer}. Nothing is sent yet."
NAME_AND_NUMBER = "{name} ({customer})"
FILE = "File"
WHY = "Why?"
WHY_HINT = "The approver reads it."
WRONG_ROWS = "Wrong rows"
SKIP = "Skip the wrong rows"
SKIP_HINT = "Without it, one wrong row stops the whole file."

SKIP_AND_PROPOSE = Plural(
    "Skip the wrong row and propose the other {rest}",
    "Skip the {count} wrong rows and propose the other {rest}",
)
SKIPPED = Plural("1 wrong row is left out.", "{count} wrong rows are left out.")
WRONG_ROWS_OF = "Wrong rows of “{file}” for customer {customer}."
WRONG_ROWS_TITLE = "Wrong rows"
COMING = "You alone get a file with every wrong row."
SENT = "You alone were sent a file with every wrong row."
NOT_SENT = "The file with every wrong row could not be sent."
PICK_ANOTHER = "Pick another file, or tick “Skip the wrong rows”."
ONE_FILE = "Attach one file."
NOT_YOURS = "This file is not yours: attach your own."
