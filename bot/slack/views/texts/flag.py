"""What the form says that switches a flag for the users of a file."""

FILE_TITLE_ON = "{flag} on by file"
FILE_TITLE_OFF = "{flag} off by file"
FILE_HINT = (
    "CSV with a column user, an export of Exchange or of a directory, or an address on each line. Up to {users} "
    "users."
)
