"""Column titles in a file of users: our own, and those of Exchange, directories and Google."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from bot.domain.user_files.address_cell import address_in
from bot.domain.user_files.upload import ADDRESS, visible
from bot.errors import InvalidInput

# Columns with addresses, by priority: ours, where mail arrives, all addresses of a mailbox, and
# last the sign-in name, which need not be an address that receives mail.
ADDRESS_TITLES = (
    *(ADDRESS, "primarysmtpaddress", "mail", "emailaddress", "email", "address"),
    *("emailadresse", "windowsemailaddress", "proxyaddresses", "emailaddresses"),
    *("userprincipalname", "upn"),
)
OUR_ADDRESS_TITLES = (ADDRESS, "address", "email", "mail")  # need no note if alone in a file
# Columns that only directories write. In a file with one of them, unknown columns are ignored.
_DIRECTORY = {
    *("primarysmtpaddress", "windowsemailaddress", "emailaddresses", "proxyaddresses"),
    *("userprincipalname", "samaccountname", "distinguishedname", "objectguid", "objectid"),
    *("objectclass", "recipienttype", "recipienttypedetails", "usertype", "orgunitpath"),
}
_MARK = re.compile(r"\[(required|optional|read only|upload only)\]", re.IGNORECASE)  # Google's


@lru_cache(256)  # every entry of a JSON file names the same few
def normalised_title(title: str) -> str:
    """Return a title in small letters without blanks, dashes, underscores and `[Required]`."""
    return re.sub(r"[\s_-]", "", _MARK.sub("", title)).lower()


def is_directory(header: Sequence[str]) -> bool:
    """Whether a header is that of an export from a directory or mail system."""
    return any(normalised_title(title) in _DIRECTORY or _MARK.search(title) for title in header)


@dataclass(slots=True)
class AddressColumn:
    """The column (index ``at``) from which addresses are read, and other columns with addresses."""

    at: int
    title: str
    others: Sequence[tuple[int, str]]
    # Lines in which another column holds another address, and the first of them.
    unlike: int = 0
    first: int = 0

    def compare(self, line: int, cells: Sequence[str]) -> None:
        """Count the line where another column holds another address."""
        if not self.others:
            return
        mine = _meant(cells[self.at])
        if any((other := _meant(cells[at])) and other != mine for at, _ in self.others):
            self.unlike += 1
            self.first = self.first or line

    def note(self) -> str:
        """Say which column is read, where there could be doubt, or return ``""``."""
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
    """Return the column to read addresses from, or None.

    Raises InvalidInput for a duplicate title.
    """
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
    """Return the error for two columns with the same meaning."""
    names = f"“{visible(one.strip())}” and “{visible(other.strip())}”"
    return InvalidInput(f"The columns {names} mean the same. Keep one.")
