"""What a server says, as an error of ours: one sentence, never with the password."""

from __future__ import annotations

import psycopg
from psycopg import errors

from bot.database_address import PostgresUrl
from bot.errors import StoreBusy, StoreError, StoreUnusable

_HELD = (errors.LockNotAvailable, errors.DeadlockDetected, errors.SerializationFailure)
_TOO_LONG = (errors.QueryCanceled, errors.IdleInTransactionSessionTimeout)
# Of another session: a table was altered while this one had a statement prepared.
_OUTDATED = "cached plan must not change result type"
# libpq tells no code where a connection fails: the text of the server, or a part of it.
_CONNECTING = {
    "password authentication failed": "refused this user or password",
    "pg_hba.conf": "refused this user, host or encryption",
    "permission denied for database": "may not be used by this user",
}
# These may be over in a moment: a failover is such a moment.
_FOR_NOW = {
    "too many clients": "takes no more connections",
    "too many connections": "takes no more connections",
    "remaining connection slots": "takes no more connections",
    "hot standby": "is a standby: name the primary",
}
_SENTENCES = {
    errors.DiskFull: "cannot grow, the server's disk is full; free some space",
    errors.ReadOnlySqlTransaction: "is read-only here: it is a standby, or a query wrote",
    errors.InsufficientPrivilege: "does not let this user do this",
    errors.UndefinedTable: "lacks a table of the bot",
    errors.DataCorrupted: "is damaged; restore it from a backup",
    errors.IndexCorrupted: "is damaged; restore it from a backup",
}


def translated(error: psycopg.Error, url: PostgresUrl) -> StoreError:
    """Return the error of ours that says the same of a statement; nothing was saved."""
    if isinstance(error, _HELD):
        return StoreBusy(f"The database {url} is held by another process; try again.")
    if isinstance(error, _TOO_LONG):
        return StoreBusy(f"The database {url} took too long, and nothing was saved; try again.")
    if is_lost(error) or is_outdated(error):
        return StoreBusy(
            f"The connection to the database {url} was lost, and nothing was saved; try again."
        )
    for kind, sentence in _SENTENCES.items():
        if isinstance(error, kind):
            return StoreUnusable(f"The database {url} {sentence} ({_told(error)}).")
    return StoreUnusable(f"The database {url} refused the step: {_told(error)}.")


def not_connected(error: psycopg.Error, url: PostgresUrl) -> StoreError:
    """Return the error of ours for a connection that could not be made."""
    if isinstance(error, psycopg.ProgrammingError):
        # What its text quotes may be a part of the password.
        return StoreUnusable(f"The address {url} of the database cannot be read.")
    text = " ".join(str(error).split())
    for part, sentence in _CONNECTING.items():
        if part in text:
            return StoreUnusable(f"The database {url} {sentence}.")
    for part, sentence in _FOR_NOW.items():
        if part in text:
            return StoreBusy(f"The database {url} {sentence}.")
    if text.endswith("does not exist"):
        return StoreUnusable(f"The database {url} is not there: make it, or name another one.")
    return StoreBusy(f"The database {url} cannot be reached: {_without_secrets(url, text)}.")


def is_lost(error: BaseException) -> bool:
    """Whether the connection is gone with this error: the server ended it, or nothing came back."""
    if not isinstance(error, (psycopg.OperationalError, psycopg.InterfaceError)):
        return False
    return error.sqlstate is None or error.sqlstate.startswith(("08", "57P"))


def is_outdated(error: BaseException) -> bool:
    """Whether a statement was prepared before another version altered the schema."""
    return isinstance(error, errors.FeatureNotSupported) and _OUTDATED in str(error)


def _told(error: psycopg.Error) -> str:
    return error.diag.message_primary or " ".join(str(error).split())


def _without_secrets(url: PostgresUrl, text: str) -> str:
    for secret in url.secrets:
        text = text.replace(secret, "***")
    return text.rstrip(". ")
