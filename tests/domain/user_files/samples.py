"""Files as mail admins have them, made here as the programs write them: two users, Jo and Zoë."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence

JO, ZOE = "jo.li@example.com", "zoe@example.com"
BOM = "\ufeff"

Table = Sequence[Mapping[str, str]]


def written(rows: Table, *, quoted: bool = True, separator: str = ",", end: str = "\r\n") -> str:
    """Return rows as CSV: PowerShell puts every cell in quotation marks, a web page those that need it."""
    out = io.StringIO(newline="")
    writer = csv.writer(
        out,
        delimiter=separator,
        quoting=csv.QUOTE_ALL if quoted else csv.QUOTE_MINIMAL,
        lineterminator=end,
    )
    writer.writerow(rows[0])
    writer.writerows(row.values() for row in rows)
    return out.getvalue()


def mailboxes() -> Table:
    """Exchange: a few of the two hundred columns of `Get-Mailbox | Export-Csv`, in their order."""

    def mailbox(name: str, upn: str, mail: str, alias: str) -> Mapping[str, str]:
        return {
            "PSComputerName": "outlook.office365.com",
            "RecipientTypeDetails": "UserMailbox",
            "ProhibitSendQuota": "99 GB (106,300,440,576 bytes)",
            "Languages": "System.Collections.Generic.List`1[System.String]",
            "UserPrincipalName": upn,
            "EmailAddresses": f"SMTP:{mail} smtp:{alias} SIP:{mail}",
            "DisplayName": name,
            "PrimarySmtpAddress": mail,
            "WindowsEmailAddress": mail,
            "Name": name,
            "DistinguishedName": f"CN={name},OU=Users,DC=example,DC=com",
            "IsValid": "True",
        }

    return [
        mailbox("Li, Jo", "jli@corp.example.com", JO, "j.li@example.com"),
        mailbox("Zoë Öz", ZOE, ZOE, "z@example.com"),
    ]


def ad_users() -> Table:
    """Active Directory: `Get-ADUser -Filter * -Properties mail,displayName | Export-Csv`."""
    names = (("Jo", "Li", JO, "jli"), ("Zoë", "Öz", ZOE, "zoez"))
    return [
        {
            "DistinguishedName": f"CN={first} {last},OU=Users,DC=example,DC=com",
            "displayName": f"{first} {last}",
            "Enabled": "True",
            "GivenName": first,
            "mail": mail,
            "ObjectClass": "user",
            "SamAccountName": sam,
            "SID": "S-1-5-21-1004336348-1177238915-682003330-512",
            "Surname": last,
            "UserPrincipalName": f"{sam}@corp.example.com",
        }
        for first, last, mail, sam in names
    ]


def entra_users() -> Table:
    """Entra ID: the portal's "Download users"."""
    names = (("Jo", "Li", JO), ("Zoë", "Öz", ZOE))
    return [
        {
            "userPrincipalName": mail.replace("@example.com", "@example.onmicrosoft.com"),
            "displayName": f"{first} {last}",
            "surname": last,
            "mail": mail,
            "givenName": first,
            "objectId": "5b0e1d1a-1c5a-4b8e-9b7e-0f6d5a1f2c3d",
            "userType": "Member",
            "jobTitle": "",
            "department": "R&D",
            "accountEnabled": "True",
            "usageLocation": "DE",
            "streetAddress": "",
            "state": "",
            "city": "",
            "createdDateTime": "2024-03-01T08:00:00Z",
        }
        for first, last, mail in names
    ]


def admin_center_users() -> Table:
    """Microsoft 365: "Export users" of the admin center."""
    names = (("Jo", "Li", JO), ("Zoë", "Öz", ZOE))
    return [
        {
            "Block credential": "False",
            "Department": "R&D",
            "Display name": f"{first} {last}",
            "First name": first,
            "Last name": last,
            "Licenses": "Office 365 E3",
            "Proxy addresses": f"smtp:{first}@example.org+SMTP:{mail}",
            "User principal name": mail,
        }
        for first, last, mail in names
    ]


def google_users() -> Table:
    """Google Workspace: "Download users"."""
    names = (("Jo", "Li", JO), ("Zoë", "Öz", ZOE))
    return [
        {
            "First Name [Required]": first,
            "Last Name [Required]": last,
            "Email Address [Required]": mail,
            "Password [Required]": "****",
            "Password Hash Function [UPLOAD ONLY]": "",
            "Org Unit Path [Required]": "/",
            "Status [READ ONLY]": "Active",
            "Last Sign In [READ ONLY]": "2026/01/31 08:00:00",
            "Recovery Email": "",
            "Work Phone": "",
        }
        for first, last, mail in names
    ]


def with_type(rows: Table, kind: str) -> str:
    """As Windows PowerShell writes it without `-NoTypeInformation`."""
    return f"#TYPE {kind}\r\n{written(rows)}"


def excel_rows() -> Table:
    """A sheet with an empty column at the end."""
    return [
        {"user": JO, "displayName": "Li, Jo", "language": "de_DE", "": ""},
        {"user": f" \u00a0{ZOE}\t", "displayName": "\u00a0Zoë Öz ", "language": "tr_TR", "": ""},
        {"user": "", "displayName": "", "language": "", "": ""},
    ]


def csv_utf8(separator: str = ";") -> bytes:
    """Excel's "CSV UTF-8"; the separator is that of the region, and quotation marks where needed."""
    return (BOM + written(excel_rows(), quoted=False, separator=separator)).encode()


def unicode_text() -> bytes:
    """Excel's "Unicode Text": UTF-16, little-endian, with its mark, separated by tabs."""
    return (BOM + written(excel_rows(), quoted=False, separator="\t")).encode("utf-16-le")


def sep_line() -> bytes:
    """With the line that tells Excel the separator."""
    return ("sep=;\r\n" + written(excel_rows(), quoted=False, separator=";")).encode()


OUTLOOK = f"Li, Jo <{JO}>; Zoë Öz <{ZOE}>;\r\n"  # copied out of a distribution list
OUTLOOK_LINES = f'"Li; Jo" <{JO}>;\r\n{ZOE};\r\n'
PLAIN_LIST = f"{JO}\n{ZOE}\n"
LDIF = f"# extended LDIF\n#\nversion: 1\n\ndn: CN=Jo,DC=example,DC=com\nmail: {JO}\n"
LDIFDE = f"dn: CN=Jo Li,OU=Users,DC=example,DC=com\nchangetype: add\nmail: {JO}\n"
VCARD = f"BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Jo Li\r\nEMAIL:{JO}\r\nEND:VCARD\r\n"
