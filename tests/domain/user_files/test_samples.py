"""Files as Exchange, Active Directory, Entra, Google, Excel and Outlook write them: read, or refused in words."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest

from bot.domain.mail_user import Value
from bot.domain.user_files.user_file import read_addresses, read_users
from bot.errors import InvalidInput
from tests.domain.user_files import samples
from tests.domain.user_files.samples import JO, ZOE, written

MAIL = "The addresses are those of the column “mail”, not of"
MAILBOX = (
    "The addresses are those of the column “PrimarySmtpAddress”, not of “WindowsEmailAddress”, "
    "“EmailAddresses”, “UserPrincipalName”, which differs in one line,"
)
USERS: dict[str, tuple[bytes, dict[str, dict[str, Value]], str]] = {
    "Get-Mailbox": (
        written(samples.mailboxes()).encode(),
        {JO: {"displayName": "Li, Jo"}, ZOE: {"displayName": "Zoë Öz"}},
        f"{MAILBOX} line 2.",
    ),
    "Get-Mailbox with #TYPE": (
        samples.with_type(samples.mailboxes(), "Microsoft.Exchange.Mailbox").encode(),
        {JO: {"displayName": "Li, Jo"}, ZOE: {"displayName": "Zoë Öz"}},
        f"{MAILBOX} line 3.",
    ),
    "Get-ADUser": (
        samples.with_type(samples.ad_users(), "Microsoft.ActiveDirectory.Management.ADUser").encode(),
        {
            JO: {"displayName": "Jo Li", "givenName": "Jo", "surName": "Li"},
            ZOE: {"displayName": "Zoë Öz", "givenName": "Zoë", "surName": "Öz"},
        },
        f"{MAIL} “UserPrincipalName”, which differs in 2 lines, first line 3.",
    ),
    "Entra": (
        written(samples.entra_users(), quoted=False, end="\n").encode("utf-8-sig"),
        {
            JO: {"displayName": "Jo Li", "givenName": "Jo", "surName": "Li"},
            ZOE: {"displayName": "Zoë Öz", "givenName": "Zoë", "surName": "Öz"},
        },
        f"{MAIL} “userPrincipalName”, which differs in 2 lines, first line 2.",
    ),
    "admin center": (
        written(samples.admin_center_users(), quoted=False).encode("utf-8-sig"),
        {
            JO: {"displayName": "Jo Li", "givenName": "Jo", "surName": "Li"},
            ZOE: {"displayName": "Zoë Öz", "givenName": "Zoë", "surName": "Öz"},
        },
        "The addresses are those of the column “Proxy addresses”, not of “User principal name”.",
    ),
    "Google": (
        written(samples.google_users(), quoted=False).encode(),
        {
            JO: {"givenName": "Jo", "surName": "Li"},
            ZOE: {"givenName": "Zoë", "surName": "Öz"},
        },
        "The addresses are those of the column “Email Address [Required]”.",
    ),
}  # fmt: skip
EXCEL = {
    "CSV UTF-8": samples.csv_utf8(),
    "CSV UTF-8 with commas": samples.csv_utf8(","),
    "Unicode Text": samples.unicode_text(),
    "sep=": samples.sep_line(),
}
FOREIGN = {
    "LDIF": (samples.LDIF, "is LDIF, not a table"),
    "ldifde": (samples.LDIFDE, "is LDIF, not a table"),
    "vCard": (samples.VCARD, "is a vCard, not a table"),
    "page": ("<!DOCTYPE html><html>jo@example.com", "is a web page or XML"),
    "RTF": (r"{\rtf1 jo@example.com}", "is a document"),
}


@pytest.mark.parametrize("name", USERS)
def test_an_export_of_a_directory_is_read_for_an_import(name: str) -> None:
    data, users, note = USERS[name]
    parsed = read_users(data, "users.csv")
    assert parsed.errors == ()
    assert {row.address: dict(row.fields) for row in parsed.rows} == users
    assert parsed.note == note
    assert "Password [Required]" in parsed.ignored or "Google" not in name


@pytest.mark.parametrize("name", USERS)
def test_the_same_export_is_read_for_a_flag(name: str) -> None:
    data, _, note = USERS[name]
    parsed = read_addresses(data, "users.csv", 10)
    assert (parsed.addresses, parsed.errors) == ((JO, ZOE), ())
    assert parsed.note == note


@pytest.mark.parametrize("name", EXCEL)
def test_what_excel_saves_is_read_for_both(name: str) -> None:
    parsed = read_users(EXCEL[name], "users.csv")
    assert parsed.errors == ()
    assert {row.address: dict(row.fields) for row in parsed.rows} == {
        JO: {"displayName": "Li, Jo", "language": "de_DE"},
        ZOE: {"displayName": "Zoë Öz", "language": "tr_TR"},
    }
    assert read_addresses(EXCEL[name], "users.csv", 10).addresses == (JO, ZOE)
    assert (parsed.note, parsed.ignored) == ("", ())


@pytest.mark.parametrize(
    "text", [samples.OUTLOOK, samples.OUTLOOK_LINES, samples.PLAIN_LIST, f"{JO};\r\n{ZOE};\r\n"]
)
def test_a_list_of_addresses_is_read_with_names_or_without(text: str) -> None:
    parsed = read_addresses(text.encode(), "list.txt", 10)
    assert (parsed.addresses, parsed.errors) == ((JO, ZOE), ())


def test_a_wrong_piece_of_a_distribution_list_is_told_with_its_line() -> None:
    text = f"Jo <{JO}>; Kim\r\nLi <li@ex_ample.com>, Zoe <{ZOE}>, sam@example.com\r\n"
    parsed = read_addresses(text.encode(), "list.txt", 10)
    assert parsed.addresses == (JO, ZOE, "sam@example.com")
    assert [(error.line, error.sentence) for error in parsed.errors] == [
        (1, "“Kim” is not an address: the domain is missing."),
        (2, "“li@ex_ample.com” is not an address that can be used here: its domain holds “_”."),
    ]


@pytest.mark.parametrize("read", [read_users, partial(read_addresses, most=10)])
@pytest.mark.parametrize("name", FOREIGN)
def test_what_is_no_table_is_refused_by_its_kind(
    read: Callable[[bytes, str], object], name: str
) -> None:
    text, words = FOREIGN[name]
    with pytest.raises(InvalidInput, match=words):
        read(text.encode(), "users.txt")


def test_json_names_users_for_an_import_alone() -> None:
    with pytest.raises(InvalidInput, match=r"is JSON\. Here CSV is needed"):
        read_addresses(b'[{"user": "jo@example.com"}]', "users.json", 10)


def test_a_name_to_sign_in_with_counts_only_where_there_is_no_address_beside_it() -> None:
    alone = "UserPrincipalName,DisplayName\njo@example.com,Jo\n"
    parsed = read_users(alone.encode(), "users.csv")
    assert [row.address for row in parsed.rows] == ["jo@example.com"]
    assert parsed.note == "The addresses are those of the column “UserPrincipalName”."
    both = "UserPrincipalName,user,DisplayName\njli@example.com,jo@example.com,Jo\n"
    assert [row.address for row in read_users(both.encode(), "x").rows] == ["jo@example.com"]


def test_a_row_without_an_address_in_the_column_that_counts_is_wrong_and_nothing_is_guessed() -> (
    None
):
    text = "UserPrincipalName,mail,DisplayName\njli@example.com,,Jo\n"
    [error] = read_users(text.encode(), "users.csv").errors
    assert (error.line, error.column, error.sentence) == (2, "mail", "The address is missing.")


def test_the_addresses_of_a_mailbox_have_a_main_one() -> None:
    def read(cell: str) -> object:
        parsed, _ = read_users(f"proxyAddresses;sn\n{cell};Li\n".encode(), "users.csv").verified({})
        return parsed.rows[0].address if parsed.rows else parsed.errors[0].sentence

    assert read("smtp:j@e.de SMTP:jo@e.de X500:/o=Old/cn=jo") == "jo@e.de"
    assert read("smtp:jo@e.de") == "jo@e.de"
    assert read("mailto:jo@e.de") == "jo@e.de"
    assert "holds 2 addresses, and not exactly one" in str(read("smtp:j@e.de smtp:jo@e.de"))
    assert "the domain is missing" in str(
        read("Microsoft.ActiveDirectory.Management.ADPropertyValueCollection")
    )


def test_an_attribute_that_a_directory_has_under_two_names_counts_once() -> None:
    text = "mail,sn,Surname,SamAccountName\njo@e.de,Li,Li,jo\n"
    parsed = read_users(text.encode(), "users.csv")
    assert dict(parsed.rows[0].fields) == {"surName": "Li"}
    assert parsed.ignored == ("Surname", "SamAccountName")
    with pytest.raises(InvalidInput, match="“sn” and “Surname” mean the same"):
        read_users(b"mail,sn,Surname\njo@e.de,Li,Li\n", "users.csv")


@pytest.mark.parametrize("text", [samples.PLAIN_LIST, samples.OUTLOOK])
def test_a_list_of_addresses_alone_tells_nothing_to_import(text: str) -> None:
    with pytest.raises(InvalidInput, match="has no column “user”: its first line has to name"):
        read_users(text.encode(), "list.txt")


def test_in_a_file_of_our_own_a_column_that_nobody_knows_stops_it_and_a_directory_has_many() -> (
    None
):
    with pytest.raises(InvalidInput, match="no column “department”"):
        read_users(b"mail,sn,department\njo@e.de,Li,x\n", "users.csv")
    parsed = read_users(b"mail,sn,department,objectGUID\njo@e.de,Li,x,1\n", "users.csv")
    assert parsed.ignored == ("department", "objectGUID")


def test_the_lines_that_programs_put_before_a_header_are_counted() -> None:
    text = "#TYPE Microsoft.Exchange\r\nPrimarySmtpAddress,Surname\r\njo,Li\r\n"
    [error] = read_users(text.encode(), "users.csv").errors
    assert (error.line, error.column) == (3, "PrimarySmtpAddress")


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ('[{"user": "jo@e.de", "surName": "Li", "surName": "Wu"}]', 1, "“surName” is there twice"),
        ('[{"user": "jo@e.de", "surName": "Li"}, {"user": "a@e.de", "user": "b@e.de"}]', 2, "“user”"),
        ('[{"user": "jo@e.de", "surName": "Li", "more": {"a": 1, "a": 2}}]', 1, "“a” is there twice"),
    ],
)  # fmt: skip
def test_an_object_of_json_with_a_key_twice_is_refused(text: str, line: int, words: str) -> None:
    [error] = read_users(text.encode(), "users.json").errors
    assert error.line == line
    assert words in error.sentence


def test_a_file_that_holds_its_list_twice_is_refused() -> None:
    with pytest.raises(InvalidInput, match="holds “users” twice in one object"):
        read_users(b'{"users": [], "users": [{"user": "jo@e.de", "surName": "Li"}]}', "users.json")
