"""What the form says that imports users."""

TITLE = "Import users"
COMPARE = "Compare"
FILE_HINT = (
    "CSV with a header row, or JSON: user, and any of {fields}. Up to {rows} users. An export of Exchange or "
    "of a directory can stay as it is."
)

CHANGED_USER = "• {address}: {values}"
NEW_USER = "• {address} (new): {values}"
DIFFERENCE = "{field} {before} → *{after}*"
EMPTY = "(none)"
