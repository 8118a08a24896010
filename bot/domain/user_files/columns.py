"""The columns of a file of users: our own names, and those that Exchange, directories and Google write."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from bot.domain.user_files.address_cell import address_in
from bot.domain.user_files.upload import ADDRESS, visible
from bot.errors import InvalidInput

# Where an address stands, in the order in which a column counts: ours, where mail arrives, all addresses
# of a mailbox, and last the name to sign in with, which need not be an address that mail arrives at.
ADDRESS_TITLES = (
    *(ADDRESS, "primarysmtpaddress", "mail", "emailaddress", "email", "address"),
    *("emailadresse", "windowsemailaddress", "proxyaddresses", "emailaddresses"),
    *("userprincipalname", "upn"),
)
OUR_ADDRESS_TITLES = (ADDRESS, "address", "email", "mail")  # alone in a file they need no word
# Columns that no file of ours has: beside them the others are a directory's, too, and are left out.
_DIRECTORY = {
    *("primarysmtpaddress", "windowsemailaddress", "emailaddresses", "proxyaddresses"),
    *("userprincipalname", "samaccountname", "distinguishedname", "objectguid", "objectid"),
    *("objectclass", "recipienttype", "recipienttypedetails", "usertype", "orgunitpath"),
}
_MARK = re.compile(r"\[(required|optional|read only|upload only)\]", re.IGNORECASE)  # Google's


@lru_cache(256)  # every entry of a JSON file names the same few
def normalised_title(title: str) -> str:
    """Return a column's title without capitals, blanks, dashes, underscores and Google's `[Required]`."""
    return re.sub(r"[\s_-]", "", _MARK.sub("", title)).lower()


def is_directory(header: Sequence[str]) -> bool:
    """Whether a header is that of an export of a directory or a mail system."""
    return any(normalised_title(title) in _DIRECTORY or _MARK.search(title) for title in header)


@dataclass(slots=True)
class AddressColumn:
    """The column that holds the address, at the place ``at``, and those that do not count beside it."""

    at: int
    title: str
    others: Sequence[tuple[int, str]]
    unlike: int = 0  # lines in which another column holds another address
    first: int = 0

    def compare(self, line: int, cells: Sequence[str]) -> None:
        """Note where another column names another address than the one that counts."""
        if not self.others:
            return
        mine = _meant(cells[self.at])
        if any((other := _meant(cells[at])) and other != mine for at, _ in self.others):
            self.unlike += 1
            self.first = self.first or line

    def note(self) -> str:
        """Say which column counts, where that could be taken otherwise; else nothing."""
        if not self.others and normalised_title(self.title) in OUR_ADDRESS_TITLES:
            return ""
        words = f"The addresses are those of the column “{self.title}”"
        if self.others:
            names = ", ".join(f"“{title}”" for _, title in self.others)
            words += f", not of {names}"
        if self.unlike:
            lines = f"{self.unlike:,} lines, first" if self.unlike > 1 else "one line,"
            words += f", which differs in {lines} line {self.first}"
        return f"{words}."


def address_column(header: Sequence[str]) -> AddressColumn | None:
    """Return the column that counts, or None. Raises InvalidInput where a title is there twice."""
    places: dict[str, int] = {}
    for at, title in enumerate(header):
        name = normalised_title(title)
        if name in ADDRESS_TITLES and name in places:
            raise duplicate_column(header[places[name]], title)
        places.setdefault(name, at)
    found = [places[name] for name in ADDRESS_TITLES if name in places]
    if not found:
        return None
    others = [(at, visible(header[at].strip())) for at in found[1:]]
    return AddressColumn(found[0], visible(header[found[0]].strip()), others)


def _meant(cell: str) -> str:
    try:
        return address_in(cell).lower()
    except InvalidInput:
        return cell.strip().lower()


def duplicate_column(one: str, other: str) -> InvalidInput:
    """Return the refusal of two columns for one thing."""
    names = f"“{visible(one.strip())}” and “{visible(other.strip())}”"
    return InvalidInput(f"The columns {names} mean the same. Keep one.")
